/** JSON Schema, draft 4, as far as models use it. */
import { matchesPattern } from "../../../kernel/pattern.js";

type Schema = Readonly<Record<string, unknown>>;
/** Finds the schema that a `$ref` names. */
export type Resolve = (reference: string) => Schema | undefined;

type Check = (value: unknown, operand: unknown, schema: Schema, resolve: Resolve) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  array: Array.isArray,
  boolean: (value) => typeof value === "boolean",
  integer: Number.isInteger,
  null: (value) => value === null,
  number: (value) => typeof value === "number",
  object: isObject,
  string: (value) => typeof value === "string",
};

const number = (check: (value: number, limit: number, schema: Schema) => boolean): Check => {
  return (value, limit, schema) => typeof value !== "number" || check(value, Number(limit), schema);
};
const length = (check: (length: number, limit: number) => boolean): Check => {
  return (value, limit) => typeof value !== "string" || check([...value].length, Number(limit));
};
const items = (check: (value: unknown[], operand: unknown) => boolean): Check => {
  return (value, operand) => !Array.isArray(value) || check(value, operand);
};
const object = (
  check: (value: Record<string, unknown>, operand: unknown, schema: Schema, resolve: Resolve) => boolean,
): Check => {
  return (value, operand, schema, resolve) => !isObject(value) || check(value, operand, schema, resolve);
};
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const schemas = (operand: unknown) => operand as Schema[];

const FORMATS: Readonly<Record<string, RegExp>> = {
  "date-time": /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  email: /^[^@\s]+@[^@\s]+$/,
  ipv4: /^(\d{1,3}\.){3}\d{1,3}$/,
  uri: /^[A-Za-z][A-Za-z0-9+.-]*:\S*$/,
};

/** Keywords, and whether a value meets one. Those that are not here say nothing. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  $ref: (value, reference, _, resolve) => {
    const found = resolve(String(reference));
    return found === undefined || isValid(value, found, resolve);
  },
  additionalItems: (value, rule, schema) =>
    rule !== false || !Array.isArray(value) || !Array.isArray(schema.items) || value.length <= schema.items.length,
  additionalProperties: object((value, rule, schema, resolve) => {
    const known = Object.keys((schema.properties ?? {}) as Schema);
    const patterns = Object.keys((schema.patternProperties ?? {}) as Schema);
    const others = Object.keys(value).filter(
      (name) => !known.includes(name) && !patterns.some((pattern) => matchesPattern(pattern, name)),
    );
    if (isObject(rule)) return others.every((name) => isValid(value[name], rule, resolve));
    return rule !== false || others.length === 0;
  }),
  allOf: (value, all, _, resolve) => schemas(all).every((one) => isValid(value, one, resolve)),
  anyOf: (value, any, _, resolve) => schemas(any).some((one) => isValid(value, one, resolve)),
  dependencies: object((value, rules, _, resolve) =>
    Object.entries(rules as Record<string, unknown>).every(([name, rule]) => {
      if (!Object.hasOwn(value, name)) return true;
      return Array.isArray(rule)
        ? rule.every((one) => Object.hasOwn(value, one as string))
        : isValid(value, rule as Schema, resolve);
    }),
  ),
  enum: (value, values) => (values as unknown[]).some((one) => same(one, value)),
  format: (value, name) => typeof value !== "string" || (FORMATS[String(name)]?.test(value) ?? true),
  items: (value, rule, _, resolve) => {
    if (!Array.isArray(value)) return true;
    if (!Array.isArray(rule)) return value.every((item) => isValid(item, rule as Schema, resolve));
    return rule.every((one, index) => index >= value.length || isValid(value[index], one as Schema, resolve));
  },
  maxItems: items((value, limit) => value.length <= Number(limit)),
  maxLength: length((actual, limit) => actual <= limit),
  maxProperties: object((value, limit) => Object.keys(value).length <= Number(limit)),
  maximum: number((value, limit, { exclusiveMaximum }) => (exclusiveMaximum === true ? value < limit : value <= limit)),
  minItems: items((value, limit) => value.length >= Number(limit)),
  minLength: length((actual, limit) => actual >= limit),
  minProperties: object((value, limit) => Object.keys(value).length >= Number(limit)),
  minimum: number((value, limit, { exclusiveMinimum }) => (exclusiveMinimum === true ? value > limit : value >= limit)),
  multipleOf: number((value, step) => Number.isInteger(value / step)),
  not: (value, rule, _, resolve) => !isValid(value, rule as Schema, resolve),
  oneOf: (value, any, _, resolve) => schemas(any).filter((one) => isValid(value, one, resolve)).length === 1,
  pattern: (value, pattern) => typeof value !== "string" || matchesPattern(String(pattern), value, "u"),
  patternProperties: object((value, rules, _, resolve) =>
    Object.entries(rules as Record<string, Schema>).every(([pattern, rule]) =>
      Object.entries(value).every(([name, one]) => !matchesPattern(pattern, name) || isValid(one, rule, resolve)),
    ),
  ),
  properties: object((value, rules, _, resolve) =>
    Object.entries(rules as Record<string, Schema>).every(
      ([name, rule]) => !Object.hasOwn(value, name) || isValid(value[name], rule, resolve),
    ),
  ),
  required: object(
    (value, names) => !Array.isArray(names) || names.every((name) => Object.hasOwn(value, name as string)),
  ),
  type: (value, types) => [types].flat().some((type) => TYPES[String(type)]?.(value)),
  uniqueItems: items(
    (value, rule) => rule !== true || new Set(value.map((one) => JSON.stringify(one))).size === value.length,
  ),
};

/** Whether a value is what a schema describes. */
export function isValid(value: unknown, schema: Schema, resolve: Resolve): boolean {
  return Object.entries(schema).every(([keyword, operand]) => {
    const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    return !check || check(value, operand, schema, resolve);
  });
}
