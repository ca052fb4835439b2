/** What values of a template can do: the methods of Java's strings, lists and maps that templates use. */
import { matchesPattern } from "../../../kernel/pattern.js";

/** A map that a template made; JSON objects stay plain objects, since they are printed as JSON. */
export class JavaMap extends Map<unknown, unknown> {}
/** A list that a template made. */
export class JavaList extends Array<unknown> {}
/** What `entrySet()` lists. */
export class Entry {
  constructor(
    readonly key: unknown,
    readonly value: unknown,
  ) {}
}

type Method = (...values: unknown[]) => unknown;
type Methods<T> = Readonly<Record<string, (self: T, ...values: unknown[]) => unknown>>;
type JsonObject = Record<string, unknown>;

const text = (value: unknown) => print(value);
const list = (items: Iterable<unknown>) => JavaList.from(items) as JavaList;
/** A regular expression of Java's, which is close enough to one of ours. */
const regex = (source: unknown, flags = "") => new RegExp(text(source), flags);
/** `$1` means the same to both, `\$` does not. */
const replacement = (value: unknown) =>
  text(value).replaceAll(/\\(.)/g, (_, char: string) => (char === "$" ? "$$" : char));

const STRING: Methods<string> = {
  charAt: (self, at) => self.charAt(Number(at)),
  concat: (self, other) => self + text(other),
  contains: (self, part) => self.includes(text(part)),
  endsWith: (self, part) => self.endsWith(text(part)),
  equalsIgnoreCase: (self, other) => self.toLowerCase() === text(other).toLowerCase(),
  indexOf: (self, part, from) => self.indexOf(text(part), Number(from ?? 0)),
  isEmpty: (self) => self === "",
  lastIndexOf: (self, part) => self.lastIndexOf(text(part)),
  length: (self) => self.length,
  matches: (self, pattern) => matchesPattern(`^(?:${text(pattern)})$`, self),
  replace: (self, part, by) => self.replaceAll(text(part), () => text(by)),
  replaceAll: (self, pattern, by) => self.replace(regex(pattern, "g"), replacement(by)),
  replaceFirst: (self, pattern, by) => self.replace(regex(pattern), replacement(by)),
  split: (self, pattern) => list(withoutTrailingEmpties(self.split(regex(pattern)))),
  startsWith: (self, part) => self.startsWith(text(part)),
  substring: (self, from, to) => self.substring(Number(from), to === undefined ? undefined : Number(to)),
  toLowerCase: (self) => self.toLowerCase(),
  toUpperCase: (self) => self.toUpperCase(),
  trim: (self) => self.trim(),
};

function withoutTrailingEmpties(parts: string[]): string[] {
  let end = parts.length;
  while (end > 1 && parts[end - 1] === "") end--;
  return parts.slice(0, end);
}

const LIST: Methods<unknown[]> = {
  add: (self, ...values) => {
    if (values.length > 1) self.splice(Number(values[0]), 0, values[1]);
    else self.push(values[0]);
    return true;
  },
  addAll: (self, items) => self.push(...(items as unknown[])) > 0,
  clear: (self) => void self.splice(0),
  contains: (self, item) => self.some((one) => equal(one, item)),
  get: (self, at) => self[Number(at)],
  indexOf: (self, item) => self.findIndex((one) => equal(one, item)),
  isEmpty: (self) => self.length === 0,
  remove: (self, at) => (typeof at === "number" ? self.splice(at, 1)[0] : self.splice(self.indexOf(at), 1).length > 0),
  set: (self, at, item) => self.splice(Number(at), 1, item)[0],
  size: (self) => self.length,
  subList: (self, from, to) => list(self.slice(Number(from), Number(to))),
};

