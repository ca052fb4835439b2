import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { ApiUnderTest, functionUri, mockOf } from "../testing.js";

let cloud: RunningCloud;
let client: sdk.APIGatewayClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.APIGatewayClient);
});
afterAll(() => cloud.close());

async function keyedApi(plan: Partial<sdk.CreateUsagePlanCommandInput>) {
  const api = await ApiUnderTest.create(cloud);
  await api.add({ "GET /": { ...mockOf("ok"), method: { apiKeyRequired: true } } });
  await api.deploy();
  const apiStages = [{ apiId: api.id, stage: "prod" }];
  const { id: usagePlanId } = await client.send(new sdk.CreateUsagePlanCommand({ name: "p", apiStages, ...plan }));
  const { id: keyId, value } = await client.send(new sdk.CreateApiKeyCommand({ name: "k", enabled: true }));
  await client.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
  return { api, usagePlanId, keyId, headers: { "x-api-key": value as string } };
}

describe("CreateApiKey, GetApiKey, GetApiKeys, UpdateApiKey, DeleteApiKey", () => {
  it("lets only known keys through, as long as they are enabled", async () => {
    const { api, keyId, headers } = await keyedApi({});
    expect(await api.text("/")).toEqual([403, '{"message":"Forbidden"}']);
    expect(await api.text("/", { headers })).toEqual([200, "ok"]);
    const { value } = await client.send(new sdk.GetApiKeyCommand({ apiKey: keyId, includeValue: true }));
    expect(value).toBe(headers["x-api-key"]);
    await client.send(
      new sdk.UpdateApiKeyCommand({
        apiKey: keyId,
        patchOperations: [{ op: "replace", path: "/enabled", value: "false" }],
      }),
    );
    expect((await api.text("/", { headers }))[0]).toBe(403);
    await client.send(new sdk.DeleteApiKeyCommand({ apiKey: keyId }));
    const { items } = await client.send(new sdk.GetApiKeysCommand({}));
    expect(items?.map(({ id }) => id) ?? []).not.toContain(keyId);
  });
});

describe("CreateUsagePlan, GetUsagePlan, GetUsagePlans, UpdateUsagePlan, DeleteUsagePlan", () => {
  it("lets a burst through, and then what the rate allows", async () => {
    const { api, usagePlanId, headers } = await keyedApi({ throttle: { burstLimit: 2, rateLimit: 1 } });
    cloud.clock.pause();
    const statuses = async (count: number) => {
      const found: number[] = [];
      for (let i = 0; i < count; i++) found.push((await api.text("/", { headers }))[0]);
      return found;
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect(await api.text("/", { headers })).toEqual([429, '{"message":"Too Many Requests"}']);
    await cloud.clock.advance({ seconds: 1 });
    expect(await statuses(2)).toEqual([200, 429]);
    cloud.clock.resume();
    await client.send(
      new sdk.UpdateUsagePlanCommand({
        usagePlanId,
        patchOperations: [
          { op: "remove", path: "/throttle" },
          { op: "remove", path: "/apiStages", value: `${api.id}:prod` },
        ],
      }),
    );
    const plan = await client.send(new sdk.GetUsagePlanCommand({ usagePlanId }));
    expect([plan.throttle, plan.apiStages]).toEqual([undefined, []]);
    await client.send(new sdk.DeleteUsagePlanCommand({ usagePlanId }));
    const { items } = await client.send(new sdk.GetUsagePlansCommand({}));
    expect(items?.map(({ id }) => id) ?? []).not.toContain(usagePlanId);
  });
});

describe("CreateUsagePlanKey, GetUsagePlanKey, GetUsagePlanKeys, DeleteUsagePlanKey, GetUsage, UpdateUsage", () => {
  it("counts requests against the day's quota", async () => {
    const { api, usagePlanId, keyId, headers } = await keyedApi({ quota: { limit: 2, period: "DAY" } });
    const status = async () => (await api.text("/", { headers }))[0];
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    const day = new Date(cloud.clock.now()).toISOString().slice(0, 10);
    const { items } = await client.send(new sdk.GetUsageCommand({ usagePlanId, startDate: day, endDate: day }));
    expect(items).toEqual({ [keyId as string]: [[2, 0]] });
    const patchOperations = [{ op: "replace" as const, path: "/remaining", value: "1" }];
    const extended = await client.send(new sdk.UpdateUsageCommand({ usagePlanId, keyId, patchOperations }));
    expect(extended.items).toEqual({ [keyId as string]: [[2, 1]] });
    expect([await status(), await status()]).toEqual([200, 429]);
    await cloud.clock.advance({ days: 1 });
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    expect((await client.send(new sdk.GetUsagePlanKeyCommand({ usagePlanId, keyId }))).type).toBe("API_KEY");
    await client.send(new sdk.DeleteUsagePlanKeyCommand({ usagePlanId, keyId }));
    expect((await client.send(new sdk.GetUsagePlanKeysCommand({ usagePlanId }))).items ?? []).toEqual([]);
    expect(await status()).toBe(403);
  });
});

describe("a request validator", () => {
  it("refuses requests that lack parameters, or whose body is not what the model says", async () => {
    const api = await ApiUnderTest.create(cloud);
    const schema = JSON.stringify({
      type: "object",
      required: ["name"],
      properties: { name: { type: "string", minLength: 2 }, age: { type: "integer", minimum: 0 } },
    });
    const restApiId = api.id;
    await client.send(new sdk.CreateModelCommand({ restApiId, name: "Pet", contentType: "application/json", schema }));
    const { id: requestValidatorId } = await client.send(
      new sdk.CreateRequestValidatorCommand({ restApiId, validateRequestBody: true, validateRequestParameters: true }),
    );
    const method = {
      requestValidatorId,
      requestModels: { "application/json": "Pet" },
      requestParameters: { "method.request.querystring.q": true, "method.request.header.X-H": true },
    };
    await api.add({ "POST /": { ...mockOf("ok"), method } });
    await api.deploy();
    const post = (path: string, body: unknown) =>
      api.text(path, {
        method: "POST",
        headers: { "content-type": "application/json", "X-H": "h" },
        body: JSON.stringify(body),
      });
    expect(await post("/?q=1", { name: "ab", age: 1 })).toEqual([200, "ok"]);
    expect(await post("/", { name: "ab" })).toEqual([400, '{"message": "Missing required request parameters: [q]"}']);
    for (const body of [{}, { name: "a" }, { name: "ab", age: -1 }, { name: "ab", age: "1" }, []]) {
      expect(await post("/?q=1", body)).toEqual([400, '{"message": "Invalid request body"}']);
    }
  });
});

describe("a gateway response", () => {
  it("changes status, headers and body of what the gateway says itself", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({ "GET /": mockOf("ok") });
    await client.send(
      new sdk.PutGatewayResponseCommand({
        restApiId: api.id,
        responseType: "DEFAULT_4XX",
        responseParameters: { "gatewayresponse.header.Access-Control-Allow-Origin": "'*'" },
        responseTemplates: { "application/json": '{"error":$context.error.messageString,"s":"$context.stage"}' },
      }),
    );
    await api.deploy();
    const response = await fetch(api.url("/none"));
    expect(response.status).toBe(403);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.json()).toEqual({ error: "Missing Authentication Token", s: "prod" });
  });
});

