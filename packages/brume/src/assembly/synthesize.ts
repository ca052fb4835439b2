/** Runs an app, and looks up what it asks for, until its assembly is complete. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { UserError } from "../kernel/errors.js";
import type { CloudClient, Place } from "./cloud-client.js";
import { type Configuration, type ContextValues, saveContext } from "./configuration.js";
import { lookUp } from "./context-providers.js";
import { type Assembly, readAssembly } from "./manifest.js";

/** The assembly schema that brume reads, as the CDK CLI of the same time says it. */
const ASSEMBLY_VERSION = "54.0.0";
const CLI_VERSION = "2.1148.1";
/** Context above this size goes by file, as with the CDK CLI: an environment variable cannot hold more everywhere. */
const MAX_CONTEXT_BYTES = 32 * 1024;
const MAX_ROUNDS = 10;

/** What the CDK CLI adds to the context of every app. */
const CLI_CONTEXT: ContextValues = {
  "aws:cdk:enable-path-metadata": true,
  "aws:cdk:enable-asset-metadata": true,
  "aws:cdk:version-reporting": false,
  "aws:cdk:bundling-stacks": ["**"],
};

/** Reaches the cloud when a look-up needs it. */
export type Connect = () => Promise<CloudClient>;

/**
 * Synthesizes the app of a configuration.
 * @param onOutput is given what the app prints
 * @throws UserError when the app fails, or asks for what cannot be looked up
 */
export async function synthesize(
  configuration: Configuration,
  place: Place,
  connect: Connect,
  onOutput: (text: string) => void = () => {},
): Promise<Assembly> {
  const given = isAbsolute(configuration.app) ? configuration.app : resolve(configuration.directory, configuration.app);
  if (existsSync(given) && statSync(given).isDirectory()) return readAssembly(given, place);
  const output = resolve(configuration.directory, configuration.output);
  let context = { ...configuration.context };
  let before = "";
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await runApp(configuration, output, context, place, onOutput);
    const assembly = readAssembly(output, place);
    if (assembly.missing.length === 0) return assembly;
    const keys = assembly.missing.map(({ key }) => key).join(" ");
    if (keys === before) break;
    before = keys;
    const found = await lookUp(await connect(), assembly.missing);
    saveContext(configuration.directory, found);
    context = { ...context, ...found };
  }
  throw new UserError("ContextLookup", `The app still asks for context that was looked up: ${before}.`);
}

async function runApp(
  configuration: Configuration,
  output: string,
  context: ContextValues,
  place: Place,
  onOutput: (text: string) => void,
): Promise<void> {
  const values = JSON.stringify({ ...CLI_CONTEXT, ...context });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    CDK_OUTDIR: output,
    CDK_CLI_ASM_VERSION: ASSEMBLY_VERSION,
    CDK_CLI_VERSION: CLI_VERSION,
    CDK_DEFAULT_ACCOUNT: place.account,
    CDK_DEFAULT_REGION: place.region,
    // The library's own validation of templates costs seconds at every synthesis.
    CDK_VALIDATION: "false",
  };
  if (Buffer.byteLength(values) > MAX_CONTEXT_BYTES) {
    const file = join(mkdtempSync(join(tmpdir(), "brume-context-")), "context.json");
    writeFileSync(file, values);
    env.CDK_CONTEXT_JSON = JSON.stringify({ "aws:cdk:context-overflow": file });
    env.CONTEXT_OVERFLOW_LOCATION = file;
  } else env.CDK_CONTEXT_JSON = values;
  const child = spawn(configuration.app, {
    cwd: configuration.directory,
    env,
    shell: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const take = (chunk: Buffer) => {
    const text = chunk.toString();
    printed = (printed + text).slice(-8192);
    onOutput(text);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const [code, signal] = await new Promise<[number | null, string | null]>((done, fail) => {
    child.once("error", fail);
    child.once("close", (...ending) => done(ending));
  });
  if (code === 0) return;
  throw new UserError("SynthesisFailed", `The app failed (${signal ?? `exit code ${code}`}).\n${printed.trim()}`, {
    where: join(configuration.directory, "cdk.json"),
    hint: `Its command is: ${configuration.app}`,
  });
}
