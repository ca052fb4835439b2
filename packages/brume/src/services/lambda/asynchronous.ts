/** Asynchronous invocation: a durable queue of events, two retries, then the destination or the dead-letter queue. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Principal } from "../../kernel/principal.js";
import type { ExecutionResult } from "./execution.js";
import { invoker } from "./invoker.js";
import { type FoundFunction, functionArn, getVersion } from "./names.js";
import { eventInvokeConfigs } from "./tables.js";
import { chooseVersion, targetOf } from "./target.js";

/** An event on its way to a function. */
export interface QueuedEvent {
  readonly functionArn: string;
  readonly requestId: string;
  readonly payload: Uint8Array;
  /** When it was accepted, in ms since the epoch. */
  readonly acceptedAt: number;
  /** How often the function has failed on it. */
  readonly failures: number;
}

/** See "How Lambda handles errors and retries with asynchronous invocation". */
const RETRY_DELAYS_MS = [60_000, 120_000];
const DEFAULT_MAX_AGE_SECONDS = 21_600;

/** Accepts an event: it will reach the function when the call has committed, and after a crash too. */
export function enqueue(ctx: Context, { name }: FoundFunction, payload: Uint8Array): void {
  const event: QueuedEvent = {
    functionArn: functionArn(ctx, name),
    requestId: ctx.requestId,
    payload,
    acceptedAt: ctx.now(),
    failures: 0,
  };
  // The timer belongs to the function's account, which need not be the caller's.
  const owner = ctx.as({ ...ctx.caller, account: name.account, region: name.region });
  owner.schedule({ at: ctx.now(), kind: "deliver", payload: event });
  owner.publish();
}

/** Runs a function on an event; what fails is tried again later, or given up. */
export async function deliver(event: QueuedEvent, ctx: Context): Promise<void> {
  let found: ReturnType<typeof getVersion>;
  try {
    found = getVersion(ctx, event.functionArn);
  } catch (error) {
    // A function that has been deleted meanwhile gets no events.
    if (isAwsError(error, "ResourceNotFoundException")) return;
    throw error;
  }
  const { name, row } = found;
  const config = ctx.table(eventInvokeConfigs, name).get(row.name, name.qualifier ?? "$LATEST");
  const maxAgeMs = (config?.MaximumEventAgeInSeconds ?? DEFAULT_MAX_AGE_SECONDS) * 1000;
  const version = chooseVersion(ctx, found);
  const { requestId, payload } = event;
  let result: ExecutionResult;
  try {
    const work = { requestId, payload, functionArn: event.functionArn };
    if (row.reservedConcurrency === 0) throw new AwsError("TooManyRequestsException", "Rate Exceeded.");
    result = await ctx.memory(invoker).run(targetOf(ctx, found, version), work, true);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    result = {
      payload: Buffer.from(JSON.stringify({ errorType: error.code, errorMessage: error.message })),
      failed: true,
      contentType: "application/json",
      streamed: false,
    };
  }
  const context = (condition: string) => ({
    requestId,
    functionArn: `${row.configuration.FunctionArn}:${name.qualifier ?? "$LATEST"}`,
    condition,
    approximateInvokeCount: event.failures + 1,
  });
  if (!result.failed) {
    const report = describe(ctx, event, context("Success"), result, version.configuration.Version);
    const role = await ctx.memory(invoker).principalOf(version.configuration, name.region);
    await send(ctx, role, config?.DestinationConfig?.OnSuccess?.Destination, report, event.functionArn);
    return;
  }
  const at = ctx.now() + (RETRY_DELAYS_MS[event.failures] ?? 0);
  const retries = config?.MaximumRetryAttempts ?? RETRY_DELAYS_MS.length;
  const expired = at - event.acceptedAt > maxAgeMs;
  if (event.failures < retries && !expired) {
    ctx.schedule({ at, kind: "deliver", payload: { ...event, failures: event.failures + 1 } });
    return;
  }
  const condition = event.failures >= retries ? "RetriesExhausted" : "EventAgeExceeded";
  const report = describe(ctx, event, context(condition), result, version.configuration.Version);
  const role = await ctx.memory(invoker).principalOf(version.configuration, name.region);
  await send(ctx, role, config?.DestinationConfig?.OnFailure?.Destination, report, event.functionArn);
  const deadLetterArn = version.configuration.DeadLetterConfig?.TargetArn;
  const attributes = deadLetterAttributes(event, result);
  await send(ctx, role, deadLetterArn, Buffer.from(event.payload).toString(), event.functionArn, attributes);
}

function describe(
  ctx: Context,
  event: QueuedEvent,
  requestContext: object,
  result: ExecutionResult,
  executedVersion: string,
): string {
  return JSON.stringify({
    version: "1.0",
    timestamp: new Date(ctx.now()).toISOString(),
    requestContext,
    requestPayload: parse(event.payload),
    responseContext: {
      statusCode: 200,
      executedVersion,
      ...(result.failed ? { functionError: "Unhandled" } : {}),
    },
    responsePayload: parse(result.payload),
  });
}

function parse(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a message in a dead-letter queue says beside the event. */
function deadLetterAttributes(event: QueuedEvent, result: ExecutionResult): object {
  const { errorMessage } = (parse(result.payload) ?? {}) as { errorMessage?: string };
  return {
    RequestID: { DataType: "String", StringValue: event.requestId },
    ErrorCode: { DataType: "Number", StringValue: "200" },
    ErrorMessage: { DataType: "String", StringValue: errorMessage?.slice(0, 1024) || "Unhandled" },
  };
}

/** Sends text to a queue, topic, function or bus, as the function's role. What cannot be delivered is reported as an event, and is lost. */
async function send(
  ctx: Context,
  principal: Principal,
  arn: string | undefined,
  text: string,
  source: string,
  MessageAttributes?: object,
): Promise<void> {
  if (!arn) return;
  const { service, region, account, resource } = parseArn(arn) ?? {
    service: "",
    region: "",
    account: "",
    resource: "",
  };
  const target = { account, region, principal };
  try {
    if (service === "sqs") {
      const QueueUrl = `${ctx.cloud.endpoint}/${account}/${resource}`;
      await ctx.call("sqs", "SendMessage", { QueueUrl, MessageBody: text, MessageAttributes }, target);
    } else if (service === "sns") {
      await ctx.call("sns", "Publish", { TopicArn: arn, Message: text, MessageAttributes }, target);
    } else if (service === "lambda") {
      const Payload = Buffer.from(text);
      await ctx.call("lambda", "Invoke", { FunctionName: arn, InvocationType: "Event", Payload }, target);
    } else if (service === "events") {
      const Entries = [
        {
          EventBusName: arn,
          Source: "lambda",
          DetailType: "Lambda Function Invocation Result",
          Detail: text,
          Resources: [source],
        },
      ];
      await ctx.call("eventbridge", "PutEvents", { Entries }, target);
    }
  } catch (error) {
    const { message } = error as Error;
    ctx.cloud.events.emit("notice", {
      service: "lambda",
      message: `${source}: nothing could be sent to ${arn}: ${message}`,
    });
  }
}
