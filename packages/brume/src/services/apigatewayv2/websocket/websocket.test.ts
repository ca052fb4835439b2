import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type RunningCloud, startCloud } from "../../../index.js";
import { ApiUnderTest, functionArn } from "../testing.js";
import { Client } from "./test-client.js";

let cloud: RunningCloud;
let client: sdk.ApiGatewayV2Client;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.ApiGatewayV2Client);
});
afterAll(() => cloud.close());

const urlOf = (api: ApiUnderTest) => `${api.endpoint}/dev`;
const management = (api: ApiUnderTest) =>
  cloud.client(ApiGatewayManagementApiClient, {
    endpoint: `${cloud.endpoint}/_aws/execute-api/${api.id}/dev`,
  });

/** An API whose routes are handed to one function; the answers of all but `$…` and `quiet` go back to the client. */
async function apiOf(source: string, keys: string[]): Promise<ApiUnderTest> {
  const api = await ApiUnderTest.webSocket(cloud);
  const target = await api.integration({
    IntegrationUri: await functionArn(cloud, source),
    PayloadFormatVersion: undefined,
  });
  for (const key of keys) {
    const isTwoWay = !/^\$(dis)?connect$|quiet/.test(key);
    const more = isTwoWay ? { RouteResponseSelectionExpression: "$default" } : {};
    const RouteId = await api.route(key, target, more);
    if (isTwoWay) {
      await client.send(new sdk.CreateRouteResponseCommand({ ApiId: api.id, RouteId, RouteResponseKey: "$default" }));
    }
  }
  return api;
}

const ANSWER = "exports.handler = async (e) => ({ statusCode: 200, body: JSON.stringify(e) });";

describe("a message", () => {
  it("goes to the route that it names, and the answer of a two-way route comes back", async () => {
    const api = await apiOf(ANSWER, ["hello", "$default"]);
    expect(api.endpoint).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/_aws\/execute-api\/[a-z0-9]{10}$/);
    const socket = await Client.open(urlOf(api));
    const event = JSON.parse(await socket.ask({ action: "hello", x: 1 }));
    expect(event).toEqual({
      requestContext: {
        routeKey: "hello",
        messageId: expect.any(String),
        eventType: "MESSAGE",
        extendedRequestId: expect.any(String),
        requestTime: expect.any(String),
        messageDirection: "IN",
        stage: "dev",
        connectedAt: expect.any(Number),
        requestTimeEpoch: expect.any(Number),
        identity: { sourceIp: "127.0.0.1" },
        requestId: expect.any(String),
        domainName: `${api.id}.execute-api.us-east-1.amazonaws.com`,
        connectionId: expect.stringMatching(/^.{15}=$/),
        apiId: api.id,
      },
      body: '{"action":"hello","x":1}',
      isBase64Encoded: false,
    });
    expect(JSON.parse(await socket.ask("no json")).requestContext.routeKey).toBe("$default");
    socket.socket.close();
  });

  it("is answered by the gateway where there is no route, or where its integration fails", async () => {
    const api = await apiOf("exports.handler = async () => { throw new Error('no'); };", ["quiet"]);
    const socket = await Client.open(urlOf(api));
    const anyIds = { connectionId: expect.any(String), requestId: expect.any(String) };
    expect(JSON.parse(await socket.ask({ action: "none" }))).toEqual({ message: "Forbidden", ...anyIds });
    expect(JSON.parse(await socket.ask({ action: "quiet" }))).toEqual({ message: "Internal server error", ...anyIds });
    socket.socket.close();
  });

  it("may be answered by a mock, and by a service", async () => {
    const api = await ApiUnderTest.webSocket(cloud);
    const { QueueUrl } = await cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", { QueueName: "from-socket" });
    const mock = await api.integration({
      IntegrationType: "MOCK",
      PayloadFormatVersion: undefined,
      RequestTemplates: { "200": '{"statusCode":200}' },
      TemplateSelectionExpression: "200",
    });
    const service = await api.integration({
      IntegrationType: "AWS",
      PayloadFormatVersion: undefined,
      IntegrationMethod: "POST",
      IntegrationUri: "arn:aws:apigateway:us-east-1:sqs:action/SendMessage",
      CredentialsArn: "arn:aws:iam::000000000000:role/api",
      RequestTemplates: {
        $default: `#set($text = $input.path('$.text')){"QueueUrl":"${QueueUrl}","MessageBody":"#if($text)$util.escapeJavaScript($text)#{else}none#end"}`,
      },
    });
    for (const [key, target] of [
      ["ping", mock],
      ["send", service],
    ] as const) {
      const RouteId = await api.route(key, target, { RouteResponseSelectionExpression: "$default" });
      await client.send(new sdk.CreateRouteResponseCommand({ ApiId: api.id, RouteId, RouteResponseKey: "$default" }));
    }
    await client.send(
      new sdk.CreateIntegrationResponseCommand({
        ApiId: api.id,
        IntegrationId: mock.split("/")[1],
        IntegrationResponseKey: "/200/",
        ResponseTemplates: { "200": '{"pong":"$context.routeKey"}' },
        TemplateSelectionExpression: "200",
      }),
    );
    const socket = await Client.open(urlOf(api));
    expect(await socket.ask({ action: "ping" })).toBe('{"pong":"ping"}');
    expect(JSON.parse(await socket.ask({ action: "send", text: 'h"i' })).MessageId).toMatch(/-/);
    const { Messages } = await cloud.call<{ Messages: { Body: string }[] }>("sqs", "ReceiveMessage", { QueueUrl });
    expect(Messages.map(({ Body }) => Body)).toEqual(['h"i']);
    socket.socket.close();
  });

  it("may have 128 KB in frames of 32 KB each", async () => {
    const api = await apiOf("exports.handler = async (e) => ({ statusCode: 200, body: String(e.body.length) });", [
      "$default",
    ]);
    const socket = await Client.open(urlOf(api));
    const part = "x".repeat(32 * 1024);
    for (let i = 0; i < 3; i++) socket.socket.send(part, { fin: false });
    socket.socket.send(part, { fin: true });
    expect(await socket.next()).toBe(String(128 * 1024));
    socket.socket.send(`${part}x`);
    expect(await socket.closed).toBe(1009);
    const other = await Client.open(urlOf(api));
    for (let i = 0; i < 4; i++) other.socket.send(part, { fin: false });
    other.socket.send("x", { fin: true });
    expect(await other.closed).toBe(1009);
  });
});

