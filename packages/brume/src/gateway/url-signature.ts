/**
 * Signature Version 2 in the query of a URL: how boto3 presigns URLs of S3 unless it is told otherwise. See "Signing and
 * authenticating REST requests (AWS signature version 2)".
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { AwsError } from "../kernel/errors.js";
import type { Query } from "../protocol/routes.js";
import type { Signature, SignedRequest } from "./signature.js";

/** What a URL may carry in its query that makes it another resource, and is signed with the path. */
const SUBRESOURCES = new Set([
  "accelerate",
  "acl",
  "analytics",
  "cors",
  "delete",
  "inventory",
  "lifecycle",
  "location",
  "logging",
  "metrics",
  "notification",
  "object-lock",
  "partNumber",
  "policy",
  "replication",
  "requestPayment",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "restore",
  "select",
  "select-type",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
  "website",
]);

/** Reads the signature of a URL; `undefined` for a URL that has none of this version. It names no region. */
export function readUrlSignature(query: Query, region: string): Signature | undefined {
  const [accessKeyId] = query.get("AWSAccessKeyId") ?? [];
  const [signature] = query.get("Signature") ?? [];
  const [expires] = query.get("Expires") ?? [];
  if (accessKeyId === undefined || signature === undefined) return undefined;
  if (expires === undefined || !/^-?\d{1,15}$/.test(expires))
    throw new AwsError("AccessDenied", "Invalid date (should be seconds since epoch)", { status: 403 });
  return {
    accessKeyId,
    date: "",
    region,
    service: "s3",
    signedHeaders: "",
    signature,
    timestamp: "",
    sessionToken: query.get("x-amz-security-token")?.[0],
    expiresSeconds: undefined,
    expiresAt: Number(expires),
  };
}

/** Checks the signature of a URL and its time. @throws AwsError `SignatureDoesNotMatch` or `AccessDenied` */
export function verifyUrlSignature(
  signature: Signature,
  expiresAt: number,
  request: SignedRequest,
  secretAccessKey: string,
  now: number,
): void {
  if (now > expiresAt * 1000) throw new AwsError("AccessDenied", "Request has expired", { status: 403 });
  const given = Buffer.from(signature.signature, "base64");
  // The bucket is signed with the path, also where it stands in the host.
  const [bucket] = /^.+?(?=\.s3[.-]|\.localhost)/.exec(String(request.headers.host)) ?? [];
  for (const path of bucket === undefined ? [request.path] : [`/${bucket}${request.path}`, request.path]) {
    const expected = createHmac("sha1", secretAccessKey)
      .update(textToSign(request, path, expiresAt))
      .digest();
    if (expected.length === given.length && timingSafeEqual(expected, given)) return;
  }
  throw new AwsError(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    { status: 403 },
  );
}

function textToSign({ method, rawQuery, headers }: SignedRequest, path: string, expiresAt: number): string {
  const pairs = rawQuery
    .split("&")
    .filter(Boolean)
    .map((pair): [name: string, value: string | undefined] => {
      const [name = "", ...value] = pair.split("=");
      return [name, value.length > 0 ? decode(value.join("=")) : undefined];
    });
  // What would be headers of a request may stand in the query of a URL.
  const fields = new Map<string, string>();
  for (const [name, value] of [...pairs, ...Object.entries(headers)]) {
    const lower = name.toLowerCase();
    if (/^(?:x-amz-|content-md5$|content-type$)/.test(lower)) fields.set(lower, String(value ?? "").trim());
  }
  const amz = [...fields].filter(([name]) => name.startsWith("x-amz-")).sort(byName);
  const subresources = pairs.filter(([name]) => SUBRESOURCES.has(name)).sort(byName);
  const query = subresources.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join("&");
  return [
    method,
    fields.get("content-md5") ?? "",
    fields.get("content-type") ?? "",
    String(expiresAt),
    ...amz.map(([name, value]) => `${name}:${value}`),
    path + (query && `?${query}`),
  ].join("\n");
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
