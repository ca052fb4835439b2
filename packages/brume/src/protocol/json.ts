/** JSON in and out, by shape. */
import { isUtf8 } from "node:buffer";
import { AwsError } from "../kernel/errors.js";
import { jsonOf } from "./answer.js";
import type { Member, Shape, TimestampFormat } from "./shape.js";
import { EPOCH_SECONDS, formatTimestamp, parseTimestamp } from "./timestamps.js";

/** The error for input that does not have the shape that the operation declares. */
export function serializationError(detail?: string): AwsError {
  return new AwsError("SerializationException", detail ?? "The request could not be deserialized.");
}

/** Parses a JSON body into an operation's input. @throws AwsError `SerializationException` */
export function readJsonBody(shape: Shape, body: Buffer | undefined, restNames: boolean): Record<string, unknown> {
  if (body === undefined || body.length === 0) return {};
  const parsed = parseJson(body);
  if (parsed === null) return {};
  if (typeof parsed !== "object" || Array.isArray(parsed)) throw serializationError("Start of structure expected.");
  return readJson(shape, parsed, restNames) as Record<string, unknown>;
}

/** Parses a JSON document. @throws AwsError `SerializationException`, for bytes that are not UTF-8 too */
export function parseJson(document: Buffer): unknown {
  if (!isUtf8(document)) throw serializationError("The request body is not valid UTF-8.");
  try {
    return JSON.parse(document.toString());
  } catch {
    throw serializationError("The request body is not valid JSON.");
  }
}

/**
 * Checks parsed JSON against a shape and turns it, in place where it can, into the typed form: blobs become buffers,
 * timestamps dates, and so on. Unknown members are left out of account, as AWS does.
 * @throws AwsError `SerializationException`
 */
export function readJson(shape: Shape, value: unknown, restNames: boolean): unknown {
  switch (shape.kind) {
    case "string":
      if (typeof value !== "string") throw mismatch(value, "String");
      return value;
    case "struct":
      return readStruct(shape, value, restNames);
    case "map":
      return readMap(shape, value, restNames);
    case "list": {
      if (!Array.isArray(value)) throw mismatch(value, "list");
      const element = shape.element.shape;
      for (let i = 0; i < value.length; i++) {
        if (value[i] !== null) value[i] = readJson(element, value[i], restNames);
        else if (!shape.traits.sparse) throw mismatch(null, element.kind);
      }
      return value;
    }
    case "number":
      return readNumber(value);
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(value, "Boolean");
      return value;
    case "blob":
      if (typeof value !== "string") throw mismatch(value, "blob");
      return Buffer.from(value, "base64");
    case "timestamp": {
      const date = parseTimestamp(value);
      if (!date) throw mismatch(value, "timestamp");
      return date;
    }
    case "bigint":
      if (!Number.isInteger(value)) throw mismatch(value, "integer");
      return BigInt(value as number);
    default:
      return value;
  }
}

function readStruct(shape: Shape, value: unknown, restNames: boolean): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw mismatch(value, "structure");
  const given = value as Record<string, unknown>;
  const members = restNames ? shape.byJsonName : shape.byName;
  const rename = restNames && !shape.plainRestJson;
  const typed: Record<string, unknown> = rename ? {} : given;
  for (const name in given) {
    const member = members.get(name);
    if (!member) continue;
    const item = given[name];
    if (item === null) {
      if (!rename) delete given[name];
      continue;
    }
    const read = readJson(member.shape, item, restNames);
    if (rename || read !== item) typed[member.name] = read;
  }
  return typed;
}

function readMap(shape: Shape, value: unknown, restNames: boolean): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw mismatch(value, "map");
  const given = value as Record<string, unknown>;
  const item = shape.value.shape;
  for (const key in given) {
    const held = given[key];
    if (held !== null) {
      const read = readJson(item, held, restNames);
      if (read !== held) given[key] = read;
    } else if (!shape.traits.sparse) throw mismatch(null, item.kind);
  }
  return given;
}

