/** boto3, as it is, against a cloud: the checks are in `python/`, and all of them run in one process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../src/index.js";
import { clientEnvironment, findBoto3 } from "./python-tools.js";

const TIMEOUT_MS = 240_000;
const folder = fileURLToPath(new URL("python", import.meta.url));
const boto3 = await findBoto3();

/** How a check ended, as `run.py` says it. `*` stands for all checks of a service. */
interface Ending {
  readonly service: string;
  readonly check: string;
  readonly error: string | null;
}

/** The names of the checks, by service. */
const checks = readdirSync(folder).flatMap((file) => {
  const [, service] = /^test_(\w+)\.py$/.exec(file) ?? [];
  if (!service) return [];
  const source = readFileSync(join(folder, file), "utf8");
  return [{ service, names: [...source.matchAll(/^ {4}def (test_\w+)\(/gm)].map(([, name]) => name as string) }];
});

let cloud: RunningCloud;
let home: string;
let endings: Ending[] = [];
let complaints = "";

async function runChecks([program, ...parameters]: readonly [string, ...string[]]): Promise<void> {
  const child = spawn(program, [...parameters, join(folder, "run.py")], {
    env: { ...clientEnvironment(cloud, home), PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  await once(child, "close");
  endings = output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Ending);
}

beforeAll(async () => {
  cloud = await startCloud();
  home = mkdtempSync(join(tmpdir(), "brume-boto3-"));
  if (boto3) await runChecks(boto3);
}, TIMEOUT_MS);
afterAll(async () => {
  await cloud.close();
  rmSync(home, { recursive: true });
});

if (!boto3)
  process.emitWarning("What needs boto3 is skipped: this machine has no python3 with it (pip install boto3).");
describe.skipIf(!boto3)("boto3", () => {
  for (const { service, names } of checks) {
    describe(service, () => {
      it.each(names.map((name) => [name.replace("test_", "").replaceAll("_", " "), name]))("%s", (_, name) => {
        const ending = endings.find((one) => one.service === service && (one.check === name || one.check === "*"));
        if (!ending) expect.fail(`It was not run. ${complaints}`);
        if (ending.error !== null) expect.fail(ending.error);
      });
    });
  }
});
