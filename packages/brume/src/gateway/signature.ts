/** Signature Version 4: reads who signed a request, and checks signatures. See "Signature Version 4 for API requests". */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { AwsError } from "../kernel/errors.js";
import type { Headers, Query } from "../protocol/routes.js";

/** What a signature says of itself. */
export interface Signature {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  /** Seconds for which a presigned URL holds; absent for a signed request. */
  readonly expiresSeconds: number | undefined;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^,\s]+)[,\s]+SignedHeaders=([^,\s]+)[,\s]+Signature=([0-9a-fA-F]+)\s*$/;
const CREDENTIAL = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/;
/** How far a request's time may be from the cloud's. */
const SKEW_MS = 15 * 60 * 1000;

/**
 * Reads a request's signature, from its header or its query; `undefined` for an unsigned request.
 * @throws AwsError `IncompleteSignature` for a header or query that begins a signature and does not complete it
 */
export function readSignature(headers: Headers, query: Query): Signature | undefined {
  const authorization = headers.authorization as string | undefined;
  if (authorization !== undefined) {
    // Other schemes (bearer tokens, basic) are not signatures: what they mean is up to the service.
    if (!authorization.startsWith("AWS")) return undefined;
    const match = AUTHORIZATION.exec(authorization);
    if (!match)
      throw incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.");
    const [, credential, signedHeaders, signature] = match as unknown as [string, string, string, string];
    const timestamp = (headers["x-amz-date"] as string | undefined) ?? toTimestamp(headers.date as string | undefined);
    return build(credential, signedHeaders, signature, timestamp, headers["x-amz-security-token"] as string, undefined);
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
    throw new AwsError(
      "AuthorizationQueryParametersError",
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  }
  return build(
    credential,
    one("X-Amz-SignedHeaders") ?? "",
    signature,
    one("X-Amz-Date"),
    one("X-Amz-Security-Token"),
    expires,
  );
}

function build(
  credential: string,
  signedHeaders: string,
  signature: string,
  timestamp: string | undefined,
  sessionToken: string | undefined,
  expiresSeconds: number | undefined,
): Signature {
  const scope = CREDENTIAL.exec(credential);
  if (!scope)
    throw incomplete(
      `Credential must have 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential.slice(0, 200)}'`,
    );
  if (!/^[0-9a-fA-F]{64}$/.test(signature)) throw incomplete("The signature must be 64 hexadecimal digits.");
  if (!timestamp || !/^\d{8}T\d{6}Z$/.test(timestamp))
    throw incomplete("Authorization requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  const [, accessKeyId, date, region, service] = scope as unknown as [string, string, string, string, string];
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signedHeaders.split(";"),
    signature,
    timestamp,
    sessionToken,
    expiresSeconds,
  };
}

function toTimestamp(date: string | undefined): string | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

const incomplete = (message: string) => new AwsError("IncompleteSignature", message, { status: 400 });

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
  const signedAt = Date.parse(
    signature.timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (signature.expiresSeconds !== undefined) {
    if (now > signedAt + signature.expiresSeconds * 1000)
      throw new AwsError("AccessDenied", "Request has expired", { status: 403 });
  } else if (Math.min(Math.abs(now - signedAt), Math.abs(machineNow - signedAt)) > SKEW_MS) {
    throw new AwsError(
      "SignatureDoesNotMatch",
      `Signature expired: ${signature.timestamp} is too far from the cloud's time.`,
      { status: 403 },
    );
  }
  const scope = `${signature.date}/${signature.region}/${signature.service}/aws4_request`;
  const key = signingKey(secretAccessKey, signature.date, signature.region, signature.service);
  // S3 signs the path as it is; the other services sign it encoded once more. Either is accepted.
  const paths = signature.service === "s3" ? [request.path] : [encodePath(request.path), request.path];
  const given = Buffer.from(signature.signature, "hex");
  for (const path of paths) {
    const canonical = canonicalRequest(signature, request, path);
    const toSign = [ALGORITHM, signature.timestamp, scope, sha256(canonical)].join("\n");
    if (timingSafeEqual(createHmac("sha256", key).update(toSign).digest(), given)) return;
  }
  throw new AwsError(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    { status: 403 },
  );
}

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
  const headers = signature.signedHeaders.map((name) => {
    const value = request.headers[name];
    const text = Array.isArray(value) ? value.join(",") : (value ?? "");
    return `${name}:${text.trim().replace(/ +/g, " ")}\n`;
  });
  return [
    request.method,
    path,
    pairs.map(([name, value]) => `${name}=${value}`).join("&"),
    headers.join(""),
    signature.signedHeaders.join(";"),
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

function signingKey(secret: string, date: string, region: string, service: string): Buffer {
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request");
}
