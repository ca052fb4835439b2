/** Deploys examples/hit-counter into a cloud of its own, calls it, and shows how long each step took. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = new URL("..", import.meta.url).pathname;
const example = join(root, "examples/hit-counter");
const data = mkdtempSync(join(tmpdir(), "brume-demo-"));
const steps: [what: string, milliseconds: number][] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  steps.push([what, performance.now() - started]);
  return result;
}

const port = await freePort();
async function brume<T>(...parameters: string[]): Promise<T> {
  const command = [
    join(root, "packages/brume/bin/brume.mjs"),
    ...parameters,
    "--json",
    "--port",
    String(port),
    "--data",
    data,
  ];
  try {
    const { stdout } = await run(process.execPath, command, { cwd: example, maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout) as T;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`brume ${parameters.join(" ")} failed:\n${stdout ?? ""}${stderr ?? ""}`);
  }
}

interface Deployed {
  synthMs: number;
  stacks: { outputs: Record<string, string>; publishMs: number; deployMs: number }[];
}

try {
  console.log("Deploying examples/hit-counter, an unmodified CDK app, on this machine.\n");
  const deployed = await timed("brume deploy (starts the cloud)", () => brume<Deployed>("deploy"));
  const [stack] = deployed.stacks;
  if (!stack) throw new Error("Nothing was deployed.");
  steps.push(
    ["  of which synthesis", deployed.synthMs],
    ["  publishing assets", stack.publishMs],
    ["  deploying the stack", stack.deployMs],
  );
  for (const [key, value] of Object.entries(stack.outputs)) console.log(`  ${key} = ${value}`);
  console.log();
  const hits: number[] = [];
  for (const [index, path] of ["hello", "hello", "hello", "welcome"].entries()) {
    const what = index === 0 ? "first request (both functions start)" : `request ${index + 1}`;
    const response = await timed(what, () => fetch(`${stack.outputs.Url}${path}`));
    const body = (await response.text()).trim();
    hits.push(Number(response.headers.get("x-hits")));
    console.log(`  GET /${path} -> ${response.status}, hits ${response.headers.get("x-hits")}: ${body}`);
  }
  if (hits.join() !== "1,2,3,42")
    throw new Error(
      `The count should have been 1, 2, 3 and (seeded by the custom resource) 42; it was ${hits.join(", ")}.`,
    );
  await timed("brume deploy again, without a change", () => brume("deploy"));
  await timed("brume destroy", () => brume("destroy", "--force"));
  console.log();
  const width = Math.max(...steps.map(([what]) => what.length));
  for (const [what, milliseconds] of steps)
    console.log(`  ${what.padEnd(width)}  ${milliseconds.toFixed(0).padStart(6)} ms`);
} finally {
  await brume("stop").catch(() => {});
  rmSync(data, { recursive: true, force: true });
}
