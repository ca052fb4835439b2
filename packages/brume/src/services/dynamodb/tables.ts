/** CreateTable, DescribeTable, ListTables and DeleteTable. */
import type { CreateTableInput, SSESpecification, StreamSpecification } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { encodeKey } from "../../kernel/store.js";
import { validation } from "./attribute-value.js";
import { checkMembers, NEW_TABLE_NAME, TABLE_NAME } from "./constraints.js";
import {
  checkAllAttributesUsed,
  checkAttributes,
  checkKeyElements,
  checkKeySchema,
  globalIndexRows,
  localIndexRows,
  onDemandOf,
  throughputOf,
  warmOf,
} from "./definition.js";
import { describe } from "./describe.js";
import { dropTable } from "./drop-table.js";
import { otherMembers } from "./replicas/group.js";
import { checkRemovable } from "./replicas/update-replicas.js";
import { newPolicy } from "./resource-policies.js";
import { getTable, saveTable, tables } from "./storage.js";
import { newLabel, syncStream } from "./streams/stream.js";
import { layoutOf, type TableRow } from "./table.js";
import { withTags } from "./tags.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

export const BILLING_MODES = ["PROVISIONED", "PAY_PER_REQUEST"];
export const TABLE_CLASSES = ["STANDARD", "STANDARD_INFREQUENT_ACCESS"];
export const VIEW_TYPES = ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"];
const MAX_PAGE = 100;

const invalid = (message: string) => validation(`One or more parameter values were invalid: ${message}`);

// Differs from AWS: a new table can be used at once.
export const createTable: Handler<Dynamo, "CreateTable"> = (input, ctx) => {
  checkMembers(input, {
    AttributeDefinitions: { required: true },
    TableName: NEW_TABLE_NAME,
    KeySchema: { required: true },
    BillingMode: { oneOf: BILLING_MODES },
    TableClass: { oneOf: TABLE_CLASSES },
  });
  refuse(input, "VectorIndexes", "GlobalTableSourceArn");
  const row = newTable(input, ctx);
  if (ctx.table(tables).has(row.name)) {
    throw new AwsError("ResourceInUseException", `Table already exists: ${row.name}`);
  }
  saveTable(ctx, row, ctx);
  const layout = layoutOf(row, ctx.account, ctx.region);
  syncStream(ctx, undefined, layout);
  return { TableDescription: describe(ctx, row, layout, "CREATING") };
};

/** @throws AwsError `NotImplemented` where a request asks for what is not here */
export function refuse<I extends object>(input: I, ...members: (keyof I & string)[]): void {
  const asked = members.find((name) => input[name] !== undefined);
  if (asked === undefined) return;
  throw new AwsError("NotImplemented", `brume does not implement ${asked} of dynamodb tables.`, { status: 501 });
}

