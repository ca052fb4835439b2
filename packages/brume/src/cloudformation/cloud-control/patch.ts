/** JSON Patch, over plain data. @see https://www.rfc-editor.org/rfc/rfc6902 */
import { AwsError } from "../../kernel/errors.js";
import type { Json } from "../../kernel/resource.js";
import { sameValue } from "../same-value.js";
import { isObject } from "../template/template.js";

interface Step {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

const invalid = (message: string) => new AwsError("InvalidRequestException", `Invalid patch update: ${message}`);

/** Parses a patch document. @throws AwsError `InvalidRequestException` */
export function parsePatch(document: string): readonly Step[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw invalid("the patch document is not valid JSON");
  }
  if (!Array.isArray(parsed)) throw invalid("the patch document is not a list of operations");
  for (const step of parsed as Partial<Step>[]) {
    if (typeof step?.op !== "string" || typeof step.path !== "string") throw invalid("an operation needs op and path");
    if (/^(add|replace|test)$/.test(step.op) && step.value === undefined) throw invalid(`${step.op} needs a value`);
    if (/^(move|copy)$/.test(step.op) && typeof step.from !== "string") throw invalid(`${step.op} needs from`);
  }
  return parsed as Step[];
}

/** What a document is after a patch; the document itself is left alone. @throws AwsError `InvalidRequestException` */
export function applyPatch(document: Json, steps: readonly Step[]): Json {
  return steps.reduce((current, step) => applyStep(current, step), structuredClone(document));
}

function applyStep(document: Json, { op, path, from = "", value = null }: Step): Json {
  switch (op) {
    case "add":
      return put(document, pointer(path), value, "add");
    case "replace":
      at(document, path);
      return put(document, pointer(path), value, "replace");
    case "remove":
      at(document, path);
      return remove(document, pointer(path));
    case "copy":
      return put(document, pointer(path), structuredClone(at(document, from)), "add");
    case "move": {
      if (path.startsWith(`${from}/`)) throw invalid(`${from} cannot be moved into itself`);
      const moved = at(document, from);
      return put(remove(document, pointer(from)), pointer(path), moved, "add");
    }
    case "test":
      if (!sameValue(at(document, path), value)) throw invalid(`the test of ${path} failed`);
      return document;
    default:
      throw invalid(`unknown operation ${op.slice(0, 50)}`);
  }
}

function pointer(path: string): string[] {
  if (path === "") return [];
  if (!path.startsWith("/")) throw invalid(`${path.slice(0, 200)} is no JSON pointer`);
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function at(document: Json, path: string): Json {
  let value = document;
  for (const part of pointer(path)) value = child(value, part, path);
  return value;
}

function child(value: Json, part: string, path: string): Json {
  const found = Array.isArray(value)
    ? value[index(part, value.length - 1)]
    : isObject(value) && Object.hasOwn(value, part)
      ? (value[part] as Json)
      : undefined;
  if (found === undefined) throw invalid(`there is nothing at ${path}`);
  return found;
}

function index(part: string, last: number): number {
  if (!/^(0|[1-9]\d*)$/.test(part) || Number(part) > last)
    throw invalid(`${part.slice(0, 50)} is no index of the list`);
  return Number(part);
}

function put(document: Json, parts: readonly string[], value: Json, how: "add" | "replace"): Json {
  const [key, ...rest] = parts;
  if (key === undefined) return value;
  if (Array.isArray(document)) {
    if (rest.length > 0) {
      const place = index(key, document.length - 1);
      return document.with(place, put(document[place] as Json, rest, value, how));
    }
    if (how === "replace") return document.with(index(key, document.length - 1), value);
    return document.toSpliced(key === "-" ? document.length : index(key, document.length), 0, value);
  }
  if (!isObject(document)) throw invalid(`there is no place for ${key}`);
  const inner = rest.length > 0 ? put(child(document, key, `/${key}`), rest, value, how) : value;
  return Object.fromEntries([...Object.entries(document).filter(([name]) => name !== key), [key, inner]]) as Json;
}

function remove(document: Json, parts: readonly string[]): Json {
  const [key = "", ...rest] = parts;
  if (parts.length === 0) throw invalid("the whole document cannot be removed");
  if (Array.isArray(document)) {
    const place = index(key, document.length - 1);
    return rest.length > 0 ? document.with(place, remove(document[place] as Json, rest)) : document.toSpliced(place, 1);
  }
  if (!isObject(document)) throw invalid(`there is nothing at ${key}`);
  const others = Object.entries(document).filter(([name]) => name !== key);
  if (rest.length === 0) return Object.fromEntries(others) as Json;
  return Object.fromEntries([...others, [key, remove(child(document, key, `/${key}`), rest)]]) as Json;
}
