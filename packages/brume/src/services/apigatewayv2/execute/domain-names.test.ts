import { request } from "node:http";
import * as rest from "@aws-sdk/client-api-gateway";
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { functionUri, mockOf, ApiUnderTest as RestApiUnderTest } from "../../api-gateway/testing.js";
import { ApiUnderTest, ECHO, functionArn } from "../testing.js";
import { Client } from "../websocket/test-client.js";

let cloud: RunningCloud;
let client: sdk.ApiGatewayV2Client;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.ApiGatewayV2Client);
});
afterAll(() => cloud.close());

async function domain(DomainName: string, more: Partial<sdk.CreateDomainNameCommandInput> = {}): Promise<string> {
  const DomainNameConfigurations = [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1" }];
  await client.send(new sdk.CreateDomainNameCommand({ DomainName, DomainNameConfigurations, ...more }));
  return DomainName;
}
const map = (DomainName: string, ApiId: string, Stage: string, ApiMappingKey?: string) =>
  client.send(new sdk.CreateApiMappingCommand({ DomainName, ApiId, Stage, ApiMappingKey }));

/** What a host answers, as though its name led here. */
function get(host: string, path: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const { hostname, port } = new URL(cloud.endpoint);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { ...headers, host } }, async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      resolve([answer.statusCode ?? 0, text]);
    })
      .on("error", reject)
      .end();
  });
}
// biome-ignore lint/suspicious/noExplicitAny: whatever the function returned
const json = async (host: string, path: string): Promise<any> => JSON.parse((await get(host, path))[1]);

describe("a custom domain name", () => {
  it("leads to HTTP APIs by the longest of its mappings' keys", async () => {
    const name = await domain("http.example.com");
    const root = await (await ApiUnderTest.http(cloud)).routesTo(ECHO, ["ANY /{proxy+}", "ANY /"]);
    const deep = await (await ApiUnderTest.http(cloud)).routesTo(ECHO, ["ANY /{proxy+}"]);
    await deep.stage("dev");
    await map(name, root.id, "$default");
    await map(name, deep.id, "dev", "v1/deep");
    const event = await json("http.example.com:8080", "/v1/deep/pets?x=1");
    expect(event).toMatchObject({
      rawPath: "/dev/pets",
      pathParameters: { proxy: "pets" },
      queryStringParameters: { x: "1" },
      requestContext: { apiId: deep.id, stage: "dev", domainName: "http.example.com", domainPrefix: "http" },
    });
    expect(await json(name, "/v1/deeper")).toMatchObject({ rawPath: "/v1/deeper", requestContext: { apiId: root.id } });
    expect(await json(name, "/")).toMatchObject({ rawPath: "/", requestContext: { apiId: root.id } });
    const byPath = await fetch(`${cloud.endpoint}/_aws/domain/${name}/v1/deep/pets`);
    expect(((await byPath.json()) as { rawPath: string }).rawPath).toBe("/dev/pets");
  });

  it("leads to REST APIs as well, whose functions see its base path", async () => {
    const name = await domain("rest.example.com");
    const uri = await functionUri(cloud, "exports.handler = async (e) => ({ body: JSON.stringify(e) });");
    const api = await RestApiUnderTest.create(cloud, { disableExecuteApiEndpoint: true });
    await api.add({
      "GET /{id}": { integration: { type: "AWS_PROXY", integrationHttpMethod: "POST", uri } },
      "GET /": mockOf("$context.path $context.domainName"),
    });
    await api.deploy();
    await map(name, api.id, "prod", "shop/v1");
    expect(await json(name, "/shop/v1/7")).toMatchObject({
      path: "/shop/v1/7",
      resource: "/{id}",
      requestContext: { path: "/shop/v1/7", stage: "prod", domainName: name, domainPrefix: "rest" },
    });
    expect(await get(name, "/shop/v1")).toEqual([200, "/shop/v1/ rest.example.com"]);
    expect(await get(name, "/other")).toEqual([403, '{"message":"Forbidden"}']);
    expect((await fetch(api.url("/7"))).status).toBe(403);
    // The first version of the API shows the mapping too.
    const mapping = { domainName: name, basePath: "shop/v1" };
    expect(await api.client.send(new rest.GetBasePathMappingCommand(mapping))).toMatchObject({ restApiId: api.id });
    await api.client.send(new rest.CreateBasePathMappingCommand({ domainName: name, restApiId: api.id }));
    // Without a stage in the mapping it is the path's first part.
    expect(await get(name, "/prod")).toEqual([200, "/prod/ rest.example.com"]);
  });

  it("may stand for all names below one, and is not asked about others", async () => {
    const name = await domain("*.wild.example.com");
    const api = await (await ApiUnderTest.http(cloud)).routesTo(ECHO, ["$default"]);
    await map(name, api.id, "$default");
    expect(await json("Any.wild.example.com", "/")).toMatchObject({
      requestContext: { domainName: "any.wild.example.com" },
    });
    const [status, text] = await get("elsewhere.example.com", "/some-bucket/key");
    expect([status, text]).toEqual([404, expect.stringContaining("NoSuchBucket")]);
    expect((await fetch(`${cloud.endpoint}/_aws/domain/elsewhere.example.com/`)).status).toBe(403);
  });

  it("takes WebSocket connections, which are managed under it", async () => {
    const name = await domain("ws.example.com");
    const api = await ApiUnderTest.webSocket(cloud);
    const source = "exports.handler = async (e) => ({ statusCode: 200, body: JSON.stringify(e.requestContext) });";
    const target = await api.integration({
      IntegrationUri: await functionArn(cloud, source),
      PayloadFormatVersion: undefined,
    });
    const more = { RouteResponseSelectionExpression: "$default" };
    const RouteId = await api.route("$default", target, more);
    await client.send(new sdk.CreateRouteResponseCommand({ ApiId: api.id, RouteId, RouteResponseKey: "$default" }));
    await map(name, api.id, "dev", "chat");
    const socket = await Client.open(`${cloud.endpoint.replace("http", "ws")}/_aws/domain/${name}/chat`);
    const context = JSON.parse(await socket.ask("x"));
    expect(context).toMatchObject({ domainName: name, stage: "dev", apiId: api.id });
    const endpoint = `${cloud.endpoint}/_aws/domain/${name}/chat`;
    const manager = cloud.client(ApiGatewayManagementApiClient, { endpoint });
    await manager.send(new PostToConnectionCommand({ ConnectionId: context.connectionId, Data: "hello" }));
    expect(await socket.next()).toBe("hello");
    socket.socket.close();
    await expect(Client.open(`${cloud.endpoint.replace("http", "ws")}/_aws/domain/${name}/none`)).rejects.toThrow();
  });
});

