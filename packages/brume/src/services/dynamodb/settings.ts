/** What hangs on tables: tags, policies, contributor insights; and the limits and endpoints of the service. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { validation } from "./attribute-value.js";
import { checkMembers, TABLE_NAME } from "./constraints.js";
import { getTable, saveTable } from "./storage.js";
import type { TableLayout } from "./table.js";
import { newRevision, withTags } from "./tables.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const RESOURCE = { ResourceArn: { required: true, minLength: 1, maxLength: 1283 } };

/** The ARN in an input's `ResourceArn`, for authorization. */
export const resourceOf = (input: { ResourceArn?: string | undefined }): string => input.ResourceArn ?? "";

function tableOfArn(ctx: Context, arn: string | undefined): TableLayout {
  try {
    return getTable(ctx, arn ?? "");
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: ResourcArn: ${arn} not found`);
  }
}

export const tagResource: Handler<Dynamo, "TagResource"> = (input, ctx) => {
  checkMembers(input, { ...RESOURCE, Tags: { required: true } });
  const table = tableOfArn(ctx, input.ResourceArn);
  saveTable(ctx, { ...table.row, tags: withTags(table.row.tags, input.Tags ?? []) }, table);
  return {};
};

export const untagResource: Handler<Dynamo, "UntagResource"> = (input, ctx) => {
  checkMembers(input, { ...RESOURCE, TagKeys: { required: true } });
  const table = tableOfArn(ctx, input.ResourceArn);
  const left = Object.entries(table.row.tags).filter(([key]) => !input.TagKeys?.includes(key));
  saveTable(ctx, { ...table.row, tags: Object.fromEntries(left) }, table);
  return {};
};

export const listTagsOfResource: Handler<Dynamo, "ListTagsOfResource"> = (input, ctx) => {
  checkMembers(input, RESOURCE);
  const { tags } = tableOfArn(ctx, input.ResourceArn).row;
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
};

export const describeContributorInsights: Handler<Dynamo, "DescribeContributorInsights"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME });
  const { row } = getTable(ctx, input.TableName as string);
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
    ContributorInsightsAction: { required: true, oneOf: ["ENABLE", "DISABLE"] },
  });
  const table = getTable(ctx, input.TableName as string);
  const { IndexName: index = "" } = input;
  if (index !== "" && !table.indexes.some(({ name }) => name === index)) {
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: Index: ${index} not found`);
  }
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

export const putResourcePolicy: Handler<Dynamo, "PutResourcePolicy"> = (input, ctx) => {
  checkMembers(input, { ...RESOURCE, Policy: { required: true } });
  const table = tableOfArn(ctx, input.ResourceArn);
  checkRevision(table, input.ExpectedRevisionId, true);
  try {
    JSON.parse(input.Policy as string);
  } catch {
    throw validation("Policy document is malformed");
  }
  const revision = newRevision(ctx);
  saveTable(ctx, { ...table.row, policy: { document: input.Policy as string, revision } }, table);
  return { RevisionId: revision };
};

export const getResourcePolicy: Handler<Dynamo, "GetResourcePolicy"> = (input, ctx) => {
  checkMembers(input, RESOURCE);
  const { policy } = tableOfArn(ctx, input.ResourceArn).row;
  if (!policy) {
    throw new AwsError(
      "PolicyNotFoundException",
      `Resource-based policy not found for the provided ResourceArn: ${input.ResourceArn}`,
    );
  }
  return { Policy: policy.document, RevisionId: policy.revision };
};

export const deleteResourcePolicy: Handler<Dynamo, "DeleteResourcePolicy"> = (input, ctx) => {
  checkMembers(input, RESOURCE);
  const table = tableOfArn(ctx, input.ResourceArn);
  checkRevision(table, input.ExpectedRevisionId, false);
  const { policy, ...row } = table.row;
  if (!policy) return {};
  saveTable(ctx, row, table);
  return { RevisionId: policy.revision };
};

const NO_POLICY = "NO_POLICY";

function checkRevision({ row }: TableLayout, expected: string | undefined, mayBeNone: boolean): void {
  if (expected === undefined) return;
  const actual = row.policy?.revision ?? (mayBeNone ? NO_POLICY : undefined);
  if (expected === actual) return;
  throw new AwsError(
    "PolicyNotFoundException",
    "The policy with the provided revision ID does not exist, or its revision ID does not match.",
  );
}

export const describeLimits: Handler<Dynamo, "DescribeLimits"> = () => ({
  AccountMaxReadCapacityUnits: 80_000,
  AccountMaxWriteCapacityUnits: 80_000,
  TableMaxReadCapacityUnits: 40_000,
  TableMaxWriteCapacityUnits: 40_000,
});

export const describeEndpoints: Handler<Dynamo, "DescribeEndpoints"> = (_input, ctx) => ({
  Endpoints: [{ Address: new URL(ctx.cloud.endpoint).host, CachePeriodInMinutes: 1440 }],
});
