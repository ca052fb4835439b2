import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties } from "../../../kernel/resource.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";
import { functionArn } from "../testing.js";

let cloud: RunningCloud;
let client: sdk.ApiGatewayV2Client;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.ApiGatewayV2Client);
});
afterAll(() => cloud.close());

const type = (name: string) => resourceType(cloud, service, `AWS::ApiGatewayV2::${name}`);

/** Makes, reads, changes and deletes a resource, and returns the model after the change. */
async function lifeOf(name: string, before: Properties, after: Properties): Promise<Properties> {
  const provider = await type(name);
  const made = await provider.create(before);
  expect(await provider.read(made)).toEqual(made);
  const changed = await provider.update(after, made, before);
  expect(await provider.read(changed)).toEqual(changed);
  await provider.delete(changed);
  expect(await provider.read(changed)).toBeUndefined();
  return changed;
}

async function apiOf(desired: Properties = { Name: "a", ProtocolType: "HTTP" }): Promise<string> {
  return (await (await type("Api")).create(desired)).ApiId as string;
}
const webSocketApi = () =>
  apiOf({ Name: "w", ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.action" });

const PROXY = {
  IntegrationType: "HTTP_PROXY",
  IntegrationMethod: "ANY",
  IntegrationUri: "https://example.com",
  PayloadFormatVersion: "1.0",
};

describe("AWS::ApiGatewayV2::Api", () => {
  it("is made, changed and deleted", async () => {
    const before: Properties = {
      Name: "api",
      ProtocolType: "HTTP",
      Description: "d",
      CorsConfiguration: { AllowOrigins: ["https://a.example"], AllowCredentials: "true", MaxAge: "5" },
      Tags: { a: "1", b: "2" },
    };
    const provider = await type("Api");
    const made = await provider.create(before);
    const ApiId = made.ApiId as string;
    expect(made).toMatchObject({
      ApiEndpoint: `${cloud.endpoint}/_aws/execute-api/${ApiId}`,
      ExecuteApiArn: `arn:aws:execute-api:us-east-1:000000000000:${ApiId}`,
      CorsConfiguration: { AllowOrigins: ["https://a.example"], AllowCredentials: true, MaxAge: 5 },
    });
    const changed = await provider.update({ Name: "other", ProtocolType: "HTTP", Tags: { b: "3" } }, made, before);
    expect(changed).toMatchObject({ ApiId, Name: "other", Tags: { b: "3" } });
    expect([changed.Description, changed.CorsConfiguration]).toEqual([undefined, undefined]);
    expect((await provider.list()).map((one) => one.ApiId)).toContain(ApiId);
    await provider.delete(changed);
  });

  it("is made of a document, or of a target", async () => {
    const provider = await type("Api");
    const document = (path: string) => ({
      openapi: "3.0.1",
      info: { title: "t" },
      paths: {
        [path]: {
          get: {
            "x-amazon-apigateway-integration": {
              type: "http_proxy",
              httpMethod: "GET",
              uri: "https://example.com",
              payloadFormatVersion: "1.0",
            },
          },
        },
      },
    });
    const made = await provider.create({ Body: document("/a") });
    const changed = await provider.update({ Body: document("/b") }, made, { Body: document("/a") });
    const { Items } = await client.send(new sdk.GetRoutesCommand({ ApiId: changed.ApiId as string }));
    expect(Items?.map(({ RouteKey }) => RouteKey)).toEqual(["GET /b"]);
    await provider.delete(changed);

    const Target = await functionArn(cloud, "exports.handler = async () => 'quick';");
    const quick = await provider.create({ Name: "q", ProtocolType: "HTTP", Target });
    expect(await (await fetch(`${quick.ApiEndpoint as string}/x`)).text()).toBe("quick");
    const ApiId = quick.ApiId as string;
    const overrides = await type("ApiGatewayManagedOverrides");
    const desired = { ApiId, Stage: { Description: "s" }, Integration: { TimeoutInMillis: "5000" } };
    const made2 = await overrides.create(desired);
    expect(made2.Id).toBe(ApiId);
    const stage = { ApiId, StageName: "$default" };
    expect((await client.send(new sdk.GetStageCommand(stage))).Description).toBe("s");
    await overrides.update({ ApiId }, made2, desired);
    expect((await client.send(new sdk.GetStageCommand(stage))).Description).toBeUndefined();
    const { Items: all } = await client.send(new sdk.GetIntegrationsCommand({ ApiId }));
    expect(all?.[0]?.TimeoutInMillis).toBe(30_000);
    await overrides.delete({ ...desired, Id: ApiId });
    await provider.delete(quick);
  });
});

describe("AWS::ApiGatewayV2::Route and Integration", () => {
  it("are made, changed and deleted", async () => {
    const ApiId = await apiOf();
    const parameters = (Source: string) => ({
      "200": { ResponseParameters: [{ Destination: "overwrite:statuscode", Source }] },
    });
    const changed = await lifeOf(
      "Integration",
      {
        ApiId,
        ...PROXY,
        Description: "d",
        TimeoutInMillis: "1000",
        RequestParameters: { "append:header.a": "1" },
        ResponseParameters: parameters("201"),
      },
      { ApiId, ...PROXY, RequestParameters: { "append:header.b": "2" }, ResponseParameters: parameters("202") },
    );
    expect(changed).toMatchObject({
      TimeoutInMillis: 29_000,
      RequestParameters: { "append:header.b": "2" },
      ResponseParameters: parameters("202"),
    });
    expect(changed.Description).toBeUndefined();
    const { IntegrationId } = await (await type("Integration")).create({ ApiId, ...PROXY });
    const Target = `integrations/${IntegrationId as string}`;
    const route = await lifeOf(
      "Route",
      { ApiId, RouteKey: "GET /a", Target, OperationName: "o" },
      { ApiId, RouteKey: "GET /b", Target },
    );
    expect([route.RouteKey, route.OperationName]).toEqual(["GET /b", undefined]);
  });
});

describe("AWS::ApiGatewayV2::RouteResponse and IntegrationResponse", () => {
  it("are made, changed and deleted", async () => {
    const ApiId = await webSocketApi();
    const { RouteId } = await (await type("Route")).create({ ApiId, RouteKey: "a" });
    const response = { ApiId, RouteId: RouteId as string, RouteResponseKey: "$default" };
    await lifeOf("RouteResponse", response, { ...response, ModelSelectionExpression: "m" });
    const { IntegrationId } = await (await type("Integration")).create({ ApiId, IntegrationType: "MOCK" });
    const base = { ApiId, IntegrationId: IntegrationId as string, IntegrationResponseKey: "$default" };
    const changed = await lifeOf(
      "IntegrationResponse",
      { ...base, ResponseTemplates: { a: "1" } },
      { ...base, ResponseTemplates: { b: "2" } },
    );
    expect(changed.ResponseTemplates).toEqual({ b: "2" });
  });
});

describe("AWS::ApiGatewayV2::Stage and Deployment", () => {
  it("are made, changed and deleted", async () => {
    const ApiId = await apiOf();
    await (await type("Route")).create({ ApiId, RouteKey: "GET /" });
    const deployments = await type("Deployment");
    const first = await deployments.create({ ApiId });
    const second = await deployments.create({ ApiId, Description: "two" });
    const stage = { ApiId, StageName: "prod", DeploymentId: first.DeploymentId as string };
    const changed = await lifeOf(
      "Stage",
      { ...stage, StageVariables: { a: "1" }, DefaultRouteSettings: { ThrottlingBurstLimit: "5" }, Tags: { k: "v" } },
      { ...stage, DeploymentId: second.DeploymentId as string, Description: "d" },
    );
    expect(changed).toEqual({
      ApiId,
      StageName: "prod",
      AutoDeploy: false,
      DeploymentId: second.DeploymentId,
      Description: "d",
      DefaultRouteSettings: { DetailedMetricsEnabled: false },
    });
    const renamed = await deployments.update({ ApiId, Description: "one" }, first, { ApiId });
    expect(await deployments.read(renamed)).toMatchObject({ Description: "one" });
    for (const one of [first, second]) await deployments.delete(one);
    const auto = await lifeOf(
      "Stage",
      { ApiId, StageName: "$default", AutoDeploy: "true" },
      { ApiId, StageName: "$default", AutoDeploy: true, Description: "d" },
    );
    expect(auto).toMatchObject({ AutoDeploy: true, Description: "d" });
  });
});

describe("AWS::ApiGatewayV2::Authorizer and Model", () => {
  it("are made, changed and deleted", async () => {
    const ApiId = await apiOf();
    const authorizer = {
      ApiId,
      Name: "n",
      AuthorizerType: "REQUEST",
      AuthorizerUri:
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations",
      AuthorizerPayloadFormatVersion: "2.0",
      IdentitySource: ["$request.header.A"],
    };
    const changed = await lifeOf(
      "Authorizer",
      { ...authorizer, AuthorizerResultTtlInSeconds: "60", EnableSimpleResponses: "true" },
      { ...authorizer, Name: "m" },
    );
    expect(changed).toMatchObject({ Name: "m", AuthorizerResultTtlInSeconds: 0, EnableSimpleResponses: false });
    const model = { ApiId, Name: "Pet", Schema: { type: "object" } };
    expect(await lifeOf("Model", model, { ...model, Schema: { type: "string" } })).toMatchObject({
      Schema: { type: "string" },
    });
  });
});

describe("AWS::ApiGatewayV2::DomainName, ApiMapping and RoutingRule", () => {
  it("are made, changed and deleted", async () => {
    const domain = {
      DomainName: "r.example.com",
      DomainNameConfigurations: [{ CertificateArn: "arn:1", EndpointType: "REGIONAL" }],
    };
    const provider = await type("DomainName");
    const made = await provider.create(domain);
    expect(made).toMatchObject({
      RegionalDomainName: expect.stringContaining(".execute-api."),
      RegionalHostedZoneId: expect.any(String),
      DomainNameArn: "arn:aws:apigateway:us-east-1::/domainnames/r.example.com",
    });
    const ApiId = await apiOf();
    await (await type("Stage")).create({ ApiId, StageName: "s" });
    const mapping = { DomainName: "r.example.com", ApiId, Stage: "s" };
    const changed = await lifeOf("ApiMapping", { ...mapping, ApiMappingKey: "a" }, { ...mapping, ApiMappingKey: "b" });
    expect(changed.ApiMappingKey).toBe("b");
    const rule = {
      DomainNameArn: made.DomainNameArn as string,
      Priority: "10",
      Conditions: [{ MatchBasePaths: { AnyOf: ["x"] } }],
      Actions: [{ InvokeApi: { ApiId, Stage: "s", StripBasePath: "true" } }],
    };
    expect(await lifeOf("RoutingRule", rule, { ...rule, Priority: 20 })).toMatchObject({
      ...rule,
      Priority: 20,
      Actions: [{ InvokeApi: { ApiId, Stage: "s", StripBasePath: true } }],
      RoutingRuleArn: expect.stringMatching(/\/domainnames\/r\.example\.com\/routingrules\/[a-z0-9]{10}$/),
    });
    await provider.update({ ...domain, Tags: { a: "1" } }, made, domain);
    expect(await provider.read(made)).toMatchObject({ Tags: { a: "1" } });
    await provider.delete(made);
    expect(await provider.read(made)).toBeUndefined();
  });
});

describe("a stack", () => {
  it("has an HTTP API as the CDK writes it, whose address works", async () => {
    const template = {
      Resources: {
        Role: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
        Fn: {
          Type: "AWS::Lambda::Function",
          Properties: {
            Code: { ZipFile: "exports.handler = async (e) => e.pathParameters.id;" },
            Handler: "index.handler",
            Runtime: "nodejs20.x",
            Role: { "Fn::GetAtt": ["Role", "Arn"] },
          },
        },
        Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "stack-api", ProtocolType: "HTTP" } },
        Stage: {
          Type: "AWS::ApiGatewayV2::Stage",
          Properties: { ApiId: { Ref: "Api" }, StageName: "$default", AutoDeploy: true },
        },
        Integration: {
          Type: "AWS::ApiGatewayV2::Integration",
          Properties: {
            ApiId: { Ref: "Api" },
            IntegrationType: "AWS_PROXY",
            IntegrationUri: { "Fn::GetAtt": ["Fn", "Arn"] },
            PayloadFormatVersion: "2.0",
          },
        },
        Route: {
          Type: "AWS::ApiGatewayV2::Route",
          Properties: {
            ApiId: { Ref: "Api" },
            RouteKey: "GET /pets/{id}",
            AuthorizationType: "NONE",
            Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
          },
        },
      },
      Outputs: { Url: { Value: { "Fn::GetAtt": ["Api", "ApiEndpoint"] } } },
    };
    const [stack] = await cloud.deploy(template, { stackName: "http-api" });
    expect(await (await fetch(`${stack?.outputs.Url}/pets/7`)).text()).toBe("7");
  });
});
