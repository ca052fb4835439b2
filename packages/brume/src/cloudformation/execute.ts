/** Performs the operations on stacks: from a status in which something is under way to one in which the stack rests. */
import type { Context } from "../kernel/context.js";
import { AwsError } from "../kernel/errors.js";
import type { Properties } from "../kernel/resource.js";
import { deleteChangeSets } from "./change-set.js";
import { asFound, observe } from "./drift.js";
import { environmentOf } from "./environment.js";
import { publishExports, withdrawExports } from "./exports.js";
import { type Cancellation, operations } from "./operations-under-way.js";
import { NESTED_STACK } from "./providers/nested-stack.js";
import { blankResource, keepsResource, ResourceSteps } from "./resource-steps.js";
import { triggered } from "./rollback-triggers.js";
import { valueAt } from "./schema/identifiers.js";
import type { Spec } from "./schema/spec.js";
import { type Stack, type StackOutput, type StackResource, stackNames, stacks } from "./stack.js";
import { StackState } from "./stack-state.js";
import { type MovingStatus, type StackStatus, waitsFor } from "./stack-statuses.js";
import { type Environment, Evaluator, Unknown } from "./template/evaluate.js";
import { type Graph, reversed, walk } from "./template/graph.js";
import { parseTemplate } from "./template/parse.js";
import { dependenciesOf } from "./template/references.js";
import type { ResourceDefinition, Template } from "./template/template.js";

const ROLLBACK_REQUESTED = "Rollback requested by user.";
/** How often rollback triggers are looked at. */
const WATCH_MS = 30_000;

/** One operation on one stack. What a cloud that was killed had begun is gone on with. */
export class Deployment {
  readonly #ctx: Context;
  readonly #spec: Spec;
  readonly #state: StackState;
  readonly #steps: ResourceSteps;

  constructor(ctx: Context, spec: Spec, stack: Stack) {
    this.#ctx = ctx;
    this.#spec = spec;
    this.#state = new StackState(ctx, stack);
    this.#steps = new ResourceSteps(this.#state, spec);
  }

  /** Goes from status to status until the stack rests, or is to be deleted instead. */
  async run(): Promise<void> {
    for (let step = STEPS[this.#status]; step && !this.#ctx.cloud.closing; step = STEPS[this.#status]) {
      if (this.#waitsForParent()) return;
      await step(this);
      if (this.#cancellation === "deletion") return;
    }
  }

  get #cancellation(): Cancellation | undefined {
    return this.#ctx.memory(operations).cancellation(this.#state.stack.id);
  }

  get #status(): StackStatus {
    return this.#state.stack.status;
  }

  #waitsForParent(): boolean {
    const { parentId, status } = this.#state.stack;
    const parent = parentId === undefined ? undefined : this.#ctx.table(stacks).get(parentId);
    return parent !== undefined && waitsFor(parent.status, status);
  }

  async create(): Promise<void> {
    const reason = await this.#attempt("create");
    if (this.#cancellation === "deletion") return;
    if (reason === undefined) return this.#state.finish("CREATE_COMPLETE");
    const { operation, disableRollback } = this.#state.stack;
    const onFailure = operation?.onFailure ?? (disableRollback ? "DO_NOTHING" : "ROLLBACK");
    if (onFailure === "DO_NOTHING") return this.#state.finish("CREATE_FAILED", reason);
    this.#state.setStatus(
      onFailure === "DELETE" ? "DELETE_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS",
      reason + ROLLBACK_REQUESTED,
    );
  }

