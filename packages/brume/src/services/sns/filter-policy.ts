/** Filter policies: which messages a subscription wants. See "Amazon SNS subscription filter policies". */
import { BlockList, isIP } from "node:net";
import { matchesParts } from "../../kernel/wildcard.js";
import { invalid, type MessageAttributes, parseObject } from "./topic.js";

type Scalar = string | number | boolean | null;
type Condition = Scalar | Record<string, unknown>;
type Policy = { readonly [key: string]: Policy | Condition[] | Policy[] };
type Operator = (value: unknown, operand: unknown) => boolean;

const MAX_COMBINATIONS = 150;
const MAX_KEYS = 5;
const MAX_NUMBER = 1e9;
const asText = (test: (value: string, operand: string) => boolean): Operator => {
  return (value, operand) => typeof value === "string" && test(value, String(operand));
};

/** Whether one value meets an operator. Values are tried one by one, and one that does is enough. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  prefix: asText((value, operand) => value.startsWith(operand)),
  suffix: asText((value, operand) => value.endsWith(operand)),
  "equals-ignore-case": asText((value, operand) => value.toLowerCase() === operand.toLowerCase()),
  wildcard: asText((value, operand) => matchesParts(partsOf(operand), value)),
  cidr: asText(inRange),
  numeric: (value, operand) => typeof value === "number" && compares(value, operand as unknown[]),
  "anything-but": (value, operand) => {
    if (typeof operand === "object" && operand !== null && !Array.isArray(operand)) {
      return !Object.entries(operand).some(([name, texts]) =>
        [texts].flat().some((text: unknown) => OPERATORS[name]?.(value, text)),
      );
    }
    return ![operand].flat().includes(value);
  },
};

/** The parts of a pattern between its stars; a backslash takes the meaning off a star, and off a backslash. */
function partsOf(pattern: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (const [piece] of pattern.matchAll(/\\[*\\]|./gs)) {
    if (piece === "*") {
      parts.push(part);
      part = "";
    } else part += piece.length > 1 ? piece[1] : piece;
  }
  return [...parts, part];
}

function inRange(address: string, range: string): boolean {
  const [network = "", bits = ""] = range.split("/");
  if (!isIP(address) || isIP(address) !== isIP(network)) return false;
  const family = isIP(network) === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function compares(value: number, pairs: unknown[]): boolean {
  for (let i = 0; i < pairs.length; i += 2) {
    if (!COMPARISONS[pairs[i] as string]?.(value, Number(pairs[i + 1]))) return false;
  }
  return true;
}

function meets(values: unknown[], condition: Condition): boolean {
  if (typeof condition !== "object" || condition === null) return values.includes(condition);
  const [[name, operand] = ["", undefined]] = Object.entries(condition);
  if (name === "exists") return values.length > 0 === operand;
  return values.some((value) => OPERATORS[name]?.(value, operand));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `$or` is a choice only where it holds several policies; else it is a name like any other. */
function choices(key: string, rule: unknown): Policy[] | undefined {
  if (key !== "$or" || !Array.isArray(rule) || rule.length < 2) return undefined;
  const policies = rule.every((one) => isObject(one) && !Object.keys(one).some((name) => isOperator(name)));
  return policies ? (rule as Policy[]) : undefined;
}

const isOperator = (name: string) => name === "exists" || Object.hasOwn(OPERATORS, name);

function matches(policy: Policy, node: Record<string, unknown>): boolean {
  return Object.entries(policy).every(([key, rule]) => {
    const either = choices(key, rule);
    if (either) return either.some((one) => matches(one, node));
    const values = Object.hasOwn(node, key) ? [node[key]].flat(8) : [];
    if (Array.isArray(rule)) return (rule as Condition[]).some((condition) => meets(values, condition));
    const children = values.filter(isObject);
    return (children.length > 0 ? children : [{}]).some((child) => matches(rule, child));
  });
}

/** What an attribute's value is to a filter policy: text, a number, or a list. */
function attributeValues(attributes: MessageAttributes | undefined): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, { DataType = "String", StringValue = "" }] of Object.entries(attributes ?? {})) {
    if (DataType === "String.Array") values[name] = parsed(StringValue) ?? StringValue;
    else if (DataType.startsWith("Number")) values[name] = Number(StringValue);
    // The content of a binary attribute is never looked at, only that it is there.
    else values[name] = DataType.startsWith("Binary") ? {} : StringValue;
  }
  return values;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a message passes a subscription's filter. */
export function wants(
  attributes: Readonly<Record<string, string>>,
  message: { body: string; attributes: MessageAttributes | undefined },
): boolean {
  if (!attributes.FilterPolicy) return true;
  const policy = JSON.parse(attributes.FilterPolicy) as Policy;
  if (attributes.FilterPolicyScope !== "MessageBody") return matches(policy, attributeValues(message.attributes));
  const body = parsed(message.body);
  return isObject(body) && matches(policy, body);
}

