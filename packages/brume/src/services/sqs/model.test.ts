import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { isAwsError } from "../../kernel/errors.js";
import { SeededRandom } from "../testing.js";

const SEED = Number(process.env.BRUME_SEED ?? 20261124);
const STEPS = 400;
const RETENTION = 60;

interface Received {
  Body: string;
  MessageId: string;
  ReceiptHandle: string;
  Attributes: { ApproximateReceiveCount: string };
}
interface Held {
  id: string;
  body: string;
  group: string;
  order: number;
  sentAt: number;
  visibleAt: number;
  count: number;
  received?: number;
}

/** A queue as the developer guide describes it, in a list. Times are seconds. */
class Model {
  messages: Held[] = [];
  readonly dead: Held[] = [];
  readonly sent = new Map<string, { id: string; until: number }>();
  readonly fifo: boolean;
  readonly maxReceiveCount: number;

  constructor(fifo: boolean, maxReceiveCount: number) {
    this.fifo = fifo;
    this.maxReceiveCount = maxReceiveCount;
  }

  receive(now: number, max: number, timeout: number): Held[] {
    this.messages = this.messages.filter(({ sentAt }) => sentAt >= now - RETENTION);
    const inFlight = this.messages.filter(({ visibleAt, count }) => visibleAt > now && count > 0);
    const locked = new Set(this.fifo ? inFlight.map(({ group }) => group) : []);
    const inOrder = [...this.messages].sort((a, b) =>
      this.fifo ? a.order - b.order : a.visibleAt - b.visibleAt || a.order - b.order,
    );
    const received: Held[] = [];
    for (const message of inOrder) {
      if (received.length === max) break;
      if (this.fifo && message.visibleAt > now) locked.add(message.group);
      if (message.visibleAt > now || locked.has(message.group)) continue;
      if (message.count >= this.maxReceiveCount) {
        this.messages = this.messages.filter((one) => one !== message);
        this.dead.push(message);
        continue;
      }
      message.count++;
      message.received = now;
      message.visibleAt = now + timeout;
      received.push(message);
    }
    return received;
  }

  counts(now: number) {
    const kept = this.messages.filter(({ sentAt }) => sentAt >= now - RETENTION);
    return {
      ApproximateNumberOfMessages: String(kept.filter(({ visibleAt }) => visibleAt <= now).length),
      ApproximateNumberOfMessagesNotVisible: String(kept.filter((one) => one.visibleAt > now && one.count > 0).length),
      ApproximateNumberOfMessagesDelayed: String(kept.filter((one) => one.visibleAt > now && one.count === 0).length),
    };
  }
}

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
  cloud.clock.pause();
  await cloud.clock.advanceTo(Math.ceil(cloud.clock.now() / 1000) * 1000);
});
afterAll(() => cloud.close());

/** What a call comes to: its answer, or the code of its error. */
async function outcome<T>(operation: string, input: object): Promise<T | string> {
  try {
    return await cloud.call<T & Record<string, unknown>>("sqs", operation, input);
  } catch (error) {
    if (isAwsError(error)) return error.code;
    throw error;
  }
}

