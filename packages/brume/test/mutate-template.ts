/** Makes bad templates of good ones: by their data, and by their text. The same ones for the same seed. */
import { stringify } from "yaml";
import type { Random } from "./mutate.js";

export type Data = null | boolean | number | string | Data[] | { [key: string]: Data };
type Container = Data[] | { [key: string]: Data };

const KEYS = [
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "length", "0", "", " ", "null"],
  ...[
    "Ref",
    "Condition",
    "Fn::If",
    "Fn::Transform",
    "Fn::ForEach::X",
    "Fn::Nope",
    "Fn::",
    "<<",
    "é",
    "a.b",
    "a/b",
    "$ref",
  ],
  ...["Type", "Properties", "DependsOn", "Metadata", "Resources", "Outputs", "Transform", "Value", "Export", "Name"],
];
const TEXTS = [
  ...[
    "",
    " ",
    "\0",
    "\t\n",
    "é😀",
    "\ud800",
    "null",
    "true",
    "no",
    "-1",
    "0",
    "1e400",
    "0x10",
    "NaN",
    "2147483648",
    "*",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "a.b.c",
    ".",
    "..",
    "/",
    "${",
    "${}",
    "${!x}",
    "${A.}",
    "${.A}",
    "${a${b}}",
  ],
  ...[
    "${AWS::Region}",
    "${constructor}",
    "${toString.length}",
    "${Nope}",
    "AWS::Nope",
    "AWS::NoValue",
    "arn:aws:sqs:::q",
  ],
  ...[
    "{{resolve:ssm:/nope}}",
    "{{resolve:secretsmanager:x:SecretString:y}}",
    "{{resolve:",
    "{{resolve:nope:x}}",
    "(a+)+$",
  ],
  ...[
    "10.0.0.0/8",
    "10.0.0.0/33",
    "::/0",
    "300.1.1.1/2",
    "https://s3.amazonaws.com/fuzzed/nested.json",
    "s3://fuzzed/x",
  ],
  ...[
    "2010-09-09",
    "{",
    "[1]",
    '{"a":1}',
    "x".repeat(300),
    "x".repeat(20_000),
    "é".repeat(2000),
    "a,b,,c",
    "rate(1 day)",
  ],
];
const NUMBERS = [0, -0, 1, -1, 1.5, 10, 256, 257, 1000, 2 ** 31, 2 ** 53, 1e21, 1e300, -1e300, 5e-324];
const CONTAINERS: readonly Data[] = [[], {}, [null], [[]], [{}], { a: null }, { "": "" }, { Ref: 1 }, { Ref: [] }];
/** What AWS::Serverless and friends are called, and what nobody is. */
const TRANSFORMS = [
  "AWS::LanguageExtensions",
  "AWS::Serverless-2016-10-31",
  "AWS::Include",
  "Nope",
  "",
  "AWS::SecretsManager-2020-07-23",
];

const deep = (levels: number, wrap: (inner: Data) => Data): Data => {
  let value: Data = "x";
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
};
const WRAPS: readonly ((inner: Data) => Data)[] = [
  (inner) => [inner],
  (inner) => ({ a: inner }),
  (inner) => ({ "Fn::Join": ["", [inner]] }),
  (inner) => ({ "Fn::Base64": inner }),
  (inner) => ({ "Fn::If": ["IsProd", inner, "x"] }),
  (inner) => ({ "Fn::Not": [inner] }),
  (inner) => ({ "Fn::ToJsonString": inner }),
];

export class TemplateMutator {
  readonly #random: Random;
  /** Names of all kinds that templates hold. */
  readonly #words: readonly string[];

  constructor(random: Random, templates: readonly Data[]) {
    this.#random = random;
    const words = new Set<string>();
    for (const template of templates) collectWords(template, words);
    this.#words = [...words];
  }

