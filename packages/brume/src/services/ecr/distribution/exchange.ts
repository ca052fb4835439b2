/** One request of the registry's protocol and its answer. See the OCI Distribution Specification. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "../../../kernel/context.js";
import { isAwsError } from "../../../kernel/errors.js";

/** A request, and what its path and query say. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Acts in the registry's account and region, as whom the password was made for. */
  readonly ctx: Context;
  readonly repositoryName: string;
  /** What the path names in the repository: a digest, a tag, an upload. */
  readonly reference: string;
  readonly query: URLSearchParams;
}

/** An error of the protocol: its code, message and status. */
export class RegistryError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What the errors of ECR's operations are in the protocol. */
const CODES: Readonly<Record<string, [code: string, status: number]>> = {
  RepositoryNotFoundException: ["NAME_UNKNOWN", 404],
  ImageNotFoundException: ["MANIFEST_UNKNOWN", 404],
  LayersNotFoundException: ["MANIFEST_BLOB_UNKNOWN", 404],
  ReferencedImagesNotFoundException: ["MANIFEST_BLOB_UNKNOWN", 404],
  ImageTagAlreadyExistsException: ["TAG_INVALID", 400],
  ImageDigestDoesNotMatchException: ["DIGEST_INVALID", 400],
  InvalidLayerException: ["DIGEST_INVALID", 400],
  InvalidLayerPartException: ["BLOB_UPLOAD_INVALID", 416],
  EmptyUploadException: ["BLOB_UPLOAD_INVALID", 400],
  UploadNotFoundException: ["BLOB_UPLOAD_UNKNOWN", 404],
  AccessDeniedException: ["DENIED", 403],
  AccessDenied: ["DENIED", 403],
  LimitExceededException: ["TOOMANYREQUESTS", 429],
};

/** An error as the protocol has it. */
export function registryError(error: unknown, invalidCode = "NAME_INVALID"): RegistryError {
  if (error instanceof RegistryError) return error;
  if (!isAwsError(error)) throw error;
  const [code, status] = CODES[error.code] ?? [invalidCode, error.status ?? 400];
  return new RegistryError(code, error.message, status);
}

/** Checks that the caller may do what the request asks for without an operation being performed. */
export function authorize({ ctx, repositoryName }: Exchange, ...actions: string[]): void {
  ctx.cloud.authorizer?.(ctx, actions, [ctx.arn(`repository/${repositoryName}`, "ecr")]);
}

/** Answers with what is not a body: a status and headers. */
export function answer(
  { response }: Pick<Exchange, "response">,
  status: number,
  headers: Record<string, string>,
): void {
  response.writeHead(status, { "docker-distribution-api-version": "registry/2.0", "content-length": "0", ...headers });
  response.end();
}

/** Answers with a document; a HEAD request gets its headers only. */
export function answerDocument(
  { response }: Pick<Exchange, "response">,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    "docker-distribution-api-version": "registry/2.0",
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(text)),
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}
