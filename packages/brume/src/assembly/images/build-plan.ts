/** What a build has to do, found out before anything is done: so that it is known first whether Docker is needed. */
import { posix } from "node:path";
import { type BaseImage, findBaseImage, type ImageConfiguration } from "./base-images.js";
import {
  assignmentsOf,
  type Dockerfile,
  type HereDocument,
  type Instruction,
  jsonWords,
  type Stage,
  wordsOf,
} from "./dockerfile.js";
import { planCommands, planRun, type RunLine } from "./run-commands.js";
import { NotPlain } from "./shell.js";
import { expand, expandDocument } from "./variables.js";

/** An instruction that only Docker can follow. */
export class NeedsDocker extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

export interface CopyStep {
  readonly type: "copy";
  readonly line: number;
  /** The stage to copy from; absent for the build context. */
  readonly from?: number;
  readonly sources: readonly string[];
  /** Files whose content stands in the Dockerfile itself. */
  readonly documents: readonly { readonly name: string; readonly text: string }[];
  /** An absolute path in the image; one with a slash at its end is a folder. */
  readonly destination: string;
  readonly mode?: number;
  /** Whether archives are unpacked, as ADD does it. */
  readonly unpacks: boolean;
}

export type Step =
  | CopyStep
  | { readonly type: "directory"; readonly path: string }
  | {
      readonly type: "run";
      readonly line: number;
      readonly text: string;
      readonly run: RunLine;
      readonly directory: string;
      readonly variables: Readonly<Record<string, string>>;
    };

export interface StagePlan {
  /** The stage whose files this one begins with. */
  readonly parent: number | undefined;
  readonly steps: readonly Step[];
  readonly configuration: ImageConfiguration;
  readonly base: BaseImage;
}

export interface BuildOptions {
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  /** `linux/arm64` and the like. */
  readonly platform: string | undefined;
}

export interface BuildPlan {
  /** The stages that are needed, by their number in the file, in the order in which they are built. */
  readonly stages: ReadonlyMap<number, StagePlan>;
  readonly target: number;
}

/** The state of a stage while its instructions are read. */
interface Draft {
  env: Record<string, string>;
  args: Record<string, string>;
  configuration: ImageConfiguration;
  hasOwnCmd: boolean;
  steps: Step[];
  python: string | undefined;
}

/** @throws NeedsDocker for the first instruction that cannot be followed without */
export function planBuild(dockerfile: Dockerfile, options: BuildOptions): BuildPlan {
  const { stages, globals } = dockerfile;
  const target = targetOf(stages, options.target);
  const platform = platformArgs(options.platform);
  const global: Record<string, string> = { ...platform };
  for (const { rest } of globals) declare(rest, global, {}, options.buildArgs);
  const plans = new Map<number, StagePlan>();
  const need = (index: number): StagePlan => {
    const known = plans.get(index);
    if (known) return known;
    const plan = planStage(stages[index] as Stage, index, stages, global, options, need);
    plans.set(index, plan);
    return plan;
  };
  need(target);
  return { stages: plans, target };
}

function targetOf(stages: readonly Stage[], target: string | undefined): number {
  if (target === undefined) return stages.length - 1;
  const index = findStage(stages, target, stages.length);
  if (index === undefined) throw new NeedsDocker(1, `there is no stage ${target}`);
  return index;
}

/** The stage before another that a name or number means. */
function findStage(stages: readonly Stage[], name: string, before: number): number | undefined {
  const earlier = stages.slice(0, before);
  const named = earlier.map((stage) => stage.name).lastIndexOf(name.toLowerCase());
  if (named >= 0) return named;
  return /^\d+$/.test(name) && Number(name) < before ? Number(name) : undefined;
}

function platformArgs(platform: string | undefined): Record<string, string> {
  const machine = process.arch === "arm64" ? "arm64" : "amd64";
  const [os = "linux", arch = machine] = (platform ?? `linux/${machine}`).split("/");
  return {
    TARGETPLATFORM: `${os}/${arch}`,
    TARGETOS: os,
    TARGETARCH: arch,
    BUILDPLATFORM: `linux/${machine}`,
    BUILDOS: "linux",
    BUILDARCH: machine,
  };
}

