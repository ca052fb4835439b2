/** AWS::DynamoDB::Table */
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import {
  type IndexProperties,
  indexesInput,
  indexModel,
  isOn,
  type JsonRecord,
  json,
  limitsModel,
  list,
  numbers,
  record,
  tagsInput,
  warmModel,
} from "./properties.js";
import { applySettings, attachedModel, insightsModel, settingsModel } from "./settings.js";

const MAX_NAME = 255;

type Description = Record<string, Json> & { TableName: string; TableArn: string };

/** The part of CreateTable's input that UpdateTable takes as well. */
function settingsInput(desired: Properties): Record<string, unknown> {
  const throughput = numbers(desired.ProvisionedThroughput);
  const provisioned = desired.BillingMode !== "PAY_PER_REQUEST";
  return {
    BillingMode: provisioned ? "PROVISIONED" : "PAY_PER_REQUEST",
    ...(throughput ? { ProvisionedThroughput: throughput } : {}),
    ...(desired.OnDemandThroughput ? { OnDemandThroughput: numbers(desired.OnDemandThroughput) } : {}),
    ...(desired.WarmThroughput ? { WarmThroughput: numbers(desired.WarmThroughput) } : {}),
    ...(desired.TableClass ? { TableClass: desired.TableClass } : {}),
    DeletionProtectionEnabled: isOn(desired.DeletionProtectionEnabled),
  };
}

function encryptionInput(given: Json | undefined): Record<string, unknown> | undefined {
  const { SSEEnabled, SSEType, KMSMasterKeyId } = record(given);
  if (given === undefined || given === null) return undefined;
  return { Enabled: isOn(SSEEnabled), ...(SSEType ? { SSEType } : {}), ...(KMSMasterKeyId ? { KMSMasterKeyId } : {}) };
}

/** Asks for what the properties mean, so that the error names what is not there before anything is made. */
async function refuseUnbuilt(TableName: string, desired: Properties, ctx: ResourceContext): Promise<void> {
  if (desired.ImportSourceSpecification) await ctx.call("dynamodb", "ImportTable", { TableName });
}

async function create(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const TableName = (desired.TableName as string | undefined) ?? ctx.physicalName({ maxLength: MAX_NAME });
  const stream = record(desired.StreamSpecification);
  await refuseUnbuilt(TableName, desired, ctx);
  await ctx.call("dynamodb", "CreateTable", {
    TableName,
    ...(desired.VectorIndexes ? { VectorIndexes: desired.VectorIndexes } : {}),
    ...(desired.GlobalTableSourceArn ? { GlobalTableSourceArn: desired.GlobalTableSourceArn } : {}),
    AttributeDefinitions: desired.AttributeDefinitions ?? [],
    KeySchema: desired.KeySchema,
    ...settingsInput(desired),
    ...(desired.GlobalSecondaryIndexes ? { GlobalSecondaryIndexes: indexesInput(desired.GlobalSecondaryIndexes) } : {}),
    ...(desired.LocalSecondaryIndexes ? { LocalSecondaryIndexes: indexesInput(desired.LocalSecondaryIndexes) } : {}),
    ...(stream.StreamViewType
      ? { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }
      : {}),
    ...(desired.SSESpecification ? { SSESpecification: encryptionInput(desired.SSESpecification) } : {}),
    ...(desired.ResourcePolicy
      ? { ResourcePolicy: JSON.stringify(record(desired.ResourcePolicy).PolicyDocument) }
      : {}),
    Tags: tagsInput(desired.Tags),
  });
  try {
    await applySettings(ctx, TableName, {}, { ...desired, Tags: null, ResourcePolicy: null });
  } catch (error) {
    await ctx.call("dynamodb", "UpdateTable", { TableName, DeletionProtectionEnabled: false });
    await ctx.call("dynamodb", "DeleteTable", { TableName });
    throw error;
  }
  return readExisting(TableName, ctx);
}

