/** What an HTTP API itself answers when a request does not reach its integration, or fails there. */

const MESSAGES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Ends a request before its integration has answered. */
export class ApiFailure extends Error {
  readonly status: number;
  /** Sent as `WWW-Authenticate`. */
  readonly challenge: string | undefined;
  /** What access logs tell of the reason. */
  readonly reason: string | undefined;

  constructor(status: number, details: { challenge?: string; reason?: string } = {}) {
    super(MESSAGES[status] ?? "Internal Server Error");
    this.status = status;
    this.challenge = details.challenge;
    this.reason = details.reason;
  }
}
