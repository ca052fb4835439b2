/** Calling a method as it is now, without deploying it. */
import type { Handler } from "../../kernel/service.js";
import { takeSnapshot } from "./deployments.js";
import { answerRoute } from "./execute/answer.js";
import type { ApiRequest } from "./execute/exchange.js";
import { shownTrace, Trace } from "./execute/execution-log.js";
import { defined, getApi, getMethod } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

export const testInvokeMethod: Handler<Sdk, "TestInvokeMethod"> = async (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const snapshot = takeSnapshot(ctx, getApi(ctx, input.restApiId));
  const stage = defined({ stageName: "test-invoke-stage", deploymentId: "", variables: input.stageVariables });
  const request = testRequest(method.httpMethod, input, resource.path);
  const started = ctx.now();
  // Neither the authorizer nor the usage plan is asked: the caller's own permission is enough.
  const bare = { ...method, authorizationType: "NONE", apiKeyRequired: false };
  const trace = new Trace(ctx, true);
  const { exchange, response } = await answerRoute(ctx, { snapshot, stage, trace }, request, {
    resource,
    method: bare,
    pathParameters: parametersOf(resource.path, request.path),
  });
  const multiValueHeaders: Record<string, string[]> = {};
  for (const [name, value] of response.headers) multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), value];
  return {
    status: response.status,
    body: response.body.toString(),
    headers: Object.fromEntries(response.headers),
    multiValueHeaders,
    log: shownTrace(trace, exchange.requestId),
    latency: ctx.now() - started,
  };
};

interface TestInput {
  readonly pathWithQueryString?: string | undefined;
  readonly headers?: Record<string, string> | undefined;
  readonly multiValueHeaders?: Record<string, string[]> | undefined;
  readonly body?: string | undefined;
}

/** The request that a test describes. */
export function testRequest(verb: string, input: TestInput, standardPath: string): ApiRequest {
  const [path = "", query = ""] = (input.pathWithQueryString || standardPath).split("?");
  const multi = Object.entries(input.multiValueHeaders ?? {}).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return {
    method: verb === "ANY" ? "GET" : verb,
    path,
    query,
    headers: [...Object.entries(input.headers ?? {}), ...multi],
    body: Buffer.from(input.body ?? ""),
    sourceIp: "test-invoke-source-ip",
  };
}

/** The path parameters, by the pattern of the resource. */
function parametersOf(pattern: string, path: string): Record<string, string> {
  const parts = path.split("/");
  const found: Record<string, string> = {};
  for (const [index, part] of pattern.split("/").entries()) {
    if (part.endsWith("+}")) found[part.slice(1, -2)] = parts.slice(index).join("/");
    else if (part.startsWith("{")) found[part.slice(1, -1)] = parts[index] ?? "";
  }
  return found;
}