async function read({ TableName }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  try {
    const { Table } = await ctx.call<{ Table: Description }>("dynamodb", "DescribeTable", { TableName });
    const onDemand = record(Table.BillingModeSummary).BillingMode === "PAY_PER_REQUEST";
    const encryption = record(Table.SSEDescription);
    const globals: JsonRecord[] = [];
    for (const index of list(Table.GlobalSecondaryIndexes)) {
      const insights = await insightsModel(ctx, Table.TableName, index.IndexName as string);
      globals.push({ ...indexModel(index, onDemand), ...insights });
    }
    const locals = list(Table.LocalSecondaryIndexes).map((index) => indexModel(index, true));
    const throughput = record(Table.ProvisionedThroughput);
    const model: Properties = {
      TableName: Table.TableName,
      Arn: Table.TableArn,
      AttributeDefinitions: json(Table.AttributeDefinitions),
      KeySchema: json(Table.KeySchema),
      BillingMode: onDemand ? "PAY_PER_REQUEST" : "PROVISIONED",
      DeletionProtectionEnabled: isOn(Table.DeletionProtectionEnabled),
      ...(await settingsModel(ctx, Table.TableName, Table.TableArn)),
    };
    if (!onDemand) {
      model.ProvisionedThroughput = {
        ReadCapacityUnits: throughput.ReadCapacityUnits ?? 0,
        WriteCapacityUnits: throughput.WriteCapacityUnits ?? 0,
      };
    }
    if (globals.length > 0) model.GlobalSecondaryIndexes = globals;
    if (locals.length > 0) model.LocalSecondaryIndexes = locals;
    if (Table.OnDemandThroughput) model.OnDemandThroughput = limitsModel(Table.OnDemandThroughput);
    Object.assign(model, warmModel(Table, onDemand));
    if (Table.TableClassSummary) model.TableClass = record(Table.TableClassSummary).TableClass ?? null;
    const { StreamViewType } = record(Table.StreamSpecification);
    if (StreamViewType) {
      const arn = Table.LatestStreamArn as string;
      model.StreamSpecification = { StreamViewType, ...(await attachedModel(ctx, arn)) };
      model.StreamArn = arn;
    }
    if (encryption.KMSMasterKeyArn) {
      model.SSESpecification = { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: encryption.KMSMasterKeyArn };
    }
    return model;
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

async function readExisting(TableName: string, ctx: ResourceContext): Promise<Properties> {
  return (await read({ TableName }, ctx)) ?? { TableName };
}

async function update(
  desired: Properties,
  actual: Properties,
  ctx: ResourceContext,
  previous: Properties,
): Promise<Properties> {
  const TableName = actual.TableName as string;
  await refuseUnbuilt(TableName, desired, ctx);
  const now = await readExisting(TableName, ctx);
  const change = (input: object) => ctx.call("dynamodb", "UpdateTable", { TableName, ...input });
  await updateIndexes(desired, now, change);
  const stream = record(desired.StreamSpecification).StreamViewType;
  const streamNow = record(now.StreamSpecification).StreamViewType;
  if (streamNow && stream !== streamNow) await change({ StreamSpecification: { StreamEnabled: false } });
  if (stream && stream !== streamNow) {
    await change({ StreamSpecification: { StreamEnabled: true, StreamViewType: stream } });
  }
  if (JSON.stringify(desired.SSESpecification) !== JSON.stringify(previous.SSESpecification)) {
    await change({ SSESpecification: encryptionInput(desired.SSESpecification) ?? { Enabled: false } });
  }
  // A stream that is new has nothing attached to it.
  const streamSpecification = stream === streamNow ? (now.StreamSpecification ?? null) : null;
  await applySettings(ctx, TableName, { ...now, StreamSpecification: streamSpecification }, desired);
  return readExisting(TableName, ctx);
}

/** The limits that are desired; what was limited and is no longer is set free. */
function limitsInput(
  desired: Record<string, number> | undefined,
  now: Record<string, number> | undefined,
): Record<string, number> | undefined {
  if (!desired && !now) return undefined;
  return { MaxReadRequestUnits: -1, MaxWriteRequestUnits: -1, ...desired };
}

type Change = (input: object) => Promise<unknown>;

/** One index at a time is created or deleted; capacity goes along, as its mode decides what indexes may say of theirs. */
async function updateIndexes(desired: Properties, now: Properties, change: Change): Promise<void> {
  const wanted = indexesInput(desired.GlobalSecondaryIndexes);
  const existing = indexesInput(now.GlobalSecondaryIndexes);
  const shape = ({ KeySchema, Projection }: IndexProperties) => JSON.stringify([KeySchema, Projection]);
  const kept = existing.filter((index) =>
    wanted.some((one) => one.IndexName === index.IndexName && shape(one) === shape(index)),
  );
  for (const { IndexName } of existing.filter((index) => !kept.includes(index))) {
    await change({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] });
  }
  const updates = kept.flatMap(({ IndexName }) => {
    const { ProvisionedThroughput, OnDemandThroughput, WarmThroughput } =
      wanted.find((one) => one.IndexName === IndexName) ?? {};
    const before = existing.find((one) => one.IndexName === IndexName);
    const limits = limitsInput(OnDemandThroughput, before?.OnDemandThroughput);
    const settings = {
      ...(ProvisionedThroughput ? { ProvisionedThroughput } : {}),
      ...(limits ? { OnDemandThroughput: limits } : {}),
      ...(WarmThroughput ? { WarmThroughput } : {}),
    };
    return Object.keys(settings).length > 0 ? [{ Update: { IndexName, ...settings } }] : [];
  });
  const limits = limitsInput(numbers(desired.OnDemandThroughput), numbers(now.OnDemandThroughput));
  await change({
    ...settingsInput(desired),
    ...(limits ? { OnDemandThroughput: limits } : {}),
    ...(now.TableClass && !desired.TableClass ? { TableClass: "STANDARD" } : {}),
    ...(desired.VectorIndexes ? { VectorIndexUpdates: desired.VectorIndexes } : {}),
    ...(updates.length > 0 ? { GlobalSecondaryIndexUpdates: updates } : {}),
  });
  for (const index of wanted.filter((one) => !kept.some(({ IndexName }) => IndexName === one.IndexName))) {
    await change({
      AttributeDefinitions: desired.AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
  }
}

export default defineResource({
  create,
  read,
  update,
  async delete({ TableName }, ctx) {
    await orUndefined(ctx.call("dynamodb", "DeleteTable", { TableName }), "ResourceNotFoundException");
  },
  async list(ctx) {
    const names: string[] = [];
    let start: string | undefined;
    do {
      const page = await ctx.call<{ TableNames?: string[]; LastEvaluatedTableName?: string }>(
        "dynamodb",
        "ListTables",
        start === undefined ? {} : { ExclusiveStartTableName: start },
      );
      names.push(...(page.TableNames ?? []));
      start = page.LastEvaluatedTableName;
    } while (start !== undefined);
    return names.map((TableName) => ({ TableName }));
  },
});