describe("$connect and $disconnect", () => {
  const source = `exports.handler = async (e) => {
      const { routeKey, connectionId } = e.requestContext;
      if (routeKey === "$connect" && e.queryStringParameters?.no) return { statusCode: 418 };
      if (routeKey === "$connect" && e.queryStringParameters?.broken) throw new Error("broken");
      console.log("EVENT " + JSON.stringify(e));
      return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "chosen" }, body: connectionId };
    };`;

  async function eventsOf(api: ApiUnderTest): Promise<{ requestContext: Record<string, unknown> }[]> {
    await cloud.kernel.idle();
    const groups = await cloud.call<{ logGroups: { logGroupName: string }[] }>(
      "cloudwatch-logs",
      "DescribeLogGroups",
      {},
    );
    const found: { requestContext: Record<string, unknown> }[] = [];
    for (const { logGroupName } of groups.logGroups) {
      const { events } = await cloud.call<{ events: { message: string }[] }>("cloudwatch-logs", "FilterLogEvents", {
        logGroupName,
      });
      for (const { message } of events) {
        const json = /EVENT (\{.*\})/.exec(message)?.[1];
        if (json) found.push(JSON.parse(json));
      }
    }
    return found.filter((event) => event.requestContext.apiId === api.id);
  }

  it("are told of the handshake and of the end", async () => {
    const api = await apiOf(source, ["$connect", "$disconnect"]);
    const socket = await Client.open(`${urlOf(api)}?a=1&a=2`, {
      protocols: ["offered", "chosen"],
      headers: { "X-A": "b" },
    });
    expect(socket.socket.protocol).toBe("chosen");
    socket.socket.close(1000, "bye");
    expect(await socket.closed).toBe(1000);
    const [made, ended] = await eventsOf(api);
    expect(made).toMatchObject({
      headers: { "X-A": "b" },
      queryStringParameters: { a: "2" },
      multiValueQueryStringParameters: { a: ["1", "2"] },
      requestContext: { routeKey: "$connect", eventType: "CONNECT" },
      isBase64Encoded: false,
    });
    expect(ended).toMatchObject({
      requestContext: {
        routeKey: "$disconnect",
        eventType: "DISCONNECT",
        disconnectStatusCode: 1000,
        disconnectReason: "bye",
        connectionId: made?.requestContext.connectionId,
      },
    });
  });

  it("decide whether the connection is made", async () => {
    const api = await apiOf(source, ["$connect"]);
    await expect(Client.open(`${urlOf(api)}?no=1`)).rejects.toThrow("418");
    await expect(Client.open(`${urlOf(api)}?broken=1`)).rejects.toThrow("502");
    await expect(Client.open(`${api.endpoint}/other`)).rejects.toThrow("403");
    await expect(Client.open(`${cloud.endpoint.replace("http", "ws")}/_aws/execute-api/none/dev`)).rejects.toThrow(
      "403",
    );
  });

  it("let an authorizer decide before", async () => {
    const api = await ApiUnderTest.webSocket(cloud);
    const authorizer = `exports.handler = async (e) => ({ principalId: "p", context: { k: "v" }, policyDocument: { Statement: [
      { Effect: e.headers.Auth === "good" ? "Allow" : "Deny", Action: "execute-api:Invoke", Resource: e.methodArn }] } });`;
    const { AuthorizerId } = await client.send(
      new sdk.CreateAuthorizerCommand({
        ApiId: api.id,
        Name: "guard",
        AuthorizerType: "REQUEST",
        AuthorizerUri: await functionArn(cloud, authorizer),
        IdentitySource: ["route.request.header.Auth"],
      }),
    );
    const target = await api.integration({
      IntegrationUri: await functionArn(cloud, ANSWER),
      PayloadFormatVersion: undefined,
    });
    await api.route("$connect", target, { AuthorizationType: "CUSTOM", AuthorizerId });
    const RouteId = await api.route("$default", target, { RouteResponseSelectionExpression: "$default" });
    await client.send(new sdk.CreateRouteResponseCommand({ ApiId: api.id, RouteId, RouteResponseKey: "$default" }));
    await expect(Client.open(urlOf(api))).rejects.toThrow("401");
    await expect(Client.open(urlOf(api), { headers: { Auth: "bad" } })).rejects.toThrow("403");
    const socket = await Client.open(urlOf(api), { headers: { Auth: "good" } });
    const event = JSON.parse(await socket.ask("x"));
    expect(event.requestContext.authorizer).toMatchObject({ principalId: "p", k: "v" });
    socket.socket.close();
  });
});

