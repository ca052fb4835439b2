import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties, ResourceProvider } from "../../../kernel/resource.js";
import { resourceContext } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

async function providerOf(name: string): Promise<ResourceProvider> {
  const load = service.resources[`AWS::ApiGateway::${name}`];
  if (!load) throw new Error(`No provider for ${name}`);
  return (await load()).default;
}

async function create(name: string, desired: Properties): Promise<Properties> {
  return (await providerOf(name)).create(desired, resourceContext(cloud, name));
}
async function update(
  name: string,
  desired: Properties,
  actual: Properties,
  previous: Properties,
): Promise<Properties> {
  return (await providerOf(name)).update(desired, actual, resourceContext(cloud, name), previous);
}
const read = async (name: string, actual: Properties) =>
  (await providerOf(name)).read(actual, resourceContext(cloud, name));
/** Deletes twice: what is gone already is no error. */
async function remove(name: string, actual: Properties): Promise<void> {
  const provider = await providerOf(name);
  await provider.delete(actual, resourceContext(cloud, name));
  expect(await provider.read(actual, resourceContext(cloud, name))).toBeUndefined();
  await provider.delete(actual, resourceContext(cloud, name));
}

const MOCK = {
  Type: "MOCK",
  RequestTemplates: { "application/json": '{"statusCode":200}' },
  IntegrationResponses: [{ StatusCode: "200", ResponseTemplates: { "application/json": "one" } }],
};

/** An API with a method at its root, as templates have it. */
async function apiOf(more: Properties = {}) {
  const api = await create("RestApi", { Name: "api", ...more });
  const RestApiId = api.RestApiId as string;
  const desired: Properties = {
    RestApiId,
    ResourceId: api.RootResourceId as string,
    HttpMethod: "GET",
    MethodResponses: [{ StatusCode: "200" }],
    Integration: MOCK,
  };
  return { api, RestApiId, desired, method: await create("Method", desired) };
}

describe("AWS::ApiGateway::RestApi", () => {
  it("is made, changed and deleted", async () => {
    const before: Properties = {
      Name: "a",
      Description: "d",
      MinimumCompressionSize: "5",
      BinaryMediaTypes: ["image/png"],
      EndpointConfiguration: { Types: ["EDGE"] },
      Tags: [{ Key: "k", Value: "1" }],
    };
    const api = await create("RestApi", before);
    expect(api).toMatchObject({
      Name: "a",
      Description: "d",
      MinimumCompressionSize: 5,
      BinaryMediaTypes: ["image/png"],
    });
    expect(api.RootResourceId).toMatch(/^[a-z0-9]{10}$/);
    const after = await update(
      "RestApi",
      { Name: "b", EndpointConfiguration: { Types: ["REGIONAL"] }, BinaryMediaTypes: ["*/*"] },
      api,
      before,
    );
    expect(after).toMatchObject({ Name: "b", BinaryMediaTypes: ["*/*"], RestApiId: api.RestApiId as string });
    expect(after.EndpointConfiguration).toMatchObject({ Types: ["REGIONAL"] });
    expect([after.Description, after.MinimumCompressionSize, after.Tags]).toEqual([undefined, undefined, undefined]);
    await remove("RestApi", after);
  });

  it("is made from an OpenAPI document, under the template's name", async () => {
    const Body = { openapi: "3.0.0", info: { title: "t", version: "1" }, paths: { "/a/b": {} } };
    const api = await create("RestApi", { Name: "named", Body });
    expect(api.Name).toBe("named");
    const { items } = await cloud.call<{ items: { path: string }[] }>("api-gateway", "GetResources", {
      restApiId: api.RestApiId,
    });
    expect(items.map(({ path }) => path).sort()).toEqual(["/", "/a", "/a/b"]);
  });
});

