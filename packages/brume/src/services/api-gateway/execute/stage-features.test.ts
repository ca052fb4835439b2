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

const COUNT =
  "let n = 0; exports.handler = async (e) => ({ statusCode: e.path === '/fail' ? 500 : 200, body: String(++n) });";

const patch = (api: ApiUnderTest, ...patchOperations: sdk.PatchOperation[]) =>
  client.send(new sdk.UpdateStageCommand({ restApiId: api.id, stageName: "prod", patchOperations }));
const replace = (path: string, value: string): sdk.PatchOperation => ({ op: "replace", path, value });

describe("FlushStageCache", () => {
  /** An API whose function counts how often it is called. */
  async function counting(cacheKeyParameters: string[] = []): Promise<ApiUnderTest> {
    const api = await ApiUnderTest.create(cloud);
    const uri = await functionUri(cloud, COUNT);
    const integration = { type: "AWS_PROXY" as const, integrationHttpMethod: "POST", uri, cacheKeyParameters };
    const method = { requestParameters: { "method.request.querystring.q": false } };
    await api.add({ "GET /": { integration, method }, "GET /fail": { integration }, "POST /": { integration } });
    await api.deploy();
    await patch(api, replace("/cacheClusterEnabled", "true"), replace("/*/*/caching/enabled", "true"));
    return api;
  }

  it("ends what the cache would have kept for its time", async () => {
    const api = await counting(["method.request.querystring.q"]);
    const get = async (path: string, init?: RequestInit) => (await api.text(path, init))[1];
    expect([await get("/?q=1"), await get("/?q=1&other=2"), await get("/?q=2")]).toEqual(["1", "1", "2"]);
    expect([await get("/", { method: "POST" }), await get("/", { method: "POST" })]).toEqual(["3", "4"]);
    expect([await get("/fail"), await get("/fail")]).toEqual(["5", "6"]);
    await cloud.clock.advance({ seconds: 299 });
    expect(await get("/?q=1")).toBe("1");
    await cloud.clock.advance({ seconds: 2 });
    expect(await get("/?q=1")).toBe("7");
    await client.send(new sdk.FlushStageCacheCommand({ restApiId: api.id, stageName: "prod" }));
    expect(await get("/?q=1")).toBe("8");
  });

  it("keeps to the settings of the method", async () => {
    const api = await counting();
    await patch(api, replace("/~1/GET/caching/ttlInSeconds", "10"), replace("/~1/POST/caching/enabled", "true"));
    const get = async (init?: RequestInit) => (await api.text("/", init))[1];
    expect([await get(), await get({ method: "POST" }), await get({ method: "POST" })]).toEqual(["1", "2", "2"]);
    await cloud.clock.advance({ seconds: 11 });
    expect([await get(), await get({ method: "POST" })]).toEqual(["3", "2"]);
    await patch(api, replace("/~1/GET/caching/enabled", "false"));
    expect([await get(), await get()]).toEqual(["4", "5"]);
  });

  it("lets clients ask for a fresh answer as the settings allow it", async () => {
    const api = await counting();
    const headers = { "cache-control": "max-age=0" };
    const ask = async () => {
      const response = await fetch(api.url("/"), { headers });
      return [response.status, response.headers.get("warning")?.slice(0, 3), await response.text()];
    };
    await api.text("/");
    expect(await ask()).toEqual([200, "199", "1"]);
    const strategy = "/*/*/caching/unauthorizedCacheControlHeaderStrategy";
    await patch(api, replace(strategy, "FAIL_WITH_403"));
    expect((await ask())[0]).toBe(403);
    await patch(api, replace("/*/*/caching/requireAuthorizationForCacheControl", "false"));
    expect(await ask()).toEqual([200, undefined, "2"]);
    expect(await api.text("/")).toEqual([200, "2"]);
  });
});

