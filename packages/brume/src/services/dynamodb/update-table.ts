/** UpdateTable. */
import type { UpdateTableInput } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { validation } from "./attribute-value.js";
import { checkMembers, TABLE_NAME } from "./constraints.js";
import { checkAttributes, checkGlobalIndexes, globalIndexRow, onDemandOf, throughputOf, warmOf } from "./definition.js";
import { describe } from "./describe.js";
import { emptyIndex, fillIndex } from "./item-rows.js";
import { inStep, otherMembers } from "./replicas/group.js";
import { type Group, linkMembers, settleReplicas, updateReplica } from "./replicas/update-replicas.js";
import { getTable, saveTable } from "./storage.js";
import { newLabel, syncStream } from "./streams/stream.js";
import { type IndexLayout, type IndexRow, layoutOf, type TableLayout, type TableRow } from "./table.js";
import { BILLING_MODES, encryptionOf, refuse, TABLE_CLASSES, viewTypeOf } from "./tables.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const CHANGES = [
  "ProvisionedThroughput",
  "BillingMode",
  "StreamSpecification",
  "GlobalSecondaryIndexUpdates",
  "SSESpecification",
  "ReplicaUpdates",
  "TableClass",
  "DeletionProtectionEnabled",
  "OnDemandThroughput",
  "WarmThroughput",
] as const;

const invalid = (message: string) => validation(`One or more parameter values were invalid: ${message}`);

export const updateTable: Handler<Dynamo, "UpdateTable"> = (input, ctx) => {
  checkMembers(input, {
    TableName: TABLE_NAME,
    BillingMode: { oneOf: BILLING_MODES },
    TableClass: { oneOf: TABLE_CLASSES },
  });
  refuse(input, "VectorIndexUpdates", "GlobalTableWitnessUpdates");
  // Eventual consistency is what replicas have anyway.
  if (input.MultiRegionConsistency === "STRONG") refuse(input, "MultiRegionConsistency");
  if (CHANGES.every((name) => input[name] === undefined)) {
    throw validation(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
    );
  }
  const table = getTable(ctx, input.TableName as string);
  let row = table.row;
  for (const step of STEPS) row = step(input, row, ctx, table);
  const before = new Map([table, ...otherMembers(ctx, table)].map((member) => [member.region, member]));
  const rows = new Map(
    [...before].map(([region, member]) => [region, member === table ? row : inStep(member.row, row)]),
  );
  const group: Group = { region: table.region, before, rows };
  for (const update of input.ReplicaUpdates ?? []) updateReplica(ctx, group, update);
  linkMembers(group);
  settleReplicas(ctx, group);
  for (const [region, member] of before) {
    const changed = rows.get(region);
    if (changed) change(ctx, member, changed);
  }
  const updated = rows.get(table.region) as TableRow;
  return { TableDescription: describe(ctx, updated, layoutOf(updated, table.account, table.region), "UPDATING") };
};

function change(ctx: Context, before: TableLayout, row: TableRow): void {
  const after = layoutOf(row, before.account, before.region);
  rebuildIndexes(ctx, before, after);
  syncStream(ctx, before, after);
  saveTable(ctx, row, before);
}

type Step = (input: UpdateTableInput, row: TableRow, ctx: Context, where: TableLayout) => TableRow;

