/** What a parameter is: its type, the rules for its name and value. */
import { AwsError } from "../../kernel/errors.js";
import { matchesPattern } from "../../kernel/pattern.js";
import { check, validation } from "./constraints.js";

export const TYPES = ["String", "StringList", "SecureString"] as const;
export type ParameterType = (typeof TYPES)[number];
export const TIERS = ["Standard", "Advanced", "Intelligent-Tiering"] as const;
export type Tier = "Standard" | "Advanced" | "Intelligent-Tiering";

/** What a parameter is beside its value, and what of it changes. */
export interface Parameter {
  readonly name: string;
  /** The number of the latest version. */
  readonly version: number;
  /** The number of the oldest version that is kept. */
  readonly firstVersion: number;
  readonly type: ParameterType;
  readonly tags: Readonly<Record<string, string>>;
  /** Version numbers by label. */
  readonly labels: Readonly<Record<string, number>>;
}

export interface ParameterVersion {
  readonly version: number;
  readonly type: ParameterType;
  /** Of a secure string: its ciphertext. */
  readonly value: string;
  readonly description?: string | undefined;
  readonly keyId?: string | undefined;
  readonly allowedPattern?: string | undefined;
  readonly dataType: string;
  /** What Intelligent-Tiering comes to is one of the others. */
  readonly tier: Exclude<Tier, "Intelligent-Tiering">;
  /** JSON text, as it was given. */
  readonly policies?: string | undefined;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

/** The most characters of a value, by tier. */
export const MAX_VALUE_BYTES = { Standard: 4096, Advanced: 8192 } as const;
export const MAX_VERSIONS = 100;
const MAX_LEVELS = 15;

const NAME_RULE =
  "If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_";

/** @throws AwsError when a name cannot be a parameter's */
export function checkName(name: string | undefined): string {
  check("name", name, { min: 1, max: 2048 });
  const text = name as string;
  const isPath = text.split("/").length > 2;
  if (/^\/aws/i.test(text) && isPath)
    throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${text}.`);
  if (/^\/?(aws|ssm)/i.test(text) && !isPath)
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  if (/^\/?(aws|ssm)/i.test(text) || !/^[a-zA-Z0-9_.\-/]+$/.test(text) || /\/\/|\/$/.test(text))
    throw validation(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${NAME_RULE}`);
  if (text.includes("/") && !text.startsWith("/")) throw validation("Parameter name must be a fully qualified name.");
  if (text.startsWith("/") && text.split("/").length - 1 > MAX_LEVELS) {
    throw new AwsError(
      "HierarchyLevelLimitExceededException",
      `A hierarchy can have a maximum of ${MAX_LEVELS} levels. You can create a path with up to ${MAX_LEVELS} levels.`,
    );
  }
  return text;
}

const MAX_NAMES = 10;

/** The names that a request lists, each once. @throws AwsError `ValidationException` for none, and for too many */
export function checkNames(names: readonly string[] = []): string[] {
  const given = [...new Set(names)];
  const broken =
    given.length < 1
      ? "greater than or equal to 1"
      : given.length > MAX_NAMES
        ? `less than or equal to ${MAX_NAMES}`
        : "";
  if (broken === "") return given;
  throw validation(
    `1 validation error detected: Value '[${given.join(", ")}]' at 'names' failed to satisfy constraint: Member must have length ${broken}`,
  );
}

/** @throws AwsError `ParameterPatternMismatchException`, `InvalidAllowedPatternException` */
export function checkPattern(value: string, pattern: string | undefined): void {
  if (pattern === undefined || pattern === "") return;
  let matches: boolean;
  try {
    matches = matchesPattern(`^(?:${pattern})$`, value);
  } catch (cause) {
    throw new AwsError(
      "InvalidAllowedPatternException",
      `The request does not meet the regular expression requirement.`,
      {
        cause,
      },
    );
  }
  if (!matches) {
    throw new AwsError(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
  }
}

/** What a caller means by `name`, `name:3`, `name:label` or an ARN. */
export interface Reference {
  readonly name: string;
  /** A version's number or label, as it was given. */
  readonly selector?: string | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** Takes a reference apart. */
export function parseReference(text: string): Reference {
  const arn = /^arn:[^:]+:ssm:([^:]*):([^:]*):parameter(\/[^:]+)(?::(.+))?$/.exec(text);
  if (arn) {
    const [, region, account, name, selector] = arn;
    return { name: name as string, selector, account, region };
  }
  const colon = text.indexOf(":");
  return colon < 0 ? { name: text } : { name: text.slice(0, colon), selector: text.slice(colon + 1) };
}