describe("a canary", () => {
  it("answers its share of the requests, with its own variables, until it is promoted", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({ "GET /": mockOf("old $stageVariables.v $stageVariables.w $context.isCanaryRequest") });
    const first = await api.deploy("prod", { variables: { v: "1", w: "2" } });
    await api.add({ "GET /new": mockOf("new $stageVariables.v $stageVariables.w $context.isCanaryRequest") });
    const canarySettings = { percentTraffic: 25, stageVariableOverrides: { v: "c" } };
    const canary = await api.deploy("prod", { canarySettings });
    const shown = await client.send(new sdk.GetStageCommand({ restApiId: api.id, stageName: "prod" }));
    expect([shown.deploymentId, shown.canarySettings?.deploymentId]).toEqual([first, canary]);
    const answers: string[] = [];
    for (let i = 0; i < 8; i++) answers.push((await api.text("/new"))[1]);
    expect(answers.filter((text) => text === "new c 2 true")).toHaveLength(2);
    await patch(
      api,
      replace("/canarySettings/percentTraffic", "0.0"),
      { op: "copy", from: "/canarySettings/stageVariableOverrides", path: "/variables" },
      { op: "copy", from: "/canarySettings/deploymentId", path: "/deploymentId" },
    );
    await patch(api, { op: "remove", path: "/canarySettings" });
    expect(await api.text("/new")).toEqual([200, "new c 2 false"]);
  });
});

describe("an execution log", () => {
  const linesOf = async (api: ApiUnderTest): Promise<string[]> => {
    const logGroupName = `API-Gateway-Execution-Logs_${api.id}/prod`;
    const { events } = await cloud.call<{ events: { message: string }[] }>("cloudwatch-logs", "FilterLogEvents", {
      logGroupName,
    });
    return events.map(({ message }) => message.replace(/^\([0-9a-f-]{36}\) /, ""));
  };

  it("tells each step where the level is INFO, and what was sent where data is traced", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({ "GET /": mockOf("ok") });
    await api.deploy();
    await patch(api, replace("/*/*/logging/loglevel", "INFO"), replace("/*/*/logging/dataTrace", "true"));
    await api.text("/?q=1");
    const lines = await linesOf(api);
    expect(lines).toContain("HTTP Method: GET, Resource Path: /");
    expect(lines).toContain("Method request query string: {q=1}");
    expect(lines).toContain("Method response body after transformations: ok");
    expect(lines.slice(-2)).toEqual(["Successfully completed execution", "Method completed with status: 200"]);
    await patch(api, replace("/*/*/logging/dataTrace", "false"));
    await api.text("/?q=2");
    expect((await linesOf(api)).join()).not.toContain("{q=2}");
  });

  it("tells failures alone where the level is ERROR", async () => {
    const api = await ApiUnderTest.create(cloud);
    const uri = await functionUri(cloud, "exports.handler = async () => 'no answer';");
    await api.add({
      "GET /": { integration: { type: "AWS_PROXY", integrationHttpMethod: "POST", uri } },
      "GET /ok": mockOf("ok"),
    });
    await api.deploy();
    await patch(api, replace("/*/*/logging/loglevel", "ERROR"));
    await api.text("/ok");
    await api.text("/");
    expect(await linesOf(api)).toEqual([
      expect.stringContaining("Execution failed"),
      "Method completed with status: 502",
    ]);
  });
});

describe("a method that wants signed requests", () => {
  it("tells its function who signed", async () => {
    const api = await ApiUnderTest.create(cloud);
    const uri = await functionUri(
      cloud,
      "exports.handler = async (e) => ({ body: JSON.stringify(e.requestContext.identity) });",
    );
    const integration = { type: "AWS_PROXY" as const, integrationHttpMethod: "POST", uri };
    await api.add({ "GET /": { integration, method: { authorizationType: "AWS_IAM" } } });
    await api.deploy();
    expect(await api.text("/")).toEqual([403, '{"message":"Missing Authentication Token"}']);
    const day = new Date(cloud.clock.now()).toISOString().slice(0, 10).replaceAll("-", "");
    const Authorization = `AWS4-HMAC-SHA256 Credential=111111111111/${day}/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;
    const headers = { Authorization, "X-Amz-Date": `${day}T000000Z` };
    const [status, text] = await api.text("/", { headers });
    expect([status, JSON.parse(text)]).toEqual([
      200,
      expect.objectContaining({ accountId: "111111111111", userArn: "arn:aws:iam::111111111111:root" }),
    ]);
  });
});
