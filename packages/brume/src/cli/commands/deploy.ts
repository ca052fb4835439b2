/** `brume deploy`. */
import { readFileSync, writeFileSync } from "node:fs";
import type { HttpCloudClient } from "../../assembly/cloud-client.js";
import { type DeployProgress, deployStacks, type StackResult } from "../../assembly/deploy.js";
import { type StackArtifact, selectStacks } from "../../assembly/manifest.js";
import type { Finding } from "../../cloudformation/validation/validator.js";
import { UserError } from "../../kernel/errors.js";
import { ensureCloud } from "../connect.js";
import { isBad, showFindings } from "../findings.js";
import { type Action, type Options, pairs } from "../main.js";
import { duration, type Output, size, table } from "../output.js";
import { placeOf } from "../place.js";
import { synthesizeHere } from "../synthesis.js";

export const deploy: Action = async ([patterns = []], options, output) => {
  const started = performance.now();
  const place = placeOf(options);
  // The cloud comes up while the app synthesizes.
  const connecting = ensureCloud(options);
  connecting.catch(() => {});
  const { assembly, synthMs } = await synthesizeHere(options, place, async () => (await connecting).cloud, output);
  const stacks = selectStacks(assembly, patterns, options);
  const { cloud, started: startedCloud } = await connecting;
  if (startedCloud) output.note(`started a cloud at ${cloud.endpoint} (brume stop ends it)`);
  output.note(`synthesized in ${duration(synthMs)}`);
  const faults = faultsOf(options.fail);
  try {
    for (const fault of faults) await cloud.control("POST", "faults", fault);
    const view = new ProgressView(output);
    const results = await deployStacks(cloud, stacks, {
      force: options.force,
      rollback: options.rollback,
      parameters: pairs(options.parameters, "parameter"),
      tags: pairs(options.tags, "tag"),
      onProgress: (progress) => view.show(progress),
    });
    if (options.outputsFile) {
      const outputs = Object.fromEntries(results.map((result) => [result.stackName, result.outputs]));
      writeFileSync(options.outputsFile, `${JSON.stringify(outputs, null, 2)}\n`);
    }
    output.result({
      endpoint: cloud.endpoint,
      synthMs: Math.round(synthMs),
      totalMs: Math.round(performance.now() - started),
      stacks: results,
    });
    output.note(`done in ${duration(performance.now() - started)}`);
    await showValidation(cloud, stacks, output);
  } finally {
    // A step that was not reached must not fail the next deployment.
    if (faults.length > 0) await cloud.control("DELETE", "faults");
    cloud.close();
  }
};

/** How many findings a deployment shows. */
const MAX_FINDINGS = 5;

/** Shows what AWS's rules find in the templates, where that is known at once: a deployment never waits for it. */
async function showValidation(cloud: HttpCloudClient, stacks: readonly StackArtifact[], output: Output): Promise<void> {
  for (const { displayName, templateFile } of stacks) {
    const body = { file: templateFile, template: readFileSync(templateFile, "utf8") };
    const { warm, findings } = await cloud.control<{ warm: boolean; findings: Finding[] }>("POST", "validate", body);
    if (!warm) return;
    const bad = findings.filter(isBad);
    if (bad.length === 0) continue;
    output.note(
      output.style("yellow", `${displayName}: AWS's rules object to its template (brume validate shows all):`),
    );
    showFindings({ name: displayName, file: templateFile, findings: bad.slice(0, MAX_FINDINGS) }, output);
  }
}

const STEPS = ["create", "update", "delete", "rollback"];

/** The faults that make the steps fail that the command line names: `LOGICALID` or `LOGICALID:STEP`. */
function faultsOf(given: Options["fail"]): object[] {
  if (!Array.isArray(given)) return [];
  return given.flatMap((text) => {
    const [logicalId, step] = text.split(":");
    if (step !== undefined && !STEPS.includes(step)) {
      throw new UserError("InvalidStep", `${step} is no step of a deployment.`, {
        hint: `The steps are ${STEPS.join(", ")}.`,
      });
    }
    const message = "Failed on demand (--fail)";
    return (step === undefined ? ["create", "update"] : [step]).map((one) => ({
      service: "cloudformation",
      operation: `${one} ${logicalId}`,
      times: 1,
      error: { code: "InjectedFailure", message },
    }));
  });
}

/** Shows how a deployment goes on: a table that is redrawn where a person watches, a line an event elsewhere. */
class ProgressView {
  readonly #output: Output;
  readonly #current = new Map<string, { label: string; status: string; type: string }>();
  #total = 0;
  #done = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  show(progress: DeployProgress): void {
    const output = this.#output;
    switch (progress.type) {
      case "publishing":
        return;
      case "notice":
        output.note(output.style("yellow", `note: ${progress.message}`));
        return;
      case "published":
        if (progress.bytes > 0)
          output.note(`${progress.stack}: published ${size(progress.bytes)} in ${duration(progress.durationMs)}`);
        return;
      case "deploying":
        this.#total = progress.changes;
        this.#done = 0;
        output.note(`${progress.stack}: ${progress.changes} ${progress.changes === 1 ? "change" : "changes"}`);
        return;
      case "event":
        this.#event(progress);
        return;
      case "deployed":
        this.#current.clear();
        output.redraw([]);
        this.#deployed(progress.result);
    }
  }

  #event({ stack, event }: Extract<DeployProgress, { type: "event" }>): void {
    const { logicalId, status, reason, resourceType, path } = event;
    const output = this.#output;
    const failed = status.endsWith("_FAILED");
    const ended = status.endsWith("_COMPLETE") || failed;
    const label = path?.replace(/\/Resource$/, "") ?? logicalId;
    if (ended && event.logicalId !== event.stackName) this.#done++;
    if (!output.live || failed) {
      const line = [stack, status.padEnd(20), resourceType, label, failed ? (reason ?? "") : ""]
        .filter(Boolean)
        .join("  ");
      output.line(failed ? output.style("red", line) : line);
    }
    if (!output.live) return;
    if (ended) this.#current.delete(logicalId);
    else this.#current.set(logicalId, { label, status, type: resourceType });
    const rows = [...this.#current.values()].slice(0, 12).map((one) => [`  ${one.status}`, one.type, one.label]);
    output.redraw([
      output.style("bold", `${stack}  ${Math.min(this.#done, this.#total)}/${this.#total}`),
      ...table(rows),
    ]);
  }

  #deployed(result: StackResult): void {
    const output = this.#output;
    const { displayName, changed, outputs, modelled, deployMs } = result;
    output.line(
      output.style(
        "green",
        changed ? `${displayName}: deployed in ${duration(deployMs)}` : `${displayName}: no changes`,
      ),
    );
    for (const [key, value] of Object.entries(outputs)) output.line(`  ${displayName}.${key} = ${value}`);
    if (modelled.length === 0) return;
    output.line(output.style("yellow", "  modelled (validated and stored; no service stands behind them yet):"));
    for (const { type, count } of modelled) output.line(`    ${type}${count > 1 ? ` x ${count}` : ""}`);
  }
}
