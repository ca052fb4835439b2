/** Holds inputs against the constraints of AWS's API models, which come as data: the `constraints.json` of services. */
import { AwsError } from "./errors.js";
import type { Operation } from "./service.js";

/** What an API model says of the inputs of a service. */
export interface InputConstraints {
  /** The shape of each operation's input. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, ShapeConstraint>>;
}

interface ShapeConstraint {
  /** Of a structure: the members that constrain something and their shapes. A name that ends in `!` is required. */
  readonly members?: Readonly<Record<string, string>>;
  /** The shapes of a list's elements, and of a map's keys and values. */
  readonly of?: string;
  readonly keys?: string;
  readonly values?: string;
  /** Of the length of texts, bytes, lists and maps. */
  readonly min?: number;
  readonly max?: number;
  /** Of numbers. */
  readonly least?: number;
  readonly most?: number;
  readonly pattern?: string;
  readonly oneOf?: readonly string[];
  /** Messages do not show it. */
  readonly sensitive?: boolean;
}

/** How a service answers. */
export interface Refusal {
  /** Its error code: `ValidationException` and the like. */
  readonly code: string;
  /** Shapes and members (`CreateKeyRequest.Tags`) which the service looks at itself, later or with other messages. */
  readonly leaves?: readonly string[];
  /** The service has messages of its own for what does not match a pattern. */
  readonly leavesPatterns?: boolean;
  /** So it has for what is missing. */
  readonly leavesMissing?: boolean;
  /** The error for what is wrong, where it is not the usual one, which lists everything. */
  readonly error?: (violations: readonly Violation[], operation: string) => AwsError | undefined;
}

/** One thing that is wrong with an input. */
export interface Violation {
  /** As AWS spells it: `tags.1.member.key`. */
  readonly path: string;
  /** The value as messages show it, with its quotes; "" where it is not shown. */
  readonly shown: string;
  /** What the member must be. */
  readonly rule: string;
}

/** What a value must be by itself. */
interface Rule {
  readonly text: string;
  readonly isBroken: (value: unknown) => boolean;
}

/** Longer texts break other constraints, and a pattern could take long to see that it does not match. */
const LONGEST_MATCHED = 10_000;

const NULL = "Member must not be null";

type Add = (path: string, value: unknown, rule: string, isShown?: boolean) => void;
/** Reports what is wrong with a value. Without a path only that something is: most inputs are good, and need none. */
type Check = (value: unknown, path: string | undefined, add: Add) => void;

/** The operations of a service, each of which looks at its input before it is performed. `refusal` may be the code alone. */
export function constrained<Operations extends object>(
  model: InputConstraints,
  refusal: Refusal | string,
  operations: Operations,
): Operations {
  const answer: Refusal = typeof refusal === "string" ? { code: refusal } : refusal;
  const compiler = new Compiler(model, answer);
  const checked = Object.entries(operations as Record<string, Operation>).map(([name, operation]) => {
    const input = model.inputs[name];
    if (input === undefined) return [name, operation];
    const check = compiler.check(input);
    const handler: Operation["handler"] = (given, ctx) => {
      // Within the cloud, what may not be empty may be left out by being empty.
      const counts = (value: unknown) => ctx.http !== undefined || !isEmpty(value);
      let isGood = true;
      check(given, undefined, (_, value) => {
        if (counts(value)) isGood = false;
      });
      if (isGood) return operation.handler(given, ctx);
      const violations: Violation[] = [];
      check(given, "", (path, value, rule, isShown = true) => {
        if (counts(value)) violations.push({ path, shown: isShown ? ` ${quoted(value)}` : "", rule });
      });
      throw answer.error?.(violations, name) ?? new AwsError(answer.code, listed(violations));
    };
    return [name, { ...operation, handler }];
  });
  return Object.fromEntries(checked) as Operations;
}

/** The usual message: how many errors there are, and each. */
export function listed(violations: readonly Violation[]): string {
  const count = violations.length;
  const each = violations.map(
    ({ path, shown, rule }) => `Value${shown} at '${path}' failed to satisfy constraint: ${rule}`,
  );
  return `${count} validation error${count > 1 ? "s" : ""} detected: ${each.join("; ")}`;
}

/** Makes the checks of shapes, once each and when they are needed first. */
class Compiler {
  readonly #model: InputConstraints;
  readonly #refusal: Refusal;
  readonly #checks = new Map<string, Check>();

  constructor(model: InputConstraints, refusal: Refusal) {
    this.#model = model;
    this.#refusal = refusal;
  }

  check(name: string): Check {
    const known = this.#checks.get(name);
    if (known) return known;
    let compiled: Check | undefined;
    // A shape may refer to itself.
    const lazy: Check = (value, path, add) => {
      compiled ??= this.#compile(name);
      compiled(value, path, add);
    };
    this.#checks.set(name, lazy);
    return lazy;
  }

  #compile(name: string): Check {
    const shape = this.#model.shapes[name];
    if (!shape || this.#leaves(name)) return () => {};
    if (shape.members) return this.#structure(name, shape.members);
    const rules = this.#rules(shape);
    const inner = this.#elements(shape);
    return (value, path, add) => {
      for (const rule of rules) if (rule.isBroken(value)) add(path ?? "", value, rule.text, shape.sensitive !== true);
      inner?.(value, path, add);
    };
  }

