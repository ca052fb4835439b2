/** XML in and out, by shape. */
import { AwsError } from "../kernel/errors.js";
import { base64 } from "./json.js";
import type { Member, Shape } from "./shape.js";
import { formatTimestamp, ISO_8601, parseTimestamp } from "./timestamps.js";
import type { XmlElement } from "./xml-parser.js";

const SPECIAL = /[&<>"'\r\n\u0085\u2028]/;
const NUMBER = /^\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*$/;
const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Escapes text for an element's content or an attribute's value. */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(
    new RegExp(SPECIAL, "g"),
    (character) => ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}

/** Writes an element of a shape. */
export function writeElement(tag: string, shape: Shape, value: unknown, extra = ""): string {
  switch (shape.kind) {
    case "struct": {
      const record = value as Record<string, unknown>;
      return `<${tag}${extra}${writeAttributes(shape, record)}>${writeXmlMembers(shape.members, record)}</${tag}>`;
    }
    case "list": {
      const { element } = shape;
      const name = element.traits.xmlName ?? "member";
      let text = `<${tag}${extra}>`;
      for (const item of value as unknown[]) text += writeElement(name, element.shape, item);
      return `${text}</${tag}>`;
    }
    case "map": {
      let text = `<${tag}${extra}>`;
      for (const [key, item] of Object.entries(value as object))
        text += `<entry>${writePair(shape, key, item)}</entry>`;
      return `${text}</${tag}>`;
    }
    default:
      return `<${tag}${extra}>${writeScalar(shape, value)}</${tag}>`;
  }
}

/** Writes some members of a structure, one after the other. */
export function writeXmlMembers(members: readonly Member[], value: Record<string, unknown>): string {
  let text = "";
  for (const member of members) {
    const item = value[member.name];
    if (item === undefined || item === null || member.attribute) continue;
    text += writeMember(member, item);
  }
  return text;
}

function writeMember(member: Member, value: unknown): string {
  const { shape, xmlName } = member;
  if (member.flattened && shape.kind === "list") {
    return (value as unknown[]).map((item) => writeElement(xmlName, shape.element.shape, item)).join("");
  }
  if (member.flattened && shape.kind === "map") {
    const entries = Object.entries(value as object);
    return entries.map(([key, item]) => `<${xmlName}>${writePair(shape, key, item)}</${xmlName}>`).join("");
  }
  return writeElement(xmlName, shape, value, namespaceAttribute(member));
}

function namespaceAttribute(member: Member): string {
  const namespace = member.traits.xmlNamespace ?? member.shape.traits.xmlNamespace;
  if (!namespace) return "";
  const [prefix, uri] = namespace;
  return prefix && uri ? ` xmlns:${prefix}="${uri}"` : ` xmlns="${uri ?? prefix}"`;
}

function writePair(shape: Shape, key: string, value: unknown): string {
  const { key: keyMember, value: valueMember } = shape;
  return (
    writeElement(keyMember.traits.xmlName ?? "key", keyMember.shape, key) +
    writeElement(valueMember.traits.xmlName ?? "value", valueMember.shape, value)
  );
}

function writeAttributes(shape: Shape, value: Record<string, unknown>): string {
  let text = "";
  for (const member of shape.members) {
    const item = value[member.name];
    if (member.attribute && item !== undefined) text += ` ${member.xmlName}="${writeScalar(member.shape, item)}"`;
  }
  return text;
}

function writeScalar(shape: Shape, value: unknown): string {
  if (shape.kind === "blob") return base64(value as Uint8Array);
  if (shape.kind === "timestamp") {
    const format = shape.timestampFormat === 4 ? ISO_8601 : shape.timestampFormat;
    // S3 writes milliseconds always, and clients accept both.
    return format === ISO_8601 ? (value as Date).toISOString() : formatTimestamp(value as Date, format);
  }
  return escapeXml(String(value));
}

/** Reads an element into the typed form of a shape. @throws AwsError `MalformedXML` */
export function readElement(shape: Shape, element: XmlElement): unknown {
  switch (shape.kind) {
    case "struct":
      return readStruct(shape, element);
    case "list":
      return element.children.map((child) => readElement(shape.element.shape, child));
    case "map":
      return readMap(shape, element.children);
    default:
      return readScalar(shape, element.text);
  }
}

function readStruct(shape: Shape, element: XmlElement): Record<string, unknown> {
  const typed: Record<string, unknown> = {};
  for (const member of shape.members) {
    if (member.attribute) {
      const attribute = element.attributes[member.xmlName];
      if (attribute !== undefined) typed[member.name] = attribute;
      continue;
    }
    const found = element.children.filter((child) => child.name === member.xmlName);
    const [first] = found;
    if (!first) continue;
    if (member.flattened && member.shape.kind === "list") {
      typed[member.name] = found.map((child) => readElement(member.shape.element.shape, child));
    } else if (member.flattened && member.shape.kind === "map") typed[member.name] = readMap(member.shape, found);
    else typed[member.name] = readElement(member.shape, first);
  }
  return typed;
}

function readMap(shape: Shape, entries: readonly XmlElement[]): Record<string, unknown> {
  const pairs: [string, unknown][] = [];
  for (const entry of entries) {
    const key = entry.children.find(({ name }) => name === (shape.key.traits.xmlName ?? "key"));
    const value = entry.children.find(({ name }) => name === (shape.value.traits.xmlName ?? "value"));
    if (key && value) pairs.push([key.text, readElement(shape.value.shape, value)]);
  }
  return Object.fromEntries(pairs);
}

function readScalar(shape: Shape, text: string): unknown {
  const value = readText(shape, text);
  if (value !== undefined) return value;
  throw new AwsError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}

/** Reads a scalar from text, as in XML, a header, the query or a form; `undefined` if it is none of that kind. */
export function readText(shape: Shape, text: string): unknown {
  switch (shape.kind) {
    case "number": {
      const number = NUMBER.test(text) ? Number(text) : Number.NaN;
      return Number.isFinite(number) ? number : undefined;
    }
    case "boolean":
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
    case "bigint":
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
    case "timestamp":
      return parseTimestamp(text);
    case "blob":
      return Buffer.from(text, "base64");
    default:
      return text;
  }
}
