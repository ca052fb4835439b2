/** How resources differ from what their template says, by reading what is really there. See "Detect drift". */
import type { Context } from "../kernel/context.js";
import type { Json, Properties } from "../kernel/resource.js";
import { defineTable } from "../kernel/store.js";
import { resourceContext } from "./providers/engine-context.js";
import { providerOf } from "./providers/provider-of.js";
import { sameValue } from "./same-value.js";
import type { Spec } from "./schema/spec.js";
import type { Stack, StackResource } from "./stack.js";
import { isObject } from "./template/template.js";
import { isCustomType } from "./template/validate.js";

export interface PropertyDifference {
  readonly path: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
  readonly kind: "ADD" | "REMOVE" | "NOT_EQUAL";
}

export interface ResourceDrift {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: "IN_SYNC" | "MODIFIED" | "DELETED" | "NOT_CHECKED";
  readonly expected: Properties;
  readonly actual: Properties | undefined;
  readonly differences: readonly PropertyDifference[];
  readonly at: number;
}

/** [stack id, logical id]: what the last detection found. */
export const resourceDrifts = defineTable<ResourceDrift>("cloudformation/resource-drifts");

/** What was found of a resource: how it differs from its template, and its model as it really is. */
export interface Observation {
  readonly drift: ResourceDrift;
  readonly model?: Properties;
}

/** Compares a resource with what its template says. */
export async function detectDrift(
  ctx: Context,
  spec: Spec,
  stack: Stack,
  resource: StackResource,
): Promise<ResourceDrift> {
  return (await observe(ctx, spec, stack, resource)).drift;
}

/** Reads a resource and compares it with what its template says. */
export async function observe(ctx: Context, spec: Spec, stack: Stack, resource: StackResource): Promise<Observation> {
  const { logicalId, type, properties, model } = resource;
  const physicalId = resource.physicalId ?? "";
  const found = { logicalId, physicalId, type, expected: properties, at: ctx.now() };
  const published = spec.schema(type) && !isCustomType(type) && !/^AWS::(?:CloudFormation|CDK)::/.test(type);
  const nothing = { ...found, actual: undefined, differences: [] };
  if (!published || !model) return { drift: { ...nothing, status: "NOT_CHECKED" }, ...(model && { model }) };
  const { provider } = await providerOf(ctx, spec, type);
  const signal = new AbortController().signal;
  const actual = await provider.read(model, resourceContext(ctx, stack, resource, signal));
  if (!actual) return { drift: { ...nothing, status: "DELETED" } };
  const differences = compareProperties(withStackTags(spec, stack, resource), actual);
  const shown = Object.fromEntries(
    Object.keys(properties).map((name) => [name, actual[name] ?? (properties[name] as Json)]),
  );
  const status = differences.length > 0 ? "MODIFIED" : "IN_SYNC";
  return { drift: { ...found, status, actual: shown, differences }, model: actual };
}

/** The properties that drifted: the first name of each difference's path. */
export function driftedProperties({ differences }: ResourceDrift): ReadonlySet<string> {
  return new Set(differences.map(({ path }) => path.split("/")[1] as string));
}

/** A resource with the properties that it really has where those differ from its template; without a model if it is gone. */
export function asFound(resource: StackResource, drift: ResourceDrift): StackResource {
  if (drift.status === "DELETED") {
    const { model: _, ...gone } = resource;
    return gone;
  }
  const properties = { ...resource.properties };
  for (const name of driftedProperties(drift)) {
    const actual = drift.actual?.[name];
    if (actual === undefined) delete properties[name];
    else properties[name] = actual;
  }
  return { ...resource, properties };
}

/** The expected properties, with the tags that the stack itself gives. */
function withStackTags(spec: Spec, stack: Stack, { type, properties }: StackResource): Properties {
  const tags = spec.schema(type)?.tags;
  const own = tags && properties[tags.property];
  if (!tags || own === undefined || Object.keys(stack.tags).length === 0) return properties;
  if (tags.map) return { ...properties, [tags.property]: { ...stack.tags, ...(own as Properties) } };
  const list = own as { Key: string; Value: string }[];
  const added = Object.entries(stack.tags).filter(([key]) => !list.some(({ Key }) => Key === key));
  return { ...properties, [tags.property]: [...list, ...added.map(([Key, Value]) => ({ Key, Value }))] as Json };
}

/**
 * The differences of the properties that are expected. What is expected nowhere is no drift: defaults that a service adds,
 * and properties that it does not tell.
 */
export function compareProperties(expected: Properties, actual: Properties): PropertyDifference[] {
  const differences: PropertyDifference[] = [];
  for (const [name, value] of Object.entries(expected)) {
    if (actual[name] !== undefined || isEmpty(value)) compare(`/${name}`, value, actual[name], differences);
  }
  return differences;
}

function isEmpty(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function compare(path: string, expected: Json, actual: Json | undefined, differences: PropertyDifference[]): void {
  // What a dynamic reference stands for is not kept.
  if (typeof expected === "string" && expected.includes("{{resolve:")) return;
  if (typeof expected === "string" && isObject(actual)) {
    const parsed = parseJson(expected);
    if (parsed !== undefined) return compare(path, parsed, actual, differences);
  }
  if (isObject(expected) && isObject(actual)) {
    for (const [key, value] of Object.entries(expected))
      compare(`${path}/${key}`, value as Json, actual[key], differences);
    return;
  }
  if (Array.isArray(expected) && Array.isArray(actual)) return compareLists(path, expected, actual, differences);
  if (actual === undefined && isEmpty(expected)) return;
  if (sameValue(expected, actual)) return;
  differences.push({ path, expected, actual, kind: actual === undefined ? "REMOVE" : "NOT_EQUAL" });
}

/** Lists are compared whatever their order: what is missing was removed, what is more was added. */
function compareLists(
  path: string,
  expected: readonly Json[],
  actual: readonly Json[],
  differences: PropertyDifference[],
): void {
  const matches = (a: Json, b: Json) => {
    const found: PropertyDifference[] = [];
    compare("", a, b, found);
    return found.length === 0;
  };
  const left = [...actual];
  const missing: [index: number, item: Json][] = [];
  for (const [index, item] of expected.entries()) {
    const at = left.findIndex((other) => matches(item, other));
    if (at < 0) missing.push([index, item]);
    else left.splice(at, 1);
  }
  for (const [index, item] of missing) {
    const other = left.shift();
    differences.push({
      path: `${path}/${index}`,
      expected: item,
      actual: other,
      kind: other === undefined ? "REMOVE" : "NOT_EQUAL",
    });
  }
  for (const [index, item] of left.entries()) {
    differences.push({ path: `${path}/${expected.length + index}`, expected: undefined, actual: item, kind: "ADD" });
  }
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
