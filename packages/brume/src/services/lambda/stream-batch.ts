/** Runs a function on a batch of a shard until all of it is dealt with: by success, or because it is given up. */
import type { ExecutionResult } from "./execution.js";
import { invoker } from "./invoker.js";
import { functionArn, getVersion } from "./names.js";
import { recordResult } from "./processing-result.js";
import { reportDiscarded } from "./stream-destination.js";
import type { Reader } from "./stream-reader.js";
import type { SourceRecord } from "./stream-source.js";
import { chooseVersion, targetOf } from "./target.js";

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;
const NO_LIMIT = -1;

/** A part of a batch that is still to be dealt with, and how often the function has failed on it. */
interface Part {
  readonly records: readonly SourceRecord[];
  readonly failures: number;
}

/** How an invocation went. */
export interface Attempt {
  readonly requestId: string;
  readonly executedVersion: string;
  /** `undefined` where the function could not be run. */
  readonly result: ExecutionResult | undefined;
}

/** @param done is told of the last record of what is dealt with */
export async function processStreamBatch(
  reader: Reader,
  shard: string,
  batch: readonly SourceRecord[],
  done: (sequence: string) => void,
): Promise<void> {
  const { ctx, mapping, signal } = reader;
  const { MaximumRetryAttempts: retries = NO_LIMIT, BisectBatchOnFunctionError: bisects = false } = mapping;
  const doneWith = (records: readonly SourceRecord[]) => {
    const last = records.at(-1);
    if (last) done(last.sequence);
  };
  let parts: Part[] = [{ records: batch, failures: 0 }];
  let last: Attempt | undefined;
  let waits = 0;
  for (let part = parts.shift(); part && !signal.aborted; part = parts.shift()) {
    const { failures } = part;
    const [old, records] = byAge(reader, part.records);
    if (old.length > 0) {
      await reportDiscarded(reader, shard, old, { condition: "RecordAgeExceeded", invocations: failures, last });
      doneWith(old);
      waits = 0;
    }
    if (records.length === 0) continue;
    const attempt = await invoke(reader, records);
    const succeeded = succeededIn(reader, attempt, records);
    doneWith(records.slice(0, succeeded));
    const left = records.slice(succeeded);
    if (left.length === 0) {
      recordResult(ctx, mapping.UUID, "OK");
      waits = 0;
      continue;
    }
    recordResult(ctx, mapping.UUID, "PROBLEM: Function call failed");
    last = attempt;
    // What could not even begin is tried again until the records are too old.
    if (!attempt.result) parts = [{ records: left, failures }, ...parts];
    else if (bisects && succeeded > 0) {
      parts = [{ records: left, failures }, ...parts];
      continue;
    } else if (bisects && left.length > 1) {
      // Splitting does not count as a retry.
      const middle = Math.ceil(left.length / 2);
      parts = [{ records: left.slice(0, middle), failures }, { records: left.slice(middle), failures }, ...parts];
      continue;
    } else if (retries !== NO_LIMIT && failures >= retries) {
      const invocations = failures + 1;
      await reportDiscarded(reader, shard, left, { condition: "RetryAttemptsExhausted", invocations, last });
      doneWith(left);
      waits = 0;
      continue;
    } else parts = [{ records: left, failures: failures + 1 }, ...parts];
    await ctx.wait(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** waits++), signal);
  }
}

/** The records at the front that are too old to be tried, and the others. */
function byAge({ ctx, mapping, source }: Reader, records: readonly SourceRecord[]) {
  const { MaximumRecordAgeInSeconds: seconds = NO_LIMIT } = mapping;
  const maxAge = seconds === NO_LIMIT ? source.retentionMs : Math.min(source.retentionMs, seconds * 1000);
  const firstYoung = records.findIndex(({ at }) => ctx.now() - at <= maxAge);
  const count = firstYoung < 0 ? records.length : firstYoung;
  return [records.slice(0, count), records.slice(count)] as const;
}

async function invoke({ ctx, mapping }: Reader, records: readonly SourceRecord[]): Promise<Attempt> {
  const requestId = ctx.cloud.newRequestId();
  try {
    const found = getVersion(ctx, mapping.FunctionArn);
    const version = chooseVersion(ctx, found);
    const payload = Buffer.from(JSON.stringify({ Records: records.map(({ event }) => event) }));
    const work = { requestId, functionArn: functionArn(ctx, found.name), payload };
    const result = await ctx.memory(invoker).run(targetOf(ctx, found, version), work, true);
    return { requestId, executedVersion: version.configuration.Version, result };
  } catch (error) {
    recordResult(ctx, mapping.UUID, `PROBLEM: ${(error as Error).message}`);
    return { requestId, executedVersion: "$LATEST", result: undefined };
  }
}

/** How many records from the front are dealt with. */
function succeededIn({ mapping }: Reader, { result }: Attempt, records: readonly SourceRecord[]): number {
  if (!result || result.failed) return 0;
  if (!mapping.FunctionResponseTypes?.includes("ReportBatchItemFailures")) return records.length;
  const failed = failuresIn(result.payload.toString());
  if (!failed) return records.length;
  // The first that failed is where the function is to go on; an unknown one means that nothing is done.
  const positions = failed.map((id) => records.findIndex(({ sequence }) => sequence === id));
  return Math.max(0, Math.min(records.length, ...positions));
}

/** The sequence numbers that a function says it failed on; `undefined` for none. */
function failuresIn(text: string): unknown[] | undefined {
  try {
    const answer = JSON.parse(text) as { batchItemFailures?: unknown } | null;
    const failures = answer?.batchItemFailures ?? [];
    if (!Array.isArray(failures)) return [undefined];
    return failures.length === 0
      ? undefined
      : failures.map((one: { itemIdentifier?: unknown } | null) => one?.itemIdentifier);
  } catch {
    return [undefined];
  }
}
