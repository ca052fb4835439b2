/** The Python of this machine, and the clients of AWS that are installed for it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findInterpreter } from "../../src/runtimes/interpreters.js";

const run = promisify(execFile);
const python = (await findInterpreter("python"))?.command;

/** A program and the parameters that come before all others. */
export type Command = readonly [program: string, ...parameters: string[]];

async function works([program, ...parameters]: Command): Promise<boolean> {
  return run(program, parameters, { timeout: 60_000 }).then(
    () => true,
    () => false,
  );
}

/** Python with boto3; `undefined` where it is not installed. */
export async function findBoto3(): Promise<Command | undefined> {
  return python && (await works([python, "-c", "import boto3"])) ? [python] : undefined;
}

/** The AWS CLI; `undefined` where it is not installed. */
export async function findAwsCli(): Promise<Command | undefined> {
  // `aws` may be the shim of a version manager, which costs a fifth of a second at every start.
  if (python && (await works([python, "-m", "awscli", "--version"]))) return [python, "-m", "awscli"];
  return (await works(["aws", "--version"])) ? ["aws"] : undefined;
}

/** The environment of a client that knows nothing but a cloud. */
export function clientEnvironment(cloud: { env: Record<string, string> }, home: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, AWS_PAGER: "", AWS_EC2_METADATA_DISABLED: "true", PYTHONUTF8: "1", ...cloud.env };
}
