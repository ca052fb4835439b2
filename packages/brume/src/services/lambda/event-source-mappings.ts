/** The operations on event source mappings. See the Lambda API Reference. */
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler, Input } from "../../kernel/service.js";
import { invoker } from "./invoker.js";
import {
  conflict,
  functionArn,
  getVersion,
  invalidParameter,
  notFound,
  parseFunctionName,
  validationError,
} from "./names.js";
import { page } from "./paging.js";
import { isPolled, isQueue, pollers, startPolling, streamSourceOf } from "./polling.js";
import { queueUrlOf } from "./sqs-source.js";
import { checkpoints, latestStarts, type Start } from "./stream-checkpoints.js";
import type { StreamSource } from "./stream-source.js";
import { type Configuration, eventSourceMappings, type Mapping } from "./tables.js";
import { checkTags } from "./tags.js";

type Lambda = typeof import("@aws-sdk/client-lambda");
type Settings = Partial<Input<Lambda, "CreateEventSourceMapping">> & Partial<Input<Lambda, "UpdateEventSourceMapping">>;

/** Members of a mapping that are as the request has them. */
const PLAIN_MEMBERS = [
  "BatchSize",
  "MaximumBatchingWindowInSeconds",
  "ParallelizationFactor",
  "StartingPosition",
  "StartingPositionTimestamp",
  "FilterCriteria",
  "KMSKeyArn",
  "MetricsConfig",
  "LoggingConfig",
  "ScalingConfig",
  "DestinationConfig",
  "Topics",
  "Queues",
  "SourceAccessConfigurations",
  "SelfManagedEventSource",
  "MaximumRecordAgeInSeconds",
  "BisectBatchOnFunctionError",
  "MaximumRetryAttempts",
  "TumblingWindowInSeconds",
  "FunctionResponseTypes",
  "AmazonManagedKafkaEventSourceConfig",
  "SelfManagedKafkaEventSourceConfig",
  "DocumentDBEventSourceConfig",
  "ProvisionedPollerConfig",
] as const satisfies (keyof EventSourceMappingConfiguration)[];

const NOT_POLLED = "PROBLEM: brume does not read from this kind of source yet";

function plain(settings: Settings): Partial<Mapping> {
  return Object.fromEntries(
    PLAIN_MEMBERS.map((member) => [member, settings[member]]).filter(([, value]) => value !== undefined),
  );
}

/** The ARN of a mapping, for authorization. */
export const mappingOf = (input: { UUID?: string | undefined }, ctx: Context): string =>
  ctx.arn(`event-source-mapping:${input.UUID ?? ""}`, "lambda");

const shown = ({ tags: _, ...mapping }: Mapping): EventSourceMappingConfiguration => mapping;

/** The least and the greatest value of each number, as the API model has them. */
const RANGES = {
  BatchSize: [1, 10_000],
  MaximumBatchingWindowInSeconds: [0, 300],
  ParallelizationFactor: [1, 10],
  MaximumRecordAgeInSeconds: [-1, 604_800],
  MaximumRetryAttempts: [-1, 10_000],
  TumblingWindowInSeconds: [0, 900],
} as const satisfies Partial<Record<keyof Mapping, readonly [number, number]>>;

function checkRanges(mapping: Partial<Mapping>): void {
  for (const name of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const [least, greatest] = RANGES[name];
    const value = mapping[name] ?? least;
    if (value >= least && value <= greatest) continue;
    const bound = value < least ? `greater than or equal to ${least}` : `less than or equal to ${greatest}`;
    throw validationError(value, name.charAt(0).toLowerCase() + name.slice(1), `Member must have value ${bound}`);
  }
}

function checkSettings(mapping: Partial<Mapping>): void {
  const { BatchSize = 10, MaximumBatchingWindowInSeconds: window = 0, EventSourceArn = "", FilterCriteria } = mapping;
  checkRanges(mapping);
  const age = mapping.MaximumRecordAgeInSeconds ?? -1;
  if (age >= 0 && age < 60) throw invalidParameter("MaximumRecordAgeInSeconds must be -1, or at least 60.");
  if (isQueue(EventSourceArn)) {
    if (EventSourceArn.endsWith(".fifo") && BatchSize > 10) {
      throw invalidParameter("Batch size must be less than or equal to 10 for FIFO queues.");
    }
    if (BatchSize > 10 && window === 0) {
      throw invalidParameter(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
      );
    }
  }
  for (const { Pattern = "" } of FilterCriteria?.Filters ?? []) {
    try {
      if (typeof JSON.parse(Pattern) === "object") continue;
    } catch {
      // Refused below, as what is no object is.
    }
    throw invalidParameter("Invalid filter pattern definition.");
  }
}

