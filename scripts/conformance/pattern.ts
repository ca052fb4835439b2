/** Writes a text that a simple regular expression matches. */

type Node = () => string;

const SHORTHANDS: Readonly<Record<string, string>> = {
  d: "0123456789",
  w: "abcdefghijklmnopqrstuvwxyz0123456789_",
  s: " ",
  S: "abcdefghijklmnopqrstuvwxyz0123456789",
  D: "abcdefghijklmnopqrstuvwxyz",
  W: "-",
};
const ANY = "abcdefghijklmnopqrstuvwxyz0123456789";
/** How often what may be repeated without an end is. */
const MANY = 8;

/**
 * A text that a pattern matches: literals, classes, groups, alternatives (the first), repetitions. What looks around
 * itself or back is left out, so that the text may not match after all: whoever uses it has to check.
 */
export function textFor(pattern: string): string {
  return new Writer(pattern).alternatives()();
}

class Writer {
  readonly #pattern: string;
  #at = 0;
  #turn = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  alternatives(): Node {
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    return options.find((option) => option() !== "") ?? (options[0] as Node);
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#at] as string)) {
      const atom = this.#atom();
      const [least, most] = this.#repetition();
      const times = least > 0 ? least : Math.min(most, 1);
      parts.push(() => Array.from({ length: times }, atom).join(""));
    }
    return () => parts.map((part) => part()).join("");
  }

  #atom(): Node {
    const character = this.#pattern[this.#at++] as string;
    if (character === "^" || character === "$") return () => "";
    if (character === ".") return this.#oneOf(ANY);
    if (character === "(") return this.#group();
    if (character === "[") return this.#oneOf(this.#class());
    if (character === "\\") {
      const escaped = this.#pattern[this.#at++] ?? "";
      if (escaped === "b" || escaped === "A" || escaped === "z" || escaped === "Z") return () => "";
      const shorthand = SHORTHANDS[escaped];
      return shorthand ? this.#oneOf(shorthand) : () => escaped;
    }
    return () => character;
  }

  #group(): Node {
    const looksAround = /^\?(?:[=!]|<[=!])/.test(this.#pattern.slice(this.#at));
    const kind = /^\?(?::|[=!]|<[=!]|<\w+>)/.exec(this.#pattern.slice(this.#at));
    this.#at += kind?.[0].length ?? 0;
    const inner = this.alternatives();
    this.#take(")");
    return looksAround ? () => "" : inner;
  }

  #class(): string {
    const negated = this.#take("^");
    let members = "";
    for (let first = true; this.#at < this.#pattern.length; first = false) {
      const character = this.#pattern[this.#at++] as string;
      if (character === "]" && !first) break;
      if (character === "\\") {
        const escaped = this.#pattern[this.#at++] ?? "";
        members += SHORTHANDS[escaped] ?? escaped;
      } else if (this.#pattern[this.#at] === "-" && !/[\]]/.test(this.#pattern[this.#at + 1] ?? "]")) {
        const last = this.#pattern[this.#at + 1] as string;
        this.#at += 2;
        for (let code = character.charCodeAt(0); code <= last.charCodeAt(0) && members.length < 200; code++)
          members += String.fromCharCode(code);
      } else members += character;
    }
    const usual = [...ANY].filter((one) => members.includes(one) !== negated).join("");
    return usual || (negated ? "" : members);
  }

  #repetition(): [least: number, most: number] {
    const found = /^(?:\*|\+|\?|\{(\d+)?(,)?(\d+)?\})/.exec(this.#pattern.slice(this.#at));
    if (!found) return [1, 1];
    this.#at += found[0].length;
    this.#take("?");
    if (found[0] === "?") return [0, 1];
    if (found[0] === "*") return [0, MANY];
    if (found[0] === "+") return [MANY, MANY];
    const least = Number(found[1] ?? 0);
    return [least, found[2] === undefined ? least : Number(found[3] ?? Math.max(least, MANY))];
  }

  /** One of some characters: another at every turn, beginning with a letter where there are some. */
  #oneOf(characters: string): Node {
    return () => characters[this.#turn++ % Math.max(1, characters.length)] ?? "";
  }

  #take(character: string): boolean {
    if (this.#pattern[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}
