/** Importing an API from its OpenAPI description, version 2 or 3, with API Gateway's extensions. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { importParts } from "./documentation.js";
import { checkForm } from "./openapi-form.js";
import { methodOf, type Operation } from "./openapi-method.js";
import { resourcesOf } from "./resources.js";
import { newApi } from "./rest-apis.js";
import { readDocument, textOf } from "./shared/document-text.js";
import {
  authorizers,
  badRequest,
  defined,
  type GatewayResponse,
  gatewayResponses,
  getApi,
  models,
  type Resource,
  type RestApi,
  resources,
  restApis,
  validators,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");
type Tree = Record<string, unknown>;

const VERBS = ["get", "put", "post", "delete", "options", "head", "patch"];

/** An OpenAPI document, as far as it is read here. */
interface Document extends Tree {
  info?: { title?: string; version?: string; description?: string };
  basePath?: string;
  servers?: { url?: string; variables?: Record<string, { default?: string }> }[];
  paths?: Record<string, Tree>;
  definitions?: Record<string, Tree>;
  components?: { schemas?: Record<string, Tree>; securitySchemes?: Record<string, Tree> };
  securityDefinitions?: Record<string, Tree>;
  security?: Record<string, string[]>[];
}

async function parse(body: unknown): Promise<Document> {
  let document: unknown;
  try {
    document = await readDocument(textOf(body));
  } catch {
    throw badRequest("Invalid OpenAPI input.");
  }
  const { swagger, openapi } = (document ?? {}) as Tree;
  // YAML's 2.0 is a number.
  if (swagger !== "2.0" && swagger !== 2 && !String(openapi).startsWith("3."))
    throw badRequest("Invalid OpenAPI input.");
  checkForm(document);
  return document as Document;
}

export const importRestApi: Handler<Sdk, "ImportRestApi"> = async (input, ctx) => {
  const document = await parse(input.body);
  const types = input.parameters?.endpointConfigurationTypes?.split(",") as RestApi["endpointConfiguration"] extends
    | { types?: infer T }
    | undefined
    ? T
    : never;
  const api = newApi(
    ctx,
    defined({ name: document.info?.title ?? "imported", endpointConfiguration: types && { types } }),
  );
  return apply(ctx, api, document, input.parameters?.basepath);
};

export const putRestApi: Handler<Sdk, "PutRestApi"> = async (input, ctx) => {
  const document = await parse(input.body);
  const api = getApi(ctx, input.restApiId);
  if (input.mode !== "merge") {
    for (const part of [resources, models, validators, authorizers, gatewayResponses] as const)
      ctx.table<unknown>(part).clear({ prefix: [api.id] });
    ctx.table(resources).put([api.id, api.rootResourceId], { id: api.rootResourceId, path: "/", resourceMethods: {} });
  }
  return apply(
    ctx,
    { ...api, ...(document.info?.title ? { name: document.info.title } : {}) },
    document,
    input.parameters?.basepath,
  );
};

function apply(ctx: Context, before: RestApi, document: Document, basepath: string | undefined): RestApi {
  const policy = document["x-amazon-apigateway-policy"];
  const api: RestApi = {
    ...before,
    ...defined({
      description: document.info?.description,
      version: document.info?.version,
      binaryMediaTypes: document["x-amazon-apigateway-binary-media-types"] as string[] | undefined,
      apiKeySource: document["x-amazon-apigateway-api-key-source"] as RestApi["apiKeySource"],
      minimumCompressionSize: document["x-amazon-apigateway-minimum-compression-size"] as number | undefined,
      policy: policy === undefined ? undefined : JSON.stringify(policy),
    }),
  };
  ctx.table(restApis).put([api.id], api);
  importModels(ctx, api, document);
  importParts(ctx, api.id, document, false);
  importGatewayResponses(ctx, api, document);
  const validatorIds = importValidators(ctx, api, document);
  const authorizerIds = importAuthorizers(ctx, api, document);
  const prefix = basepath === "prepend" ? basePathOf(document) : "";
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    const resource = resourceAt(ctx, api, prefix + path);
    const operations = [...VERBS, "x-amazon-apigateway-any-method"].filter((verb) => item[verb] !== undefined);
    const imported = operations.map((verb) => {
      const httpMethod = verb.startsWith("x-") ? "ANY" : verb.toUpperCase();
      return methodOf(httpMethod, item[verb] as Operation, item, document, { validatorIds, authorizerIds });
    });
    const resourceMethods = Object.fromEntries(imported.map((method) => [method.httpMethod, method]));
    const row = { ...resource, resourceMethods: { ...resource.resourceMethods, ...resourceMethods } };
    ctx.table(resources).put([api.id, resource.id], row);
  }
  return api;
}

