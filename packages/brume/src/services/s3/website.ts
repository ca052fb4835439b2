/** Serves buckets as websites: index and error documents, redirects, and errors as pages. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { pipeline, Readable } from "node:stream";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Endpoint, EndpointMatch, Output } from "../../kernel/service.js";
import { escapeXml } from "../../protocol/xml.js";
import { corsHeaders } from "./cors.js";
import { toHeader } from "./metadata.js";
import type { S3 } from "./object.js";
import { buckets, configuration, noSuchBucket } from "./tables.js";
import { type Destination, route, type Website } from "./website-routing.js";

type Found = Omit<Output<S3, "GetObject">, "Body"> & { Body?: Readable | Uint8Array };

/** What a request asks of a website. */
interface Visit {
  readonly ctx: Context;
  readonly bucket: string;
  readonly website: Website;
  /** As it was asked for, decoded: without the index document. */
  readonly key: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path under which the bucket's keys stand: "" where the host names the bucket. */
  readonly base: string;
}

/** Answers `GET` and `HEAD` of a bucket that is a website. See "Hosting a static website using Amazon S3". */
export const serveWebsite: Endpoint = async (request, response, ctx, match) => {
  // A preflight is answered for websites as for the rest of S3.
  if (request.method === "OPTIONS") return false;
  const bucket = match.groups.bucket ?? "";
  request.resume();
  try {
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", {
        members: { Method: request.method, ResourceType: "OBJECT" },
        status: 405,
      });
    }
    const website = websiteOf(ctx, bucket);
    const base = request.url?.startsWith("/_aws/") ? `/_aws/s3-website/${bucket}` : "";
    await visit({ ctx, bucket, website, key: keyOf(match), request, response, base });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    sendPage(request, response, ctx, error);
  }
};

function websiteOf(ctx: Context, bucket: string): Website {
  if (!ctx.table(buckets).has(bucket)) throw noSuchBucket(bucket);
  const website = configuration<Website>(ctx, bucket, "website");
  if (website) return website;
  throw new AwsError("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", {
    members: { BucketName: bucket },
    status: 404,
  });
}

function keyOf({ path }: EndpointMatch): string {
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    throw new AwsError("InvalidURI", "Couldn't parse the specified URI.", { status: 400 });
  }
}

async function visit(visit: Visit): Promise<void> {
  const { website, key } = visit;
  const destination = route(website, key);
  if (destination) return redirect(visit, destination);
  const suffix = website.IndexDocument?.Suffix ?? "";
  const isDirectory = key === "" || key.endsWith("/");
  try {
    send(visit, await find(visit, isDirectory ? key + suffix : key), 200);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.status === 304) return sendNotModified(visit);
    await refuse(visit, error, !isDirectory && (await isThere(visit, `${key}/${suffix}`)));
  }
}

/** Reads an object as whoever asks, who may not be allowed to. */
function find({ ctx, bucket, request }: Visit, Key: string): Promise<Found> {
  const { range, "if-none-match": IfNoneMatch, "if-modified-since": since } = request.headers;
  const IfModifiedSince = since === undefined ? undefined : new Date(since);
  const input = { Bucket: bucket, Key, Range: range, IfNoneMatch, IfModifiedSince };
  return ctx.call<Found>("s3", "GetObject", input);
}

async function isThere({ ctx, bucket }: Visit, Key: string): Promise<boolean> {
  try {
    await ctx.call("s3", "HeadObject", { Bucket: bucket, Key });
    return true;
  } catch (error) {
    if (isAwsError(error)) return false;
    throw error;
  }
}

/** Answers a key that cannot be read: by a rule, by the directory of that name, by the error document, or by a page. */
async function refuse(visit: Visit, error: AwsError, isDirectory: boolean): Promise<void> {
  const { website, key, request, response, ctx, base } = visit;
  if (isDirectory) {
    response.writeHead(302, { location: `${base}/${encodePath(key)}/`, ...idOf(ctx) }).end();
    return;
  }
  const status = error.status ?? 400;
  const destination = route(website, key, status);
  if (destination) return redirect(visit, destination);
  const document = status >= 400 && status < 500 ? website.ErrorDocument?.Key : undefined;
  if (document === undefined) return sendPage(request, response, ctx, error);
  try {
    const found = await ctx.call<Found>("s3", "GetObject", { Bucket: visit.bucket, Key: document });
    send(visit, found, status, errorHeaders(error));
  } catch (failure) {
    if (!(failure instanceof AwsError)) throw failure;
    sendPage(request, response, ctx, error, failure);
  }
}

