/** The engine alone: stacks of many resources made, planned again and changed, beside the same done without an engine. */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { EngineFigures, EngineTask } from "./engine-task.js";
import { type Figure, median, medianFigure } from "./figure.js";
import type { Bench, Measurement } from "./measurement.js";
import { cleanEnvironment } from "./scratch.js";

const script = fileURLToPath(new URL("engine-run.ts", import.meta.url));
/** What a template may have by the API. */
const LIMIT = 500;
const SIZES = [100, LIMIT, 1000, 2000, 4000];
const QUICK_SIZES = [100, LIMIT];
const FUNCTIONS = 300;
const QUICK_FUNCTIONS = 30;

type Kind = EngineTask["kind"];
type Run = (kind: Kind, count: number) => Promise<EngineFigures>;

const WHAT = { queues: "queues", modelled: "modelled resources" } as const;
const PEER = { queues: "CreateQueue calls", modelled: "rows of the store" } as const;

export const engine: Measurement = async (bench) => {
  const run: Run = (kind, count) => measure(bench, kind, count);
  const figures: Figure[] = [];
  for (const kind of ["queues", "modelled"] as const) figures.push(...(await growth(bench, run, kind)));
  return [...figures, ...(await functions(bench, run))];
};

/** What a number of resources costs, and how that grows with the number. */
async function growth({ rounds, quick }: Bench, run: Run, kind: "queues" | "modelled"): Promise<Figure[]> {
  const what = WHAT[kind];
  const figures: Figure[] = [];
  const points: [count: number, ms: number][] = [];
  for (const count of quick ? QUICK_SIZES : SIZES) {
    const runs: EngineFigures[] = [];
    for (let i = 0; i < rounds; i++) runs.push(await run(kind, count));
    const samples = (key: keyof EngineFigures) => runs.map((one) => one[key] ?? 0);
    const beside = (name: string, key: keyof EngineFigures) => ({ peer: { name, value: median(samples(key)) } });
    const create = medianFigure(`engine, create of ${count} ${what}`, "ms", samples("createMs"), {
      ...beside(PEER[kind], "peerMs"),
      ...(count === LIMIT && { aim: { of: "value", atMost: 1000 } }),
    });
    points.push([count, create.value]);
    figures.push(
      create,
      medianFigure(`— plan without change of ${count}`, "ms", samples("planMs"), {
        ...beside("JSON.parse of the template", "parseMs"),
        ...(count === LIMIT && { aim: { of: "value", atMost: 50 } }),
      }),
      medianFigure(`— peak memory with ${count}`, "MB", samples("peakMb"), beside("the cloud before", "beforeMb")),
    );
  }
  const exponent = slope(points.map(([count, ms]) => [Math.log(count), Math.log(ms)]));
  const name = `engine, growth of the time with the number of ${what}, exponent`;
  return [...figures, { name, value: exponent, unit: "", aim: { of: "value", atMost: 1.2 } }];
}

async function functions({ rounds, quick }: Bench, run: Run): Promise<Figure[]> {
  const count = quick ? QUICK_FUNCTIONS : FUNCTIONS;
  const runs: EngineFigures[] = [];
  for (let i = 0; i < rounds; i++) runs.push(await run("functions", count));
  const samples = (key: keyof EngineFigures) => runs.map((one) => one[key] ?? 0);
  const beside = (key: keyof EngineFigures) => ({
    peer: { name: "the services' own calls", value: median(samples(key)) },
  });
  const what = `${count} functions, each with a role and a log group`;
  const aim = { of: "value", atMost: 6000 } as const;
  return [
    medianFigure(`engine, create of ${what}`, "ms", samples("createMs"), { ...beside("peerMs"), aim }),
    medianFigure("— a new runtime for all of them", "ms", samples("updateMs"), { ...beside("peerUpdateMs"), aim }),
    medianFigure("— peak memory", "MB", samples("peakMb"), {
      peer: { name: "the cloud before", value: median(samples("beforeMb")) },
    }),
  ];
}

/** The slope of the line that comes closest to points. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const rise = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
  return rise / points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
}

/** Measures in a process of its own, whose memory is that of this measurement only. */
async function measure({ scratch }: Bench, kind: Kind, count: number): Promise<EngineFigures> {
  const task: EngineTask = { kind, count, directory: scratch.directory("engine") };
  const child = scratch.spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(task)], {
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed = text(child.stdout as Readable);
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`The engine ended with ${code} when it was to make ${count} ${kind}.`);
  return JSON.parse(await printed) as EngineFigures;
}
