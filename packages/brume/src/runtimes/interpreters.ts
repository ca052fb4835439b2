/** Which Lambda runtimes this machine can run, and with what. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../package-root.js";

export type Family = "node" | "python" | "java" | "provided";

/** What runs the functions of a family of runtimes. */
export interface Interpreter {
  readonly family: Family;
  readonly command: string;
  /** Such as `20.20.2`; empty for programs that bring their own. */
  readonly version: string;
}

const FAMILIES: [pattern: RegExp, family: Family][] = [
  [/^nodejs/, "node"],
  [/^python3/, "python"],
  [/^java/, "java"],
  [/^provided|^go1\.x$/, "provided"],
];

/** The family that a runtime belongs to; `undefined` for one that is not run here. */
export function familyOf(runtime: string): Family | undefined {
  return FAMILIES.find(([pattern]) => pattern.test(runtime))?.[1];
}

const ASK_PYTHON = "import sys; print(sys.executable); print('.'.join(map(str, sys.version_info[:3])))";

/** The interpreter of a family on this machine; `undefined` when there is none. */
export async function findInterpreter(family: Family): Promise<Interpreter | undefined> {
  if (family === "node") return { family, command: process.execPath, version: process.versions.node };
  if (family === "provided") return { family, command: "", version: "" };
  if (family === "java") return findJava();
  for (const name of ["python3", "python"]) {
    // `python3` may be the shim of a version manager, which costs a fifth of a second at every start: ask it once.
    const output = await new Promise<string | undefined>((resolve) => {
      execFile(name, ["-c", ASK_PYTHON], { timeout: 20_000 }, (error, stdout) => resolve(error ? undefined : stdout));
    });
    const [command, version] = output?.split("\n") ?? [];
    if (command && version?.startsWith("3.")) return { family, command: command.trim(), version: version.trim() };
  }
  return undefined;
}

/** `java` tells its version where it tells errors. */
function findJava(): Promise<Interpreter | undefined> {
  return new Promise((resolve) => {
    execFile("java", ["-version"], { timeout: 20_000 }, (error, _stdout, stderr) => {
      const [, version] = /version "([\d.]+)/.exec(stderr) ?? [];
      resolve(error || !version ? undefined : { family: "java", command: "java", version });
    });
  });
}

/** A file of the runtimes, in the sources or in the built package. */
export function runtimeFile(path: string): string {
  const places = [new URL(`src/runtimes/${path}`, packageRoot), new URL(`dist/runtimes/${path}`, packageRoot)];
  return fileURLToPath(places.find((place) => existsSync(place)) ?? (places[0] as URL));
}
