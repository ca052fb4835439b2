/** How a function's image is run here: which runtime it brings or needs, and what its entry point and command mean. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, join, posix } from "node:path";
import type { FunctionImage } from "./image.js";
import type { Configuration } from "./tables.js";

/** A program that speaks the Runtime API by itself. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

export interface ImageEntry {
  /** As functions of zip archives name theirs, such as `nodejs20.x`; a version that is not known is left out. */
  readonly runtime: string;
  readonly handler: string;
  /** What is run; absent where the runtimes of this machine load the handler. */
  readonly program?: Program;
  readonly taskRoot: string;
  readonly directory: string;
  /** The image's `/opt`, where it has one. */
  readonly layers: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Where Python finds what the image has installed for all. */
  readonly pythonPath: readonly string[];
}

/** Said in one sentence, where an image cannot be run: what is missing. */
export class CannotRun extends Error {}

/** Written by builds without Docker: the image that the layers belong on. See assembly/images. */
const BASE_LABEL = "brume.base-image";
const LAMBDA_ENTRY_POINT = /(^|\/)lambda-entrypoint\.sh$/;
/** The names of runtimes, by that of the base image; `#` stands for the version. */
const RUNTIMES: Readonly<Record<string, string>> = {
  nodejs: "nodejs#.x",
  python: "python#",
  java: "java#",
  dotnet: "dotnet#",
  ruby: "ruby#",
  provided: "provided.#",
  go: "provided.#",
};
/** What is in `/var/lang/bin` of the base images. */
const LANGUAGES: [program: RegExp, name: string][] = [
  [/^node$/, "nodejs"],
  [/^python3\.(\d+)$/, "python"],
  [/^java$/, "java"],
  [/^dotnet$/, "dotnet"],
  [/^ruby$/, "ruby"],
];
/** Runtime interface clients, by what their command lines contain. */
const CLIENTS: [word: RegExp, runtime: string][] = [
  [/(^|\/)aws-lambda-ric(\/|$)/, "nodejs"],
  [/^awslambdaric$/, "python3"],
];
/** Variables that mean the files of the base image, or that the environment sets itself. */
const OF_THE_BASE = /^(PATH|LD_LIBRARY_PATH|LANG|TZ|HOME|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** @throws CannotRun */
export function imageEntry(image: FunctionImage, configuration: Configuration, root: string): ImageEntry {
  const { settings } = image;
  const override = configuration.ImageConfigResponse?.ImageConfig ?? {};
  const entryPoint = override.EntryPoint?.length ? override.EntryPoint : settings.entryPoint;
  const command = override.Command?.length ? override.Command : settings.command;
  const directory = inImage(root, override.WorkingDirectory || settings.workingDirectory);
  const taskRoot = join(root, "var", "task");
  const opt = join(root, "opt");
  const common = {
    taskRoot,
    directory: existsSync(directory) ? directory : existsSync(taskRoot) ? taskRoot : root,
    layers: existsSync(opt) ? opt : undefined,
    variables: variablesOf(settings.env, root),
    pythonPath: pythonPathOf(root),
  };
  const [first = ""] = entryPoint;
  if (LAMBDA_ENTRY_POINT.test(first)) {
    const runtime = runtimeOf(settings.labels[BASE_LABEL]) ?? detectRuntime(root);
    if (runtime.startsWith("provided"))
      return { ...common, runtime, handler: command[0] ?? "", program: bootstrapOf(root) };
    const [handler] = command;
    if (!handler) throw new CannotRun("entrypoint requires the handler name to be the first argument");
    return { ...common, runtime, handler };
  }
  const words = [...entryPoint, ...command];
  for (const [word, runtime] of CLIENTS) {
    const at = words.findLastIndex((one) => word.test(one));
    const handler = words[at + 1];
    // A client loads the handler from where it is started.
    if (at >= 0 && handler) return { ...common, taskRoot: common.directory, runtime, handler };
  }
  const [name = "", ...args] = words;
  if (name === "") throw new CannotRun("it has neither an entry point nor a command");
  const program = {
    file: programOf(name, root, common.directory, settings.env),
    args: args.map((arg) => mapped(arg, root)),
  };
  return { ...common, runtime: "provided", handler: command[0] ?? "", program };
}

/** A path of the image, where it is on disk. */
const inImage = (root: string, path: string) => join(root, posix.resolve("/", path));

/** `public.ecr.aws/lambda/nodejs:20` as `nodejs20.x`. */
function runtimeOf(reference: string | undefined): string | undefined {
  const [, name = "", tag = ""] = /(?:lambda[/-])([a-z]+)(?::([^@]+))?/.exec(reference ?? "") ?? [];
  const pattern = Object.hasOwn(RUNTIMES, name) ? RUNTIMES[name] : undefined;
  if (pattern === undefined) return undefined;
  const [version] = /^(?:al20\d\d|al2|[\d.]*\d)/.exec(tag) ?? [];
  if (version !== undefined) return pattern.replace("#", version);
  return pattern === RUNTIMES.python ? "python3" : pattern.replace(/\.?#.*$/, "");
}

function detectRuntime(root: string): string {
  const folder = join(root, "var", "lang", "bin");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const [program, name] of LANGUAGES) {
    const found = names.map((one) => program.exec(one)).find((match) => match !== null);
    if (found) return name === "python" ? `python3.${found[1]}` : name;
  }
  return "provided";
}

function bootstrapOf(root: string): Program {
  const places = ["var/runtime", "var/task", "opt"].map((folder) => join(root, folder, "bootstrap"));
  // What is not there is reported by the environment, as Lambda words it.
  return { file: places.find((place) => existsSync(place)) ?? (places[0] as string), args: [] };
}

/** The file of a program. Shells and interpreters are those of the machine: an image's own need all of the image. */
function programOf(name: string, root: string, directory: string, env: readonly string[]): string {
  const isProgram = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  if (/^(\/usr)?\/bin\/(sh|bash|env)$/.test(name)) return name;
  const own = name.startsWith("/") ? inImage(root, name) : name.includes("/") ? join(directory, name) : undefined;
  if (own !== undefined) {
    if (isProgram(own)) return own;
    throw new CannotRun(`its program ${name} is not among the files of the image`);
  }
  if (name === "node") return process.execPath;
  const path = env.find((one) => one.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const found = path
    .split(":")
    .map((folder) => join(inImage(root, folder), name))
    .find(isProgram);
  if (found) return found;
  if (/^(sh|bash|env|python3?|java)$/.test(name)) return name;
  throw new CannotRun(`its program ${name} is not among the files of the image`);
}

/** A path that is in the image is where it is on disk; all else stays as it is. */
function mapped(text: string, root: string): string {
  return text.startsWith("/") && text !== "/" && existsSync(inImage(root, text)) ? inImage(root, text) : text;
}

function variablesOf(env: readonly string[], root: string): Record<string, string> {
  const entries = env.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)] as const);
  return Object.fromEntries(
    entries
      .filter(([name]) => !OF_THE_BASE.test(name))
      .map(([name, value]) => [
        name,
        value
          .split(":")
          .map((part) => mapped(part, root))
          .join(value.includes(":") ? delimiter : ""),
      ]),
  );
}

function pythonPathOf(root: string): string[] {
  return ["var/lang/lib", "usr/local/lib"].flatMap((folder) => {
    const lib = join(root, folder);
    const versions = existsSync(lib) ? readdirSync(lib).filter((name) => /^python3(\.\d+)?$/.test(name)) : [];
    return versions.map((name) => join(lib, name, "site-packages")).filter((place) => existsSync(place));
  });
}
