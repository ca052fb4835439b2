/** Checks a resource's properties against its type's schema, as far as they are known before evaluation. */
import type { Json } from "../../kernel/resource.js";
import { invalidAt } from "../template/errors.js";
import { isObject, type JsonObject, type Template } from "../template/template.js";
import type { ResourceSchema, SpecProperty, SpecType } from "./spec.js";

/** @throws AwsError `ValidationError` for a property that does not exist, is missing, or has another structure */
export function checkProperties(template: Template, id: string, schema: ResourceSchema): void {
  const problems = propertyProblems(schema, template.resources[id]?.Properties ?? {});
  const [first] = problems;
  if (!first) return;
  throw invalidAt(
    template,
    ["Resources", id, "Properties", ...first.path],
    `Properties validation failed for resource ${id} with message:\n${problemLines(problems)}`,
  );
}

/** What is wrong with properties, and where. */
export function propertyProblems(schema: ResourceSchema, properties: JsonObject): Problem[] {
  const problems: Problem[] = [];
  checkMembers(schema, schema.properties, properties, [], problems);
  return problems;
}

/** Problems as AWS lists them: a JSON pointer each, and what is wrong there. */
export function problemLines(problems: readonly Problem[]): string {
  return problems.map(({ message, path }) => `#${path.length > 0 ? `/${path.join("/")}` : ""}: ${message}`).join("\n");
}

export interface Problem {
  readonly message: string;
  readonly path: string[];
}

/** Whether a value is, or may become through a function, anything at all. */
function isFunction(value: Json): boolean {
  if (!isObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "Ref" || (keys[0] as string).startsWith("Fn::"));
}

function checkMembers(
  schema: ResourceSchema,
  declared: Readonly<Record<string, SpecProperty>>,
  given: JsonObject,
  path: string[],
  problems: Problem[],
): void {
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("Fn::")) return;
    const property = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (property) checkType(schema, property.type, value, [...path, name], problems);
    else if (!(path.length === 0 && Object.hasOwn(schema.attributes, name)))
      problems.push({ message: `extraneous key [${name}] is not permitted`, path });
  }
  for (const [name, { required }] of Object.entries(declared)) {
    if (required && given[name] === undefined) problems.push({ message: `required key [${name}] not found`, path });
  }
}

function checkType(schema: ResourceSchema, type: SpecType, value: Json, path: string[], problems: Problem[]): void {
  if (isFunction(value)) return;
  if (typeof type === "string") {
    const scalar = type === "string" || type === "integer" || type === "number" || type === "boolean";
    if (scalar && typeof value === "object" && value !== null)
      problems.push({
        message: `expected type: ${capitalized(type)}, found: ${Array.isArray(value) ? "JSONArray" : "JSONObject"}`,
        path,
      });
    else if ((type === "integer" || type === "number") && Number.isNaN(Number(value)))
      problems.push({ message: `expected type: Number, found: String`, path });
    else if (type === "boolean" && !/^(true|false)$/i.test(String(value)))
      problems.push({ message: "expected type: Boolean, found: String", path });
    return;
  }
  if ("list" in type) {
    if (!Array.isArray(value)) {
      if (isObject(value)) problems.push({ message: "expected type: JSONArray, found: JSONObject", path });
      return;
    }
    for (const [index, item] of value.entries()) checkType(schema, type.list, item, [...path, String(index)], problems);
  } else if ("map" in type) {
    if (isObject(value))
      for (const [key, item] of Object.entries(value)) checkType(schema, type.map, item, [...path, key], problems);
  } else if ("ref" in type) {
    if (isObject(value)) checkMembers(schema, schema.definition(type.ref).properties, value, path, problems);
    else
      problems.push({
        message: `expected type: JSONObject, found: ${Array.isArray(value) ? "JSONArray" : capitalized(typeof value)}`,
        path,
      });
  }
}

function capitalized(text: string): string {
  return text === "integer" ? "Number" : text.charAt(0).toUpperCase() + text.slice(1);
}
