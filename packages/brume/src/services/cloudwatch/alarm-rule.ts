/** The rules of composite alarms. See "PutCompositeAlarm" in the CloudWatch API Reference. */
import { validationError } from "./tables.js";

type Rule =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "state"; readonly state: string; readonly alarm: string }
  | {
      readonly kind: "count";
      readonly least: number;
      readonly not: boolean;
      readonly state: string;
      readonly alarms: readonly string[];
    }
  | { readonly kind: "not"; readonly rule: Rule }
  | { readonly kind: "and" | "or"; readonly rules: readonly Rule[] };

const STATES = ["ALARM", "OK", "INSUFFICIENT_DATA"];
const TOKEN = /\s*(?:"([^"]*)"|'([^']*)'|([(),])|([^\s"'(),]+))/y;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

const failure = () => validationError("AlarmRule expression is invalid: it could not be parsed.");

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw failure();
    const quoted = match[1] ?? match[2];
    tokens.push({ text: quoted ?? match[3] ?? match[4] ?? "", quoted: quoted !== undefined });
    at = TOKEN.lastIndex;
  }
  return tokens;
}

const nameOf = (text: string): string => (text.startsWith("arn:") ? (text.split(":alarm:").at(-1) as string) : text);

/** Parses a rule. @throws AwsError `ValidationError` */
export function parseRule(text: string): Rule {
  const tokens = tokensOf(text);
  let at = 0;
  const isNext = (word: string) => tokens[at]?.quoted === false && tokens[at]?.text.toUpperCase() === word;
  const take = (word: string) => isNext(word) && ++at > 0;
  const expect = (word: string) => {
    if (!take(word)) throw failure();
  };
  const word = (): string => {
    const token = tokens[at++];
    if (!token || (!token.quoted && /^[(),]$/.test(token.text))) throw failure();
    return token.text;
  };

  const several = (kind: "and" | "or", part: () => Rule): Rule => {
    const rules = [part()];
    while (take(kind.toUpperCase())) rules.push(part());
    return rules.length === 1 ? (rules[0] as Rule) : { kind, rules };
  };
  const either = (): Rule => several("or", both);
  const both = (): Rule => several("and", single);

  const atLeast = (): Rule => {
    expect("(");
    const least = word();
    if (!/^\d+%?$/.test(least)) throw failure();
    expect(",");
    const not = take("NOT");
    const state = word();
    if (!STATES.includes(state)) throw failure();
    expect(",");
    expect("(");
    const names: string[] = [];
    do names.push(nameOf(word()));
    while (take(","));
    expect(")");
    expect(")");
    const number = least.endsWith("%") ? Math.ceil((Number.parseInt(least, 10) / 100) * names.length) : Number(least);
    return { kind: "count", least: number, not, state, alarms: names };
  };

  const single = (): Rule => {
    if (take("NOT")) return { kind: "not", rule: single() };
    if (take("TRUE")) return { kind: "constant", value: true };
    if (take("FALSE")) return { kind: "constant", value: false };
    if (take("AT_LEAST")) return atLeast();
    if (take("(")) {
      const rule = either();
      expect(")");
      return rule;
    }
    const state = STATES.find(take);
    if (!state) throw failure();
    expect("(");
    const alarm = nameOf(word());
    expect(")");
    return { kind: "state", state, alarm };
  };

  const rule = either();
  if (at < tokens.length) throw failure();
  return rule;
}

/** Whether a rule holds, given the states of alarms. */
export function holds(rule: Rule, stateOf: (alarm: string) => string | undefined): boolean {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "count":
      return rule.alarms.filter((alarm) => (stateOf(alarm) === rule.state) !== rule.not).length >= rule.least;
    case "not":
      return !holds(rule.rule, stateOf);
    case "and":
      return rule.rules.every((part) => holds(part, stateOf));
    case "or":
      return rule.rules.some((part) => holds(part, stateOf));
  }
}

/** The names of the alarms that a rule looks at. */
export function alarmsIn(rule: Rule): string[] {
  if (rule.kind === "state") return [rule.alarm];
  if (rule.kind === "count") return [...rule.alarms];
  if (rule.kind === "not") return alarmsIn(rule.rule);
  return rule.kind === "constant" ? [] : rule.rules.flatMap(alarmsIn);
}
