/** Reads regular expressions: the common syntax, without what cannot be matched in bounded time (lookaround, back-references). */

/** What a part of an expression is. */
export type Node =
  | { readonly kind: "character"; readonly test: CharacterTest; readonly literal?: string }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly node: Node;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    }
  | { readonly kind: "group"; readonly node: Node; readonly index: number };

export type CharacterTest = (code: number) => boolean;
export type Assertion = "start" | "end" | "boundary" | "no boundary";

/** An expression as it was read: what it is, and the names of its groups by their numbers. */
export interface Syntax {
  readonly node: Node;
  /** From group 1 on; `undefined` for groups without a name. */
  readonly names: readonly (string | undefined)[];
}

/** What is wrong with an expression, and at which of its characters. */
export class RegexError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const MAX_DEPTH = 50;
const ASCII = 128;
const MAX_REPEAT = 1000;
const ANY: CharacterTest = (code) => code !== 10;
const DIGIT: CharacterTest = (code) => code >= 48 && code <= 57;
const WORD: CharacterTest = (code) =>
  DIGIT(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const SPACE: CharacterTest = (code) => code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff;
const not =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    !test(code);
const CLASSES: Readonly<Record<string, CharacterTest>> = {
  d: DIGIT,
  D: not(DIGIT),
  w: WORD,
  W: not(WORD),
  s: SPACE,
  S: not(SPACE),
};
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", "0": "\0" };
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: "start",
  z: "end",
  Z: "end",
  b: "boundary",
  B: "no boundary",
};

export const isWord = WORD;

/** Reads an expression. @throws RegexError */
export function parseRegex(source: string, ignoreCase = false): Syntax {
  return new Parser(source, ignoreCase).parse();
}