describe("AWS::ApiGateway::Method, Deployment and Stage", () => {
  it("serve what was deployed", async () => {
    const { RestApiId, method, desired } = await apiOf();
    expect(method.Integration).toMatchObject({ Type: "MOCK", IntegrationResponses: [{ StatusCode: "200" }] });
    const deployment = await create("Deployment", { RestApiId });
    const before: Properties = {
      RestApiId,
      StageName: "prod",
      DeploymentId: deployment.DeploymentId as string,
      Variables: { a: "1" },
      TracingEnabled: "true",
      MethodSettings: [{ ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "INFO", ThrottlingBurstLimit: "10" }],
      AccessLogSetting: {
        DestinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:g",
        Format: "$context.status",
      },
    };
    const stage = await create("Stage", before);
    expect(stage).toMatchObject({
      StageName: "prod",
      Variables: { a: "1" },
      TracingEnabled: true,
      MethodSettings: [{ ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "INFO", ThrottlingBurstLimit: 10 }],
    });
    const text = async () => (await fetch(`${cloud.endpoint}/_aws/execute-api/${RestApiId}/prod/`)).text();
    expect(await text()).toBe("one");
    const [methods] = before.MethodSettings as Properties[];
    const { LoggingLevel: _, ...throttled } = methods as Properties;
    const { ThrottlingBurstLimit: __, ...logged } = methods as Properties;
    const parted: Properties = { ...before, MethodSettings: [logged, throttled] };
    expect((await update("Stage", parted, stage, before)).MethodSettings).toEqual([
      logged,
      { ...throttled, ThrottlingBurstLimit: 10 },
    ]);

    const changed: Properties = {
      ...desired,
      Integration: {
        ...MOCK,
        IntegrationTarget: "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/a/0123456789abcdef",
        IntegrationResponses: [{ StatusCode: "200", ResponseTemplates: { "application/json": "two" } }],
      },
    };
    expect(await update("Method", changed, method, desired)).toMatchObject(changed);
    const responses = [...(changed.Integration as { IntegrationResponses: Properties[] }).IntegrationResponses];
    const stray = {
      ...(changed.Integration as Properties),
      IntegrationResponses: [...responses, { StatusCode: "500" }],
    };
    const both = await update("Method", { ...changed, Integration: stray }, method, changed);
    expect(both).toMatchObject({ MethodResponses: [{ StatusCode: "200" }], Integration: stray });
    expect(await text()).toBe("one");
    const second = await create("Deployment", { RestApiId, Description: "2" });
    const after = await update(
      "Stage",
      { RestApiId, StageName: "prod", DeploymentId: second.DeploymentId as string },
      stage,
      before,
    );
    expect(await text()).toBe("two");
    expect([after.Variables, after.MethodSettings, after.AccessLogSetting, after.TracingEnabled]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
    await remove("Deployment", deployment);
    await remove("Stage", after);
    await remove("Deployment", second);
    await remove("Method", method);
  });

  it("make and take away the stage that a deployment names", async () => {
    const { RestApiId } = await apiOf();
    const deployment = await create("Deployment", {
      RestApiId,
      StageName: "live",
      StageDescription: { Variables: { v: "1" } },
    });
    const stage = await read("Stage", { RestApiId, StageName: "live" });
    expect(stage).toMatchObject({ Variables: { v: "1" } });
    await remove("Deployment", deployment);
    expect(await read("Stage", { RestApiId, StageName: "live" })).toBeUndefined();
  });
});

/** Types that belong to an API: what they are made of, a change, and what the change leaves. */
const PARTS: [name: string, desired: Properties, change: Properties][] = [
  ["Resource", { PathPart: "a" }, { PathPart: "b" }],
  ["Model", { Schema: { type: "object" } }, { Schema: { type: "array" } }],
  ["RequestValidator", { Name: "v", ValidateRequestBody: true }, { ValidateRequestBody: false }],
  [
    "Authorizer",
    {
      Name: "a",
      Type: "REQUEST",
      AuthorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations",
      IdentitySource: "method.request.header.A",
      AuthorizerResultTtlInSeconds: 5,
    },
    { AuthorizerResultTtlInSeconds: 6 },
  ],
  [
    "GatewayResponse",
    { ResponseType: "DEFAULT_4XX", ResponseTemplates: { "a/b": "x" } },
    { ResponseTemplates: { "a/b": "y" } },
  ],
  ["DocumentationPart", { Location: { Type: "API" }, Properties: "{}" }, { Properties: '{"a":1}' }],
  ["DocumentationVersion", { DocumentationVersion: "1", Description: "x" }, { Description: "y" }],
];

describe("the types that belong to an API", () => {
  it.each(PARTS)("AWS::ApiGateway::%s is made, changed and deleted", async (name, properties, change) => {
    const { api, RestApiId } = await apiOf();
    const parent: Properties = name === "Resource" ? { ParentId: api.RootResourceId as string } : {};
    const desired = { RestApiId, ...parent, ...properties };
    const made = await create(name, desired);
    expect(await read(name, made)).toEqual(made);
    expect(made).toMatchObject(properties);
    const changed = await update(name, { ...desired, ...change }, made, desired);
    expect(changed).toMatchObject({ ...properties, ...change });
    expect(await read(name, changed)).toEqual(changed);
    await remove(name, changed);
  });
});

describe("AWS::ApiGateway::Stage and Deployment with a canary", () => {
  it("share a stage between two deployments, and stop", async () => {
    const { RestApiId } = await apiOf();
    const deploymentOf = async (more: Properties = {}) =>
      (await create("Deployment", { RestApiId, ...more })).DeploymentId as string;
    const [first, second] = [await deploymentOf(), await deploymentOf()];
    const before: Properties = {
      RestApiId,
      StageName: "s",
      DeploymentId: first,
      CanarySetting: {
        DeploymentId: second,
        PercentTraffic: "10",
        UseStageCache: "true",
        StageVariableOverrides: { a: "b" },
      },
    };
    const stage = await create("Stage", before);
    expect(stage.CanarySetting).toEqual({
      DeploymentId: second,
      PercentTraffic: 10,
      UseStageCache: true,
      StageVariableOverrides: { a: "b" },
    });
    const { CanarySetting: _, ...plain } = before;
    expect((await update("Stage", plain, stage, before)).CanarySetting).toBeUndefined();
    const DeploymentCanarySettings = { PercentTraffic: "5" };
    const third = await deploymentOf({ StageName: "s", DeploymentCanarySettings });
    expect(await read("Stage", stage)).toMatchObject({
      DeploymentId: first,
      CanarySetting: { DeploymentId: third, PercentTraffic: 5 },
    });
  });

  it("may be described by the deployment, with settings for all methods", async () => {
    const { RestApiId } = await apiOf();
    const described: Properties = {
      RestApiId,
      StageName: "s",
      StageDescription: { CachingEnabled: "true", CacheClusterEnabled: true, Tags: [{ Key: "k", Value: "v" }] },
    };
    const deployment = await create("Deployment", described);
    const stage: Properties = { RestApiId, StageName: "s" };
    expect(await read("Stage", stage)).toMatchObject({
      CacheClusterEnabled: true,
      MethodSettings: [{ ResourcePath: "/*", HttpMethod: "*", CachingEnabled: true }],
      Tags: [{ Key: "k", Value: "v" }],
    });
    await update("Deployment", { ...described, StageDescription: {} }, deployment, described);
    const after = await read("Stage", stage);
    expect([after?.MethodSettings, after?.Tags]).toEqual([undefined, undefined]);
  });
});

describe("AWS::ApiGateway::ApiKey, UsagePlan and UsagePlanKey", () => {
  it("are made, changed and deleted", async () => {
    const { RestApiId } = await apiOf();
    await create("Deployment", { RestApiId, StageName: "live" });
    const StageKeys = [{ RestApiId, StageName: "live" }];
    const key = await create("ApiKey", { Enabled: "true", StageKeys });
    expect(key).toMatchObject({ Enabled: true, StageKeys });
    const before: Properties = {
      UsagePlanName: "p",
      Throttle: { BurstLimit: "2", RateLimit: 1 },
      Quota: { Limit: 5, Period: "DAY" },
      ApiStages: [{ ApiId: RestApiId, Stage: "live", Throttle: { "/GET": { BurstLimit: 1 } } }],
    };
    const plan = await create("UsagePlan", before);
    expect(plan).toMatchObject({ ...before, Throttle: { BurstLimit: 2, RateLimit: 1 } });
    const planKey = await create("UsagePlanKey", {
      KeyId: key.APIKeyId as string,
      KeyType: "API_KEY",
      UsagePlanId: plan.Id as string,
    });
    expect(planKey.Id).toBe(`${key.APIKeyId as string}:${plan.Id as string}`);
    const ApiStages = [{ ApiId: RestApiId, Stage: "live" }];
    const changed = await update(
      "UsagePlan",
      { UsagePlanName: "p", Quota: { Limit: 6, Period: "WEEK" }, ApiStages },
      plan,
      before,
    );
    expect(changed).toEqual({ Id: plan.Id, UsagePlanName: "p", Quota: { Limit: 6, Period: "WEEK" }, ApiStages });
    await remove("UsagePlanKey", planKey);
    await remove("UsagePlan", changed);
    await remove("ApiKey", key);
  });
});

describe("AWS::ApiGateway::DomainName, BasePathMapping, ClientCertificate and Account", () => {
  it("are made, changed and deleted", async () => {
    const { RestApiId } = await apiOf();
    const DomainName = "resources.example.com";
    const before: Properties = {
      DomainName,
      EndpointConfiguration: { Types: ["REGIONAL"] },
      SecurityPolicy: "TLS_1_0",
    };
    const domain = await create("DomainName", before);
    expect(domain).toMatchObject({ ...before, RegionalHostedZoneId: "Z1UJRXOUMOOFQ8" });
    const mapping = await create("BasePathMapping", { DomainName, RestApiId });
    expect(mapping).toMatchObject({ DomainName, RestApiId });
    await remove("BasePathMapping", mapping);
    await remove("DomainName", await update("DomainName", { ...before, SecurityPolicy: "TLS_1_2" }, domain, before));
    await remove("ClientCertificate", await create("ClientCertificate", { Description: "d" }));
    const CloudWatchRoleArn = "arn:aws:iam::000000000000:role/logs";
    const account = await create("Account", { CloudWatchRoleArn });
    expect(await read("Account", account)).toMatchObject({ CloudWatchRoleArn });
  });
});
