/** Signature Version 4: reads who signed a request, and checks signatures. See "Signature Version 4 for API requests". */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { AwsError } from "../kernel/errors.js";
import type { Headers, Query } from "../protocol/routes.js";

/** Who signed, for when and for what: the credential of a signature. */
export interface Credential {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** What a signature says of itself. */
export interface Signature extends Credential {
  /** Lower-case names, parted by `;`. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  /** Seconds for which a presigned URL holds; absent for a signed request. */
  readonly expiresSeconds: number | undefined;
  /** Seconds since the epoch until which a URL holds that is signed by version 2; its signature is in base64. */
  readonly expiresAt?: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
/** An `Authorization` header up to its signature. */
const AUTHORIZATION = /^AWS4-HMAC-SHA256 +Credential=([^,\s]+)[,\s]+SignedHeaders=([^,\s]+)[,\s]+Signature=$/;
const SIGNATURE = "Signature=";
const CREDENTIAL = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/;
const MAX_AUTHORIZATIONS = 1000;
const TIMESTAMP = /^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ$/;
/** How far a request's time may be from the cloud's. */
const SKEW_MS = 15 * 60 * 1000;

/** What an `Authorization` header says before its signature. */
interface Authorization {
  readonly credential: string;
  /** `undefined` for one that is malformed. */
  readonly scope: Credential | undefined;
  readonly signedHeaders: string;
}

/** Authorizations that were read before: a client sends the same one, up to the signature, all day. */
export class Authorizations {
  readonly #known = new Map<string, Authorization>();

  /** Takes a header up to its signature apart; `undefined` for one that is incomplete. */
  read(text: string): Authorization | undefined {
    const known = this.#known.get(text);
    if (known) return known;
    const match = AUTHORIZATION.exec(text) as [string, string, string] | null;
    if (!match) return undefined;
    const [, credential, signedHeaders] = match;
    const authorization = { credential, scope: readCredential(credential), signedHeaders };
    if (!authorization.scope) return authorization;
    if (this.#known.size >= MAX_AUTHORIZATIONS) this.#known.clear();
    this.#known.set(text, authorization);
    return authorization;
  }
}

function readCredential(text: string): Credential | undefined {
  const scope = CREDENTIAL.exec(text) as [string, string, string, string, string] | null;
  if (!scope) return undefined;
  const [, accessKeyId, date, region, service] = scope;
  return { accessKeyId, date, region, service };
}

/**
 * Reads a request's signature, from its header or its query; `undefined` for an unsigned request.
 * @throws AwsError `IncompleteSignature` for a header or query that begins a signature and does not complete it
 */
export function readSignature(headers: Headers, query: Query, authorizations: Authorizations): Signature | undefined {
  const authorization = headers.authorization as string | undefined;
  if (authorization !== undefined) {
    // Other schemes (bearer tokens, basic) are not signatures: what they mean is up to the service.
    if (!authorization.startsWith("AWS")) return undefined;
    const end = authorization.lastIndexOf(SIGNATURE) + SIGNATURE.length;
    const signature = authorization.slice(end);
    const read = authorizations.read(authorization.slice(0, end));
    if (!read)
      throw incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.");
    const timestamp = (headers["x-amz-date"] as string | undefined) ?? toTimestamp(headers.date as string | undefined);
    const token = headers["x-amz-security-token"] as string | undefined;
    return build(read.scope, read.credential, read.signedHeaders, signature, timestamp, token, undefined);
  }
  const one = (name: string) => query.get(name)?.[0];
  const credential = one("X-Amz-Credential");
  if (credential === undefined) return undefined;
  const expires = Number(one("X-Amz-Expires"));
  const signature = one("X-Amz-Signature");
  if (
    one("X-Amz-Algorithm") !== ALGORITHM ||
    !signature ||
    !Number.isInteger(expires) ||
    expires < 0 ||
    expires > 604_800
  ) {
    throw badParameters(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  }
  return build(
    readCredential(credential),
    credential,
    one("X-Amz-SignedHeaders") ?? "",
    signature,
    one("X-Amz-Date"),
    one("X-Amz-Security-Token"),
    expires,
  );
}

function build(
  scope: Credential | undefined,
  credential: string,
  signedHeaders: string,
  signature: string,
  timestamp: string | undefined,
  sessionToken: string | undefined,
  expiresSeconds: number | undefined,
): Signature {
  const refuse = expiresSeconds === undefined ? incomplete : badParameters;
  if (!scope)
    throw refuse(
      `Credential must have 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential.slice(0, 200)}'`,
    );
  if (!/^[0-9a-fA-F]{64}$/.test(signature)) throw refuse("The signature must be 64 hexadecimal digits.");
  if (!timestamp || !TIMESTAMP.test(timestamp))
    throw refuse("Authorization requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  // Spelt out: a spread costs more than all of the reading before it, at every request.
  const { accessKeyId, date, region, service } = scope;
  return { accessKeyId, date, region, service, signedHeaders, signature, timestamp, sessionToken, expiresSeconds };
}

/** Milliseconds since the epoch of a `YYYYMMDDTHHMMSSZ`. */
function timeOf(timestamp: string): number {
  return Date.parse(timestamp.replace(/^(.{4})(..)(...)(..)(..)/, "$1-$2-$3$4:$5:"));
}

function toTimestamp(date: string | undefined): string | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

const incomplete = (message: string) => new AwsError("IncompleteSignature", message, { status: 400 });
const badParameters = (message: string) => new AwsError("AuthorizationQueryParametersError", message, { status: 400 });
const mismatch = (message: string) => new AwsError("SignatureDoesNotMatch", message, { status: 403 });
const OTHER_SIGNATURE =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/** The request that a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** As it was sent. */
  readonly path: string;
  readonly rawQuery: string;
  readonly headers: Headers;
  /** SHA-256 of the body, in hexadecimal, or what `x-amz-content-sha256` says. */
  readonly payloadHash: string;
}

/**
 * Checks a signature and its time.
 * @throws AwsError `SignatureDoesNotMatch`, `RequestExpired` or `AccessDenied` (an expired presigned URL)
 */
export function verifySignature(
  signature: Signature,
  request: SignedRequest,
  secretAccessKey: string,
  now: number,
  machineNow: number,
): void {
  const signedAt = timeOf(signature.timestamp);
  if (signature.expiresSeconds !== undefined) {
    if (now > signedAt + signature.expiresSeconds * 1000)
      throw new AwsError("AccessDenied", "Request has expired", { status: 403 });
  } else if (Math.min(Math.abs(now - signedAt), Math.abs(machineNow - signedAt)) > SKEW_MS) {
    throw mismatch(`Signature expired: ${signature.timestamp} is too far from the cloud's time.`);
  }
  if (!signature.timestamp.startsWith(signature.date)) {
    const day = signature.timestamp.slice(0, 8);
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${signature.date}' != '${day}', from '${signature.timestamp}'.`,
    );
  }
  if (!signature.signedHeaders.split(";").includes("host"))
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader'.");
  const scope = scopeOf(signature);
  const key = signingKey(secretAccessKey, signature);
  // S3 signs the path as it is; the other services sign it encoded once more. Either is accepted.
  const paths = signature.service === "s3" ? [request.path] : [encodePath(request.path), request.path];
  const given = Buffer.from(signature.signature, "hex");
  for (const path of paths) {
    const canonical = canonicalRequest(signature, request, path);
    const toSign = [ALGORITHM, signature.timestamp, scope, sha256(canonical)].join("\n");
    if (timingSafeEqual(createHmac("sha256", key).update(toSign).digest(), given)) return;
  }
  throw mismatch(OTHER_SIGNATURE);
}

/**
 * Checks the chunks of an `aws-chunked` body, each of which signs the one before it. See "Signature calculations for
 * the Authorization header: Transferring payload in multiple chunks".
 */
export class ChunkSignatures {
  readonly #signature: Signature;
  readonly #key: Buffer;
  #previous: string;

