/** The provider of types that no service here stands behind: stored, with the identifiers and attributes of their schema. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { derived } from "../../kernel/identifiers.js";
import type { Json, Properties, ResourceContext, ResourceProvider } from "../../kernel/resource.js";
import { defineTable } from "../../kernel/store.js";
import { primaryIdentifierOf, valueAt } from "../schema/identifiers.js";
import type { Definition, ResourceSchema, SpecType } from "../schema/spec.js";
import { MODELLED_ATTRIBUTES } from "./modelled-attributes.js";

/** A modelled resource: what is kept of it, and the token of the step that made it. */
interface Modelled {
  readonly token: string;
  readonly model: Properties;
}

/** [type, primary identifier] */
const modelled = defineTable<Modelled>("cloudformation/modelled-resources");

const notThere = (type: string, identifier: string) =>
  new AwsError("NotFound", `Resource of type '${type}' with identifier '${identifier}' was not found.`);

/** Makes a provider for a published type, or (without a schema) for a type of which nothing is known. */
export function modelledProvider(engine: Context, schema: ResourceSchema | undefined): ResourceProvider {
  const rows = () => engine.table(modelled);
  const identifierOf = (model: Properties): string =>
    (schema && primaryIdentifierOf(schema, model)) || String(model.Id);
  return {
    async create(desired, ctx) {
      const made = schema ? model(schema, desired, ctx) : { ...desired, Id: ctx.physicalName() };
      const identifier = identifierOf(made);
      const present = rows().get(ctx.type, identifier);
      if (present && present.token !== ctx.token)
        throw new AwsError(
          "AlreadyExists",
          `Resource of type '${ctx.type}' with identifier '${identifier}' already exists.`,
        );
      rows().put([ctx.type, identifier], { token: ctx.token, model: made });
      return made;
    },
    async read(actual, ctx) {
      return rows().get(ctx.type, identifierOf(actual))?.model;
    },
    async update(desired, actual, ctx) {
      const identifier = identifierOf(actual);
      const present = rows().get(ctx.type, identifier);
      if (!present) throw notThere(ctx.type, identifier);
      const attributes = Object.keys(schema?.attributes ?? { Id: "string" });
      const named = [...(schema?.primaryIdentifier ?? []), ...(schema?.ref ?? [])];
      const generated = named.filter((name) => desired[name] === undefined);
      const kept = [...attributes, ...generated].filter(
        (name) => actual[name] !== undefined && desired[name] === undefined,
      );
      const changed = { ...desired, ...Object.fromEntries(kept.map((name) => [name, actual[name] as Json])) };
      rows().put([ctx.type, identifier], { ...present, model: changed });
      return changed;
    },
    async delete(actual, ctx) {
      rows().delete(ctx.type, identifierOf(actual));
    },
    async list(ctx) {
      return rows()
        .rows({ prefix: [ctx.type] })
        .map(({ model: found }) => found);
    },
  };
}

function model(schema: ResourceSchema, desired: Properties, ctx: ResourceContext): Properties {
  const made: Properties = { ...withDefaults(schema, desired) };
  const known = MODELLED_ATTRIBUTES[schema.type] ?? {};
  for (const path of [...schema.primaryIdentifier, ...schema.ref]) {
    const make = known[path];
    if (make) made[path] = make(made, ctx);
    else if (valueAt(made, path) === undefined)
      made[path] = identifier(schema, path, ctx, schema.properties[path]?.type ?? schema.attributes[path] ?? "string");
  }
  for (const [name, type] of Object.entries(schema.attributes)) {
    if (valueAt(made, name) === undefined)
      made[name] = known[name]?.(made, ctx) ?? attribute(schema, name, type, made, ctx, 0);
  }
  return made;
}

function withDefaults(schema: ResourceSchema, desired: Properties): Properties {
  const defaults = Object.entries(schema.properties).filter(
    ([name, property]) => property.default !== undefined && desired[name] === undefined,
  );
  return { ...Object.fromEntries(defaults.map(([name, property]) => [name, property.default as Json])), ...desired };
}

/** A made-up identifier: an ARN, an id as EC2 makes them, or a name. */
function identifier(schema: ResourceSchema, path: string, ctx: ResourceContext, type: SpecType): Json {
  const name = path.split(/[./]/).at(-1) as string;
  if (/Arn$/i.test(name)) return arn(schema, {}, ctx);
  if (/(^|[a-z])Name$/.test(name) || name === "Name") return ctx.physicalName({ maxLength: 64 });
  if (type === "integer" || type === "number")
    return Number.parseInt(derived(`${ctx.token}/${path}`, 6, "lower").replace(/\D/g, "1"), 10);
  if (/Id$/.test(name)) return shortId(schema, ctx, path);
  return ctx.physicalName({ maxLength: 64 });
}

