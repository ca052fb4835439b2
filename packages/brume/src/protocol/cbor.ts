/** CBOR in and out, by shape, over the SDK's codec: the protocol that Smithy calls rpc-v2-cbor. */
import { cbor, dateToTag } from "@smithy/core/cbor";
import { serializationError } from "./json.js";
import type { Shape } from "./shape.js";

/** Reads an operation's input. @throws AwsError `SerializationException` */
export function readCborBody(shape: Shape, body: Buffer | undefined): Record<string, unknown> {
  if (body === undefined || body.length === 0) return {};
  let decoded: unknown;
  try {
    decoded = cbor.deserialize(body);
  } catch {
    throw serializationError("The request body is not valid CBOR.");
  }
  return readCbor(shape, decoded) as Record<string, unknown>;
}

function readCbor(shape: Shape, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  switch (shape.kind) {
    case "struct": {
      const record = asRecord(value);
      const typed: Record<string, unknown> = {};
      for (const member of shape.members) {
        const item = readCbor(member.shape, record[member.name]);
        if (item !== undefined) typed[member.name] = item;
      }
      return typed;
    }
    case "list":
      if (!Array.isArray(value)) throw serializationError("A list is expected.");
      return value.map((item) => readItem(shape, shape.element.shape, item));
    case "map":
      return Object.fromEntries(
        Object.entries(asRecord(value)).map(([key, item]) => [key, readItem(shape, shape.value.shape, item)]),
      );
    case "timestamp":
      return readTimestamp(value);
    case "string":
      if (typeof value !== "string") throw serializationError("A string is expected.");
      return value;
    case "number":
      if (typeof value !== "bigint" && !Number.isFinite(value)) throw serializationError("A number is expected.");
      return Number(value);
    case "boolean":
      if (typeof value !== "boolean") throw serializationError("A boolean is expected.");
      return value;
    case "blob":
      if (!(value instanceof Uint8Array)) throw serializationError("A byte string is expected.");
      return Buffer.from(value);
    default:
      return value;
  }
}

function readItem(holder: Shape, shape: Shape, item: unknown): unknown {
  if (item === null && !holder.traits.sparse) throw serializationError("A list or a map holds null.");
  return readCbor(shape, item);
}

function readTimestamp(value: unknown): Date {
  if (value instanceof Date) return value;
  const seconds = typeof value === "object" && value !== null && "value" in value ? value.value : value;
  const date = new Date(Math.round(Number(seconds) * 1000));
  if (Number.isNaN(date.getTime())) throw serializationError("A timestamp is expected.");
  return date;
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw serializationError("A map is expected.");
  return value as Record<string, unknown>;
}

/** Writes typed output as a CBOR document. */
export function writeCborBody(shape: Shape, value: unknown): Uint8Array {
  return cbor.serialize(writeCbor(shape, value) ?? {});
}

/** Writes an error's document: its type, message and further members. */
export function writeCborError(type: string, message: string, members: Record<string, unknown>): Uint8Array {
  return cbor.serialize({ __type: type, message, Message: message, ...members });
}

function writeCbor(shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (shape.kind) {
    case "struct": {
      const written: Record<string, unknown> = {};
      for (const member of shape.members) {
        const item = writeCbor(member.shape, (value as Record<string, unknown>)[member.name]);
        if (item !== undefined) written[member.name] = item;
      }
      return written;
    }
    case "list":
      return (value as unknown[]).map((item) => writeCbor(shape.element.shape, item) ?? null);
    case "map":
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, writeCbor(shape.value.shape, item) ?? null]),
      );
    case "timestamp":
      return dateToTag(value as Date);
    case "blob":
      return typeof value === "string" ? Buffer.from(value) : value;
    default:
      return value;
  }
}
