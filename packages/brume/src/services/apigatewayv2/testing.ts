/** What the tests of HTTP and WebSocket APIs share: an API made from a table of routes, and functions from their source. */
import { buffer } from "node:stream/consumers";
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { ZipFile } from "yazl";
import type { RunningCloud } from "../../index.js";

type IntegrationInput = Omit<sdk.CreateIntegrationCommandInput, "ApiId">;
type RouteInput = Omit<sdk.CreateRouteCommandInput, "ApiId" | "RouteKey">;

/** An API; routes are given by their keys. */
export class ApiUnderTest {
  readonly client: sdk.ApiGatewayV2Client;
  readonly cloud: RunningCloud;
  readonly id: string;
  readonly endpoint: string;

  private constructor(cloud: RunningCloud, client: sdk.ApiGatewayV2Client, id: string, endpoint: string) {
    this.cloud = cloud;
    this.client = client;
    this.id = id;
    this.endpoint = endpoint;
  }

  /** An HTTP API whose `$default` stage deploys automatically. */
  static async http(cloud: RunningCloud, more: Partial<sdk.CreateApiCommandInput> = {}): Promise<ApiUnderTest> {
    const api = await ApiUnderTest.create(cloud, { ProtocolType: "HTTP", ...more });
    await api.stage("$default");
    return api;
  }

  /** A WebSocket API whose stage `dev` deploys automatically. */
  static async webSocket(cloud: RunningCloud, more: Partial<sdk.CreateApiCommandInput> = {}): Promise<ApiUnderTest> {
    const RouteSelectionExpression = "$request.body.action";
    const api = await ApiUnderTest.create(cloud, { ProtocolType: "WEBSOCKET", RouteSelectionExpression, ...more });
    await api.stage("dev");
    return api;
  }

  static async create(
    cloud: RunningCloud,
    more: Partial<sdk.CreateApiCommandInput> & { ProtocolType: sdk.ProtocolType },
  ): Promise<ApiUnderTest> {
    const client = cloud.client(sdk.ApiGatewayV2Client);
    const { ApiId = "", ApiEndpoint = "" } = await client.send(new sdk.CreateApiCommand({ Name: "test", ...more }));
    return new ApiUnderTest(cloud, client, ApiId, ApiEndpoint);
  }

  async stage(StageName: string, more: Partial<sdk.CreateStageCommandInput> = { AutoDeploy: true }): Promise<void> {
    await this.client.send(new sdk.CreateStageCommand({ ApiId: this.id, StageName, ...more }));
  }

  /** Makes an integration, and returns the target that names it. */
  async integration(input: Partial<IntegrationInput>): Promise<string> {
    const { IntegrationId } = await this.client.send(
      new sdk.CreateIntegrationCommand({
        IntegrationType: "AWS_PROXY",
        PayloadFormatVersion: input.IntegrationType === "HTTP_PROXY" || input.IntegrationSubtype ? "1.0" : "2.0",
        ...input,
        ApiId: this.id,
      }),
    );
    return `integrations/${IntegrationId}`;
  }

  async route(RouteKey: string, Target?: string, more: RouteInput = {}): Promise<string> {
    const { RouteId = "" } = await this.client.send(
      new sdk.CreateRouteCommand({ ApiId: this.id, RouteKey, ...(Target ? { Target } : {}), ...more }),
    );
    return RouteId;
  }

  /** Routes that are all handed to one function. */
  async routesTo(source: string, keys: string[], more: Partial<IntegrationInput> = {}): Promise<this> {
    const target = await this.integration({ IntegrationUri: await functionArn(this.cloud, source), ...more });
    for (const key of keys) await this.route(key, target);
    return this;
  }

  async text(path: string, init?: RequestInit): Promise<[status: number, body: string]> {
    const response = await fetch(this.endpoint + path, init);
    return [response.status, await response.text()];
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the function returned
  async json(path: string, init?: RequestInit): Promise<any> {
    return (await fetch(this.endpoint + path, init)).json();
  }
}

let count = 0;

/** Makes a Node function from its source. */
export async function functionArn(cloud: RunningCloud, source: string): Promise<string> {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(source), "index.js");
  archive.end();
  const { FunctionArn } = await cloud.call<{ FunctionArn: string }>("lambda", "CreateFunction", {
    FunctionName: `http-api-test-${count++}`,
    Runtime: "nodejs20.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/test",
    Code: { ZipFile: await buffer(archive.outputStream) },
  });
  return FunctionArn;
}

/** A function that answers with the event it got. */
export const ECHO = "exports.handler = async (event) => event;";
