/** Resolves references to the values of parameters, and lookups in mappings, where an expansion has to know a value. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { mapOf } from "./plain.js";

/** What is known before anything of the document is made. */
export interface Known {
  readonly parameters: Readonly<Record<string, Json>>;
  readonly mappings: JsonObject;
}

/** The known values: those given, the defaults of those that are not, and the pseudo parameters that SAM resolves. */
export function knownValues(
  document: JsonObject,
  scope: { region: string; partition: string; parameters: Readonly<Record<string, Json>> },
): Known {
  const parameters: Record<string, Json> = { "AWS::Region": scope.region, "AWS::Partition": scope.partition };
  for (const [name, definition] of Object.entries(mapOf(document.Parameters))) {
    const value = mapOf(definition).Default;
    if (value !== undefined) parameters[name] = value;
  }
  return { parameters: { ...parameters, ...scope.parameters }, mappings: mapOf(document.Mappings) };
}

/** A value with `Ref` and `Fn::Sub` of parameters replaced by what they stand for; all else as it was. */
export function resolveParameters<Value extends Json | undefined>(value: Value, known: Known): Value {
  return (value === undefined ? undefined : resolve(value, known.parameters)) as Value;
}

function resolve(value: Json, parameters: Readonly<Record<string, Json>>): Json {
  if (Array.isArray(value)) return value.map((item) => resolve(item, parameters));
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && typeof value.Ref === "string") {
    return Object.hasOwn(parameters, value.Ref) ? (parameters[value.Ref] as Json) : value;
  }
  if (keys.length === 1 && value["Fn::Sub"] !== undefined) {
    return { "Fn::Sub": resolveSub(value["Fn::Sub"], parameters) };
  }
  return Object.fromEntries(keys.map((key) => [key, resolve(value[key] as Json, parameters)]));
}

function resolveSub(argument: Json, parameters: Readonly<Record<string, Json>>): Json {
  if (typeof argument === "string") return replaceIn(argument, parameters);
  if (!Array.isArray(argument) || typeof argument[0] !== "string") return resolve(argument, parameters);
  return [replaceIn(argument[0], parameters), ...argument.slice(1).map((item) => resolve(item, parameters))];
}

function replaceIn(text: string, parameters: Readonly<Record<string, Json>>): string {
  return text.replace(/\$\{([A-Za-z0-9.]+|AWS::[A-Z][A-Za-z]*)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  });
}

/** A value with `Fn::FindInMap` of known keys replaced by what the document's mappings have there. */
export function resolveMappings(value: Json, known: Known): Json {
  if (Array.isArray(value)) return value.map((item) => resolveMappings(item, known));
  if (!isObject(value)) return value;
  const lookup = value["Fn::FindInMap"];
  if (Array.isArray(lookup) && Object.keys(value).length === 1) {
    const [name, first, second] = lookup;
    if (typeof name !== "string" || typeof first !== "string" || typeof second !== "string") return value;
    return mapOf(mapOf(known.mappings[name])[first])[second] ?? value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveMappings(item, known)]));
}
