/** AWS::ApiGateway::RestApi */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import {
  arnOf,
  type Mapping,
  orGone,
  type PatchOperation,
  patchOperations,
  setTags,
  tagList,
  tagMap,
  typed,
  withoutUndefined,
} from "./mapped.js";

type Output = Record<string, Json | undefined>;

const PROPERTIES: Readonly<Record<string, Mapping>> = {
  ApiKeySourceType: { member: "apiKeySource", patch: "/apiKeySource" },
  Description: { member: "description", patch: "/description" },
  DisableExecuteApiEndpoint: {
    member: "disableExecuteApiEndpoint",
    kind: "boolean",
    patch: "/disableExecuteApiEndpoint",
  },
  MinimumCompressionSize: { member: "minimumCompressionSize", kind: "number", patch: "/minimumCompressionSize" },
  EndpointAccessMode: { member: "endpointAccessMode", patch: "/endpointAccessMode" },
  Policy: { member: "policy", kind: "json", patch: "/policy" },
  SecurityPolicy: { member: "securityPolicy", patch: "/securityPolicy" },
};

function modelOf(api: Output, known: Properties): Properties {
  const endpoint = api.endpointConfiguration as
    | { types?: string[]; vpcEndpointIds?: string[]; ipAddressType?: string }
    | undefined;
  const model: Record<string, Json | undefined> = {
    RestApiId: api.id,
    RootResourceId: api.rootResourceId,
    Name: api.name,
    BinaryMediaTypes: (api.binaryMediaTypes as Json[] | undefined)?.length ? api.binaryMediaTypes : undefined,
    EndpointConfiguration:
      endpoint &&
      withoutUndefined({
        Types: endpoint.types,
        VpcEndpointIds: endpoint.vpcEndpointIds,
        IpAddressType: endpoint.ipAddressType,
      }),
    Tags: tagList(api.tags),
  };
  for (const [property, { member, kind }] of Object.entries(PROPERTIES)) {
    const value = api[member];
    model[property] = kind === "json" && typeof value === "string" ? (JSON.parse(value) as Json) : value;
  }
  // What the API was made from is not kept by it: the model repeats it.
  for (const name of ["Body", "BodyS3Location", "Mode", "FailOnWarnings", "Parameters", "CloneFrom"])
    model[name] = known[name];
  return withoutUndefined(model);
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const api = await orGone(ctx.call<Output>("api-gateway", "GetRestApi", { restApiId: actual.RestApiId }));
  return api && modelOf(api, actual);
}

