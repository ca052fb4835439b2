/** Parameters: their values checked against their definitions. See "CloudFormation template Parameters syntax". */
import { matchesPattern } from "../../kernel/pattern.js";
import type { Json } from "../../kernel/resource.js";
import { invalidTemplate } from "./errors.js";
import type { ParameterDefinition, Template } from "./template.js";

/** A parameter as a caller gives it. */
export interface GivenParameter {
  ParameterKey?: string;
  ParameterValue?: string;
  UsePreviousValue?: boolean;
}

/** A parameter's text as given or defaulted, and the value that the template sees. */
export interface Parameter {
  readonly key: string;
  readonly value: string;
  /** What an SSM parameter type stands for. */
  readonly resolved?: string;
  readonly noEcho: boolean;
}

/** Looks up an SSM parameter's value for types such as `AWS::SSM::Parameter::Value<String>`. */
export type SsmLookup = (name: string) => Promise<string>;

const SSM_VALUE = /^AWS::SSM::Parameter::Value<(.+)>$/;

/**
 * Gives each parameter of a template its value: the given one, the previous one where that is asked for, or the default.
 * @throws AwsError `ValidationError` for values that are missing, unknown or not allowed
 */
export async function resolveParameters(
  template: Pick<Template, "parameters">,
  given: readonly GivenParameter[],
  previous: readonly Parameter[],
  lookup: SsmLookup,
): Promise<Parameter[]> {
  const byKey = new Map(given.map((one) => [one.ParameterKey ?? "", one]));
  const unknown = [...byKey.keys()].filter((key) => !Object.hasOwn(template.parameters, key));
  if (unknown.length > 0) throw invalidTemplate(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const missing: string[] = [];
  const resolved: Parameter[] = [];
  checkDefinitions(template);
  for (const [key, definition] of Object.entries(template.parameters)) {
    const value = valueFor(key, definition, byKey.get(key), previous);
    if (value === undefined) {
      missing.push(key);
      continue;
    }
    checkValue(key, definition, value);
    const noEcho = String(definition.NoEcho) === "true";
    const isSsm = SSM_VALUE.test(definition.Type);
    resolved.push({ key, value, noEcho, ...(isSsm ? { resolved: await lookup(value) } : {}) });
  }
  if (missing.length > 0) throw invalidTemplate(`Parameters: [${missing.join(", ")}] must have values`);
  return resolved;
}

const SCALARS = [
  "AllowedPattern",
  "ConstraintDescription",
  "Default",
  "Description",
  "MaxLength",
  "MaxValue",
  "MinLength",
  "MinValue",
] as const;

/**
 * A template may hold anything where definitions of parameters are meant to stand.
 * @throws AwsError `ValidationError` for the first that is none
 */
export function checkDefinitions({ parameters }: Pick<Template, "parameters">): void {
  for (const [key, definition] of Object.entries(parameters)) checkDefinition(key, definition);
}

function checkDefinition(key: string, definition: ParameterDefinition): void {
  const { Type, AllowedValues } = definition;
  if (!Type) throw invalidTemplate(`Template format error: Every Parameters object must contain a Type member.`);
  for (const member of SCALARS) {
    if (typeof definition[member] === "object")
      throw invalidTemplate(`Template format error: Every ${member} member must be a string.`);
  }
  if (typeof Type !== "string")
    throw invalidTemplate(`Template format error: [/Parameters/${key}/Type] must be a string.`);
  if (
    AllowedValues !== undefined &&
    !(Array.isArray(AllowedValues) && AllowedValues.every((one) => typeof one !== "object"))
  )
    throw invalidTemplate(`Template format error: [/Parameters/${key}/AllowedValues] must be a list of strings.`);
}

function valueFor(
  key: string,
  definition: ParameterDefinition,
  given: GivenParameter | undefined,
  previous: readonly Parameter[],
): string | undefined {
  if (given?.UsePreviousValue) {
    const before = previous.find((one) => one.key === key);
    if (!before)
      throw invalidTemplate(
        `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      );
    return before.value;
  }
  if (given?.ParameterValue !== undefined) return given.ParameterValue;
  return definition.Default === undefined ? undefined : toText(definition.Default);
}

function toText(value: Json): string {
  return Array.isArray(value) ? value.map(String).join(",") : String(value);
}

function isList(type: string): boolean {
  return type === "CommaDelimitedList" || type.startsWith("List<");
}

function checkValue(key: string, definition: ParameterDefinition, value: string): void {
  const { Type: type, AllowedValues: allowed, AllowedPattern: pattern } = definition;
  const items = isList(type) ? splitList(value) : [value];
  const refuse = (reason: string): never => {
    throw invalidTemplate(`Parameter '${key}' ${reason}`);
  };
  const constraint = definition.ConstraintDescription;
  for (const item of items) {
    if (allowed && !allowed.map(String).includes(item)) {
      throw invalidTemplate(
        constraint
          ? `Parameter ${key} failed to satisfy constraint: ${constraint}`
          : `Parameter '${key}' must be one of AllowedValues`,
      );
    }
    if (type === "Number" || type === "List<Number>") {
      const number = Number(item);
      if (item.trim() === "" || Number.isNaN(number)) refuse("must be a number.");
      if (definition.MinValue !== undefined && number < Number(definition.MinValue))
        refuse(`must be a number not less than ${String(definition.MinValue)}`);
      if (definition.MaxValue !== undefined && number > Number(definition.MaxValue))
        refuse(`must be a number not greater than ${String(definition.MaxValue)}`);
    }
  }
  if (definition.MinLength !== undefined && value.length < Number(definition.MinLength))
    refuse(`must contain at least ${String(definition.MinLength)} characters`);
  if (definition.MaxLength !== undefined && value.length > Number(definition.MaxLength))
    refuse(`must contain at most ${String(definition.MaxLength)} characters`);
  if (pattern !== undefined && !matches(key, pattern, value)) {
    throw invalidTemplate(
      constraint
        ? `Parameter ${key} failed to satisfy constraint: ${constraint}`
        : `Parameter '${key}' must match pattern ${pattern}`,
    );
  }
}

/** Classes of characters that Java knows and JavaScript does not, as members of a class. */
const JAVA_CLASSES: Readonly<Record<string, string>> = {
  Alnum: "A-Za-z0-9",
  Alpha: "A-Za-z",
  ASCII: "\\x00-\\x7f",
  Blank: " \\t",
  Digit: "0-9",
  Graph: "!-~",
  Lower: "a-z",
  Print: " -~",
  Punct: "!-\\/:-@\\[-`{-~",
  Space: "\\s",
  Upper: "A-Z",
  XDigit: "0-9A-Fa-f",
};

/** A pattern as Java reads it, for JavaScript. */
function asJavaScript(pattern: string): string {
  let inClass = false;
  return pattern.replace(/\\p\{(\w+)\}|\\.|[[\]]/g, (found, name: string | undefined) => {
    if (found === "[") inClass = true;
    else if (found === "]") inClass = false;
    const members = Object.hasOwn(JAVA_CLASSES, name ?? "") ? JAVA_CLASSES[name as string] : undefined;
    if (members === undefined) return found;
    return inClass ? members : `[${members}]`;
  });
}

function matches(key: string, pattern: string, value: string): boolean {
  try {
    return matchesPattern(`^(?:${asJavaScript(pattern)})$`, value, "s");
  } catch {
    throw invalidTemplate(`Template format error: Parameter ${key} has an invalid AllowedPattern: ${pattern}`);
  }
}

function splitList(value: string): string[] {
  return value === "" ? [] : value.split(",").map((item) => item.trim());
}

/** The value that a template sees for a parameter: a list for list types, text otherwise. */
export function parameterValue(definition: ParameterDefinition, parameter: Parameter): Json {
  const text = parameter.resolved ?? parameter.value;
  const inner = SSM_VALUE.exec(definition.Type)?.[1] ?? definition.Type;
  return isList(inner) ? splitList(text) : text;
}
