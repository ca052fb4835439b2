/** UpdateContributorInsights, DescribeContributorInsights and ListContributorInsights. */

import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { validation } from "./attribute-value.js";
import { checkMembers, INDEX_NAME, TABLE_NAME } from "./constraints.js";
import { getTable, saveTable, tables } from "./storage.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const MAX_PAGE = 100;
const MODES = ["ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"];

function checkIndex(table: ReturnType<typeof getTable>, index: string | undefined): void {
  if (index !== undefined && !table.indexes.some(({ name }) => name === index)) {
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: Index: ${index} not found`);
  }
}

export const describeContributorInsights: Handler<Dynamo, "DescribeContributorInsights"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME, IndexName: INDEX_NAME });
  const table = getTable(ctx, input.TableName as string);
  checkIndex(table, input.IndexName);
  const { row } = table;
  const insights = row.insights?.[input.IndexName ?? ""];
  return {
    TableName: row.name,
    ...(input.IndexName === undefined ? {} : { IndexName: input.IndexName }),
    ContributorInsightsStatus: insights ? "ENABLED" : "DISABLED",
    ...(insights
      ? {
          ContributorInsightsMode: insights.mode as "THROTTLED_KEYS",
          LastUpdateDateTime: new Date(insights.since),
        }
      : {}),
  };
};

// Differs from AWS: recorded only; there are no insights to look at.
export const updateContributorInsights: Handler<Dynamo, "UpdateContributorInsights"> = (input, ctx) => {
  checkMembers(input, {
    TableName: TABLE_NAME,
    IndexName: INDEX_NAME,
    ContributorInsightsAction: { required: true, oneOf: ["ENABLE", "DISABLE"] },
    ContributorInsightsMode: { oneOf: MODES },
  });
  const table = getTable(ctx, input.TableName as string);
  const { IndexName: index = "" } = input;
  checkIndex(table, input.IndexName);
  const { [index]: _, ...others } = table.row.insights ?? {};
  const mode = input.ContributorInsightsMode ?? "ACCESSED_AND_THROTTLED_KEYS";
  const enabled = input.ContributorInsightsAction === "ENABLE";
  const insights = enabled ? { ...others, [index]: { mode, since: ctx.now() } } : others;
  saveTable(ctx, { ...table.row, insights }, table);
  return {
    TableName: table.row.name,
    ...(index === "" ? {} : { IndexName: index }),
    ContributorInsightsStatus: enabled ? "ENABLING" : "DISABLING",
    ...(enabled ? { ContributorInsightsMode: mode } : {}),
  };
};

export const listContributorInsights: Handler<Dynamo, "ListContributorInsights"> = (input, ctx) => {
  checkMembers(input, { TableName: { ...TABLE_NAME, required: false }, MaxResults: { max: MAX_PAGE } });
  const { NextToken: token = "0", MaxResults: limit = MAX_PAGE } = input;
  const rows = input.TableName === undefined ? ctx.table(tables).rows() : [getTable(ctx, input.TableName).row];
  const all = rows.flatMap(({ name, insights = {} }) =>
    Object.entries(insights).map(([index, { mode }]) => ({
      TableName: name,
      ...(index === "" ? {} : { IndexName: index }),
      ContributorInsightsStatus: "ENABLED" as const,
      ContributorInsightsMode: mode as "THROTTLED_KEYS",
    })),
  );
  if (!/^\d{1,9}$/.test(token)) throw validation("Invalid NextToken");
  const start = Number(token);
  const end = start + Math.max(1, limit);
  return {
    ContributorInsightsSummaries: all.slice(start, end),
    ...(end < all.length ? { NextToken: String(end) } : {}),
  };
};
