/** Adds, changes and removes replicas: the `ReplicaUpdates` of UpdateTable, and the deletion of a replica. */
import type {
  CreateReplicationGroupMemberAction,
  ReplicationGroupUpdate,
  UpdateReplicationGroupMemberAction,
} from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import { uuid } from "../../../kernel/identifiers.js";
import { validation } from "../attribute-value.js";
import { checkMembers } from "../constraints.js";
import { checkUnprotected, dropTable } from "../drop-table.js";
import { copyItems } from "../item-rows.js";
import { saveTable, tables } from "../storage.js";
import { newLabel, syncStream } from "../streams/stream.js";
import { layoutOf, type ReplicaOverrides, type TableLayout, type TableRow } from "../table.js";
import { inStep, REPLICA_VIEW } from "./group.js";

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const SOURCE_MS = 24 * 3600 * 1000;

/** A global table while it is changed: what each region's table was, and what it is to be. */
export interface Group {
  /** The region of the table that the request names. */
  readonly region: string;
  readonly before: ReadonlyMap<string, TableLayout>;
  readonly rows: Map<string, TableRow>;
}

/** Performs one update on a group. @throws AwsError `ValidationException` */
export function updateReplica(ctx: Context, group: Group, { Create, Update, Delete }: ReplicationGroupUpdate): void {
  const action = Create ?? Update ?? Delete;
  const region = action?.RegionName as string;
  checkMembers({ RegionName: region }, { RegionName: { required: true } }, "replicaUpdates.");
  if (region === group.region) {
    throw validation(
      "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required.",
    );
  }
  if (Create) return create(ctx, group, Create);
  const row = group.rows.get(region);
  if (!row) {
    throw validation(
      "Update global table operation failed because one or more replicas were not part of the global table.",
    );
  }
  if (Update) {
    const local = group.rows.get(group.region) as TableRow;
    group.rows.set(region, inStep(overridden(ctx, row, Update), local));
  } else {
    const table = group.before.get(region);
    if (table) checkRemovable(ctx, table);
    group.rows.delete(region);
  }
}

function create(ctx: Context, group: Group, given: CreateReplicationGroupMemberAction): void {
  const region = given.RegionName as string;
  const local = group.rows.get(group.region) as TableRow;
  if (!REGION.test(region)) throw validation(`Region ${region} is not supported.`);
  const { account } = group.before.get(group.region) as TableLayout;
  if (group.rows.has(region) || ctx.table(tables, { account, region }).has(local.name)) {
    throw validation(
      `Failed to create a the new replica of table with name: '${local.name}' because one or more replicas already existed as tables.`,
    );
  }
  const source = withStream(ctx, group, local);
  const now = ctx.now();
  group.rows.set(group.region, { ...source, sourced: { ...source.sourced, [region]: now } });
  const { policy, kinesis, recovery, insights, restored, sourced, overrides, ...shared } = source;
  const encryption = source.encryption && { keyArn: ctx.arn("alias/aws/dynamodb", "kms", { account, region }) };
  const fresh: TableRow = {
    ...shared,
    id: uuid(),
    createdAt: now,
    deletionProtection: false,
    tags: {},
    ...(encryption ? { encryption } : {}),
    streamLabel: newLabel(ctx, { account, region }, local.name),
  };
  group.rows.set(region, inStep(overridden(ctx, fresh, given), source));
}

/** Replicas have streams: that of a table that becomes one is enabled with it. */
function withStream(ctx: Context, group: Group, row: TableRow): TableRow {
  if (row.streamViewType === REPLICA_VIEW) return row;
  if (row.streamViewType !== undefined) {
    throw validation(
      `Table ${row.name} must have a stream with the view type ${REPLICA_VIEW}, or none, to have replicas.`,
    );
  }
  const { account } = group.before.get(group.region) as TableLayout;
  const streamLabel = newLabel(ctx, { account, region: group.region }, row.name);
  return { ...row, streamViewType: REPLICA_VIEW, streamLabel };
}

/** A replica's row with what it is to have otherwise than the others. */
function overridden(ctx: Context, row: TableRow, given: UpdateReplicationGroupMemberAction): TableRow {
  const { KMSMasterKeyId: keyId, TableClassOverride: tableClass, RegionName: region } = given;
  const read = given.ProvisionedThroughputOverride?.ReadCapacityUnits;
  const onDemandRead = given.OnDemandThroughputOverride?.MaxReadRequestUnits;
  const indexes = { ...row.overrides?.indexes };
  for (const {
    IndexName = "",
    ProvisionedThroughputOverride,
    OnDemandThroughputOverride,
  } of given.GlobalSecondaryIndexes ?? []) {
    if (!row.globalIndexes.some(({ name }) => name === IndexName)) {
      throw validation(
        `One or more parameter values were invalid: The table does not have the specified index: ${IndexName}`,
      );
    }
    indexes[IndexName] = {
      ...indexes[IndexName],
      ...(ProvisionedThroughputOverride ? { read: ProvisionedThroughputOverride.ReadCapacityUnits } : {}),
      ...(OnDemandThroughputOverride ? { onDemandRead: OnDemandThroughputOverride.MaxReadRequestUnits } : {}),
    };
  }
  const overrides: ReplicaOverrides = {
    ...row.overrides,
    ...(keyId === undefined ? {} : { keyId }),
    ...(read === undefined ? {} : { read }),
    ...(onDemandRead === undefined ? {} : { onDemandRead }),
    ...(Object.keys(indexes).length > 0 ? { indexes } : {}),
  };
  return {
    ...row,
    ...(Object.keys(overrides).length > 0 ? { overrides } : {}),
    ...(tableClass === undefined ? {} : { tableClass }),
    ...(keyId === undefined
      ? {}
      : { encryption: { keyArn: keyId.startsWith("arn:") ? keyId : ctx.arn(`key/${keyId}`, "kms", { region }) } }),
  };
}

/** @throws AwsError `ValidationException` when a replica must not go */
export function checkRemovable(ctx: Context, table: TableLayout): void {
  checkUnprotected(ctx, table);
  const { sourced = {}, replicas = [] } = table.row;
  if (replicas.some((region) => (sourced[region] ?? 0) > ctx.now() - SOURCE_MS)) {
    throw validation(
      "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours.",
    );
  }
}

/** Tells each table of a group who the others are. */
export function linkMembers({ rows }: Group): void {
  const regions = [...rows.keys()].sort();
  for (const [region, { replicas: _, ...row }] of rows) {
    const others = regions.filter((other) => other !== region);
    rows.set(region, others.length > 0 ? { ...row, replicas: others } : row);
  }
}

/** Makes the tables of new replicas, and drops those that have been removed. */
export function settleReplicas(ctx: Context, { region: local, before, rows }: Group): void {
  const source = before.get(local) as TableLayout;
  for (const [region, row] of rows) {
    if (before.has(region)) continue;
    const layout = layoutOf(row, source.account, region);
    copyItems(ctx, source, layout);
    syncStream(ctx, undefined, layout);
    saveTable(ctx, row, layout);
  }
  for (const [region, table] of before) if (!rows.has(region)) dropTable(ctx, table);
}
