/** The CDK's own command line, as the app has it: what deploys to AWS itself. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../kernel/errors.js";

/** The program of the CDK CLI: the app's own first, then brume's neighbours. @throws UserError when there is none */
export function findCdkCli(folder: string): string {
  for (const from of [join(folder, "package.json"), import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve("aws-cdk/package.json")), "bin", "cdk");
    } catch {
      // The next place.
    }
  }
  throw new UserError("NoCdkCli", "Deploying to AWS takes the CDK CLI, and this app does not have it.", {
    where: folder,
    hint: "Install it with: npm install --save-dev aws-cdk",
  });
}

/** Runs the CDK CLI in an app's folder, and returns its exit code. What it prints is shown, or handed to `onOutput`. */
export function runCdkCli(
  folder: string,
  parameters: readonly string[],
  onOutput?: (text: string) => void,
): Promise<number> {
  const stdio = onOutput ? (["inherit", "pipe", "pipe"] as const) : "inherit";
  const child = spawn(process.execPath, [findCdkCli(folder), ...parameters], {
    cwd: folder,
    stdio: stdio as "inherit",
  });
  for (const stream of [child.stdout, child.stderr])
    (stream as NodeJS.ReadableStream | null)?.on("data", (chunk: Buffer) => onOutput?.(chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
