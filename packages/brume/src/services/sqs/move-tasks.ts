/** The operations that move messages from a dead-letter queue to where they came from, or elsewhere. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { isFifo, redrivePolicy } from "./queue.js";
import { arrivals, findQueueByArn, type MoveTask, messages, moveTasks, queues, receipts } from "./tables.js";

type Sqs = typeof import("@aws-sdk/client-sqs");

const MAX_RATE = 500;
const MAX_LISTED = 10;

export const startMessageMoveTask: Handler<Sqs, "StartMessageMoveTask"> = (input, ctx) => {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate } = input;
  const source = sourceOf(ctx, SourceArn);
  const isDeadLetterQueue = ctx
    .table(queues, { account: source.account })
    .rows()
    .some((queue) => redrivePolicy(queue)?.deadLetterTargetArn === SourceArn);
  if (!isDeadLetterQueue) {
    throw new AwsError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.");
  }
  if (DestinationArn !== undefined && !findQueueByArn(ctx, DestinationArn)) throw noQueue();
  if (rate !== undefined && (rate < 1 || rate > MAX_RATE)) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${rate} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and ${MAX_RATE}, if provided.`,
    );
  }
  const tasks = tasksOf(ctx, SourceArn as string);
  if (tasks.some(({ status }) => status === "RUNNING")) {
    throw new AwsError(
      "InvalidParameterValue",
      "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    );
  }
  const id = uuid();
  const toMove = ctx.table(messages, { account: source.account }).count({ prefix: [source.queue.name] });
  const task: MoveTask = {
    id,
    sourceArn: SourceArn as string,
    destinationArn: DestinationArn,
    rate,
    status: "RUNNING",
    moved: 0,
    toMove,
    startedAt: ctx.now(),
  };
  putTask(ctx, task);
  ctx.schedule({ at: ctx.now(), kind: "move", payload: { sourceArn: task.sourceArn, id } });
  return { TaskHandle: handleOf(task) };
};

const noQueue = () =>
  new AwsError(
    "ResourceNotFoundException",
    "The resource that you specified for the SourceArn parameter doesn't exist.",
  );

function sourceOf(ctx: Context, arn: string | undefined) {
  if (!arn) throw new AwsError("MissingParameter", "The request must contain the parameter SourceArn.");
  const source = findQueueByArn(ctx, arn);
  if (!source) throw noQueue();
  return source;
}

function tasksOf(ctx: Context, sourceArn: string): MoveTask[] {
  return ctx.table(moveTasks).rows({ prefix: [sourceArn] });
}

function putTask(ctx: Context, task: MoveTask): void {
  ctx.table(moveTasks).put([task.sourceArn, task.id], task);
}

const handleOf = ({ id, sourceArn }: MoveTask) =>
  Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString("base64");

/** Moves a second's worth of messages, and comes again while there are more. */
export function move(payload: { sourceArn: string; id: string }, ctx: Context): void {
  const task = ctx.table(moveTasks).get(payload.sourceArn, payload.id);
  if (task?.status !== "RUNNING") return;
  const source = findQueueByArn(ctx, task.sourceArn);
  if (!source) return putTask(ctx, { ...task, status: "FAILED", failure: "AWS.SimpleQueueService.NonExistentQueue" });
  const table = ctx.table(messages, { account: source.account });
  const { name } = source.queue;
  let moved = task.moved;
  for (const message of table.rows({ prefix: [name], limit: task.rate ?? MAX_RATE })) {
    if (message.visibleAt > ctx.now()) continue;
    const targetArn = task.destinationArn ?? message.sourceArn;
    const target = targetArn === undefined ? undefined : findQueueByArn(ctx, targetArn);
    if (!target) return putTask(ctx, { ...task, moved, status: "FAILED", failure: "CouldNotDetermineMessageSource" });
    const time = ctx.table(receipts, { account: source.account }).get(name, message.sequence);
    table.delete(name, time ?? (isFifo(source.queue) ? 0 : message.visibleAt), message.sequence);
    ctx.table(receipts, { account: source.account }).delete(name, message.sequence);
    const { sourceArn: _, firstReceivedAt: __, ...rest } = message;
    const key = [target.queue.name, isFifo(target.queue) ? 0 : ctx.now(), message.sequence];
    ctx.table(messages, { account: target.account }).put(key, { ...rest, receiveCount: 0, visibleAt: ctx.now() });
    ctx.memory(arrivals).announce(targetArn as string);
    moved++;
  }
  const done = moved === task.moved;
  putTask(ctx, { ...task, moved, status: done ? "COMPLETED" : "RUNNING" });
  if (!done) ctx.schedule({ at: ctx.now() + 1000, kind: "move", payload });
}

export const cancelMessageMoveTask: Handler<Sqs, "CancelMessageMoveTask"> = (input, ctx) => {
  const task = taskOf(ctx, input.TaskHandle);
  if (task?.status !== "RUNNING") {
    throw new AwsError(
      "ResourceNotFoundException",
      "The resource that you specified for the TaskHandle parameter doesn't exist.",
    );
  }
  putTask(ctx, { ...task, status: "CANCELLED" });
  return { ApproximateNumberOfMessagesMoved: task.moved };
};

function taskOf(ctx: Context, handle: string | undefined): MoveTask | undefined {
  if (!handle) throw new AwsError("MissingParameter", "The request must contain the parameter TaskHandle.");
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, "base64").toString()) as Record<string, string>;
    return ctx.table(moveTasks).get(sourceArn ?? "", taskId ?? "");
  } catch {
    throw new AwsError("InvalidParameterValue", "Value for parameter TaskHandle is invalid.");
  }
}

export const listMessageMoveTasks: Handler<Sqs, "ListMessageMoveTasks"> = (input, ctx) => {
  sourceOf(ctx, input.SourceArn);
  const limit = input.MaxResults ?? 1;
  if (limit < 1 || limit > MAX_LISTED) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${limit} for parameter MaxResults is invalid. Reason: Must be between 1 and ${MAX_LISTED}, if provided.`,
    );
  }
  const newestFirst = tasksOf(ctx, input.SourceArn as string).sort((a, b) => b.startedAt - a.startedAt);
  return {
    Results: newestFirst.slice(0, limit).map((task) => ({
      ...(task.status === "RUNNING" ? { TaskHandle: handleOf(task) } : {}),
      Status: task.status,
      SourceArn: task.sourceArn,
      DestinationArn: task.destinationArn,
      MaxNumberOfMessagesPerSecond: task.rate,
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.toMove,
      FailureReason: task.failure,
      StartedTimestamp: task.startedAt,
    })),
  };
};
