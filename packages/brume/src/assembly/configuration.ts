/** What `cdk.json`, `cdk.context.json` and the command line say, put together as the CDK CLI does. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../kernel/errors.js";

export type ContextValues = Record<string, unknown>;

export interface Configuration {
  /** The folder that holds `cdk.json`. */
  readonly directory: string;
  /** The command that synthesizes, or the folder of an assembly. */
  readonly app: string;
  readonly output: string;
  readonly context: ContextValues;
}

/** What the command line adds. */
export interface ConfigurationOptions {
  app?: string;
  output?: string;
  /** `KEY=VALUE`, as often as wanted. */
  context?: readonly string[];
}

interface CdkJson {
  app?: string;
  output?: string;
  context?: ContextValues;
}

/** Reads the configuration of the app in a folder. @throws UserError when there is none, or when it is not valid */
export function readConfiguration(directory: string, options: ConfigurationOptions = {}): Configuration {
  const project = readJson<CdkJson>(join(directory, "cdk.json"));
  const user = readJson<CdkJson>(join(homedir(), ".cdk.json"));
  const app = options.app ?? project?.app ?? user?.app;
  if (!app) {
    throw new UserError(
      "NoApp",
      project ? "cdk.json does not say how to run the app." : `There is no cdk.json in ${directory}.`,
      {
        where: join(directory, "cdk.json"),
        hint: 'Run this in the folder of a CDK app, or say how to run it with --app "COMMAND".',
      },
    );
  }
  return {
    directory,
    app,
    output: options.output ?? project?.output ?? "cdk.out",
    context: {
      ...user?.context,
      ...project?.context,
      ...readJson<ContextValues>(join(directory, "cdk.context.json")),
      ...parseContext(options.context ?? []),
    },
  };
}

/** Adds looked-up values to `cdk.context.json`, as the CDK CLI does. */
export function saveContext(directory: string, values: ContextValues): void {
  const file = join(directory, "cdk.context.json");
  writeFileSync(file, `${JSON.stringify({ ...readJson<ContextValues>(file), ...values }, null, 2)}\n`);
}

function parseContext(pairs: readonly string[]): ContextValues {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 1)
        throw new UserError("InvalidContext", `The context value ${pair} is not of the form KEY=VALUE.`, {
          hint: "Write -c KEY=VALUE.",
        });
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function readJson<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    throw new UserError("InvalidJson", `${file} is not valid JSON: ${(error as Error).message}`, {
      where: file,
      cause: error,
    });
  }
}
