/** What has to change to take a stack from what it is to what a template says: the content of a change set. */
import type { Json, Properties } from "../kernel/resource.js";
import { asFound, driftedProperties, type ResourceDrift } from "./drift.js";
import { sameValue } from "./same-value.js";
import { refOf, valueAt } from "./schema/identifiers.js";
import type { ResourceSchema, Spec } from "./schema/spec.js";
import type { StackResource } from "./stack.js";
import { invalidTemplate } from "./template/errors.js";
import {
  type Cause,
  type Environment,
  Evaluator,
  KNOWN_AFTER_APPLY,
  PartlyUnknown,
  Unknown,
} from "./template/evaluate.js";
import { dependenciesOf, referencesIn } from "./template/references.js";
import {
  constructPath,
  isObject,
  type JsonObject,
  type ResourceDefinition,
  type Template,
} from "./template/template.js";
import { isCustomType } from "./template/validate.js";

export type Recreation = "Never" | "Conditionally" | "Always";

/** One difference of one resource. */
export interface ChangeDetail {
  readonly attribute: "Properties" | "Metadata" | "DeletionPolicy" | "UpdateReplacePolicy" | "Tags";
  /** The property's name. */
  readonly name?: string;
  readonly recreation: Recreation;
  /** `Static` when the new value is known already. */
  readonly evaluation: "Static" | "Dynamic";
  readonly source:
    | "DirectModification"
    | "ParameterReference"
    | "ResourceReference"
    | "ResourceAttribute"
    | "Automatic";
  readonly causingEntity?: string;
  readonly before?: Json;
  readonly after?: Json;
  /** What the property was made to be, and what it was found to be, where those differ. */
  readonly drift?: { readonly previous?: Json; readonly actual?: Json; readonly at: number };
}

export interface ResourceChange {
  readonly action: "Add" | "Modify" | "Remove" | "Import";
  readonly logicalId: string;
  readonly physicalId?: string;
  readonly type: string;
  readonly path?: string;
  readonly replacement?: "True" | "False" | "Conditional";
  readonly policyAction?:
    | "Delete"
    | "Retain"
    | "Snapshot"
    | "ReplaceAndDelete"
    | "ReplaceAndRetain"
    | "ReplaceAndSnapshot";
  readonly details: readonly ChangeDetail[];
  /** What was found of the resource, where the change set looked. */
  readonly driftStatus?: ResourceDrift["status"];
  /** The change set of a nested stack. */
  readonly changeSetId?: string;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** What planning needs: the template, how to evaluate it, and the stack as it is. */
export interface Target {
  readonly template: Template;
  readonly environment: Omit<Environment, "ref" | "attribute">;
  readonly current: ReadonlyMap<string, StackResource>;
  readonly stackTags: {
    readonly before: Readonly<Record<string, string>>;
    readonly after: Readonly<Record<string, string>>;
  };
  readonly changedParameters: ReadonlySet<string>;
  /** Resources that are there already and are taken in: their physical ids by logical id. */
  readonly imports?: ReadonlyMap<string, string> | undefined;
  /** How resources were found to differ from what the stack made: they are brought back. */
  readonly drifts?: ReadonlyMap<string, ResourceDrift> | undefined;
}

/** The logical ids in an order in which each follows all that it needs. */
function inOrder(template: Template, ids: readonly string[]): string[] {
  const ordered: string[] = [];
  const seen = new Set<string>();
  const visit = (id: string) => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const need of dependenciesOf(template.resources[id] as ResourceDefinition))
      if (Object.hasOwn(template.resources, need)) visit(need);
    ordered.push(id);
  };
  for (const id of ids) visit(id);
  return ordered;
}