function newTable(input: CreateTableInput, ctx: Context): TableRow {
  const attributes = input.AttributeDefinitions ?? [];
  const keySchema = input.KeySchema ?? [];
  checkAttributes(attributes);
  checkKeyElements(keySchema, "", 2);
  const provisioned = input.BillingMode !== "PAY_PER_REQUEST";
  if (!provisioned && input.ProvisionedThroughput) {
    throw invalid(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    );
  }
  if (provisioned && !input.ProvisionedThroughput) {
    throw invalid("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  }
  const throughput = input.ProvisionedThroughput ? throughputOf(input.ProvisionedThroughput) : { read: 0, write: 0 };
  checkKeySchema(keySchema, attributes);
  const localIndexes = localIndexRows(input.LocalSecondaryIndexes, keySchema, attributes);
  const globalIndexes = globalIndexRows(input.GlobalSecondaryIndexes, attributes, provisioned);
  const indexNames = [...localIndexes, ...globalIndexes].map(({ name }) => name);
  const repeated = indexNames.find((name, i) => indexNames.indexOf(name) !== i);
  if (repeated !== undefined) throw invalid(`Duplicate index name: ${repeated}`);
  checkAllAttributesUsed(attributes, keySchema, [...localIndexes, ...globalIndexes]);
  const now = ctx.now();
  const streamViewType = viewTypeOf(input.StreamSpecification);
  const encryption = encryptionOf(ctx, input.SSESpecification);
  return {
    name: input.TableName as string,
    id: uuid(),
    createdAt: now,
    attributes,
    keySchema,
    billingMode: provisioned ? "PROVISIONED" : "PAY_PER_REQUEST",
    ...(provisioned ? {} : { onDemandSince: now }),
    throughput,
    globalIndexes,
    localIndexes,
    ...(streamViewType ? { streamViewType, streamLabel: newLabel(ctx, ctx, input.TableName as string) } : {}),
    ...(encryption ? { encryption } : {}),
    ...(input.OnDemandThroughput ? { onDemand: onDemandOf(input.OnDemandThroughput) } : {}),
    ...(input.WarmThroughput ? { warm: warmOf(input.WarmThroughput) } : {}),
    ...(input.TableClass ? { tableClass: input.TableClass } : {}),
    ...(input.ResourcePolicy ? { policy: newPolicy(ctx, input.ResourcePolicy) } : {}),
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    tags: withTags({}, input.Tags ?? []),
  };
}

/** What a stream specification enables; `undefined` for none. @throws AwsError `ValidationException` */
export function viewTypeOf(given: StreamSpecification | undefined): string | undefined {
  if (!given) return undefined;
  checkMembers(
    given,
    { StreamEnabled: { required: true }, StreamViewType: { oneOf: VIEW_TYPES } },
    "streamSpecification.",
  );
  if (given.StreamEnabled && given.StreamViewType === undefined) {
    throw invalid("StreamSpecification.StreamViewType is required when StreamEnabled is true");
  }
  if (!given.StreamEnabled && given.StreamViewType !== undefined) {
    throw invalid("StreamViewType cannot be specified when StreamEnabled is false");
  }
  return given.StreamEnabled ? given.StreamViewType : undefined;
}

/** The key that a table is encrypted with; `undefined` for the one that DynamoDB owns. */
export function encryptionOf(ctx: Context, given: SSESpecification | undefined): { keyArn: string } | undefined {
  if (given?.KMSMasterKeyId !== undefined && !given.Enabled) {
    throw invalid("KMSMasterKeyId cannot be specified when SSE is disabled");
  }
  if (!given?.Enabled) return undefined;
  const id = given.KMSMasterKeyId ?? "alias/aws/dynamodb";
  if (id.startsWith("arn:")) return { keyArn: id };
  return { keyArn: ctx.arn(id.startsWith("alias/") ? id : `key/${id}`, "kms") };
}

export const describeTable: Handler<Dynamo, "DescribeTable"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME });
  const table = getTable(ctx, input.TableName as string);
  return { Table: describe(ctx, table.row, table) };
};

export const deleteTable: Handler<Dynamo, "DeleteTable"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME });
  const table = getTable(ctx, input.TableName as string);
  checkRemovable(ctx, table);
  const description = describe(ctx, table.row, table, "DELETING");
  for (const { row, ...place } of otherMembers(ctx, table)) {
    const replicas = row.replicas?.filter((region) => region !== table.region) ?? [];
    saveTable(ctx, { ...row, replicas: replicas.length > 0 ? replicas : undefined }, place);
  }
  dropTable(ctx, table);
  return { TableDescription: description };
};

export const listTables: Handler<Dynamo, "ListTables"> = (input, ctx) => {
  checkMembers(input, {
    ExclusiveStartTableName: { minLength: 3, maxLength: 255, pattern: NEW_TABLE_NAME.pattern as string },
    Limit: { min: 1, max: MAX_PAGE },
  });
  const { ExclusiveStartTableName: start, Limit: limit = MAX_PAGE } = input;
  const after = start === undefined ? undefined : encodeKey([start]);
  const names = ctx
    .table(tables)
    .rows({ after, limit: limit + 1 })
    .map(({ name }) => name);
  if (names.length <= limit) return { TableNames: names };
  const page = names.slice(0, limit);
  return { TableNames: page, LastEvaluatedTableName: page.at(-1) };
};
