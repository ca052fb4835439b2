import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../template/template.js";
import { mapOf, partAt } from "./plain.js";
import { expand, fn, propertiesOf, refusalOf, typesOf } from "./testing.js";

function route(properties: JsonObject = {}): JsonObject {
  return { Type: "HttpApi", Properties: properties };
}

function withApi(properties: JsonObject, event: JsonObject = {}): JsonObject {
  return {
    Api: { Type: "AWS::Serverless::HttpApi", Properties: properties },
    Fn: fn({ Events: { Get: route({ Path: "/a/{id}", Method: "get", ApiId: { Ref: "Api" }, ...event }) } }),
  };
}

function bodyOf(resources: Record<string, JsonObject>, id = "Api"): JsonObject {
  return mapOf(propertiesOf(resources, id).Body);
}

describe("The implicit HTTP API", () => {
  it("has the routes of all events, and a stage that deploys itself", () => {
    const resources = expand({ Fn: fn({ Events: { All: route(), Get: route({ Path: "/a", Method: "get" }) } }) });
    expect(typesOf(resources)).toEqual({
      Fn: "AWS::Lambda::Function",
      FnRole: "AWS::IAM::Role",
      FnAllPermission: "AWS::Lambda::Permission",
      ServerlessHttpApi: "AWS::ApiGatewayV2::Api",
      ServerlessHttpApiApiGatewayDefaultStage: "AWS::ApiGatewayV2::Stage",
    });
    const paths = mapOf(bodyOf(resources, "ServerlessHttpApi").paths);
    expect(Object.keys(paths)).toEqual(["$default", "/a"]);
    expect(paths.$default).toMatchObject({
      "x-amazon-apigateway-any-method": {
        isDefaultRoute: true,
        "x-amazon-apigateway-integration": { type: "aws_proxy", payloadFormatVersion: "2.0" },
      },
    });
    expect(propertiesOf(resources, "ServerlessHttpApiApiGatewayDefaultStage")).toEqual({
      ApiId: { Ref: "ServerlessHttpApi" },
      StageName: "$default",
      Tags: { "httpapi:createdBy": "SAM" },
      AutoDeploy: true,
    });
  });

  it("has route settings of its events", () => {
    const settings = { ThrottlingRateLimit: 5 };
    const events = { Get: route({ Path: "/a", Method: "get", RouteSettings: settings }) };
    const stage = propertiesOf(expand({ Fn: fn({ Events: events }) }), "ServerlessHttpApiApiGatewayDefaultStage");
    expect(stage.RouteSettings).toEqual({ "GET /a": settings });
  });
});

