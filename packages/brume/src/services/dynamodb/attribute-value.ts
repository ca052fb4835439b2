/** Attribute values: their types, what DynamoDB accepts of them, how large they are and how they compare. */
import { AwsError } from "../../kernel/errors.js";
import { canonicalNumber, compareNumbers } from "./decimal.js";

/** One of the members is there. Numbers are in canonical form once a value has passed `canonicalValue`. */
export interface Value {
  readonly S?: string;
  readonly N?: string;
  readonly B?: Uint8Array;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly M?: Item;
  readonly L?: readonly Value[];
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly Uint8Array[];
}
export type Item = Readonly<Record<string, Value>>;

const TYPES = ["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"] as const;
export type ValueType = (typeof TYPES)[number];
const KNOWN: ReadonlySet<string> = new Set(TYPES);

/** How deep lists and maps may be nested in each other. */
const MAX_DEPTH = 32;

export const validation = (message: string): AwsError => new AwsError("ValidationException", message);
const invalidParameter = (message: string) => validation(`One or more parameter values were invalid: ${message}`);

/** The type of a value that has passed `canonicalValue`. */
export function typeOf(value: Value): ValueType {
  for (const type in value) if (KNOWN.has(type)) return type as ValueType;
  throw validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
}

/** An attribute of an item; attribute names may be those of an object's own inherited properties. */
export function attributeOf(item: Item, name: string): Value | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/**
 * Checks a value, and returns it with its numbers as DynamoDB writes them: the same object where nothing changes.
 * @throws AwsError `ValidationException`
 */
export function canonicalValue(value: Value, depth = 0): Value {
  let type: ValueType | undefined;
  let unknown = false;
  for (const name in value) {
    if (!KNOWN.has(name)) unknown = true;
    else if (type !== undefined) {
      throw validation(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
      );
    } else type = name as ValueType;
  }
  if (type === undefined) {
    throw validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
  const before = value[type];
  const after = type === "S" ? before : canonicalContent(type, before, depth);
  return after === before && !unknown ? value : { [type]: after };
}

function canonicalContent(type: ValueType, content: unknown, depth: number): unknown {
  switch (type) {
    case "N":
      return canonicalNumber(content as string);
    case "NULL":
      if (content !== true) throw invalidParameter("Null attribute value types must have the value of true");
      return content;
    case "M":
      return canonicalItem(content as Item, depth + 1);
    case "L":
      return canonicalList(content as Value[], depth + 1);
    case "SS":
      return checkSet(content as string[], (text) => text, "");
    case "BS":
      return checkSet(content as Uint8Array[], (bytes) => Buffer.from(bytes).toString("base64"), "of type BS ");
    case "NS":
      return canonicalNumbers(content as string[]);
    default:
      return content;
  }
}

/** Checks an item, or the content of a map. @throws AwsError `ValidationException` */
export function canonicalItem(item: Item, depth = 0): Item {
  if (depth > MAX_DEPTH) throw validation("Nesting Levels have exceeded supported limits");
  let changed: Record<string, Value> | undefined;
  for (const name in item) {
    const before = item[name] as Value;
    const after = canonicalValue(before, depth);
    if (after === before) continue;
    changed ??= { ...item };
    changed[name] = after;
  }
  return changed ?? item;
}

function canonicalList(list: readonly Value[], depth: number): readonly Value[] {
  if (depth > MAX_DEPTH) throw validation("Nesting Levels have exceeded supported limits");
  let changed: Value[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const before = list[i] as Value;
    const after = canonicalValue(before, depth);
    if (after === before) continue;
    changed ??= [...list];
    changed[i] = after;
  }
  return changed ?? list;
}

function canonicalNumbers(numbers: readonly string[]): readonly string[] {
  if (numbers.length === 0) throw invalidParameter("An number set  may not be empty");
  const canonical = numbers.map(canonicalNumber);
  if (new Set(canonical).size < canonical.length) throw validation("Input collection contains duplicates");
  return canonical.every((number, i) => number === numbers[i]) ? numbers : canonical;
}

function checkSet<T>(set: readonly T[], textOf: (element: T) => string, kind: string): readonly T[] {
  if (set.length === 0) {
    throw invalidParameter(kind === "" ? "An string set  may not be empty" : "Binary sets should not be empty");
  }
  const texts = set.map(textOf);
  if (new Set(texts).size < texts.length) {
    throw invalidParameter(`Input collection [${texts.join(", ")}]${kind} contains duplicates.`);
  }
  return set;
}

/** Bytes that an item counts. See "DynamoDB item sizes and formats" in the Developer Guide. */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += textBytes(name) + valueBytes(item[name] as Value);
  return bytes;
}

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

