/** REST APIs. See the API Gateway REST API Reference. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { patched, type Rules } from "./patch.js";
import {
  badRequest,
  defined,
  getApi,
  models,
  owners,
  PARTS_OF_API,
  page,
  type RestApi,
  resources,
  restApis,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const KEY_SOURCES = new Set(["HEADER", "AUTHORIZER"]);

/** The models that every API has from the start. */
const BUILT_IN_MODELS: readonly [name: string, description: string, schema: object][] = [
  [
    "Empty",
    "This is a default empty schema model",
    { $schema: "http://json-schema.org/draft-04/schema#", title: "Empty Schema", type: "object" },
  ],
  [
    "Error",
    "This is a default error schema model",
    {
      $schema: "http://json-schema.org/draft-04/schema#",
      title: "Error Schema",
      type: "object",
      properties: { message: { type: "string" } },
    },
  ],
];

export const createRestApi: Handler<Sdk, "CreateRestApi"> = (input, ctx) => {
  if (!input.name) throw badRequest("Name must be provided");
  if (input.apiKeySource && !KEY_SOURCES.has(input.apiKeySource)) {
    throw badRequest(
      "1 validation error detected: Value at 'createRestApiInput.apiKeySource' failed to satisfy constraint: Member must satisfy enum value set: [AUTHORIZER, HEADER]",
    );
  }
  const size = input.minimumCompressionSize;
  if (size !== undefined && (size < 0 || size > 10_485_760)) {
    throw badRequest("Invalid minimum compression size, must be between 0 and 10485760");
  }
  const { cloneFrom, ...given } = input;
  return newApi(ctx, defined({ ...given, name: input.name }) as Partial<RestApi>, cloneFrom);
};

/** Makes an API with its root resource and the models that every API has. */
export function newApi(ctx: Context, given: Partial<RestApi>, cloneFrom?: string): RestApi {
  const id = randomLower(10);
  const rootResourceId = randomLower(10);
  const api: RestApi = {
    apiKeySource: "HEADER",
    endpointConfiguration: { types: ["EDGE"], ipAddressType: "ipv4" },
    disableExecuteApiEndpoint: false,
    ...given,
    createdDate: new Date(ctx.now()),
    id,
    rootResourceId,
  };
  ctx.table(owners).put([id], { account: ctx.account, region: ctx.region });
  if (cloneFrom !== undefined) {
    const source = getApi(ctx, cloneFrom);
    const cloned = { ...source, ...given, id, createdDate: api.createdDate };
    ctx.table(restApis).put([id], cloned);
    for (const row of ctx.table(resources).rows({ prefix: [source.id] })) ctx.table(resources).put([id, row.id], row);
    for (const row of ctx.table(models).rows({ prefix: [source.id] })) ctx.table(models).put([id, row.name], row);
    return cloned;
  }
  ctx.table(restApis).put([id], api);
  ctx.table(resources).put([id, rootResourceId], { id: rootResourceId, path: "/", resourceMethods: {} });
  for (const [name, description, schema] of BUILT_IN_MODELS) {
    const model = {
      id: randomLower(6),
      name,
      description,
      contentType: "application/json",
      schema: JSON.stringify(schema, null, 2),
    };
    ctx.table(models).put([id, name], model);
  }
  return api;
}

export const getRestApi: Handler<Sdk, "GetRestApi"> = (input, ctx) => getApi(ctx, input.restApiId);

export const getRestApis: Handler<Sdk, "GetRestApis"> = (input, ctx) => page(ctx.table(restApis).rows(), input);

const RULES: Rules = {
  "/name": "text",
  "/description": "text",
  "/version": "text",
  "/apiKeySource": "text",
  "/policy": "text",
  "/securityPolicy": "text",
  "/endpointAccessMode": "text",
  "/minimumCompressionSize": "number",
  "/disableExecuteApiEndpoint": "boolean",
  "/binaryMediaTypes/{}": "list",
  "/endpointConfiguration/types/{}": {
    kind: "text",
    // An API has one endpoint type: whatever the path calls it, the value takes its place.
    target: () => ["endpointConfiguration", "types", "0"],
  },
  "/endpointConfiguration/ipAddressType": "text",
  "/endpointConfiguration/vpcEndpointIds": {
    kind: "list",
    target: () => ["endpointConfiguration", "vpcEndpointIds"],
  },
};

export const updateRestApi: Handler<Sdk, "UpdateRestApi"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const after = patched(api, input.patchOperations, RULES);
  if (!after.name) throw badRequest("Invalid patch value specified: name must not be empty");
  ctx.table(restApis).put([api.id], after);
  return after;
};

export const deleteRestApi: Handler<Sdk, "DeleteRestApi"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  ctx.table(restApis).delete(api.id);
  ctx.table(owners).delete(api.id);
  for (const part of PARTS_OF_API) ctx.table<unknown>(part).clear({ prefix: [api.id] });
  return {};
};