class Parser {
  readonly #source: string;
  readonly #names: (string | undefined)[] = [];
  #ignoreCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(source: string, ignoreCase: boolean) {
    const flags = /^\(\?i\)/.exec(source);
    this.#source = source;
    this.#ignoreCase = ignoreCase || flags !== null;
    if (flags) this.#at = flags[0].length;
  }

  parse(): Syntax {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#wrong("unmatched )");
    return { node, names: this.#names };
  }

  #wrong(message: string): RegexError {
    return new RegexError(message, this.#at);
  }

  #takeIf(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #takeMatch(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#source);
    if (found) this.#at += found[0].length;
    return found ?? undefined;
  }

  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#wrong("groups are nested too deeply");
    const options = [this.#sequence()];
    while (this.#takeIf("|")) options.push(this.#sequence());
    this.#depth--;
    return options.length === 1 ? (options[0] as Node) : { kind: "choice", options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at] as string)) {
      parts.push(this.#repeated(this.#atom()));
    }
    return parts.length === 1 ? (parts[0] as Node) : { kind: "sequence", parts };
  }

  #repeated(node: Node): Node {
    let repeated = node;
    for (;;) {
      const [whole, simple, from, comma, to] = this.#takeMatch(/([*+?])|\{(\d+)(,)?(\d+)?\}/y) ?? [];
      if (whole === undefined) return repeated;
      if (node.kind === "assertion" || repeated !== node) throw this.#wrong("nothing to repeat");
      const min = simple === undefined ? Number(from) : simple === "+" ? 1 : 0;
      const open = simple === undefined ? (comma ? Number.POSITIVE_INFINITY : min) : Number.POSITIVE_INFINITY;
      const max = simple === "?" ? 1 : to === undefined ? open : Number(to);
      if (max < min) throw this.#wrong("numbers out of order in {} quantifier");
      if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT))
        throw this.#wrong(`a repetition of more than ${MAX_REPEAT}`);
      repeated = { kind: "repeat", node, min, max, greedy: !this.#takeIf("?") };
    }
  }

  #atom(): Node {
    const character = this.#source[this.#at++] as string;
    if (character === "(") return this.#group();
    if (character === "[") return this.#set();
    if (character === ".") return { kind: "character", test: ANY };
    if (character === "^") return { kind: "assertion", assertion: "start" };
    if (character === "$") return { kind: "assertion", assertion: "end" };
    if (character === "\\") return this.#escape();
    if ("*+?".includes(character)) throw this.#wrong("nothing to repeat");
    return this.#literal(character);
  }

  #literal(character: string): Node {
    const code = character.charCodeAt(0);
    if (!this.#ignoreCase || character.toLowerCase() === character.toUpperCase())
      return { kind: "character", test: (other) => other === code, literal: character };
    const [lower, upper] = [character.toLowerCase().charCodeAt(0), character.toUpperCase().charCodeAt(0)];
    return { kind: "character", test: (other) => other === lower || other === upper };
  }

  #group(): Node {
    let index = 0;
    if (this.#takeIf("?")) {
      const name = this.#takeMatch(/P?<([A-Za-z_][A-Za-z0-9_]*)>/y)?.[1];
      if (name !== undefined) index = this.#names.push(name);
      else if (!this.#takeIf(":")) throw this.#wrong("this kind of group is not supported");
    } else index = this.#names.push(undefined);
    const node = this.#choice();
    if (!this.#takeIf(")")) throw this.#wrong("missing )");
    return index === 0 ? node : { kind: "group", node, index };
  }

  #escape(): Node {
    const next = this.#source[this.#at];
    if (next === undefined) throw this.#wrong("\\ at end of pattern");
    const assertion = ASSERTIONS[next];
    const test = CLASSES[next];
    if (assertion || test) this.#at++;
    if (assertion) return { kind: "assertion", assertion };
    if (test) return { kind: "character", test };
    if (/[1-9k]/.test(next)) throw this.#wrong("back-references are not supported");
    return this.#literal(this.#escaped());
  }

  /** The character that an escape stands for. */
  #escaped(): string {
    const hex = this.#takeMatch(/x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})/y);
    if (hex) return String.fromCharCode(Number.parseInt(hex[1] ?? (hex[2] as string), 16));
    const character = this.#source[this.#at++];
    if (character === undefined) throw this.#wrong("\\ at end of pattern");
    return CONTROLS[character] ?? character;
  }

  #set(): Node {
    const negated = this.#takeIf("^");
    const tests: CharacterTest[] = [];
    let first = true;
    while (first || this.#source[this.#at] !== "]") {
      if (this.#at >= this.#source.length) throw this.#wrong("unterminated character class");
      first = false;
      tests.push(this.#member());
    }
    this.#at++;
    const any: CharacterTest = (code) => tests.some((test) => test(code));
    const test = this.#ignoreCase ? eitherCase(any) : any;
    return { kind: "character", test: tabled(negated ? not(test) : test) };
  }

  /** A character, a range of them, or a class such as `\d`. */
  #member(): CharacterTest {
    const shorthand = this.#takeMatch(/\\([dDwWsS])/y)?.[1];
    if (shorthand) return CLASSES[shorthand] as CharacterTest;
    const from = this.#memberCode();
    if (!this.#takeMatch(/-(?=[^\]])(?!\\[dDwWsS])/y)) return (code) => code === from;
    const to = this.#memberCode();
    if (to < from) throw this.#wrong("range out of order in character class");
    return (code) => code >= from && code <= to;
  }

  #memberCode(): number {
    const character = this.#source[this.#at++] as string;
    return (character === "\\" ? this.#escaped() : character).charCodeAt(0);
  }
}

/** The same test, with what it says of ASCII written down. */
function tabled(test: CharacterTest): CharacterTest {
  const table = Array.from({ length: ASCII }, (_, code) => test(code));
  return (code) => (code < ASCII ? (table[code] as boolean) : test(code));
}

function eitherCase(test: CharacterTest): CharacterTest {
  return (code) => {
    if (test(code)) return true;
    const character = String.fromCharCode(code);
    return test(character.toLowerCase().charCodeAt(0)) || test(character.toUpperCase().charCodeAt(0));
  };
}