  constructor(signature: Signature, secretAccessKey: string) {
    this.#signature = signature;
    this.#key = signingKey(secretAccessKey, signature);
    this.#previous = signature.signature;
  }

  /** @throws AwsError `SignatureDoesNotMatch` */
  checkChunk(contentHash: string, given: string): void {
    this.#check("PAYLOAD", [EMPTY_HASH, contentHash], given);
  }

  /** @param trailers `name:value` and a line feed, for each. @throws AwsError `SignatureDoesNotMatch` */
  checkTrailers(trailers: string, given: string): void {
    this.#check("TRAILER", [sha256(trailers)], given);
  }

  #check(what: string, hashes: string[], given: string): void {
    const { timestamp } = this.#signature;
    const toSign = [`${ALGORITHM}-${what}`, timestamp, scopeOf(this.#signature), this.#previous, ...hashes].join("\n");
    const expected = createHmac("sha256", this.#key).update(toSign).digest();
    const bytes = Buffer.from(given, "hex");
    if (bytes.length !== expected.length || !timingSafeEqual(expected, bytes)) throw mismatch(OTHER_SIGNATURE);
    this.#previous = given;
  }
}

const scopeOf = ({ date, region, service }: Signature): string => `${date}/${region}/${service}/aws4_request`;

function canonicalRequest(signature: Signature, request: SignedRequest, path: string): string {
  const pairs = request.rawQuery
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("X-Amz-Signature="))
    .map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    })
    .map(([name, value]): [string, string] => [recode(name), recode(value)])
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
  const headers = signature.signedHeaders.split(";").map((name) => {
    const value = request.headers[name];
    const text = Array.isArray(value) ? value.join(",") : (value ?? "");
    return `${name}:${text.trim().replace(/ +/g, " ")}\n`;
  });
  return [
    request.method,
    path,
    pairs.map(([name, value]) => `${name}=${value}`).join("&"),
    headers.join(""),
    signature.signedHeaders,
    request.payloadHash,
  ].join("\n");
}

/** Percent-encodes as SigV4 asks: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function recode(text: string): string {
  try {
    return encode(decodeURIComponent(text.replaceAll("+", " ")));
  } catch {
    return text;
  }
}

function encodePath(path: string): string {
  return path.split("/").map(encode).join("/");
}

/** SHA-256 in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export const EMPTY_HASH = sha256("");

function signingKey(secret: string, { date, region, service }: Signature): Buffer {
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request");
}
