/** Reads the shell's language as far as it is plain: words, quotes, variables, and commands joined by operators. */
import { expand } from "./variables.js";

/** A command: its words, and where its input and output go. */
export interface Command {
  readonly words: readonly string[];
  readonly redirections: readonly (readonly [operator: string, word: string])[];
  /** What stands between this command and the next: `&&`, `||`, `|` or `;`. */
  readonly operator: string;
}

/** Text that is more than plain commands; `reason` says what. */
export class NotPlain extends Error {}

/** Stand for `*`, `?`, `[` and `]` outside of quotes, in the words that are read. */
const GLOBS = ["\uE000", "\uE001", "\uE002", "\uE003"];
const GLOB_CHARS = "*?[]";
const OPERATORS = /^(?:&&|\|\||;|\||\r?\n)/;
const REDIRECTION = /^(?:2>&1|>&2|1>&2|&>>?|[012]?>>?|<(?!<|\())/;

/** The commands of a text. Variables are replaced by their values. @throws NotPlain */
export function readCommands(text: string, variables: Readonly<Record<string, string>>): Command[] {
  const commands: { words: string[]; redirections: [string, string][]; operator: string }[] = [];
  let words: string[] = [];
  let redirections: [string, string][] = [];
  let waiting: string | undefined;
  let word: string | undefined;
  const endWord = () => {
    if (word === undefined) return;
    // A bracket by itself is a command, or the end of one.
    if (word === GLOBS[2] || word === GLOBS[3]) word = shown(word);
    if (waiting === undefined) words.push(word);
    else redirections.push([waiting, word]);
    waiting = undefined;
    word = undefined;
  };
  const endCommand = (joining: string) => {
    endWord();
    if (waiting !== undefined) throw new NotPlain("a redirection without a file");
    if (words.length > 0 || redirections.length > 0) commands.push({ words, redirections, operator: joining });
    words = [];
    redirections = [];
  };
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const char = text[at] as string;
    const [operator] = OPERATORS.exec(rest) ?? [];
    if (operator !== undefined) {
      endCommand(operator.trim() === "" ? ";" : operator);
      at += operator.length;
      continue;
    }
    // A digit redirects only where no word has begun before it.
    const [redirection] = (word === undefined || !/[0-9]/.test(char) ? REDIRECTION.exec(rest) : null) ?? [];
    if (redirection !== undefined) {
      endWord();
      if (/&[12]$/.test(redirection)) redirections.push([redirection, ""]);
      else waiting = redirection;
      at += redirection.length;
    } else if (/\s/.test(char)) {
      endWord();
      at++;
    } else if (char === "#" && word === undefined) {
      const end = rest.search(/\r?\n/);
      at += end < 0 ? rest.length : end;
    } else {
      const piece = pieceAt(rest);
      const values = valuesOf(piece, variables);
      // A variable outside of quotes may be several words, or none.
      values.forEach((value, index) => {
        if (index > 0) endWord();
        word = (word ?? "") + value;
      });
      at += piece.length;
    }
  }
  endCommand(";");
  return commands;
}

/** The next part of a word: something quoted, a variable, or one character. @throws NotPlain */
function pieceAt(text: string): string {
  const char = text[0] as string;
  if (char === "\\") return text.slice(0, 2);
  if (char === "'" || char === '"') {
    const [quoted] = (char === "'" ? /^'[^']*'/ : /^"(?:\\[\s\S]|[^"\\])*"/).exec(text) ?? [];
    if (quoted === undefined) throw new NotPlain("a quote that does not end");
    if (char === '"' && /(?:^|[^\\])(?:\\\\)*(?:`|\$\()/.test(quoted)) throw new NotPlain("a command in a command");
    return quoted;
  }
  if (char === "`" || text.startsWith("$(")) throw new NotPlain("a command in a command");
  if (char === "$") {
    const [variable] = /^\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*(?::?[-+][^}]*)?\})/.exec(text) ?? [];
    if (variable === undefined) throw new NotPlain("a variable of the shell's own");
    return variable;
  }
  if ("(){}&<".includes(char)) throw new NotPlain(`${JSON.stringify(char)}, which is more than a plain command`);
  return char;
}

function valuesOf(piece: string, variables: Readonly<Record<string, string>>): string[] {
  const glob = GLOB_CHARS.indexOf(piece);
  if (glob >= 0) return [GLOBS[glob] as string];
  if (!piece.startsWith("'") && !piece.startsWith("\\")) {
    for (const [, name = ""] of piece.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)(?![^}]*[-+])/g))
      if (!Object.hasOwn(variables, name)) throw new NotPlain(`$${name} is no variable of the Dockerfile`);
  }
  const value = expand(piece, variables);
  return piece.startsWith("$")
    ? value
        .trim()
        .split(/\s+/)
        .filter((part) => part !== "")
    : [value];
}

/** A word as the shell reads it back: quoted, but for what stands for several files. */
export function quoted(word: string): string {
  const parts = word.split(/([\uE000-\uE003])/);
  return (
    parts
      .map((part) => {
        const glob = GLOBS.indexOf(part);
        if (glob >= 0) return GLOB_CHARS[glob] as string;
        return part === "" || /^[A-Za-z0-9_./:=@%+,-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`;
      })
      .join("") || "''"
  );
}

/** A word as text, its wildcards as they were written. */
export const shown = (word: string): string =>
  word.replace(/[\uE000-\uE003]/g, (char) => GLOB_CHARS[GLOBS.indexOf(char)] as string);
