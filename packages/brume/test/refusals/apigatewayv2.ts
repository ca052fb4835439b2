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
] satisfies Refusal[];
