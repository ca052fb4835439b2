/** Puts servers under the same load in turns, and measures the requests a second and the CPU that each request costs. */
import autocannon from "autocannon";
import type { CapturedRequest } from "./captured.js";
import { median } from "./figure.js";
import type { ServerProcess } from "./server-process.js";

export const CONNECTIONS = 32;
const WARM_UP_SECONDS = 3;
const ROUND_SECONDS = 2;

/** A server, and what each connection sends to it, over and over. */
export interface Subject {
  readonly server: ServerProcess;
  readonly requests: (connection: number) => CapturedRequest[];
}

/** What a server did under load. */
export interface Load {
  /** The median of the rounds. */
  readonly requestsPerSecond: number;
  readonly requestsPerSecondSamples: readonly number[];
  /** The least of the rounds: what else the machine does can only add to it. */
  readonly cpuMicroseconds: number;
  readonly cpuMicrosecondsSamples: readonly number[];
}

/**
 * Loads the subjects one after the other, `rounds` times, so that what disturbs the machine disturbs all. Each round begins
 * with another: whoever follows a server that writes much finds the machine busier.
 */
export async function compare<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  rounds: number,
): Promise<Record<Name, Load>> {
  const named = Object.entries(subjects) as [Name, Subject][];
  for (const [, subject] of named) await round(subject, WARM_UP_SECONDS);
  const samples = named.map(() => [] as Round[]);
  for (let i = 0; i < rounds; i++) {
    for (let turn = 0; turn < named.length; turn++) {
      const index = (i + turn) % named.length;
      const [, subject] = named[index] as [Name, Subject];
      samples[index]?.push(await round(subject, ROUND_SECONDS));
    }
  }
  return Object.fromEntries(named.map(([name], index) => [name, summary(samples[index] ?? [])])) as Record<Name, Load>;
}

interface Round {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
}

async function round({ server, requests }: Subject, seconds: number): Promise<Round> {
  let connection = 0;
  const cpuBefore = await server.cpuMicroseconds();
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient: (client) =>
      client.setRequests(requests(connection++).map((request) => ({ method: "POST", ...request }))),
  });
  const cpu = (await server.cpuMicroseconds()) - cpuBefore;
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${server.url} answered ${result.non2xx} requests with an error and broke off ${result.errors}.`);
  const { total } = result.requests;
  return { requestsPerSecond: total / result.duration, cpuMicroseconds: cpu / total };
}

function summary(rounds: readonly Round[]): Load {
  const requestsPerSecondSamples = rounds.map((one) => one.requestsPerSecond);
  const cpuMicrosecondsSamples = rounds.map((one) => one.cpuMicroseconds);
  return {
    requestsPerSecond: median(requestsPerSecondSamples),
    requestsPerSecondSamples,
    cpuMicroseconds: Math.min(...cpuMicrosecondsSamples),
    cpuMicrosecondsSamples,
  };
}
