/**
 * Runs the real templates that lie beside the repository through the engine, and prints how many of each source and kind
 * came through, and why the others did not. With --write, the page docs/conformance.md is written.
 *
 *   npm run conformance [-- --only TEXT] [--every-step] [--write]
 *
 * With --every-step, every step of an update, and of its rollback, is made to fail once: each time the stack has to be
 * what it was.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Spec } from "../packages/brume/src/cloudformation/schema/spec.js";
import { startCloud } from "../packages/brume/src/index.js";
import { Account } from "./conformance/account.js";
import { corpus, hasCorpus } from "./conformance/corpus.js";
import { EXPECTED_FAILURES } from "./conformance/expected-failures.js";
import { runSample } from "./conformance/phases.js";
import { page, type Result, summaryTable } from "./conformance/report.js";

const { values: options } = parseArgs({
  options: { only: { type: "string" }, "every-step": { type: "boolean" }, write: { type: "boolean" } },
});
if (!hasCorpus()) {
  console.error("The templates are not there: they lie in ../shared/templates.");
  process.exit(1);
}

/** How many clouds run templates side by side: one waits for the functions of its templates while another works. */
const CLOUDS = 2;

const results: Result[] = [];
let steps = 0;
const started = performance.now();
const waiting = corpus(options.only).entries();

/** Runs templates in a cloud, until none is left. */
async function work(): Promise<void> {
  await using cloud = await startCloud();
  const spec = new Spec();
  for (const [number, sample] of waiting) {
    const failure = await runSample(new Account(cloud, number), spec, sample, {
      everyStep: options["every-step"],
      onStep: () => steps++,
    });
    const { name, source, kind } = sample;
    const expected = EXPECTED_FAILURES[name];
    results[number] = { name, source, kind, failure, expected };
    if (failure && !expected) console.log(`${name}\n    ${failure.phase}: ${failure.reason.slice(0, 400)}`);
    if (!failure && expected) console.log(`${name}\n    came through, although it is expected to fail: ${expected}`);
  }
}
await Promise.all(Array.from({ length: CLOUDS }, work));

const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `\n${summaryTable(results)}\n\n${seconds} s${options["every-step"] ? `, ${steps} steps were made to fail` : ""}`,
);
if (options.write) {
  const failed = options["every-step"] ? `, with ${steps.toLocaleString("en")} steps that were made to fail` : "";
  const measured = `Measured on ${new Date().toISOString().slice(0, 10)}, in ${seconds} s${failed}.`;
  writeFileSync(new URL("../docs/conformance.md", import.meta.url), page(results, measured));
}
process.exit(results.some(({ failure, expected }) => (failure === undefined) === (expected !== undefined)) ? 1 : 0);
