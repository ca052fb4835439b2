/** `AWS::Serverless::WebSocketApi`: a WebSocket API, its routes, stage, domain and authorizer. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { makeAuthorizerPermission } from "./api-authorizers.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, makeInPlace, propagateTags, type Source } from "./expansion.js";
import { makeV2Domain } from "./http-api-domain.js";
import { isIntrinsic, ref, sub } from "./intrinsics.js";
import { resolveParameters } from "./parameters.js";
import { compact, mapOf, pick, says } from "./plain.js";

const CREATED_BY = { "websocketapi:createdBy": "SAM" };
const SPECIAL_ROUTES: Readonly<Record<string, string>> = {
  $connect: "Connect",
  $disconnect: "Disconnect",
  $default: "Default",
};
const AUTH_TYPES = ["NONE", "AWS_IAM", "CUSTOM"];

const API_SAME = [
  "ApiKeySelectionExpression",
  "Description",
  "DisableExecuteApiEndpoint",
  "DisableSchemaValidation",
  "IpAddressType",
  "RouteSelectionExpression",
];

const ROUTE_SAME = [
  "ApiKeyRequired",
  "ModelSelectionExpression",
  "OperationName",
  "RequestModels",
  "RequestParameters",
  "RouteResponseSelectionExpression",
];

/** Expands a WebSocket API. @throws Mistake */
export function expandWebSocketApi(source: Source, expansion: Expansion): Made[] {
  const { id, properties } = source;
  const { known } = expansion;
  const auth = mapOf(resolveParameters(properties.Auth, known));
  const domain = resolveParameters(properties.Domain, known);
  const routes = mapOf(resolveParameters(properties.Routes, known));
  check(source, auth, domain, routes);
  const api = makeInPlace(source, "AWS::ApiGatewayV2::Api", {
    ...pick(properties, API_SAME),
    Name: properties.Name ?? id,
    ProtocolType: "WEBSOCKET",
    Tags: { ...mapOf(properties.Tags), ...CREATED_BY },
  });
  const authorizer = makeAuthorizer(source, auth);
  const made = [api];
  for (const [key, route] of Object.entries(routes)) made.push(...makeRoute(source, key, mapOf(route), auth));
  const routeIds = made.filter(({ type }) => type === "AWS::ApiGatewayV2::Route").map((one) => one.id);
  made.push(...makeV2Domain(source, domain, CREATED_BY, expansion));
  const stage = makeStage(source);
  if (says(properties.RouteSettings)) stage.dependsOn = routeIds;
  made.push(stage, ...authorizer);
  propagateTags(made, { ...mapOf(properties.Tags), ...CREATED_BY }, properties.PropagateTags);
  return made;
}

function check({ id, properties }: Source, auth: JsonObject, domain: Json | undefined, routes: JsonObject): void {
  if (!says(routes)) throw invalidResource(id, "WebSocket API must have at least one route.");
  const address = properties.IpAddressType;
  if (address !== undefined && !isIntrinsic(address) && address !== "ipv4" && address !== "dualstack") {
    throw invalidResource(id, "IpAddressType must be 'ipv4' or 'dualstack'.");
  }
  if (says(mapOf(domain).MutualTlsAuthentication)) {
    throw invalidResource(id, "Mutual TLS domain name association is not supported for Websocket APIs.");
  }
  if (properties.StageName === "$default") {
    throw invalidResource(id, "Stages cannot be named $default for WebSocket APIs.");
  }
  if (says(auth)) checkAuth(id, auth, routes);
}

function checkAuth(id: string, auth: JsonObject, routes: JsonObject): void {
  if (routes.$connect === undefined) {
    throw invalidResource(id, "Authorization is only available if there is a $connect route.");
  }
  const { AuthType: type } = auth;
  if (!says(type)) throw invalidResource(id, "AuthType must be specified for additional auth configurations.");
  const name = String(type).toUpperCase();
  if (!AUTH_TYPES.includes(name)) throw invalidResource(id, "AuthType is not one of AWS_IAM, CUSTOM or NONE.");
  if (name === "CUSTOM" && !says(auth.AuthArn)) {
    throw invalidResource(id, "AuthArn must be specified if AuthType is CUSTOM.");
  }
  if (name !== "CUSTOM" && Object.keys(auth).length > 1) {
    throw invalidResource(id, `No additional configurations supported for AuthType ${name}.`);
  }
}