/** The queue must be there, and hide messages for at least as long as the function may take. */
async function checkQueue(ctx: Context, arn: string, { Timeout }: Configuration): Promise<void> {
  try {
    const { Attributes } = await ctx.call<{ Attributes?: Record<string, string> }>("sqs", "GetQueueAttributes", {
      QueueUrl: queueUrlOf(ctx, arn),
      AttributeNames: ["VisibilityTimeout"],
    });
    const visibility = Number(Attributes?.VisibilityTimeout ?? 30);
    if (visibility < Timeout) {
      throw invalidParameter(
        `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${Timeout} seconds`,
      );
    }
  } catch (error) {
    if (!isAwsError(error, "QueueDoesNotExist")) throw error;
    throw invalidParameter(
      `Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: ${error.message}`,
    );
  }
}

/** The stream must be there, and the function's role must be allowed to read it. */
async function checkStream(ctx: Context, source: StreamSource, mapping: Mapping, configuration: Configuration) {
  const { EventSourceArn: arn = "", StartingPosition: position } = mapping;
  if (position === undefined) {
    throw invalidParameter(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  }
  if (!source.startingPositions.includes(position)) {
    throw invalidParameter(`Unsupported starting position for arn type: ${arn}`);
  }
  const principal = await ctx.memory(invoker).principalOf(configuration, ctx.region);
  const as = ctx.as({ account: ctx.account, region: ctx.region, principal });
  try {
    // Taken now, so that what is written right after the answer is among the latest.
    return await latestStarts(as, source, arn);
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) throw invalidParameter(`Stream not found: ${arn}`);
    if (!isAwsError(error, "AccessDenied", "AccessDeniedException")) throw error;
    throw invalidParameter(
      `Cannot access stream ${arn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
    );
  }
}

/** What must hold of a source, and from where its shards are read first. */
async function checkSource(ctx: Context, mapping: Mapping, configuration: Configuration): Promise<readonly Start[]> {
  const { EventSourceArn: arn, StartingPosition } = mapping;
  const source = streamSourceOf(arn);
  if (arn && isQueue(arn)) await checkQueue(ctx, arn, configuration);
  const starts = source ? await checkStream(ctx, source, mapping, configuration) : [];
  return StartingPosition === "LATEST" ? starts : [];
}

function beginPolling(ctx: Context, { UUID, EventSourceArn }: Mapping, starts: readonly Start[]): void {
  if (!isPolled(EventSourceArn)) return;
  for (const { shard, checkpoint } of starts) {
    if (!ctx.table(checkpoints).has(UUID, shard)) ctx.table(checkpoints).put([UUID, shard], checkpoint);
  }
  startPolling(ctx, UUID);
}

/** What a new mapping of a queue, or of a stream, has where the request does not say otherwise. */
const QUEUE_DEFAULTS = { BatchSize: 10, StateTransitionReason: "USER_INITIATED" };
const STREAM_DEFAULTS = {
  BatchSize: 100,
  ParallelizationFactor: 1,
  BisectBatchOnFunctionError: false,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  TumblingWindowInSeconds: 0,
  DestinationConfig: { OnFailure: {} },
  LastProcessingResult: "No records processed",
  StateTransitionReason: "User action",
};

export const createEventSourceMapping: Handler<Lambda, "CreateEventSourceMapping"> = async (input, ctx) => {
  const { EventSourceArn, SelfManagedEventSource } = input;
  if (!EventSourceArn && !SelfManagedEventSource) throw invalidParameter("Unrecognized event source.");
  const settings = plain(input);
  checkSettings({ ...settings, EventSourceArn });
  const { name, version } = getVersion(ctx, input.FunctionName);
  const FunctionArn = functionArn(ctx, name);
  const UUID = uuid();
  const polled = isPolled(EventSourceArn);
  const enabled = input.Enabled !== false;
  const mapping: Mapping = {
    UUID,
    EventSourceArn,
    EventSourceMappingArn: ctx.arn(`event-source-mapping:${UUID}`, "lambda"),
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    ...(isQueue(EventSourceArn) ? QUEUE_DEFAULTS : STREAM_DEFAULTS),
    ...settings,
    FunctionArn,
    LastModified: new Date(ctx.now()),
    State: enabled ? "Enabled" : "Disabled",
    ...(polled ? {} : { LastProcessingResult: NOT_POLLED }),
    tags: { ...checkTags({}, input.Tags ?? {}) },
  };
  const starts = await checkSource(ctx, mapping, version.configuration);
  const table = ctx.table(eventSourceMappings);
  const twin = table
    .rows()
    .find((one) => EventSourceArn && one.EventSourceArn === EventSourceArn && one.FunctionArn === FunctionArn);
  if (twin) {
    throw conflict(
      `An event source mapping with event source arn (" ${EventSourceArn} ") and function (" ${name.name} ") already exists. Please update or delete the existing mapping with UUID ${twin.UUID}`,
    );
  }
  table.put([UUID], mapping);
  if (enabled) beginPolling(ctx, mapping, starts);
  if (mapping.TumblingWindowInSeconds) {
    const message = `${FunctionArn}: batches of ${EventSourceArn} do not come by tumbling windows, and carry no state.`;
    ctx.emit("notice", { service: "lambda", message });
  }
  if (!polled)
    ctx.emit("notice", { service: "lambda", message: `${FunctionArn}: ${NOT_POLLED} (${EventSourceArn ?? "Kafka"}).` });
  return shown(mapping);
};

function existing(ctx: Context, id: string | undefined): Mapping {
  const mapping = ctx.table(eventSourceMappings).get(id ?? "");
  if (mapping) return mapping;
  throw notFound("The resource you requested does not exist.");
}

export const getEventSourceMapping: Handler<Lambda, "GetEventSourceMapping"> = (input, ctx) =>
  shown(existing(ctx, input.UUID));

export const listEventSourceMappings: Handler<Lambda, "ListEventSourceMappings"> = (input, ctx) => {
  const arn = input.FunctionName ? functionArn(ctx, parseFunctionName(ctx, input.FunctionName)) : undefined;
  const { items, NextMarker } = page(ctx.table(eventSourceMappings), input, (mapping) => {
    const wanted =
      (!arn || mapping.FunctionArn === arn) &&
      (!input.EventSourceArn || mapping.EventSourceArn === input.EventSourceArn);
    return wanted ? shown(mapping) : undefined;
  });
  return { EventSourceMappings: items, NextMarker };
};

export const updateEventSourceMapping: Handler<Lambda, "UpdateEventSourceMapping"> = async (input, ctx) => {
  const before = existing(ctx, input.UUID);
  const settings = plain(input);
  checkSettings({ ...before, ...settings });
  const { name, version } = getVersion(ctx, input.FunctionName ?? before.FunctionArn);
  const enabled = input.Enabled ?? before.State === "Enabled";
  const starts = enabled ? await checkSource(ctx, before, version.configuration) : [];
  const next: Mapping = {
    ...existing(ctx, input.UUID),
    ...settings,
    FunctionArn: functionArn(ctx, name),
    LastModified: new Date(ctx.now()),
    State: enabled ? "Enabled" : "Disabled",
  };
  ctx.table(eventSourceMappings).put([next.UUID], next);
  ctx.memory(pollers).stop(next.UUID);
  if (enabled) beginPolling(ctx, next, starts);
  return shown(next);
};

export const deleteEventSourceMapping: Handler<Lambda, "DeleteEventSourceMapping"> = (input, ctx) => {
  const mapping = existing(ctx, input.UUID);
  ctx.table(eventSourceMappings).delete(mapping.UUID);
  ctx.table(checkpoints).clear({ prefix: [mapping.UUID] });
  ctx.memory(pollers).stop(mapping.UUID);
  return { ...shown(mapping), State: "Deleting" };
};