/** Compares a stack with a template. @throws AwsError `ValidationError` for what no update can do */
export function plan(spec: Spec, target: Target): ResourceChange[] {
  const { template } = target;
  const current = asFoundAll(target);
  const renewed = new Map<string, "Add" | "Replace" | "Maybe">();
  const modified = new Map<string, ReadonlySet<string>>();
  const environment: Environment = {
    ...target.environment,
    ref: (id) => {
      if (!Object.hasOwn(template.resources, id)) return undefined;
      if (renewed.has(id)) return new Unknown([{ resource: id }]);
      return current.get(id)?.physicalId ?? new Unknown([{ resource: id }]);
    },
    attribute: (id, attribute) => {
      const existing = current.get(id);
      if (!Object.hasOwn(template.resources, id)) return undefined;
      if (!existing?.model || renewed.has(id)) return new Unknown([{ resource: id, attribute }]);
      if (isCustomType(existing.type) && modified.has(id)) return new Unknown([{ resource: id, attribute }]);
      return valueAt(existing.model, attribute) ?? new Unknown([{ resource: id, attribute }]);
    },
  };
  const evaluator = new Evaluator(environment);
  const included = Object.keys(template.resources).filter((id) =>
    evaluator.includes(template.resources[id] as ResourceDefinition),
  );
  const changes: ResourceChange[] = [];
  for (const id of inOrder(template, included)) {
    const definition = template.resources[id] as ResourceDefinition;
    if (!evaluator.includes(definition)) continue;
    const existing = current.get(id);
    const after = evaluator.evaluate(definition.Properties ?? {});
    if (!existing?.model) {
      renewed.set(id, "Add");
      const physicalId = target.imports?.get(id);
      changes.push({
        action: physicalId === undefined ? "Add" : "Import",
        logicalId: id,
        physicalId,
        driftStatus: target.drifts?.get(id)?.status,
        type: definition.Type,
        path: constructPath(definition),
        details: [],
        after: shown(after) as JsonObject,
      });
      continue;
    }
    if (existing.type !== definition.Type) {
      throw invalidTemplate(
        `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${id}]`,
      );
    }
    const details = compare(spec, existing, definition, after, target);
    if (details.length === 0 && !existing.attempted) continue;
    const replacement = replacementOf(details);
    if (replacement !== "False") renewed.set(id, replacement === "True" ? "Replace" : "Maybe");
    modified.set(id, new Set(details.map(({ name }) => name ?? "")));
    changes.push({
      action: "Modify",
      logicalId: id,
      physicalId: existing.physicalId,
      type: existing.type,
      path: constructPath(definition) ?? existing.path,
      replacement,
      policyAction: replacement === "True" ? replaceAction(existing.updateReplacePolicy) : undefined,
      details,
      driftStatus: target.drifts?.get(id)?.status,
      before: existing.properties,
      after: shown(after) as JsonObject,
    });
  }
  for (const [id, existing] of current) {
    if (included.includes(id)) continue;
    const { physicalId, type, path, deletionPolicy } = existing;
    const policyAction =
      deletionPolicy === "Snapshot" ? "Snapshot" : deletionPolicy.startsWith("Retain") ? "Retain" : "Delete";
    changes.push({
      action: "Remove",
      logicalId: id,
      physicalId,
      type,
      path,
      policyAction,
      details: [],
      before: existing.properties,
    });
  }
  return changes;
}

