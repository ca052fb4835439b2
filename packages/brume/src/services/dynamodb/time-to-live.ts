/** Time to live: items that go when the time in one of their attributes has come. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { validation } from "./attribute-value.js";
import { checkMembers, TABLE_NAME } from "./constraints.js";
import { expirations, forgetExpiry, type SweepPayload, scheduleSweep, sweeps, trackExpiry } from "./expiry.js";
import { writeItem } from "./item-rows.js";
import { rowKey } from "./keys.js";
import { otherMembers } from "./replicas/group.js";
import { getTable, saveTable, tables } from "./storage.js";
import { itemsIn, readRow } from "./stored-item.js";
import { layoutOf, type TableLayout, type TableRow } from "./table.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const SWEEP_LIMIT = 1000;

/**
 * Deletes the items of a table whose time has come.
 * Differs from AWS: at that time, not within days after it.
 */
export function expire(payload: SweepPayload, ctx: Context): void {
  const row = ctx.table(tables, payload).get(payload.table);
  if (!row) return;
  const table = layoutOf(row, payload.account, payload.region);
  const now = ctx.now();
  ctx.table(sweeps, table).delete(table.prefix);
  const rows = ctx.table(expirations, table);
  for (const { key } of rows.rows({ prefix: [table.prefix], before: [now + 1], limit: SWEEP_LIMIT })) {
    const rowAt = rowKey(table.prefix, table.schema, key);
    const item = readRow(ctx, table, rowAt);
    if (item) writeItem(ctx, table, rowAt, item, undefined, true);
  }
  const [next] = rows.rows({ prefix: [table.prefix], limit: 1 });
  if (next) scheduleSweep(ctx, table, Math.max(next.at, now));
}

export const updateTimeToLive: Handler<Dynamo, "UpdateTimeToLive"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME, TimeToLiveSpecification: { required: true } });
  const { AttributeName, Enabled } = input.TimeToLiveSpecification ?? {};
  checkMembers(
    { AttributeName, Enabled },
    { AttributeName: { required: true, minLength: 1, maxLength: 255 }, Enabled: { required: true } },
    "timeToLiveSpecification.",
  );
  const table = getTable(ctx, input.TableName as string);
  const { timeToLive } = table.row;
  if (timeToLive !== undefined && timeToLive !== AttributeName) {
    throw validation(`TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive}`);
  }
  if (Enabled === (timeToLive !== undefined)) {
    throw validation(`TimeToLive is already ${Enabled ? "enabled" : "disabled"}`);
  }
  for (const member of [table, ...otherMembers(ctx, table)])
    setTimeToLive(ctx, member, Enabled ? AttributeName : undefined);
  return { TimeToLiveSpecification: { AttributeName, Enabled } };
};

function setTimeToLive(ctx: Context, table: TableLayout, attribute: string | undefined): void {
  const { timeToLive: _, ...row } = table.row;
  const updated: TableRow = attribute === undefined ? row : { ...row, timeToLive: attribute };
  saveTable(ctx, updated, table);
  if (attribute === undefined) {
    forgetExpiry(ctx, table);
    return;
  }
  const watched = layoutOf(updated, table.account, table.region);
  for (const item of itemsIn(ctx, table)) {
    trackExpiry(ctx, watched, undefined, item);
  }
}

export const describeTimeToLive: Handler<Dynamo, "DescribeTimeToLive"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME });
  const { timeToLive } = getTable(ctx, input.TableName as string).row;
  return {
    TimeToLiveDescription:
      timeToLive === undefined
        ? { TimeToLiveStatus: "DISABLED" }
        : { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive },
  };
};
