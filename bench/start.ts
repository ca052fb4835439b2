/** `brume start` to its first answer, and the memory it then takes, against a bare `node:http` server. */
import { once } from "node:events";
import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { medianFigure } from "./figure.js";
import type { Measurement } from "./measurement.js";
import { cleanEnvironment, freePort, type Scratch } from "./scratch.js";
import { brumeCommand } from "./server-process.js";

const RETRY_MS = 2;
const SETTLE_MS = 1500;
const MB = 1e6;

/** Answers with its own memory, as `/_brume/status` does. */
const BARE_SERVER = `
  const answer = () => JSON.stringify({ memoryBytes: process.memoryUsage.rss() });
  require("node:http").createServer((_, response) => response.end(answer())).listen(process.argv[1], "127.0.0.1");
`;

interface Start {
  readonly firstAnswerMs: number;
  readonly idleMb: number;
}

export const start: Measurement = async ({ rounds, scratch }) => {
  const run = (port: number, ...parameters: string[]) =>
    measure(scratch, port, "/_brume/status", [brumeCommand, "start", "--port", String(port), ...parameters]);
  const used = scratch.dataDirectory();
  const existing = async () => run(await freePort(), "--data", used);
  const ways: Record<"bare" | "empty" | "existing" | "ephemeral", () => Promise<Start>> = {
    bare: async () => {
      const port = await freePort();
      return measure(scratch, port, "/", ["-e", BARE_SERVER, String(port)]);
    },
    empty: async () => run(await freePort(), "--data", scratch.dataDirectory()),
    existing,
    ephemeral: async () => run(await freePort(), "--ephemeral"),
  };
  // The files of brume come into the page cache, and the used directory to its contents.
  await existing();
  const starts = { bare: [] as Start[], empty: [] as Start[], existing: [] as Start[], ephemeral: [] as Start[] };
  for (let i = 0; i < rounds; i++) {
    for (const way of Object.keys(ways) as (keyof typeof ways)[]) starts[way].push(await ways[way]());
  }
  const name = "bare node:http";
  const answer = (way: keyof typeof ways) => starts[way].map(({ firstAnswerMs }) => firstAnswerMs);
  const idle = (way: keyof typeof ways) => starts[way].map(({ idleMb }) => idleMb);
  const bareAnswer = medianFigure(name, "ms", answer("bare")).value;
  const bareIdle = medianFigure(name, "MB", idle("bare")).value;
  const figure = (label: string, way: keyof typeof ways) => [
    medianFigure(`brume start to the first answer, ${label}`, "ms", answer(way), {
      peer: { name, value: bareAnswer },
      aim: { of: "value", atMost: 300 },
    }),
    medianFigure(`idle memory after it, ${label}`, "MB", idle(way), {
      peer: { name, value: bareIdle },
      aim: { of: "value", atMost: 120 },
    }),
  ];
  return [
    ...figure("empty data directory", "empty"),
    ...figure("existing data directory", "existing"),
    ...figure("--ephemeral", "ephemeral"),
  ];
};

async function measure(scratch: Scratch, port: number, path: string, parameters: string[]): Promise<Start> {
  const url = `http://127.0.0.1:${port}${path}`;
  const started = performance.now();
  const child = scratch.spawn(process.execPath, parameters, {
    env: cleanEnvironment(),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  while (!(await answerOf(url))) {
    if (child.exitCode !== null) throw new Error(`node ${parameters.join(" ")} ended before it answered.`);
    await delay(RETRY_MS);
  }
  const firstAnswerMs = performance.now() - started;
  await delay(SETTLE_MS);
  const { memoryBytes } = JSON.parse((await answerOf(url)) ?? "{}") as { memoryBytes: number };
  child.kill("SIGTERM");
  await ended;
  return { firstAnswerMs, idleMb: memoryBytes / MB };
}

/** What a URL answers with success; `undefined` while it does not. */
function answerOf(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve(response.statusCode === 200 ? text : undefined);
    });
    request.once("error", () => resolve(undefined));
  });
}
