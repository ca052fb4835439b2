/** Synthesizes the app of a command. */
import type { Place } from "../assembly/cloud-client.js";
import { readConfiguration } from "../assembly/configuration.js";
import type { Assembly } from "../assembly/manifest.js";
import { type Connect, synthesize } from "../assembly/synthesize.js";
import type { Options } from "./main.js";
import type { Output } from "./output.js";

/** The assembly of the app in the present folder, and how long it took to make. */
export async function synthesizeHere(
  options: Options,
  place: Place,
  connect: Connect,
  output: Output,
): Promise<{ assembly: Assembly; synthMs: number }> {
  const { app, output: directory, context } = options;
  const configuration = readConfiguration(process.cwd(), { app, output: directory, context });
  const started = performance.now();
  const onOutput = options.verbose ? (text: string) => output.note(text.trimEnd()) : undefined;
  const assembly = await synthesize(configuration, place, connect, onOutput);
  return { assembly, synthMs: performance.now() - started };
}
