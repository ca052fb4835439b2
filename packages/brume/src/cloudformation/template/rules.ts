/**
 * Rules: assertions about parameters, checked before anything is made.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
 */
import type { Json, Properties } from "../../kernel/resource.js";
import { invalidTemplate, shown } from "./errors.js";
import { type Parameter, parameterValue } from "./parameters.js";
import { isObject, type JsonObject, type ParameterDefinition } from "./template.js";

type Definitions = Readonly<Record<string, ParameterDefinition>>;

/** A resource that is the value of a parameter: what `Fn::ValueOf` asks for is an attribute of it. */
export interface ReferredResource {
  readonly parameter: string;
  readonly type: string;
  readonly id: string;
}

interface Parameters {
  readonly definitions: Definitions;
  readonly values: ReadonlyMap<string, Json>;
  /** The properties of resources, by their ids. */
  readonly found: ReadonlyMap<string, Properties>;
}

/** By the type of a parameter: the type of the resource that is its value, and what `Fn::ValueOf` can ask of it. */
const REFERRED: Readonly<Record<string, readonly [type: string, attributes: readonly string[]]>> = {
  "AWS::EC2::VPC::Id": ["AWS::EC2::VPC", ["DefaultNetworkAcl", "DefaultSecurityGroup", "Tags"]],
  "AWS::EC2::Subnet::Id": ["AWS::EC2::Subnet", ["AvailabilityZone", "Tags", "VpcId"]],
  "AWS::EC2::SecurityGroup::Id": ["AWS::EC2::SecurityGroup", ["Tags"]],
};
const elementType = (type: string) => /^List<(.+)>$/.exec(type)?.[1] ?? type;

function valuesOf(definitions: Definitions, given: readonly Parameter[]): Map<string, Json> {
  const values = new Map<string, Json>();
  for (const parameter of given) {
    const definition = definitions[parameter.key];
    if (definition) values.set(parameter.key, parameterValue(definition, parameter));
  }
  return values;
}

/** The resources that have to be looked up before the rules of a template can be checked. */
export function resourcesOfRules(
  rules: JsonObject,
  definitions: Definitions,
  given: readonly Parameter[],
): ReferredResource[] {
  const asked = new Set(askedIn(rules));
  return [...valuesOf(definitions, given)].flatMap(([parameter, value]) => {
    const { Type = "" } = definitions[parameter] ?? {};
    const [type] = REFERRED[elementType(Type)] ?? [];
    if (type === undefined || !(asked.has(parameter) || asked.has(Type))) return [];
    return listOf(value).map((id) => ({ parameter, type, id }));
  });
}

/** The parameters that `Fn::ValueOf` is applied to, and the types that `Fn::ValueOfAll` is. */
function askedIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const isAsked = (name === "Fn::ValueOf" || name === "Fn::ValueOfAll") && Array.isArray(inner);
    return isAsked ? [String(inner[0])] : askedIn(inner);
  });
}

/**
 * @param found the properties of the resources that `resourcesOfRules` names, by their ids
 * @throws AwsError `ValidationError` for an assertion that does not hold, or that is not well-formed
 */
export function checkRules(
  rules: JsonObject,
  definitions: Definitions,
  given: readonly Parameter[],
  found: ReadonlyMap<string, Properties> = new Map(),
): void {
  const parameters: Parameters = { definitions, values: valuesOf(definitions, given), found };
  for (const [name, rule] of Object.entries(rules)) {
    if (!isObject(rule) || !Array.isArray(rule.Assertions))
      throw invalidTemplate(`Template format error: Rule ${name} must have a list of Assertions.`);
    if (rule.RuleCondition !== undefined && !holds(rule.RuleCondition as Json, parameters)) continue;
    for (const assertion of rule.Assertions) {
      if (!isObject(assertion) || assertion.Assert === undefined)
        throw invalidTemplate(`Template format error: Every assertion of rule ${name} must have an Assert member.`);
      if (holds(assertion.Assert as Json, parameters)) continue;
      const description = assertion.AssertDescription;
      throw invalidTemplate(
        `Template error: Rule ${name} failed${description === undefined ? "" : `: ${shown(description)}`}`,
      );
    }
  }
}

const malformed = (name: string, takes: string) => invalidTemplate(`Template error: ${name} in a rule takes ${takes}.`);

/** Whether a condition of a rule holds. */
function holds(expression: Json, parameters: Parameters): boolean {
  const [name, argument] = call(expression);
  const compute = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined;
  if (compute) return compute(Array.isArray(argument) ? argument : [argument], parameters);
  throw invalidTemplate(`Template error: ${name || "a value"} is no condition of a rule.`);
}

