/** UpdateContinuousBackups and DescribeContinuousBackups: whether a table can be restored to any time. */
import type { ContinuousBackupsDescription } from "@aws-sdk/client-dynamodb";
import type { Handler } from "../../../kernel/service.js";
import { checkMembers, TABLE_NAME } from "../constraints.js";
import { getNamedTable, saveTable } from "../storage.js";
import type { TableRow } from "../table.js";
import { forgetLog, restorableTimes, watchLog } from "./recovery-log.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const DEFAULT_DAYS = 35;

export const describeContinuousBackups: Handler<Dynamo, "DescribeContinuousBackups"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME });
  const { row } = getNamedTable(ctx, input.TableName as string);
  return { ContinuousBackupsDescription: describe(row, ctx.now()) };
};

export const updateContinuousBackups: Handler<Dynamo, "UpdateContinuousBackups"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME, PointInTimeRecoverySpecification: { required: true } });
  const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days } =
    input.PointInTimeRecoverySpecification ?? {};
  checkMembers(
    { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days },
    { PointInTimeRecoveryEnabled: { required: true }, RecoveryPeriodInDays: { min: 1, max: DEFAULT_DAYS } },
    "pointInTimeRecoverySpecification.",
  );
  const table = getNamedTable(ctx, input.TableName as string);
  const { recovery, ...rest } = table.row;
  const since = recovery?.since ?? ctx.now();
  const row: TableRow = enabled ? { ...rest, recovery: { since, days: days ?? recovery?.days ?? DEFAULT_DAYS } } : rest;
  if (enabled && !recovery) watchLog(ctx, table);
  if (!enabled && recovery) forgetLog(ctx, table);
  saveTable(ctx, row, table);
  return { ContinuousBackupsDescription: describe(row, ctx.now()) };
};

function describe({ recovery }: TableRow, now: number): ContinuousBackupsDescription {
  if (!recovery) {
    return {
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "DISABLED" },
    };
  }
  const { earliest, latest } = restorableTimes(recovery, now);
  return {
    ContinuousBackupsStatus: "ENABLED",
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: "ENABLED",
      RecoveryPeriodInDays: recovery.days,
      EarliestRestorableDateTime: new Date(earliest),
      LatestRestorableDateTime: new Date(latest),
    },
  };
}
