/** EnableKinesisStreamingDestination and the other operations on the Kinesis streams that a table's changes are for. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { validation } from "./attribute-value.js";
import { checkMembers, TABLE_NAME } from "./constraints.js";
import { getTable, saveTable } from "./storage.js";
import type { KinesisDestination, TableLayout } from "./table.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const TARGET = { TableName: TABLE_NAME, StreamArn: { required: true, minLength: 37, maxLength: 1024 } };
const PRECISIONS = ["MICROSECOND", "MILLISECOND"];

function save(ctx: Context, table: TableLayout, arn: string, destination: KinesisDestination): void {
  saveTable(ctx, { ...table.row, kinesis: { ...table.row.kinesis, [arn]: destination } }, table);
}

function activeDestination({ row }: TableLayout, arn: string): KinesisDestination {
  const found = row.kinesis?.[arn];
  if (found?.active) return found;
  throw new AwsError(
    "ResourceNotFoundException",
    `Requested resource not found: Kinesis stream ${arn} is no active destination of table ${row.name}`,
  );
}

// Differs from AWS: recorded only; no changes are sent, and the notice says so.
export const enableKinesisStreamingDestination: Handler<Dynamo, "EnableKinesisStreamingDestination"> = (input, ctx) => {
  checkMembers(input, TARGET);
  const arn = input.StreamArn as string;
  const { ApproximateCreationDateTimePrecision: precision = "MILLISECOND" } =
    input.EnableKinesisStreamingConfiguration ?? {};
  checkPrecision(precision);
  if (arn.split(":")[2] !== "kinesis") throw validation(`Invalid Kinesis stream ARN: ${arn}`);
  const table = getTable(ctx, input.TableName as string);
  if (table.row.kinesis?.[arn]?.active) {
    throw new AwsError(
      "ResourceInUseException",
      `Table ${table.row.name} already has Kinesis stream ${arn} as an active destination`,
    );
  }
  save(ctx, table, arn, { active: true, precision });
  ctx.emit("notice", { service: "dynamodb", message: `${table.row.name}: its changes are not sent to ${arn}.` });
  return {
    TableName: table.row.name,
    StreamArn: arn,
    DestinationStatus: "ENABLING",
    EnableKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision },
  };
};

function checkPrecision(precision: string | undefined): void {
  checkMembers(
    { ApproximateCreationDateTimePrecision: precision },
    { ApproximateCreationDateTimePrecision: { required: true, oneOf: PRECISIONS } },
    "kinesisStreamingConfiguration.",
  );
}

export const disableKinesisStreamingDestination: Handler<Dynamo, "DisableKinesisStreamingDestination"> = (
  input,
  ctx,
) => {
  checkMembers(input, TARGET);
  const arn = input.StreamArn as string;
  const table = getTable(ctx, input.TableName as string);
  save(ctx, table, arn, { ...activeDestination(table, arn), active: false });
  return { TableName: table.row.name, StreamArn: arn, DestinationStatus: "DISABLING" };
};

export const updateKinesisStreamingDestination: Handler<Dynamo, "UpdateKinesisStreamingDestination"> = (input, ctx) => {
  checkMembers(input, TARGET);
  const arn = input.StreamArn as string;
  const { ApproximateCreationDateTimePrecision: precision } = input.UpdateKinesisStreamingConfiguration ?? {};
  checkPrecision(precision);
  const table = getTable(ctx, input.TableName as string);
  const before = activeDestination(table, arn);
  if (before.precision === precision) {
    throw validation(
      `Invalid Request: Precision is already set to the desired value of ${precision} for tableId: ${table.row.id}, kdsArn: ${arn}`,
    );
  }
  save(ctx, table, arn, { ...before, precision: precision as string });
  return {
    TableName: table.row.name,
    StreamArn: arn,
    DestinationStatus: "UPDATING",
    UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision },
  };
};

export const describeKinesisStreamingDestination: Handler<Dynamo, "DescribeKinesisStreamingDestination"> = (
  input,
  ctx,
) => {
  checkMembers(input, { TableName: TABLE_NAME });
  const { row } = getTable(ctx, input.TableName as string);
  return {
    TableName: row.name,
    KinesisDataStreamDestinations: Object.entries(row.kinesis ?? {}).map(([StreamArn, { active, precision }]) => ({
      StreamArn,
      DestinationStatus: active ? "ACTIVE" : "DISABLED",
      ApproximateCreationDateTimePrecision: precision as "MILLISECOND",
    })),
  };
};
