/** RUN: performs a line of commands in the folder that stands for the image. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Step } from "./build-plan.js";
import { onDisk } from "./staging.js";

type RunStep = Extract<Step, { type: "run" }>;

/** How much of what commands print is kept, to be shown when they fail. */
const MAX_OUTPUT_CHARS = 4000;
/** Variables of the machine's own: those of an image would lead to programs that are not there. */
const OF_THE_MACHINE = new Set(["PATH", "HOME", "LD_LIBRARY_PATH", "LANG", "TZ"]);

/** A command that failed, by its line. */
export class RunFailed extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** The programs of a line that the machine does not have. */
export function missingPrograms({ run }: RunStep): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const isThere = (name: string) =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return run.programs.filter((name) => name !== "" && !isThere(name));
}

/** @throws RunFailed with the end of what was printed */
export async function performRun(step: RunStep, root: string): Promise<void> {
  const env = environmentOf(step, root);
  const child = spawn("/bin/sh", ["-c", step.run.text(root)], {
    cwd: onDisk(root, step.directory),
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const status = await new Promise<number | string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? String(signal)));
  });
  if (status === 0) return;
  const last = output.trim().split("\n").slice(-12).join("\n");
  throw new RunFailed(step.line, `RUN ${step.text.split("\n")[0]} ended with ${status}${last ? `:\n${last}` : "."}`);
}

/** The machine's environment, for its tools, and the image's, its paths below the image's folder. */
function environmentOf({ variables }: RunStep, root: string): Record<string, string | undefined> {
  const own = Object.entries(variables)
    .filter(([name]) => !OF_THE_MACHINE.has(name))
    .map(([name, value]) => [name, value.startsWith("/") && !value.includes(":") ? onDisk(root, value) : value]);
  return {
    ...process.env,
    // What npm installs for all is installed for all of the image.
    npm_config_prefix: onDisk(root, "/usr/local"),
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    ...Object.fromEntries(own),
  };
}
