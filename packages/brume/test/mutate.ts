/** Makes bad requests of good ones, the same ones for the same seed. */
import type { RawRequest } from "./raw-http.js";

/** A source of numbers that are random, and the same at every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

const STRINGS: readonly string[] = [
  ...[
    "",
    " ",
    "\0",
    "\u0001",
    "\t\r\n",
    "é",
    "😀",
    "\ud800",
    "\uffff",
    "\u2028",
    "null",
    "true",
    "undefined",
    "NaN",
    "*",
  ],
  ...["-1", "0", "1.5", "1e400", "0x10", "99999999999999999999", "-9223372036854775808", "2147483648", " 5 "],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "__proto__.x",
    "..",
    "../../etc/passwd",
    "/",
    "//",
    "a/b",
  ],
  ...[
    "arn:",
    "arn:aws:::::",
    "arn:aws:sqs:us-east-1:000000000000:q",
    "arn:aws:sns:us-east-1:000000000000:t:x:y",
    "arn:aws:iam::000000000000:role/r",
  ],
  ...[
    "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST",
    "arn:aws:s3:::bucket/*",
    "arn:aws:kms:us-east-1:000000000000:key/x",
  ],
  ...[
    "{",
    "[",
    "{}",
    "[]",
    '{"a":1}',
    '{"a":{"b":[null]}}',
    '"',
    "'",
    "\\",
    "<",
    "&",
    "<x/>",
    "%",
    "%zz",
    "%00",
    "${x}",
    "{{resolve:ssm:/a}}",
  ],
  ...[
    "(a+)+$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "[",
    "a{1000000}",
    "1970-01-01T00:00:00Z",
    "2026-13-45",
    "+275760-09-13T00:00:00Z",
  ],
  ...[
    "#a = :b",
    "SET a = a + :b",
    "a.b[0].c",
    "size(",
    "((((((((((",
    ":".repeat(300),
    ",,,",
    "a=b&c=d",
    "=?utf-8?B?eA==?=",
    "====",
    "AAAA",
  ],
  ...[63, 64, 65, 128, 129, 255, 256, 257, 512, 1024, 1025, 2049, 4097, 20_000, 300_000].map((length) =>
    "x".repeat(length),
  ),
  ...[300, 1200, 2000].map((length) => "é".repeat(length)),
];
const NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 2, 1.5, -1.5, 0.1, 10, 11, 100, 255, 256, 900, 1000, 1001, 43_200, 43_201, 65_536, 1e6],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, -(2 ** 53), 1e15, 1e16, 1e21, 1e300, -1e300, 5e-324],
];
const nested = (levels: number): unknown => (levels === 0 ? "x" : { a: nested(levels - 1) });
const OTHERS: readonly unknown[] = [
  ...[null, true, false, [], {}, [null], [[]], [{}], { a: null }, { "": "" }, [1, "a", null, {}], nested(100)],
  ...[
    { Ref: "X" },
    { "Fn::GetAtt": ["X", "Arn"] },
    { "Fn::Sub": "${X}" },
    { S: "x", N: "1" },
    { M: {} },
    { L: [null] },
  ],
];

/** Changes requests. `words` are texts of other requests, which mean something here and there. */
export class Mutator {
  readonly #random: Random;
  readonly #words: readonly string[];

  constructor(random: Random, words: readonly string[]) {
    this.#random = random;
    this.#words = words;
  }

  /** A request that differs from a good one in one place, or in a few. */
  mutate(request: RawRequest): RawRequest {
    let changed: RawRequest = request;
    const times = this.#random.pick([1, 1, 1, 2, 3]);
    for (let i = 0; i < times; i++) changed = this.#once(changed);
    return changed;
  }