/** Declares an ARG: a build argument comes first, then its default, then that of the file as a whole. */
function declare(
  rest: string,
  into: Record<string, string>,
  outer: Readonly<Record<string, string>>,
  buildArgs: Readonly<Record<string, string>>,
  known: Readonly<Record<string, string>> = into,
): void {
  for (const [name, value] of assignmentsOf(rest)) {
    const hasDefault = rest.includes(`${name}=`);
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
    const found = given ?? (hasDefault ? expand(value, known) : outer[name]);
    if (found !== undefined) into[name] = found;
  }
}

function planStage(
  stage: Stage,
  index: number,
  stages: readonly Stage[],
  global: Readonly<Record<string, string>>,
  options: BuildOptions,
  need: (index: number) => StagePlan,
): StagePlan {
  const reference = expand(stage.base, global);
  const parent = findStage(stages, reference, index);
  const inherited = parent === undefined ? undefined : need(parent);
  const base = inherited?.base ?? findBaseImage(reference);
  if (!base) throw new NeedsDocker(stage.line, `FROM ${reference}: this image can only be had with Docker`);
  const configuration = inherited?.configuration ?? base.configuration;
  const draft: Draft = {
    env: Object.fromEntries(
      configuration.Env.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]),
    ),
    args: {},
    configuration,
    hasOwnCmd: false,
    steps: [],
    python: base.pythonPackages,
  };
  for (const instruction of stage.instructions) {
    const read = Object.hasOwn(READERS, instruction.name) ? READERS[instruction.name] : undefined;
    if (!read) throw new NeedsDocker(instruction.line, `${instruction.name} is not understood without Docker`);
    read(draft, instruction, {
      global,
      buildArgs: options.buildArgs,
      stageOf: (name) => {
        const found = findStage(stages, name, index);
        if (found !== undefined) need(found);
        return found;
      },
    });
  }
  const Env = Object.entries(draft.env).map(([name, value]) => `${name}=${value}`);
  return { parent, steps: draft.steps, configuration: { ...draft.configuration, Env }, base };
}

interface Surroundings {
  readonly global: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The number of an earlier stage. */
  readonly stageOf: (name: string) => number | undefined;
}

type Reader = (draft: Draft, instruction: Instruction, surroundings: Surroundings) => void;

/** What instructions can refer to: an image's environment comes before build arguments. */
const variablesOf = ({ args, env }: Draft) => ({ ...args, ...env });

function configure(draft: Draft, change: Partial<ImageConfiguration>): void {
  draft.configuration = { ...draft.configuration, ...change };
}

const shellForm = (text: string) => jsonWords(text) ?? ["/bin/sh", "-c", text];
const nothing: Reader = () => {};

const READERS: Readonly<Record<string, Reader>> = {
  ARG: (draft, { rest }, { global, buildArgs }) => declare(rest, draft.args, global, buildArgs, variablesOf(draft)),
  ENV(draft, { rest }) {
    // All values of one instruction see the environment as it was before it.
    const before = variablesOf(draft);
    for (const [name, value] of assignmentsOf(rest)) draft.env[name] = expand(value, before);
  },
  LABEL(draft, { rest }) {
    const labels = assignmentsOf(rest).map(([name, value]) => [name, expand(value, variablesOf(draft))]);
    configure(draft, { Labels: { ...draft.configuration.Labels, ...Object.fromEntries(labels) } });
  },
  EXPOSE(draft, { rest }) {
    const ports = wordsOf(rest).map((word) => expand(word, variablesOf(draft)));
    const added = ports.map((port) => [port.includes("/") ? port : `${port}/tcp`, {}]);
    configure(draft, { ExposedPorts: { ...draft.configuration.ExposedPorts, ...Object.fromEntries(added) } });
  },
  USER: (draft, { rest }) => configure(draft, { User: expand(rest, variablesOf(draft)) }),
  WORKDIR(draft, { rest }) {
    const path = posix.resolve(draft.configuration.WorkingDir, expand(rest, variablesOf(draft)));
    configure(draft, { WorkingDir: path });
    draft.steps.push({ type: "directory", path });
  },
  CMD(draft, { rest }) {
    configure(draft, { Cmd: shellForm(rest) });
    draft.hasOwnCmd = true;
  },
  ENTRYPOINT(draft, { rest }) {
    // A command of the base image is meant for the entry point of the base image.
    const { Cmd, ...configuration } = draft.configuration;
    draft.configuration = { ...configuration, ...(draft.hasOwnCmd && Cmd ? { Cmd } : {}), Entrypoint: shellForm(rest) };
  },
  COPY: (draft, instruction, surroundings) => copy(draft, instruction, surroundings, false),
  ADD: (draft, instruction, surroundings) => copy(draft, instruction, surroundings, true),
  RUN: run,
  HEALTHCHECK: nothing,
  MAINTAINER: nothing,
  STOPSIGNAL: nothing,
  VOLUME: nothing,
};