/** A value as change sets show it. */
function shown(value: unknown): Json {
  if (value instanceof PartlyUnknown) return shown(value.known);
  if (value instanceof Unknown) return KNOWN_AFTER_APPLY;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

/** The resources as they are: those of a drift-aware plan as they were found. */
function asFoundAll({ current, drifts }: Target): ReadonlyMap<string, StackResource> {
  if (!drifts) return current;
  const found = [...current.values()].flatMap((resource) => {
    const drift = drifts.get(resource.logicalId);
    if (drift?.status === "DELETED") return [];
    return [[resource.logicalId, drift?.status === "MODIFIED" ? asFound(resource, drift) : resource] as const];
  });
  return new Map(found);
}

function known(value: unknown): JsonObject {
  return (value instanceof PartlyUnknown ? value.known : value) as JsonObject;
}

function replaceAction(policy: string): ResourceChange["policyAction"] {
  if (policy === "Retain") return "ReplaceAndRetain";
  return policy === "Snapshot" ? "ReplaceAndSnapshot" : "ReplaceAndDelete";
}

function replacementOf(details: readonly ChangeDetail[]): "True" | "False" | "Conditional" {
  const replacing = details.filter(({ recreation }) => recreation !== "Never");
  if (replacing.some(({ recreation, evaluation }) => recreation === "Always" && evaluation === "Static")) return "True";
  return replacing.length > 0 ? "Conditional" : "False";
}

/** The names of all properties that a resource has, may have after a failed update, or is to have. */
export function propertyNames({ properties, attempted }: StackResource, after: object): Set<string> {
  return new Set([...Object.keys(properties), ...Object.keys(attempted ?? {}), ...Object.keys(after)]);
}

/** Whether a resource has a property's value, also if it has what an update asked for that failed. */
export function surelyHas({ properties, attempted }: StackResource, name: string, value: unknown): boolean {
  return sameValue(properties[name], value) && (!attempted || sameValue(attempted[name], value));
}

function compare(
  spec: Spec,
  existing: StackResource,
  definition: ResourceDefinition,
  after: unknown,
  target: Target,
): ChangeDetail[] {
  const schema = spec.schema(existing.type);
  const values = known(after);
  const details: ChangeDetail[] = [];
  const drift = target.drifts?.get(existing.logicalId);
  const drifted = drift?.status === "MODIFIED" ? driftedProperties(drift) : undefined;
  for (const name of propertyNames(existing, values)) {
    const [before, next] = [existing.properties[name], values[name]];
    const causes = unknownCauses(after, values, name);
    if (causes.length === 0 && surelyHas(existing, name, next)) continue;
    const [cause] = causes;
    details.push({
      attribute: "Properties",
      name,
      recreation: definedRecreation(schema, definition, name),
      evaluation: cause ? "Dynamic" : "Static",
      ...(cause ? causedBy(cause) : sourceOf(definition.Properties?.[name], target)),
      before,
      after: next === undefined ? undefined : shown(next),
      ...(drift &&
        drifted?.has(name) && {
          drift: { previous: drift.expected[name], actual: drift.actual?.[name], at: drift.at },
        }),
    });
  }
  const metadata = definition.Metadata === undefined ? undefined : JSON.stringify(definition.Metadata);
  if (metadata !== existing.metadata) details.push(attributeChange("Metadata"));
  if (String(definition.DeletionPolicy ?? "Delete") !== existing.deletionPolicy)
    details.push(attributeChange("DeletionPolicy"));
  if (String(definition.UpdateReplacePolicy ?? "Delete") !== existing.updateReplacePolicy)
    details.push(attributeChange("UpdateReplacePolicy"));
  if (schema?.tags && !sameValue(target.stackTags.before, target.stackTags.after))
    details.push(attributeChange("Tags"));
  return details;
}

function attributeChange(attribute: ChangeDetail["attribute"]): ChangeDetail {
  return { attribute, recreation: "Never", evaluation: "Static", source: "DirectModification" };
}

function unknownCauses(after: unknown, values: JsonObject, name: string): readonly Cause[] {
  if (!(after instanceof PartlyUnknown)) return [];
  const value: unknown = values[name];
  return value instanceof Unknown ? value.causes : [];
}

function causedBy({ resource, attribute }: Cause): Pick<ChangeDetail, "source" | "causingEntity"> {
  if (attribute === undefined) return { source: "ResourceReference", causingEntity: resource };
  return { source: "ResourceAttribute", causingEntity: `${resource}.${attribute}` };
}

function sourceOf(
  expression: Json | undefined,
  { changedParameters }: Target,
): Pick<ChangeDetail, "source" | "causingEntity"> {
  const parameter = referencesIn(expression).find(({ kind, name }) => kind === "Ref" && changedParameters.has(name));
  return parameter ? { source: "ParameterReference", causingEntity: parameter.name } : { source: "DirectModification" };
}

/** Whether a change of a property makes a new resource. */
export function recreationOf(schema: ResourceSchema | undefined, type: string, name: string): Recreation {
  if (isCustomType(type)) return name === "ServiceToken" ? "Always" : "Never";
  const replacement = schema?.properties[name]?.replacement;
  return replacement === "yes" ? "Always" : replacement === "maybe" ? "Conditionally" : "Never";
}

/** The changes at which an Auto Scaling group whose update policy says so is replaced. */
const REPLACING_GROUPS = ["LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier"];

/**
 * Whether the change of a property makes a new resource of the one that a template defines. What the schema says may be
 * replaced is changed in place: what that depends on, no schema tells.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatepolicy.html
 */
export function isReplacedBy(
  schema: ResourceSchema | undefined,
  definition: ResourceDefinition,
  name: string,
): boolean {
  return definedRecreation(schema, definition, name) === "Always";
}

function definedRecreation(
  schema: ResourceSchema | undefined,
  { Type, UpdatePolicy }: ResourceDefinition,
  name: string,
): Recreation {
  const replacing = UpdatePolicy?.AutoScalingReplacingUpdate;
  const willReplace = isObject(replacing) && String(replacing.WillReplace) === "true";
  if (willReplace && REPLACING_GROUPS.includes(name)) return "Always";
  return recreationOf(schema, Type, name);
}

/**
 * Whether a replacement would collide with its predecessor: the type is named by its template, and the name stays.
 * See "CloudFormation cannot update a stack when a custom-named resource requires replacing" in the User Guide.
 */
export function keepsCustomName(schema: ResourceSchema | undefined, before: Properties, after: Properties): boolean {
  if (!schema || schema.primaryIdentifier.length === 0) return false;
  const named = schema.primaryIdentifier.every(
    (name) => Object.hasOwn(schema.properties, name) && after[name] !== undefined,
  );
  return (
    named &&
    schema.primaryIdentifier.every((name) => sameValue(before[name], after[name])) &&
    refOf(schema, after) !== undefined
  );
}
