/** Answers requests to function URLs: turns them into events, and results into responses. See "Invoking function URLs". */

import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Cors } from "@aws-sdk/client-lambda";
import type { Context } from "../../kernel/context.js";
import { readBody, requestTime, sourceIpOf } from "../../kernel/endpoint-request.js";
import { AwsError } from "../../kernel/errors.js";
import { servicePrincipal } from "../../kernel/principal.js";
import type { Endpoint, EndpointMatch } from "../../kernel/service.js";
import { zipPath } from "./code.js";
import { invoker } from "./invoker.js";
import { functionArn, getVersion } from "./names.js";
import { urlConfigs, urls } from "./tables.js";
import { chooseVersion, targetOf } from "./target.js";

const MAX_BODY_BYTES = 6 * 1024 * 1024;
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const PRELUDE_END = Buffer.alloc(8);
const MAX_PRELUDE_BYTES = 64 * 1024;

/** What a handler may answer with. See "Response payload format". */
interface UrlResponse {
  readonly statusCode?: number | string;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly cookies?: readonly string[];
  readonly isBase64Encoded?: boolean;
}

export const functionUrl: Endpoint = async (request, response, ctx, match) => {
  const { urlId = "" } = match.groups;
  if (urlId === "code") return sendCode(response, ctx, match.path);
  const address = ctx.table(urls).get(urlId);
  if (!address) throw forbidden();
  const { account, region, name, qualifier } = address;
  const principal =
    ctx.principal.type === "anonymous" ? servicePrincipal("lambda.amazonaws.com", account) : ctx.principal;
  const owner = ctx.as({ account, region, principal });
  const config = owner.table(urlConfigs).get(name, qualifier);
  if (!config) throw forbidden();
  const cors = corsHeaders(config.Cors, request);
  if (request.method === "OPTIONS" && config.Cors && request.headers["access-control-request-method"]) {
    response.writeHead(200, cors);
    response.end();
    return;
  }
  // Differs from AWS: that the signer may invoke the URL is not checked here; that there is one is.
  if (config.AuthType === "AWS_IAM" && ctx.principal.type === "anonymous") throw forbidden();
  const found = getVersion(owner, name, qualifier || undefined);
  const payload = Buffer.from(JSON.stringify(await eventOf(request, ctx, match, urlId, address)));
  const streams = config.InvokeMode === "RESPONSE_STREAM";
  let streaming: Promise<void> | undefined;
  const onStream = (body: Readable, contentType: string) => {
    streaming = relay(body, contentType, response, cors);
    streaming.catch(() => response.destroy());
  };
  const work = {
    requestId: ctx.requestId,
    functionArn: functionArn(owner, found.name),
    payload,
    ...(streams ? { onStream } : {}),
  };
  const result = await ctx.memory(invoker).run(targetOf(owner, found, chooseVersion(owner, found)), work, false);
  if (result.streamed) return streaming;
  if (response.headersSent) return void response.destroy();
  if (result.failed) return send(response, { statusCode: 502, body: "Internal Server Error" }, cors, "text/plain");
  if (streams) return send(response, { body: result.payload.toString() }, cors, "application/octet-stream");
  send(response, interpret(result.payload.toString()), cors, "application/json");
};

const forbidden = () => new AwsError("AccessDeniedException", "Forbidden", { status: 403 });

/** The event of a request: payload format 2.0. */
async function eventOf(
  request: IncomingMessage,
  ctx: Context,
  match: EndpointMatch,
  urlId: string,
  { account, region }: { account: string; region: string },
): Promise<object> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (!body) throw new AwsError("RequestEntityTooLargeException", "Request Entity Too Large", { status: 413 });
  const rawQueryString = match.query.slice(1);
  const headers: Record<string, string> = {};
  for (const [name, value = ""] of Object.entries(request.headers)) {
    if (name !== "cookie") headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  const cookies = request.headers.cookie?.split("; ");
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  const isText = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded)|.*\+(json|xml))/.test(
    request.headers["content-type"] ?? "",
  );
  const now = ctx.now();
  const signed = ctx.principal.type !== "anonymous";
  const domainName = `${urlId}.lambda-url.${region}.on.aws`;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: decode(match.path),
    rawQueryString,
    ...(cookies ? { cookies } : {}),
    headers,
    ...(rawQueryString === "" ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: signed ? account : "anonymous",
      apiId: urlId,
      domainName,
      domainPrefix: urlId,
      http: {
        method: request.method,
        path: decode(match.path),
        protocol: "HTTP/1.1",
        sourceIp: sourceIpOf(request),
        userAgent: request.headers["user-agent"] ?? "",
      },
      ...(signed
        ? { authorizer: { iam: { accountId: account, userArn: ctx.principal.arn, userId: ctx.principal.userId } } }
        : {}),
      requestId: ctx.requestId,
      routeKey: "$default",
      stage: "$default",
      time: requestTime(now),
      timeEpoch: now,
    },
    ...(body.length > 0 ? { body: body.toString(isText ? "utf8" : "base64") } : {}),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A result with a status code is a response; any other is the body of one. */
