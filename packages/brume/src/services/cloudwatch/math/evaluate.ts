/** Evaluates metric math expressions over time series. */
import { AwsError } from "../../../kernel/errors.js";
import { FUNCTIONS, MathFailure, type Span } from "./functions.js";
import type { Expression } from "./parse.js";
import { combine, type Series, type Value } from "./series.js";

/** What an expression can refer to. */
export interface Scope {
  readonly span: Span;
  /** The value of a query by its id; `undefined` where there is none. */
  readonly lookup: (id: string) => Value | undefined;
  /** The time series of all metrics in the request, by their ids. */
  readonly metrics: () => ReadonlyMap<string, Series>;
  /** The time series that a search finds. */
  readonly search: (text: string, stat: string, periodSeconds: number | undefined) => readonly Series[];
}

/** Words that are arguments of functions, not ids. */
const KEYWORDS = new Set(["ASC", "AVG", "DESC", "LINEAR", "MAX", "MIN", "REPEAT", "SUM"]);

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  // What is divided by nothing is no point.
  "/": (a, b) => (b === 0 ? Number.NaN : a / b),
  "^": (a, b) => a ** b,
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
};

const UNSUPPORTED = new Set(["ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "LAMBDA"]);

/** The value of an expression. @throws MathFailure; AwsError `NotImplemented` for functions that brume has not */
export function evaluate(expression: Expression, scope: Scope): Value {
  const of = (part: Expression) => evaluate(part, scope);
  switch (expression.kind) {
    case "number":
    case "text":
      return expression.value;
    case "list":
      return expression.items.flatMap((item) => {
        const value = of(item);
        return typeof value === "object" ? value : [];
      });
    case "name": {
      if (KEYWORDS.has(expression.name)) return expression.name;
      const value = scope.lookup(expression.name);
      if (value === undefined) throw new MathFailure(`no query has the id ${expression.name}`);
      return value;
    }
    case "operate": {
      const [first, second] = expression.args.map(of);
      if (first === undefined) throw new MathFailure("an operator lacks its operands");
      if (second === undefined) {
        const change = expression.operator === "-" ? (value: number) => -value : (value: number) => Number(value === 0);
        return combine(first, 0, change);
      }
      const apply = OPERATORS[expression.operator];
      if (!apply) throw new MathFailure(`there is no operator ${expression.operator}`);
      return combine(first, second, apply);
    }
    case "call": {
      const name = expression.name.toUpperCase();
      if (name === "SEARCH") return search(scope, expression.args.map(of));
      if (name === "METRICS") return matching(scope, expression.args.map(of)[0]);
      if (UNSUPPORTED.has(name)) {
        throw new AwsError("NotImplemented", `brume does not implement the metric math function ${name}.`, {
          status: 501,
        });
      }
      const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
      if (!apply) throw new MathFailure(`there is no function ${expression.name}`);
      return apply(expression.args.map(of), scope.span);
    }
  }
}

function search(scope: Scope, [text, stat, period]: readonly Value[]): Series[] {
  if (typeof text !== "string" || typeof stat !== "string" || (period !== undefined && typeof period !== "number"))
    throw new MathFailure("SEARCH takes a search, a statistic and a period");
  return [...scope.search(text, stat, period)];
}

/** The metrics of the request whose ids contain a text. */
function matching({ metrics }: Scope, text: Value | undefined): Series[] {
  const wanted = typeof text === "string" ? text : "";
  return [...metrics()].filter(([id]) => id.includes(wanted)).map(([, series]) => series);
}
