import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { CreateRouteResponseCommand } from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { ApiUnderTest, functionArn } from "../apigatewayv2/testing.js";
import { Client } from "../apigatewayv2/websocket/test-client.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const ID = "exports.handler = async (e) => ({ statusCode: 200, body: e.requestContext.connectionId });";

describe("PostToConnection, GetConnection, DeleteConnection", () => {
  it("send to, describe and end the connection that the id alone names", async () => {
    const api = await ApiUnderTest.webSocket(cloud);
    const target = await api.integration({
      IntegrationUri: await functionArn(cloud, ID),
      PayloadFormatVersion: undefined,
    });
    const RouteId = await api.route("$default", target, { RouteResponseSelectionExpression: "$default" });
    const response = { ApiId: api.id, RouteId, RouteResponseKey: "$default" };
    await api.client.send(new CreateRouteResponseCommand(response));
    const socket = await Client.open(`${api.endpoint}/dev`);
    const ConnectionId = await socket.ask("x");
    const manager = cloud.client(ApiGatewayManagementApiClient);
    await manager.send(new PostToConnectionCommand({ ConnectionId, Data: "hello" }));
    expect(await socket.next()).toBe("hello");
    expect((await manager.send(new GetConnectionCommand({ ConnectionId }))).Identity?.SourceIp).toBe("127.0.0.1");
    const Data = new Uint8Array(128 * 1024 + 1);
    await expect(manager.send(new PostToConnectionCommand({ ConnectionId, Data }))).rejects.toMatchObject({
      name: "PayloadTooLargeException",
      $metadata: { httpStatusCode: 413 },
    });
    const credentials = { accessKeyId: "111111111111", secretAccessKey: "x" };
    const stranger = cloud.client(ApiGatewayManagementApiClient, { credentials });
    await expect(stranger.send(new GetConnectionCommand({ ConnectionId }))).rejects.toThrow();
    await manager.send(new DeleteConnectionCommand({ ConnectionId }));
    await socket.closed;
    await expect(manager.send(new PostToConnectionCommand({ ConnectionId, Data: "x" }))).rejects.toMatchObject({
      name: "GoneException",
      $metadata: { httpStatusCode: 410 },
    });
  });
});
