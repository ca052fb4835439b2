/**
 * `--to aws`: the same command for AWS itself, with the user's own profile. The CDK CLI performs it, after what will change
 * has been shown and confirmed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { runCdkCli } from "../assembly/cdk-cli.js";
import { UserError } from "../kernel/errors.js";
import type { Action, Options } from "./main.js";
import type { Output } from "./output.js";

type Command = "deploy" | "diff" | "destroy" | "drift";

/** Performs a command on AWS where `--to aws` says so, and on the cloud of this machine otherwise. */
export function orToAws(command: Command, locally: () => Promise<Action>): () => Promise<Action> {
  return async () => async (parameters, options, output) => {
    if (options.to === undefined) return (await locally())(parameters, options, output);
    if (options.to !== "aws") {
      throw new UserError("UnknownPlace", `There is nowhere called ${options.to} to go to.`, {
        hint: "Use --to aws, or leave it out to use the cloud of this machine.",
      });
    }
    return performOnAws(command, (parameters[0] as string[] | undefined) ?? [], options, output);
  };
}

async function performOnAws(
  command: Command,
  stacks: readonly string[],
  options: Options,
  output: Output,
): Promise<number> {
  const folder = process.cwd();
  const show = output.json ? (text: string) => process.stderr.write(text) : undefined;
  const common = [...stacks, ...appOptions(options)];
  if (command === "diff" || command === "drift") {
    const exitCode = await runCdkCli(folder, [command, ...common, ...(options.fail ? ["--fail"] : [])], show);
    output.result({ to: "aws", exitCode });
    return exitCode;
  }
  if (command === "deploy") {
    output.note(output.style("bold", "What will change on AWS:"));
    const compared = await runCdkCli(folder, ["diff", ...common], show);
    if (compared !== 0) return compared;
  }
  await confirm(command, options);
  if (command === "destroy") {
    const exitCode = await runCdkCli(folder, ["destroy", "--force", ...common], show);
    output.result({ to: "aws", exitCode });
    return exitCode;
  }
  return deploy(folder, common, options, output, show);
}

async function deploy(
  folder: string,
  common: readonly string[],
  options: Options,
  output: Output,
  show: ((text: string) => void) | undefined,
): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), "brume-outputs-"));
  const file = options.outputsFile ?? join(scratch, "outputs.json");
  try {
    const exitCode = await runCdkCli(
      folder,
      ["deploy", "--require-approval", "never", "--outputs-file", file, ...common, ...deployOptions(options)],
      show,
    );
    output.result({ to: "aws", exitCode, outputs: existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {} });
    return exitCode;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The options of the CDK CLI that are spelt as here. */
function appOptions({ app, output, context = [], all, exclusively, profile }: Options): string[] {
  const named = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
  return [
    ...named("--app", app),
    ...named("--output", output),
    ...named("--profile", profile),
    ...context.flatMap((pair) => ["--context", pair]),
    ...(all ? ["--all"] : []),
    ...(exclusively ? ["--exclusively"] : []),
  ];
}

function deployOptions({ force, rollback, parameters = [], tags = [] }: Options): string[] {
  return [
    ...(force ? ["--force"] : []),
    ...(rollback === false ? ["--no-rollback"] : []),
    ...parameters.flatMap((pair) => ["--parameters", pair]),
    ...tags.flatMap((pair) => ["--tags", pair]),
  ];
}

/** AWS costs money and has users: nothing is changed there without a yes. @throws UserError when there is none */
async function confirm(command: Command, options: Options): Promise<void> {
  if (options.yes) return;
  if (!process.stdin.isTTY || options.json) {
    throw new UserError("NotConfirmed", `Nothing was done: brume ${command} --to aws asks before it changes AWS.`, {
      hint: "Add --yes where nobody can answer.",
    });
  }
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await questions.question(
    `${command === "deploy" ? "Deploy this to" : "Delete this from"} AWS? (y/n) `,
  );
  questions.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError("NotConfirmed", "Nothing was done.");
}