const COPY_FLAGS = new Set(["from", "chmod", "chown", "link"]);

function copy(draft: Draft, instruction: Instruction, { stageOf }: Surroundings, unpacks: boolean): void {
  const { flags, rest, line, documents, name } = instruction;
  const unknown = flags.find(([flag]) => !COPY_FLAGS.has(flag));
  if (unknown) throw new NeedsDocker(line, `${name} --${unknown[0]} is not understood without Docker`);
  const variables = variablesOf(draft);
  const words = wordsOf(rest).map((word) => expand(word, variables));
  const destination = words.pop();
  if (destination === undefined || words.length === 0)
    throw new NeedsDocker(line, `${name} needs what to copy, and where to`);
  const from = flags.find(([flag]) => flag === "from")?.[1];
  const source = from === undefined ? undefined : stageOf(expand(from, variables));
  if (from !== undefined && source === undefined)
    throw new NeedsDocker(line, `${name} --from=${from}: this image can only be had with Docker`);
  const remote = words.find((word) => /^(https?|git|ssh):\/\/|^git@/.test(word));
  if (unpacks && remote !== undefined) throw new NeedsDocker(line, `ADD ${remote}: only local files are added`);
  const chmod = flags.find(([flag]) => flag === "chmod")?.[1];
  if (chmod !== undefined && !/^[0-7]{3,4}$/.test(chmod))
    throw new NeedsDocker(line, `${name} --chmod=${chmod} is not understood without Docker`);
  const path = posix.resolve(draft.configuration.WorkingDir, destination);
  draft.steps.push({
    type: "copy",
    line,
    ...(source === undefined ? {} : { from: source }),
    sources: words.filter((word) => !word.startsWith("<<")),
    documents: documents.map((document) => ({ name: document.word, text: textOf(document, variables) })),
    destination: /(^|\/)\.{0,2}$/.test(destination) && path !== "/" ? `${path}/` : path,
    ...(chmod === undefined ? {} : { mode: Number.parseInt(chmod, 8) }),
    unpacks: unpacks && source === undefined,
  });
}

const textOf = ({ text, expands }: HereDocument, variables: Readonly<Record<string, string>>) =>
  expands ? expandDocument(text, variables) : text;

function run(draft: Draft, { flags, rest, documents, line }: Instruction): void {
  const mount = flags.find(([flag, value]) => flag !== "mount" || !/(^|,)type=cache(,|$)/.test(value));
  if (mount) throw new NeedsDocker(line, `RUN --${mount[0]}=${mount[1]} is not understood without Docker`);
  const variables: Record<string, string> = { HOME: "/root", ...variablesOf(draft) };
  const directory = draft.configuration.WorkingDir;
  const place = { directory, pythonPackages: draft.python };
  const [document] = documents;
  const text = document ? document.text : rest;
  const words = jsonWords(rest);
  try {
    if (document && !/^<<-?\s*["']?\w+["']?$/.test(rest)) throw new NotPlain("a here-document that a command reads");
    const planned = words
      ? planCommands([{ words, redirections: [], operator: ";" }], place)
      : planRun(text, variables, place);
    draft.steps.push({ type: "run", line, text: text.trim(), run: planned, directory, variables });
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    throw new NeedsDocker(line, `RUN ${firstLine(text)}: ${error.message}`);
  }
}

const firstLine = (text: string) => {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
};
