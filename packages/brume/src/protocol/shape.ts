/** Resolves the SDK's static schemas, once each, into flat plans that readers and writers walk. */
import { translateTraits } from "@smithy/core/schema";

export type Kind =
  | "struct"
  | "list"
  | "map"
  | "string"
  | "number"
  | "boolean"
  | "blob"
  | "timestamp"
  | "bigint"
  | "bigdecimal"
  | "document"
  | "unit";

/** Where in an HTTP message a member stands. */
export type Location = "body" | "header" | "prefix" | "query" | "queryParams" | "label" | "payload" | "status";

/** 4 is the protocol's default; the others are ISO 8601, HTTP date and epoch seconds. */
export type TimestampFormat = 4 | 5 | 6 | 7;

export interface Traits {
  [name: string]: unknown;
  http?: [method: string, uri: string, status: number];
  httpHeader?: string;
  httpPrefixHeaders?: string;
  httpQuery?: string;
  jsonName?: string;
  xmlName?: string;
  ec2QueryName?: string;
  xmlNamespace?: [prefix: string, uri: string];
  httpError?: number;
  awsQueryError?: [code: string, status: number];
  error?: "client" | "server";
}

/** A member of a structure, or the element of a list, or the key or value of a map. */
export interface Member {
  readonly name: string;
  readonly required: boolean;
  readonly traits: Traits;
  readonly location: Location;
  /** Its header or query parameter. */
  readonly wireName: string;
  readonly jsonName: string;
  readonly xmlName: string;
  readonly ec2Name: string;
  readonly flattened: boolean;
  readonly attribute: boolean;
  readonly streaming: boolean;
  readonly shape: Shape;
}

export interface Shape {
  readonly kind: Kind;
  readonly name: string;
  readonly namespace: string;
  readonly traits: Traits;
  readonly members: readonly Member[];
  readonly byName: ReadonlyMap<string, Member>;
  readonly byJsonName: ReadonlyMap<string, Member>;
  /** Of a list. */
  readonly element: Member;
  /** Of a map. */
  readonly key: Member;
  readonly value: Member;
  readonly timestampFormat: TimestampFormat;
  /** Whether parsed JSON already is the typed form (with member names as they are, or with their `jsonName`). */
  readonly plainJson: boolean;
  readonly plainRestJson: boolean;
}

/** A schema reference as the SDK writes it: a number, a tuple, or a function that returns one. */
type Reference = unknown;

const SIMPLE = 0;
const LIST = 1;
const MAP = 2;
const UNION = 4;
const STREAMING_BLOB = 42;

const SIMPLE_KINDS: Record<number, Kind> = {
  0: "string",
  1: "number",
  2: "boolean",
  15: "document",
  17: "bigint",
  19: "bigdecimal",
  21: "blob",
  42: "blob",
};

const resolved = new Map<unknown, MutableShape>();

type MutableShape = { -readonly [K in keyof Shape]: Shape[K] };

function dereference(reference: Reference): unknown {
  return typeof reference === "function" ? reference() : reference;
}

/** The plan of a schema. */
export function shapeOf(reference: Reference): Shape {
  const schema = dereference(reference);
  const known = resolved.get(schema);
  if (known) return known;
  const shape = new LazyShape() as MutableShape;
  resolved.set(schema, shape);
  if (typeof schema === "number") resolveSimple(shape, schema);
  else if (Array.isArray(schema)) resolveTuple(shape, schema);
  return shape;
}

class LazyShape implements Shape {
  kind: Kind = "unit";
  name = "";
  namespace = "";
  traits: Traits = {};
  members: readonly Member[] = [];
  element = undefined as unknown as Member;
  key = undefined as unknown as Member;
  value = undefined as unknown as Member;
  timestampFormat: TimestampFormat = 4;
  #byName: ReadonlyMap<string, Member> | undefined;
  #byJsonName: ReadonlyMap<string, Member> | undefined;
  #plain: [boolean | undefined, boolean | undefined] = [undefined, undefined];

  get byName(): ReadonlyMap<string, Member> {
    this.#byName ??= new Map(this.members.map((member) => [member.name, member]));
    return this.#byName;
  }
  get byJsonName(): ReadonlyMap<string, Member> {
    this.#byJsonName ??= new Map(this.members.map((member) => [member.jsonName, member]));
    return this.#byJsonName;
  }
  get plainJson(): boolean {
    this.#plain[0] ??= isPlain(this, false, new Set());
    return this.#plain[0];
  }
  get plainRestJson(): boolean {
    this.#plain[1] ??= isPlain(this, true, new Set());
    return this.#plain[1];
  }
}

