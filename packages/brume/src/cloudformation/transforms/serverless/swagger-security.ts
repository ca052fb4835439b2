/** Who may call the methods of a REST API's definition: security schemes and requirements. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidStructure } from "./errors.js";
import {
  hasIntegration,
  integratedMethods,
  methodAlternatives,
  normalizeMethod,
  pathItems,
  pathsOf,
} from "./open-api.js";
import { mapOf, says, shown } from "./plain.js";

/** Members of a path's item that are no methods. */
const NO_METHODS = new Set(["summary", "description", "parameters"]);

const API_KEY: JsonObject = { type: "apiKey", name: "x-api-key", in: "header" };
const AWS_IAM: JsonObject = {
  "x-amazon-apigateway-authtype": "awsSigv4",
  type: "apiKey",
  name: "Authorization",
  in: "header",
};

/** Adds schemes to a definition, in place; those that are there stay unless `replacing`. */
export function addSchemes(definition: JsonObject, schemes: JsonObject, replacing = false): void {
  const present = definition.securityDefinitions;
  if (says(present) && !isObject(present)) throw invalidStructure("securityDefinitions must be a dictionary.");
  const existing = mapOf(present);
  const all = replacing ? { ...existing, ...schemes } : { ...schemes, ...existing };
  if (says(all)) definition.securityDefinitions = all;
}

/** Adds the scheme of API keys; in place. */
export function addApiKeyScheme(definition: JsonObject): void {
  addSchemes(definition, { api_key: { ...API_KEY } });
}

function requirementsOf(method: JsonObject, path: string, name: string): JsonObject[] {
  const security = method.security ?? [];
  if (!Array.isArray(security)) {
    throw invalidStructure(`Type of security for path ${path} method ${name} must be a list`);
  }
  return security.map((one) => {
    if (isObject(one)) return one;
    throw invalidStructure(`${shown(one)} in Security for path ${path} method ${name} is not a valid dictionary.`);
  });
}

function require(definition: JsonObject, method: JsonObject, requirements: JsonObject[]): void {
  if (requirements.length === 0) return;
  method.security = requirements;
  if (requirements[0]?.AWS_IAM !== undefined) addSchemes(definition, { AWS_IAM: { ...AWS_IAM } });
}

/** Requires an authorizer of one method; in place. `authorizers` are those of the API, as written. */
export function requireAuthorizer(
  definition: JsonObject,
  path: string,
  method: string,
  name: string,
  authorizers: JsonObject,
  scopes: Json | undefined,
): void {
  for (const one of integratedMethods(definition, path, method)) {
    const authorizer = name === "NONE" ? undefined : authorizers[name];
    if (authorizer !== undefined && !isObject(authorizer)) {
      throw invalidStructure(`Type of authorizer '${name}' must be a dictionary`);
    }
    const own = authorizer && (scopes ?? authorizer.AuthorizationScopes);
    require(definition, one, [...requirementsOf(one, path, method), { [name]: own ?? [] }]);
  }
}

/** Says whether one method asks for an API key; in place. */
export function requireApiKey(definition: JsonObject, path: string, method: string, required: boolean): void {
  for (const one of integratedMethods(definition, path, method)) {
    if (required) addApiKeyScheme(definition);
    // The mark keeps the API's own default away, which takes it out again.
    const requirement: JsonObject = { [required ? "api_key" : "api_key_false"]: [] };
    one.security = [...requirementsOf(one, path, method), requirement];
  }
}

/** The methods of all paths that have an integration. */
function* methodsOf(definition: JsonObject): Generator<{ path: string; name: string; method: JsonObject }> {
  for (const path of Object.keys(pathsOf(definition))) {
    for (const item of pathItems(definition, path)) {
      for (const [name, value] of Object.entries(item)) {
        if (NO_METHODS.has(name)) continue;
        for (const method of methodAlternatives(value, path, name)) {
          if (hasIntegration(method)) yield { path, name: normalizeMethod(name), method };
        }
      }
    }
  }
}

/** Requires the default authorizer of all methods that say nothing else; in place. */
export function requireDefaultAuthorizer(
  definition: JsonObject,
  authorizer: string,
  scopes: Readonly<Record<string, Json>>,
  ofPreflight: boolean,
): void {
  const names = new Set(["AWS_IAM", ...Object.keys(scopes)]);
  for (const { path, name, method } of methodsOf(definition)) {
    if (name === "options" && !ofPreflight) continue;
    const requirements = requirementsOf(method, path, name);
    const isAuthorizer = (one: JsonObject) => Object.keys(one).some((key) => names.has(key));
    const own = requirements.filter(isAuthorizer);
    const others = requirements.filter((one) => !isAuthorizer(one));
    const none = others.findIndex((one) => one.NONE !== undefined);
    if (none >= 0) others.splice(none, 1);
    const added = none >= 0 ? [] : own.length > 0 ? own : [{ [authorizer]: scopes[authorizer] ?? [] }];
    require(definition, method, [...others, ...added]);
  }
}

/** Requires an API key of all methods that do not refuse it; in place. */
export function requireDefaultApiKey(definition: JsonObject, ofPreflight: boolean): void {
  for (const { path, name, method } of methodsOf(definition)) {
    const requirements = requirementsOf(method, path, name);
    const others = requirements.filter((one) => one.api_key === undefined && one.api_key_false === undefined);
    const refused = requirements.some((one) => one.api_key_false !== undefined);
    const asks = !refused && (name !== "options" || ofPreflight);
    const all = asks ? [...others, { api_key: [] }] : others;
    if (all.length > 0 || requirements.length > 0) method.security = all;
  }
}
