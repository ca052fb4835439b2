/** Exporting an HTTP API as an OpenAPI document, as it is or as a stage serves it. */
import type { Handler } from "../../kernel/service.js";
import { writeDocument } from "../api-gateway/shared/document-text.js";
import { takeSnapshot } from "./deployments.js";
import { integrationFor } from "./execute/exchange.js";
import { getStageRow } from "./stages.js";
import {
  type Authorizer,
  badRequest,
  defined,
  getApiRow,
  type Integration,
  type Route,
  type Snapshot,
  snapshots,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");
type Tree = Record<string, unknown>;

export const exportApi: Handler<Sdk, "ExportApi"> = async (input, ctx) => {
  const api = getApiRow(ctx, input.ApiId);
  if (api.ProtocolType !== "HTTP") throw badRequest("Only HTTP APIs can be exported");
  if (input.Specification !== "OAS30") throw badRequest(`Invalid specification: ${input.Specification}`);
  const format = input.OutputType?.toLowerCase();
  if (format !== "json" && format !== "yaml") throw badRequest(`Invalid output type: ${input.OutputType}`);
  const stage = input.StageName === undefined ? undefined : getStageRow(ctx, api.ApiId, input.StageName);
  const deployed = stage?.DeploymentId && ctx.table(snapshots).get(api.ApiId, stage.DeploymentId);
  const snapshot = deployed || takeSnapshot(ctx, api);
  const extensions = input.IncludeExtensions !== false;
  const host = `https://${api.ApiId}.execute-api.${ctx.region}.${ctx.urlSuffix}`;
  const basePath = stage && stage.StageName !== "$default" ? `/${stage.StageName}` : "/";
  const document = defined({
    openapi: "3.0.1",
    info: defined({
      title: api.Name,
      description: api.Description,
      version: api.Version ?? api.CreatedDate?.toISOString(),
    }),
    servers: [{ url: `${host}/{basePath}`, variables: { basePath: { default: basePath.slice(1) } } }],
    paths: pathsOf(snapshot, extensions),
    components: snapshot.authorizers.length > 0 && extensions ? { securitySchemes: schemesOf(snapshot) } : undefined,
    "x-amazon-apigateway-cors": extensions ? corsOf(snapshot) : undefined,
    "x-amazon-apigateway-importexport-version": extensions ? "1.0" : undefined,
  });
  return { body: await writeDocument(document, format) };
};

function pathsOf(snapshot: Snapshot, extensions: boolean): Record<string, Tree> {
  const paths: Record<string, Tree> = {};
  for (const route of snapshot.routes) {
    const [verb = "", path] = route.RouteKey.split(" ");
    const method = path === undefined || verb === "ANY" ? "x-amazon-apigateway-any-method" : verb.toLowerCase();
    const at = path ?? "/$default";
    paths[at] = { ...paths[at], [method]: operationOf(snapshot, route, extensions) };
  }
  return paths;
}

function operationOf(snapshot: Snapshot, route: Route, extensions: boolean): Tree {
  const integration = integrationFor(snapshot, route);
  const names = [...route.RouteKey.matchAll(/\{([^{}]+?)\+?\}/g)].map(([, name]) => name);
  const authorizer = snapshot.authorizers.find(({ AuthorizerId }) => AuthorizerId === route.AuthorizerId);
  return defined({
    operationId: route.OperationName,
    responses: { default: { description: `Default response for ${route.RouteKey}` } },
    parameters:
      names.length > 0
        ? names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }))
        : undefined,
    security: authorizer ? [{ [authorizer.Name]: route.AuthorizationScopes ?? [] }] : undefined,
    isDefaultRoute: route.RouteKey === "$default" ? true : undefined,
    "x-amazon-apigateway-integration": extensions && integration ? extensionOf(integration) : undefined,
  });
}

const extensionOf = (integration: Integration): Tree =>
  defined({
    type: integration.IntegrationType.toLowerCase(),
    subtype: integration.IntegrationSubtype,
    httpMethod: integration.IntegrationMethod,
    uri: integration.IntegrationUri,
    credentials: integration.CredentialsArn,
    connectionType: integration.ConnectionType,
    connectionId: integration.ConnectionId,
    payloadFormatVersion: integration.PayloadFormatVersion,
    requestParameters: integration.RequestParameters,
    responseParameters: integration.ResponseParameters,
    timeoutInMillis: integration.TimeoutInMillis,
  });

function schemesOf({ authorizers }: Snapshot): Record<string, Tree> {
  return Object.fromEntries(authorizers.map((authorizer) => [authorizer.Name, schemeOf(authorizer)]));
}

function schemeOf(authorizer: Authorizer): Tree {
  const { JwtConfiguration: jwt } = authorizer;
  const described = defined({
    type: authorizer.AuthorizerType === "JWT" ? "jwt" : "request",
    identitySource: authorizer.IdentitySource?.join(","),
    jwtConfiguration: jwt && { issuer: jwt.Issuer, audience: jwt.Audience },
    authorizerUri: authorizer.AuthorizerUri,
    authorizerPayloadFormatVersion: authorizer.AuthorizerPayloadFormatVersion,
    authorizerResultTtlInSeconds: authorizer.AuthorizerResultTtlInSeconds,
    enableSimpleResponses: authorizer.EnableSimpleResponses,
  });
  const base = jwt ? { type: "oauth2", flows: {} } : { type: "apiKey", name: "Unused", in: "header" };
  return { ...base, "x-amazon-apigateway-authorizer": described };
}

function corsOf({ api }: Snapshot): Tree | undefined {
  const cors = api.CorsConfiguration;
  return (
    cors &&
    defined({
      allowOrigins: cors.AllowOrigins,
      allowMethods: cors.AllowMethods,
      allowHeaders: cors.AllowHeaders,
      exposeHeaders: cors.ExposeHeaders,
      maxAge: cors.MaxAge,
      allowCredentials: cors.AllowCredentials,
    })
  );
}