describe("a Lambda authorizer", () => {
  const source = `let calls = 0;
    exports.handler = async (event) => {
      calls++;
      const token = event.authorizationToken ?? event.headers?.["X-Token"];
      if (token === "unknown") throw new Error("Unauthorized");
      if (token === "broken") return {};
      return {
        principalId: "me",
        policyDocument: { Version: "2012-10-17", Statement: [
          { Effect: token === "deny" ? "Deny" : "Allow", Action: "execute-api:Invoke", Resource: token === "other" ? "arn:nothing" : event.methodArn },
        ] },
        context: { calls, type: event.type },
      };
    };`;

  async function guarded(more: Partial<sdk.CreateAuthorizerCommandInput>) {
    const api = await ApiUnderTest.create(cloud);
    const { id: authorizerId } = await client.send(
      new sdk.CreateAuthorizerCommand({
        restApiId: api.id,
        name: "a",
        type: "TOKEN",
        identitySource: "method.request.header.Authorization",
        authorizerUri: await functionUri(cloud, source),
        ...more,
      }),
    );
    const template = "$context.authorizer.principalId $context.authorizer.calls $context.authorizer.type";
    await api.add({ "GET /": { ...mockOf(template), method: { authorizationType: "CUSTOM", authorizerId } } });
    await api.deploy();
    return api;
  }

  it("decides by the token, and its word holds for a while", async () => {
    const api = await guarded({ authorizerResultTtlInSeconds: 60 });
    const call = (Authorization: string) => api.text("/", { headers: { Authorization } });
    expect(await api.text("/")).toEqual([401, '{"message":"Unauthorized"}']);
    expect(await call("good")).toEqual([200, "me 1 TOKEN"]);
    expect(await call("good")).toEqual([200, "me 1 TOKEN"]);
    await cloud.clock.advance({ seconds: 61 });
    expect(await call("good")).toEqual([200, "me 2 TOKEN"]);
    expect(await call("unknown")).toEqual([401, '{"message":"Unauthorized"}']);
    expect(await call("deny")).toEqual([
      403,
      '{"message":"User is not authorized to access this resource with an explicit deny"}',
    ]);
    expect(await call("other")).toEqual([403, '{"message":"User is not authorized to access this resource"}']);
    expect(await call("broken")).toEqual([500, '{"message":null}']);
  });

  it("sees the whole request where it asks for that", async () => {
    const api = await guarded({ type: "REQUEST", identitySource: "method.request.header.X-Token" });
    expect(await api.text("/", { headers: { "X-Token": "good" } })).toEqual([200, "me 1 REQUEST"]);
    expect((await api.text("/"))[0]).toBe(401);
  });

  it("is not asked about a token that does not look like one", async () => {
    const api = await guarded({ identityValidationExpression: "^g.*" });
    expect((await api.text("/", { headers: { Authorization: "bad" } }))[0]).toBe(401);
    expect((await api.text("/", { headers: { Authorization: "good" } }))[0]).toBe(200);
  });
});

describe("an access log", () => {
  it("gets a line for each request", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({ "GET /": mockOf("ok") });
    await api.deploy();
    await cloud.call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "access" });
    await client.send(
      new sdk.UpdateStageCommand({
        restApiId: api.id,
        stageName: "prod",
        patchOperations: [
          {
            op: "replace",
            path: "/accessLogSettings/destinationArn",
            value: "arn:aws:logs:us-east-1:000000000000:log-group:access",
          },
          {
            op: "replace",
            path: "/accessLogSettings/format",
            value: "$context.httpMethod $context.status $context.none",
          },
        ],
      }),
    );
    await api.text("/");
    const { events } = await cloud.call<{ events: { message: string }[] }>("cloudwatch-logs", "FilterLogEvents", {
      logGroupName: "access",
    });
    expect(events.map(({ message }) => message)).toEqual(["GET 200 -"]);
  });
});
