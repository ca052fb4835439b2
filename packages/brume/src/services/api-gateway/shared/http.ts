/** HTTP between clients, APIs of both versions, and the endpoints behind them. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** What an API answers. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** The most bytes that the body of a request may have. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const HOP_BY_HOP = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Whether a header is meant for one connection only, and not handed on. */
export const isHopByHop = (name: string): boolean => HOP_BY_HOP.has(name.toLowerCase());

/** Sends an answer; without its body where HTTP has none. */
export function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: ApiResponse,
): void {
  const bodiless = status === 204 || status === 304;
  const list = headers.flat();
  response.writeHead(status, bodiless ? list : [...list, "Content-Length", String(body.length)]);
  response.end(bodiless || request.method === "HEAD" ? undefined : body);
}
