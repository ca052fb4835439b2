/** A REST API before a Lambda function, end to end, against a server that asks a handler in another process. */
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import { AddPermissionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type CapturedRequest, clientConfiguration } from "./captured.js";
import { Functions } from "./functions.js";
import { compare } from "./load.js";
import { loadFigures } from "./load-figures.js";
import type { Measurement } from "./measurement.js";
import { ServerProcess } from "./server-process.js";

const HANDLER = "exports.handler = async ({ path }) => ({ statusCode: 200, body: `hello ${path}` });";

/** A deployed API whose every path is a function's. @returns the request for one of them */
export async function createApi(endpoint: string): Promise<CapturedRequest> {
  const lambda = new LambdaClient(clientConfiguration(endpoint));
  const client = new APIGatewayClient(clientConfiguration(endpoint));
  const FunctionName = await new Functions(lambda).create(HANDLER);
  const Principal = "apigateway.amazonaws.com";
  await lambda.send(
    new AddPermissionCommand({ FunctionName, StatementId: "api", Action: "lambda:InvokeFunction", Principal }),
  );
  const { id: restApiId } = await client.send(new CreateRestApiCommand({ name: "bench" }));
  const { items } = await client.send(new GetResourcesCommand({ restApiId }));
  const parentId = items?.[0]?.id;
  const child = new CreateResourceCommand({ restApiId, parentId, pathPart: "{proxy+}" });
  const { id: resourceId } = await client.send(child);
  const method = { restApiId, resourceId, httpMethod: "ANY" };
  await client.send(new PutMethodCommand({ ...method, authorizationType: "NONE" }));
  const arn = `arn:aws:lambda:us-east-1:111122223333:function:${FunctionName}`;
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
  await client.send(new PutIntegrationCommand({ ...method, type: "AWS_PROXY", integrationHttpMethod: "POST", uri }));
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  client.destroy();
  lambda.destroy();
  return { method: "GET", path: `/_aws/execute-api/${restApiId}/live/there`, headers: {}, body: "" };
}

export const api: Measurement = async (bench) => {
  await using server = await ServerProcess.startBrume(bench.scratch);
  await using bare = await ServerProcess.startPeer(bench.scratch, "relay");
  const request = await createApi(server.url);
  const requests = () => [request];
  const { brume, relay } = await compare({ relay: { server: bare, requests }, brume: { server, requests } }, bench);
  const name = "node:http before another process";
  return loadFigures("REST API to Lambda, warm", brume, [{ name, load: relay, cpuAtLeast: 0.3 }]);
};
