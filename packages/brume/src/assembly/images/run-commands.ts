/** Which RUN instructions can be done without Docker: package managers and plain file commands, in the image's folder. */
import { posix } from "node:path";
import { type Command, NotPlain, quoted, readCommands, shown } from "./shell.js";

/** Commands that act on files only. */
const FILE_COMMANDS = new Set(
  "mkdir rmdir cp mv rm chmod touch ln ls cat find install tar unzip gzip gunzip true false test [ cd pwd exit".split(
    " ",
  ),
);
/** Those of them that the shell itself has. */
const BUILT_IN = new Set("true false test [ cd pwd exit".split(" "));
/** Commands whose words are text and no paths. */
const TEXT_COMMANDS = new Set(["echo", "printf"]);
/** What they change an image without Docker does not have: users, owners, the system's own files. */
const WITHOUT_EFFECT = new Set(
  "chown chgrp useradd usermod groupadd adduser addgroup ldconfig update-ca-certificates".split(" "),
);
const SYSTEM_PACKAGES = new Set(["dnf", "microdnf", "yum", "apt-get", "apt", "apk"]);
const SYSTEM_UPKEEP = new Set(["update", "upgrade", "clean", "autoclean", "autoremove", "makecache"]);

/** Package managers: by subcommand, what they may be asked. */
const PACKAGE_MANAGERS: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
  npm: () => true,
  npx: () => true,
  yarn: (words) => !words.includes("global"),
  pnpm: (words) => !words.some((word) => word === "-g" || word === "--global"),
  corepack: () => false,
  pip: (words) => isPip(words),
  uv: ([subcommand = ""]) => ["pip", "sync", "export", "lock", "add", "run", "build"].includes(subcommand),
  poetry: ([subcommand = ""]) => ["install", "export", "lock", "build", "check"].includes(subcommand),
  go: ([subcommand = ""]) => ["build", "mod", "test", "vet", "version", "list"].includes(subcommand),
};

const isPip = (words: readonly string[]) =>
  ["install", "download", "wheel", "list", "freeze", "check", "cache", "--version"].includes(
    words.find((word) => !word.startsWith("-") || word === "--version") ?? "",
  ) && !words.includes("--user");

/** A line that is ready to be run below the folder of an image. */
export interface RunLine {
  /** The programs that have to be on the machine. */
  readonly programs: readonly string[];
  /** The line, for `/bin/sh -c`, once it is known where the image's folder is. */
  readonly text: (root: string) => string;
}

export interface RunPlace {
  /** The directory in the image in which the line is run. */
  readonly directory: string;
  /** Where pip installs what has no target. */
  readonly pythonPackages: string | undefined;
}

/**
 * Reads a RUN instruction. Absolute paths, and those that lead upwards, are taken as of the image.
 * @throws NotPlain that says what cannot be done
 */
export function planRun(text: string, variables: Readonly<Record<string, string>>, place: RunPlace): RunLine {
  return planCommands(readCommands(text, variables), place);
}

/** The same, for commands that have been read. @throws NotPlain */
export function planCommands(commands: readonly Command[], place: RunPlace): RunLine {
  let { directory } = place;
  const programs = new Set<string>();
  const parts: ((root: string) => string)[] = [];
  commands.forEach((command, index) => {
    const at = directory;
    const words = withoutAssignments(command.words);
    const [name = "", ...rest] = words;
    const plan = planCommand(name, rest, place);
    if (name === "cd") directory = posix.resolve(at, shown(rest[0] ?? "/root"));
    if (plan.program) programs.add(plan.program);
    const assignments = command.words.slice(0, command.words.length - words.length);
    const last = index === commands.length - 1;
    parts.push((root) => {
      const inImage = (word: string) => quoted(imagePath(word, at, root));
      const output = command.redirections.map(([operator, word]) => operator + (word === "" ? "" : inImage(word)));
      const line = [
        ...assignments.map((word) => assigned(word, at, root)),
        ...plan.words.map((word, position) => (plan.isText || position === 0 ? quoted(word) : inImage(word))),
        ...(plan.target === undefined ? [] : ["--target", quoted(root + plan.target)]),
        ...output,
      ].join(" ");
      return last ? line : `${line} ${command.operator}`;
    });
  });
  return { programs: [...programs], text: (root) => parts.map((part) => part(root)).join(" ") };
}