function basePathOf(document: Document): string {
  const server = document.servers?.[0];
  const url = server?.url?.replaceAll(/\{(\w+)\}/g, (_, name: string) => server.variables?.[name]?.default ?? "");
  const path = document.basePath ?? (url ? url.replace(/^https?:\/\/[^/]*/, "") : "");
  return path.replace(/\/$/, "");
}

/** The resource at a path; those on the way to it are made too. */
function resourceAt(ctx: Context, api: RestApi, path: string): Resource {
  const clean = `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;
  const existing = resourcesOf(ctx, api.id).find((resource) => resource.path === clean);
  if (existing) return existing;
  const slash = clean.lastIndexOf("/");
  const parent = resourceAt(ctx, api, clean.slice(0, slash));
  const made: Resource = {
    id: randomLower(6),
    parentId: parent.id,
    pathPart: clean.slice(slash + 1),
    path: clean,
    resourceMethods: {},
  };
  ctx.table(resources).put([api.id, made.id], made);
  return made;
}

function importModels(ctx: Context, api: RestApi, document: Document): void {
  for (const [name, schema] of Object.entries(document.definitions ?? document.components?.schemas ?? {})) {
    // References between schemas become references between models.
    const text = JSON.stringify(schema).replaceAll(
      /"#\/(?:definitions|components\/schemas)\/(\w+)"/g,
      (_, other: string) => JSON.stringify(`https://apigateway.amazonaws.com/restapis/${api.id}/models/${other}`),
    );
    ctx.table(models).put([api.id, name], { id: randomLower(6), name, contentType: "application/json", schema: text });
  }
}

function importGatewayResponses(ctx: Context, api: RestApi, document: Document): void {
  const set = (document["x-amazon-apigateway-gateway-responses"] ?? {}) as Record<string, Tree>;
  for (const [responseType, { statusCode, responseParameters, responseTemplates }] of Object.entries(set)) {
    const row = defined({
      responseType,
      statusCode: statusCode === undefined ? undefined : String(statusCode),
      responseParameters,
      responseTemplates,
      defaultResponse: false,
    });
    ctx.table(gatewayResponses).put([api.id, responseType], row as GatewayResponse);
  }
}

function importValidators(ctx: Context, api: RestApi, document: Document): Map<string, string> {
  const set = (document["x-amazon-apigateway-request-validators"] ?? {}) as Record<string, Tree>;
  const ids = new Map<string, string>();
  for (const [name, { validateRequestBody, validateRequestParameters }] of Object.entries(set)) {
    const id = randomLower(6);
    ids.set(name, id);
    ctx.table(validators).put([api.id, id], {
      id,
      name,
      validateRequestBody: validateRequestBody === true,
      validateRequestParameters: validateRequestParameters === true,
    });
  }
  return ids;
}

function importAuthorizers(ctx: Context, api: RestApi, document: Document): Map<string, string> {
  const ids = new Map<string, string>();
  const schemes = document.securityDefinitions ?? document.components?.securitySchemes ?? {};
  for (const [name, scheme] of Object.entries(schemes)) {
    const authorizer = scheme["x-amazon-apigateway-authorizer"] as Tree | undefined;
    if (!authorizer) continue;
    const id = randomLower(6);
    ids.set(name, id);
    const authType = scheme["x-amazon-apigateway-authtype"] as string | undefined;
    const fallbackSource = typeof scheme.name === "string" ? `method.request.header.${scheme.name}` : undefined;
    const row = {
      id,
      name,
      type: String(authorizer.type ?? "token").toUpperCase() as "TOKEN",
      authType: authType ?? "custom",
      authorizerUri: authorizer.authorizerUri as string | undefined,
      authorizerCredentials: authorizer.authorizerCredentials as string | undefined,
      identitySource: (authorizer.identitySource as string | undefined) ?? fallbackSource,
      identityValidationExpression: authorizer.identityValidationExpression as string | undefined,
      authorizerResultTtlInSeconds: Number(authorizer.authorizerResultTtlInSeconds ?? 300),
      providerARNs: authorizer.providerARNs as string[] | undefined,
    };
    ctx.table(authorizers).put([api.id, id], defined(row));
  }
  return ids;
}
