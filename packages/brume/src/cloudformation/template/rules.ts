/**
 * Rules: assertions about parameters, checked before anything is made.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
 */
import type { Json } from "../../kernel/resource.js";
import { invalidTemplate, shown } from "./errors.js";
import { type Parameter, parameterValue } from "./parameters.js";
import { isObject, type JsonObject, type ParameterDefinition } from "./template.js";

interface Parameters {
  readonly definitions: Readonly<Record<string, ParameterDefinition>>;
  readonly values: ReadonlyMap<string, Json>;
}

/** @throws AwsError `ValidationError` for an assertion that does not hold, or that is not well-formed */
export function checkRules(
  rules: JsonObject,
  definitions: Readonly<Record<string, ParameterDefinition>>,
  given: readonly Parameter[],
): void {
  const values = new Map<string, Json>();
  for (const parameter of given) {
    const definition = definitions[parameter.key];
    if (definition) values.set(parameter.key, parameterValue(definition, parameter));
  }
  const parameters: Parameters = { definitions, values };
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
  // What parameters of EC2 and Route 53 types have beside their values is not known here.
  if (name === "Fn::ValueOf" || name === "Fn::ValueOfAll")
    throw invalidTemplate(`brume does not look up what ${name} in a rule asks for.`);
  throw invalidTemplate(`Template error: ${name || "a map"} is no value of a rule.`);
}
