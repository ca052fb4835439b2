/** Requests that apigatewayv2 refuses. */
import type { Refusal } from "./refusal.js";

export default [
  ["GetApi", { ApiId: "none" }, "NotFoundException", "Invalid API identifier specified 000000000000:none"],
  [
    "CreateRoute",
    { ApiId: "none", RouteKey: "GET /" },
    "NotFoundException",
    "Invalid API identifier specified 000000000000:none",
  ],
  [
    "CreateDomainName",
    { DomainName: "a.example.com", DomainNameConfigurations: [{ SecurityPolicy: "TLS_9" }] },
    "BadRequestException",
    "Invalid security policy specified: TLS_9",
  ],
  [
    "CreateApi",
    { Name: "a", ProtocolType: "GRPC" },
    "BadRequestException",
    "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]",
  ],
  [
    "GetDomainName",
    { DomainName: "none.example.com" },
    "NotFoundException",
    "The domain name resource specified in the request was not found.",
  ],
  ["GetApis", { MaxResults: "none" }, "BadRequestException", "Invalid MaxResults specified"],
] satisfies Refusal[];