function interpret(text: string): UrlResponse {
  try {
    const value = JSON.parse(text) as UrlResponse | null;
    if (typeof value === "object" && value !== null && value.statusCode !== undefined) return value;
    return { body: typeof value === "string" ? value : text };
  } catch {
    return { body: text };
  }
}

function headersOf({ headers = {}, cookies }: UrlResponse, cors: Record<string, string>, type: string) {
  const all: Record<string, string | string[]> = { "content-type": type, ...cors };
  for (const [name, value] of Object.entries(headers)) all[name.toLowerCase()] = String(value);
  if (cookies) all["set-cookie"] = [...cookies];
  return all;
}

function send(response: ServerResponse, result: UrlResponse, cors: Record<string, string>, type: string): void {
  const { body = "", isBase64Encoded, statusCode } = result;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bytes = Buffer.from(text, isBase64Encoded ? "base64" : "utf8");
  const headers = headersOf(result, cors, type);
  delete headers["content-length"];
  response.writeHead(Number(statusCode ?? 200), { ...headers, "content-length": bytes.length });
  response.end(bytes);
}

/** Passes a streamed response on while it is made; its head may come first, as JSON that ends with eight zero bytes. */
async function relay(
  body: Readable,
  contentType: string,
  response: ServerResponse,
  cors: Record<string, string>,
): Promise<void> {
  if (contentType !== PRELUDE_TYPE) {
    response.writeHead(200, headersOf({}, cors, contentType));
    await pipeline(body, response);
    return;
  }
  let held: Buffer | undefined = Buffer.alloc(0);
  const withoutPrelude = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!held) return done(null, chunk);
      held = Buffer.concat([held, chunk]);
      const end = held.indexOf(PRELUDE_END);
      if (end < 0) return done(held.length > MAX_PRELUDE_BYTES ? new Error("The prelude does not end.") : null);
      const prelude = JSON.parse(held.toString("utf8", 0, end)) as UrlResponse;
      response.writeHead(Number(prelude.statusCode ?? 200), headersOf(prelude, cors, "application/octet-stream"));
      const rest = held.subarray(end + PRELUDE_END.length);
      held = undefined;
      done(null, rest);
    },
  });
  await pipeline(body, withoutPrelude, response);
}

function corsHeaders(cors: Cors | undefined, request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers;
  const allowed = cors?.AllowOrigins ?? [];
  if (!cors || !origin || !(allowed.includes("*") || allowed.includes(origin))) return {};
  const list = (values: string[] | undefined) => values?.join(",") ?? "";
  return {
    "access-control-allow-origin": allowed.includes("*") && !cors.AllowCredentials ? "*" : origin,
    ...(cors.AllowCredentials ? { "access-control-allow-credentials": "true" } : {}),
    ...(cors.ExposeHeaders?.length ? { "access-control-expose-headers": list(cors.ExposeHeaders) } : {}),
    ...(request.method === "OPTIONS"
      ? {
          "access-control-allow-methods": list(cors.AllowMethods),
          "access-control-allow-headers": list(cors.AllowHeaders),
          "access-control-max-age": String(cors.MaxAge ?? 0),
        }
      : {}),
    vary: "Origin",
  };
}

/** The download that GetFunction and GetLayerVersion name as the code's location. */
async function sendCode(response: ServerResponse, ctx: Context, path: string): Promise<void> {
  const [, hash] = /^\/([0-9a-f]{64})\.zip$/.exec(path) ?? [];
  if (!hash) throw new AwsError("ResourceNotFoundException", "There is no such package.", { status: 404 });
  const file = createReadStream(zipPath(ctx.cloud, hash));
  file.once("open", () => response.writeHead(200, { "content-type": "application/zip" }));
  try {
    await pipeline(file, response);
  } catch (error) {
    if (response.headersSent) throw error;
    throw new AwsError("ResourceNotFoundException", "There is no such package.", { status: 404 });
  }
}
