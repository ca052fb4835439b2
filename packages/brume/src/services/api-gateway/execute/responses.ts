/** Gateway responses: what API Gateway itself answers when a request does not reach its integration, or fails there. */
import { renderMapping } from "../vtl/functions.js";
import { contextVariables } from "./context-variables.js";
import type { ApiResponse, Exchange } from "./exchange.js";
import { parameterValue } from "./parameters.js";

interface Default {
  readonly status: number;
  readonly message: string | null;
  readonly errorType: string;
}

/** What is answered where the API does not say otherwise. See "Gateway response types" in the Developer Guide. */
export const GATEWAY_RESPONSES = {
  ACCESS_DENIED: {
    status: 403,
    message: "User is not authorized to access this resource",
    errorType: "AccessDeniedException",
  },
  API_CONFIGURATION_ERROR: { status: 500, message: "Internal server error", errorType: "InternalServerErrorException" },
  AUTHORIZER_CONFIGURATION_ERROR: { status: 500, message: null, errorType: "AuthorizerConfigurationException" },
  AUTHORIZER_FAILURE: { status: 500, message: null, errorType: "AuthorizerFailureException" },
  BAD_REQUEST_BODY: { status: 400, message: "Invalid request body", errorType: "BadRequestException" },
  BAD_REQUEST_PARAMETERS: {
    status: 400,
    message: "Missing required request parameters",
    errorType: "BadRequestException",
  },
  EXPIRED_TOKEN: {
    status: 403,
    message: "The security token included in the request is expired",
    errorType: "ExpiredTokenException",
  },
  INTEGRATION_FAILURE: {
    status: 504,
    message: "Network error communicating with endpoint",
    errorType: "InternalServerErrorException",
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    message: "Endpoint request timed out",
    errorType: "InternalServerErrorException",
  },
  INVALID_API_KEY: { status: 403, message: "Forbidden", errorType: "ForbiddenException" },
  INVALID_SIGNATURE: {
    status: 403,
    message: "The request signature we calculated does not match the signature you provided.",
    errorType: "InvalidSignatureException",
  },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    message: "Missing Authentication Token",
    errorType: "MissingAuthenticationTokenException",
  },
  QUOTA_EXCEEDED: { status: 429, message: "Limit Exceeded", errorType: "LimitExceededException" },
  REQUEST_TOO_LARGE: { status: 413, message: "Request Too Long", errorType: "RequestTooLongException" },
  RESOURCE_NOT_FOUND: { status: 404, message: "Not Found", errorType: "NotFoundException" },
  THROTTLED: { status: 429, message: "Too Many Requests", errorType: "TooManyRequestsException" },
  UNAUTHORIZED: { status: 401, message: "Unauthorized", errorType: "UnauthorizedException" },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: "Unsupported Media Type",
    errorType: "UnsupportedMediaTypeException",
  },
  WAF_FILTERED: { status: 403, message: "Forbidden", errorType: "ForbiddenException" },
} as const satisfies Record<string, Default>;

export type ResponseType = keyof typeof GATEWAY_RESPONSES;
/** AWS writes a space after the colon where the request had come as far as its validation, and none before. */
const SPACED = new Set<ResponseType>([
  "API_CONFIGURATION_ERROR",
  "BAD_REQUEST_BODY",
  "BAD_REQUEST_PARAMETERS",
  "INTEGRATION_FAILURE",
  "INTEGRATION_TIMEOUT",
]);
export const DEFAULT_TEMPLATE = '{"message":$context.error.messageString}';

/** Ends a request before its integration has answered. */
export class GatewayError extends Error {
  readonly type: ResponseType;
  readonly status: number | undefined;
  constructor(type: ResponseType, message?: string, status?: number) {
    super(message ?? GATEWAY_RESPONSES[type].message ?? "");
    this.type = type;
    this.status = status;
  }
}

/** The malformed answer of a function, and whatever else went wrong behind the API. */
export const badGateway = () => new GatewayError("API_CONFIGURATION_ERROR", undefined, 502);

/** The answer to a request that failed. */
export function gatewayResponse(exchange: Exchange, error: GatewayError): ApiResponse {
  const standard = GATEWAY_RESPONSES[error.type];
  const status = error.status ?? standard.status;
  const custom = exchange.snapshot.gatewayResponses;
  const own = custom.find(({ responseType }) => responseType === error.type);
  const fallback = custom.find(({ responseType }) => responseType === (status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX"));
  const chosen = own ?? fallback;
  const message = error.message === "" ? null : error.message;
  const context = {
    ...contextVariables(exchange),
    error: {
      message: message ?? "",
      messageString: JSON.stringify(message),
      responseType: error.type,
      validationErrorString: message ?? "",
    },
  };
  const [type, template] = Object.entries(chosen?.responseTemplates ?? {})[0] ?? [
    "application/json",
    SPACED.has(error.type) ? DEFAULT_TEMPLATE.replace(":", ": ") : DEFAULT_TEMPLATE,
  ];
  const { text } = renderMapping(template, {
    body: exchange.request.body.toString(),
    path: exchange.pathParameters,
    querystring: exchange.query,
    header: exchange.headers,
    context,
    stageVariables: exchange.stage.variables ?? {},
  });
  const headers: [string, string][] = [
    ["x-amzn-ErrorType", standard.errorType],
    ["Content-Type", type],
  ];
  for (const [name, expression] of Object.entries(chosen?.responseParameters ?? {})) {
    const value = parameterValue(expression, exchange, context, undefined);
    if (value !== undefined) headers.push([name.replace(/^gatewayresponse\.header\./, ""), value]);
  }
  return { status: Number(own?.statusCode ?? fallback?.statusCode ?? status), headers, body: Buffer.from(text) };
}
