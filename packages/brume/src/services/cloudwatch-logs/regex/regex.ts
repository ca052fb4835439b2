/** Regular expressions whose matching takes time in proportion to the text, whatever the expression: none can hang the cloud. */
import { type Assertion, type CharacterTest, isWord, type Node, parseRegex, RegexError } from "./syntax.js";

/** What a program does at one of its places. */
type Instruction =
  | { readonly op: "character"; readonly test: CharacterTest }
  | { readonly op: "assertion"; readonly assertion: Assertion }
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "jump"; to: number }
  | { readonly op: "save"; readonly slot: number }
  | { readonly op: "match" };

/** Where an expression matched, and what its groups took. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** From group 1 on. */
  readonly groups: readonly (string | undefined)[];
}

const MAX_SOURCE = 4000;
const MAX_PROGRAM = 2000;
/** With more beginnings than these it is as fast to try. */
const MAX_FIRSTS = 8;
/** As long as the text and the program may be, multiplied: a second or two of work. */
const MAX_STEPS = 200_000_000;

/**
 * An expression, simulated as an automaton that is in all its states at once (after Thompson and Pike): at most as many
 * steps as text and expression are long, multiplied. Of several matches it takes the one that others prefer too: the first
 * alternative, and as much as a greedy quantifier can get. Of a text that is too long for a large expression only the
 * beginning is looked at.
 */
export class Regex {
  readonly source: string;
  readonly names: readonly (string | undefined)[];
  readonly #program: Instruction[] = [];
  /** What every match begins with, where that is known. */
  readonly #prefix: string;
  readonly #isPrefixAll: boolean;
  readonly #first: readonly CharacterTest[] | undefined;

  /** @throws RegexError */
  constructor(source: string, options: { ignoreCase?: boolean } = {}) {
    if (source.length > MAX_SOURCE) throw new RegexError("the expression is too long", MAX_SOURCE);
    const { node, names } = parseRegex(source, options.ignoreCase);
    this.source = source;
    this.names = names;
    this.#emit(node);
    this.#push({ op: "match" });
    const parts = node.kind === "sequence" ? node.parts : [node];
    const known = parts.findIndex((part) => part.kind !== "character" || part.literal === undefined);
    this.#isPrefixAll = known < 0;
    const literals = this.#isPrefixAll ? parts : parts.slice(0, known);
    this.#prefix = literals.map((part) => (part.kind === "character" ? part.literal : "")).join("");
    this.#first = this.#firsts();
  }

  test(text: string): boolean {
    return this.#isPrefixAll ? text.includes(this.#prefix) : this.#run(text, 0, false) !== undefined;
  }

  /** The first match at or after a position. */
  exec(text: string, from = 0): RegexMatch | undefined {
    const slots = this.#run(text, from, true);
    if (!slots) return undefined;
    const groups = this.names.map((_, index) => {
      const [start, end] = [slots[2 * index + 2], slots[2 * index + 3]];
      return start === undefined || end === undefined ? undefined : text.slice(start, end);
    });
    return { start: slots[0] as number, end: slots[1] as number, groups };
  }

  #push(instruction: Instruction): number {
    if (this.#program.length >= MAX_PROGRAM) throw new RegexError("the expression is too large", this.source.length);
    return this.#program.push(instruction) - 1;
  }

