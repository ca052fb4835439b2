/** The names and values that a request's expressions share, and what becomes of them. */
import { canonicalValue, type Item, type Value, validation } from "../attribute-value.js";
import { isReserved } from "./reserved-words.js";
import type { Path } from "./syntax.js";
import { ExpressionError } from "./tokenize.js";

/** Resolves placeholders, and knows at the end which of them no expression used. */
export class Scope {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Record<string, Value> = {};
  readonly #unusedNames: Set<string>;
  readonly #unusedValues: Set<string>;

  /** @throws AwsError `ValidationException` for placeholders that are none, and values that may not be */
  constructor(names: Readonly<Record<string, string>> | undefined, values: Item | undefined) {
    this.#names = names ?? {};
    if (names) checkPlaceholders(names, "#", "ExpressionAttributeNames");
    if (values) checkPlaceholders(values, ":", "ExpressionAttributeValues");
    for (const name in values) {
      try {
        this.#values[name] = canonicalValue(values[name] as Value);
      } catch (error) {
        throw validation(
          `ExpressionAttributeValues contains invalid value: ${(error as Error).message} for key ${name}`,
        );
      }
    }
    this.#unusedNames = new Set(Object.keys(this.#names));
    this.#unusedValues = new Set(Object.keys(this.#values));
  }

  /** @throws ExpressionError for a name that expressions may use through a placeholder only */
  checkReserved(path: Path): void {
    for (const part of path) {
      if (typeof part === "string" && isReserved(part)) {
        throw new ExpressionError(`Attribute name is a reserved keyword; reserved keyword: ${part}`);
      }
    }
  }

  /** @throws ExpressionError for a placeholder that the request does not define */
  path(raw: Path): Path {
    return raw.map((part) => {
      if (typeof part === "number" || !part.startsWith("#")) return part;
      if (!Object.hasOwn(this.#names, part)) {
        throw new ExpressionError(
          `An expression attribute name used in the document path is not defined; attribute name: ${part}`,
        );
      }
      this.#unusedNames.delete(part);
      return this.#names[part] as string;
    });
  }

  /** @throws ExpressionError for a placeholder that the request does not define */
  value(name: string): Value {
    const value = this.#values[name];
    if (!value) {
      throw new ExpressionError(
        `An expression attribute value used in expression is not defined; attribute value: ${name}`,
      );
    }
    this.#unusedValues.delete(name);
    return value;
  }

  /** @throws AwsError `ValidationException` when something was defined that no expression uses */
  checkAllUsed(): void {
    for (const [parameter, unused] of [
      ["ExpressionAttributeNames", this.#unusedNames],
      ["ExpressionAttributeValues", this.#unusedValues],
    ] as const) {
      if (unused.size > 0) {
        throw validation(`Value provided in ${parameter} unused in expressions: keys: {${[...unused].join(", ")}}`);
      }
    }
  }
}

function checkPlaceholders(map: object, sigil: string, parameter: string): void {
  const keys = Object.keys(map);
  if (keys.length === 0) throw validation(`${parameter} must not be empty`);
  const valid = sigil === "#" ? /^#[A-Za-z0-9_]+$/ : /^:[A-Za-z0-9_]+$/;
  const wrong = keys.find((key) => !valid.test(key));
  if (wrong !== undefined) throw validation(`${parameter} contains invalid key: Syntax error; key: "${wrong}"`);
}
