/** JSONPath, as mapping templates and authorizers use it. */

type Selector = (value: unknown) => unknown[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const name =
  (key: string): Selector =>
  (value) =>
    isObject(value) && Object.hasOwn(value, key) ? [value[key]] : [];

const index =
  (at: number): Selector =>
  (value) => {
    const item: unknown = Array.isArray(value) ? value.at(at) : undefined;
    return item === undefined ? [] : [item];
  };

const slice =
  (from: string, to: string): Selector =>
  (value) =>
    Array.isArray(value) ? value.slice(Number(from || 0), to === "" ? undefined : Number(to)) : [];

const all: Selector = (value) => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

const deep: Selector = (value) => [value, ...all(value).flatMap(deep)];

/** `[?(@.a.b == 'x')]`, with one comparison or none. */
function filter(source: string): Selector {
  const [, path = "@", operator, operand = ""] =
    /^@([^=!<>]*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+))?$/.exec(source.trim()) ?? [];
  const wanted: unknown =
    operator && JSON.parse(operand.trim().replace(/^'(.*)'$/, (_, text: string) => JSON.stringify(text)));
  return (value) =>
    all(value).filter((item) => {
      const found = evaluateJsonPath(`$${path}`, item);
      if (!operator) return found !== undefined;
      return (COMPARISONS[operator] as (a: unknown, b: unknown) => boolean)(found, wanted);
    });
}

const COMPARISONS: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => Number(a) < Number(b),
  "<=": (a, b) => Number(a) <= Number(b),
  ">": (a, b) => Number(a) > Number(b),
  ">=": (a, b) => Number(a) >= Number(b),
};

const STEPS: readonly [RegExp, definite: boolean, (match: RegExpExecArray) => Selector][] = [
  [/^\.\.(?=[[*A-Za-z_$])/, false, () => deep],
  [/^\.?\[\s*'((?:[^'\\]|\\.)*)'\s*\]/, true, ([, key = ""]) => name(key.replaceAll(/\\(.)/g, "$1"))],
  [/^\.?\[\s*"((?:[^"\\]|\\.)*)"\s*\]/, true, ([, key = ""]) => name(key.replaceAll(/\\(.)/g, "$1"))],
  [/^\.?\[\s*(-?\d+)\s*\]/, true, ([, at]) => index(Number(at))],
  [/^\.?\[\s*(-?\d*):(-?\d*)\s*\]/, false, ([, from = "", to = ""]) => slice(from, to)],
  [/^\.?\[\s*\*\s*\]/, false, () => all],
  [/^\.?\[\s*\?\((.*?)\)\s*\]/, false, ([, source = ""]) => filter(source)],
  [/^\.?\*/, false, () => all],
  [/^\.?([^.[\]\s*]+)/, true, ([, key = ""]) => name(key)],
];

/** The value at a path; a list of values where the path can mean several. `undefined` where there is none. */
export function evaluateJsonPath(path: string, root: unknown): unknown {
  let rest = path.trim().replace(/^\$/, "");
  let values = [root];
  let definite = true;
  while (rest !== "") {
    const step = STEPS.map(([pattern, one, make]) => [pattern.exec(rest), one, make] as const).find(([match]) => match);
    if (!step?.[0]) return undefined;
    const [match, one, make] = step;
    values = values.flatMap(make(match));
    definite &&= one;
    rest = rest.slice(match[0].length);
  }
  return definite ? values[0] : values;
}
