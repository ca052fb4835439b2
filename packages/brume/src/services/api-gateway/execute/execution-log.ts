/** Execution logs: what became of a request, step by step, as the stage asks for it and as a test call shows it. */
import { createHash } from "node:crypto";
import type { Context } from "../../../kernel/context.js";
import { writeLines } from "../shared/access-log.js";
import type { ApiResponse, Exchange } from "./exchange.js";
import { settingsOf } from "./method-settings.js";

interface Line {
  readonly at: number;
  readonly text: string;
  readonly isError: boolean;
}

const MAX_DATA = 1024;

/** Collects the lines of one request. */
export class Trace {
  readonly #ctx: Context;
  readonly #withData: boolean;
  readonly lines: Line[] = [];

  /** @param withData whether headers and bodies are told */
  constructor(ctx: Context, withData: boolean) {
    this.#ctx = ctx;
    this.#withData = withData;
  }

  add(text: string, isError = false): void {
    this.lines.push({ at: this.#ctx.now(), text, isError });
  }

  data(what: string, value: Buffer | string | object): void {
    if (!this.#withData) return;
    const text = Buffer.isBuffer(value) || typeof value === "string" ? value.toString() : mapText(value);
    this.add(`${what}: ${text.length > MAX_DATA ? `${text.slice(0, MAX_DATA)} [TRUNCATED]` : text}`);
  }
}

/** A map as API Gateway writes it. */
const mapText = (map: object) =>
  `{${Object.entries(map)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(", ")}}`;

/** A trace where the method's settings ask for one. */
export function traceOf(exchange: Omit<Exchange, "trace">): Trace | undefined {
  const { loggingLevel, dataTraceEnabled } = settingsOf(exchange).settings;
  if (loggingLevel !== "INFO" && loggingLevel !== "ERROR") return undefined;
  return new Trace(exchange.ctx, dataTraceEnabled === true);
}

export function traceStart({ trace, requestId, extendedRequestId, request, resource, ...rest }: Exchange): void {
  if (!trace) return;
  trace.add(`Extended Request Id: ${extendedRequestId}`);
  trace.add(`Starting execution for request: ${requestId}`);
  trace.add(`HTTP Method: ${request.method}, Resource Path: ${resource?.path ?? request.path}`);
  trace.data("Method request path", rest.pathParameters);
  trace.data("Method request query string", rest.query);
  trace.data("Method request headers", rest.headers);
  trace.data("Method request body before transformations", request.body);
}

/** What an integration is sent. */
export function traceEndpoint({ trace }: Exchange, uri: string, headers: object, body: Buffer): void {
  trace?.data("Endpoint request URI", uri);
  trace?.data("Endpoint request headers", headers);
  trace?.data("Endpoint request body after transformations", body);
  trace?.add(`Sending request to ${uri}`);
}

/** What an integration answered. */
export function traceAnswer({ trace, integration }: Exchange, headers: object, body: Buffer): void {
  trace?.add(`Received response. Status: ${integration.status}, Integration latency: ${integration.latency ?? 0} ms`);
  trace?.data("Endpoint response headers", headers);
  trace?.data("Endpoint response body before transformations", body);
}

export function traceEnd({ trace }: Exchange, response: ApiResponse, failure: Error | undefined): void {
  if (!trace) return;
  if (failure) trace.add(`Execution failed: ${failure.message}`, true);
  trace.data("Method response body after transformations", response.body);
  trace.data("Method response headers", Object.fromEntries(response.headers));
  if (!failure) trace.add("Successfully completed execution");
  trace.add(`Method completed with status: ${response.status}`, failure !== undefined);
}

/** Writes a request's lines to the log group that API Gateway keeps for the stage. */
export async function writeTrace(exchange: Exchange): Promise<void> {
  const { trace, ctx, snapshot, stage, requestId } = exchange;
  if (!trace || exchange.request.caller === undefined) return;
  const isErrorLevel = settingsOf(exchange).settings.loggingLevel === "ERROR";
  const lines = trace.lines.filter(({ isError }) => isError || !isErrorLevel);
  if (lines.length === 0) return;
  const group = `API-Gateway-Execution-Logs_${snapshot.api.id}/${stage.stageName}${exchange.canary ? "/Canary" : ""}`;
  const stream = createHash("md5").update(`${snapshot.api.id}/${stage.stageName}`).digest("hex");
  const events = lines.map(({ at, text }) => ({ timestamp: at, message: `(${requestId}) ${text}` }));
  await writeLines(ctx, group, stream, events, { makeGroup: true });
}

/** The lines as a test call shows them. */
export function shownTrace({ lines }: Trace, requestId: string): string {
  const shown = lines.map(({ at, text }) => `${dateText(at)} : ${text}\n`);
  return `Execution log for request ${requestId}\n${shown.join("")}`;
}

/** `Tue Nov 24 11:12:13 UTC 2026` */
function dateText(time: number): string {
  const [weekday = "", day, month, year, clock] = new Date(time).toUTCString().split(" ");
  return `${weekday.replace(",", "")} ${month} ${day} ${clock} UTC ${year}`;
}
