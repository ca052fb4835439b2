/** Mapping: a method's request into its integration's, and the integration's answer into the method's. */
import type { Integration, IntegrationResponse } from "@aws-sdk/client-api-gateway";
import { renderMapping } from "../vtl/functions.js";
import { TemplateError } from "../vtl/syntax.js";
import { contextVariables } from "./context-variables.js";
import { type ApiResponse, type Exchange, headerOf, isBinary, type Single } from "./exchange.js";
import { type Answer, parameterValue } from "./parameters.js";
import { GatewayError } from "./responses.js";

/** What an integration is sent. */
export interface Mapped {
  readonly headers: Single;
  readonly query: Single;
  readonly path: Single;
  readonly body: Buffer;
  /** Whether a template made the body. */
  readonly templated: boolean;
}

const mediaType = (header: string | undefined) => header?.split(";")[0]?.trim().toLowerCase();

function inputOf(exchange: Exchange, body: Buffer) {
  return {
    body: body.toString(),
    path: exchange.pathParameters,
    querystring: exchange.query,
    header: exchange.headers,
    context: contextVariables(exchange),
    stageVariables: exchange.stage.variables ?? {},
  };
}

function renderOrFail(template: string, input: Parameters<typeof renderMapping>[1]) {
  try {
    return renderMapping(template, input);
  } catch (error) {
    if (error instanceof TemplateError) throw new GatewayError("API_CONFIGURATION_ERROR");
    throw error;
  }
}

/** Maps a request as its integration says. @throws GatewayError 415 where no template takes the content type */
export function mapRequest(exchange: Exchange, integration: Integration): Mapped {
  const { headers, query, path } = mapParameters(exchange, integration);
  const { requestTemplates = {}, passthroughBehavior, contentHandling } = integration;
  const type = mediaType(headerOf(exchange.headers, "Content-Type")) ?? "application/json";
  const template = requestTemplates[type] ?? requestTemplates[`${type.split("/")[0]}/*`] ?? requestTemplates["*/*"];
  const received = handled(exchange.request.body, contentHandling);
  if (template === undefined) {
    const none = Object.keys(requestTemplates).length === 0;
    if (passthroughBehavior === "NEVER" || (passthroughBehavior === "WHEN_NO_TEMPLATES" && !none)) {
      throw new GatewayError("UNSUPPORTED_MEDIA_TYPE");
    }
    return { headers, query, path, body: received, templated: false };
  }
  const { text, overrides } = renderOrFail(template, inputOf(exchange, received));
  const { requestOverride } = overrides;
  return {
    headers: { ...headers, ...texts(requestOverride.header) },
    query: { ...query, ...texts(requestOverride.querystring) },
    path: { ...path, ...texts(requestOverride.path) },
    body: Buffer.from(text),
    templated: true,
  };
}

const texts = (values: Record<string, unknown>): Single =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

function handled(body: Buffer, contentHandling: string | undefined): Buffer {
  if (contentHandling === "CONVERT_TO_TEXT") return Buffer.from(body.toString("base64"));
  return contentHandling === "CONVERT_TO_BINARY" ? Buffer.from(body.toString(), "base64") : body;
}

/** The headers, query and path parameters that an integration is sent. */
export function mapParameters(exchange: Exchange, { requestParameters = {} }: Integration) {
  const mapped = { header: {} as Single, querystring: {} as Single, path: {} as Single };
  const context = contextVariables(exchange);
  for (const [target, expression] of Object.entries(requestParameters)) {
    const match = /^integration\.request\.(header|querystring|path)\.(.+)$/.exec(target);
    const value = parameterValue(expression, exchange, context, undefined);
    if (match && value !== undefined) mapped[match[1] as keyof typeof mapped][match[2] as string] = value;
  }
  return { headers: mapped.header, query: mapped.querystring, path: mapped.path };
}

/** The integration response whose pattern matches; the one without a pattern where none does. */
function select(integration: Integration, text: string): IntegrationResponse {
  const responses = Object.values(integration.integrationResponses ?? {});
  const matching = responses.find(({ selectionPattern }) => selectionPattern && fullMatch(selectionPattern, text));
  const found = matching ?? responses.find(({ selectionPattern }) => !selectionPattern);
  if (!found) throw new GatewayError("API_CONFIGURATION_ERROR");
  return found;
}

function fullMatch(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "s").test(text);
  } catch {
    return false;
  }
}

/** Maps an integration's answer; `text` is what selection patterns are held against. */
export function mapResponse(exchange: Exchange, integration: Integration, answer: Answer, text: string): ApiResponse {
  const response = select(integration, text);
  const { responseTemplates = {}, responseParameters = {}, contentHandling } = response;
  const received = handled(answer.body, contentHandling);
  const accepted = mediaType(headerOf(exchange.headers, "Accept"));
  const own = mediaType(headerOf(answer.headers, "Content-Type")) ?? "application/json";
  const [type, template] = Object.entries(responseTemplates).find(([name]) => name === accepted) ??
    Object.entries(responseTemplates).find(([name]) => name === own) ??
    Object.entries(responseTemplates)[0] ?? [own, undefined];
  // A binary answer is not text, and no template sees it.
  const templated =
    template !== undefined &&
    template !== "" &&
    !(isBinary(exchange, own) && contentHandling === undefined && own !== "application/json");
  const rendered = templated ? renderOrFail(template, inputOf(exchange, received)) : undefined;
  const context = { ...contextVariables(exchange) };
  const headers: [string, string][] = [["Content-Type", type]];
  for (const [target, expression] of Object.entries(responseParameters)) {
    const name = target.replace(/^method\.response\.(header|multivalueheader)\./, "");
    const value = parameterValue(expression, exchange, context, answer);
    if (value !== undefined) setHeader(headers, name, value);
  }
  const override = rendered?.overrides.responseOverride;
  for (const [name, value] of Object.entries(override?.header ?? {})) setHeader(headers, name, String(value));
  return {
    status: Number(override?.status ?? response.statusCode),
    headers,
    body: rendered ? Buffer.from(rendered.text) : received,
  };
}

function setHeader(headers: [string, string][], name: string, value: string): void {
  const index = headers.findIndex(([one]) => one.toLowerCase() === name.toLowerCase());
  if (index < 0) headers.push([name, value]);
  else headers[index] = [name, value];
}
