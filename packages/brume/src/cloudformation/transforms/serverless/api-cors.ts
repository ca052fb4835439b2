/** `Cors` of REST APIs: an `OPTIONS` method for every path that has none. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { isIntrinsic } from "./intrinsics.js";
import { ANY_METHOD, INTEGRATION, isSwagger, pathItems, pathsOf } from "./open-api.js";
import { says } from "./plain.js";

const MEMBERS = new Set(["AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"]);
const EVERY_METHOD = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/** Adds preflight answers to a definition; in place. @throws Mistake */
export function addCors(id: string, cors: Json, definition: Json | undefined): void {
  if (!says(definition)) {
    throw invalidResource(id, "Cors works only with inline Swagger specified in 'DefinitionBody' property.");
  }
  const settings = readCors(id, cors);
  if (!isSwagger(definition)) {
    throw invalidResource(
      id,
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  if (settings.AllowCredentials === true && settings.AllowOrigin === "'*'") {
    throw invalidResource(
      id,
      `Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set`,
    );
  }
  const done = new Set<string>();
  for (const path of Object.keys(pathsOf(definition))) {
    // `/path` and `/path/` are one resource to API Gateway.
    const normalized = path === "/" ? path : path.replace(/\/+$/, "");
    if (done.has(normalized)) continue;
    done.add(normalized);
    for (const item of pathItems(definition, path)) {
      if (item.options !== undefined) continue;
      if (!says(settings.AllowOrigin)) {
        throw invalidResource(
          id,
          "Structure of the SAM template is invalid. Invalid input. Value for AllowedOrigins is required",
        );
      }
      item.options = preflight(settings, Object.keys(item));
    }
  }
}

function readCors(id: string, cors: Json): JsonObject {
  if (typeof cors === "string") return { AllowOrigin: cors };
  if (!isObject(cors)) throw invalidResource(id, "Invalid value for 'Cors' property");
  if (isIntrinsic(cors as Json)) return { AllowOrigin: cors };
  const unknown = Object.keys(cors).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) throw invalidResource(id, `Invalid key '${unknown}' for 'Cors' property.`);
  return { AllowOrigin: "'*'", ...cors };
}

function preflight(settings: JsonObject, present: readonly string[]): JsonObject {
  const { AllowOrigin, AllowHeaders, AllowMethods, MaxAge, AllowCredentials } = settings;
  const methods = says(AllowMethods) ? AllowMethods : `'${allowedMethods(present)}'`;
  const headers: [name: string, value: Json | undefined, type: string][] = [
    ["Access-Control-Allow-Origin", AllowOrigin, "string"],
    ["Access-Control-Allow-Headers", says(AllowHeaders) ? AllowHeaders : undefined, "string"],
    ["Access-Control-Allow-Methods", methods, "string"],
    ["Access-Control-Max-Age", MaxAge, "integer"],
    ["Access-Control-Allow-Credentials", AllowCredentials === true ? "'true'" : undefined, "string"],
  ];
  const parameters: JsonObject = {};
  const types: JsonObject = {};
  for (const [name, value, type] of headers) {
    if (value === undefined) continue;
    parameters[`method.response.header.${name}`] = value;
    types[name] = { type };
  }
  const answer = {
    statusCode: "200",
    responseParameters: parameters,
    responseTemplates: { "application/json": "{}\n" },
  };
  return {
    summary: "CORS support",
    consumes: ["application/json"],
    produces: ["application/json"],
    [INTEGRATION]: {
      type: "mock",
      requestTemplates: { "application/json": '{\n  "statusCode" : 200\n}\n' },
      responses: { default: answer },
    },
    responses: { "200": { description: "Default response for CORS method", headers: types } },
  };
}

function allowedMethods(present: readonly string[]): string {
  if (present.includes(ANY_METHOD)) return EVERY_METHOD.join(",");
  return [...new Set([...present.map((name) => name.toUpperCase()), "OPTIONS"])].sort().join(",");
}
