/** Hands connections and messages to the integrations of their routes. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { AwsError } from "../../../kernel/errors.js";
import { integrationFor, withStageVariables } from "../execute/exchange.js";
import { evaluate } from "../execute/expressions.js";
import { ApiFailure } from "../execute/failure.js";
import { functionOf, invokeFunction, withinTimeout } from "../execute/invoke.js";
import type { Integration } from "../tables.js";
import { type Passage, requestContext, webSocketEvent } from "./event.js";
import { render, selectTemplate } from "./template.js";

/** What an integration answered. */
export interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
}

type Perform = (passage: Passage, integration: Integration) => Promise<Outcome>;

const PERFORM: Readonly<Record<string, Perform>> = {
  AWS: awsAction,
  AWS_PROXY: lambdaProxy,
  HTTP: httpEndpoint,
  HTTP_PROXY: httpEndpoint,
  MOCK: async (passage, integration) => {
    const status = Number(/"statusCode"\s*:\s*(\d+)/.exec(requestText(passage, integration))?.[1] ?? 200);
    return { status, headers: {}, body: undefined };
  },
};

/** @throws ApiFailure when the integration fails, or there is none */
export async function integrate(passage: Passage): Promise<Outcome> {
  const { ctx, route, snapshot } = passage;
  const integration = route && integrationFor(snapshot, route);
  const perform = integration && PERFORM[integration.IntegrationType];
  if (!perform) throw new ApiFailure(500, { reason: "The route has no integration." });
  const tooLate = () => new ApiFailure(503, { reason: "INTEGRATION_TIMEOUT" });
  try {
    const work = perform(passage, integration);
    const outcome = await withinTimeout(ctx, integration.TimeoutInMillis ?? 29_000, work, tooLate);
    return integration.IntegrationType.endsWith("_PROXY") ? outcome : mapped(passage, integration, outcome);
  } catch (error) {
    if (error instanceof AwsError) throw new ApiFailure(500, { reason: error.message });
    throw error;
  }
}

/** What the request template makes of the message; the message itself where there is none. */
function requestText(passage: Passage, integration: Integration): string {
  const body = passage.message?.text ?? "";
  const template = selectTemplate(integration.RequestTemplates, integration.TemplateSelectionExpression);
  return template === undefined ? body : render(template, passage, body);
}

function mapped(passage: Passage, integration: Integration, outcome: Outcome): Outcome {
  const responses = passage.snapshot.integrationResponses.filter(
    ({ IntegrationId }) => IntegrationId === integration.IntegrationId,
  );
  const matches = (key: string) => key !== "$default" && new RegExp(key.slice(1, -1)).test(String(outcome.status));
  const response =
    responses.find(({ IntegrationResponseKey: key }) => matches(key)) ??
    responses.find(({ IntegrationResponseKey: key }) => key === "$default");
  const template = selectTemplate(response?.ResponseTemplates, response?.TemplateSelectionExpression);
  return template === undefined ? outcome : { ...outcome, body: render(template, passage, outcome.body ?? "") };
}

async function lambdaProxy(passage: Passage, integration: Integration): Promise<Outcome> {
  const name = functionOf(withStageVariables(integration.IntegrationUri ?? "", passage.stage));
  if (name === undefined) throw new ApiFailure(500, { reason: "The integration names no function." });
  const { payload, failed } = await invokeFunction(passage.ctx, name, webSocketEvent(passage));
  if (failed) throw new ApiFailure(502, { reason: "The function failed." });
  const answer = parsed(payload);
  const status = Number(answer?.statusCode);
  if (!answer || !Number.isInteger(status)) throw new ApiFailure(502, { reason: "The answer is malformed." });
  const { body, headers } = answer;
  const text = body === undefined || body === null ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: (headers ?? {}) as Record<string, unknown>, body: text };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What integration URIs call a service, where its id is another. */
const SERVICE_IDS: Readonly<Record<string, string>> = { events: "eventbridge", states: "sfn", logs: "cloudwatch-logs" };

async function awsAction(passage: Passage, integration: Integration): Promise<Outcome> {
  const { ctx } = passage;
  const uri = withStageVariables(integration.IntegrationUri ?? "", passage.stage);
  const input = parsed(requestText(passage, integration) || "{}");
  const name = functionOf(uri);
  if (name !== undefined) {
    const { payload, failed } = await invokeFunction(ctx, name, input ?? {});
    return { status: failed ? 500 : 200, headers: {}, body: payload };
  }
  const [, region, service = "", action] = /^arn:[^:]+:apigateway:([^:]+):([^:]+):action\/(\w+)$/.exec(uri) ?? [];
  if (region === undefined || action === undefined || !input) {
    throw new ApiFailure(500, { reason: "The integration names no action, or its input is no JSON." });
  }
  const output = await ctx.call(SERVICE_IDS[service] ?? service, action, input, { region });
  return { status: 200, headers: {}, body: JSON.stringify(output) };
}

/** Values of request parameters: texts between quotes, and `context.`, `stageVariables.` or `route.request.body.` paths. */
function headersFor(passage: Passage, { RequestParameters = {} }: Integration): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  const body = passage.message?.text ?? "";
  const request = { method: "POST", path: "/", headers: {}, query: {}, pathParameters: {}, body };
  const sources = { request, context: requestContext(passage), stage: passage.stage };
  for (const [destination, source] of Object.entries(RequestParameters)) {
    const name = /^integration\.request\.header\.(.+)$/.exec(destination)?.[1];
    const literal = /^'(.*)'$/s.exec(source)?.[1];
    const value = literal ?? evaluate(`\${${source.replace(/^route\./, "")}}`, sources);
    if (name && value) headers[name] = value;
  }
  return headers;
}

function httpEndpoint(passage: Passage, integration: Integration): Promise<Outcome> {
  const { ctx, stage } = passage;
  const url = ctx.cloud.localUrl(withStageVariables(integration.IntegrationUri ?? "", stage));
  const isProxy = integration.IntegrationType === "HTTP_PROXY";
  const body = isProxy ? (passage.message?.text ?? "") : requestText(passage, integration);
  const method = integration.IntegrationMethod ?? "POST";
  const work = new Promise<Outcome>((resolve, reject) => {
    const unreachable = () => reject(new ApiFailure(500, { reason: "INTEGRATION_NETWORK_FAILURE" }));
    const options = { method: method === "ANY" ? "POST" : method, headers: headersFor(passage, integration) };
    const outgoing = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", unreachable);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode as number, headers: response.headers, body: text });
      });
    });
    outgoing.on("error", unreachable);
    outgoing.end(body);
  });
  return ctx.cloud.activity.during(work);
}
