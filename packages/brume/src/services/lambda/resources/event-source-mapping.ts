/** AWS::Lambda::EventSourceMapping */
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toBoolean, toNumber } from "../../../kernel/template-values.js";
import { asNamed, fromTags, ifThere, toObject, toTags } from "./template-values.js";

const NUMBERS = [
  "BatchSize",
  "MaximumBatchingWindowInSeconds",
  "MaximumRecordAgeInSeconds",
  "MaximumRetryAttempts",
  "ParallelizationFactor",
  "TumblingWindowInSeconds",
];
const OTHERS = [
  "AmazonManagedKafkaEventSourceConfig",
  "DestinationConfig",
  "DocumentDBEventSourceConfig",
  "EventSourceArn",
  "FilterCriteria",
  "FunctionResponseTypes",
  "LoggingConfig",
  "MetricsConfig",
  "Queues",
  "SelfManagedEventSource",
  "SelfManagedKafkaEventSourceConfig",
  "SourceAccessConfigurations",
  "StartingPosition",
  "Topics",
];

function numbersIn(value: Json | undefined): Record<string, number> | undefined {
  const object = toObject(value);
  return object && Object.fromEntries(Object.entries(object).map(([key, one]) => [key, Number(one)]));
}

function settingsOf(desired: Properties): Record<string, unknown> {
  const timestamp = toNumber(desired.StartingPositionTimestamp);
  return {
    FunctionName: desired.FunctionName,
    Enabled: toBoolean(desired.Enabled) ?? true,
    ...Object.fromEntries(NUMBERS.map((name) => [name, toNumber(desired[name])])),
    ...Object.fromEntries(OTHERS.map((name) => [name, desired[name]])),
    BisectBatchOnFunctionError: toBoolean(desired.BisectBatchOnFunctionError),
    ScalingConfig: numbersIn(desired.ScalingConfig),
    ProvisionedPollerConfig: numbersIn(desired.ProvisionedPollerConfig),
    KMSKeyArn: desired.KmsKeyArn,
    StartingPositionTimestamp: timestamp === undefined ? undefined : new Date(timestamp * 1000),
  };
}

async function read({ Id, FunctionName }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await ifThere(
    ctx.call<EventSourceMappingConfiguration>("lambda", "GetEventSourceMapping", { UUID: Id }),
  );
  if (!found) return undefined;
  const { Tags } = await ctx.call<{ Tags?: Record<string, string> }>("lambda", "ListTags", {
    Resource: found.EventSourceMappingArn,
  });
  const all = found as unknown as Properties;
  return {
    ...defined({
      Id,
      EventSourceMappingArn: found.EventSourceMappingArn,
      FunctionName: asNamed(FunctionName, found.FunctionArn),
      Enabled: found.State === "Enabled",
      ...Object.fromEntries([...NUMBERS, ...OTHERS].map((name) => [name, all[name]])),
      BisectBatchOnFunctionError: found.BisectBatchOnFunctionError,
      ScalingConfig: found.ScalingConfig,
      ProvisionedPollerConfig: found.ProvisionedPollerConfig,
      KmsKeyArn: found.KMSKeyArn,
    }),
    ...fromTags(Tags),
  };
}

/** What a template no longer says goes back to what a new mapping has. */
const CLEARED: Record<string, unknown> = {
  FilterCriteria: { Filters: [] },
  FunctionResponseTypes: [],
  MaximumBatchingWindowInSeconds: 0,
  ScalingConfig: {},
  DestinationConfig: {},
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: false,
  TumblingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  KMSKeyArn: "",
};

export default defineResource({
  async create(desired, ctx) {
    const { UUID = "" } = await ctx.call<EventSourceMappingConfiguration>("lambda", "CreateEventSourceMapping", {
      ...settingsOf(desired),
      Tags: toTags(desired.Tags),
    });
    return (await read({ ...desired, Id: UUID }, ctx)) ?? { Id: UUID };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const { Id, EventSourceMappingArn: Resource } = actual;
    const settings = settingsOf(desired);
    for (const [name, value] of Object.entries(CLEARED)) {
      if (previous[name === "KMSKeyArn" ? "KmsKeyArn" : name] !== undefined) settings[name] ??= value;
    }
    await ctx.call("lambda", "UpdateEventSourceMapping", { ...settings, UUID: Id });
    const [before, after] = [toTags(actual.Tags), toTags(desired.Tags)];
    const TagKeys = Object.keys(before).filter((key) => !(key in after));
    if (TagKeys.length > 0) await ctx.call("lambda", "UntagResource", { Resource, TagKeys });
    if (Object.keys(after).length > 0) await ctx.call("lambda", "TagResource", { Resource, Tags: after });
    return (await read({ ...desired, Id: Id as string }, ctx)) ?? { Id: Id as string };
  },
  async delete({ Id }, ctx) {
    await ifThere(ctx.call("lambda", "DeleteEventSourceMapping", { UUID: Id }));
  },
  async list(ctx) {
    const { EventSourceMappings = [] } = await ctx.call<{ EventSourceMappings?: { UUID: string }[] }>(
      "lambda",
      "ListEventSourceMappings",
      {},
    );
    return EventSourceMappings.map(({ UUID }) => ({ Id: UUID }));
  },
});
