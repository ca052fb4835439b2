/** Whether the trust policy of a role lets a federated user assume it. */
import { matchesWildcard } from "../../kernel/wildcard.js";

type OneOrMany<T> = T | readonly T[] | undefined;

interface Statement {
  Effect?: string;
  Action?: OneOrMany<string>;
  Principal?: "*" | { Federated?: OneOrMany<string>; AWS?: OneOrMany<string> };
  Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string | number | boolean>>>>>;
}

/** The values of condition keys, by their names in lower case. */
export type ConditionValues = ReadonlyMap<string, readonly string[]>;

const list = <T>(value: OneOrMany<T>): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

type Test = (actual: string, expected: string) => boolean;
const OPERATORS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, expected) => actual === expected,
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  StringLike: (actual, expected) => matchesWildcard(expected, actual),
  Bool: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  ArnEquals: (actual, expected) => matchesWildcard(expected, actual),
  ArnLike: (actual, expected) => matchesWildcard(expected, actual),
};
const NEGATED = /^(String|Arn)Not(Equals|EqualsIgnoreCase|Like)$/;

/** Whether a condition is met. One whose operator is not known here is not. */
function isMet(named: string, values: readonly string[] | undefined, expected: readonly string[]): boolean {
  const [, quantifier, rest = ""] = /^(ForAnyValue:|ForAllValues:)?(.*)$/.exec(named) ?? [];
  const ifExists = rest.endsWith("IfExists");
  const name = ifExists ? rest.slice(0, -"IfExists".length) : rest;
  if (name === "Null") return expected.includes(String(values === undefined));
  const negated = NEGATED.exec(name);
  const test = OPERATORS[negated ? `${negated[1]}${negated[2]}` : name];
  if (!test) return false;
  if (values === undefined) return ifExists || negated !== null || quantifier === "ForAllValues:";
  const holds = (actual: string) => expected.some((one) => test(actual, one)) !== (negated !== null);
  return quantifier === "ForAllValues:" ? values.every(holds) : values.some(holds);
}

function applies(statement: Statement, action: string, provider: string, values: ConditionValues): boolean {
  const { Action, Principal, Condition = {} } = statement;
  if (!list(Action).some((one) => matchesWildcard(one.toLowerCase(), action.toLowerCase()))) return false;
  const principals = Principal === "*" ? ["*"] : [...list(Principal?.Federated), ...list(Principal?.AWS)];
  if (!principals.some((one) => one === "*" || one === provider)) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) =>
      isMet(operator, values.get(key.toLowerCase()), list(expected).map(String)),
    ),
  );
}

/** Whether a trust policy allows an action to what comes from an identity provider, with these values of conditions. */
export function trusts(document: string, action: string, provider: string, values: ConditionValues): boolean {
  const statements = list((JSON.parse(document) as { Statement?: OneOrMany<Statement> }).Statement);
  const applying = statements.filter((one) => applies(one, action, provider, values));
  return applying.some(({ Effect }) => Effect === "Allow") && !applying.some(({ Effect }) => Effect === "Deny");
}
