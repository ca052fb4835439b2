/**
 * A process of its own, in which brume's engine is measured alone: below its API, where a template may have more than
 * 500 resources. Prints what it measured as JSON.
 */
import { cloudWith } from "./engine-cloud.js";
import type { EngineFigures, EngineTask } from "./engine-task.js";
import { functions, modelled, queues } from "./engine-template.js";

const MB = 1e6;
const task = JSON.parse(process.argv[2] as string) as EngineTask;
await using cloud = await cloudWith(task.directory);

async function timed<T>(work: () => Promise<T> | T): Promise<{ ms: number; result: T }> {
  const started = performance.now();
  const result = await work();
  return { ms: performance.now() - started, result };
}

/** What is loaded once a cloud is not to be measured, nor is code that runs for the first time. */
async function warmUp(resources: (count: number) => Record<string, object>): Promise<void> {
  await cloud.delete(await cloud.create("warm", resources(10)));
}

async function measure(): Promise<EngineFigures> {
  if (task.kind === "functions") return measureFunctions(task.count);
  const make = { queues, modelled }[task.kind];
  await warmUp(make);
  const beforeMb = process.memoryUsage.rss() / MB;
  const resources = make(task.count);
  const create = await timed(() => cloud.create("measured", resources));
  const text = JSON.stringify({ Resources: resources });
  const times = Array.from({ length: 5 }, () => cloud.plan(create.result, text));
  const parse = await timed(() => JSON.parse(text));
  const peakMb = process.resourceUsage().maxRSS / 1000;
  const peer = () =>
    task.kind === "queues" ? cloud.createQueues(task.count) : cloud.putRows(Object.values(resources));
  return {
    createMs: create.ms,
    planMs: Math.min(...times),
    parseMs: parse.ms,
    peerMs: (await timed(peer)).ms,
    peakMb,
    beforeMb,
  };
}

async function measureFunctions(count: number): Promise<EngineFigures> {
  await warmUp((some) => functions(some, "nodejs20.x"));
  const beforeMb = process.memoryUsage.rss() / MB;
  const create = await timed(() => cloud.create("measured", functions(count, "nodejs20.x")));
  const change = functions(count, "nodejs22.x");
  const update = await timed(() => cloud.update(create.result, change));
  const peakMb = process.resourceUsage().maxRSS / 1000;
  const made = await timed(() => cloud.createFunctions(count));
  const changed = await timed(() => cloud.changeFunctions(made.result));
  return {
    createMs: create.ms,
    updateMs: update.ms,
    peerMs: made.ms,
    peerUpdateMs: changed.ms,
    peakMb,
    beforeMb,
  };
}

console.log(JSON.stringify(await measure()));