  /** A template that differs from a good one in one place, or in a few. */
  mutate(template: Data): Data {
    const changed = structuredClone(template);
    const root: { [key: string]: Data } = { template: changed };
    for (let times = this.#random.pick([1, 1, 1, 2, 3, 5]); times > 0; times--) this.#once(root);
    return root.template as Data;
  }

  /** A template's text, as JSON or YAML. */
  write(template: Data): string {
    const random = this.#random;
    const [spaces, defaultStringType] = [random.pick([0, 2]), random.pick(["PLAIN", "QUOTE_DOUBLE"] as const)];
    const json = JSON.stringify(template, undefined, spaces) ?? "";
    // YAML takes many times as long to read, on both sides.
    if (random.chance(0.85)) return json;
    const short = random.chance(0.5);
    try {
      const text = stringify(template, { aliasDuplicateObjects: false, defaultStringType }) ?? "";
      return short ? shortForms(text) : text;
    } catch (error) {
      // What is nested too deeply for who writes YAML.
      if (error instanceof RangeError) return json;
      throw error;
    }
  }

  /** Spoils a text: lines moved and repeated, what means something to YAML put in. */
  spoil(text: string): Buffer {
    const random = this.#random;
    const lines = text.split("\n");
    const at = random.below(lines.length);
    const line = lines[at] as string;
    const indent = /^ */.exec(line)?.[0] ?? "";
    const insert = (...more: string[]) => [...lines.slice(0, at), ...more, ...lines.slice(at)];
    const instead = (...more: string[]) => [...lines.slice(0, at), ...more, ...lines.slice(at + 1)];
    const word = random.pick(this.#words);
    const bytes = Buffer.from(text);
    const cut = random.below(bytes.length + 1);
    const ways: readonly (() => string[] | Buffer)[] = [
      () => instead(),
      () => insert(line),
      () => insert(...Array<string>(random.pick([10, 300])).fill(line)),
      () => instead(` ${line}`),
      () => instead(line.slice(random.pick([1, 2]))),
      () => instead(`\t${line}`),
      () => instead(line.replace(/: .*/, `: ${random.pick(YAML_VALUES).replace("WORD", word)}`)),
      () => instead(line.replace(/:.*/, ":")),
      () => instead(line.replace(":", ": &anchor")),
      () => instead(line.replace(/: .*/, ": *anchor")),
      () => insert(indent + random.pick(YAML_LINES).replace("WORD", word)),
      () => insert(random.pick(YAML_LINES).replace("WORD", word)),
      () => instead(line.replace(/[\w:]+/, random.pick(this.#words))),
      () => [...lines.slice(0, at), ...lines.slice(random.below(lines.length))],
      () => bytes.subarray(0, cut),
      () =>
        Buffer.concat([
          bytes.subarray(0, cut),
          Buffer.from([random.below(256)]),
          bytes.subarray(cut + random.below(2)),
        ]),
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
      () => Buffer.from(text.replaceAll("\n", random.pick(["\r", "\r\n", "\u2028", "\u0085"]))),
      () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
      () => Buffer.from(text.replace(/a/, "é"), "latin1"),
      () => Buffer.from(random.pick(BOMBS)()),
      () => Buffer.from(text + text),
    ];
    const made = random.pick(ways)();
    return Buffer.isBuffer(made) ? made : Buffer.from(made.join("\n"));
  }

  #once(root: { [key: string]: Data }): void {
    const random = this.#random;
    const [container, key] = this.#place(root);
    const value = get(container, key);
    const put = (made: Data) => set(container, key, made);
    const ways: readonly (() => void)[] = [
      () => remove(container, key),
      () => remove(container, key),
      () => put(this.#value()),
      () => put(this.#value()),
      () => put(this.#reference()),
      () => put(this.#reference()),
      () => put(this.#function(value)),
      () => put(this.#function(value)),
      () => put(random.pick(WRAPS)(value)),
      () => put(deep(random.pick([20, 99, 101, 500]), random.pick(WRAPS))),
      () => put(structuredClone(get(...this.#place(root)))),
      () => this.#rename(container, key),
      () => this.#rename(container, key),
      () => this.#add(container, value),
      () => this.#add(container, value),
      () => this.#repeat(root, container, key),
      () => this.#swap(root, container, key),
    ];
    random.pick(ways)();
  }

  /** Somewhere in a template, with places near its root as likely as those in its depths. */
  #place(root: { [key: string]: Data }): [Container, string] {
    let container: Container = root;
    let key = "template";
    for (;;) {
      const value = get(container, key);
      const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
      const stop = container === root ? 0.02 : 0.2;
      if (keys.length === 0 || this.#random.chance(stop)) return [container, key];
      container = value as Container;
      key = this.#random.pick(keys);
    }
  }

  #word(): string {
    return this.#random.chance(0.8) ? this.#random.pick(this.#words) : this.#random.pick(KEYS);
  }

  #text(): string {
    return this.#random.chance(0.4) ? this.#word() : this.#random.pick(TEXTS);
  }

  #value(): Data {
    const kind = this.#random.below(10);
    if (kind < 5) return this.#text();
    if (kind < 7) return this.#random.pick(NUMBERS);
    return kind < 8 ? this.#random.pick([null, true, false]) : structuredClone(this.#random.pick(CONTAINERS));
  }

  #reference(): Data {
    const [word, other, text] = [this.#word(), this.#word(), this.#text()];
    return this.#random.pick<Data>([
      { Ref: word },
      { "Fn::GetAtt": [word, other] },
      { "Fn::GetAtt": `${word}.${other}` },
      { "Fn::GetAtt": [word, { Ref: other }] },
      { "Fn::Sub": `\${${word}}` },
      { "Fn::Sub": `\${${word}.${other}}` },
      { "Fn::Sub": [`\${${word}}`, { [word]: this.#value() }] },
      { "Fn::FindInMap": [word, other, text] },
      { "Fn::FindInMap": [{ Ref: word }, { Ref: "AWS::Region" }, other, { DefaultValue: text }] },
      { "Fn::If": [word, text, { Ref: other }] },
      { "Fn::ImportValue": text },
      { "Fn::Transform": { Name: this.#random.pick(TRANSFORMS), Parameters: { Location: text } } },
      { "Fn::ForEach::L": ["X", [text, other], { "${X}": { Ref: word } }] },
      { Condition: word },
    ]);
  }

  /** A function with a value among its arguments, right or wrong. */
  #function(value: Data): Data {
    const text = this.#text();
    const argument = this.#value();
    return this.#random.pick<Data>([
      { "Fn::Select": [argument, value] },
      { "Fn::Select": [0, [value]] },
      { "Fn::Join": [text, value] },
      { "Fn::Join": [text, [value, argument]] },
      { "Fn::Split": [text, value] },
      { "Fn::Cidr": [text, argument, value] },
      { "Fn::GetAZs": value },
      { "Fn::Base64": value },
      { "Fn::Length": value },
      { "Fn::ToJsonString": value },
      { "Fn::Sub": value },
      { "Fn::Sub": [text, value] },
      { "Fn::And": value },
      { "Fn::Equals": [value, argument] },
      { "Fn::Transform": value },
      { Ref: value },
      { "Fn::GetAtt": value },
      { "Fn::FindInMap": value },
      { "Fn::If": value },
      { [this.#random.pick(KEYS)]: value, [this.#word()]: argument },
    ]);
  }

  #rename(container: Container, key: string): void {
    if (Array.isArray(container)) return;
    const value = get(container, key);
    remove(container, key);
    set(container, this.#word(), value);
  }

  #add(container: Container, value: Data): void {
    const made = this.#random.chance(0.5)
      ? structuredClone(value)
      : this.#random.chance(0.5)
        ? this.#value()
        : this.#reference();
    if (Array.isArray(container)) container.splice(this.#random.below(container.length + 1), 0, made);
    else set(container, this.#word(), made);
  }

  #repeat(root: { [key: string]: Data }, container: Container, key: string): void {
    const value = get(container, key);
    const sizes = [root, value].map((one) => JSON.stringify(one)?.length ?? 0) as [number, number];
    const times = this.#random.pick(
      [2, 11, 201, 1001].filter((many) => sizes[0] < 100_000 && sizes[1] * many < 200_000),
    );
    if (Array.isArray(container)) container.push(...Array.from({ length: times ?? 0 }, () => structuredClone(value)));
    else for (let i = 0; i < (times ?? 0); i++) set(container, key + i, structuredClone(value));
  }

  #swap(root: { [key: string]: Data }, container: Container, key: string): void {
    const [other, otherKey] = this.#place(root);
    const [one, two] = [structuredClone(get(container, key)), structuredClone(get(other, otherKey))];
    set(container, key, two);
    set(other, otherKey, one);
  }
}

const YAML_VALUES = [
  ...[
    "*nowhere",
    "!Ref WORD",
    "!Sub '${WORD}'",
    "!GetAtt WORD",
    "!GetAtt WORD.Arn",
    "!If [WORD, a, b]",
    "!Nope x",
    "!!binary aGk=",
  ],
  ...[
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!timestamp 2001-01-01",
    "!!float x",
    "!!int 1",
    "!!map []",
    "!<tag:x> y",
    "! x",
    "!Ref [a]",
    "!Sub {a: b}",
  ],
  ...[
    "!FindInMap [a, !Ref WORD, c]",
    "!GetAZs",
    "!Select [0, !GetAZs '']",
    "!Condition WORD",
    "!Transform {Name: AWS::Include}",
  ],
  ...[
    ".inf",
    ".nan",
    "0o17",
    "0b1",
    "1_000",
    "~",
    "yes",
    "2001-01-01",
    "12:30:45",
    "|",
    ">-",
    "|9",
    "'",
    '"',
    "[",
    "{",
    "]",
    "{a",
    "@x",
    "`x",
    "%x",
  ],
];
const YAML_LINES = [
  ...[
    "<<: *anchor",
    "<<: {WORD: 1}",
    "<<: [{a: 1}, {b: 2}]",
    "<<: x",
    "? WORD",
    "? {a: b}",
    "? [a, b]\n: c",
    ": x",
    "- x",
    "- - - x",
    "---",
    "...",
  ],
  ...[
    "%YAML 1.3",
    "%TAG ! tag:x,2000:",
    "# comment",
    "WORD: 1",
    "WORD:",
    "__proto__: {a: 1}",
    "1: x",
    "null: x",
    "[a]: x",
    "{a: b}: c",
    "!Ref x: y",
  ],
  ...[
    "&anchor WORD: 1",
    "*anchor : 1",
    "\0",
    "\u0007",
    "\ufeff",
    '"\\xff": 1',
    "&a [*a]",
    "a: &a [*a]",
    "a: &a {b: *a}",
  ],
];

/** Texts that grow when they are read. */
const BOMBS: readonly (() => string)[] = [
  () => "[".repeat(20_000),
  () => `{"Resources":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
  () => `{"Resources":${'{"a":'.repeat(8000)}1${"}".repeat(8000)}}`,
  () => `Resources: ${"[".repeat(20_000)}`,
  () => `Resources: ${"{a: ".repeat(5000)}x${"}".repeat(5000)}`,
  () => Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
  () => "- ".repeat(20_000),
  () => "? ".repeat(20_000),
  () => `Resources: ${"!Ref ".repeat(10_000)}x`,
  () =>
    `a0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join("\n")}\n`,
  () => `Metadata:\n  a: &a {b: &b {c: *b}, d: *a}\nResources: {Q: {Type: "AWS::SQS::Queue", Metadata: *a}}`,
  () => `Resources: {Q: {Type: "AWS::SQS::Queue", Properties: &p {Tags: [*p]}}}`,
  () => `Metadata:\n  - &a {x: 1}\n${"  - {<<: *a}\n".repeat(2000)}`,
  () => `"${"\\u0041".repeat(8000)}`,
  () => `Description: ${"'".repeat(49_000)}`,
  () => "&".repeat(50_000),
  () => ":".repeat(50_000),
  () => "#".repeat(50_000),
  () => "\n".repeat(50_000),
  () => " ".repeat(50_000),
  () =>
    `Parameters: {P: {Type: String, AllowedPattern: "^(([a-z])+.)+[A-Z]([a-z])+$", Default: "${"a".repeat(60)}"}}\nResources: {Q: {Type: "AWS::SQS::Queue"}}`,
  () =>
    `Parameters: {P: {Type: String, AllowedPattern: "(a+)+b", Default: "${"a".repeat(60)}"}}\nResources: {Q: {Type: "AWS::SQS::Queue"}}`,
  () => JSON.stringify({ Transform: "AWS::LanguageExtensions", Resources: loops(6) }),
  () => JSON.stringify({ Transform: "AWS::LanguageExtensions", Resources: loops(2) }),
  () =>
    JSON.stringify({ Conditions: doubling(40, "Fn::And", "Condition"), Resources: { Q: { Type: "AWS::SQS::Queue" } } }),
];

/** Loops within loops, over a hundred items each. */
function loops(levels: number): Data {
  if (levels === 0) return { "Q${X1}${X2}": { Type: "AWS::SQS::Queue" } };
  const items = Array.from({ length: 100 }, (_, index) => `i${index}`);
  return { [`Fn::ForEach::L${levels}`]: [`X${levels}`, items, loops(levels - 1)] };
}

/** Conditions each of which names the one before twice. */
function doubling(count: number, combine: string, refer: string): Data {
  const first: [string, Data] = ["C0", { "Fn::Equals": ["a", "b"] }];
  const more = Array.from({ length: count }, (_, i): [string, Data] => [
    `C${i + 1}`,
    { [combine]: [{ [refer]: `C${i}` }, { [refer]: `C${i}` }] },
  ]);
  return Object.fromEntries([...more.reverse(), first]);
}

/** Functions in YAML's short form, where they stand at a line's end. */
function shortForms(text: string): string {
  return text
    .replace(/:\n +"?(?:Fn::(\w+)|(Ref|Condition))"?: (?=\S)/g, (_, name, ref) => `: !${name ?? ref} `)
    .replace(/- "?(?:Fn::(\w+)|(Ref|Condition))"?: (?=\S)/g, (_, name, ref) => `- !${name ?? ref} `);
}

function collectWords(value: Data, words: Set<string>): void {
  if (typeof value === "string" && value.length < 60) words.add(value);
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (!Array.isArray(value)) words.add(key);
    collectWords(item, words);
  }
}

function get(container: Container, key: string): Data {
  return (container as { [key: string]: Data })[key] as Data;
}

function set(container: Container, key: string, value: Data): void {
  // A key of `__proto__` is to be a key like any other.
  Object.defineProperty(container, key, { value, enumerable: true, writable: true, configurable: true });
}

function remove(container: Container, key: string): void {
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
}
