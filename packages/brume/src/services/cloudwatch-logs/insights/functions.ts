/** The functions of queries that make one value of others; see "Supported operations and functions" in the User Guide. */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { Period } from "./period.js";
import { isTrue, Moment, toNumber, toText, type Value } from "./values.js";

interface QueryFunction {
  /** How many arguments it takes: as many, or from the first to the second number. */
  readonly arity: number | readonly [number, number];
  readonly call: (...args: Value[]) => Value;
}

const ANY_NUMBER = Number.POSITIVE_INFINITY;

/** A function of numbers, whose value is missing where one of them is. */
const numeric = (arity: QueryFunction["arity"], call: (...numbers: number[]) => number): QueryFunction => ({
  arity,
  call: (...args) => {
    const numbers = args.map(toNumber);
    if (numbers.some((number) => number === undefined)) return undefined;
    const result = call(...(numbers as number[]));
    return Number.isFinite(result) ? result : undefined;
  },
});

/** A function of texts, whose value is missing where one of them is. */
const textual = (arity: QueryFunction["arity"], call: (...texts: string[]) => Value): QueryFunction => ({
  arity,
  call: (...args) => {
    const texts = args.map(toText);
    return texts.some((text) => text === undefined) ? undefined : call(...(texts as string[]));
  },
});

const truth = (is: boolean): number => (is ? 1 : 0);

/** A text without the given characters, or white space, at its start and at its end as asked. */
function trim(text: string, characters: string | undefined, start: boolean, end: boolean): string {
  const isGone = (at: number) => {
    const character = text[at] as string;
    return characters === undefined ? /\s/.test(character) : characters.includes(character);
  };
  let [from, to] = [0, text.length];
  while (start && from < to && isGone(from)) from++;
  while (end && to > from && isGone(to - 1)) to--;
  return text.slice(from, to);
}

function isInSubnet(address: string, subnet: string, family?: 4 | 6): number {
  const [network = "", bits = ""] = subnet.split("/");
  const kind = isIP(network);
  const most = kind === 4 ? 32 : 128;
  if (kind === 0 || isIP(address) !== kind || (family !== undefined && kind !== family)) return 0;
  if (!/^\d+$/.test(bits) || Number(bits) > most) return 0;
  const list = new BlockList();
  const name = kind === 4 ? "ipv4" : "ipv6";
  list.addSubnet(network, Number(bits), name);
  return truth(list.check(address, name));
}

const rounded = (round: (period: Period, time: number) => number): QueryFunction => ({
  arity: 2,
  call: (time, period) => {
    const ms = toNumber(time);
    return ms !== undefined && period instanceof Period ? new Moment(round(period, ms)) : undefined;
  },
});

function parseJson(text: string): Value {
  try {
    const value = JSON.parse(text) as Value | null;
    return value === null ? undefined : value;
  } catch {
    return undefined;
  }
}

/** By names in lower case: queries may write them as they like. */
const FUNCTIONS: Readonly<Record<string, QueryFunction>> = {
  abs: numeric(1, Math.abs),
  ceil: numeric(1, Math.ceil),
  floor: numeric(1, Math.floor),
  greatest: numeric([1, ANY_NUMBER], (...numbers) => numbers.reduce((a, b) => Math.max(a, b))),
  least: numeric([1, ANY_NUMBER], (...numbers) => numbers.reduce((a, b) => Math.min(a, b))),
  log: numeric(1, Math.log),
  sqrt: numeric(1, Math.sqrt),

  datefloor: rounded((period, time) => period.floor(time)),
  dateceil: rounded((period, time) => period.ceil(time)),
  frommillis: {
    arity: 1,
    call: (value) => {
      const ms = toNumber(value);
      return ms === undefined ? undefined : new Moment(ms);
    },
  },
  tomillis: numeric(1, (time) => time),

  ispresent: { arity: 1, call: (value) => truth(value !== undefined) },
  isempty: { arity: 1, call: (value) => truth(value === undefined || toText(value) === "") },
  isblank: { arity: 1, call: (value) => truth((toText(value) ?? "").trim() === "") },
  coalesce: { arity: [1, ANY_NUMBER], call: (...values) => values.find((value) => value !== undefined) },
  if: { arity: 3, call: (condition, then, otherwise) => (isTrue(condition) ? then : otherwise) },

  concat: textual([1, ANY_NUMBER], (...texts) => texts.join("")),
  strlen: textual(1, (text) => [...text].length),
  toupper: textual(1, (text) => text.toUpperCase()),
  tolower: textual(1, (text) => text.toLowerCase()),
  trim: textual([1, 2], (text, characters) => trim(text, characters, true, true)),
  ltrim: textual([1, 2], (text, characters) => trim(text, characters, true, false)),
  rtrim: textual([1, 2], (text, characters) => trim(text, characters, false, true)),
  replace: textual(3, (text, search, by) => (search === "" ? text : text.replaceAll(search, () => by))),
  strcontains: textual(2, (text, part) => truth(text.includes(part))),
  substr: {
    arity: [2, 3],
    call: (value, from, length) => {
      const [text, start, count] = [toText(value), toNumber(from), toNumber(length)];
      if (text === undefined || start === undefined) return undefined;
      return text.slice(Math.max(0, start), count === undefined ? undefined : Math.max(0, start) + Math.max(0, count));
    },
  },
  jsonparse: textual(1, parseJson),
  jsonstringify: { arity: 1, call: (value) => (value === undefined ? undefined : JSON.stringify(value)) },

  isvalidip: textual(1, (text) => truth(isIP(text) !== 0)),
  isvalidipv4: textual(1, (text) => truth(isIPv4(text))),
  isvalidipv6: textual(1, (text) => truth(isIPv6(text))),
  isipinsubnet: textual(2, (text, subnet) => isInSubnet(text, subnet)),
  isipv4insubnet: textual(2, (text, subnet) => isInSubnet(text, subnet, 4)),
  isipv6insubnet: textual(2, (text, subnet) => isInSubnet(text, subnet, 6)),
};

/** Whether there is a function of a name; `bin` and `now` look at more than their arguments, and are evaluated apart. */
export const isFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name) || name === "bin" || name === "now";

/** Whether a function takes so many arguments. */
export function takes(name: string, count: number): boolean {
  const { arity = name === "bin" ? 1 : 0 } = FUNCTIONS[name] ?? {};
  return typeof arity === "number" ? count === arity : count >= arity[0] && count <= arity[1];
}

export const callFunction = (name: string, args: Value[]): Value => FUNCTIONS[name]?.call(...args);
