/** Reads and edits OpenAPI definitions, 2 and 3, as the plain data that they are in a document. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidStructure } from "./errors.js";
import { ifElse, isNoValue, ref } from "./intrinsics.js";
import { mapOf, says } from "./plain.js";

export const INTEGRATION = "x-amazon-apigateway-integration";
export const ANY_METHOD = "x-amazon-apigateway-any-method";
export const DEFAULT_PATH = "$default";

/** A definition without paths. */
export function skeleton(kind: "swagger" | "openapi"): JsonObject {
  const version: JsonObject = kind === "swagger" ? { swagger: "2.0" } : { openapi: "3.0.1" };
  return { ...version, info: { version: "1.0", title: ref("AWS::StackName") }, paths: {} };
}

export function isOpenApi3(version: Json | undefined): boolean {
  return /^3(\.\d)(\.\d)?$/.test(versionText(version));
}

/** A version as text: where a template has it for a number, 3.0 has lost its zero. */
export function versionText(version: Json | undefined): string {
  return Number.isInteger(version) ? `${String(version)}.0` : String(version);
}

/** Whether a value is a definition for a REST API. */
export function isSwagger(value: Json | undefined): value is JsonObject {
  return isObject(value) && isObject(value.paths) && (says(value.swagger) || isOpenApi(value));
}

/** Whether a value is an OpenAPI 3 definition. */
export function isOpenApi(value: Json | undefined): value is JsonObject {
  return isObject(value) && isObject(value.paths) && says(value.openapi) && isOpenApi3(value.openapi);
}

/** A method as definitions spell it. */
export function normalizeMethod(method: string): string {
  const lower = method.toLowerCase();
  return lower === "any" ? ANY_METHOD : lower;
}

/** The alternatives of a value that may be an `Fn::If`, without those that are no value. */
export function alternatives(value: Json | undefined): Json[] {
  if (isObject(value) && value["Fn::If"] !== undefined) {
    const parts = value["Fn::If"];
    if (!Array.isArray(parts)) throw invalidStructure("Value of Fn::If must be a list.");
    return parts.slice(1).filter((part) => !isNoValue(part));
  }
  return value === undefined ? [] : [value];
}

export function pathsOf(definition: JsonObject): JsonObject {
  return mapOf(definition.paths);
}

/** The alternatives of one path's item. @throws Mistake for what is no map */
export function pathItems(definition: JsonObject, path: string): JsonObject[] {
  return alternatives(pathsOf(definition)[path]).map((item) => {
    if (!isObject(item))
      throw invalidStructure(`Value of '${path}' path must be a dictionary according to Swagger spec.`);
    return item;
  });
}

/** The alternatives of one method's definition. @throws Mistake for what is no map */
export function methodAlternatives(method: Json | undefined, path: string, name: string): JsonObject[] {
  return (method === null ? [null] : alternatives(method)).map((one) => {
    if (!isObject(one)) throw invalidStructure(`Definition of method '${name}' for path '${path}' should be a map.`);
    return one;
  });
}

export function hasIntegration(method: JsonObject): boolean {
  return says(method[INTEGRATION]);
}

/** The definitions of a method at a path that have an integration. */
export function integratedMethods(definition: JsonObject, path: string, method: string): JsonObject[] {
  return pathItems(definition, path).flatMap((item) => {
    const value = item[normalizeMethod(method)];
    if (value === undefined)
      throw invalidStructure(`Definition of method '${method}' for path '${path}' should be a map.`);
    return methodAlternatives(value, path, method).filter(hasIntegration);
  });
}

/** Whether a path's method has an integration, in all alternatives of the path. */
export function isIntegrated(definition: JsonObject, path: string, method: string): boolean {
  if (pathsOf(definition)[path] === undefined) return false;
  const name = normalizeMethod(method);
  return pathItems(definition, path).every((item) => {
    const value = item[name];
    return isObject(value) && methodAlternatives(value, path, method).some(hasIntegration);
  });
}

/** Adds an empty method to a path, which is added where there is none; in place. */
export function addPath(definition: JsonObject, path: string, method: string): void {
  const paths = pathsOf(definition);
  paths[path] ??= {};
  for (const item of pathItems(definition, path)) item[normalizeMethod(method)] ??= {};
}

/** Gives a method its integration and responses, under a condition if there is one; in place. */
export function integrate(
  definition: JsonObject,
  path: string,
  method: string,
  integration: JsonObject,
  responses: JsonObject,
  condition: Json | undefined,
): void {
  const name = normalizeMethod(method);
  addPath(definition, path, name);
  for (const item of pathItems(definition, path)) {
    const existing = mapOf(item[name]);
    const made: JsonObject = { ...existing, [INTEGRATION]: structuredClone(integration) };
    made.responses ??= structuredClone(responses);
    item[name] = condition === undefined ? made : ifElse(condition, made);
  }
}

/** Sets the time after which a method's integration is given up; in place. */
export function setTimeoutMillis(definition: JsonObject, path: string, method: string, millis: Json): void {
  for (const one of integratedMethods(definition, path, method)) mapOf(one[INTEGRATION]).timeoutInMillis = millis;
}

/** A path as permissions and policies match it: placeholders become `*`. */
export function pathPattern(path: string): string {
  return path.replace(/\{([a-zA-Z0-9._-]+\+?)\}/g, "*");
}