/** The OpenAPI document that the template holds, or says where to find. */
async function documentOf(desired: Properties, ctx: ResourceContext): Promise<Buffer | undefined> {
  const { Body, BodyS3Location } = desired;
  if (Body !== undefined && Body !== null) return Buffer.from(typeof Body === "string" ? Body : JSON.stringify(Body));
  if (!BodyS3Location) return undefined;
  const { Bucket, Key, Version } = BodyS3Location as Properties;
  const input = { Bucket, Key, ...(Version ? { VersionId: Version } : {}) };
  const { Body: stream } = await ctx.call<{ Body: AsyncIterable<Uint8Array> | Uint8Array | string }>(
    "s3",
    "GetObject",
    input,
  );
  if (typeof stream === "string" || stream instanceof Uint8Array) return Buffer.from(stream as Uint8Array);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function putDocument(restApiId: Json | undefined, desired: Properties, ctx: ResourceContext): Promise<void> {
  const body = await documentOf(desired, ctx);
  if (!body) return;
  const { Mode, Parameters, FailOnWarnings, Name } = desired;
  await ctx.call("api-gateway", "PutRestApi", {
    restApiId,
    body,
    mode: Mode ?? "overwrite",
    ...(Parameters ? { parameters: Parameters } : {}),
    ...(FailOnWarnings === undefined ? {} : { failOnWarnings: String(FailOnWarnings) === "true" }),
  });
  // The template's name counts for more than the document's title.
  if (Name)
    await ctx.call("api-gateway", "UpdateRestApi", {
      restApiId,
      patchOperations: [{ op: "replace", path: "/name", value: Name }],
    });
}

interface Endpoint {
  Types?: string[];
  VpcEndpointIds?: string[];
  IpAddressType?: string;
}

/** The operations that bring an API's endpoint to what is desired. */
function endpointPatch(before: Json | undefined, after: Json | undefined): PatchOperation[] {
  const [old, now] = [(before ?? {}) as Endpoint, (after ?? {}) as Endpoint];
  const operations: PatchOperation[] = [];
  const [from] = old.Types ?? [];
  const [to = "EDGE"] = now.Types ?? [];
  if (from !== to) operations.push({ op: "replace", path: `/endpointConfiguration/types/${from}`, value: to });
  const { IpAddressType: value } = now;
  if (value && value !== old.IpAddressType)
    operations.push({ op: "replace", path: "/endpointConfiguration/ipAddressType", value });
  const [gone, come] = [old.VpcEndpointIds ?? [], now.VpcEndpointIds ?? []];
  const path = "/endpointConfiguration/vpcEndpointIds";
  for (const one of gone) if (!come.includes(one)) operations.push({ op: "remove", path, value: one });
  for (const one of come) if (!gone.includes(one)) operations.push({ op: "add", path, value: one });
  return operations;
}

export default defineResource({
  async create(desired, ctx) {
    const { EndpointConfiguration, BinaryMediaTypes, CloneFrom } = desired;
    const endpoint = EndpointConfiguration as Properties | undefined;
    const members = Object.entries(PROPERTIES).map(([name, { member, kind }]): [string, Json | undefined] => [
      member,
      typed(desired[name], kind),
    ]);
    const api = await ctx.call<Output>("api-gateway", "CreateRestApi", {
      ...withoutUndefined(Object.fromEntries(members)),
      ...withoutUndefined({ binaryMediaTypes: BinaryMediaTypes, cloneFrom: CloneFrom }),
      name: desired.Name ?? ctx.physicalName({ maxLength: 255 }),
      ...(endpoint
        ? {
            endpointConfiguration: withoutUndefined({
              types: endpoint.Types,
              vpcEndpointIds: endpoint.VpcEndpointIds,
              ipAddressType: endpoint.IpAddressType,
            }),
          }
        : {}),
      tags: tagMap(desired.Tags),
    });
    try {
      await putDocument(api.id, desired, ctx);
    } catch (error) {
      await ctx.call("api-gateway", "DeleteRestApi", { restApiId: api.id });
      throw error;
    }
    return (await read({ ...desired, RestApiId: api.id as string }, ctx)) ?? modelOf(api, desired);
  },
  read,
  async update(desired, actual, ctx, previous) {
    const restApiId = actual.RestApiId as string;
    const properties = { ...PROPERTIES, ...(desired.Name ? { Name: { member: "name", patch: "/name" } } : {}) };
    const operations = patchOperations(properties, previous, desired);
    const [before, after] = [(actual.BinaryMediaTypes ?? []) as string[], (desired.BinaryMediaTypes ?? []) as string[]];
    const segment = (type: string) => `/binaryMediaTypes/${type.replaceAll("/", "~1")}`;
    for (const type of before) if (!after.includes(type)) operations.push({ op: "remove", path: segment(type) });
    for (const type of after) if (!before.includes(type)) operations.push({ op: "add", path: segment(type) });
    operations.push(...endpointPatch(actual.EndpointConfiguration, desired.EndpointConfiguration));
    if (operations.length > 0)
      await ctx.call("api-gateway", "UpdateRestApi", { restApiId, patchOperations: operations });
    const described = ["Body", "BodyS3Location", "Mode", "Parameters"];
    if (described.some((name) => JSON.stringify(previous[name]) !== JSON.stringify(desired[name]))) {
      await putDocument(restApiId, desired, ctx);
    }
    await setTags(arnOf(`/restapis/${restApiId}`, ctx), actual.Tags, desired.Tags, ctx);
    return (await read({ ...desired, RestApiId: restApiId }, ctx)) ?? actual;
  },
  async delete(actual, ctx) {
    await orGone(ctx.call("api-gateway", "DeleteRestApi", { restApiId: actual.RestApiId }));
  },
  async list(ctx) {
    const { items = [] } = await ctx.call<{ items?: Output[] }>("api-gateway", "GetRestApis", { limit: 500 });
    return items.map((api) => modelOf(api, {}));
  },
});
