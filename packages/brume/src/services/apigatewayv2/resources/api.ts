/** AWS::ApiGatewayV2::Api */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import {
  boolean,
  call,
  changesOf,
  object,
  orGone,
  type Property,
  said,
  setTags,
  tagsOf,
  text,
  typed,
} from "./mapped.js";

const PROPERTIES: Readonly<Record<string, Property>> = {
  ApiKeySelectionExpression: { kind: "text", standard: "$request.header.x-api-key" },
  CorsConfiguration: object,
  Description: text,
  DisableExecuteApiEndpoint: boolean,
  DisableSchemaValidation: boolean,
  IpAddressType: { kind: "text", standard: "ipv4" },
  Name: text,
  RouteSelectionExpression: text,
  Version: text,
};
/** What an API was made from is not kept by it: the model repeats it. */
const SOURCES = ["BasePath", "Body", "BodyS3Location", "CredentialsArn", "FailOnWarnings", "RouteKey", "Target"];
const QUICK = ["CredentialsArn", "RouteKey", "Target"];

type Output = Record<string, Json | undefined>;

function modelOf(api: Output, known: Properties, ctx: ResourceContext): Properties {
  const model: Output = {
    ApiId: api.ApiId,
    ApiEndpoint: api.ApiEndpoint,
    ExecuteApiArn: `arn:${ctx.partition}:execute-api:${ctx.region}:${ctx.account}:${api.ApiId as string}`,
    ProtocolType: api.ProtocolType,
    Tags: api.Tags,
  };
  for (const name of Object.keys(PROPERTIES)) model[name] = api[name];
  for (const name of SOURCES) model[name] = known[name];
  return said(model);
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const api = await orGone(call("GetApi", { ApiId: actual.ApiId }, ctx));
  return api && modelOf(api, actual, ctx);
}

/** The OpenAPI document that the template holds, or says where to find. */
async function documentOf({ Body, BodyS3Location }: Properties, ctx: ResourceContext): Promise<string | undefined> {
  if (Body !== undefined && Body !== null) return typeof Body === "string" ? Body : JSON.stringify(Body);
  if (!BodyS3Location) return undefined;
  const { Bucket, Key, Version } = BodyS3Location as Properties;
  const input = { Bucket, Key, ...(Version ? { VersionId: Version } : {}) };
  const { Body: stream } = await ctx.call<{ Body: AsyncIterable<Uint8Array> | Uint8Array | string }>(
    "s3",
    "GetObject",
    input,
  );
  if (typeof stream === "string" || stream instanceof Uint8Array) return Buffer.from(stream as Uint8Array).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const importOf = (Body: string, { BasePath, FailOnWarnings }: Properties) => ({
  Body,
  ...(BasePath ? { Basepath: String(BasePath).toLowerCase() } : {}),
  ...(FailOnWarnings === undefined ? {} : { FailOnWarnings: String(FailOnWarnings) === "true" }),
});

const given = (desired: Properties): Properties =>
  said(Object.fromEntries(Object.entries(PROPERTIES).map(([name, { kind }]) => [name, typed(desired[name], kind)])));

async function create(desired: Properties, ctx: ResourceContext): Promise<Output> {
  const document = await documentOf(desired, ctx);
  if (document === undefined) {
    const quick = said(Object.fromEntries(QUICK.map((name) => [name, desired[name]])));
    const { ProtocolType } = desired;
    const Name = desired.Name ?? ctx.physicalName({ maxLength: 128 });
    return call(
      "CreateApi",
      said({ ...given(desired), ...quick, ProtocolType, Name, Tags: tagsOf(desired.Tags) }),
      ctx,
    );
  }
  const api = await call("ImportApi", importOf(document, desired), ctx);
  try {
    // What the template says counts for more than the document.
    await call("UpdateApi", { ApiId: api.ApiId, ...given(desired) }, ctx);
    await setTags(`/apis/${api.ApiId as string}`, {}, desired.Tags, ctx);
  } catch (error) {
    await call("DeleteApi", { ApiId: api.ApiId }, ctx);
    throw error;
  }
  return api;
}

export default defineResource({
  async create(desired, ctx) {
    const api = await create(desired, ctx);
    return (await read({ ...desired, ApiId: api.ApiId as string }, ctx)) ?? modelOf(api, desired, ctx);
  },
  read,
  async update(desired, actual, ctx, previous) {
    const ApiId = actual.ApiId as string;
    const before = ["BasePath", "Body", "BodyS3Location"].map((name) => JSON.stringify(previous[name]));
    const after = ["BasePath", "Body", "BodyS3Location"].map((name) => JSON.stringify(desired[name]));
    const document = before.join() === after.join() ? undefined : await documentOf(desired, ctx);
    if (document !== undefined) await call("ReimportApi", { ApiId, ...importOf(document, desired) }, ctx);
    const { CorsConfiguration, Name, ...changes } = changesOf(PROPERTIES, previous, desired);
    const quick = QUICK.filter((name) => desired[name] !== undefined && desired[name] !== previous[name]);
    const input = {
      ...changes,
      ...(document === undefined ? {} : given(desired)),
      ...(Name ? { Name } : {}),
      ...(CorsConfiguration ? { CorsConfiguration } : {}),
      ...Object.fromEntries(quick.map((name) => [name, desired[name]])),
    };
    if (Object.keys(input).length > 0) await call("UpdateApi", { ApiId, ...input }, ctx);
    if (CorsConfiguration === "") await call("DeleteCorsConfiguration", { ApiId }, ctx);
    await setTags(`/apis/${ApiId}`, actual.Tags, desired.Tags, ctx);
    return (await read({ ...desired, ApiId }, ctx)) ?? actual;
  },
  async delete(actual, ctx) {
    await orGone(call("DeleteApi", { ApiId: actual.ApiId }, ctx));
  },
  async list(ctx) {
    const { Items = [] } = (await call("GetApis", {}, ctx)) as { Items?: Output[] };
    return Items.map((api) => modelOf(api, {}, ctx));
  },
});