function call(expression: Json): [name: string, argument: Json] {
  const entries = isObject(expression) ? Object.entries(expression) : [];
  const [first] = entries;
  return entries.length === 1 && first ? [first[0], first[1] as Json] : ["", null];
}

type Compute = (argument: readonly Json[], parameters: Parameters) => boolean;

const CONDITIONS: Readonly<Record<string, Compute>> = {
  "Fn::And": (parts, parameters) => parts.every((part) => holds(part, parameters)),
  "Fn::Or": (parts, parameters) => parts.some((part) => holds(part, parameters)),
  "Fn::Not": (parts, parameters) => {
    const [part] = parts;
    if (parts.length !== 1 || part === undefined) throw malformed("Fn::Not", "one condition");
    return !holds(part, parameters);
  },
  "Fn::Equals": (parts, parameters) => {
    const [left, right] = pair("Fn::Equals", "two values", parts, parameters);
    return JSON.stringify(left) === JSON.stringify(right);
  },
  "Fn::Contains": (parts, parameters) => {
    const [list, value] = pair("Fn::Contains", "a list and a value", parts, parameters);
    return listOf(list).includes(String(value));
  },
  "Fn::EachMemberEquals": (parts, parameters) => {
    const [list, value] = pair("Fn::EachMemberEquals", "a list and a value", parts, parameters);
    return listOf(list).every((item) => item === String(value));
  },
  "Fn::EachMemberIn": (parts, parameters) => {
    const [list, allowed] = pair("Fn::EachMemberIn", "two lists", parts, parameters);
    const set = new Set(listOf(allowed));
    return listOf(list).every((item) => set.has(item));
  },
};

function pair(name: string, takes: string, parts: readonly Json[], parameters: Parameters): [Json, Json] {
  const [first, second] = parts;
  if (parts.length !== 2 || first === undefined || second === undefined) throw malformed(name, takes);
  return [valueIn(first, parameters), valueIn(second, parameters)];
}

const listOf = (value: Json): string[] => (Array.isArray(value) ? value.flat() : [value]).map(String);

function valueIn(expression: Json, parameters: Parameters): Json {
  if (Array.isArray(expression)) return expression.map((item) => valueIn(item, parameters));
  if (!isObject(expression)) return typeof expression === "object" ? expression : String(expression);
  const [name, argument] = call(expression);
  const { definitions, values } = parameters;
  if (name === "Ref") {
    const value = values.get(String(argument));
    if (value !== undefined) return value;
    throw invalidTemplate(`Template error: a rule refers to ${shown(argument)}, which is no parameter.`);
  }
  if (name === "Fn::RefAll")
    return [...values].filter(([key]) => definitions[key]?.Type === argument).map(([, value]) => value);
  if (name === "Fn::ValueOf" || name === "Fn::ValueOfAll") return attributesIn(name, argument, parameters);
  throw invalidTemplate(`Template error: ${name || "a map"} is no value of a rule.`);
}

/** What `Fn::ValueOf` asks of the resource, or resources, of a parameter; `Fn::ValueOfAll` of those of all of a type. */
function attributesIn(name: string, argument: Json, { definitions, values, found }: Parameters): Json {
  const [of, attribute] = Array.isArray(argument) ? argument : [];
  if (typeof of !== "string" || typeof attribute !== "string")
    throw malformed(name, `a ${name === "Fn::ValueOf" ? "parameter" : "type of parameters"} and an attribute`);
  const ofParameter = (key: string): Json => {
    const { Type = "" } = definitions[key] ?? {};
    const [, attributes = []] = REFERRED[elementType(Type)] ?? [];
    const [root = "", ...path] = attribute.split(".");
    if (!attributes.includes(root))
      throw invalidTemplate(`Template error: ${name} in a rule cannot tell ${attribute} of ${key}, a ${Type}.`);
    const all = listOf(values.get(key) ?? []).map((id) => {
      const value = found.get(id)?.[root] ?? "";
      const tags = root === "Tags" && Array.isArray(value) ? (value as { Key: string; Value: string }[]) : undefined;
      return tags ? (tags.find(({ Key }) => Key === path.join("."))?.Value ?? "") : String(value);
    });
    return Type.startsWith("List<") ? all : (all[0] ?? "");
  };
  if (name === "Fn::ValueOf") {
    if (values.has(of)) return ofParameter(of);
    throw invalidTemplate(`Template error: a rule refers to ${shown(of)}, which is no parameter.`);
  }
  return [...values.keys()].filter((key) => definitions[key]?.Type === of).map(ofParameter);
}