const MAP: Methods<JavaMap | JsonObject> = {
  containsKey: (self, key) => keysOf(self).some((one) => equal(one, key)),
  containsValue: (self, value) => keysOf(self).some((key) => equal(getKey(self, key), value)),
  entrySet: (self) => list(keysOf(self).map((key) => new Entry(key, getKey(self, key)))),
  get: (self, key) => getKey(self, key),
  getOrDefault: (self, key, fallback) => getKey(self, key) ?? fallback,
  isEmpty: (self) => keysOf(self).length === 0,
  keySet: (self) => list(keysOf(self)),
  put: (self, key, value) => {
    const before = getKey(self, key);
    putKey(self, key, value);
    return before;
  },
  putAll: (self, other) => {
    const source = other as JavaMap | JsonObject;
    for (const key of keysOf(source)) putKey(self, key, getKey(source, key));
    return undefined;
  },
  remove: (self, key) => {
    const before = getKey(self, key);
    if (self instanceof JavaMap) self.delete(key);
    else delete self[text(key)];
    return before;
  },
  size: (self) => keysOf(self).length,
  values: (self) => list(keysOf(self).map((key) => getKey(self, key))),
};

const ENTRY: Methods<Entry> = { getKey: (self) => self.key, getValue: (self) => self.value };

const NUMBER: Methods<number> = {
  compareTo: (self, other) => Math.sign(self - Number(other)),
  doubleValue: (self) => self,
  intValue: (self) => Math.trunc(self),
  longValue: (self) => Math.trunc(self),
};

const ANY: Methods<unknown> = {
  equals: (self, other) => equal(self, other),
  toString: (self: unknown) => text(self),
};

const keysOf = (map: JavaMap | JsonObject): unknown[] => (map instanceof JavaMap ? [...map.keys()] : Object.keys(map));

function getKey(map: JavaMap | JsonObject, key: unknown): unknown {
  if (map instanceof JavaMap) return map.get(key);
  return Object.hasOwn(map, text(key)) ? map[text(key)] : undefined;
}

function putKey(map: JavaMap | JsonObject, key: unknown, value: unknown): void {
  if (map instanceof JavaMap) map.set(key, value);
  else Object.defineProperty(map, text(key), { value, enumerable: true, writable: true, configurable: true });
}

export const isMap = (value: unknown): value is JavaMap | JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Entry);

/** A method of a value; `undefined` where it has none of that name. */
export function methodOf(value: unknown, name: string): Method | undefined {
  const own = methodsFor(value);
  const method = Object.hasOwn(own, name) ? own[name] : Object.hasOwn(ANY, name) ? ANY[name] : undefined;
  return method && ((...values) => method(value, ...values));
}

function methodsFor(value: unknown): Methods<unknown> {
  if (typeof value === "string") return STRING as Methods<unknown>;
  if (typeof value === "number") return NUMBER as Methods<unknown>;
  if (Array.isArray(value)) return LIST as Methods<unknown>;
  if (value instanceof Entry) return ENTRY as Methods<unknown>;
  return isMap(value) ? (MAP as Methods<unknown>) : {};
}

/** A property of a value: of a map its key, of anything else what a getter would say. */
export function propertyOf(value: unknown, name: string): unknown {
  if (value instanceof Entry) return name === "key" ? value.key : name === "value" ? value.value : undefined;
  if (isMap(value)) return getKey(value, name);
  return name === "empty" ? methodOf(value, "isEmpty")?.() : undefined;
}

/** What stands at an index or key. */
export function itemOf(value: unknown, index: unknown): unknown {
  if (Array.isArray(value)) return value.at(Number(index));
  return isMap(value) ? getKey(value, index) : undefined;
}

/** Sets a key or an index. */
export function setItem(value: unknown, index: unknown, item: unknown): void {
  if (Array.isArray(value)) value[Number(index)] = item;
  else if (isMap(value)) putKey(value, index, item);
}

/** Whether values are equal as Velocity compares them: of different types, by their text. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  return print(a) === print(b);
}

/** A value as a template prints it. */
export function print(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return value;
  if (value instanceof JavaMap) return `{${[...value].map(([key, one]) => `${print(key)}=${print(one)}`).join(", ")}}`;
  if (value instanceof JavaList) return `[${value.map(print).join(", ")}]`;
  if (value instanceof Entry) return `${print(value.key)}=${print(value.value)}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
