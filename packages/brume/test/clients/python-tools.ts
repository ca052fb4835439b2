/** The Python of this machine, and the clients of AWS that are installed for it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findInterpreter } from "../../src/runtimes/interpreters.js";

const run = promisify(execFile);
const python = (await findInterpreter("python"))?.command;

/** A program and the parameters that come before all others. */
export type Command = readonly [program: string, ...parameters: string[]];

/** What a program prints; `undefined` when it fails or is not there. */
async function printed([program, ...parameters]: Command): Promise<string | undefined> {
  return run(program, parameters, { timeout: 60_000 }).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => undefined,
  );
}

/** Python with boto3; `undefined` where it is not installed. */
export async function findBoto3(): Promise<Command | undefined> {
  return python && (await printed([python, "-c", "import boto3"])) !== undefined ? [python] : undefined;
}

/**
 * The AWS CLI's major version, and the Python that has it unless it is a program of its own; `undefined` where it is not
 * installed.
 */
export async function findAwsCli(): Promise<{ version: string; python?: string } | undefined> {
  const versionOf = async (command: Command) => /aws-cli\/(\d+)/.exec((await printed(command)) ?? "")?.[1];
  const installed = python && (await versionOf([python, "-m", "awscli", "--version"]));
  if (installed) return { version: installed, python };
  const version = await versionOf(["aws", "--version"]);
  return version ? { version } : undefined;
}

/** The environment of a client that knows nothing but a cloud. */
export function clientEnvironment(cloud: { env: Record<string, string> }, home: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, AWS_PAGER: "", AWS_EC2_METADATA_DISABLED: "true", PYTHONUTF8: "1", ...cloud.env };
}
