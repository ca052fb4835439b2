/** Resource types whose properties are the API's members under the same names: declared as tables. */
import { orUndefined } from "../../../kernel/errors.js";
import {
  defineResource,
  type Json,
  type Properties,
  type ResourceContext,
  type ResourceProvider,
} from "../../../kernel/resource.js";

/**
 * What a property holds. Of a `map` an update takes entries away one by one; a `list`, a number or a boolean goes back to
 * what it is by default; `json` is a text in the API.
 */
export type Kind = "text" | "number" | "boolean" | "json" | "list" | "map" | "object";

export interface Property {
  readonly kind: Kind;
  /** What it goes back to when a template no longer says it. */
  readonly standard?: Json;
}

export interface MappedType {
  /** What the operations are called: `Create…`, `Get…`, `Update…`, `Delete…`. */
  readonly noun: string;
  /** The properties that say which one it is; the last is the one that it is given when it is made. */
  readonly keys: readonly string[];
  readonly properties: Readonly<Record<string, Property>>;
  /** Whether the template says the last of the keys itself, as it does a stage's name. */
  readonly isNamed?: boolean;
  /** The path in the ARN by which tags are set. */
  readonly tagPath?: (model: Properties) => string;
  /** From the template's form to the API's, and back, where they differ. */
  readonly toApi?: (properties: Properties) => Properties;
  readonly toTemplate?: (properties: Properties) => Properties;
  /** Members of the output that are attributes. */
  readonly attributes?: readonly string[];
}

type Output = Record<string, Json | undefined>;

export const text: Property = { kind: "text" };
export const list: Property = { kind: "list" };
export const map: Property = { kind: "map" };
export const json: Property = { kind: "json" };
export const object: Property = { kind: "object" };
export const number = (standard: number): Property => ({ kind: "number", standard });
export const boolean: Property = { kind: "boolean", standard: false };

const NUMBERS = new Set(["MaxAge", "ThrottlingBurstLimit", "ThrottlingRateLimit"]);
const BOOLEANS = new Set(["AllowCredentials", "DataTraceEnabled", "DetailedMetricsEnabled", "Required"]);

/** Templates may write numbers and booleans as text, at any depth. */
function typedWithin(value: Json): Json {
  if (Array.isArray(value)) return value.map(typedWithin);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      NUMBERS.has(name) ? Number(member) : BOOLEANS.has(name) ? String(member) === "true" : typedWithin(member),
    ]),
  );
}

/** A template's value as the API takes it. */
export function typed(value: Json | undefined, kind: Kind): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (kind === "boolean") return String(value) === "true";
  if (kind === "number") return Number(value);
  if (kind === "json") return typeof value === "string" ? value : JSON.stringify(value);
  if (kind === "text") return String(value);
  return typedWithin(value);
}

/** What `read` finds; `undefined` when it is gone. */
export const orGone = <T>(reading: Promise<T>): Promise<T | undefined> => orUndefined(reading, "NotFoundException");

export const call = (operation: string, input: object, ctx: ResourceContext) =>
  ctx.call<Output>("apigatewayv2", operation, input);

/** `value` without what is `undefined`, and without empty maps: what nobody said. */
export function said(value: Record<string, Json | undefined>): Properties {
  const isSaid = (one: Json | undefined): one is Json =>
    one !== undefined && !(typeof one === "object" && one !== null && Object.keys(one).length === 0);
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, Json] => isSaid(entry[1])));
}

/** Templates write the values of tags as text or numbers. */
export const tagsOf = (tags: Json | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries((tags ?? {}) as Properties).map(([key, value]) => [key, String(value)]));

/** Brings the tags of a resource to what is desired. */
export async function setTags(path: string, before: Json | undefined, after: Json | undefined, ctx: ResourceContext) {
  const ResourceArn = `arn:${ctx.partition}:apigateway:${ctx.region}::${path}`;
  const [old, Tags] = [tagsOf(before), tagsOf(after)];
  const TagKeys = Object.keys(old).filter((key) => !Object.hasOwn(Tags, key));
  if (TagKeys.length > 0) await call("UntagResource", { ResourceArn, TagKeys }, ctx);
  if (Object.keys(Tags).length > 0) await call("TagResource", { ResourceArn, Tags }, ctx);
}