/** Bytes that a value counts. */
export function valueBytes(value: Value): number {
  if (value.S !== undefined) return textBytes(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.M !== undefined) {
    let bytes = CONTAINER_BYTES;
    for (const name in value.M) bytes += textBytes(name) + valueBytes(value.M[name] as Value) + ELEMENT_BYTES;
    return bytes;
  }
  if (value.L !== undefined) {
    let bytes = CONTAINER_BYTES;
    for (const element of value.L) bytes += valueBytes(element) + ELEMENT_BYTES;
    return bytes;
  }
  if (value.SS !== undefined) return sum(value.SS, textBytes);
  if (value.NS !== undefined) return sum(value.NS, numberBytes);
  if (value.BS !== undefined) return sum(value.BS, (bytes) => bytes.length);
  return 1;
}

/** The UTF-8 length of a text. Short texts are counted here: crossing into native code costs more than that. */
export function textBytes(text: string): number {
  const { length } = text;
  if (length > 64) return Buffer.byteLength(text);
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return length;
}

/** About one byte for two significant digits, and one more. */
function numberBytes(number: string): number {
  let first = -1;
  let last = -1;
  let negative = 0;
  let digits = 0;
  for (let i = 0; i < number.length; i++) {
    const code = number.charCodeAt(i);
    if (code === 0x2d) negative = 1;
    if (code < 0x30 || code > 0x39) continue;
    digits++;
    if (code === 0x30) continue;
    if (first < 0) first = digits;
    last = digits;
  }
  return first < 0 ? 1 : Math.ceil((last - first + 1) / 2) + 1 + negative;
}

function sum<T>(elements: readonly T[], bytesOf: (element: T) => number): number {
  let bytes = 0;
  for (const element of elements) bytes += bytesOf(element);
  return bytes;
}

/** Orders two values of the same scalar type: texts and binaries by their bytes. */
export function compareScalars(a: Value, b: Value): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return compareTexts(a.S, b.S);
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  return undefined;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // UTF-16 and UTF-8 disagree where surrogates meet the characters above them.
    return x >= 0xd800 && y >= 0xd800 ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : x - y;
  }
  return a.length - b.length;
}

/** Whether two values are the same: sets by their elements in any order, lists and maps element by element. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  switch (type) {
    case "B":
      return Buffer.compare(a.B as Uint8Array, b.B as Uint8Array) === 0;
    case "M":
      return equalItems(a.M as Item, b.M as Item);
    case "L": {
      const [x, y] = [a.L as readonly Value[], b.L as readonly Value[]];
      return x.length === y.length && x.every((element, i) => equalValues(element, y[i] as Value));
    }
    case "SS":
    case "NS":
    case "BS": {
      const [x, y] = [setElements(a), setElements(b)];
      return x.size === y.size && [...x.keys()].every((key) => y.has(key));
    }
    default:
      return a[type] === b[type];
  }
}

/** Whether two items have the same attributes. */
export function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const other = attributeOf(b, name);
    return other !== undefined && equalValues(a[name] as Value, other);
  });
}

/** The elements of a set, by texts that are equal when they are. */
export function setElements(value: Value): Map<string, string | Uint8Array> {
  const elements = value.SS ?? value.NS ?? value.BS ?? [];
  return new Map(
    elements.map((element) => [
      typeof element === "string" ? element : Buffer.from(element).toString("base64"),
      element,
    ]),
  );
}