// Differs from AWS: members of a floating-point type take no NaN and no infinity. Integers take none on AWS either, and
// the schemas do not tell the two apart.
function readNumber(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw mismatch(value, "number");
}

function mismatch(value: unknown, expected: string): AwsError {
  const given = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  return serializationError(`A value of type ${given} was given where ${expected} is expected.`);
}

/** Writes an operation's output as a JSON document. */
export function writeJsonBody(shape: Shape, output: Record<string, unknown>, restNames: boolean): string {
  const known = jsonOf(output);
  if (!known) return JSON.stringify(writeJson(shape, output, restNames));
  let text = "";
  for (const member of shape.members) {
    const { name } = member;
    const json = known[name] ?? JSON.stringify(writeJson(member.shape, output[name], restNames));
    if (json === undefined) continue;
    text += `${text === "" ? "{" : ","}"${restNames ? member.jsonName : name}":${json}`;
  }
  return `${text}}`;
}

/** Turns typed output into what `JSON.stringify` takes; the value itself where it is that already. */
export function writeJson(shape: Shape, value: unknown, restNames: boolean): unknown {
  if (value === undefined || value === null) return undefined;
  if (restNames ? shape.plainRestJson : shape.plainJson) return value;
  switch (shape.kind) {
    case "struct":
      return shape.traits.union
        ? writeUnion(shape, value as Record<string, unknown>, restNames)
        : writeMembers(shape.members, value as Record<string, unknown>, restNames);
    case "list":
      return writeList(shape.element.shape, value as unknown[], restNames);
    case "map":
      return writeMap(shape.value.shape, value as Record<string, unknown>, restNames);
    case "blob":
      return base64(value as Uint8Array | string);
    case "timestamp":
      return writeJsonTimestamp(value as Date, shape.timestampFormat);
    case "bigint":
      return Number(value);
    default:
      return value;
  }
}

/** Writes some members of a structure. */
export function writeMembers(
  members: readonly Member[],
  value: Record<string, unknown>,
  restNames: boolean,
): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const member of members) {
    const item = value[member.name];
    if (item === undefined || item === null) continue;
    written[restNames ? member.jsonName : member.name] = writeJson(member.shape, item, restNames);
  }
  return written;
}

/** What has one member, which is found by its name: unions have many of which it could be another. */
function writeUnion(shape: Shape, value: Record<string, unknown>, restNames: boolean): unknown {
  let only: Member | undefined;
  for (const name in value) {
    const member = shape.byName.get(name);
    if (only || !member) return writeMembers(shape.members, value, restNames);
    only = member;
  }
  if (!only) return {};
  const item = value[only.name];
  const written = writeJson(only.shape, item, restNames);
  const name = restNames ? only.jsonName : only.name;
  return written === item && name === only.name ? value : { [name]: written };
}

// Lists and maps are copied only where something in them is written as another value than it is: most items of tables
// have no bytes in them, and are what JSON.stringify takes already.

function writeList(element: Shape, value: unknown[], restNames: boolean): unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const written = writeJson(element, value[i], restNames) ?? null;
    if (copy) copy.push(written);
    else if (written !== value[i]) copy = [...value.slice(0, i), written];
  }
  return copy ?? value;
}

function writeMap(item: Shape, value: Record<string, unknown>, restNames: boolean): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const key in value) {
    const written = writeJson(item, value[key], restNames);
    if (written === value[key]) continue;
    copy ??= { ...value };
    // Assigned, this one key would be the prototype.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: written, enumerable: true });
    else copy[key] = written;
  }
  return copy ?? value;
}

function writeJsonTimestamp(date: Date, format: TimestampFormat): unknown {
  const chosen = format === 4 ? EPOCH_SECONDS : format;
  return chosen === EPOCH_SECONDS ? date.getTime() / 1000 : formatTimestamp(date, chosen);
}

/** Bytes, or text as UTF-8, in base64. */
export function base64(value: Uint8Array | string): string {
  if (typeof value === "string") return Buffer.from(value).toString("base64");
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}
