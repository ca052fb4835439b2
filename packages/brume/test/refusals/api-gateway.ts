/** Requests that api-gateway refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  ["GetRestApi", { restApiId: "none" }, "NotFoundException", "Invalid API identifier specified 000000000000:none"],
  [
    "CreateRestApi",
    { name: "a", endpointConfiguration: { types: ["NEAR"] } },
    "BadRequestException",
    /^1 validation error detected: Value '\[NEAR\]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set/,
  ],
  ["GetResources", { restApiId: "none" }, "NotFoundException", "Invalid API identifier specified 000000000000:none"],
  [
    "PutRestApi",
    { restApiId: "none", mode: "replace", body: Buffer.from("{}") },
    "BadRequestException",
    one("'replace'", "putRestApiInput.mode", "satisfy enum value set: [merge, overwrite]"),
  ],
  ["GetUsagePlan", { usagePlanId: "none" }, "NotFoundException", "Invalid Usage Plan ID specified"],
  ["GetApiKey", { apiKey: "none" }, "NotFoundException", "Invalid API Key identifier specified"],
  [
    "CreateUsagePlan",
    { name: "a", quota: { limit: 1, period: "YEAR" } },
    "BadRequestException",
    one("'YEAR'", "createUsagePlanInput.quota.period", "satisfy enum value set: [DAY, WEEK, MONTH]"),
  ],
] satisfies Refusal[];
