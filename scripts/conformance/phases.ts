/** Takes one template through all that can happen to a stack: made, updated, changed, rolled back, deleted. */

import { stepFault } from "../../packages/brume/src/assembly/failing-steps.js";
import type { Spec } from "../../packages/brume/src/cloudformation/schema/spec.js";
import { readDocument } from "../../packages/brume/src/cloudformation/template/parse.js";
import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Account } from "./account.js";
import { withChanges } from "./changes.js";
import type { Sample } from "./corpus.js";
import { failingHalfway } from "./halves.js";
import { holdings, leftBehind } from "./left-behind.js";
import { packaged } from "./packaging.js";
import { parameterValues } from "./parameters.js";
import { codePlaces, remedy } from "./remedies.js";
import { deleteRetained, retainedResources } from "./retained.js";
import { FAILING, provideStack, StackFailure, type StackInput, settle, stackEvents, stackResources } from "./stack.js";
import { expectSame, expectSamePlaces, type StackState, stateOf } from "./state.js";
import { stubArchive } from "./stub-code.js";

const PHASES = [
  "create",
  "update without a change",
  "update in place",
  "update that fails and rolls back",
  "delete",
] as const;
/** With every step of an update, and of its rollback, failing once. */
const LONG = [...PHASES.slice(0, 4), "update whose every step fails once", "delete"] as const;
export type Phase = (typeof LONG)[number];

/** Why a template did not come through, and how far it had come. */
export interface Failure {
  readonly phase: Phase;
  readonly reason: string;
}

const STACK = "conformance";
const MAX_REMEDIES = 16;
const Capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

/** How a run is to go, and what it counts. */
export interface RunOptions {
  /** Whether every step of an update, and of its rollback, is made to fail. */
  readonly everyStep?: boolean | undefined;
  /** Is told of each step that was made to fail. */
  readonly onStep?: () => void;
}

/** Runs one template, in an account of its own. @returns what failed, if anything did */
export async function runSample(
  account: Account,
  spec: Spec,
  sample: Sample,
  options: RunOptions = {},
): Promise<Failure | undefined> {
  const run = new Run(account, spec, sample, options.onStep ?? (() => {}));
  for (const phase of options.everyStep ? LONG : PHASES) {
    try {
      await run.perform(phase);
    } catch (error) {
      const reason = (error as Error).message.replace(/RequestToken: [^,]+, /, "").replace(/\s+/g, " ");
      return { phase, reason };
    }
  }
  return undefined;
}

class Run {
  readonly #account: Account;
  readonly #spec: Spec;
  readonly #sample: Sample;
  #before: ReadonlyMap<string, readonly string[]> = new Map();
  #document: JsonObject = {};
  #input: StackInput | undefined;
  #stackId = "";
  /** The logical ids of the resources that the update in place changes. */
  #changed: readonly string[] = [];
  readonly #onStep: () => void;

  constructor(account: Account, spec: Spec, sample: Sample, onStep: () => void) {
    this.#account = account;
    this.#spec = spec;
    this.#sample = sample;
    this.#onStep = onStep;
  }

  perform(phase: Phase): Promise<void> {
    return {
      create: () => this.#create(),
      "update without a change": () => this.#updateWithoutChange(),
      "update in place": () => this.#updateInPlace(),
      "update that fails and rolls back": () => this.#rollBack(),
      "update whose every step fails once": () => this.#failEveryStep(),
      delete: () => this.#delete(),
    }[phase]();
  }

