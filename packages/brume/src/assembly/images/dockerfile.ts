/** Reads a Dockerfile: its stages and their instructions, each with its line. See "Dockerfile reference". */
import { UserError } from "../../kernel/errors.js";

export interface Instruction {
  /** In capitals, such as `COPY`. */
  readonly name: string;
  /** `--from=build` as `["from", "build"]`. */
  readonly flags: readonly (readonly [name: string, value: string])[];
  /** What follows the flags, as it was written. */
  readonly rest: string;
  /** The bodies of here-documents, by the words that end them. */
  readonly documents: readonly HereDocument[];
  readonly line: number;
}

export interface HereDocument {
  readonly word: string;
  readonly text: string;
  /** Whether variables are replaced in it: the word stood without quotes. */
  readonly expands: boolean;
}

export interface Stage {
  readonly name: string | undefined;
  /** The image, or the stage, that it begins with: as it was written. */
  readonly base: string;
  readonly platform: string | undefined;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** ARG instructions before the first stage. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}

const HERE_DOCUMENT = /<<-?\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g;
const TAKES_DOCUMENTS = new Set(["RUN", "COPY", "ADD"]);

/** @throws UserError that names the line */
export function parseDockerfile(text: string, file: string): Dockerfile {
  const globals: Instruction[] = [];
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text, file)) {
    if (instruction.name === "FROM") {
      const [, base = "", name] = /^(\S+)(?:\s+AS\s+(\S+))?\s*$/i.exec(instruction.rest) ?? [];
      if (base === "") throw malformed(file, instruction.line, "FROM needs an image.");
      const platform = instruction.flags.find(([flag]) => flag === "platform")?.[1];
      stages.push({ name: name?.toLowerCase(), base, platform, line: instruction.line, instructions: [] });
    } else if (stages.length > 0) stages.at(-1)?.instructions.push(instruction);
    else if (instruction.name === "ARG") globals.push(instruction);
    else throw malformed(file, instruction.line, "A Dockerfile begins with FROM.");
  }
  if (stages.length === 0) throw malformed(file, 1, "There is no FROM in it.");
  return { globals, stages };
}

const malformed = (file: string, line: number, message: string) =>
  new UserError("DockerfileMalformed", message, { where: `${file}:${line}` });

function* instructionsOf(text: string, file: string): Generator<Instruction> {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const escapeCharacter = escapeOf(lines);
  const continues = escapeCharacter === "`" ? /`[ \t]*$/ : /\\[ \t]*$/;
  for (let at = 0; at < lines.length; ) {
    const first = lines[at] as string;
    if (/^\s*(#|$)/.test(first)) {
      at++;
      continue;
    }
    const line = at + 1;
    let whole = "";
    for (; at < lines.length; at++) {
      const part = lines[at] as string;
      // Comments and empty lines may stand between the lines of an instruction.
      if (whole !== "" && /^\s*(#|$)/.test(part)) continue;
      if (!continues.test(part)) {
        whole += part;
        at++;
        break;
      }
      whole += part.replace(continues, "");
    }
    const [, name = "", rest = ""] = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(whole) ?? [];
    if (name === "") throw malformed(file, line, `This is no instruction: ${whole.trim().slice(0, 60)}`);
    const upper = name.toUpperCase();
    const documents: HereDocument[] = [];
    for (const [, quote, word = ""] of TAKES_DOCUMENTS.has(upper) ? rest.matchAll(HERE_DOCUMENT) : []) {
      const end = lines.findIndex((one, index) => index >= at && one.trimStart() === word);
      if (end < 0) throw malformed(file, line, `The here-document ${word} does not end.`);
      documents.push({ word, text: `${lines.slice(at, end).join("\n")}\n`, expands: quote === "" });
      at = end + 1;
    }
    yield { name: upper, ...flagsOf(rest.trim()), documents, line };
  }
}

/** The character that continues a line: a directive at the very top may choose the backtick. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const [, key = "", value = ""] = /^#\s*([A-Za-z]+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (key === "") return "\\";
    if (key.toLowerCase() === "escape") return value;
  }
  return "\\";
}

function flagsOf(text: string): { flags: [string, string][]; rest: string } {
  const flags: [string, string][] = [];
  let rest = text;
  for (;;) {
    const match = /^--([a-z-]+)(?:=("[^"]*"|\S*))?(?:\s+|$)/.exec(rest);
    if (!match) return { flags, rest };
    flags.push([match[1] as string, (match[2] ?? "true").replace(/^"|"$/g, "")]);
    rest = rest.slice(match[0].length);
  }
}

/** The words of an instruction: a JSON array of texts, or what quotes, escapes and spaces make of the text. */
export function wordsOf(text: string): string[] {
  return jsonWords(text) ?? splitWords(text);
}

/** The words of the exec form; `undefined` for text that is none. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts text at spaces that stand outside of quotes; quotes and escapes stay as they are. */
export function splitWords(text: string): string[] {
  return text.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s"'\\]|["'\\])+/g) ?? [];
}

/** `A=1 B="2 3"` by name, quotes and variables still in it; the old form `A 1` too. */
export function assignmentsOf(text: string): [name: string, value: string][] {
  const words = splitWords(text);
  const [first = ""] = words;
  if (words.length > 1 && !first.includes("=")) return [[first, text.slice(first.length).trim()]];
  return words.map((word) => {
    const equals = word.indexOf("=");
    return equals < 0 ? [unquoted(word), ""] : [unquoted(word.slice(0, equals)), word.slice(equals + 1)];
  });
}

const unquoted = (text: string) => text.replace(/^(["'])(.*)\1$/, "$2");
