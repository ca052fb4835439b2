/** The published schemas of resource types, compacted when brume is built: an index, and one file per service. */
import { readFileSync } from "node:fs";
import { packageRoot } from "../../package-root.js";
import { identifierOverrides, replacementOverrides } from "./overrides.js";

/** A property's type: a primitive's name, or one of the compound forms. */
export type SpecType =
  | string
  | { readonly list: SpecType }
  | { readonly map: SpecType }
  | { readonly union: readonly SpecType[] }
  | { readonly ref: string }
  | { readonly enum: readonly string[] };

export interface SpecProperty {
  readonly type: SpecType;
  readonly required?: boolean;
  readonly replacement?: "yes" | "maybe";
  readonly default?: unknown;
}

export interface Definition {
  readonly name: string;
  readonly properties: Readonly<Record<string, SpecProperty>>;
}

/** What is known of a resource type. */
export interface ResourceSchema {
  readonly type: string;
  readonly properties: Readonly<Record<string, SpecProperty>>;
  readonly attributes: Readonly<Record<string, SpecType>>;
  readonly primaryIdentifier: readonly string[];
  /** The properties or attributes whose values `Ref` returns, joined by `|`. */
  readonly ref: readonly string[];
  readonly arn?: string;
  readonly tags?: { readonly property: string; readonly map?: boolean };
  definition(id: string): Definition;
}

interface SpecFile {
  readonly types: Readonly<Record<string, Omit<ResourceSchema, "type" | "definition" | "ref"> & { ref?: string[] }>>;
  readonly definitions: Readonly<Record<string, Definition>>;
}

const folder = new URL("gen/spec/", packageRoot);

/** All schemas; files are read when a type of theirs is first asked for. */
export class Spec {
  #names: Set<string> | undefined;
  readonly #files = new Map<string, SpecFile>();
  readonly #schemas = new Map<string, ResourceSchema>();

  /** The names of all published resource types. */
  get names(): ReadonlySet<string> {
    this.#names ??= new Set(JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as string[]);
    return this.#names;
  }

  /** The schema of a type; `undefined` for a type that is not published. */
  schema(type: string): ResourceSchema | undefined {
    const known = this.#schemas.get(type);
    if (known) return known;
    if (!this.names.has(type)) return undefined;
    const file = this.#file(type.split("::").slice(0, 2).join("-").toLowerCase());
    const found = file.types[type];
    if (!found) return undefined;
    const properties = { ...found.properties };
    for (const [name, replacement] of Object.entries(replacementOverrides[type] ?? {})) {
      const property = properties[name];
      if (property) properties[name] = { ...property, replacement };
    }
    const schema: ResourceSchema = {
      ...found,
      type,
      properties,
      ref: identifierOverrides[type] ?? found.ref ?? found.primaryIdentifier,
      definition: (id) => file.definitions[id] as Definition,
    };
    this.#schemas.set(type, schema);
    return schema;
  }

  #file(name: string): SpecFile {
    let file = this.#files.get(name);
    if (!file) {
      file = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as SpecFile;
      this.#files.set(name, file);
    }
    return file;
  }
}