  async #create(): Promise<void> {
    const account = this.#account;
    const { replaced = {}, parameters = {}, beside } = this.#sample.preparation ?? {};
    const text = Object.entries(replaced).reduce((all, [from, to]) => all.replaceAll(from, to), this.#sample.text);
    if (/cdk-bootstrap|cdk-hnb659fds/.test(text)) await account.bootstrap();
    this.#before = holdings(account);
    const original = readDocument(text);
    this.#document = await packaged(account, this.#sample, original);
    await this.#putCode();
    const outputs = beside
      ? await provideStack(account, { StackName: "beside", TemplateBody: JSON.stringify(beside) })
      : {};
    const given = await parameterValues(account, this.#document, { ...outputs, ...parameters });
    const body = this.#document === original ? text : JSON.stringify(this.#document);
    this.#input = { StackName: STACK, TemplateURL: await this.#put(body), Parameters: given, Capabilities };
    for (let attempt = 0; ; attempt++) {
      const failure = await this.#tryToCreate();
      if (!failure) return;
      const { message, event } = failure;
      const mended = attempt < MAX_REMEDIES && (await remedy({ account, document: this.#document, message, event }));
      if (!mended) throw failure;
      if (mended === this.#document) continue;
      this.#document = mended;
      this.#input = { ...this.#input, TemplateURL: await this.#put(JSON.stringify(mended)) };
    }
  }

  /** @returns why the stack could not be made; then there is none */
  async #tryToCreate(): Promise<StackFailure | undefined> {
    let StackId: string | undefined;
    try {
      ({ StackId } = await this.#account.cloudformation<{ StackId: string }>("CreateStack", this.#input as StackInput));
      this.#stackId = StackId;
      await settle(this.#account, StackId, "CREATE_COMPLETE", this.#document);
      return undefined;
    } catch (error) {
      if (StackId) await this.#clearAway(StackId);
      return error instanceof StackFailure ? error : new StackFailure((error as Error).message);
    }
  }

  /** Deletes a stack that could not be made, and what its template keeps even then. */
  async #clearAway(StackName: string): Promise<void> {
    const account = this.#account;
    await account.cloudformation("DeleteStack", { StackName });
    await account.cloud.idle();
    for (const event of await stackEvents(account, StackName)) {
      if (event.ResourceStatus !== "DELETE_SKIPPED") continue;
      const kept = { TypeName: event.ResourceType, Identifier: event.PhysicalResourceId };
      await account.call("cloudcontrol", "DeleteResource", kept).catch(() => {});
    }
    await account.cloud.idle();
    await account.forgetLogs();
  }

  async #updateWithoutChange(): Promise<void> {
    const problem = await this.#account.cloudformation("UpdateStack", this.#input as StackInput).then(
      () => "something was updated",
      (error: Error) => error.message,
    );
    if (problem !== "No updates are to be performed.") throw new Error(problem);
    await stateOf(this.#account, this.#stackId);
  }

  /** Changes a property of each resource; none of them may be replaced. */
  async #updateInPlace(): Promise<void> {
    const account = this.#account;
    const before = await stackResources(account, this.#stackId);
    const present = new Set(before.map(({ LogicalResourceId }) => LogicalResourceId));
    const { document, changes } = withChanges(this.#spec, await this.#processed(), present);
    if (changes.length === 0) return;
    this.#changed = changes.map(({ id }) => id).filter((id) => present.has(id));
    await account.cloudformation("UpdateStack", {
      ...(this.#input as StackInput),
      TemplateURL: await this.#put(JSON.stringify(document)),
    });
    await settle(account, this.#stackId, "UPDATE_COMPLETE", this.#document);
    const after = await stackResources(account, this.#stackId);
    expectSamePlaces(before, after);
    const status = new Map(after.map(({ LogicalResourceId, ResourceStatus }) => [LogicalResourceId, ResourceStatus]));
    const untouched = changes.find(({ id }) => status.has(id) && status.get(id) !== "UPDATE_COMPLETE");
    if (untouched) throw new Error(`${untouched.type} ${untouched.id} was not updated: ${status.get(untouched.id)}`);
    await stateOf(account, this.#stackId);
  }

  /** The stack's template as it is deployed. */
  async #processed(): Promise<JsonObject> {
    const { TemplateBody } = await this.#account.cloudformation<{ TemplateBody: string }>("GetTemplate", {
      StackName: this.#stackId,
      TemplateStage: "Processed",
    });
    return readDocument(TemplateBody);
  }

  /** Takes the changes back in an update that fails before it has ended: afterwards they are there again. */
  async #rollBack(): Promise<void> {
    const before = await stateOf(this.#account, this.#stackId);
    await this.#update(JSON.stringify(failingHalfway(this.#document, await this.#processed())));
    await this.#expectAsBefore(before);
  }

  /** Takes the changes back in updates of which one step after the other fails, or a step of their rollback. */
  async #failEveryStep(): Promise<void> {
    const account = this.#account;
    const before = await stateOf(account, this.#stackId);
    for (const id of this.#changed) {
      await this.#failing(`update ${id}`, async () => {
        await this.#update(JSON.stringify(this.#document));
        await this.#expectAsBefore(before);
      });
    }
    const failing = JSON.stringify(failingHalfway(this.#document, await this.#processed()));
    for (const id of await this.#rolledBack()) {
      await this.#failing(`rollback ${id}`, async () => {
        await this.#update(failing);
        await settle(account, this.#stackId, "UPDATE_ROLLBACK_FAILED", this.#document);
        await account.cloudformation("ContinueUpdateRollback", { StackName: this.#stackId });
        await this.#expectAsBefore(before);
      });
    }
  }

  /** The logical ids of the resources that the last update that failed half-way brought back. */
  async #rolledBack(): Promise<string[]> {
    const events = await stackEvents(this.#account, this.#stackId);
    const failed = events.findLastIndex(({ LogicalResourceId }) => LogicalResourceId === FAILING);
    const back = events
      .slice(0, failed + 1)
      .findLastIndex(({ ResourceStatus }) => ResourceStatus === "UPDATE_ROLLBACK_IN_PROGRESS");
    const last = events.findIndex(
      ({ ResourceStatus }, index) => index > back && ResourceStatus.endsWith("CLEANUP_IN_PROGRESS"),
    );
    const undone = events.slice(back, last).filter(({ ResourceStatus }) => ResourceStatus === "UPDATE_IN_PROGRESS");
    return undone.map(({ LogicalResourceId }) => LogicalResourceId);
  }

  /** Does something in which one step of the stack fails. */
  async #failing(step: string, work: () => Promise<void>): Promise<void> {
    const { faults } = this.#account.cloud.kernel;
    const takeBack = faults.inject(stepFault(step.replace(" ", ` ${STACK}/`)));
    try {
      await work();
      if (!faults.none) throw new Error("the step was not reached");
      this.#onStep();
    } catch (failure) {
      throw new Error(`${step}: ${(failure as Error).message}`);
    } finally {
      takeBack();
    }
  }

  async #update(body: string): Promise<void> {
    const TemplateURL = await this.#put(body);
    await this.#account.cloudformation("UpdateStack", { ...(this.#input as StackInput), TemplateURL });
  }

  async #expectAsBefore(before: StackState): Promise<void> {
    await settle(this.#account, this.#stackId, "UPDATE_ROLLBACK_COMPLETE", this.#document);
    expectSame(before, await stateOf(this.#account, this.#stackId));
  }

  /** Deletes the stack, and all that was provided for it; nothing may be left but what its template keeps. */
  async #delete(): Promise<void> {
    const account = this.#account;
    const retained = await retainedResources(account, this.#stackId);
    // Functions that are told of the deletion may write to a bucket once more: then a second attempt is needed.
    for (let attempt = 1; ; attempt++) {
      await account.emptyBuckets();
      await account.cloudformation("DeleteStack", { StackName: this.#stackId });
      try {
        await settle(account, this.#stackId, "DELETE_COMPLETE", this.#document);
        break;
      } catch (error) {
        if (attempt === 2 || !/is not empty/.test((error as Error).message)) throw error;
      }
    }
    await deleteRetained(account, this.#spec, retained);
    await account.clear();
    const left = leftBehind(this.#before, holdings(account));
    if (left.length > 0) throw new Error(`left behind: ${left.join("; ")}`);
  }

  /** Puts code at the places in buckets that the template tells without being evaluated. */
  async #putCode(): Promise<void> {
    const { account, region } = this.#account.place;
    const text = JSON.stringify(this.#document)
      .replaceAll("${AWS::AccountId}", account)
      .replaceAll("${AWS::Region}", region);
    const plain = JSON.parse(text, (_key, value) =>
      isObject(value) && typeof value["Fn::Sub"] === "string" ? value["Fn::Sub"] : value,
    ) as JsonObject;
    const places = codePlaces(plain).filter(([bucket, key]) => !`${bucket}${key}`.includes("${"));
    if (places.length === 0) return;
    const archive = await stubArchive(this.#document, this.#account.place);
    for (const [bucket, key] of places) await this.#account.put(bucket, key, archive).catch(() => {});
  }

  #put(body: string): Promise<string> {
    return this.#account.putArtifact("template", body);
  }
}
