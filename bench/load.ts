/** Puts servers under the same load in turns: what they answer in a second, how long each waits, what CPU each costs. */
import autocannon from "autocannon";
import type { CapturedRequest } from "./captured.js";
import { median } from "./figure.js";
import type { Bench } from "./measurement.js";
import type { ServerProcess } from "./server-process.js";

export const CONNECTIONS = 32;
const WARM_UP_SECONDS = 3;
const ROUND_SECONDS = 2;
const QUICK_SECONDS = 1;

/** A request of one connection, which may be made of what the one before it was answered. */
export interface LoadRequest extends CapturedRequest {
  /** The body, in place of `body`. */
  readonly bodyNow?: () => string;
  readonly onAnswer?: (body: string) => void;
}

/** A server, and what each connection sends to it, over and over. */
export interface Subject {
  readonly server: ServerProcess;
  readonly requests: (connection: number) => LoadRequest[];
  /** Resolves when what the requests have set going is over. */
  readonly settle?: () => Promise<unknown>;
}

/** What a server did under load. */
export interface Load {
  /** The median of the rounds. */
  readonly requestsPerSecond: number;
  readonly requestsPerSecondSamples: readonly number[];
  /** The least of the rounds: what else the machine does can only add to it. */
  readonly cpuMicroseconds: number;
  readonly cpuMicrosecondsSamples: readonly number[];
  /** What 99 of a hundred requests waited at most; the median of the rounds. */
  readonly p99Ms: number;
  readonly p99MsSamples: readonly number[];
}

/**
 * Loads the subjects one after the other, `rounds` times, so that what disturbs the machine disturbs all. Each round begins
 * with another: whoever follows a server that writes much finds the machine busier.
 */
export async function compare<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  { rounds, quick }: Pick<Bench, "rounds" | "quick">,
): Promise<Record<Name, Load>> {
  const named = Object.entries(subjects) as [Name, Subject][];
  for (const [, subject] of named) await round(subject, { duration: quick ? QUICK_SECONDS : WARM_UP_SECONDS });
  const samples = named.map(() => [] as Round[]);
  for (let i = 0; i < rounds; i++) {
    for (let turn = 0; turn < named.length; turn++) {
      const index = (i + turn) % named.length;
      const [, subject] = named[index] as [Name, Subject];
      samples[index]?.push(await round(subject, { duration: quick ? QUICK_SECONDS : ROUND_SECONDS }));
    }
  }
  return Object.fromEntries(named.map(([name], index) => [name, summary(samples[index] ?? [])])) as Record<Name, Load>;
}

interface Round {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly p99Ms: number;
}

/** @param length seconds, or requests in all */
export async function round(
  { server, requests, settle }: Subject,
  length: { duration: number } | { amount: number },
): Promise<Round> {
  let connection = 0;
  const waits: number[] = [];
  let refusal: string | undefined;
  const cpuBefore = await server.cpuMicroseconds();
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    ...length,
    setupClient: (client) => {
      client.setRequests(
        requests(connection++).map(({ bodyNow, onAnswer, ...request }) => ({
          ...request,
          ...(bodyNow && { setupRequest: (one: CapturedRequest) => ({ ...one, body: bodyNow() }) }),
          onResponse: (status: number, body: string) => {
            if (status >= 300) refusal ??= body;
            else onAnswer?.(body);
          },
        })),
      );
      client.on("response", (_status, _bytes, milliseconds) => waits.push(milliseconds));
    },
  });
  await settle?.();
  const cpu = (await server.cpuMicroseconds()) - cpuBefore;
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(
      `${server.url} answered ${result.non2xx} requests with an error and broke off ${result.errors}: ${refusal}`,
    );
  const { total } = result.requests;
  waits.sort((a, b) => a - b);
  const p99Ms = waits[Math.ceil(waits.length * 0.99) - 1] ?? 0;
  return { requestsPerSecond: total / result.duration, cpuMicroseconds: cpu / total, p99Ms };
}

function summary(rounds: readonly Round[]): Load {
  const requestsPerSecondSamples = rounds.map((one) => one.requestsPerSecond);
  const cpuMicrosecondsSamples = rounds.map((one) => one.cpuMicroseconds);
  const p99MsSamples = rounds.map((one) => one.p99Ms);
  return {
    requestsPerSecond: median(requestsPerSecondSamples),
    requestsPerSecondSamples,
    cpuMicroseconds: Math.min(...cpuMicrosecondsSamples),
    cpuMicrosecondsSamples,
    p99Ms: median(p99MsSamples),
    p99MsSamples,
  };
}
