/** The intrinsic functions that an expansion reads and writes, as plain data. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";

export const NO_VALUE: JsonObject = { Ref: "AWS::NoValue" };

/** CloudFormation combines at most this many conditions in one `Fn::Or`. */
const MAX_CONDITIONS = 10;

export function ref(id: string): JsonObject {
  return { Ref: id };
}

export function getAtt(id: string, attribute: string): JsonObject {
  return { "Fn::GetAtt": [id, attribute] };
}

export function sub(text: string, variables?: JsonObject): JsonObject {
  return { "Fn::Sub": variables ? [text, variables] : text };
}

export function ifElse(condition: Json, then: Json, otherwise: Json = NO_VALUE): JsonObject {
  return { "Fn::If": [condition, then, otherwise] };
}

export function not(condition: string): JsonObject {
  return { "Fn::Not": [{ Condition: condition }] };
}

export function or(conditions: readonly string[]): JsonObject {
  return { "Fn::Or": conditions.map((Condition) => ({ Condition })) };
}

/** Whether a value is a single function or reference. */
export function isIntrinsic(value: Json | undefined): value is JsonObject {
  if (!isObject(value)) return false;
  const [key, second] = Object.keys(value);
  return key !== undefined && second === undefined && (key === "Ref" || key === "Condition" || key.startsWith("Fn::"));
}

export function isNoValue(value: Json | undefined): boolean {
  return isIntrinsic(value) && value.Ref === "AWS::NoValue";
}

/** The arguments of an `Fn::If`; undefined for anything else. */
export function ifArguments(value: Json | undefined): Json | undefined {
  return isIntrinsic(value) ? value["Fn::If"] : undefined;
}

/** The logical id that a `Ref` or a plain `Fn::GetAtt` names. */
export function referredId(value: Json | undefined): string | undefined {
  if (!isIntrinsic(value)) return undefined;
  if (typeof value.Ref === "string") return value.Ref;
  const attribute = value["Fn::GetAtt"];
  if (Array.isArray(attribute) && attribute.length === 2 && typeof attribute[0] === "string") return attribute[0];
  if (typeof attribute !== "string") return undefined;
  const parts = attribute.split(".");
  return parts.length === 2 ? parts[0] : undefined;
}

/** A `Ref` or `Fn::GetAtt` as it is written within the text of an `Fn::Sub`. */
export function withinSub(reference: JsonObject): string {
  const attribute = reference["Fn::GetAtt"];
  return `\${${Array.isArray(attribute) ? attribute.join(".") : String(reference.Ref)}}`;
}

/** The conditions that say whether any of the given ones holds, under the given name; more than one where they are many. */
export function anyOf(names: readonly string[], name: string): JsonObject {
  const made: JsonObject = {};
  const rest = [...names];
  let left = Math.floor((names.length - 2) / (MAX_CONDITIONS - 1));
  while (rest.length > 1) {
    const part = left > 0 ? `${name}${left--}` : name;
    made[part] = or(rest.splice(0, MAX_CONDITIONS));
    rest.push(part);
  }
  return made;
}
