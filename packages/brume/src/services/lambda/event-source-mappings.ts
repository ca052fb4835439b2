/** The operations on event source mappings. See the Lambda API Reference. */
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler, Input } from "../../kernel/service.js";
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
import { isPolled, pollers, startPolling } from "./polling.js";
import { queueUrlOf } from "./sqs-source.js";
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

function checkSettings(mapping: Partial<Mapping>): void {
  const { BatchSize = 10, MaximumBatchingWindowInSeconds: window = 0, EventSourceArn = "", FilterCriteria } = mapping;
  if (BatchSize < 1) throw validationError(BatchSize, "batchSize", "Member must have value greater than or equal to 1");
  if (BatchSize > 10_000)
    throw validationError(BatchSize, "batchSize", "Member must have value less than or equal to 10000");
  if (window < 0 || window > 300) {
    throw validationError(window, "maximumBatchingWindowInSeconds", "Member must have value less than or equal to 300");
  }
  if (isPolled(EventSourceArn)) {
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

export const createEventSourceMapping: Handler<Lambda, "CreateEventSourceMapping"> = async (input, ctx) => {
  const { EventSourceArn, SelfManagedEventSource } = input;
  if (!EventSourceArn && !SelfManagedEventSource) throw invalidParameter("Unrecognized event source.");
  const settings = plain(input);
  checkSettings({ ...settings, EventSourceArn });
  const { name, version } = getVersion(ctx, input.FunctionName);
  const FunctionArn = functionArn(ctx, name);
  if (EventSourceArn && isPolled(EventSourceArn)) await checkQueue(ctx, EventSourceArn, version.configuration);
  const table = ctx.table(eventSourceMappings);
  const twin = table
    .rows()
    .find((one) => EventSourceArn && one.EventSourceArn === EventSourceArn && one.FunctionArn === FunctionArn);
  if (twin) {
    throw conflict(
      `An event source mapping with event source arn (" ${EventSourceArn} ") and function (" ${name.name} ") already exists. Please update or delete the existing mapping with UUID ${twin.UUID}`,
    );
  }
  const UUID = uuid();
  const polled = isPolled(EventSourceArn);
  const enabled = input.Enabled !== false;
  const mapping: Mapping = {
    UUID,
    EventSourceArn,
    EventSourceMappingArn: ctx.arn(`event-source-mapping:${UUID}`, "lambda"),
    BatchSize: polled ? 10 : 100,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    ...settings,
    FunctionArn,
    LastModified: new Date(ctx.now()),
    State: enabled ? "Enabled" : "Disabled",
    StateTransitionReason: "USER_INITIATED",
    LastProcessingResult: polled ? undefined : NOT_POLLED,
    tags: { ...checkTags({}, input.Tags ?? {}) },
  };
  table.put([UUID], mapping);
  if (enabled && polled) startPolling(ctx, UUID);
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
  const { EventSourceArn } = before;
  if (EventSourceArn && isPolled(EventSourceArn)) await checkQueue(ctx, EventSourceArn, version.configuration);
  const enabled = input.Enabled ?? before.State === "Enabled";
  const next: Mapping = {
    ...existing(ctx, input.UUID),
    ...settings,
    FunctionArn: functionArn(ctx, name),
    LastModified: new Date(ctx.now()),
    State: enabled ? "Enabled" : "Disabled",
  };
  ctx.table(eventSourceMappings).put([next.UUID], next);
  ctx.memory(pollers).stop(next.UUID);
  if (enabled && isPolled(EventSourceArn)) startPolling(ctx, next.UUID);
  return shown(next);
};

export const deleteEventSourceMapping: Handler<Lambda, "DeleteEventSourceMapping"> = (input, ctx) => {
  const mapping = existing(ctx, input.UUID);
  ctx.table(eventSourceMappings).delete(mapping.UUID);
  ctx.memory(pollers).stop(mapping.UUID);
  return { ...shown(mapping), State: "Deleting" };
};