/** Does the same at random to a queue and to the model, and compares their answers. */
async function run(fifo: boolean, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const suffix = fifo ? ".fifo" : "";
  const create = async (QueueName: string, Attributes: Record<string, string>) => {
    const common = { MessageRetentionPeriod: String(RETENTION), ...(fifo ? { FifoQueue: "true" } : {}) };
    const input = { QueueName, Attributes: { ...common, ...Attributes } };
    return (await cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", input)).QueueUrl;
  };
  const deadName = `dead-${seed}${suffix}`;
  const deadUrl = await create(deadName, { MessageRetentionPeriod: "1209600" });
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${deadName}`;
  const QueueUrl = await create(`live-${seed}${suffix}`, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }),
  });
  const model = new Model(fifo, 3);
  const handles: { handle: string; message: Held; count: number }[] = [];
  const now = () => Math.round(cloud.clock.now() / 1000);
  let order = 0;

  const send = async () => {
    const body = `m${random.below(30)}`;
    const [group, delay] = [`g${random.below(3)}`, random.below(4) === 0 ? random.below(10) : 0];
    const more = fifo ? { MessageGroupId: group, MessageDeduplicationId: body } : { DelaySeconds: delay };
    const answer = (await outcome<{ MessageId: string }>("SendMessage", { QueueUrl, MessageBody: body, ...more })) as {
      MessageId: string;
    };
    const before = fifo ? model.sent.get(body) : undefined;
    if (before && before.until > now()) return expect(answer.MessageId).toBe(before.id);
    model.sent.set(body, { id: answer.MessageId, until: now() + 300 });
    const visibleAt = now() + (fifo ? 0 : delay);
    const place = { id: answer.MessageId, body, group, order: order++ };
    model.messages.push({ ...place, sentAt: now(), visibleAt, count: 0 });
  };
  const receive = async () => {
    const [max, timeout] = [1 + random.below(10), random.below(8)];
    const input = {
      QueueUrl,
      MaxNumberOfMessages: max,
      VisibilityTimeout: timeout,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    };
    const { Messages = [] } = (await outcome<{ Messages?: Received[] }>("ReceiveMessage", input)) as {
      Messages?: Received[];
    };
    const expected = model.receive(now(), max, timeout);
    expect(Messages.map(({ MessageId, Body }) => [MessageId, Body])).toEqual(
      expected.map(({ id, body }) => [id, body]),
    );
    for (const [index, { ReceiptHandle, Attributes }] of Messages.entries()) {
      const message = expected[index] as Held;
      expect(Attributes.ApproximateReceiveCount).toBe(String(message.count));
      handles.push({ handle: ReceiptHandle, message, count: message.count });
    }
  };
  const remove = async () => {
    const chosen = random.pick(handles);
    if (!chosen) return;
    const { handle, message, count } = chosen;
    const answer = await outcome("DeleteMessage", { QueueUrl, ReceiptHandle: handle });
    const isThere = model.messages.includes(message);
    const isExpired = fifo && isThere && (message.count !== count || message.visibleAt <= now());
    expect(answer).toEqual(isExpired ? "InvalidParameterValue" : {});
    if (!isExpired) model.messages = model.messages.filter((one) => one !== message);
  };
  const change = async () => {
    const chosen = random.pick(handles);
    if (!chosen) return;
    const { handle, message, count } = chosen;
    const timeout = random.below(6);
    const input = { QueueUrl, ReceiptHandle: handle, VisibilityTimeout: timeout };
    const isInFlight = model.messages.includes(message) && message.count === count && message.visibleAt > now();
    expect(await outcome("ChangeMessageVisibility", input)).toEqual(isInFlight ? {} : "MessageNotInflight");
    if (isInFlight) message.visibleAt = now() + timeout;
  };
  const count = async () => {
    const AttributeNames = Object.keys(model.counts(now()));
    const { Attributes } = (await outcome("GetQueueAttributes", { QueueUrl, AttributeNames })) as {
      Attributes: object;
    };
    expect(Attributes).toEqual(model.counts(now()));
  };
  const advance = () => cloud.clock.advance({ seconds: random.below(6) });

  const steps = [send, send, send, receive, receive, remove, change, count, advance];
  for (let step = 0; step < STEPS; step++) await random.pick(steps)?.();
  await cloud.clock.advance({ seconds: 30 });
  const dead = new Set<string>();
  for (let found = 10; found > 0; ) {
    const input = { QueueUrl: deadUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 };
    const { Messages = [] } = (await outcome<{ Messages?: Received[] }>("ReceiveMessage", input)) as {
      Messages?: Received[];
    };
    for (const { MessageId } of Messages) dead.add(MessageId);
    // In a FIFO queue the rest of a group comes only when what was received is gone.
    for (const { ReceiptHandle } of Messages) await outcome("DeleteMessage", { QueueUrl: deadUrl, ReceiptHandle });
    found = Messages.length;
  }
  expect(dead).toEqual(new Set(model.dead.map(({ id }) => id)));
}

describe("a queue, whatever is done to it", () => {
  it.each([SEED, SEED + 1, SEED + 2])("is what a standard queue should be (seed %i)", (seed) => run(false, seed));
  it.each([SEED, SEED + 1, SEED + 2])("is what a FIFO queue should be (seed %i)", (seed) => run(true, seed));
});
