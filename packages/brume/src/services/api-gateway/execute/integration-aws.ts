/** Integrations with other services: an action's input is what a template makes of the request. */
import type { Integration } from "@aws-sdk/client-api-gateway";
import { AwsError } from "../../../kernel/errors.js";
import { functionOf, withinTimeout } from "../shared/invoke.js";
import { type ApiResponse, type Exchange, headerOf, withStageVariables } from "./exchange.js";
import { traceAnswer, traceEndpoint } from "./execution-log.js";
import { lambdaMapped, timeoutOf, tooLate } from "./integration-lambda.js";
import { objectMapped, objectPathOf } from "./integration-s3.js";
import { type Mapped, mapRequest, mapResponse } from "./mapping.js";
import { GatewayError } from "./responses.js";

/** What integration URIs call a service, where its id is another. */
const SERVICE_IDS: Readonly<Record<string, string>> = {
  events: "eventbridge",
  states: "sfn",
  logs: "cloudwatch-logs",
  monitoring: "cloudwatch",
};
/** Members that are bytes, which JSON carries as base64. */
const BLOBS = new Set(["Data", "BinaryValue", "B", "SecretBinary"]);

/** Performs an action of a service; Lambda functions have their own way. */
export async function awsService(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const uri = withStageVariables(integration.uri ?? "", exchange);
  if (functionOf(uri) !== undefined) return lambdaMapped(exchange, integration);
  const mapped = mapRequest(exchange, integration);
  const objects = objectPathOf(uri);
  if (objects) return objectMapped(exchange, integration, objects, mapped);
  const call = callOf(uri, mapped, exchange);
  if (!call) throw new GatewayError("API_CONFIGURATION_ERROR");
  traceEndpoint(exchange, uri, mapped.headers, mapped.body);
  const { status, body } = await perform(exchange, integration, call);
  exchange.integration = { ...exchange.integration, status };
  const headers = { "Content-Type": "application/json" };
  traceAnswer(exchange, headers, body);
  return mapResponse(exchange, integration, { status, headers, multiHeaders: {}, body }, String(status));
}

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly region: string;
}

function callOf(uri: string, mapped: Mapped, exchange: Exchange): Call | undefined {
  const [, region = "", name = "", kind = "", target = ""] =
    /^arn:[^:]+:apigateway:([^:]+):(?:[^:.]+\.)?([^:]+):(action|path)\/(.*)$/.exec(uri) ?? [];
  const service = SERVICE_IDS[name] ?? name;
  const path = target.replaceAll(/\{([^}]+?)\+?\}/g, (_, key: string) => mapped.path[key] ?? "");
  const form = inputOf(exchange, mapped);
  const operation = kind === "action" ? target : (form.Action as string | undefined);
  if (!operation) return undefined;
  const { Action: _, Version: __, ...input } = form;
  const [account, queue] = path.split("/");
  const where =
    service === "sqs" && kind === "path" && queue
      ? { QueueUrl: `${exchange.ctx.cloud.endpoint}/${account}/${queue}` }
      : {};
  return { service, operation, input: { ...input, ...where }, region };
}

/** The action's input: JSON, or a form as the Query protocol has it. */
function inputOf(exchange: Exchange, mapped: Mapped): Record<string, unknown> {
  const text = mapped.body.toString();
  const type = headerOf(mapped.headers, "Content-Type") ?? headerOf(exchange.headers, "Content-Type") ?? "";
  const query = unflatten(Object.entries(mapped.query));
  if (type.includes("x-www-form-urlencoded") || /^\w+=/.test(text)) {
    return { ...query, ...unflatten([...new URLSearchParams(text)]) };
  }
  if (text.trim() === "") return query;
  try {
    return { ...query, ...(JSON.parse(text, reviveBlobs) as Record<string, unknown>) };
  } catch {
    throw new GatewayError("API_CONFIGURATION_ERROR");
  }
}

const reviveBlobs = (name: string, value: unknown) =>
  BLOBS.has(name) && typeof value === "string" ? Buffer.from(value, "base64") : value;

/** `A.member.1.B=x` and `MessageAttribute.1.Name=…` as nested objects and lists. */
function unflatten(pairs: [string, string][]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of pairs) {
    const parts = name.split(".").filter((part) => !["member", "entry", "Value.entry"].includes(part));
    let node = root;
    for (const part of parts.slice(0, -1)) {
      node[part] ??= {};
      node = node[part] as Record<string, unknown>;
    }
    node[parts.at(-1) as string] = value;
  }
  return Object.fromEntries(Object.entries(root).map(([name, value]) => attributes(name, listed(value))));
}

function listed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, listed(member)] as const);
  const isList = entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name));
  return isList ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}

/** `MessageAttribute.n.Name/Value` is a flattened map of SQS and SNS. */
function attributes(name: string, value: unknown): [string, unknown] {
  if (!Array.isArray(value) || !/^(MessageAttributes?|Attributes?)$/.test(name)) return [name, value];
  const map = (value as { Name?: string; Value?: unknown }[]).map((one) => [one.Name, one.Value]);
  return [name.replace(/e$/, "es"), Object.fromEntries(map) as unknown];
}

async function perform(
  exchange: Exchange,
  integration: Integration,
  call: Call,
): Promise<{ status: number; body: Buffer }> {
  const { ctx } = exchange;
  const started = ctx.now();
  try {
    const work = ctx.call<Record<string, unknown>>(call.service, call.operation, call.input, { region: call.region });
    const output = await withinTimeout(ctx, timeoutOf(integration), work, tooLate);
    return { status: 200, body: await bodyOf(call, output, exchange.requestId) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    exchange.integration = { error: error.message };
    const body = JSON.stringify({ __type: error.code, message: error.message });
    return { status: error.status ?? 400, body: Buffer.from(body) };
  } finally {
    exchange.integration = { ...exchange.integration, latency: ctx.now() - started };
  }
}

async function bodyOf(
  { service, operation }: Call,
  output: Record<string, unknown>,
  RequestId: string,
): Promise<Buffer> {
  if (operation === "GetObject") return readAll(output.Body);
  const wrapped =
    service === "sqs" || service === "sns"
      ? { [`${operation}Response`]: { [`${operation}Result`]: output, ResponseMetadata: { RequestId } } }
      : output;
  return Buffer.from(JSON.stringify(wrapped, jsonValue));
}

/** Dates as seconds and bytes as base64, as in the JSON protocols. */
function jsonValue(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const raw = this[name];
  if (raw instanceof Date) return raw.getTime() / 1000;
  return raw instanceof Uint8Array ? Buffer.from(raw).toString("base64") : value;
}

async function readAll(body: unknown): Promise<Buffer> {
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body as Uint8Array);
  const chunks: Buffer[] = [];
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