interface CommandPlan {
  readonly words: readonly string[];
  readonly program?: string;
  readonly isText?: boolean;
  /** Where pip is to install. */
  readonly target?: string;
}

const DONE: CommandPlan = { words: ["true"] };

function planCommand(name: string, rest: readonly string[], { pythonPackages }: RunPlace): CommandPlan {
  if (name === "") return DONE;
  // Of the shell's options only this one changes what is done.
  if (name === "set" && rest.every((word) => /^-[a-z]+$|^pipefail$/.test(word)))
    return rest.some((word) => word.includes("e") && word.startsWith("-")) ? { words: ["set", "-e"] } : DONE;
  if (name === "export") return { words: [name, ...rest] };
  if (WITHOUT_EFFECT.has(name)) return DONE;
  if (SYSTEM_PACKAGES.has(name)) {
    const subcommand = rest.find((word) => !word.startsWith("-")) ?? "";
    if (SYSTEM_UPKEEP.has(subcommand)) return DONE;
    throw new NotPlain(`${name} ${subcommand} changes the operating system of the image`);
  }
  if (TEXT_COMMANDS.has(name)) return { words: [name, ...rest], isText: true };
  if (FILE_COMMANDS.has(name)) {
    if (name === "find" && rest.some((word) => /^-(exec|execdir|ok|okdir|fprint\w*)$/.test(word)))
      throw new NotPlain("find runs other commands");
    const joined = rest.find((word) => /^-[A-Za-z]+\//.test(word));
    if (joined !== undefined) throw new NotPlain(`${joined} joins an option and a path`);
    return { words: [name, ...rest], program: BUILT_IN.has(name) ? "" : name };
  }
  const [tool, words] = packageManager(name, rest);
  const allows = tool !== undefined && Object.hasOwn(PACKAGE_MANAGERS, tool) ? PACKAGE_MANAGERS[tool] : undefined;
  if (!allows) throw new NotPlain(`${name} is neither a package manager nor a plain file command`);
  if (!allows(words))
    throw new NotPlain(`${[name, ...rest].slice(0, 3).map(shown).join(" ")} acts on the machine itself`);
  if (tool !== "pip") return { words: [name, ...rest], program: name };
  const isTargeted = words.some((word) => /^(-t|--target|--prefix|--root|--dest|-d)(=|$)|^-t./.test(word));
  const command = { words: ["python3", "-m", "pip", ...words], program: "python3" };
  if (!words.includes("install") || isTargeted) return command;
  if (pythonPackages === undefined) throw new NotPlain("pip has no place for packages in an image without Python");
  return { ...command, target: pythonPackages };
}

/** What a command is called that goes by several names: `pip3`, `python3 -m pip`. */
function packageManager(name: string, rest: readonly string[]): [string | undefined, readonly string[]] {
  if (/^pip3?(\.\d+)?$/.test(name)) return ["pip", rest];
  if (!/^python(3(\.\d+)?)?$/.test(name)) return [name, rest];
  return rest[0] === "-m" && rest[1] === "pip" ? ["pip", rest.slice(2)] : [undefined, rest];
}

/** `A=1 command …`: the words from the command on. */
function withoutAssignments(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  return first < 0 ? [] : words.slice(first);
}

function assigned(word: string, directory: string, root: string): string {
  const equals = word.indexOf("=");
  return `${word.slice(0, equals)}=${quoted(imagePath(word.slice(equals + 1), directory, root))}`;
}

/** A word as it is below the image's folder: paths that are absolute or lead upwards begin there. */
function imagePath(word: string, directory: string, root: string): string {
  const [option, value] = /^--?[A-Za-z][A-Za-z-]*=/.test(word)
    ? [word.slice(0, word.indexOf("=") + 1), word.slice(word.indexOf("=") + 1)]
    : ["", word];
  const isHome = value === "~" || value.startsWith("~/");
  if (!(value.startsWith("/") || isHome || /(^|\/)\.\.(\/|$)/.test(value))) return word;
  if (/^\/dev\/(null|stdout|stderr)$/.test(value)) return word;
  const path = posix.resolve(directory, isHome ? `/root${value.slice(1)}` : value);
  // A slash at the end says that a folder is meant.
  return `${option}${root}${path === "/" ? "" : path}${value.endsWith("/") || path === "/" ? "/" : ""}`;
}