/** @throws AwsError `InvalidParameter` when the text is no filter policy for the scope */
export function checkFilterPolicy(text: string, scope: string): void {
  const policy = parseObject(text, "FilterPolicy");
  const combinations = checkPolicy(policy, scope, 1);
  if (leavesOf(policy) > MAX_KEYS) throw invalid(`FilterPolicy: Filter policy can not have more than ${MAX_KEYS} keys`);
  if (combinations > MAX_COMBINATIONS) throw invalid("FilterPolicy: Filter policy is too complex");
}

/** How many keys say what values they want. */
function leavesOf(policy: Record<string, unknown>): number {
  return Object.entries(policy).reduce((sum, [key, rule]) => {
    const either = choices(key, rule);
    if (either) return sum + either.reduce((inner, one) => inner + leavesOf(one), 0);
    return sum + (isObject(rule) ? leavesOf(rule) : 1);
  }, 0);
}

function checkPolicy(policy: Record<string, unknown>, scope: string, depth: number): number {
  let combinations = 1;
  for (const [key, rule] of Object.entries(policy)) {
    const either = choices(key, rule);
    if (either) {
      combinations *= either.reduce((sum, one) => sum + checkPolicy(one, scope, depth), 0);
    } else if (Array.isArray(rule)) {
      if (rule.length === 0) throw invalid("FilterPolicy: Empty arrays are not allowed");
      for (const condition of rule) checkCondition(key, condition);
      combinations *= rule.length * (scope === "MessageBody" ? depth : 1);
    } else if (isObject(rule)) {
      if (scope !== "MessageBody")
        throw invalid("Filter policy scope MessageAttributes does not support nested filter policy");
      if (Object.keys(rule).length === 0) throw invalid("FilterPolicy: Empty objects are not allowed");
      combinations *= checkPolicy(rule, scope, depth + 1);
    } else {
      throw invalid(`FilterPolicy: "${key}" must be an object or an array`);
    }
  }
  return combinations;
}

function checkCondition(key: string, condition: unknown): void {
  if (Array.isArray(condition)) throw invalid(`FilterPolicy: Match value must be String, number, true, false, or null`);
  if (!isObject(condition)) return;
  const [[name, operand] = ["", undefined], ...more] = Object.entries(condition);
  if (more.length > 0) throw invalid("FilterPolicy: Only one key allowed in match expression");
  if (!isOperator(name)) throw invalid(`FilterPolicy: Unrecognized match type ${name}`);
  if (name === "exists" && typeof operand !== "boolean")
    throw invalid("FilterPolicy: exists match pattern must be either true or false.");
  if (name === "numeric") checkNumeric(operand);
  if (["prefix", "suffix", "wildcard", "equals-ignore-case", "cidr"].includes(name) && typeof operand !== "string")
    throw invalid(`FilterPolicy: ${name} match pattern must be a string`);
  if (name === "anything-but") checkExclusion(key, operand);
}

function checkExclusion(key: string, operand: unknown): void {
  if (Array.isArray(operand) && operand.length === 0)
    throw invalid(`FilterPolicy: Empty arrays are not allowed, at "${key}"`);
  if (!isObject(operand)) return;
  const [[name, texts] = ["", undefined], ...more] = Object.entries(operand);
  if (more.length > 0 || !EXCLUDED.has(name)) throw invalid(`FilterPolicy: Unsupported anything-but pattern: ${name}`);
  if ([texts].flat().some((text) => typeof text !== "string"))
    throw invalid(`FilterPolicy: ${name} match pattern must be a string`);
}

/** What `anything-but` can have beside values. */
const EXCLUDED = new Set(["prefix", "suffix", "wildcard", "equals-ignore-case"]);

function checkNumeric(operand: unknown): void {
  if (!Array.isArray(operand)) throw invalid("FilterPolicy: Value of numeric must be an array.");
  if (operand.length !== 2 && operand.length !== 4)
    throw invalid("FilterPolicy: Too many elements in numeric expression");
  for (let i = 0; i < operand.length; i += 2) {
    if (!Object.hasOwn(COMPARISONS, String(operand[i])))
      throw invalid(`FilterPolicy: Unrecognized numeric range operator: ${String(operand[i])}`);
    const number: unknown = operand[i + 1];
    if (typeof number !== "number") throw invalid(`FilterPolicy: Value of ${String(operand[i])} must be numeric`);
    if (Math.abs(number) > MAX_NUMBER)
      throw invalid(`FilterPolicy: Value of ${String(operand[i])} must be from -1.0E9 to 1.0E9, inclusive`);
  }
}