function invocation(arn: Json, variable: string): JsonObject {
  const path = `lambda:path/2015-03-31/functions/\${${variable}}/invocations`;
  return sub(`arn:\${AWS::Partition}:apigateway:\${AWS::Region}:${path}`, { [variable]: arn });
}

function authorizerId(id: string): string {
  return `${id}ConnectAuthorizer`;
}

function makeAuthorizer({ id, shared }: Source, auth: JsonObject): Made[] {
  const { AuthType: type, AuthArn: arn, InvokeRole: role, IdentitySource: identity, Name: name } = auth;
  if (type !== "CUSTOM" || arn === undefined) return [];
  const authorizer = make(
    authorizerId(id),
    "AWS::ApiGatewayV2::Authorizer",
    {
      ApiId: ref(id),
      AuthorizerCredentialsArn: role,
      AuthorizerType: "REQUEST",
      AuthorizerUri: invocation(arn, "AuthArn"),
      IdentitySource: identity,
      Name: says(name) ? name : authorizerId(id),
    },
    shared,
  );
  if (says(role)) return [authorizer];
  return [authorizer, makeAuthorizerPermission(`${id}AuthorizerPermission`, arn, id, "${AWS::Partition}", shared)];
}

function makeRoute(source: Source, key: string, route: JsonObject, auth: JsonObject): Made[] {
  const { id, shared, properties } = source;
  const prefix = id + routeName(id, key);
  const { FunctionArn: arn, IntegrationTimeout: timeout } = route;
  if (says(route.RequestParameters) && key !== "$connect") {
    throw invalidResource(id, "Request parameters are only supported for the $connect route in WebSocket APIs.");
  }
  if (arn === undefined) throw invalidResource(id, "Route must have associated function.");
  const authType = key === "$connect" && says(auth) ? (auth.AuthType ?? "NONE") : undefined;
  const stage = properties.StageName ?? "default";
  const place = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}";
  const api = `${place}:\${${id}.ApiId}`;
  return [
    make(
      `${prefix}Route`,
      "AWS::ApiGatewayV2::Route",
      {
        ApiId: ref(id),
        RouteKey: key,
        ...pick(route, ROUTE_SAME),
        AuthorizationType: authType,
        AuthorizerId: authType === "CUSTOM" ? ref(authorizerId(id)) : undefined,
        Target: { "Fn::Join": ["/", ["integrations", ref(`${prefix}Integration`)]] },
      },
      shared,
    ),
    make(
      `${prefix}Integration`,
      "AWS::ApiGatewayV2::Integration",
      {
        ApiId: ref(id),
        IntegrationType: "AWS_PROXY",
        IntegrationUri: invocation(arn, "FunctionArn"),
        TimeoutInMillis: timeout,
      },
      shared,
    ),
    make(
      `${prefix}Permission`,
      "AWS::Lambda::Permission",
      {
        Action: "lambda:InvokeFunction",
        FunctionName: arn,
        Principal: "apigateway.amazonaws.com",
        SourceArn:
          typeof stage === "string"
            ? sub(`${api}/${stage}/${key}`)
            : sub(`${api}/\${__StageName__}/${key}`, compact({ __StageName__: stage })),
      },
      shared,
    ),
  ];
}

function routeName(id: string, key: string): string {
  const special = SPECIAL_ROUTES[key];
  if (special !== undefined) return special;
  if (/^[A-Za-z0-9]+$/.test(key)) return key.charAt(0).toUpperCase() + key.slice(1).toLowerCase();
  throw invalidResource(
    id,
    `Route key '${key}' must be alphanumeric. Only $connect, $disconnect, and $default special routes are supported.`,
  );
}

function makeStage({ id, properties, shared }: Source): Made {
  const name = properties.StageName ?? "default";
  const infix = name === "default" ? "Default" : typeof name === "string" ? name : "";
  return make(
    `${id}${infix}Stage`,
    "AWS::ApiGatewayV2::Stage",
    {
      ApiId: ref(id),
      StageName: name,
      ...pick(properties, ["StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings"]),
      Tags: { ...CREATED_BY },
      AutoDeploy: true,
    },
    shared,
  );
}