/** The members that bring a resource from what the template said before to what it says now. */
export function changesOf(properties: MappedType["properties"], previous: Properties, desired: Properties): Output {
  const changes: Output = {};
  for (const [name, { kind, standard }] of Object.entries(properties)) {
    if (JSON.stringify(previous[name]) === JSON.stringify(desired[name])) continue;
    const [before, after] = [typed(previous[name], kind), typed(desired[name], kind)];
    if (kind === "map") {
      const gone = Object.keys((before ?? {}) as object).filter((key) => !Object.hasOwn((after ?? {}) as object, key));
      changes[name] = { ...Object.fromEntries(gone.map((key) => [key, ""])), ...((after ?? {}) as Properties) };
    } else changes[name] = after ?? standard ?? (kind === "list" ? [] : "");
  }
  return changes;
}

/** The provider of a type that is declared as a table. */
export function mappedResource(type: MappedType): ResourceProvider {
  const same = (properties: Properties) => properties;
  const { noun, properties, toApi = same, toTemplate = same } = type;
  const parents = type.keys.slice(0, -1);
  const own = type.keys.at(-1) as string;
  const keyOf = (model: Properties) => Object.fromEntries(type.keys.map((name) => [name, model[name]]));

  function modelOf(output: Output, known: Properties): Properties {
    const model: Output = {};
    for (const name of parents) model[name] = known[name];
    for (const name of [own, ...Object.keys(properties), ...(type.attributes ?? [])]) model[name] = output[name];
    for (const [name, { kind }] of Object.entries(properties)) {
      const value = model[name];
      if (kind === "json" && typeof value === "string") model[name] = JSON.parse(value) as Json;
    }
    if (type.tagPath) model.Tags = output.Tags;
    return toTemplate(said(model));
  }

  async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
    const output = await orGone(call(`Get${noun}`, keyOf(actual), ctx));
    return output && modelOf(output, actual);
  }

  return defineResource({
    async create(desired, ctx) {
      const given = toApi(desired);
      const members = Object.entries(properties).map(([name, { kind }]) => [name, typed(given[name], kind)] as const);
      const named = [...parents, ...(type.isNamed ? [own] : [])].map((name) => [name, desired[name]] as const);
      const tags = type.tagPath && desired.Tags ? { Tags: tagsOf(desired.Tags) } : {};
      const input = {
        ...Object.fromEntries([...members.filter(([, value]) => value !== undefined), ...named]),
        ...tags,
      };
      return modelOf(await call(`Create${noun}`, input, ctx), desired);
    },
    read,
    async update(desired, actual, ctx, previous) {
      const changes = changesOf(properties, toApi(previous), toApi(desired));
      if (Object.keys(changes).length > 0) await call(`Update${noun}`, { ...keyOf(actual), ...changes }, ctx);
      if (type.tagPath) await setTags(type.tagPath(actual), actual.Tags, desired.Tags, ctx);
      return (await read(actual, ctx)) ?? actual;
    },
    async delete(actual, ctx) {
      await orGone(call(`Delete${noun}`, keyOf(actual), ctx));
    },
    async list(ctx) {
      if (parents.length === 0) {
        const { Items = [] } = (await call(`Get${noun}s`, {}, ctx)) as { Items?: Output[] };
        return Items.map((output) => modelOf(output, {}));
      }
      if (parents[0] !== "ApiId" || parents.length > 1) return [];
      const { Items: all = [] } = (await call("GetApis", {}, ctx)) as { Items?: { ApiId: string }[] };
      const found: Properties[] = [];
      for (const { ApiId } of all) {
        const { Items = [] } = (await call(`Get${noun}s`, { ApiId }, ctx)) as { Items?: Output[] };
        found.push(...Items.map((output) => modelOf(output, { ApiId })));
      }
      return found;
    },
  });
}
