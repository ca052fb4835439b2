/** `brume deploy`. */
import { readFileSync, writeFileSync } from "node:fs";
import type { HttpCloudClient } from "../../assembly/cloud-client.js";
import { labelOf } from "../../assembly/construct-paths.js";
import { type DeployProgress, deployStacks, type StackResult } from "../../assembly/deploy.js";
import { type StackArtifact, selectStacks } from "../../assembly/manifest.js";
import type { Finding } from "../../cloudformation/validation/validator.js";
import { ensureCloud } from "../connect.js";
import { isBad, showFindings } from "../findings.js";
import { type Action, pairs } from "../main.js";
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
  const fail = Array.isArray(options.fail) ? options.fail : [];
  try {
    const view = new ProgressView(output);
    const results = await deployStacks(cloud, stacks, {
      force: options.force,
      rollback: options.rollback,
      fail,
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
    if (fail.some((step) => !step.endsWith(":delete")))
      output.note(
        output.style("yellow", "note: a step that was to fail was not reached: there was nothing to do in it"),
      );
    output.note(`done in ${duration(performance.now() - started)}`);
    await showValidation(cloud, stacks, output);
  } finally {
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
    const label = labelOf(path ?? logicalId);
    if (ended && event.logicalId !== event.stackName) this.#done++;
    // A resource that is there, and is waited for, says so in another event of the same status.
    const isRepeated = this.#current.get(logicalId)?.status === status;
    if ((!output.live && !isRepeated) || failed) {
      const line = [stack, status.padEnd(20), resourceType, label, failed ? (reason ?? "") : ""]
        .filter(Boolean)
        .join("  ");
      output.line(failed ? output.style("red", line) : line);
    }
    if (ended) this.#current.delete(logicalId);
    else this.#current.set(logicalId, { label, status, type: resourceType });
    if (!output.live) return;
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
