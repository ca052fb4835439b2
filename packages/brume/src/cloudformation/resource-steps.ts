/** What is done to one resource of a stack: made, changed, restored, deleted. Each step is stored before and after. */
import type { Context } from "../kernel/context.js";
import { AwsError } from "../kernel/errors.js";
import type { Json, Properties, ResourceContext, ResourceProvider } from "../kernel/resource.js";
import { resolveDynamicReferences } from "./dynamic-references.js";
import { alreadyExists, failOnDemand, ResourceFailure, reasonOf } from "./failure.js";
import { operations } from "./operations-under-way.js";
import { isReplacedBy, keepsCustomName, propertyNames, surelyHas } from "./plan.js";
import { awaitCreationSignals } from "./providers/creation-policy.js";
import { resourceContext } from "./providers/engine-context.js";
import { settleNestedStack } from "./providers/nested-stack.js";
import { type Provided, providerOf } from "./providers/provider-of.js";
import { sameValue } from "./same-value.js";
import { refOf } from "./schema/identifiers.js";
import type { Spec } from "./schema/spec.js";
import type { StackResource } from "./stack.js";
import { deniedBy, parseStackPolicy, type UpdateAction } from "./stack-policy.js";
import type { StackState } from "./stack-state.js";
import { constructPath, type ResourceDefinition } from "./template/template.js";
import { isCustomType } from "./template/validate.js";

const REPLACING = "Requested update requires the creation of a new physical resource; hence creating one.";
const INITIATED = "Resource creation Initiated";

/** Whether a policy leaves a resource where it is when its stack lets go of it. */
export function keepsResource(policy: string): boolean {
  return policy === "Retain" || policy === "RetainExceptOnCreate";
}

