/** Filter criteria of event source mappings. See "Control which events Lambda sends to your function". */

type Value = unknown;
type Pattern = { readonly [key: string]: Value };

const isObject = (value: Value): value is Pattern =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Comparisons of `numeric`. */
const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** The operators that a filter rule may have, each with what it compares to. */
const OPERATORS: Readonly<Record<string, (value: Value, operand: Value) => boolean>> = {
  prefix: (value, operand) => typeof value === "string" && value.startsWith(String(operand)),
  suffix: (value, operand) => typeof value === "string" && value.endsWith(String(operand)),
  "equals-ignore-case": (value, operand) =>
    typeof value === "string" && value.toLowerCase() === String(operand).toLowerCase(),
  exists: (value, operand) => (value !== undefined) === operand,
  "anything-but": (value, operand) => {
    if (value === undefined) return false;
    if (isObject(operand)) return !matchesRule(value, operand);
    return !(Array.isArray(operand) ? operand : [operand]).includes(value);
  },
  numeric: (value, operand) => {
    if (typeof value !== "number" || !Array.isArray(operand)) return false;
    for (let i = 0; i + 1 < operand.length; i += 2) {
      if (!COMPARISONS[String(operand[i])]?.(value, Number(operand[i + 1]))) return false;
    }
    return true;
  },
};

function matchesRule(value: Value, rule: Value): boolean {
  if (!isObject(rule)) return rule === null ? value === null : value === rule;
  return Object.entries(rule).every(([operator, operand]) => OPERATORS[operator]?.(value, operand) === true);
}

/** Whether an event has what a pattern asks for. */
export function matchesPattern(event: Value, pattern: Pattern): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === "$or" && Array.isArray(wanted))
      return wanted.some((one) => isObject(one) && matchesPattern(event, one));
    const value = isObject(event) ? event[key] : undefined;
    if (isObject(wanted)) return matchesPattern(value, wanted);
    const rules = Array.isArray(wanted) ? wanted : [wanted];
    // Any element of a list in the event may match.
    const values = Array.isArray(value) && value.length > 0 ? value : [value];
    return values.some((one) => rules.some((rule) => matchesRule(one, rule)));
  });
}

/** Whether an event passes: one pattern that matches is enough, and so is having none. */
export function passesFilters(event: Value, filters: readonly { Pattern?: string | undefined }[] | undefined): boolean {
  if (!filters || filters.length === 0) return true;
  return filters.some(({ Pattern = "{}" }) => matchesPattern(event, JSON.parse(Pattern) as Pattern));
}