function redirect({ ctx, request, response, base }: Visit, destination: Destination): void {
  const { status, protocol = "http", host, key } = destination;
  const own = `${request.headers.host ?? ""}${base}`;
  const location = `${protocol}://${host ?? own}/${encodePath(key)}`;
  response.writeHead(status, { location, "content-length": 0, ...idOf(ctx) }).end();
}

const encodePath = (key: string): string => key.split("/").map(encodeURIComponent).join("/");
const idOf = (ctx: Context) => ({ "x-amz-request-id": ctx.requestId, "x-amz-id-2": ctx.requestId });

/** The headers that an object's members become. */
const HEADERS: Readonly<Partial<Record<keyof Found, string>>> = {
  AcceptRanges: "accept-ranges",
  CacheControl: "cache-control",
  ContentDisposition: "content-disposition",
  ContentEncoding: "content-encoding",
  ContentLanguage: "content-language",
  ContentLength: "content-length",
  ContentRange: "content-range",
  ContentType: "content-type",
  ETag: "etag",
  Expires: "expires",
  LastModified: "last-modified",
  ServerSideEncryption: "x-amz-server-side-encryption",
  StorageClass: "x-amz-storage-class",
  VersionId: "x-amz-version-id",
};

function send(visit: Visit, found: Found, status: number, more: Record<string, string> = {}): void {
  const { ctx, bucket, base, request, response } = visit;
  const moved = found.WebsiteRedirectLocation;
  if (moved !== undefined) {
    discard(found);
    response.writeHead(301, { location: moved.startsWith("/") ? base + moved : moved, ...idOf(ctx) }).end();
    return;
  }
  const headers: Record<string, string> = {
    ...idOf(ctx),
    ...more,
    ...corsHeaders(ctx, bucket, request.headers.origin, request.method ?? "GET"),
  };
  for (const [member, name] of Object.entries(HEADERS)) {
    const value = found[member as keyof Found];
    if (value !== undefined) headers[name] = value instanceof Date ? value.toUTCString() : String(value);
  }
  for (const [name, value] of Object.entries(found.Metadata ?? {})) headers[`x-amz-meta-${name}`] = toHeader(value);
  response.writeHead(status === 200 && found.ContentRange !== undefined ? 206 : status, headers);
  if (request.method === "HEAD") {
    discard(found);
    response.end();
  } else if (found.Body instanceof Readable) pipeline(found.Body, response, () => {});
  else response.end(found.Body);
}

function discard({ Body }: Found): void {
  if (Body instanceof Readable) Body.destroy();
}

function sendNotModified({ ctx, response, request }: Visit): void {
  const tag = request.headers["if-none-match"];
  response.writeHead(304, { ...idOf(ctx), ...(tag === undefined ? {} : { etag: tag }) }).end();
}

function errorHeaders({ code, message, members }: AwsError): Record<string, string> {
  const headers: Record<string, string> = { "x-amz-error-code": code, "x-amz-error-message": message };
  for (const [name, value] of Object.entries(members)) {
    headers[`x-amz-error-detail-${name}`] = toHeader(String(value));
  }
  return headers;
}

/** Shows an error to a person, and the one for which the error document could not be shown. */
function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  ctx: Context,
  error: AwsError,
  ofDocument?: AwsError,
): void {
  const status = error.status ?? 400;
  const title = `${status} ${STATUS_CODES[status]}`;
  const ids = { RequestId: ctx.requestId, HostId: ctx.requestId };
  const second = ofDocument
    ? `<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n${listOf(ofDocument)}`
    : "";
  const page = `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n${listOf(error, ids)}${second}<hr/>\n</body>\n</html>\n`;
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-length": Buffer.byteLength(page),
    ...idOf(ctx),
    ...errorHeaders(error),
  });
  response.end(request.method === "HEAD" ? undefined : page);
}

function listOf({ code, message, members }: AwsError, more: Record<string, string> = {}): string {
  const items = Object.entries({ Code: code, Message: message, ...members, ...more });
  return `<ul>\n${items.map(([name, value]) => `<li>${name}: ${escapeXml(String(value))}</li>\n`).join("")}</ul>\n`;
}
