/** Reading and building the plain data of a document. */
import { createHash } from "node:crypto";
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";

/** Whether a property says anything: SAM takes an empty map, list or text, zero and false for nothing said. */
export function says(value: Json | undefined): value is Exclude<Json, null> {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A map of what is given; members without a value are left out. */
export function compact(members: Record<string, Json | undefined>): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(members)) {
    if (value !== undefined && value !== null) result[key] = value;
  }
  return result;
}

/** The named members that a map has. */
export function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return compact(Object.fromEntries(names.map((name) => [name, from[name]])));
}

/** A map; an empty one for what is none. */
export function mapOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** A list; a list of one for what is none, an empty one for nothing. */
export function listOf(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** The part of a map at a path; undefined where a step of it is no map. */
export function partAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let part = value;
  for (const name of path) part = isObject(part) ? part[name] : undefined;
  return part;
}

export function same(left: Json | undefined, right: Json | undefined): boolean {
  return left !== undefined && right !== undefined && canonical(left) === canonical(right);
}

/** The tag list of a tag map. */
export function tagList(tags: Json | undefined): Json[] {
  return Object.entries(mapOf(tags)).map(([Key, Value]) => ({ Key, Value: Value ?? "" }));
}

/** JSON with sorted keys, no spaces, and no characters beyond ASCII: what SAM hashes. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${ascii(key)}:${canonical(value[key] as Json)}`);
    return `{${members.join(",")}}`;
  }
  return typeof value === "string" ? ascii(value) : JSON.stringify(value);
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The first digits of the SHA-1 of a value; nothing for a value that says nothing. */
export function digest(value: Json, length = 10): string {
  if (!says(value)) return "";
  const text = typeof value === "string" ? value : canonical(value);
  return createHash("sha1").update(text).digest("hex").slice(0, length);
}

/** A suffix for a logical id: the text itself where it is alphanumeric, its digest otherwise. */
export function idSuffix(text: string): string {
  return /^[A-Za-z0-9]+$/.test(text) ? text : digest(text);
}

/** A value as SAM prints it in its messages: as Python does. */
export function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value).replaceAll('"', "'").replaceAll(",", ", ").replaceAll(":", ": ");
}

/** What Python calls a value's type. */
export function pythonType(value: Json): string {
  if (value === null) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return { string: "str", boolean: "bool", object: "dict" }[typeof value as "string"] ?? "dict";
}
