/** Resource types whose properties are members of the API under other names: declared as tables. */
import { orUndefined } from "../../../kernel/errors.js";
import {
  defineResource,
  type Json,
  type Properties,
  type ResourceContext,
  type ResourceProvider,
} from "../../../kernel/resource.js";

type Kind = "text" | "number" | "boolean" | "json" | "list" | "map" | "any";
/** A property: the API's member, its kind, and its patch path where it can be changed in place. */
export interface Mapping {
  readonly member: string;
  readonly kind?: Kind;
  readonly patch?: string;
}

export interface MappedType {
  readonly create: string;
  readonly read: string;
  readonly update?: string;
  readonly delete: string;
  /**
   * Properties that say which one it is: the member that calls take (`create` where that differs), and the one of the
   * output that holds it.
   */
  readonly keys: Readonly<
    Record<string, { readonly input: string; readonly create?: string; readonly output?: string }>
  >;
  readonly properties: Readonly<Record<string, Mapping>>;
  /** What the name is made for, where the template gives none. */
  readonly nameProperty?: string;
  /** Read-only attributes, and the output's members that hold them. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly list?: string;
}

export interface PatchOperation {
  op: "add" | "replace" | "remove";
  path: string;
  value?: string;
}
type Output = Record<string, Json | undefined>;

/** A template's value as the API takes it: templates may write numbers and booleans as text. */
export function typed(value: Json | undefined, kind: Kind = "text"): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (kind === "boolean") return String(value) === "true";
  if (kind === "number") return Number(value);
  if (kind === "json") return typeof value === "string" ? value : JSON.stringify(value);
  if (kind === "map")
    return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, String(one)]));
  return kind === "text" ? String(value) : value;
}

/** A value of the API as templates write it. */
function shown(value: Json | undefined, kind: Kind = "text"): Json | undefined {
  if (kind !== "json" || typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/** What `read` finds; `undefined` when it is gone. */
export const orGone = <T>(reading: Promise<T>): Promise<T | undefined> => orUndefined(reading, "NotFoundException");

/** Tags as the API has them. */
export function tagMap(tags: Json | undefined): Record<string, string> {
  return Object.fromEntries(((tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
}

export function tagList(tags: unknown): Json | undefined {
  const entries = Object.entries((tags ?? {}) as Record<string, string>);
  return entries.length > 0 ? entries.map(([Key, Value]) => ({ Key, Value })) : undefined;
}

/** Brings the tags of a resource to what is desired. */
export async function setTags(
  resourceArn: string,
  before: Json | undefined,
  after: Json | undefined,
  ctx: ResourceContext,
): Promise<void> {
  const [old, tags] = [tagMap(before), tagMap(after)];
  const tagKeys = Object.keys(old).filter((key) => !Object.hasOwn(tags, key));
  if (tagKeys.length > 0) await ctx.call("api-gateway", "UntagResource", { resourceArn, tagKeys });
  if (Object.keys(tags).length > 0) await ctx.call("api-gateway", "TagResource", { resourceArn, tags });
}

/** The ARN of something of API Gateway's. */
export const arnOf = (path: string, ctx: ResourceContext) => `arn:${ctx.partition}:apigateway:${ctx.region}::${path}`;

/** `value` without what is `undefined`. */
export function withoutUndefined(value: Record<string, Json | undefined>): Properties {
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** Escapes a name for use in a patch path. */
export const segment = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** The operations that bring properties from what they were to what is desired. */
export function patchOperations(
  properties: MappedType["properties"],
  previous: Properties,
  desired: Properties,
): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const [name, { patch, kind }] of Object.entries(properties)) {
    if (!patch || JSON.stringify(previous[name]) === JSON.stringify(desired[name])) continue;
    const [before, after] = [typed(previous[name], kind), typed(desired[name], kind)];
    if (kind === "list") {
      const [old, now] = [(before ?? []) as string[], (after ?? []) as string[]];
      for (const value of old) if (!now.includes(value)) operations.push({ op: "remove", path: patch, value });
      for (const value of now) if (!old.includes(value)) operations.push({ op: "add", path: patch, value });
    } else if (kind === "map") {
      const [old, now] = [(before ?? {}) as Record<string, string>, (after ?? {}) as Record<string, string>];
      for (const key of Object.keys(old))
        if (!(key in now)) operations.push({ op: "remove", path: `${patch}/${segment(key)}` });
      for (const [key, value] of Object.entries(now))
        operations.push({ op: "replace", path: `${patch}/${segment(key)}`, value });
    } else if (after === undefined) operations.push({ op: "remove", path: patch });
    else operations.push({ op: "replace", path: patch, value: String(after) });
  }
  return operations;
}

/** The provider of a type that is declared as a table. */
export function mappedResource(type: MappedType): ResourceProvider {
  const inputs = (model: Properties) =>
    Object.fromEntries(Object.entries(type.keys).map(([property, { input }]) => [input, model[property]]));
  const call = (operation: string, input: object, ctx: ResourceContext) =>
    ctx.call<Output>("api-gateway", operation, input);

  function modelOf(output: Output, known: Properties): Properties {
    const model: Record<string, Json | undefined> = {};
    for (const [property, { output: member }] of Object.entries(type.keys)) {
      model[property] = (member ? output[member] : undefined) ?? known[property];
    }
    for (const [property, { member, kind }] of Object.entries(type.properties))
      model[property] = shown(output[member], kind);
    for (const [attribute, member] of Object.entries(type.attributes ?? {})) model[attribute] = output[member];
    if (known.Tags !== undefined || output.tags !== undefined) model.Tags = tagList(output.tags);
    return withoutUndefined(model);
  }

  async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
    const output = await orGone(call(type.read, inputs(actual), ctx));
    return output && modelOf(output, actual);
  }

  return defineResource({
    async create(desired, ctx) {
      const given = { ...desired };
      if (type.nameProperty && given[type.nameProperty] === undefined) given[type.nameProperty] = ctx.physicalName();
      const members = Object.entries(type.properties).map(([property, { member, kind }]) => [
        member,
        typed(given[property], kind),
      ]);
      const parents = Object.entries(type.keys).filter(([property]) => given[property] !== undefined);
      const input = {
        ...Object.fromEntries(members.filter(([, value]) => value !== undefined)),
        ...Object.fromEntries(
          parents.map(([property, { input: member, create = member }]) => [create, given[property]]),
        ),
        ...(given.Tags ? { tags: tagMap(given.Tags) } : {}),
      };
      const output = await call(type.create, input, ctx);
      return modelOf(output, given);
    },
    read,
    async update(desired, actual, ctx, previous) {
      const operations = patchOperations(type.properties, previous, desired);
      if (type.update && operations.length > 0)
        await call(type.update, { ...inputs(actual), patchOperations: operations }, ctx);
      return (await read(actual, ctx)) ?? actual;
    },
    async delete(actual, ctx) {
      await orGone(call(type.delete, inputs(actual), ctx));
    },
    async list(ctx) {
      if (!type.list) return [];
      const { items, item } = (await call(type.list, { limit: 500 }, ctx)) as { items?: Output[]; item?: Output[] };
      return (items ?? item ?? []).map((output) => modelOf(output, {}));
    },
  });
}