/** A resource that is still to be made. */
export function blankResource(
  id: string,
  definition: ResourceDefinition,
  properties: Properties,
  needs: Iterable<string>,
  now: number,
): StackResource {
  return {
    logicalId: id,
    type: definition.Type,
    status: "CREATE_IN_PROGRESS",
    updatedAt: now,
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

type Declaration = Pick<StackResource, "path" | "metadata" | "deletionPolicy" | "updateReplacePolicy" | "dependsOn">;

function declarationOf(resource: StackResource): Declaration {
  const { path, metadata, deletionPolicy, updateReplacePolicy, dependsOn } = resource;
  return { path, metadata, deletionPolicy, updateReplacePolicy, dependsOn };
}

/** Of each property the first value, or the second where the first is the one to be told from. */
function otherThan(value: Properties, first: Properties, second: Properties): Properties {
  const names = Object.keys({ ...first, ...second });
  const chosen = names.map((name) => [name, sameValue(first[name], value[name]) ? second[name] : first[name]] as const);
  return Object.fromEntries(chosen.filter(([, one]) => one !== undefined)) as Properties;
}

/**
 * The properties that a resource is taken to have before an update. After one that failed, each is what it was or what was
 * asked for: the one that the new update has to change.
 */
function previousOf({ properties, attempted = properties }: StackResource, desired: StackResource): Properties {
  return otherThan(desired.properties, attempted, properties);
}

/** What a resource may have instead of its properties, now that an update has failed, and perhaps others before. */
function attemptedBy({ properties, attempted = properties }: StackResource, desired: StackResource): Properties {
  return otherThan(properties, desired.properties, attempted);
}

export class ResourceSteps {
  /** Logical ids of those that failed. */
  readonly failed: string[] = [];
  /** Logical ids whose failure to be restored is passed over. */
  readonly skipped = new Set<string>();
  readonly #state: StackState;
  readonly #spec: Spec;

  constructor(state: StackState, spec: Spec) {
    this.#state = state;
    this.#spec = spec;
  }

  /** Ends when the operation is cancelled. */
  get signal(): AbortSignal {
    return this.#ctx.memory(operations).begin(this.#state.stack.id);
  }

  get #ctx(): Context {
    return this.#state.ctx;
  }

  /** Brings one resource to what its template says. @returns whether that succeeded */
  async reach(
    desired: StackResource,
    existing: StackResource | undefined,
    definition: ResourceDefinition,
  ): Promise<boolean> {
    if (this.signal.aborted) {
      const verb = existing?.model ? "UPDATE" : "CREATE";
      const reason = `Resource ${existing?.model ? "update" : "creation"} cancelled`;
      return this.fail(existing ?? desired, `${verb}_FAILED`, new ResourceFailure("Cancelled", reason));
    }
    const identifier = this.#state.stack.operation?.imports?.[desired.logicalId];
    if (!existing?.model && identifier) return this.#import(desired, identifier);
    if (!existing?.model) return this.#create(desired, undefined, definition, existing !== undefined);
    const [before, after] = [existing.properties, desired.properties];
    const changed = [...propertyNames(existing, after)].filter((name) => !surelyHas(existing, name, after[name]));
    if (changed.length === 0 && !existing.attempted && !this.#isRetagged(existing)) {
      // Policies and metadata are the engine's own: nothing is done to the resource.
      const declared = { ...existing, ...declarationOf(desired) };
      if (JSON.stringify(declarationOf(existing)) !== JSON.stringify(declarationOf(desired))) this.#state.put(declared);
      return true;
    }
    const schema = this.#spec.schema(existing.type);
    const replace = changed.some((name) => isReplacedBy(schema, definition, name));
    const denied = this.deniedByPolicy(existing, replace ? "Update:Replace" : "Update:Modify");
    if (denied) return this.fail(existing, "UPDATE_FAILED", denied);
    if (!replace) return this.#update(desired, existing);
    if (keepsCustomName(schema, before, after)) {
      const named = schema?.primaryIdentifier.map((name) => String(after[name])).join("|");
      const message = `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${named} and update the stack again.`;
      return this.fail(existing, "UPDATE_FAILED", new ResourceFailure("CustomNamedResource", message));
    }
    // A replacement that was cut short goes on under the name that it had begun with.
    const cutShort = existing.status === "UPDATE_IN_PROGRESS" && existing.statusReason === REPLACING;
    const generation = existing.generation + (cutShort ? 0 : 1);
    return this.#create({ ...desired, generation }, existing, definition, cutShort);
  }

  /** Why the stack's policy forbids an update of a resource, if it does. */
  deniedByPolicy(resource: StackResource, action: UpdateAction): ResourceFailure | undefined {
    const { stackPolicy, operation } = this.#state.stack;
    const policy = operation?.stackPolicy ?? stackPolicy;
    const denied = policy === undefined ? undefined : deniedBy(parseStackPolicy(policy), action, resource);
    return denied === undefined ? undefined : new ResourceFailure("StackPolicy", denied);
  }

  /** Takes in a resource that is there already, as it is. */
  async #import(desired: StackResource, identifier: Properties): Promise<boolean> {
    const importing = { ...desired, status: "IMPORT_IN_PROGRESS", statusReason: "Resource import started." };
    this.#state.put(importing, true);
    try {
      const { provider, live } = await this.#provider(desired);
      const model = await provider.read(identifier, this.#contextOf(desired));
      if (!model) {
        const named = Object.values(identifier).join("|");
        throw new AwsError("NotFound", `Resource of type '${desired.type}' with identifier '${named}' was not found.`);
      }
      const taken = { ...desired, model, physicalId: this.physicalId(desired, model), modelled: !live };
      this.#state.put({ ...taken, status: "IMPORT_COMPLETE", statusReason: "Resource import completed." }, true);
      return true;
    } catch (error) {
      return this.fail(desired, "IMPORT_FAILED", error);
    }
  }

  #isRetagged({ type }: StackResource): boolean {
    const { operation, tags } = this.#state.stack;
    return this.#spec.schema(type)?.tags !== undefined && !sameValue(operation?.previous?.tags ?? tags, tags);
  }

  /** Makes a resource; where it replaces one, that one is put on the list of what the cleanup deletes. */
  async #create(
    desired: StackResource,
    replaced: StackResource | undefined,
    definition: ResourceDefinition,
    cutShort: boolean,
  ): Promise<boolean> {
    const verb = replaced ? "UPDATE" : "CREATE";
    // Until the successor is there, what is stored is the predecessor.
    const present = { ...(replaced ?? desired), generation: desired.generation };
    this.#state.put(
      { ...present, status: `${verb}_IN_PROGRESS`, statusReason: replaced ? REPLACING : undefined },
      true,
    );
    try {
      failOnDemand(this.#ctx, replaced ? "update" : "create", this.#state.stack.name, desired);
      const { provider, live } = await this.#provider(desired);
      const make = cutShort ? this.#createAgain : this.#createOnce;
      const model = await make.call(this, provider, desired);
      const made = { ...desired, model, physicalId: this.physicalId(desired, model), modelled: !live };
      this.#state.put({ ...made, status: `${verb}_IN_PROGRESS`, statusReason: INITIATED }, true);
      if (replaced) this.#state.addCleanup(replaced, keepsResource(replaced.updateReplacePolicy));
      const problem = await awaitCreationSignals(this.#ctx, this.#state.stack, desired, definition, this.signal);
      if (problem) return this.fail(made, `${verb}_FAILED`, new ResourceFailure("CreationPolicy", problem));
      this.#state.put({ ...made, status: `${verb}_COMPLETE` }, true);
      return true;
    } catch (error) {
      return this.fail(present, `${verb}_FAILED`, error);
    }
  }

  async #createOnce(provider: ResourceProvider, desired: StackResource): Promise<Properties> {
    const ctx = this.#contextOf(desired);
    return provider.create(await this.#prepare(desired, ctx), ctx);
  }

  /**
   * Makes a resource whose making was cut short. What had been made by then is in the way only if it has a name that the
   * engine gave it, which no other resource can have: that is deleted, and made anew.
   */
  async #createAgain(provider: ResourceProvider, desired: StackResource): Promise<Properties> {
    let given: string | undefined;
    const plain = this.#contextOf(desired);
    const ctx: ResourceContext = {
      ...plain,
      physicalName: (options) => {
        given = plain.physicalName(options);
        return given;
      },
    };
    const properties = await this.#prepare(desired, ctx);
    try {
      return await provider.create(properties, ctx);
    } catch (error) {
      const name = given;
      if (name === undefined || !alreadyExists(error)) throw error;
      const identifiers = this.#spec.schema(desired.type)?.primaryIdentifier ?? [];
      const guess = { ...properties, ...Object.fromEntries(identifiers.map((id) => [id, properties[id] ?? name])) };
      const actual = await provider.read(guess, ctx);
      if (!actual) throw error;
      await provider.delete(actual, ctx);
      return provider.create(properties, ctx);
    }
  }

  // Differs from AWS: nothing rolls at the word of an UpdatePolicy: no instances stand behind Auto Scaling groups, and the
  // traffic of aliases is shifted at once.
  async #update(
    desired: StackResource,
    existing: StackResource,
    step: "update" | "rollback" = "update",
  ): Promise<boolean> {
    const declared = { ...existing, ...declarationOf(desired), statusReason: undefined };
    this.#state.put({ ...declared, status: "UPDATE_IN_PROGRESS" }, true);
    try {
      failOnDemand(this.#ctx, step, this.#state.stack.name, existing);
      const { provider } = await this.#provider(existing);
      const ctx = this.#contextOf(existing);
      const properties = await this.#prepare(desired, ctx);
      const model = await provider.update(properties, existing.model ?? {}, ctx, previousOf(existing, desired));
      const physicalId = this.physicalId(existing, model);
      // A custom resource may answer an update with another physical id: then it is another resource.
      const another = isCustomType(existing.type) && physicalId !== existing.physicalId;
      if (another) this.#state.addCleanup(existing, keepsResource(existing.updateReplacePolicy));
      const generation = another ? existing.generation + 1 : existing.generation;
      const updated = {
        ...declared,
        properties: desired.properties,
        attempted: undefined,
        model,
        physicalId,
        generation,
      };
      this.#state.put({ ...updated, status: "UPDATE_COMPLETE" }, true);
      return true;
    } catch (error) {
      return this.fail({ ...declared, attempted: attemptedBy(existing, desired) }, "UPDATE_FAILED", error);
    }
  }

  /** Brings one resource back to what it was before the operation. */
  async restore(before: StackResource): Promise<boolean> {
    const state = this.#state;
    const now = state.resources.get(before.logicalId);
    const untouched = now && now.status === before.status && now.updatedAt === before.updatedAt;
    if (!now || untouched) return true;
    const restored = { ...before, generation: now.generation, status: "UPDATE_COMPLETE", statusReason: undefined };
    if (now.physicalId !== before.physicalId && now.model) {
      // It was replaced: the predecessor is still there, and the successor goes.
      state.dropCleanup(before);
      state.addCleanup(now, false);
      state.put(restored, true);
      return true;
    }
    if (this.skipped.has(before.logicalId)) {
      state.put({ ...now, status: "UPDATE_COMPLETE", statusReason: "Resource update skipped by user" }, true);
      return true;
    }
    // Where the stack's tags changed, the resource has changed and what the template asks for has not.
    const same = sameValue(now.properties, before.properties) && sameValue(now.model, before.model);
    if (!now.attempted && same) {
      state.put(restored);
      return true;
    }
    return this.#update({ ...before, generation: now.generation }, now, "rollback");
  }

  /** Deletes a resource, or lets go of it. @returns whether that succeeded */
  async delete(resource: StackResource, keep: boolean): Promise<boolean> {
    const state = this.#state;
    if (!resource.model) {
      state.remove(resource.logicalId);
      return true;
    }
    if (keep) {
      state.put({ ...resource, status: "DELETE_SKIPPED", statusReason: undefined }, true);
      state.letGo(resource);
      return true;
    }
    state.put({ ...resource, status: "DELETE_IN_PROGRESS", statusReason: undefined }, true);
    const problem = await this.#deletePhysical(resource);
    if (problem !== undefined) {
      state.put({ ...resource, status: "DELETE_FAILED", statusReason: problem }, true);
      return false;
    }
    state.put({ ...resource, status: "DELETE_COMPLETE", statusReason: undefined }, true);
    state.remove(resource.logicalId);
    return true;
  }

  /** Deletes the physical resources that were put on the list. What cannot be deleted is left, and told. */
  async deleteReplaced(): Promise<void> {
    for (const { resource, retained } of this.#state.cleanups().reverse()) {
      if (!retained && resource.model) {
        this.#state.event({ ...resource, status: "DELETE_IN_PROGRESS", statusReason: undefined });
        const problem = await this.#deletePhysical(resource);
        const status = problem === undefined ? "DELETE_COMPLETE" : "DELETE_FAILED";
        this.#state.event({ ...resource, status, statusReason: problem });
      }
      this.#state.dropCleanup(resource);
    }
  }

  /** Lets a nested stack go on with what has waited for the outcome of the operation. */
  async settleNested(resource: StackResource): Promise<void> {
    if (await settleNestedStack(this.#ctx, resource.physicalId as string))
      this.#state.event({ ...resource, status: "UPDATE_COMPLETE", statusReason: undefined });
  }

  async #deletePhysical(resource: StackResource): Promise<string | undefined> {
    try {
      failOnDemand(this.#ctx, "delete", this.#state.stack.name, resource);
      const { provider } = await this.#provider(resource);
      await provider.delete(resource.model ?? {}, this.#contextOf(resource));
      return undefined;
    } catch (error) {
      return reasonOf(this.#ctx, error, resource);
    }
  }

  /** Notes that a step failed. */
  fail(resource: StackResource, status: string, error: unknown): false {
    this.failed.push(resource.logicalId);
    this.#state.put({ ...resource, status, statusReason: reasonOf(this.#ctx, error, resource) }, true);
    return false;
  }

  #provider({ type }: StackResource): Promise<Provided> {
    return providerOf(this.#ctx, this.#spec, type);
  }

  #contextOf(resource: StackResource): ResourceContext {
    return resourceContext(this.#ctx, this.#state.stack, resource, this.signal);
  }

  /** The properties as the provider gets them: dynamic references resolved, the stack's tags added. */
  async #prepare(resource: StackResource, ctx: ResourceContext): Promise<Properties> {
    const properties = await resolveDynamicReferences(resource.properties, ctx);
    const stackTags = this.#state.stack.tags;
    const tags = this.#spec.schema(resource.type)?.tags;
    if (!tags || Object.keys(stackTags).length === 0 || isCustomType(resource.type)) return properties;
    const own = properties[tags.property];
    if (tags.map) return { ...properties, [tags.property]: { ...stackTags, ...(own as Properties | undefined) } };
    const list = Array.isArray(own) ? (own as { Key: string; Value: string }[]) : [];
    const added = Object.entries(stackTags)
      .filter(([key]) => !list.some(({ Key }) => Key === key))
      .map(([Key, Value]) => ({ Key, Value }));
    return { ...properties, [tags.property]: [...list, ...added] as Json };
  }

  /** What `Ref` returns for a resource. */
  physicalId(resource: StackResource, model: Properties): string {
    if (model.PhysicalResourceId !== undefined) return String(model.PhysicalResourceId);
    const schema = this.#spec.schema(resource.type);
    const id = schema && !isCustomType(resource.type) ? refOf(schema, model) : undefined;
    return id ?? String(model.Id ?? model.Arn ?? resource.logicalId);
  }
}
