/** Cross-origin requests to HTTP APIs that have a CORS configuration. See "Configure CORS for HTTP APIs". */
import type { Cors } from "@aws-sdk/client-apigatewayv2";
import type { ApiResponse, Pairs } from "./exchange.js";

const list = (values: readonly string[] | undefined) => values?.join(",");

/** Whether an origin is one of those that the configuration names: `*`, or `https://*` and the like, stand for many. */
function allowedOrigin({ AllowOrigins = [], AllowCredentials }: Cors, origin: string): string | undefined {
  if (AllowOrigins.includes("*") && !AllowCredentials) return "*";
  const allowed = AllowOrigins.some((one) =>
    one.includes("*")
      ? one.split("*").length === 2 &&
        origin.startsWith(one.slice(0, one.indexOf("*"))) &&
        origin.endsWith(one.slice(one.indexOf("*") + 1))
      : one.toLowerCase() === origin.toLowerCase(),
  );
  return allowed ? origin : undefined;
}

function headersOf(pairs: readonly (readonly [name: string, value: string | undefined])[]): [string, string][] {
  return pairs.filter((pair): pair is [string, string] => Boolean(pair[1]));
}

/** The answer to a preflight request, which no integration sees. */
export function preflight(cors: Cors, origin: string | undefined): ApiResponse {
  const allowed = origin === undefined ? undefined : allowedOrigin(cors, origin);
  const headers = allowed
    ? headersOf([
        ["access-control-allow-origin", allowed],
        ["access-control-allow-methods", list(cors.AllowMethods)],
        ["access-control-allow-headers", list(cors.AllowHeaders)],
        ["access-control-expose-headers", list(cors.ExposeHeaders)],
        ["access-control-max-age", cors.MaxAge === undefined ? undefined : String(cors.MaxAge)],
        ["access-control-allow-credentials", cors.AllowCredentials ? "true" : undefined],
      ])
    : [];
  return { status: 204, headers, body: Buffer.alloc(0) };
}

/** The headers of an answer: what the integration says of CORS gives way to what the configuration says. */
export function withCors(headers: Pairs, cors: Cors, origin: string | undefined): Pairs {
  const own = headers.filter(([name]) => !name.toLowerCase().startsWith("access-control-"));
  const allowed = origin === undefined ? undefined : allowedOrigin(cors, origin);
  if (!allowed) return own;
  return [
    ...own,
    ...headersOf([
      ["access-control-allow-origin", allowed],
      ["access-control-expose-headers", list(cors.ExposeHeaders)],
      ["access-control-allow-credentials", cors.AllowCredentials ? "true" : undefined],
    ]),
  ];
}