describe("CreateRoutingRule, GetRoutingRule, ListRoutingRules, PutRoutingRule, DeleteRoutingRule", () => {
  it("choose an API by base path and headers, before mappings do", async () => {
    const DomainName = await domain("rules.example.com", { RoutingMode: "ROUTING_RULE_THEN_API_MAPPING" });
    const [one, two] = [await ApiUnderTest.http(cloud), await ApiUnderTest.http(cloud)];
    for (const api of [one, two]) await api.routesTo(ECHO, ["$default"]);
    await map(DomainName, one.id, "$default");
    const rule = (Priority: number, Conditions: sdk.RoutingRuleCondition[], StripBasePath = false) => ({
      DomainName,
      Priority,
      Conditions,
      Actions: [{ InvokeApi: { ApiId: two.id, Stage: "$default", StripBasePath } }],
    });
    const beta = { MatchHeaders: { AnyOf: [{ Header: "x-version", ValueGlob: "beta*" }] } };
    await client.send(new sdk.CreateRoutingRuleCommand(rule(10, [beta])));
    const paths = { MatchBasePaths: { AnyOf: ["two"] } };
    const { RoutingRuleId } = await client.send(new sdk.CreateRoutingRuleCommand(rule(5, [paths], true)));
    const apiOf = async (path: string, headers: Record<string, string> = {}) => {
      const event = JSON.parse((await get(DomainName, path, headers))[1]);
      return [event.requestContext.apiId, event.rawPath];
    };
    expect(await apiOf("/a")).toEqual([one.id, "/a"]);
    expect(await apiOf("/a", { "X-Version": "beta-2" })).toEqual([two.id, "/a"]);
    expect(await apiOf("/two/a")).toEqual([two.id, "/a"]);
    await expect(client.send(new sdk.CreateRoutingRuleCommand(rule(10, [])))).rejects.toThrow(sdk.ConflictException);
    await expect(client.send(new sdk.CreateRoutingRuleCommand(rule(0, [])))).rejects.toThrow(sdk.BadRequestException);
    const changed = await client.send(new sdk.PutRoutingRuleCommand({ RoutingRuleId, ...rule(20, [paths]) }));
    expect(await client.send(new sdk.GetRoutingRuleCommand({ DomainName, RoutingRuleId }))).toMatchObject({
      Priority: 20,
      RoutingRuleArn: changed.RoutingRuleArn,
    });
    expect(await apiOf("/two/a")).toEqual([two.id, "/two/a"]);
    const { RoutingRules } = await client.send(new sdk.ListRoutingRulesCommand({ DomainName }));
    expect(RoutingRules?.map(({ Priority }) => Priority)).toEqual([10, 20]);
    await client.send(new sdk.DeleteRoutingRuleCommand({ DomainName, RoutingRuleId }));
    expect(await apiOf("/two/a")).toEqual([one.id, "/two/a"]);
  });
});