  #once(request: RawRequest): RawRequest {
    const body = request.body === undefined ? "" : Buffer.from(request.body).toString();
    const ways: (() => RawRequest)[] = [];
    const kind = kindOf(request, body);
    const inBody = (text: string | Uint8Array) => ({ ...request, body: text });
    if (kind === "json") for (let i = 0; i < 8; i++) ways.push(() => inBody(this.#json(body)));
    if (kind === "form") for (let i = 0; i < 8; i++) ways.push(() => inBody(this.#pairs(body)));
    if (kind === "xml") for (let i = 0; i < 8; i++) ways.push(() => inBody(this.#xml(body)));
    if (kind === "bytes" && body !== "") ways.push(() => inBody(this.#bytes(Buffer.from(request.body ?? ""))));
    if (body !== "") ways.push(() => inBody(this.#bytes(Buffer.from(request.body ?? ""))));
    if (request.path !== undefined && request.path !== "/") {
      for (let i = 0; i < 3; i++) ways.push(() => ({ ...request, path: this.#path(request.path as string) }));
    }
    if (kind !== "json" || request.path !== "/")
      ways.push(() => ({ ...request, headers: this.#headers(request.headers) }));
    if (request.path?.includes("?")) ways.push(() => ({ ...request, path: this.#query(request.path as string) }));
    return this.#random.pick(ways)();
  }

  #text(): string {
    if (this.#random.chance(0.4)) return this.#random.pick(this.#words);
    if (this.#random.chance(0.1)) return this.#random.pick(STRINGS) + this.#random.pick(this.#words);
    return this.#random.pick(STRINGS);
  }

  #value(): unknown {
    const kind = this.#random.below(10);
    return kind < 4 ? this.#text() : kind < 7 ? this.#random.pick(NUMBERS) : this.#random.pick(OTHERS);
  }

  /** Changes one place of a JSON document; or of a document within it that stands there as text. */
  #json(source: string): string {
    let document: unknown;
    try {
      document = JSON.parse(source);
    } catch {
      return source;
    }
    return JSON.stringify(this.#node(document)) ?? "";
  }

  #node(node: unknown): unknown {
    if (typeof node === "string" && /^[[{]/.test(node) && this.#random.chance(0.8)) return this.#json(node);
    const keys = typeof node === "object" && node !== null ? Object.keys(node) : [];
    if (keys.length === 0 || this.#random.chance(0.12)) return this.#instead(node);
    const key = this.#random.pick(keys);
    if (Array.isArray(node)) {
      const index = Number(key);
      const copy = [...node];
      const way = this.#random.below(10);
      if (way === 0) copy.splice(index, 1);
      else if (way === 1) copy.push(...Array(this.#random.pick([1, 10, 11, 101, 1001])).fill(copy[index]));
      else copy[index] = this.#node(copy[index]);
      return copy;
    }
    const record: Record<string, unknown> = { ...(node as Record<string, unknown>) };
    const value = record[key];
    const way = this.#random.below(16);
    if (way <= 2) delete record[key];
    if (way === 2) record[this.#text()] = value;
    else if (way === 3) record[this.#text()] = this.#value();
    else if (way === 4) record[key] = record[this.#random.pick(keys)];
    else if (way > 4) record[key] = this.#node(value);
    return record;
  }

  /** Something in place of a value: of its own type more often than not. */
  #instead(value: unknown): unknown {
    if (this.#random.chance(0.35)) return this.#value();
    if (typeof value === "number") return this.#random.pick(NUMBERS);
    if (typeof value === "boolean") return !value;
    if (typeof value === "string") {
      if (this.#random.chance(0.2)) return value + this.#random.pick(STRINGS);
      if (this.#random.chance(0.2)) return value.slice(0, this.#random.below(value.length + 1));
      return this.#text();
    }
    return this.#value();
  }

  /** Changes a list of `name=value`, joined by `&`. */
  #pairs(source: string): string {
    const pairs = source.split("&");
    // The first two parameters of a form say which operation is meant.
    const index =
      pairs.length > 2 && this.#random.chance(0.95)
        ? 2 + this.#random.below(pairs.length - 2)
        : this.#random.below(pairs.length);
    const [name = "", value = ""] = (pairs[index] as string).split("=");
    const decoded = safely(() => decodeURIComponent(value.replaceAll("+", " ")), value);
    const encoded = (text: string) => safely(() => encodeURIComponent(text), "%ED%A0%80");
    switch (this.#random.below(8)) {
      case 0:
        pairs.splice(index, 1);
        break;
      case 1:
        pairs.push(`${name}=${encoded(this.#text())}`);
        break;
      case 2:
        pairs[index] =
          `${name}.${this.#random.pick(["1", "0", "999999999", "member.1", "entry.1.key", "x", ""])}=${value}`;
        break;
      case 3:
        pairs[index] = `${name.replace(/\d+/, this.#random.pick(["0", "00", "1000000000000", "-1", "x"]))}=${value}`;
        break;
      case 4:
        pairs[index] = `${encoded(this.#text())}=${value}`;
        break;
      default:
        pairs[index] =
          `${name}=${encoded(/^[[{]/.test(decoded) && this.#random.chance(0.7) ? this.#json(decoded) : this.#text())}`;
    }
    return pairs.join("&");
  }

  /** Changes one element of an XML document. */
  #xml(source: string): string {
    const elements = [...source.matchAll(/<(\w+)>([^<]*)<\/\1>/g)];
    const element = elements.length > 0 ? this.#random.pick(elements) : undefined;
    if (!element) return this.#text();
    const [whole, tag] = element as unknown as [string, string];
    const escaped = this.#text().replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const instead = this.#random.pick([
      `<${tag}>${escaped}</${tag}>`,
      `<${tag}>${escaped}</${tag}>`,
      `<${tag}>${this.#random.pick(NUMBERS)}</${tag}>`,
      "",
      whole + whole,
      whole.repeat(150),
      `<${tag}/>`,
      `<${tag}>${whole}</${tag}>`,
      `<Other>${escaped}</Other>`,
      `<${tag} a="${escaped.replaceAll('"', "&quot;")}">x</${tag}>`,
      `<${tag}>${this.#text()}`,
    ]);
    return source.slice(0, element.index) + instead + source.slice(element.index + whole.length);
  }

  /** Changes, inserts, repeats or cuts off bytes. */
  #bytes(source: Buffer): Buffer {
    const at = this.#random.below(source.length + 1);
    const rest = source.subarray(at);
    switch (this.#random.below(5)) {
      case 0:
        return source.subarray(0, at);
      case 1:
        return Buffer.concat([source.subarray(0, at), rest.subarray(1)]);
      case 2:
        return Buffer.concat([source.subarray(0, at), Buffer.from([this.#random.below(256)]), rest]);
      case 3:
        return Buffer.concat([source.subarray(0, at), Buffer.from([this.#random.below(256)]), rest.subarray(1)]);
      default:
        return Buffer.concat([source, source.subarray(at, at + 100)]);
    }
  }

  #path(path: string): string {
    const [before = "", query] = path.split("?");
    const parts = before.split("/");
    const index = 1 + this.#random.below(parts.length - 1);
    if (this.#random.chance(0.15)) parts.splice(index, 1);
    else if (this.#random.chance(0.1)) parts.splice(index, 0, parts[index] as string);
    else parts[index] = this.#visible(this.#text());
    return parts.join("/") + (query === undefined ? "" : `?${query}`) || "/";
  }

  #query(path: string): string {
    const [before, query = ""] = path.split("?");
    return `${before}?${this.#pairs(`&&${query}`).replace(/^&&/, "")}`;
  }

  #headers(headers: RawRequest["headers"] = {}): RawRequest["headers"] {
    const names = Object.keys(headers).filter(
      (name) => !/^(host|authorization|content-length|x-amz-target|smithy-protocol)$/.test(name),
    );
    if (names.length === 0) return headers;
    const name = this.#random.pick(names);
    if (this.#random.chance(0.2)) return { ...headers, [name]: undefined };
    const value = this.#random.chance(0.3) ? String(this.#random.pick(NUMBERS)) : this.#text();
    return { ...headers, [name]: value.replace(/[^\x20-\x7e\x80-\xff]/g, "?").slice(0, 5000) };
  }

  /** Text as it can stand in a request line. */
  #visible(text: string): string {
    return safely(() => encodeURIComponent(text), "%ED%A0%80").slice(0, 5000);
  }
}

function kindOf({ headers = {} }: RawRequest, body: string): "json" | "form" | "xml" | "bytes" {
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return "form";
  if (/^\s*[{[]/.test(body)) return "json";
  return /^\s*</.test(body) ? "xml" : "bytes";
}

function safely<T>(attempt: () => T, otherwise: T): T {
  try {
    return attempt();
  } catch {
    return otherwise;
  }
}

/** All the short texts of requests' bodies: names, ARNs, tokens. */
export function wordsOf(requests: readonly RawRequest[]): string[] {
  const words = new Set<string>();
  for (const { body = "", path = "" } of requests) {
    const text = safely(() => decodeURIComponent(Buffer.from(body).toString()), "");
    for (const word of text.match(/[\w:/.@$#-]{2,120}/g) ?? []) words.add(word);
    for (const part of path.split(/[/?&=]/)) if (part !== "") words.add(part);
  }
  return [...words];
}