/** `vpc-0123456789abcdef0` for EC2's types, ten letters and digits for the others. */
function shortId(schema: ResourceSchema, ctx: ResourceContext, path: string): string {
  const [, service = "", resource = ""] = schema.type.split("::");
  if (service === "EC2")
    return `${EC2_PREFIXES[resource] ?? resource.toLowerCase()}-0${hex(`${ctx.token}/${path}`, 16)}`;
  return derived(`${ctx.token}/${path}`, 10, "lower");
}

const EC2_PREFIXES: Readonly<Record<string, string>> = {
  EIP: "eipalloc",
  FlowLog: "fl",
  Instance: "i",
  InternetGateway: "igw",
  LaunchTemplate: "lt",
  NatGateway: "nat",
  NetworkAcl: "acl",
  NetworkInterface: "eni",
  Route: "r",
  RouteTable: "rtb",
  SecurityGroup: "sg",
  Subnet: "subnet",
  SubnetRouteTableAssociation: "rtbassoc",
  TransitGateway: "tgw",
  VPC: "vpc",
  VPCEndpoint: "vpce",
  VPCGatewayAttachment: "igw-attach",
  Volume: "vol",
};

function hex(seed: string, length: number): string {
  return derived(seed, length, "lower").replace(/[g-z]/g, (letter) => ((letter.charCodeAt(0) - 7) % 10).toString());
}

function attribute(
  schema: ResourceSchema,
  name: string,
  type: SpecType,
  made: Properties,
  ctx: ResourceContext,
  depth: number,
): Json {
  const last = name.split(/[./]/).at(-1) as string;
  if (typeof type === "string") {
    if (type === "integer" || type === "number") return 1;
    if (type === "boolean") return false;
    if (type === "json") return {};
    if (/Arn$/.test(last)) return arn(schema, made, ctx, last);
    if (/Id$/.test(last)) return shortId(schema, ctx, name);
    if (/Port$/.test(last)) return "443";
    if (/(Time|Date|At)$/.test(last)) return new Date(ctx.now()).toISOString();
    if (/(Endpoint|Address|DomainName|DNSName|Url|URL)$/i.test(last))
      return `${ctx.physicalName({ maxLength: 40, lowerCase: true })}.${ctx.region}.${ctx.urlSuffix}`;
    return ctx.physicalName({ maxLength: 64 });
  }
  if ("enum" in type) return type.enum[0] ?? "";
  if ("list" in type) {
    // Two, because templates select a second: of name servers, addresses, network interfaces.
    return ["1", "2"].map((item) => attribute(schema, `${item}/${name}`, type.list, made, ctx, depth + 1));
  }
  if ("map" in type) return {};
  if ("union" in type) return attribute(schema, name, type.union[0] ?? "string", made, ctx, depth + 1);
  return depth > 3 ? {} : structure(schema, schema.definition(type.ref), made, ctx, depth);
}

function structure(
  schema: ResourceSchema,
  definition: Definition,
  made: Properties,
  ctx: ResourceContext,
  depth: number,
): Json {
  const entries = Object.entries(definition.properties);
  return Object.fromEntries(
    entries.map(([name, property]) => [name, attribute(schema, name, property.type, made, ctx, depth + 1)]),
  );
}

/** The type's ARN as its schema has it, its placeholders filled from the model; a plain one where the schema has none. */
function arn(schema: ResourceSchema, made: Properties, ctx: ResourceContext, name = "Arn"): string {
  const [, service = "", resource = ""] = schema.type.split("::");
  const scope: Record<string, string> = { Partition: ctx.partition, Region: ctx.region, Account: ctx.account };
  if (schema.arn && (name === "Arn" || name === `${resource}Arn`)) {
    return schema.arn.replace(
      /\$\{(\w+)\}/g,
      (_, key: string) => scope[key] ?? text(made[key]) ?? nearest(made, key) ?? ctx.physicalName({ maxLength: 64 }),
    );
  }
  return `arn:${ctx.partition}:${service.toLowerCase()}:${ctx.region}:${ctx.account}:${resource.toLowerCase()}/${ctx.physicalName({ maxLength: 64 })}`;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** A property whose name ends as the placeholder does: `Name` for `TableName`, `VpcId` for `Id`. */
function nearest(made: Properties, key: string): string | undefined {
  const found = Object.keys(made).find(
    (name) => (name.endsWith(key) || key.endsWith(name)) && text(made[name]) !== undefined,
  );
  return found === undefined ? undefined : text(made[found]);
}
