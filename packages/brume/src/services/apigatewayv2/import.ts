/** Importing an HTTP API from its OpenAPI description, with API Gateway's extensions. */
import type { Cors } from "@aws-sdk/client-apigatewayv2";
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { readDocument } from "../api-gateway/shared/document-text.js";
import { newApi, shownApi } from "./apis.js";
import { newAuthorizer } from "./authorizers.js";
import { autoDeploy } from "./deployments.js";
import { newIntegration } from "./integrations.js";
import { newRoute } from "./routes.js";
import {
  type Api,
  apis,
  authorizers,
  badRequest,
  defined,
  getApiRow,
  type Integration,
  integrations,
  type Route,
  required,
  routes,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");
type Tree = Record<string, unknown>;

const VERBS = ["get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"];
const EXTENSION = "x-amazon-apigateway-integration";

/** An OpenAPI document, as far as it is read here. */
interface Document extends Tree {
  info?: { title?: string; version?: string; description?: string };
  tags?: { name?: string; "x-amazon-apigateway-tag-value"?: string }[];
  servers?: { url?: string; variables?: Record<string, { default?: string }> }[];
  paths?: Record<string, Record<string, Operation>>;
  components?: { securitySchemes?: Record<string, Tree> } & Tree;
  security?: Record<string, string[]>[];
}
interface Operation extends Tree {
  operationId?: string;
  security?: Record<string, string[]>[];
  [EXTENSION]?: Tree;
}

async function parse(body: string | undefined): Promise<Document> {
  let document: unknown;
  try {
    document = await readDocument(required(body, "Body"));
  } catch {
    throw badRequest("Unable to parse the API definition");
  }
  if (!String((document as Tree | null)?.openapi).startsWith("3.0")) {
    throw badRequest("Invalid OpenAPI input: HTTP APIs are imported from OpenAPI 3.0 definitions");
  }
  return document as Document;
}

export const importApi: Handler<Sdk, "ImportApi"> = async (input, ctx) => {
  const document = await parse(input.Body);
  const Name = required(document.info?.title, "info.title");
  const api = newApi(ctx, { ...describedBy(document), Name, ProtocolType: "HTTP" });
  importParts(ctx, api, document, input.Basepath);
  return shownApi(ctx, getApiRow(ctx, api.ApiId));
};

export const reimportApi: Handler<Sdk, "ReimportApi"> = async (input, ctx) => {
  const document = await parse(input.Body);
  const { CorsConfiguration: _, ...before } = getApiRow(ctx, input.ApiId);
  if (before.ProtocolType !== "HTTP") throw badRequest("Only HTTP APIs can be imported");
  const Name = document.info?.title ?? before.Name;
  const api: Api = { ...before, ...describedBy(document), Name };
  ctx.table(apis).put([api.ApiId], api);
  for (const part of [routes, integrations, authorizers]) ctx.table<unknown>(part).clear({ prefix: [api.ApiId] });
  importParts(ctx, api, document, input.Basepath);
  autoDeploy(ctx, api.ApiId);
  return shownApi(ctx, getApiRow(ctx, api.ApiId));
};

function describedBy(document: Document): Partial<Api> {
  const tags = (document.tags ?? []).flatMap(({ name, "x-amazon-apigateway-tag-value": value }) =>
    name !== undefined && value !== undefined ? [[name, value] as const] : [],
  );
  return defined({
    Description: document.info?.description,
    Version: document.info?.version,
    CorsConfiguration: corsOf(document["x-amazon-apigateway-cors"] as Tree | undefined),
    ...(tags.length > 0 ? { Tags: Object.fromEntries(tags) } : {}),
  });
}

function corsOf(cors: Tree | undefined): Cors | undefined {
  if (!cors) return undefined;
  const list = (value: unknown) => (value === undefined ? undefined : [value].flat().map(String));
  return defined({
    AllowOrigins: list(cors.allowOrigins),
    AllowCredentials: cors.allowCredentials as boolean | undefined,
    AllowHeaders: list(cors.allowHeaders),
    AllowMethods: list(cors.allowMethods),
    ExposeHeaders: list(cors.exposeHeaders),
    MaxAge: cors.maxAge === undefined ? undefined : Number(cors.maxAge),
  });
}

function basePathOf({ servers }: Document, mode: string | undefined): string {
  if (mode?.toLowerCase() !== "prepend") return "";
  const [server] = servers ?? [];
  const url = server?.url?.replaceAll(/\{(\w+)\}/g, (_, name: string) => server.variables?.[name]?.default ?? "");
  return (url ?? "").replace(/^https?:\/\/[^/]*/, "").replace(/\/$/, "");
}

function importParts(ctx: Context, { ApiId }: Api, document: Document, mode: string | undefined): void {
  const known = importAuthorizers(ctx, ApiId, document);
  const made = new Map<string, string>();
  const integrationAt = (extension: Tree | undefined): string | undefined => {
    const described = resolve(document, extension);
    if (!described) return undefined;
    // What is described alike, or referred to, is one integration.
    const text = JSON.stringify(described);
    const id = made.get(text) ?? newIntegration(ctx, ApiId, integrationOf(described)).IntegrationId;
    made.set(text, id);
    return `integrations/${id}`;
  };
  const prefix = basePathOf(document, mode);
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const verb of VERBS) {
      const operation = item[verb];
      if (!operation) continue;
      const RouteKey =
        path === "/$default" || path === "$default"
          ? "$default"
          : `${verb.startsWith("x-") ? "ANY" : verb.toUpperCase()} ${prefix}${path}`;
      newRoute(ctx, ApiId, {
        RouteKey,
        OperationName: operation.operationId,
        Target: integrationAt(operation[EXTENSION]),
        ...authorizationOf(operation.security ?? document.security, known),
      });
    }
  }
}

