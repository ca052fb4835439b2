/** `brume deploy` of the example, first and again, beside the unmodified CDK CLI against a brume cloud. */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Figure, median, medianFigure } from "./figure.js";
import type { Measurement } from "./measurement.js";
import { cleanEnvironment, freePort, type Scratch } from "./scratch.js";
import { brumeCommand, ServerProcess } from "./server-process.js";

const example = fileURLToPath(new URL("../examples/hit-counter", import.meta.url));
const cdkCommand = fileURLToPath(new URL("../node_modules/.bin/cdk", import.meta.url));
const ACCOUNT = "111122223333";

/** Milliseconds, by phase. */
interface Deployment {
  readonly wall: number;
  readonly synth: number;
  readonly publish: number;
  readonly deploy: number;
}

export const deploy: Measurement = async ({ rounds, scratch }) => {
  const runs = { first: [] as Deployment[], again: [] as Deployment[] };
  const cdk = { first: [] as Deployment[], again: [] as Deployment[] };
  const bootstraps: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const brume = await deployWithBrume(scratch);
    runs.first.push(brume.first);
    runs.again.push(brume.again);
    const other = await deployWithCdk(scratch);
    cdk.first.push(other.first);
    cdk.again.push(other.again);
    bootstraps.push(other.bootstrapMs);
  }
  return [
    ...figuresOf("brume deploy of the example, first", runs.first, cdk.first, 3000),
    ...figuresOf("brume deploy of the example, again", runs.again, cdk.again, 1500),
    medianFigure("cdk bootstrap, not part of the above", "ms", bootstraps),
  ];
};

function figuresOf(name: string, runs: Deployment[], cdk: Deployment[], aimMs: number): Figure[] {
  const phase = (key: keyof Deployment) => runs.map((run) => run[key]);
  const peer = (key: keyof Deployment) => {
    const value = median(cdk.map((run) => run[key]));
    // The CDK CLI says 0 s of a deployment that had nothing to do.
    return value === 0 ? undefined : { name: key === "deploy" ? "cdk, publish and deploy" : "cdk", value };
  };
  const rest = runs.map(({ wall, synth, publish, deploy }) => wall - synth - publish - deploy);
  return [
    medianFigure(name, "ms", phase("wall"), { peer: peer("wall"), aim: { of: "value", atMost: aimMs } }),
    medianFigure("— synth", "ms", phase("synth"), { peer: peer("synth") }),
    medianFigure("— publish", "ms", phase("publish")),
    medianFigure("— deploy", "ms", phase("deploy"), { peer: peer("deploy") }),
    medianFigure("— the rest (the command itself, and waiting for the cloud)", "ms", rest),
  ];
}

/** The cloud is started by the first deployment, as it is for a user. */
async function deployWithBrume(scratch: Scratch): Promise<{ first: Deployment; again: Deployment }> {
  const data = scratch.dataDirectory();
  const place = ["--port", String(await freePort()), "--data", data];
  const assembly = scratch.directory("cdk.out");
  const deployOnce = async (): Promise<Deployment> => {
    const parameters = [brumeCommand, "deploy", "--all", "--json", "--output", assembly, ...place];
    const { wallMs, text } = await run(scratch, process.execPath, parameters);
    const { synthMs, stacks } = JSON.parse(text) as {
      synthMs: number;
      stacks: { publishMs: number; deployMs: number }[];
    };
    const sum = (key: "publishMs" | "deployMs") => stacks.reduce((total, stack) => total + stack[key], 0);
    return { wall: wallMs, synth: synthMs, publish: sum("publishMs"), deploy: sum("deployMs") };
  };
  try {
    return { first: await deployOnce(), again: await deployOnce() };
  } finally {
    await run(scratch, process.execPath, [brumeCommand, "stop", ...place]);
  }
}

async function deployWithCdk(scratch: Scratch): Promise<{ first: Deployment; again: Deployment; bootstrapMs: number }> {
  await using cloud = await ServerProcess.startBrume(scratch);
  const env = {
    AWS_ENDPOINT_URL: cloud.url,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_REGION: "us-east-1",
    CDK_VALIDATION: "false",
    // Kept from the network and from the user's own caches, neither of which is to be measured.
    CDK_HOME: scratch.directory("cdk-home"),
    CDK_DISABLE_CLI_TELEMETRY: "true",
  };
  const assembly = scratch.directory("cdk.out");
  const bootstrap = ["bootstrap", `aws://${ACCOUNT}/us-east-1`, "--no-notices", "--output", assembly];
  const bootstrapped = await run(scratch, cdkCommand, bootstrap, env);
  const deployOnce = async (): Promise<Deployment> => {
    const parameters = ["deploy", "--all", "--require-approval", "never", "--no-notices", "--ci"];
    const { wallMs, text } = await run(scratch, cdkCommand, [...parameters, "--output", assembly], env);
    const seconds = (label: string) =>
      [...text.matchAll(new RegExp(`${label} time: ([\\d.]+)s`, "g"))].reduce((sum, [, s]) => sum + Number(s), 0);
    return { wall: wallMs, synth: seconds("Synthesis") * 1000, publish: 0, deploy: seconds("Deployment") * 1000 };
  };
  return { bootstrapMs: bootstrapped.wallMs, first: await deployOnce(), again: await deployOnce() };
}

/** Runs a command in the example's folder. @throws Error with its output when it fails */
async function run(
  scratch: Scratch,
  command: string,
  parameters: string[],
  env: Record<string, string> = {},
): Promise<{ wallMs: number; text: string }> {
  const started = performance.now();
  const child = scratch.spawn(command, parameters, {
    cwd: example,
    env: cleanEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  let errors = "";
  (child.stdout as Readable).setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  (child.stderr as Readable).setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  const [code] = (await once(child, "exit")) as [number | null];
  const wallMs = performance.now() - started;
  if (code !== 0) throw new Error(`${command} ${parameters.join(" ")} ended with ${code}.\n${text}${errors}`);
  return { wallMs, text };
}