  #emit(node: Node): void {
    if (node.kind === "character") this.#push({ op: "character", test: node.test });
    else if (node.kind === "assertion") this.#push({ op: "assertion", assertion: node.assertion });
    else if (node.kind === "sequence") for (const part of node.parts) this.#emit(part);
    else if (node.kind === "choice") this.#emitChoice(node.options);
    else if (node.kind === "repeat") this.#emitRepeat(node);
    else {
      this.#push({ op: "save", slot: 2 * node.index });
      this.#emit(node.node);
      this.#push({ op: "save", slot: 2 * node.index + 1 });
    }
  }

  #emitChoice(options: readonly Node[]): void {
    const jumps: { to: number }[] = [];
    for (const [index, option] of options.entries()) {
      if (index === options.length - 1) this.#emit(option);
      else {
        const split = { op: "split" as const, first: this.#program.length + 1, second: 0 };
        this.#push(split);
        this.#emit(option);
        const jump = { op: "jump" as const, to: 0 };
        this.#push(jump);
        jumps.push(jump);
        split.second = this.#program.length;
      }
    }
    for (const jump of jumps) jump.to = this.#program.length;
  }

  #emitRepeat({ node, min, max, greedy }: Node & { kind: "repeat" }): void {
    for (let i = 0; i < min; i++) this.#emit(node);
    if (max === Number.POSITIVE_INFINITY) {
      const leave = this.#optional(greedy);
      const start = this.#program.length - 1;
      this.#emit(node);
      this.#push({ op: "jump", to: start });
      leave(this.#program.length);
      return;
    }
    const leaves: ((to: number) => void)[] = [];
    for (let i = min; i < max; i++) {
      leaves.push(this.#optional(greedy));
      this.#emit(node);
    }
    for (const leave of leaves) leave(this.#program.length);
  }

  /** A choice between what follows and going on elsewhere; the function returned says where. */
  #optional(greedy: boolean): (to: number) => void {
    const next = this.#program.length + 1;
    const split = { op: "split" as const, first: next, second: next };
    this.#push(split);
    return (to) => {
      if (greedy) split.second = to;
      else split.first = to;
    };
  }

  /** The characters with which a match can begin; `undefined` where it can be empty, or begin with anything. */
  #firsts(): readonly CharacterTest[] | undefined {
    const tests: CharacterTest[] = [];
    const seen = new Set<number>();
    const places = [0];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      const instruction = this.#program[place] as Instruction;
      if (instruction.op === "match") return undefined;
      if (instruction.op === "character") tests.push(instruction.test);
      else if (instruction.op === "split") places.push(instruction.first, instruction.second);
      else places.push(instruction.op === "jump" ? instruction.to : place + 1);
    }
    return tests.length <= MAX_FIRSTS ? tests : undefined;
  }

  /** The next position at which a match can begin; beyond the text where there is none. */
  #candidate(text: string, from: number): number {
    if (this.#prefix !== "") {
      const found = text.indexOf(this.#prefix, from);
      return found < 0 ? text.length + 1 : found;
    }
    const firsts = this.#first;
    if (!firsts) return from;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      for (const test of firsts) if (test(code)) return at;
    }
    return text.length + 1;
  }

  /** The slots of the first match: its bounds, then those of its groups. */
  #run(whole: string, from: number, wantsGroups: boolean): Slots | undefined {
    const program = this.#program;
    const text = whole.slice(0, MAX_STEPS / program.length);
    const run: Run = { program, text, wantsGroups, seen: new Int32Array(program.length).fill(-1) };
    let threads: Thread[] = [];
    let next: Thread[] = [];
    let matched: Slots | undefined;
    for (let at = from; ; at++) {
      if (threads.length === 0) {
        if (matched) return matched;
        at = this.#candidate(text, at);
        if (at > text.length) return undefined;
      }
      if (!matched) follow(run, threads, 0, at, wantsGroups ? [at] : NO_SLOTS);
      const code = at < text.length ? text.charCodeAt(at) : -1;
      for (const thread of threads) {
        const { place, slots } = thread;
        const instruction = program[place] as Instruction;
        if (instruction.op === "match") {
          if (!wantsGroups) return NO_SLOTS;
          matched = slots.slice();
          matched[1] = at;
          // Those that come after it are less preferred.
          break;
        }
        if (instruction.op === "character" && code >= 0 && instruction.test(code))
          follow(run, next, place + 1, at + 1, slots);
      }
      if (at >= text.length) return matched;
      [threads, next] = [next, threads];
      next.length = 0;
    }
  }
}

type Slots = (number | undefined)[];
const NO_SLOTS: Slots = [];

/** What one run has at hand: at which position each place of the program was reached last. */
interface Run {
  readonly program: readonly Instruction[];
  readonly text: string;
  readonly wantsGroups: boolean;
  readonly seen: Int32Array;
}

/** A place in the program, and the bounds of what was matched on the way there. */
interface Thread {
  readonly place: number;
  readonly slots: Slots;
}

/** Goes from a place to all those from which a character, or the end of the program, comes next. */
function follow(run: Run, to: Thread[], place: number, at: number, slots: Slots): void {
  if (run.seen[place] === at) return;
  run.seen[place] = at;
  const instruction = run.program[place] as Instruction;
  switch (instruction.op) {
    case "jump":
      return follow(run, to, instruction.to, at, slots);
    case "split":
      follow(run, to, instruction.first, at, slots);
      return follow(run, to, instruction.second, at, slots);
    case "save": {
      if (!run.wantsGroups) return follow(run, to, place + 1, at, slots);
      const changed = slots.slice();
      changed[instruction.slot] = at;
      return follow(run, to, place + 1, at, changed);
    }
    case "assertion":
      if (holds(instruction.assertion, run.text, at)) follow(run, to, place + 1, at, slots);
      return;
    default:
      to.push({ place, slots });
  }
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  if (assertion === "start") return at === 0;
  if (assertion === "end") return at === text.length;
  const isBoundary = wordAt(text, at - 1) !== wordAt(text, at);
  return isBoundary === (assertion === "boundary");
}

const wordAt = (text: string, at: number): boolean => at >= 0 && at < text.length && isWord(text.charCodeAt(at));
