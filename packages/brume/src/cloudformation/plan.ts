/** What has to change to take a stack from what it is to what a template says: the content of a change set. */
import type { Json, Properties } from "../kernel/resource.js";
import { refOf, valueAt } from "./schema/identifiers.js";
import type { ResourceSchema, Spec } from "./schema/spec.js";
import type { StackResource } from "./stack.js";
import { invalidTemplate } from "./template/errors.js";
import { type Cause, type Environment, Evaluator, PartlyUnknown, Unknown } from "./template/evaluate.js";
import { dependenciesOf, referencesIn } from "./template/references.js";
import { constructPath, type JsonObject, type ResourceDefinition, type Template } from "./template/template.js";
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
}

export interface ResourceChange {
  readonly action: "Add" | "Modify" | "Remove";
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
  const { template, current } = target;
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
    if (!existing) {
      renewed.set(id, "Add");
      changes.push({
        action: "Add",
        logicalId: id,
        type: definition.Type,
        path: constructPath(definition),
        details: [],
        after: known(after),
      });
      continue;
    }
    if (existing.type !== definition.Type) {
      throw invalidTemplate(
        `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${id}]`,
      );
    }
    const details = compare(spec, existing, definition, after, target);
    if (details.length === 0) continue;
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
      before: existing.properties,
      after: known(after),
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
  for (const name of new Set([...Object.keys(existing.properties), ...Object.keys(values)])) {
    const [before, next] = [existing.properties[name], values[name]];
    const causes = unknownCauses(after, values, name);
    if (causes.length === 0 && sameValue(before, next)) continue;
    const [cause] = causes;
    details.push({
      attribute: "Properties",
      name,
      recreation: recreationOf(schema, existing.type, name),
      evaluation: cause ? "Dynamic" : "Static",
      ...(cause ? causedBy(cause) : sourceOf(definition.Properties?.[name], target)),
      before,
      after: next,
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
  // "Maybe" means no replacement unless an override says so.
  return replacement === "yes" ? "Always" : "Never";
}

/** Whether two values are the same to a resource: scalars by their text, maps whatever the order of their keys. */
export function sameValue(a: Json | undefined, b: Json | undefined | unknown): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null || b instanceof Unknown) return false;
  if (typeof a !== "object" || typeof b !== "object")
    return typeof a !== "object" && typeof b !== "object" && String(a) === String(b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Record<string, Json>];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && sameValue(value as Json, right[key]))
  );
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
