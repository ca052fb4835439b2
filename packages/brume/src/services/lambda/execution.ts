/** One execution of a function in an environment, and the lines that Lambda logs around it. */
import type { Readable } from "node:stream";
import type { Cloud } from "../../kernel/cloud.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Outcome } from "../../runtimes/environment.js";
import type { Slot, Target } from "./invoker.js";

/** What a function is asked to do. */
export interface Work {
  readonly requestId: string;
  /** As it was named: with the version or alias. */
  readonly functionArn: string;
  readonly payload: Uint8Array;
  readonly clientContext?: string | undefined;
  readonly wantsTail?: boolean;
  readonly onStream?: (body: Readable, contentType: string) => void;
}

/** How it went. */
export interface ExecutionResult {
  readonly payload: Buffer;
  readonly failed: boolean;
  readonly contentType: string;
  readonly streamed: boolean;
  /** Whether the environment had ended before it could begin. */
  readonly untaken?: boolean;
  /** The end of the log in base64, where it was asked for. */
  readonly tail?: string;
}

const MEBIBYTE = 1024 * 1024;

/** The cloud's time for a process, where it is not the machine's. */
function clockSetting({ clock }: Cloud): string | undefined {
  if (clock.followsMachine) return undefined;
  return clock.paused ? `=${clock.now()}` : `+${Math.round(clock.offset)}`;
}

export async function execute(cloud: Cloud, slot: Slot, target: Target, work: Work): Promise<ExecutionResult> {
  const { log, environment } = slot;
  const { requestId, payload, functionArn, clientContext, onStream } = work;
  const timeoutMs = target.configuration.Timeout * 1000;
  if (work.wantsTail) log.startTail();
  const init = await environment.init;
  log.requestId = requestId;
  const lines = target.configuration.LoggingConfig?.LogFormat === "JSON" ? jsonLines(cloud) : TEXT_LINES;
  log.write(lines.start(requestId, target.configuration.Version));
  const outcome: Outcome = init.failure
    ? { ...NO_RUN, payload: init.failure.payload(requestId), note: init.failure.note, durationMs: init.durationMs }
    : await environment.invoke(
        {
          requestId,
          payload,
          functionArn,
          clientContext,
          onStream,
          deadlineMs: cloud.clock.now() - cloud.clock.offset + timeoutMs,
          traceId: traceId(cloud),
          clock: clockSetting(cloud),
        },
        timeoutMs,
      );
  if (outcome.note) log.write(`${new Date(cloud.clock.now()).toISOString()} ${requestId} ${outcome.note}`);
  const end = lines.end(requestId);
  if (end) log.write(end);
  log.write(lines.report(requestId, outcome, target, slot.used || init.failure ? undefined : init.durationMs));
  const { failed, contentType, streamed, untaken } = outcome;
  return {
    payload: outcome.payload,
    failed,
    contentType,
    streamed,
    untaken,
    ...(work.wantsTail ? { tail: log.endTail() } : {}),
  };
}

const NO_RUN = { failed: true, contentType: "application/json", streamed: false, memoryBytes: 0 };

/** The lines that Lambda itself logs: as text, or as JSON where the function's logging configuration says so. */
interface PlatformLines {
  start(requestId: string, version: string): string;
  end(requestId: string): string | undefined;
  report(requestId: string, outcome: Outcome, target: Target, initMs: number | undefined): string;
}

const billedMs = (outcome: Outcome, initMs: number | undefined) => Math.ceil(outcome.durationMs + (initMs ?? 0));
const usedMegabytes = ({ memoryBytes }: Outcome) => Math.ceil(memoryBytes / MEBIBYTE);

const TEXT_LINES: PlatformLines = {
  start: (requestId, version) => `START RequestId: ${requestId} Version: ${version}`,
  end: (requestId) => `END RequestId: ${requestId}`,
  report(requestId, outcome, target, initMs) {
    const parts = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${outcome.durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs(outcome, initMs)} ms`,
      `Memory Size: ${target.configuration.MemorySize} MB`,
      `Max Memory Used: ${usedMegabytes(outcome)} MB`,
      ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ];
    return `${parts.join("\t")}\t`;
  },
};

function jsonLines(cloud: Cloud): PlatformLines {
  const line = (type: string, record: object) =>
    JSON.stringify({ time: new Date(cloud.clock.now()).toISOString(), type, record });
  return {
    start: (requestId, version) => line("platform.start", { requestId, version }),
    end: () => undefined,
    report: (requestId, outcome, target, initMs) =>
      line("platform.report", {
        requestId,
        metrics: {
          durationMs: Number(outcome.durationMs.toFixed(3)),
          billedDurationMs: billedMs(outcome, initMs),
          memorySizeMB: target.configuration.MemorySize,
          maxMemoryUsedMB: usedMegabytes(outcome),
          ...(initMs === undefined ? {} : { initDurationMs: Number(initMs.toFixed(3)) }),
        },
        status: outcome.failed ? "error" : "success",
      }),
  };
}

function traceId(cloud: Cloud): string {
  const seconds = Math.floor(cloud.clock.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomHex(24)};Parent=${randomHex(16)};Sampled=0`;
}
