/**
 * `npm run bench [-- --only NAME,… --rounds N --quick]`: measures, prints one table, and keeps that of a complete run. With
 * `--quick` everything is done once and briefly, to see that it works.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { api } from "./api.js";
import { deploy } from "./deploy.js";
import { dynamodb } from "./dynamodb.js";
import { engine } from "./engine.js";
import type { Figure } from "./figure.js";
import { lambda } from "./lambda.js";
import type { Measurement } from "./measurement.js";
import { memory } from "./memory.js";
import { circumstances, markdown, save } from "./report.js";
import { s3 } from "./s3.js";
import { Scratch } from "./scratch.js";
import { sns } from "./sns.js";
import { sqs } from "./sqs.js";
import { start } from "./start.js";

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  sqs,
  sns,
  s3,
  dynamodb,
  api,
  memory,
  engine,
  start,
  deploy,
  lambda,
};
const repository = fileURLToPath(new URL("..", import.meta.url));
const results = fileURLToPath(new URL("results", import.meta.url));

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
  },
});
const all = Object.keys(MEASUREMENTS);
const names = values.only?.split(",") ?? all;
const { quick } = values;
const rounds = quick ? 1 : Number(values.rounds);
const unknown = names.find((name) => !all.includes(name));
if (unknown !== undefined) refuse(`There is no measurement ${unknown}. There are: ${all.join(", ")}.`);
if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds takes a whole number from 1, not ${values.rounds}.`);
if (!existsSync(new URL("../packages/brume/dist/cli.js", import.meta.url)))
  refuse("brume has not been built, and the bench measures what is built: npm run build.");

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
const at = circumstances(repository, rounds);
const scratch = new Scratch();
const figures: Figure[] = [];
for (const name of all.filter((one) => names.includes(one))) {
  const started = performance.now();
  figures.push(...(await (MEASUREMENTS[name] as Measurement)({ rounds, quick, scratch })));
  console.error(`${name}: measured in ${Math.round((performance.now() - started) / 1000)} s`);
}
console.log(markdown(figures));
if (quick || names.length < all.length) console.log("Not kept: only a complete run is.");
else for (const file of save(results, at, figures)) console.log(`kept in ${file}`);
process.exit();

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