  /** Takes back what a failed creation made. */
  async rollbackCreate(): Promise<void> {
    this.#ctx.memory(operations).renew(this.#state.stack.id);
    const left = await this.#deleteAll((resource) => this.#keptByRollback(resource));
    if (this.#cancellation === "deletion") return;
    if (left.length === 0) this.#state.finish("ROLLBACK_COMPLETE");
    else this.#state.finish("ROLLBACK_FAILED", failedToDelete(left));
  }

  async update(): Promise<void> {
    const { operation } = this.#state.stack;
    if (operation?.revertsDrift && !this.#state.remembersResources) await this.#observe();
    this.#state.rememberResources();
    const reason = await this.#attempt("update");
    if (reason === undefined) return this.#state.setStatus("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    if (this.#state.stack.disableRollback) return this.#state.finish("UPDATE_FAILED", reason);
    this.#state.setStatus("UPDATE_ROLLBACK_IN_PROGRESS", reason);
  }

  /** Puts resources as they really are in place of what the stack believes of them. */
  async #observe(): Promise<void> {
    for (const resource of [...this.#state.resources.values()]) {
      const { drift, model } = await observe(this.#ctx, this.#spec, this.#state.stack, resource);
      if (drift.status === "MODIFIED" || drift.status === "DELETED")
        this.#state.put({ ...asFound(resource, drift), model });
    }
  }

  /** Takes resources in that are there already. Nothing else of the stack changes. */
  async import(): Promise<void> {
    this.#state.rememberResources();
    const reason = await this.#attempt("import");
    if (reason !== undefined) return this.#state.setStatus("IMPORT_ROLLBACK_IN_PROGRESS", reason);
    this.#state.forgetResources();
    this.#state.finish("IMPORT_COMPLETE");
  }

  /** Lets go of what a failed import took in. */
  async rollbackImport(): Promise<void> {
    const { stack } = this.#state;
    this.#state.putStack({ ...stack, ...stack.operation?.previous });
    const before = this.#state.rememberedResources();
    for (const resource of [...this.#state.resources.values()]) {
      if (before.has(resource.logicalId)) continue;
      this.#state.event({ ...resource, status: "IMPORT_ROLLBACK_COMPLETE", statusReason: undefined });
      this.#state.remove(resource.logicalId);
    }
    this.#state.forgetResources();
    this.#state.finish("IMPORT_ROLLBACK_COMPLETE");
  }

  /** Deletes what an update no longer wants: resources that left the template, and the predecessors of replaced ones. */
  async cleanUpUpdate(): Promise<void> {
    const template = this.#template();
    const evaluator = this.#evaluator(template);
    const wanted = (id: string) => {
      const definition = template.resources[id];
      return definition !== undefined && evaluator.includes(definition);
    };
    await this.#steps.deleteReplaced();
    await this.#dropAll(
      ({ deletionPolicy }) => keepsResource(deletionPolicy),
      (id) => !wanted(id),
    );
    await this.#settleNested();
    this.#state.forgetResources();
    this.#state.finish("UPDATE_COMPLETE");
  }

  /** Brings every resource back to what it was before a failed update. */
  async rollbackUpdate(): Promise<void> {
    const { stack } = this.#state;
    const { previous, skip = [] } = stack.operation ?? {};
    if (!previous) throw new Error(`Stack ${stack.name} has nothing to go back to.`);
    this.#state.putStack({ ...stack, ...previous });
    this.#steps.failed.length = 0;
    this.#ctx.memory(operations).renew(stack.id);
    for (const id of skip) this.#steps.skipped.add(id);
    const before = this.#state.rememberedResources();
    const graph: Graph = new Map([...before].map(([id, { dependsOn }]) => [id, new Set(dependsOn)]));
    await walk(graph, (id) => this.#steps.restore(before.get(id) as StackResource), "go on");
    if (this.#steps.failed.length > 0) return this.#state.finish("UPDATE_ROLLBACK_FAILED", this.#failedTo("update"));
    publishExports(this.#ctx, this.#state.stack, this.#state.stack.outputs);
    this.#state.setStatus("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
  }

  /** Deletes what a failed update made. */
  async cleanUpRollback(): Promise<void> {
    const before = this.#state.rememberedResources();
    await this.#steps.deleteReplaced();
    await this.#dropAll(
      (resource) => this.#keptByRollback(resource),
      (id) => !before.has(id),
    );
    await this.#settleNested();
    this.#state.forgetResources();
    this.#state.finish("UPDATE_ROLLBACK_COMPLETE");
  }

  /** Lets nested stacks clean up, which they do when their parent does. */
  async #settleNested(): Promise<void> {
    const nested = [...this.#state.resources.values()].filter(({ type, model }) => type === NESTED_STACK && model);
    await Promise.all(nested.map((resource) => this.#steps.settleNested(resource)));
  }

  async delete(): Promise<void> {
    await this.#steps.deleteReplaced();
    const retain = new Set(this.#state.stack.operation?.retain ?? []);
    const left = await this.#deleteAll(
      ({ deletionPolicy, logicalId }) => keepsResource(deletionPolicy) || retain.has(logicalId),
    );
    if (left.length > 0) return this.#state.finish("DELETE_FAILED", failedToDelete(left));
    const { stack } = this.#state;
    withdrawExports(this.#ctx, stack);
    deleteChangeSets(this.#ctx, stack.id);
    this.#state.forgetResources();
    if (this.#ctx.table(stackNames).get(stack.name) === stack.id) this.#ctx.table(stackNames).delete(stack.name);
    this.#state.putStack({ ...stack, deletedAt: this.#ctx.now() });
    this.#state.finish("DELETE_COMPLETE");
  }

  /** What a rollback leaves where it is: what its policy says, and what was there before the stack. */
  #keptByRollback({ deletionPolicy, logicalId }: StackResource): boolean {
    const { imports, retainExceptOnCreate = false } = this.#state.stack.operation ?? {};
    return (deletionPolicy === "Retain" && !retainExceptOnCreate) || imports?.[logicalId] !== undefined;
  }

  /** Brings the stack to its template, and watches its alarms; returns why that failed, if so. */
  async #attempt(verb: "create" | "update" | "import"): Promise<string | undefined> {
    const template = this.#template();
    const { rollbackConfiguration } = this.#state.stack;
    const alarm = await triggered(this.#ctx, rollbackConfiguration);
    if (alarm !== undefined) return alarm;
    if (verb === "update" && !this.#removalsAllowed(template)) return this.#failedTo(verb);
    const reached = await this.#reach(template);
    if (this.#cancellation === "timeout") return "Stack creation time exceeded the specified timeout. ";
    if (!reached) return this.#failedTo(verb);
    return (await this.#watchAlarms()) ?? this.#settleOutputs(template);
  }

  /** Watches the rollback triggers for as long as they are to be watched after the changes. */
  async #watchAlarms(): Promise<string | undefined> {
    const { stack } = this.#state;
    const { rollbackConfiguration, operation } = stack;
    if (!rollbackConfiguration || !operation) return undefined;
    const until = operation.monitoredUntil ?? this.#ctx.now() + rollbackConfiguration.monitoringMinutes * 60_000;
    this.#state.putStack({ ...stack, operation: { ...operation, monitoredUntil: until } });
    for (;;) {
      const alarm = await triggered(this.#ctx, rollbackConfiguration);
      if (alarm !== undefined || this.#ctx.now() >= until || this.#cancellation) return alarm;
      await this.#ctx.wait(Math.min(WATCH_MS, until - this.#ctx.now()), this.#steps.signal);
    }
  }

  /** Whether the stack's policy lets go what the template no longer has. */
  #removalsAllowed(template: Template): boolean {
    const evaluator = this.#evaluator(template);
    for (const resource of [...this.#state.resources.values()]) {
      const definition = template.resources[resource.logicalId];
      if (definition && evaluator.includes(definition)) continue;
      const denied = this.#steps.deniedByPolicy(resource, "Update:Delete");
      if (denied) this.#steps.fail(resource, "UPDATE_FAILED", denied);
    }
    return this.#steps.failed.length === 0;
  }

  /** Makes and changes resources until they are what the template says. */
  async #reach(template: Template): Promise<boolean> {
    const evaluator = this.#evaluator(template);
    const included = Object.entries(template.resources).filter(([, definition]) => evaluator.includes(definition));
    const ids = new Set(included.map(([id]) => id));
    const graph = new Map<string, Set<string>>();
    for (const [id, definition] of included) {
      graph.set(id, new Set([...dependenciesOf(definition)].filter((need) => ids.has(need))));
    }
    const apply = (id: string) => this.#apply(id, template, graph.get(id) as Set<string>);
    // What a killed cloud had begun comes first: if another step fails meanwhile, a rollback has to know of it.
    const begun = [...this.#state.resources.values()].filter(({ status }) => status.endsWith("_IN_PROGRESS"));
    await Promise.all(begun.filter(({ logicalId }) => ids.has(logicalId)).map(({ logicalId }) => apply(logicalId)));
    if (this.#steps.failed.length === 0) await walk(graph, apply, "stop");
    return this.#steps.failed.length === 0;
  }

  #apply(id: string, template: Template, needs: ReadonlySet<string>): Promise<boolean> | Promise<false> {
    const definition = template.resources[id] as ResourceDefinition;
    const existing = this.#state.resources.get(id);
    const next = this.#state.stack.nextGenerations?.[id] ?? 0;
    const blank = (properties: Properties) => blankResource(id, definition, properties, needs, this.#ctx.now());
    try {
      const value = this.#evaluator(template).evaluate(definition.Properties ?? {});
      if (value instanceof Unknown) {
        throw new AwsError("ValidationError", `The properties of ${id} refer to what is not there yet.`);
      }
      const desired = { ...blank(value as Properties), generation: existing?.generation ?? next };
      return this.#steps.reach(desired, existing, definition);
    } catch (error) {
      const status = existing?.model ? "UPDATE_FAILED" : "CREATE_FAILED";
      return Promise.resolve(this.#steps.fail(existing ?? blank({}), status, error));
    }
  }

  /** Deletes resources that the stack no longer has. What cannot be deleted is left where it is. */
  async #dropAll(keeps: (resource: StackResource) => boolean, chosen: (id: string) => boolean): Promise<void> {
    for (const id of await this.#deleteAll(keeps, chosen))
      this.#state.letGo(this.#state.resources.get(id) as StackResource);
  }

  /** Deletes resources, dependents first, and returns the logical ids of those that could not be deleted. */
  async #deleteAll(
    keeps: (resource: StackResource) => boolean,
    chosen: (id: string) => boolean = () => true,
  ): Promise<string[]> {
    const { resources } = this.#state;
    const graph = new Map<string, Set<string>>();
    for (const [id, { dependsOn }] of resources)
      graph.set(id, new Set(dependsOn.filter((need) => resources.has(need))));
    const failed: string[] = [];
    const visit = async (id: string) => {
      const resource = resources.get(id) as StackResource;
      if (!chosen(id) || (await this.#steps.delete(resource, keeps(resource)))) return true;
      failed.push(id);
      return false;
    };
    await walk(reversed(graph), visit, "go on");
    return failed;
  }

  #failedTo(verb: "create" | "update" | "import"): string {
    return `The following resource(s) failed to ${verb}: [${this.#steps.failed.join(", ")}]. `;
  }

  #template(): Template {
    const { processedBody, templateBody } = this.#state.stack;
    return parseTemplate(processedBody ?? templateBody);
  }

  #evaluator(template: Template): Evaluator {
    const { stack, resources } = this.#state;
    const environment: Environment = {
      ...environmentOf(this.#ctx, stack, template, stack.parameters),
      ref: (id) => resources.get(id)?.physicalId,
      attribute: (id, attribute) => {
        const model = resources.get(id)?.model;
        return model && valueAt(model, attribute);
      },
    };
    return new Evaluator(environment);
  }

  /** Computes the outputs and exports; returns why that cannot be, if so. */
  #settleOutputs(template: Template): string | undefined {
    try {
      const evaluator = this.#evaluator(template);
      const outputs: StackOutput[] = [];
      for (const [key, output] of Object.entries(template.outputs)) {
        if (!evaluator.includes(output)) continue;
        const value = evaluator.evaluate(output.Value);
        const exportName = output.Export === undefined ? undefined : String(evaluator.evaluate(output.Export.Name));
        const text = typeof value === "object" ? JSON.stringify(value) : String(value);
        outputs.push({ key, value: text, description: output.Description, exportName });
      }
      publishExports(this.#ctx, this.#state.stack, outputs);
      this.#state.putStack({ ...this.#state.stack, outputs });
      return undefined;
    } catch (error) {
      if (error instanceof AwsError) return `${error.message}. `;
      throw error;
    }
  }
}

/** What is done to a stack in each status in which something is under way; in all others it rests. */
const STEPS: Readonly<Partial<Record<StackStatus, (deployment: Deployment) => Promise<void>>>> &
  Readonly<Record<MovingStatus, unknown>> = {
  CREATE_IN_PROGRESS: (deployment) => deployment.create(),
  ROLLBACK_IN_PROGRESS: (deployment) => deployment.rollbackCreate(),
  IMPORT_IN_PROGRESS: (deployment) => deployment.import(),
  IMPORT_ROLLBACK_IN_PROGRESS: (deployment) => deployment.rollbackImport(),
  UPDATE_IN_PROGRESS: (deployment) => deployment.update(),
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: (deployment) => deployment.cleanUpUpdate(),
  UPDATE_ROLLBACK_IN_PROGRESS: (deployment) => deployment.rollbackUpdate(),
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: (deployment) => deployment.cleanUpRollback(),
  DELETE_IN_PROGRESS: (deployment) => deployment.delete(),
};

function failedToDelete(ids: readonly string[]): string {
  return `The following resource(s) failed to delete: [${ids.join(", ")}]. `;
}