describe("AWS::Serverless::HttpApi", () => {
  it("has parameters, settings and tags in its definition and its stage", () => {
    const resources = expand(
      withApi(
        { Name: "mine", StageName: "v1", CorsConfiguration: { AllowOrigins: ["a"], MaxAge: 1 }, Tags: { a: "b" } },
        { PayloadFormatVersion: "1.0", TimeoutInMillis: 9 },
      ),
    );
    const body = bodyOf(resources);
    expect(body).toMatchObject({
      info: { title: "mine" },
      "x-amazon-apigateway-cors": { allowOrigins: ["a"], maxAge: 1 },
      tags: [
        { name: "a", "x-amazon-apigateway-tag-value": "b" },
        { name: "httpapi:createdBy", "x-amazon-apigateway-tag-value": "SAM" },
      ],
    });
    expect(partAt(body, "paths", "/a/{id}", "get")).toMatchObject({
      parameters: [{ name: "id", in: "path", required: true }],
      "x-amazon-apigateway-integration": { payloadFormatVersion: "1.0", timeoutInMillis: 9 },
    });
    expect(propertiesOf(resources, "Apiv1Stage")).toMatchObject({ StageName: "v1", Tags: { a: "b" } });
    expect(propertiesOf(resources, "FnGetPermission").SourceArn).toEqual({
      "Fn::Sub": [
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/GET/a/*",
        { __ApiId__: { Ref: "Api" }, __Stage__: "*" },
      ],
    });
  });

  it("authorizes by tokens and functions", () => {
    const auth = {
      DefaultAuthorizer: "Token",
      Authorizers: {
        Token: { IdentitySource: "$request.header.A", JwtConfiguration: { Issuer: "i", Audience: ["a"] } },
        Lambda: {
          FunctionArn: "arn:f",
          AuthorizerPayloadFormatVersion: "2.0",
          EnableFunctionDefaultPermissions: true,
          Identity: { Headers: ["X"] },
        },
      },
    };
    const resources = expand(withApi({ Auth: auth }));
    const body = bodyOf(resources);
    expect(partAt(body, "components", "securitySchemes")).toMatchObject({
      Token: {
        type: "oauth2",
        "x-amazon-apigateway-authorizer": { type: "jwt", jwtConfiguration: { issuer: "i", audience: ["a"] } },
      },
      Lambda: { "x-amazon-apigateway-authorizer": { type: "request", identitySource: ["$request.header.X"] } },
    });
    expect(partAt(body, "paths", "/a/{id}", "get", "security")).toEqual([{ Token: [] }]);
    expect(resources).toHaveProperty("ApiLambdaAuthorizerPermission");
    const other = bodyOf(expand(withApi({ Auth: auth }, { Auth: { Authorizer: "Lambda" } })));
    expect(partAt(other, "paths", "/a/{id}", "get", "security")).toEqual([{ Lambda: [] }]);
    expect(refusalOf(withApi({ Auth: auth }, { Auth: { Authorizer: "Other" } }))).toContain(
      "because it wasn't defined in the API's Authorizers.",
    );
  });

  it("has a domain", () => {
    const domain = { DomainName: "a.example.com", CertificateArn: "arn:c", BasePath: "/v1/" };
    const resources = expand(withApi({ Domain: domain }));
    const id = Object.keys(resources).find((key) => key.startsWith("ApiGatewayDomainNameV2")) ?? "";
    expect(propertiesOf(resources, "Apiv1ApiMapping")).toEqual({
      ApiId: { Ref: "Api" },
      ApiMappingKey: "v1",
      DomainName: { Ref: id },
      Stage: { Ref: "ApiApiGatewayDefaultStage" },
    });
  });

  it("adds events to a definition that is written out", () => {
    const body = { openapi: "3.0.1", info: { title: "own" }, paths: { "/own": { get: {} } } };
    expect(Object.keys(mapOf(bodyOf(expand(withApi({ DefinitionBody: body }))).paths))).toEqual(["/own", "/a/{id}"]);
  });
});

describe("AWS::Serverless::WebSocketApi", () => {
  it("becomes an API with routes, integrations, permissions and a stage", () => {
    const resources = expand({
      Chat: {
        Type: "AWS::Serverless::WebSocketApi",
        Properties: {
          RouteSelectionExpression: "$request.body.action",
          Routes: { $connect: { FunctionArn: "arn:c" }, send: { FunctionArn: "arn:s" } },
        },
      },
    });
    expect(typesOf(resources)).toEqual({
      Chat: "AWS::ApiGatewayV2::Api",
      ChatConnectRoute: "AWS::ApiGatewayV2::Route",
      ChatConnectIntegration: "AWS::ApiGatewayV2::Integration",
      ChatConnectPermission: "AWS::Lambda::Permission",
      ChatSendRoute: "AWS::ApiGatewayV2::Route",
      ChatSendIntegration: "AWS::ApiGatewayV2::Integration",
      ChatSendPermission: "AWS::Lambda::Permission",
      ChatDefaultStage: "AWS::ApiGatewayV2::Stage",
    });
    expect(propertiesOf(resources, "ChatSendRoute")).toMatchObject({
      RouteKey: "send",
      Target: { "Fn::Join": ["/", ["integrations", { Ref: "ChatSendIntegration" }]] },
    });
  });
});