function isPlain(shape: Shape, jsonNames: boolean, seen: Set<Shape>): boolean {
  if (seen.has(shape)) return true;
  seen.add(shape);
  switch (shape.kind) {
    case "blob":
    case "timestamp":
    case "bigint":
    case "bigdecimal":
      return false;
    case "list":
      return isPlain(shape.element.shape, jsonNames, seen);
    case "map":
      return isPlain(shape.value.shape, jsonNames, seen);
    case "struct":
      return shape.members.every(
        (member) => (!jsonNames || member.jsonName === member.name) && isPlain(member.shape, jsonNames, seen),
      );
    default:
      return true;
  }
}

function resolveSimple(shape: MutableShape, schema: number): void {
  const base = schema & 63;
  if (schema >= 128) {
    shape.kind = "map";
    shape.key = new SchemaMember([0, 0], "key", false);
    shape.value = new SchemaMember([base, 0], "value", false);
  } else if (schema >= 64) {
    shape.kind = "list";
    shape.element = new SchemaMember([base, 0], "member", false);
  } else if (schema >= 4 && schema <= 7) {
    shape.kind = "timestamp";
    shape.timestampFormat = schema as TimestampFormat;
  } else shape.kind = SIMPLE_KINDS[schema] ?? "string";
}

function resolveTuple(shape: MutableShape, schema: unknown[]): void {
  const [id, namespace, name, traits, first, second, required] = schema;
  shape.namespace = namespace as string;
  shape.name = name as string;
  shape.traits = translateTraits((traits ?? 0) as never) as Traits;
  if (id === SIMPLE) {
    const inner = shapeOf(first);
    shape.kind = inner.kind;
    shape.timestampFormat = inner.timestampFormat;
    shape.traits = { ...inner.traits, ...shape.traits };
    if (dereference(first) === STREAMING_BLOB) shape.traits.streaming = 1;
  } else if (id === LIST) {
    shape.kind = "list";
    shape.element = new SchemaMember(first, "member", false);
  } else if (id === MAP) {
    shape.kind = "map";
    shape.key = new SchemaMember(first, "key", false);
    shape.value = new SchemaMember(second, "value", false);
  } else {
    shape.kind = "struct";
    // The traits are shared by all schemas that have the same.
    if (id === UNION) shape.traits = { ...shape.traits, union: 1 };
    const names = first as string[];
    const references = second as unknown[];
    const leading = (required as number | undefined) ?? 0;
    shape.members = names.map((member, index) => new SchemaMember(references[index], member, index < leading));
  }
}

class SchemaMember implements Member {
  readonly name: string;
  readonly required: boolean;
  readonly traits: Traits;
  readonly location: Location;
  readonly wireName: string;
  readonly jsonName: string;
  readonly xmlName: string;
  readonly ec2Name: string;
  readonly attribute: boolean;
  readonly #target: Reference;
  #shape: Shape | undefined;

  constructor(reference: Reference, name: string, required: boolean) {
    // A member is a target, or a pair of a target and traits; pairs can be nested, and the outer ones win.
    const layers: unknown[] = [];
    let target = reference;
    while (Array.isArray(target) && target.length === 2) {
      layers.unshift(target[1]);
      target = dereference(target[0]);
    }
    let traits: Traits = {};
    for (const layer of layers) traits = { ...traits, ...(translateTraits(layer as never) as Traits) };
    this.name = name;
    this.required = required;
    this.traits = traits;
    this.#target = target;
    this.location = locationOf(traits);
    this.wireName = (traits.httpHeader ?? traits.httpPrefixHeaders)?.toLowerCase() ?? traits.httpQuery ?? name;
    this.jsonName = traits.jsonName ?? name;
    this.xmlName = traits.xmlName ?? name;
    this.ec2Name = traits.ec2QueryName ?? this.xmlName.charAt(0).toUpperCase() + this.xmlName.slice(1);
    this.attribute = traits.xmlAttribute !== undefined;
  }

  get shape(): Shape {
    this.#shape ??= shapeOf(this.#target);
    return this.#shape;
  }
  get flattened(): boolean {
    return this.traits.xmlFlattened !== undefined || this.shape.traits.xmlFlattened !== undefined;
  }
  get streaming(): boolean {
    return (
      this.traits.streaming !== undefined ||
      this.shape.traits.streaming !== undefined ||
      dereference(this.#target) === STREAMING_BLOB
    );
  }
}

function locationOf(traits: Traits): Location {
  if (traits.httpPayload) return "payload";
  if (traits.httpLabel) return "label";
  if (traits.httpHeader !== undefined) return "header";
  if (typeof traits.httpPrefixHeaders === "string") return "prefix";
  if (traits.httpQuery !== undefined) return "query";
  if (traits.httpQueryParams) return "queryParams";
  if (traits.httpResponseCode) return "status";
  return "body";
}
