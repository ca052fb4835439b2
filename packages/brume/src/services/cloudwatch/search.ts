/** SEARCH expressions: which metrics they find. See "CloudWatch search expression syntax" in the CloudWatch User Guide. */
import { SyntaxFailure } from "./math/parse.js";
import type { Metric } from "./metric.js";

/** Whether a metric is found. */
export type Search = (metric: Metric) => boolean;

/** What is between parentheses: how a text of a metric has to be. */
type Match = (texts: readonly string[]) => boolean;

interface Token {
  readonly kind: "word" | "quoted" | "sign";
  readonly text: string;
}

const SCHEMA = /^\s*\{([^}]*)\}/;
const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([=()])|([^\s"=()]+))/y;
const MAX_LENGTH = 1024;
const MAX_DEPTH = 50;
const OPERATORS = new Set(["AND", "OR", "NOT"]);

/** Makes the test of a search. @throws SyntaxFailure */
export function compileSearch(text: string): Search {
  if (text.length > MAX_LENGTH) throw new SyntaxFailure(`a search may have at most ${MAX_LENGTH} characters`);
  const [whole = "", inner] = SCHEMA.exec(text) ?? [];
  const fits = inner === undefined ? () => true : schema(inner);
  const terms = new SearchParser(tokensOf(text.slice(whole.length))).parse();
  return (metric) => fits(metric) && terms(metric);
}

/** `Namespace, DimensionName, …`: just these dimensions, whatever their values. */
function schema(text: string): Search {
  const [namespace = "", ...dimensions] = splitNames(text);
  const wanted = [...dimensions].sort().join("\0");
  return (metric) =>
    metric.namespace === namespace &&
    metric.dimensions
      .map(({ Name }) => Name)
      .sort()
      .join("\0") === wanted;
}

const splitNames = (text: string): string[] =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s,"]+)/g)].map(([, quoted, plain = ""]) => quoted ?? plain);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    TOKEN.lastIndex = at;
    const [, quoted, sign, word] = TOKEN.exec(text) ?? [];
    if (quoted !== undefined) tokens.push({ kind: "quoted", text: quoted.replace(/\\(.)/g, "$1") });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else throw new SyntaxFailure("the search has a quotation mark that is not closed");
    at = TOKEN.lastIndex;
  }
  return tokens;
}

/** Reads terms: those that stand side by side are all meant, as with AND, which binds more strongly than OR. */
class SearchParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Search {
    if (this.#tokens.length === 0) return () => true;
    const search = this.#either(() => this.#term());
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return search;
  }

  #unexpected(): SyntaxFailure {
    const token = this.#tokens[this.#at];
    return new SyntaxFailure(token ? `unexpected "${token.text}" in the search` : "the search ends unexpectedly");
  }

  #isNext(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token !== undefined && token.kind !== "quoted" && token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#isNext(text)) return false;
    this.#at++;
    return true;
  }

  #either<T>(part: () => (value: T) => boolean): (value: T) => boolean {
    const parts = [this.#all(part)];
    while (this.#take("OR")) parts.push(this.#all(part));
    return (value) => parts.some((one) => one(value));
  }

  #all<T>(part: () => (value: T) => boolean): (value: T) => boolean {
    const parts: ((value: T) => boolean)[] = [];
    do {
      const isNegated = this.#take("NOT");
      const test = this.#isNext("(") ? this.#group(part) : part();
      parts.push(isNegated ? (value) => !test(value) : test);
    } while (this.#take("AND") || (this.#at < this.#tokens.length && !this.#isNext("OR") && !this.#isNext(")")));
    return (value) => parts.every((one) => one(value));
  }

  #group<T>(part: () => (value: T) => boolean): (value: T) => boolean {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxFailure("the search is nested too deeply");
    this.#at++;
    const inner = this.#either(part);
    if (!this.#take(")")) throw this.#unexpected();
    this.#depth--;
    return inner;
  }

  #term(): Search {
    const token = this.#tokens[this.#at];
    const isProperty = this.#tokens[this.#at + 1]?.kind === "sign" && this.#tokens[this.#at + 1]?.text === "=";
    if (token && token.kind !== "sign" && isProperty) {
      this.#at += 2;
      const match = this.#isNext("(") ? this.#group(() => this.#text()) : this.#text();
      const textsOf = PROPERTIES[token.text] ?? dimension(token.text);
      return (metric) => match(textsOf(metric));
    }
    const match = this.#text();
    return (metric) => match(allTexts(metric));
  }

  /** A word, whose parts have to be found in a text, or a text in quotation marks, which has to be the whole. */
  #text(): Match {
    const token = this.#tokens[this.#at];
    if (!token || token.kind === "sign" || (token.kind === "word" && OPERATORS.has(token.text)))
      throw this.#unexpected();
    this.#at++;
    if (token.kind === "quoted") return (texts) => texts.includes(token.text);
    const wanted = partsOf(token.text);
    return (texts) => texts.some((text) => ` ${partsOf(text)} `.includes(` ${wanted} `));
  }
}

type TextsOf = (metric: Metric) => readonly string[];

const PROPERTIES: Readonly<Record<string, TextsOf>> = {
  MetricName: ({ name }) => [name],
  Namespace: ({ namespace }) => [namespace],
};
const dimension =
  (name: string): TextsOf =>
  ({ dimensions }) =>
    dimensions.filter(({ Name }) => Name === name).map(({ Value }) => Value);
const allTexts: TextsOf = ({ namespace, name, dimensions }) => [
  namespace,
  name,
  ...dimensions.flatMap(({ Name, Value }) => [Name, Value]),
];

/** The parts of a text in small letters: what stands between other signs, and what begins with a capital letter. */
const partsOf = (text: string): string =>
  (text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [text]).map((part) => part.toLowerCase()).join(" ");
