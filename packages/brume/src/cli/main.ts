/** The command: parses arguments, calls the library, shows what comes back. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { UserError } from "../kernel/errors.js";
import { packageRoot } from "../package-root.js";
import { Output } from "./output.js";
import { orToAws } from "./to-aws.js";

/** Performs a command and returns the exit code: 0 done, 1 failed, 2 the command line was wrong. */
export async function main(parameters: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("brume")
    .description("Runs unmodified AWS CDK apps on one machine.")
    .version((JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8")) as { version: string }).version)
    .showHelpAfterError("(brume --help shows what there is)")
    .exitOverride()
    .enablePositionalOptions();
  const run =
    (load: () => Promise<Action>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const options = command.opts<Options>();
      const output = new Output(options.json === true);
      try {
        exitCode = (await (await load())(command.processedArgs, options, output)) ?? 0;
      } catch (error) {
        output.error(error);
        exitCode = 1;
      }
    };
  describeCommands(program, run);
  try {
    await program.parseAsync(parameters as string[], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

/** The options of all commands, as they are parsed. */
export interface Options {
  json?: boolean;
  port?: number;
  data?: string;
  ephemeral?: boolean;
  detach?: boolean;
  host?: string;
  app?: string;
  output?: string;
  context?: string[];
  region?: string;
  account?: string;
  all?: boolean;
  force?: boolean;
  exclusively?: boolean;
  outputsFile?: string;
  parameters?: string[];
  tags?: string[];
  rollback?: boolean;
  verbose?: boolean;
  /** Of `deploy`, the steps that are to fail; of `diff` and `drift`, whether differences are a failure. */
  fail?: boolean | string[];
  orphan?: string[];
  long?: boolean;
  event?: string;
  async?: boolean;
  follow?: boolean;
  limit?: number;
  template?: string[];
  to?: string;
  profile?: string;
  yes?: boolean;
  info?: boolean;
}

/** What a command does with its arguments; its exit code, 0 when nothing is returned. */
// biome-ignore lint/suspicious/noExplicitAny: commander hands arguments over untyped
export type Action = (parameters: any[], options: Options, output: Output) => Promise<number | undefined>;

type Run = (load: () => Promise<Action>) => (...given: unknown[]) => Promise<void>;

function describeCommands(program: Command, run: Run): void {
  command(program, "start", "Start a cloud.")
    .option("--ephemeral", "keep the data in a temporary directory that goes with the cloud")
    .option("--detach", "start it in the background")
    .option("--host <address>", "listen on this address (default: 127.0.0.1, this machine only)")
    .action(run(async () => (await import("./commands/start.js")).start));
  command(program, "stop", "Stop the cloud.").action(run(async () => (await import("./commands/start.js")).stop));
  command(program, "status", "Show the cloud's address, data directory, memory and stacks.").action(
    run(async () => (await import("./commands/status.js")).status),
  );

  app(toAws(command(program, "deploy", "Deploy the stacks of a CDK app. Starts a cloud where none runs.")))
    .argument("[stacks...]", "construct paths or names; * and ? are allowed")
    .option("--outputs-file <file>", "write the stacks' outputs to this file, as JSON")
    .option("-f, --force", "deploy also when the template has not changed")
    .option("--parameters <name=value>", "a stack parameter, [STACK:]KEY=VALUE", collect)
    .option("-t, --tags <key=value>", "a tag for the stacks", collect)
    .option("--no-rollback", "leave a failed stack as it is")
    .option(
      "--fail <resource[:step]>",
      "make a step fail, of a construct path or logical id: create, update, delete or rollback (default: create and update)",
      collect,
    )
    .option("--require-approval <level>", "taken for the CDK CLI's sake: nothing asks for approval here")
    .option("-v, --verbose", "show what the app prints")
    .action(run(orToAws("deploy", async () => (await import("./commands/deploy.js")).deploy)));
  app(toAws(command(program, "diff", "Show what a deployment would change.")))
    .argument("[stacks...]", "construct paths or names; * and ? are allowed")
    .option("--fail", "exit with 1 when there are differences")
    .action(run(orToAws("diff", async () => (await import("./commands/diff.js")).diff)));
  app(command(program, "validate", "Check templates against AWS's schemas and rules, without deploying them."))
    .argument("[stacks...]", "construct paths or names; * and ? are allowed")
    .option("--template <file>", "a template of its own, in place of the app", collect)
    .option("--info", "show remarks as well")
    .action(run(async () => (await import("./commands/validate.js")).validate));
  app(toAws(command(program, "destroy", "Delete the stacks of a CDK app.")))
    .argument("[stacks...]", "construct paths or names; * and ? are allowed")
    .option("-f, --force", "do not ask")
    .action(run(orToAws("destroy", async () => (await import("./commands/destroy.js")).destroy)));
  app(command(program, "list", "List the stacks of a CDK app.").alias("ls"))
    .argument("[stacks...]", "construct paths or names; * and ? are allowed")
    .option("-l, --long", "show names and environments as well")
    .action(run(async () => (await import("./commands/list.js")).list));
  place(toAws(command(program, "drift", "Show how deployed stacks differ from their templates.")))
    .argument("[stacks...]", "names of deployed stacks; all when none is given")
    .option("--fail", "exit with 1 when there is drift")
    .action(run(orToAws("drift", async () => (await import("./commands/drift.js")).drift)));
  place(command(program, "rollback", "Take stacks that failed back to what they were."))
    .argument("[stacks...]", "names of deployed stacks; all when none is given")
    .option("--orphan <logicalId>", "a resource to leave as it is, when its rollback failed", collect)
    .action(run(async () => (await import("./commands/rollback.js")).rollback));
  place(command(program, "events", "Show what happened to a stack."))
    .argument("<stack>", "the name of a deployed stack")
    .option("-n, --limit <events>", "how many events (default: 50)", whole)
    .action(run(async () => (await import("./commands/events.js")).events));
  place(command(program, "outputs", "Show the outputs of deployed stacks."))
    .argument("[stacks...]", "names of deployed stacks; all when none is given")
    .action(run(async () => (await import("./commands/outputs.js")).outputs));

  place(command(program, "invoke", "Invoke a Lambda function."))
    .argument("<function>", "name, logical id or construct path")
    .option("-e, --event <json>", "the event, as JSON or @FILE (default: {})")
    .option("--async", "do not wait for the answer")
    .action(run(async () => (await import("./commands/invoke.js")).invoke));
  place(command(program, "logs", "Show the log of a Lambda function."))
    .argument("<function>", "name, logical id or construct path")
    .option("-F, --follow", "go on showing new lines")
    .option("-n, --limit <lines>", "how many lines to begin with (default: 100)", whole)
    .action(run(async () => (await import("./commands/logs.js")).logs));

  command(program, "outbox", "Show what left for people: e-mails, text messages and notifications of apps.")
    .option("-n, --limit <messages>", "how many messages, the latest (default: 50)", whole)
    .action(run(async () => (await import("./commands/outbox.js")).outbox));

  place(command(program, "exec", "Run a command with the cloud's endpoint, region and credentials set."))
    .argument("<command...>", "the command and its arguments, after --")
    .passThroughOptions()
    .action(run(async () => (await import("./commands/exec.js")).exec));
}

/** A command with the options that every command has. */
function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .addOption(new Option("--port <port>", "the port of the cloud").env("BRUME_PORT").argParser(port))
    .addOption(new Option("--data <directory>", "where the cloud's data is").env("BRUME_DATA"))
    .option("--json", "answer with one JSON document");
}

/** The options of commands that are for an account and region. */
function place(base: Command): Command {
  return base
    .option("--region <region>", "the region (default: AWS_REGION, or us-east-1)")
    .option("--account <account>", "the account (default: 000000000000)");
}

/** The options of commands that can be for AWS itself. */
function toAws(base: Command): Command {
  return base
    .option("--to <place>", "aws: do it on AWS itself, through the CDK CLI, after showing what will change")
    .option("--profile <name>", "with --to aws: the profile whose credentials are used")
    .option("-y, --yes", "with --to aws: do not ask");
}

/** The options of commands that synthesize an app. */
function app(base: Command): Command {
  return place(base)
    .option("-a, --app <command>", "how to run the app, or the folder of an assembly (default: what cdk.json says)")
    .option("-o, --output <directory>", "where the assembly is written (default: cdk.out)")
    .option("-c, --context <key=value>", "a context value", collect)
    .option("--all", "all stacks of the app")
    .option("-e, --exclusively", "only these stacks, not those that they depend on");
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError("It must be a whole number.");
  return number;
}

function port(text: string): number {
  const number = whole(text);
  if (number > 65_535) throw new InvalidArgumentError("A port is at most 65535.");
  return number;
}

/** Parses `KEY=VALUE` pairs. @throws UserError */
export function pairs(given: readonly string[] | undefined, what: string): Record<string, string> {
  return Object.fromEntries(
    (given ?? []).map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 1) throw new UserError("InvalidPair", `The ${what} ${pair} is not of the form KEY=VALUE.`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}
