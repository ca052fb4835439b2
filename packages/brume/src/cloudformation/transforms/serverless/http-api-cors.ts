/** `CorsConfiguration` of HTTP APIs. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource, invalidStructure } from "./errors.js";
import { isIntrinsic } from "./intrinsics.js";
import { isOpenApi } from "./open-api.js";
import { says } from "./plain.js";

const CORS = "x-amazon-apigateway-cors";
const MEMBERS = ["AllowOrigins", "AllowHeaders", "AllowMethods", "ExposeHeaders", "MaxAge", "AllowCredentials"];

/** Adds the settings of cross-origin requests to a definition; in place. @throws Mistake */
export function addHttpCors(id: string, cors: Json, definition: Json | undefined): void {
  if (!says(definition)) {
    throw invalidResource(id, "Cors works only with inline OpenApi specified in 'DefinitionBody' property.");
  }
  const settings = readCors(id, cors);
  if (!isOpenApi(definition)) {
    throw invalidResource(
      id,
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const { AllowOrigins: origins } = settings;
  if (settings.AllowCredentials === true && Array.isArray(origins) && origins.length === 1 && origins[0] === "*") {
    throw invalidResource(
      id,
      `Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set.`,
    );
  }
  const present = definition[CORS] ?? {};
  if (!isObject(present)) {
    throw invalidStructure(`Value of '${CORS}' must be a dictionary according to Swagger spec.`);
  }
  definition[CORS] = { ...present, ...(isIntrinsic(origins) ? (inLowerCase(origins) as JsonObject) : named(settings)) };
}

function readCors(id: string, cors: Json): JsonObject {
  if (typeof cors === "boolean") return { AllowOrigins: ["*"] };
  if (isIntrinsic(cors)) return { AllowOrigins: cors };
  if (!isObject(cors)) throw invalidResource(id, "Invalid value for 'Cors' property.");
  const unknown = Object.keys(cors).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw invalidResource(id, `Invalid key '${unknown}' for 'Cors' property.`);
  return cors;
}

function lower(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function named(settings: JsonObject): JsonObject {
  const made: JsonObject = {};
  for (const name of MEMBERS) {
    const value = settings[name];
    const given = name === "MaxAge" ? value !== undefined : name === "AllowCredentials" ? value === true : says(value);
    if (given) made[lower(name)] = value as Json;
  }
  return made;
}

/** Settings that are chosen by a function are written in its branches. */
function inLowerCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(inLowerCase);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [MEMBERS.includes(key) ? lower(key) : key, inLowerCase(item)]),
  );
}
