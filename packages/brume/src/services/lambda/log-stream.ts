/** The log of one execution environment: what it prints goes to CloudWatch Logs in batches, and to the event stream. */
import type { Cloud } from "../../kernel/cloud.js";
import { isAwsError, orUndefined } from "../../kernel/errors.js";
import type { Principal } from "../../kernel/principal.js";

declare module "../../kernel/events.js" {
  interface CloudEvents {
    /** A message of a function, or of Lambda about its execution, as soon as it is there. */
    functionLog: {
      functionName: string;
      requestId: string;
      message: string;
      account: string;
      region: string;
      logGroup: string;
    };
  }
}

/** See PutLogEvents: a batch has at most 10,000 events and 1 MiB, each event counted with 26 bytes more. */
const MAX_BATCH_EVENTS = 10_000;
const MAX_BATCH_BYTES = 1_000_000;
const EVENT_OVERHEAD = 26;
/** What waits to be written while a function prints faster than that; older messages of such a flood are left out. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** LogType Tail: the last 4 KB. */
const TAIL_BYTES = 4096;

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Whose log it is, and where it is written. */
export interface LogTarget {
  readonly functionName: string;
  readonly account: string;
  readonly region: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** The function's role: without permission to write logs there are none, as on AWS. */
  readonly principal: Principal;
}

export class LogStream {
  readonly #cloud: Cloud;
  readonly #target: LogTarget;
  #waiting: LogEvent[] = [];
  #waitingBytes = 0;
  #writing = false;
  #ready = false;
  #refused = false;
  #tail: string[] | undefined;
  #tailBytes = 0;
  /** The invocation that messages belong to. */
  requestId = "";

  constructor(cloud: Cloud, target: LogTarget) {
    this.#cloud = cloud;
    this.#target = target;
  }

  /** Begins to keep the end of what is written. */
  startTail(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }

  /** The last 4 KB since `startTail`, in base64. */
  endTail(): string {
    const text = Buffer.from(`${(this.#tail ?? []).join("\n")}\n`);
    this.#tail = undefined;
    return text.subarray(Math.max(0, text.length - TAIL_BYTES)).toString("base64");
  }

  write(message: string): void {
    const { functionName, account, region, logGroup } = this.#target;
    if (this.#tail) this.#keep(this.#tail, message);
    this.#cloud.events.emit("functionLog", {
      functionName,
      requestId: this.requestId,
      message,
      account,
      region,
      logGroup,
    });
    if (this.#refused) return;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
    this.#waiting.push({ timestamp: this.#cloud.clock.now(), message });
    this.#waitingBytes += message.length + EVENT_OVERHEAD;
    if (this.#writing) return;
    this.#writing = true;
    // Counts as in flight: who waits for the cloud to be idle finds the log written.
    this.#cloud.activity.enter();
    setImmediate(() => void this.#drain().finally(() => this.#cloud.activity.leave()));
  }

  #keep(tail: string[], message: string): void {
    tail.push(message);
    this.#tailBytes += message.length + 1;
    while (tail.length > 1 && this.#tailBytes - (tail[0] as string).length > TAIL_BYTES) {
      this.#tailBytes -= (tail.shift() as string).length + 1;
    }
  }

  async #drain(): Promise<void> {
    try {
      if (!this.#ready) await this.#create();
      while (this.#waiting.length > 0) await this.#put(this.#batch());
    } catch {
      // An invocation does not fail because its log cannot be written; nor is it tried again for every message.
      this.#refused = true;
      this.#waiting = [];
    } finally {
      this.#writing = false;
    }
  }

  #batch(): LogEvent[] {
    let bytes = 0;
    let count = 0;
    for (const { message } of this.#waiting) {
      const size = Buffer.byteLength(message) + EVENT_OVERHEAD;
      if (count === MAX_BATCH_EVENTS || (count > 0 && bytes + size > MAX_BATCH_BYTES)) break;
      bytes += size;
      count++;
      this.#waitingBytes -= message.length + EVENT_OVERHEAD;
    }
    return this.#waiting.splice(0, count);
  }

  async #create(): Promise<void> {
    const { logGroup: logGroupName, logStream: logStreamName } = this.#target;
    await this.#unlessThere("CreateLogGroup", { logGroupName });
    await this.#unlessThere("CreateLogStream", { logGroupName, logStreamName });
    this.#ready = true;
  }

  async #put(logEvents: LogEvent[]): Promise<void> {
    const { logGroup: logGroupName, logStream: logStreamName } = this.#target;
    try {
      await this.#call("PutLogEvents", { logGroupName, logStreamName, logEvents });
    } catch (error) {
      // Somebody has deleted the group, or the stream: both come back with the next message.
      if (!isAwsError(error, "ResourceNotFoundException")) throw error;
      await this.#create();
      await this.#call("PutLogEvents", { logGroupName, logStreamName, logEvents });
    }
  }

  async #unlessThere(operation: string, input: object): Promise<void> {
    await orUndefined(this.#call(operation, input), "ResourceAlreadyExistsException");
  }

  #call(operation: string, input: object): Promise<unknown> {
    const { account, region, principal } = this.#target;
    return this.#cloud.call("cloudwatch-logs", operation, input, { account, region, principal });
  }
}