describe("a connection", () => {
  const ID = "exports.handler = async (e) => ({ statusCode: 200, body: e.requestContext.connectionId });";

  it("ends after ten minutes in which nothing is sent, and after two hours in any case", async () => {
    const api = await apiOf(ID, ["$default"]);
    const socket = await Client.open(urlOf(api));
    for (let minutes = 0; minutes < 117; minutes += 9) {
      await cloud.clock.advance({ minutes: 9 });
      await socket.ask("x");
    }
    expect(socket.socket.readyState).toBe(WebSocket.OPEN);
    await cloud.clock.advance({ minutes: 4 });
    expect(await socket.closed).toBe(1001);
    const idle = await Client.open(urlOf(api));
    await cloud.clock.advance({ minutes: 11 });
    expect(await idle.closed).toBe(1001);
  });
});

describe("PostToConnection, GetConnection, DeleteConnection", () => {
  const ID = "exports.handler = async (e) => ({ statusCode: 200, body: e.requestContext.connectionId });";

  it("send to, describe and end a connection", async () => {
    const api = await apiOf(ID, ["$default"]);
    const socket = await Client.open(urlOf(api), { headers: { "User-Agent": "me" } });
    const ConnectionId = await socket.ask("x");
    const manager = management(api);
    await manager.send(new PostToConnectionCommand({ ConnectionId, Data: "hello" }));
    expect(await socket.next()).toBe("hello");
    const shown = await manager.send(new GetConnectionCommand({ ConnectionId }));
    expect(shown.ConnectedAt).toBeInstanceOf(Date);
    expect(shown.LastActiveAt).toBeInstanceOf(Date);
    expect(shown.Identity).toEqual({ SourceIp: "127.0.0.1", UserAgent: "me" });
    const Data = new Uint8Array(128 * 1024 + 1);
    await expect(manager.send(new PostToConnectionCommand({ ConnectionId, Data }))).rejects.toMatchObject({
      name: "PayloadTooLargeException",
      $metadata: { httpStatusCode: 413 },
    });
    await manager.send(new DeleteConnectionCommand({ ConnectionId }));
    await socket.closed;
    await expect(manager.send(new PostToConnectionCommand({ ConnectionId, Data: "x" }))).rejects.toMatchObject({
      name: "GoneException",
      $metadata: { httpStatusCode: 410 },
    });
    await expect(manager.send(new GetConnectionCommand({ ConnectionId }))).rejects.toThrow();
  });

  it("know only connections of their stage, and only callers who sign", async () => {
    const [api, other] = [await apiOf(ID, ["$default"]), await apiOf(ID, ["$default"])];
    const socket = await Client.open(urlOf(api));
    const ConnectionId = await socket.ask("x");
    await expect(management(other).send(new GetConnectionCommand({ ConnectionId }))).rejects.toMatchObject({
      name: "GoneException",
    });
    const url = `${cloud.endpoint}/_aws/execute-api/${api.id}/dev/@connections/${encodeURIComponent(ConnectionId)}`;
    expect((await fetch(url)).status).toBe(403);
    socket.socket.close();
  });

  it("are what a function calls with the address that AWS gives an API", async () => {
    const source = `const { ApiGatewayManagementApiClient: Client, PostToConnectionCommand: Post } = require("@aws-sdk/client-apigatewaymanagementapi");
      exports.handler = async ({ requestContext: { domainName, stage, connectionId } }) => {
        await new Client({ endpoint: "https://" + domainName + "/" + stage }).send(new Post({ ConnectionId: connectionId, Data: "from the function" }));
        return { statusCode: 200 };
      };`;
    const api = await apiOf(source, ["quiet"]);
    const socket = await Client.open(urlOf(api));
    expect(await socket.ask({ action: "quiet" })).toBe("from the function");
    socket.socket.close();
  });
});