function resolve(document: Document, extension: Tree | undefined): Tree | undefined {
  const name = /^#\/components\/x-amazon-apigateway-integrations\/(.+)$/.exec(String(extension?.$ref))?.[1];
  if (name === undefined) return extension;
  const shared = document.components?.["x-amazon-apigateway-integrations"] as Record<string, Tree> | undefined;
  if (!shared?.[name]) throw badRequest(`Unable to resolve the integration ${name}`);
  return shared[name];
}

function integrationOf(extension: Tree): Partial<Integration> & Pick<Integration, "IntegrationType"> {
  const text = (name: string) => (extension[name] === undefined ? undefined : String(extension[name]));
  const IntegrationType = (text("type") ?? "").toUpperCase() as Integration["IntegrationType"];
  const subtype = text("subtype");
  const format = text("payloadFormatVersion");
  const responseParameters = extension.responseParameters as Record<string, Record<string, string>> | undefined;
  return defined({
    IntegrationType,
    IntegrationSubtype: subtype,
    IntegrationUri: text("uri"),
    IntegrationMethod: text("httpMethod"),
    PayloadFormatVersion: format ?? "1.0",
    ConnectionType: text("connectionType") as Integration["ConnectionType"],
    ConnectionId: text("connectionId"),
    CredentialsArn: text("credentials"),
    Description: text("description"),
    TimeoutInMillis: extension.timeoutInMillis === undefined ? undefined : Number(extension.timeoutInMillis),
    RequestParameters: extension.requestParameters as Record<string, string> | undefined,
    ResponseParameters: responseParameters,
  });
}

/** What a security scheme stands for: an authorizer, or that requests are signed. */
type Scheme = { readonly type: "AWS_IAM" } | { readonly type: "CUSTOM" | "JWT"; readonly id: string };

function importAuthorizers(ctx: Context, apiId: string, document: Document): Map<string, Scheme> {
  const known = new Map<string, Scheme>();
  for (const [name, scheme] of Object.entries(document.components?.securitySchemes ?? {})) {
    if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4") known.set(name, { type: "AWS_IAM" });
    const described = scheme["x-amazon-apigateway-authorizer"] as Tree | undefined;
    if (!described) continue;
    const isJwt = String(described.type).toLowerCase() === "jwt";
    const jwt = described.jwtConfiguration as { issuer?: string; audience?: string | string[] } | undefined;
    const { AuthorizerId } = newAuthorizer(
      ctx,
      apiId,
      defined({
        Name: name,
        AuthorizerType: isJwt ? ("JWT" as const) : ("REQUEST" as const),
        AuthorizerUri: described.authorizerUri as string | undefined,
        AuthorizerCredentialsArn: described.authorizerCredentials as string | undefined,
        AuthorizerPayloadFormatVersion: described.authorizerPayloadFormatVersion as string | undefined,
        AuthorizerResultTtlInSeconds:
          described.authorizerResultTtlInSeconds === undefined
            ? undefined
            : Number(described.authorizerResultTtlInSeconds),
        EnableSimpleResponses: described.enableSimpleResponses as boolean | undefined,
        IdentitySource: [described.identitySource ?? []].flat().flatMap((source) => String(source).split(/\s*,\s*/)),
        JwtConfiguration: jwt && { Issuer: jwt.issuer, Audience: [jwt.audience ?? []].flat() },
      }),
    );
    known.set(name, { type: isJwt ? "JWT" : "CUSTOM", id: AuthorizerId });
  }
  return known;
}

function authorizationOf(security: Record<string, string[]>[] | undefined, known: Map<string, Scheme>): Partial<Route> {
  const [name, scopes] = Object.entries(security?.[0] ?? {})[0] ?? [];
  const scheme = name === undefined ? undefined : known.get(name);
  if (!scheme) return {};
  if (scheme.type === "AWS_IAM") return { AuthorizationType: "AWS_IAM" };
  return {
    AuthorizationType: scheme.type,
    AuthorizerId: scheme.id,
    ...(scopes?.length ? { AuthorizationScopes: scopes } : {}),
  };
}