  #structure(name: string, members: Readonly<Record<string, string>>): Check {
    const checks = Object.entries(members).flatMap(([key, shape]) => {
      const member = key.replace("!", "");
      if (this.#leaves(`${name}.${member}`)) return [];
      const shown = member.charAt(0).toLowerCase() + member.slice(1);
      const isRequired = key !== member && this.#refusal.leavesMissing !== true;
      return { member, shown, isRequired, check: shape === "" ? undefined : this.check(shape) };
    });
    return (value, path, add) => {
      for (const { member, shown, isRequired, check } of checks) {
        const given = (value as Record<string, unknown>)[member];
        const place = path ? `${path}.${shown}` : path === "" ? shown : undefined;
        if (given !== undefined && given !== null) check?.(given, place, add);
        else if (isRequired) add(place ?? "", undefined, NULL);
      }
    };
  }

  /** The check of a list's elements, or of a map's keys and values. */
  #elements({ of, keys, values }: ShapeConstraint): Check | undefined {
    if (of !== undefined) return this.#each("Member", of, (value) => (value as unknown[]).entries());
    const ofKeys = keys === undefined ? undefined : this.#each("Map key", keys, (map) => keysOf(map as object));
    const ofValues =
      values === undefined ? undefined : this.#each("Map value", values, (map) => Object.entries(map as object));
    if (!ofKeys && !ofValues) return undefined;
    return (value, path, add) => {
      ofKeys?.(value, path, add);
      ofValues?.(value, path, add);
    };
  }

  #each(what: string, name: string, elementsOf: (value: unknown) => Iterable<[string | number, unknown]>): Check {
    const shape = this.#model.shapes[name];
    if (!shape || this.#leaves(name)) return () => {};
    if (shape.members || shape.of !== undefined || shape.values !== undefined) {
      const check = this.check(name);
      return (value, path, add) => {
        for (const [key, element] of elementsOf(value)) {
          const place = path === undefined ? undefined : `${path}.${typeof key === "number" ? key + 1 : key}.member`;
          if (element === undefined || element === null) add(place ?? "", undefined, NULL);
          else check(element, place, add);
        }
      };
    }
    const rules = this.#rules(shape);
    // AWS shows the whole list, and all that its elements must be.
    const text = `${what} must satisfy constraint: [${[...rules.map((rule) => rule.text).reverse(), NULL].join(", ")}]`;
    return (value, path, add) => {
      for (const [, element] of elementsOf(value)) {
        const isThere = element !== undefined && element !== null;
        if (isThere && !rules.some((rule) => rule.isBroken(element))) continue;
        add(path ?? "", value, text, shape.sensitive !== true);
        return;
      }
    };
  }

  #rules({ min, max, least, most, pattern, oneOf }: ShapeConstraint): Rule[] {
    const rules: Rule[] = [];
    const rule = (text: string, isBroken: (value: never) => boolean) =>
      rules.push({ text: `Member must ${text}`, isBroken: isBroken as Rule["isBroken"] });
    if (oneOf) rule(`satisfy enum value set: [${oneOf.join(", ")}]`, (value: string) => !oneOf.includes(value));
    if (pattern !== undefined && this.#refusal.leavesPatterns !== true) {
      const expression = expressionOf(pattern);
      rule(
        `satisfy regular expression pattern: ${pattern}`,
        (value: string) => value.length <= LONGEST_MATCHED && !expression.test(value),
      );
    }
    if (min !== undefined)
      rule(`have length greater than or equal to ${min}`, (value: object | string) => lengthOf(value) < min);
    if (max !== undefined)
      rule(`have length less than or equal to ${max}`, (value: object | string) => lengthOf(value) > max);
    if (least !== undefined) rule(`have value greater than or equal to ${least}`, (value: number) => value < least);
    if (most !== undefined) rule(`have value less than or equal to ${most}`, (value: number) => value > most);
    return rules;
  }

  #leaves(name: string): boolean {
    return this.#refusal.leaves?.includes(name) === true;
  }
}

// AWS reads patterns as Java does: a text has to match from its beginning to its end.
function expressionOf(pattern: string): RegExp {
  const ignoresCase = pattern.startsWith("(?i)");
  const whole = `^(?:${ignoresCase ? pattern.slice(4) : pattern})$`;
  const flags = ignoresCase ? "i" : "";
  try {
    return new RegExp(whole, `u${flags}`);
  } catch {
    return new RegExp(whole, flags);
  }
}

function lengthOf(value: string | object): number {
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return Object.keys(value).length;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array) && lengthOf(value) === 0;
}

const keysOf = (map: object): [string, unknown][] => Object.keys(map).map((key) => [key, key]);

function quoted(value: unknown): string {
  return value === undefined ? "null" : `'${shown(value)}'`;
}

/** A value as Java's `toString` shows it. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, one]) => `${key}=${shown(one)}`)
    .join(", ")}}`;
}
