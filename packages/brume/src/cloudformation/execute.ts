/** Performs the operations on stacks: makes, changes, deletes and restores resources, every step stored as it is made. */
import type { Context } from "../kernel/context.js";
import { AwsError } from "../kernel/errors.js";
import { uuid } from "../kernel/identifiers.js";
import type { Json, Properties, ResourceContext } from "../kernel/resource.js";
import { resolveDynamicReferences } from "./dynamic-references.js";
import { environmentOf } from "./environment.js";
import { recordEvent } from "./events.js";
import { publishExports, withdrawExports } from "./exports.js";
import { keepsCustomName, recreationOf, sameValue } from "./plan.js";
import { ResourceFailure } from "./providers/custom-resource.js";
import { resourceContext } from "./providers/engine-context.js";
import { type Provided, providerOf } from "./providers/provider-of.js";
import { refOf, valueAt } from "./schema/identifiers.js";
import type { Spec } from "./schema/spec.js";
import {
  type Cleanup,
  cleanups,
  resourcesBefore,
  type Stack,
  type StackOutput,
  type StackResource,
  stackNames,
  stackResources,
  stacks,
} from "./stack.js";
import { type Environment, Evaluator, Unknown } from "./template/evaluate.js";
import { type Graph, reversed, walk } from "./template/graph.js";
import { parseTemplate } from "./template/parse.js";
import { dependenciesOf } from "./template/references.js";
import { constructPath, type ResourceDefinition, type Template } from "./template/template.js";
import { isCustomType } from "./template/validate.js";

const REPLACING = "Requested update requires the creation of a new physical resource; hence creating one.";
const INITIATED = "Resource creation Initiated";
const ROLLBACK_REQUESTED = "Rollback requested by user.";

/** One operation on one stack, from the status in which it finds the stack to one in which it rests. */
export class Deployment {
  readonly #ctx: Context;
  readonly #spec: Spec;
  readonly #signal: AbortSignal;
  #stack: Stack;
  readonly #resources: Map<string, StackResource>;
  readonly #failed: string[] = [];

