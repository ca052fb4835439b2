/** The Query and EC2 Query protocols' input: a form whose dotted names spell out structures, lists and maps. */
import { isUtf8 } from "node:buffer";
import { serializationError } from "./json.js";
import type { Member, Shape } from "./shape.js";
import { readText } from "./xml.js";

/** A node of the tree that the dotted names of a form make. */
export interface FormNode {
  value?: string;
  readonly children: Map<string, FormNode>;
}

const MAX_DEPTH = 64;

/** Parses a body of the type `application/x-www-form-urlencoded`. @throws AwsError `SerializationException` */
export function parseFormBody(body: Buffer): FormNode {
  if (!isUtf8(body)) throw serializationError("The request body is not valid UTF-8.");
  return parseForm(body.toString());
}

/** Parses `application/x-www-form-urlencoded` text. @throws AwsError `SerializationException` */
export function parseForm(source: string): FormNode {
  const root: FormNode = { children: new Map() };
  for (const pair of source.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const segments = name.split(".");
    if (segments.length > MAX_DEPTH) throw serializationError("The request is nested too deeply.");
    let node = root;
    for (const segment of segments) {
      let next = node.children.get(segment);
      if (!next) {
        next = { children: new Map() };
        node.children.set(segment, next);
      }
      node = next;
    }
    node.value = equals < 0 ? "" : decode(pair.slice(equals + 1));
  }
  return root;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.includes("+") ? text.replaceAll("+", " ") : text);
  } catch {
    throw serializationError("The request is not a valid form.");
  }
}

/** Reads an operation's input from a form. @throws AwsError `SerializationException` */
export function readForm(shape: Shape, form: FormNode, ec2: boolean): Record<string, unknown> {
  const typed: Record<string, unknown> = {};
  for (const member of shape.members) {
    const node = nodeOf(form, member, ec2);
    if (node) typed[member.name] = readNode(member.shape, node, member.flattened || ec2, ec2);
  }
  return typed;
}

function nodeOf(form: FormNode, member: Member, ec2: boolean): FormNode | undefined {
  const node = form.children.get(ec2 ? member.ec2Name : member.xmlName);
  if (node || !member.flattened || member.shape.kind === "struct") return node;
  return form.children.get(member.name);
}

function readNode(shape: Shape, node: FormNode, flattened: boolean, ec2: boolean): unknown {
  if (shape.kind === "struct") return readForm(shape, node, ec2);
  if (shape.kind === "list") {
    const item = shape.element.traits.xmlName ?? "member";
    const holder = flattened ? node : (node.children.get(item) ?? node.children.get("member") ?? node);
    return numbered(holder).map((child) => readNode(shape.element.shape, child, ec2, ec2));
  }
  if (shape.kind === "map") {
    const holder = flattened ? node : (node.children.get("entry") ?? node);
    const pairs: [string, unknown][] = [];
    for (const entry of numbered(holder)) {
      const key = entry.children.get(shape.key.traits.xmlName ?? "key")?.value;
      const value = entry.children.get(shape.value.traits.xmlName ?? "value");
      if (key !== undefined && value) pairs.push([key, readNode(shape.value.shape, value, false, ec2)]);
    }
    return Object.fromEntries(pairs);
  }
  const value = readText(shape, node.value ?? "");
  if (value === undefined) throw serializationError(`A value is not a valid ${shape.kind}.`);
  return value;
}

function numbered(node: FormNode): FormNode[] {
  return [...node.children]
    .filter(([name]) => /^\d+$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