const updateBilling: Step = (input, row, ctx) => {
  const { BillingMode: mode, ProvisionedThroughput: given } = input;
  const billingMode = mode ?? row.billingMode;
  if (billingMode === "PAY_PER_REQUEST") {
    if (given) {
      throw invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
      );
    }
    if (row.billingMode === billingMode) return row;
    const globalIndexes = row.globalIndexes.map(({ throughput: _, ...index }) => index);
    return { ...row, billingMode, onDemandSince: ctx.now(), throughput: { read: 0, write: 0 }, globalIndexes };
  }
  if (!given) {
    if (row.billingMode === billingMode) return row;
    throw invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  const throughput = throughputOf(given);
  const { read, write } = row.throughput;
  if (row.billingMode === billingMode && mode === undefined && throughput.read === read && throughput.write === write) {
    throw validation(
      `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${read}. Requested ReadCapacityUnits: ${read}. Current WriteCapacityUnits provisioned for the table: ${write}. Requested WriteCapacityUnits: ${write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
    );
  }
  return { ...row, billingMode: "PROVISIONED", throughput };
};

const updateIndexes: Step = (input, row) => {
  const updates = input.GlobalSecondaryIndexUpdates ?? [];
  if (updates.filter(({ Create, Delete }) => Create || Delete).length > 1) {
    throw new AwsError(
      "LimitExceededException",
      "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    );
  }
  const given = input.AttributeDefinitions ?? [];
  checkAttributes(given);
  const names = new Set(given.map(({ AttributeName }) => AttributeName));
  const attributes = [...row.attributes.filter(({ AttributeName }) => !names.has(AttributeName)), ...given];
  const provisioned = row.billingMode === "PROVISIONED";
  let indexes = [...row.globalIndexes];
  updates.forEach(({ Create, Update, Delete }, i) => {
    const parent = `globalSecondaryIndexUpdates.${i + 1}.member.`;
    if (Create) {
      const index = globalIndexRow(Create, `${parent}create.`, attributes, provisioned);
      if ([...indexes, ...row.localIndexes].some(({ name }) => name === index.name)) {
        throw validation(`Attempting to create an index which already exists: ${index.name}`);
      }
      indexes.push(index);
    } else if (Delete) {
      find(indexes, Delete.IndexName);
      indexes = indexes.filter(({ name }) => name !== Delete.IndexName);
    } else if (Update) {
      const index = find(indexes, Update.IndexName);
      const { ProvisionedThroughput: throughput, OnDemandThroughput: onDemand, WarmThroughput: warm } = Update;
      const updated: IndexRow = {
        ...index,
        ...(throughput ? { throughput: throughputOf(throughput, `${parent}update.provisionedThroughput.`) } : {}),
        ...(onDemand ? { onDemand: onDemandOf(onDemand, index.onDemand) } : {}),
        ...(warm ? { warm: warmOf(warm) } : {}),
      };
      indexes = indexes.map((one) => (one === index ? updated : one));
    } else {
      throw invalid(
        "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null",
      );
    }
  });
  checkGlobalIndexes(indexes);
  if (provisioned) {
    const bare = indexes.find(({ throughput }) => !throughput);
    if (bare) throw invalid(`ProvisionedThroughput must be specified for index: ${bare.name}`);
  }
  const used = new Set(
    [row.keySchema, ...[...indexes, ...row.localIndexes].map(({ keySchema }) => keySchema)]
      .flat()
      .map(({ AttributeName }) => AttributeName),
  );
  return {
    ...row,
    globalIndexes: indexes,
    attributes: attributes.filter(({ AttributeName }) => used.has(AttributeName)),
  };
};

function find(indexes: readonly IndexRow[], name: string | undefined): IndexRow {
  const index = indexes.find((one) => one.name === name);
  if (!index) {
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: Index: ${name} not found`);
  }
  return index;
}

const updateStream: Step = (input, row, ctx, where) => {
  const { StreamSpecification: given } = input;
  if (!given) return row;
  const wanted = viewTypeOf(given);
  const { streamViewType, ...rest } = row;
  if (wanted !== undefined) {
    if (streamViewType !== undefined) {
      throw validation(`Table already has an enabled stream: TableName: ${row.name}`);
    }
    return { ...rest, streamViewType: wanted, streamLabel: newLabel(ctx, where, row.name) };
  }
  if (row.replicas) throw validation(`The stream of a table with replicas cannot be disabled: TableName: ${row.name}`);
  if (streamViewType === undefined)
    throw validation(`Table is already without an enabled stream: TableName: ${row.name}`);
  return rest;
};

const updateSettings: Step = (input, row, ctx) => {
  const { encryption, ...rest } = row;
  const encrypted = input.SSESpecification ? encryptionOf(ctx, input.SSESpecification) : encryption;
  return {
    ...rest,
    ...(encrypted ? { encryption: encrypted } : {}),
    ...(input.TableClass ? { tableClass: input.TableClass } : {}),
    ...(input.OnDemandThroughput ? { onDemand: onDemandOf(input.OnDemandThroughput, row.onDemand) } : {}),
    ...(input.WarmThroughput ? { warm: warmOf(input.WarmThroughput) } : {}),
    deletionProtection: input.DeletionProtectionEnabled ?? row.deletionProtection,
  };
};

const STEPS: readonly Step[] = [updateBilling, updateIndexes, updateStream, updateSettings];

function rebuildIndexes(ctx: Context, before: TableLayout, after: TableLayout): void {
  const missing = (from: TableLayout, { name }: IndexLayout) => !from.indexes.some((index) => index.name === name);
  for (const index of before.indexes) if (missing(after, index)) emptyIndex(ctx, before, index);
  for (const index of after.indexes) if (missing(before, index)) fillIndex(ctx, after, index);
}