  constructor(ctx: Context, spec: Spec, stack: Stack, signal: AbortSignal) {
    this.#ctx = ctx;
    this.#spec = spec;
    this.#signal = signal;
    this.#stack = stack;
    this.#resources = new Map(
      ctx
        .table(stackResources)
        .rows({ prefix: [stack.id] })
        .map((resource) => [resource.logicalId, resource]),
    );
  }

  /** Goes from status to status until the stack rests. What a cloud that was killed had begun is gone on with. */
  async run(): Promise<void> {
    for (let step = STEPS[this.#stack.status]; step; step = STEPS[this.#stack.status]) await step(this);
  }

  async create(): Promise<void> {
    const template = parseTemplate(this.#stack.templateBody);
    if (await this.#reach(template)) {
      const reason = this.#settleOutputs(template);
      if (reason === undefined) return this.#finish("CREATE_COMPLETE");
      return this.#failCreate(reason);
    }
    await this.#failCreate(`The following resource(s) failed to create: [${this.#failed.join(", ")}]. `);
  }

  async #failCreate(reason: string): Promise<void> {
    const onFailure = this.#stack.operation?.onFailure ?? (this.#stack.disableRollback ? "DO_NOTHING" : "ROLLBACK");
    if (onFailure === "DO_NOTHING") return this.#finish("CREATE_FAILED", reason.trim());
    this.#setStatus(
      onFailure === "DELETE" ? "DELETE_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS",
      reason + ROLLBACK_REQUESTED,
    );
  }

  /** Takes back what a failed creation made. */
  async rollbackCreate(): Promise<void> {
    const left = await this.#deleteAll((resource) => resource.deletionPolicy === "Retain");
    if (left.length === 0) this.#finish("ROLLBACK_COMPLETE");
    else this.#finish("ROLLBACK_FAILED", `The following resource(s) failed to delete: [${left.join(", ")}]. `);
  }

  async update(): Promise<void> {
    this.#rememberResources();
    const template = parseTemplate(this.#stack.templateBody);
    let reason: string | undefined;
    if (await this.#reach(template)) reason = this.#settleOutputs(template);
    else reason = `The following resource(s) failed to update: [${this.#failed.join(", ")}]. `;
    if (reason === undefined) return this.#setStatus("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    if (this.#stack.disableRollback) return this.#finish("UPDATE_FAILED", reason.trim());
    this.#setStatus("UPDATE_ROLLBACK_IN_PROGRESS", reason);
  }

  /** Deletes what an update no longer wants: resources that left the template, and the predecessors of replaced ones. */
  async cleanUpUpdate(): Promise<void> {
    const template = parseTemplate(this.#stack.templateBody);
    const evaluator = this.#evaluator(template);
    const wanted = (id: string) => {
      const definition = template.resources[id];
      return definition !== undefined && evaluator.includes(definition);
    };
    await this.#deleteReplaced();
    await this.#deleteAll(
      (resource) => keepsResource(resource.deletionPolicy),
      (id) => !wanted(id),
    );
    this.#forgetResourcesBefore();
    this.#finish("UPDATE_COMPLETE");
  }

  /** Brings every resource back to what it was before a failed update. */
  async rollbackUpdate(): Promise<void> {
    const { previous } = this.#stack.operation ?? {};
    if (!previous) throw new Error(`Stack ${this.#stack.name} has nothing to go back to.`);
    const { outputs, ...source } = previous;
    this.#putStack({ ...this.#stack, ...source, outputs });
    const before = new Map(
      this.#ctx
        .table(resourcesBefore)
        .rows({ prefix: [this.#stack.id] })
        .map((resource) => [resource.logicalId, resource]),
    );
    this.#failed.length = 0;
    const graph: Graph = new Map([...before].map(([id, { dependsOn }]) => [id, new Set(dependsOn)]));
    await walk(graph, (id) => this.#restore(before.get(id) as StackResource), "go on");
    if (this.#failed.length > 0) {
      return this.#finish(
        "UPDATE_ROLLBACK_FAILED",
        `The following resource(s) failed to update: [${this.#failed.join(", ")}]. `,
      );
    }
    publishExports(this.#ctx, this.#stack, this.#stack.outputs);
    this.#setStatus("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
  }

  /** Deletes what a failed update made. */
  async cleanUpRollback(): Promise<void> {
    const before = new Set(
      this.#ctx
        .table(resourcesBefore)
        .rows({ prefix: [this.#stack.id] })
        .map(({ logicalId }) => logicalId),
    );
    await this.#deleteReplaced();
    await this.#deleteAll(
      (resource) => resource.deletionPolicy === "Retain",
      (id) => !before.has(id),
    );
    this.#forgetResourcesBefore();
    this.#finish("UPDATE_ROLLBACK_COMPLETE");
  }

  async delete(): Promise<void> {
    const retain = new Set(this.#stack.operation?.retain ?? []);
    const left = await this.#deleteAll(
      (resource) => keepsResource(resource.deletionPolicy) || retain.has(resource.logicalId),
    );
    if (left.length > 0)
      return this.#finish("DELETE_FAILED", `The following resource(s) failed to delete: [${left.join(", ")}]. `);
    const { id, name } = this.#stack;
    withdrawExports(this.#ctx, this.#stack);
    if (this.#ctx.table(stackNames).get(name) === id) this.#ctx.table(stackNames).delete(name);
    this.#stack = { ...this.#stack, deletedAt: this.#ctx.now() };
    this.#finish("DELETE_COMPLETE");
  }

  // Resources

  /** Makes and changes resources until they are what the template says. */
  async #reach(template: Template): Promise<boolean> {
    const evaluator = this.#evaluator(template);
    const included = Object.entries(template.resources).filter(([, definition]) => evaluator.includes(definition));
    const ids = new Set(included.map(([id]) => id));
    const graph = new Map<string, Set<string>>();
    for (const [id, definition] of included)
      graph.set(id, new Set([...dependenciesOf(definition)].filter((need) => ids.has(need))));
    await walk(graph, (id) => this.#apply(id, template, graph.get(id) as Set<string>), "stop");
    return this.#failed.length === 0;
  }

  async #apply(id: string, template: Template, needs: ReadonlySet<string>): Promise<boolean> {
    const definition = template.resources[id] as ResourceDefinition;
    const existing = this.#resources.get(id);
    let properties: Properties;
    try {
      const value = this.#evaluator(template).evaluate(definition.Properties ?? {});
      if (value instanceof Unknown)
        throw new AwsError("ValidationError", `The properties of ${id} refer to what is not there yet.`);
      properties = value as Properties;
    } catch (error) {
      return this.#fail(
        existing ?? this.#blank(id, definition, {}, needs),
        existing?.model ? "UPDATE_FAILED" : "CREATE_FAILED",
        error,
      );
    }
    const desired = { ...this.#blank(id, definition, properties, needs), generation: existing?.generation ?? 0 };
    if (!existing?.model) return this.#create(desired, undefined);
    const changed = changedProperties(existing.properties, properties);
    const retagged =
      this.#spec.schema(existing.type)?.tags !== undefined &&
      !sameValue(this.#stack.operation?.previous?.tags ?? this.#stack.tags, this.#stack.tags);
    if (changed.length === 0 && !retagged) {
      // Policies and metadata are the engine's own: nothing is done to the resource.
      if (!sameDeclaration(existing, desired)) this.#put({ ...existing, ...declarationOf(desired) });
      return true;
    }
    const schema = this.#spec.schema(existing.type);
    const replace = changed.some((name) => recreationOf(schema, existing.type, name) !== "Never");
    if (!replace) return this.#update(desired, existing);
    if (keepsCustomName(schema, existing.properties, properties)) {
      const named = schema?.primaryIdentifier.map((name) => String(properties[name])).join("|");
      const message = `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${named} and update the stack again.`;
      return this.#fail(existing, "UPDATE_FAILED", new ResourceFailure("CustomNamedResource", message));
    }
    return this.#create({ ...desired, generation: existing.generation + 1 }, existing);
  }

  #blank(
    id: string,
    definition: ResourceDefinition,
    properties: Properties,
    needs: ReadonlySet<string>,
  ): StackResource {
    return {
      logicalId: id,
      type: definition.Type,
      status: "CREATE_IN_PROGRESS",
      updatedAt: this.#ctx.now(),
      properties,
      path: constructPath(definition),
      metadata: definition.Metadata === undefined ? undefined : JSON.stringify(definition.Metadata),
      deletionPolicy: String(definition.DeletionPolicy ?? "Delete"),
      updateReplacePolicy: String(definition.UpdateReplacePolicy ?? "Delete"),
      dependsOn: [...needs],
      generation: 0,
      modelled: false,
    };
  }

  /** Makes a resource; where it replaces one, that one is put on the list of what the cleanup deletes. */
  async #create(desired: StackResource, replaced: StackResource | undefined): Promise<boolean> {
    const verb = replaced ? "UPDATE" : "CREATE";
    // Until the successor is there, what is stored is the predecessor.
    this.#put(
      {
        ...(replaced ?? desired),
        generation: desired.generation,
        status: `${verb}_IN_PROGRESS`,
        statusReason: replaced ? REPLACING : undefined,
      },
      true,
    );
    try {
      const { provider, live } = await this.#provider(desired);
      const resourceCtx = this.#contextOf(desired);
      const model = await provider.create(await this.#prepare(desired, resourceCtx), resourceCtx);
      const made = { ...desired, model, physicalId: this.#physicalId(desired, model), modelled: !live };
      this.#put({ ...made, status: `${verb}_IN_PROGRESS`, statusReason: INITIATED }, true);
      if (replaced) this.#addCleanup(replaced, keepsResource(replaced.updateReplacePolicy));
      this.#put({ ...made, status: `${verb}_COMPLETE` }, true);
      return true;
    } catch (error) {
      return this.#fail({ ...(replaced ?? desired), generation: desired.generation }, `${verb}_FAILED`, error);
    }
  }

  async #update(desired: StackResource, existing: StackResource): Promise<boolean> {
    this.#put({ ...existing, ...declarationOf(desired), status: "UPDATE_IN_PROGRESS", statusReason: undefined }, true);
    try {
      const { provider } = await this.#provider(existing);
      const resourceCtx = this.#contextOf(existing);
      const model = await provider.update(
        await this.#prepare(desired, resourceCtx),
        existing.model ?? {},
        resourceCtx,
        existing.properties,
      );
      const updated = {
        ...existing,
        ...declarationOf(desired),
        properties: desired.properties,
        model,
        physicalId: this.#physicalId(existing, model),
      };
      // A custom resource may answer an update with another physical id: then it is another resource.
      if (isCustomType(existing.type) && updated.physicalId !== existing.physicalId)
        this.#addCleanup(existing, keepsResource(existing.updateReplacePolicy));
      this.#put({ ...updated, status: "UPDATE_COMPLETE", statusReason: undefined }, true);
      return true;
    } catch (error) {
      // The properties asked for are kept with the failure: a rollback has to undo what of them took effect.
      return this.#fail(
        { ...existing, ...declarationOf(desired), properties: desired.properties },
        "UPDATE_FAILED",
        error,
      );
    }
  }

  /** Brings one resource back to what it was before the operation. */
  async #restore(before: StackResource): Promise<boolean> {
    const now = this.#resources.get(before.logicalId);
    if (
      !now ||
      (now.generation === before.generation && now.status === before.status && now.updatedAt === before.updatedAt)
    )
      return true;
    if (now.physicalId !== before.physicalId && now.model) {
      // It was replaced: the predecessor is still there, and the successor goes.
      this.#dropCleanup(before);
      this.#addCleanup(now, false);
      this.#put({ ...before, generation: now.generation, status: "UPDATE_COMPLETE", statusReason: undefined }, true);
      return true;
    }
    if (sameValue(now.properties, before.properties)) {
      this.#put({ ...before, generation: now.generation, status: "UPDATE_COMPLETE", statusReason: undefined });
      return true;
    }
    return this.#update({ ...before, generation: now.generation }, now);
  }

  /** Deletes resources, dependents first, and returns the logical ids of those that could not be deleted. */
  async #deleteAll(
    keeps: (resource: StackResource) => boolean,
    chosen: (id: string) => boolean = () => true,
  ): Promise<string[]> {
    const graph = new Map<string, Set<string>>();
    for (const [id, { dependsOn }] of this.#resources)
      graph.set(id, new Set(dependsOn.filter((need) => this.#resources.has(need))));
    const failed: string[] = [];
    const visit = async (id: string) => {
      const resource = this.#resources.get(id) as StackResource;
      if (!chosen(id)) return true;
      if (await this.#deleteResource(resource, keeps(resource))) return true;
      failed.push(id);
      return false;
    };
    await walk(reversed(graph), visit, "go on");
    return failed;
  }

  async #deleteResource(resource: StackResource, keep: boolean): Promise<boolean> {
    if (keep || !resource.model) {
      if (resource.model) this.#put({ ...resource, status: "DELETE_SKIPPED", statusReason: undefined }, true);
      this.#remove(resource.logicalId);
      return true;
    }
    this.#put({ ...resource, status: "DELETE_IN_PROGRESS", statusReason: undefined }, true);
    try {
      const { provider } = await this.#provider(resource);
      await provider.delete(resource.model, this.#contextOf(resource));
      this.#put({ ...resource, status: "DELETE_COMPLETE", statusReason: undefined }, true);
      this.#remove(resource.logicalId);
      return true;
    } catch (error) {
      this.#put({ ...resource, status: "DELETE_FAILED", statusReason: reasonOf(this.#ctx, error, resource) }, true);
      return false;
    }
  }

  /** Deletes the physical resources that were put on the list. */
  async #deleteReplaced(): Promise<void> {
    const listed = this.#ctx.table(cleanups).rows({ prefix: [this.#stack.id] });
    for (const { resource, retained } of listed.reverse()) {
      if (!retained && resource.model) {
        this.#event({ ...resource, status: "DELETE_IN_PROGRESS", statusReason: undefined });
        try {
          const { provider } = await this.#provider(resource);
          await provider.delete(resource.model, this.#contextOf(resource));
          this.#event({ ...resource, status: "DELETE_COMPLETE", statusReason: undefined });
        } catch (error) {
          this.#event({ ...resource, status: "DELETE_FAILED", statusReason: reasonOf(this.#ctx, error, resource) });
        }
      }
      this.#dropCleanup(resource);
    }
  }

  #provider(resource: StackResource): Promise<Provided> {
    return providerOf(this.#ctx, this.#spec, resource.type);
  }

  #contextOf(resource: StackResource): ResourceContext {
    return resourceContext(this.#ctx, this.#stack, resource, this.#signal);
  }

  /** The properties as the provider gets them: dynamic references resolved, the stack's tags added. */
  async #prepare(resource: StackResource, ctx: ResourceContext): Promise<Properties> {
    const properties = await resolveDynamicReferences(resource.properties, ctx);
    const tags = this.#spec.schema(resource.type)?.tags;
    const stackTags = Object.entries(this.#stack.tags);
    if (!tags || stackTags.length === 0 || isCustomType(resource.type)) return properties;
    const own = properties[tags.property];
    if (tags.map)
      return { ...properties, [tags.property]: { ...this.#stack.tags, ...(own as Properties | undefined) } };
    const list = Array.isArray(own) ? (own as { Key: string; Value: string }[]) : [];
    const added = stackTags
      .filter(([key]) => !list.some(({ Key }) => Key === key))
      .map(([Key, Value]) => ({ Key, Value }));
    return { ...properties, [tags.property]: [...list, ...added] as Json };
  }

  #physicalId(resource: StackResource, model: Properties): string {
    if (model.PhysicalResourceId !== undefined) return String(model.PhysicalResourceId);
    const schema = this.#spec.schema(resource.type);
    const id = schema && !isCustomType(resource.type) ? refOf(schema, model) : undefined;
    return id ?? String(model.Id ?? model.Arn ?? resource.logicalId);
  }

  #evaluator(template: Template): Evaluator {
    const environment: Environment = {
      ...environmentOf(this.#ctx, this.#stack, template, this.#stack.parameters),
      ref: (id) => this.#resources.get(id)?.physicalId,
      attribute: (id, attribute) => {
        const model = this.#resources.get(id)?.model;
        return model && valueAt(model, attribute);
      },
    };
    return new Evaluator(environment);
  }

  // Outputs

  /** Computes the outputs and exports; returns why that cannot be, if so. */
  #settleOutputs(template: Template): string | undefined {
    try {
      const evaluator = this.#evaluator(template);
      const outputs: StackOutput[] = [];
      for (const [key, output] of Object.entries(template.outputs)) {
        if (!evaluator.includes(output)) continue;
        const value = evaluator.evaluate(output.Value);
        const exportName = output.Export === undefined ? undefined : String(evaluator.evaluate(output.Export.Name));
        outputs.push({
          key,
          value: typeof value === "object" ? JSON.stringify(value) : String(value),
          description: output.Description,
          exportName,
        });
      }
      publishExports(this.#ctx, this.#stack, outputs);
      this.#putStack({ ...this.#stack, outputs });
      return undefined;
    } catch (error) {
      if (error instanceof AwsError) return `${error.message}. `;
      throw error;
    }
  }

  // What is stored

  #rememberResources(): void {
    const table = this.#ctx.table(resourcesBefore);
    if (table.count({ prefix: [this.#stack.id] }) > 0) return;
    for (const resource of this.#resources.values()) table.put([this.#stack.id, resource.logicalId], resource);
    this.#ctx.publish();
  }

  #forgetResourcesBefore(): void {
    const table = this.#ctx.table(resourcesBefore);
    for (const { logicalId } of table.rows({ prefix: [this.#stack.id] })) table.delete(this.#stack.id, logicalId);
    this.#ctx.publish();
  }

  #addCleanup(resource: StackResource, retained: boolean): void {
    const cleanup: Cleanup = { resource, retained };
    this.#ctx.table(cleanups).put([this.#stack.id, resource.logicalId, resource.generation], cleanup);
  }

  #dropCleanup(resource: StackResource): void {
    this.#ctx.table(cleanups).delete(this.#stack.id, resource.logicalId, resource.generation);
    this.#ctx.publish();
  }

  #put(resource: StackResource, withEvent = false): void {
    const stamped = { ...resource, updatedAt: this.#ctx.now() };
    this.#resources.set(resource.logicalId, stamped);
    this.#ctx.table(stackResources).put([this.#stack.id, resource.logicalId], stamped);
    if (withEvent) recordEvent(this.#ctx, this.#stack, stamped);
    this.#ctx.publish();
  }

  #event(resource: StackResource): void {
    recordEvent(this.#ctx, this.#stack, resource);
    this.#ctx.publish();
  }

  #remove(id: string): void {
    this.#resources.delete(id);
    this.#ctx.table(stackResources).delete(this.#stack.id, id);
    this.#ctx.publish();
  }

  #fail(resource: StackResource, status: string, error: unknown): false {
    this.#failed.push(resource.logicalId);
    this.#put({ ...resource, status, statusReason: reasonOf(this.#ctx, error, resource) }, true);
    return false;
  }

  #putStack(stack: Stack): void {
    this.#stack = stack;
    this.#ctx.table(stacks).put([stack.id], stack);
    this.#ctx.publish();
  }

  #setStatus(status: string, reason?: string): void {
    this.#stack = { ...this.#stack, status, statusReason: reason?.trim() };
    this.#ctx.table(stacks).put([this.#stack.id], this.#stack);
    recordEvent(this.#ctx, this.#stack, undefined);
    this.#ctx.publish();
  }

  /** Sets a status in which the stack rests. */
  #finish(status: string, reason?: string): void {
    this.#setStatus(status, reason);
    const { operation: _, ...rest } = this.#stack;
    this.#putStack(rest);
  }
}

/** What is done to a stack in each status that ends in `_IN_PROGRESS`; in all others it rests. */
const STEPS: Readonly<Record<string, (deployment: Deployment) => Promise<void>>> = {
  CREATE_IN_PROGRESS: (deployment) => deployment.create(),
  ROLLBACK_IN_PROGRESS: (deployment) => deployment.rollbackCreate(),
  UPDATE_IN_PROGRESS: (deployment) => deployment.update(),
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: (deployment) => deployment.cleanUpUpdate(),
  UPDATE_ROLLBACK_IN_PROGRESS: (deployment) => deployment.rollbackUpdate(),
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: (deployment) => deployment.cleanUpRollback(),
  DELETE_IN_PROGRESS: (deployment) => deployment.delete(),
};

function keepsResource(policy: string): boolean {
  return policy === "Retain" || policy === "RetainExceptOnCreate";
}

function changedProperties(before: Properties, after: Properties): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !sameValue(before[name], after[name]),
  );
}

type Declaration = Pick<StackResource, "path" | "metadata" | "deletionPolicy" | "updateReplacePolicy" | "dependsOn">;

function declarationOf({ path, metadata, deletionPolicy, updateReplacePolicy, dependsOn }: StackResource): Declaration {
  return { path, metadata, deletionPolicy, updateReplacePolicy, dependsOn };
}

function sameDeclaration(a: StackResource, b: StackResource): boolean {
  return JSON.stringify(declarationOf(a)) === JSON.stringify(declarationOf(b));
}

/** How a registry handler classifies an error. See "Handler error codes" in the CloudFormation CLI User Guide. */
function handlerErrorCode(code: string): string {
  if (/AlreadyExists|AlreadyOwned|ResourceConflict|EntityAlreadyExists|QueueNameExists|ResourceInUse/.test(code))
    return "AlreadyExists";
  if (/NotFound|NoSuch|DoesNotExist/.test(code)) return "NotFound";
  if (/AccessDenied|Unauthorized/.test(code)) return "AccessDenied";
  if (/Limit|TooMany|Throttl/.test(code)) return "ServiceLimitExceeded";
  if (/^Internal/.test(code)) return "InternalFailure";
  return "InvalidRequest";
}

function reasonOf(ctx: Context, error: unknown, resource: StackResource): string {
  if (error instanceof ResourceFailure) return error.message;
  if (!(error instanceof AwsError)) {
    ctx.cloud.reportFailure(error, `the provider of ${resource.type} (${resource.path ?? resource.logicalId})`);
    return `Internal Failure: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (error.code === "ValidationError" && error.message.startsWith("Template error")) return error.message;
  return `Resource handler returned message: "${error.message}" (RequestToken: ${uuid()}, HandlerErrorCode: ${handlerErrorCode(error.code)})`;
}
