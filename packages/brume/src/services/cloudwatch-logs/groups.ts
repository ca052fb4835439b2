/** The operations on log groups. See the CloudWatch Logs API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, invalid, page } from "./constraints.js";
import { metricFilters, subscriptionFilters } from "./filters.js";
import { resourcePolicies } from "./policies.js";
import { Regex } from "./regex/regex.js";
import { RegexError } from "./regex/syntax.js";
import { cancelExpiry, expire, rescheduleExpiry } from "./retention.js";
import { setTags } from "./set-tags.js";
import {
  batches,
  CLASSES,
  changeGroup,
  checkGroupName,
  getGroup,
  groupArn,
  groupGiven,
  groupNameOf,
  type LogGroup,
  logGroups,
  logStreams,
} from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const createLogGroup: Handler<Logs, "CreateLogGroup"> = (input, ctx) => {
  const name = checkGroupName(input.logGroupName);
  const logClass = input.logGroupClass ?? "STANDARD";
  check("logGroupClass", logClass, { oneOf: CLASSES });
  const tags = setTags({}, input.tags ?? {});
  if (ctx.table(logGroups).has(name))
    throw new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");
  ctx.table(logGroups).put([name], {
    name,
    createdAt: ctx.now(),
    class: logClass,
    kmsKeyId: input.kmsKeyId,
    tags,
    deletionProtected: input.deletionProtectionEnabled ?? false,
    metricFilters: 0,
    subscriptions: 0,
  });
  return {};
};

export const deleteLogGroup: Handler<Logs, "DeleteLogGroup"> = (input, ctx) => {
  const group = getGroup(ctx, groupNameOf(input.logGroupName));
  if (group.deletionProtected) {
    throw new AwsError("ValidationException", "Cannot delete a log group that has deletion protection enabled.");
  }
  const { name } = group;
  for (const table of [batches, logStreams]) ctx.table<unknown>(table).clear({ prefix: [name] });
  ctx.table(resourcePolicies).clear({ prefix: [groupArn(ctx, name)] });
  cancelExpiry(ctx, name);
  ctx.table(metricFilters).clear({ prefix: [name] });
  ctx.table(subscriptionFilters).clear({ prefix: [name] });
  ctx.table(logGroups).delete(name);
  return {};
};

/** Deletes a stream and its events. */
export function deleteStream(ctx: Context, group: string, stream: string): void {
  ctx.table(batches).clear({ prefix: [group, stream] });
  ctx.table(logStreams).delete(group, stream);
}

function storedBytes(ctx: Context, name: string): number {
  const streams = ctx.table(logStreams).rows({ prefix: [name] });
  return streams.reduce((sum, stream) => sum + stream.storedBytes, 0);
}

function groupAnswer(ctx: Context, group: LogGroup) {
  const arn = groupArn(ctx, group.name);
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    retentionInDays: group.retentionDays,
    metricFilterCount: group.metricFilters,
    arn: `${arn}:*`,
    storedBytes: storedBytes(ctx, group.name),
    kmsKeyId: group.kmsKeyId,
    dataProtectionStatus: group.dataProtection === undefined ? undefined : ("ACTIVATED" as const),
    logGroupArn: arn,
    logGroupClass: group.class,
    deletionProtectionEnabled: group.deletionProtected,
  };
}

export const describeLogGroups: Handler<Logs, "DescribeLogGroups"> = (input, ctx) => {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: part, logGroupIdentifiers, logGroupClass } = input;
  if (prefix !== undefined && part !== undefined)
    throw invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  const named = logGroupIdentifiers?.map((identifier) => groupNameOf(identifier));
  const found = ctx
    .table(logGroups)
    .rows()
    .filter(({ name }) => prefix === undefined || name.startsWith(prefix))
    .filter(({ name }) => part === undefined || name.toLowerCase().includes(part.toLowerCase()))
    .filter(({ name }) => named === undefined || named.includes(name))
    .filter((group) => logGroupClass === undefined || group.class === logGroupClass);
  const { items, nextToken } = page(found, input);
  return { logGroups: items.map((group) => groupAnswer(ctx, group)), nextToken };
};

export const listLogGroups: Handler<Logs, "ListLogGroups"> = (input, ctx) => {
  const { logGroupNamePattern: pattern, logGroupClass } = input;
  const test = pattern === undefined ? undefined : namePattern(pattern);
  const found = ctx
    .table(logGroups)
    .rows()
    .filter(({ name }) => !test || test.test(name))
    .filter((group) => logGroupClass === undefined || group.class === logGroupClass);
  const { items, nextToken } = page(found, input, 1000);
  return {
    logGroups: items.map(({ name, class: logClass }) => ({
      logGroupName: name,
      logGroupArn: groupArn(ctx, name),
      logGroupClass: logClass,
    })),
    nextToken,
  };
};

/** @throws AwsError `InvalidParameterException` for what is no regular expression */
function namePattern(pattern: string): Regex {
  try {
    return new Regex(pattern);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw invalid("The logGroupNamePattern is not a valid regular expression.");
  }
}

export const putRetentionPolicy: Handler<Logs, "PutRetentionPolicy"> = (input, ctx) => {
  check("retentionInDays", input.retentionInDays, { oneOf: RETENTION_DAYS });
  return changeRetention(ctx, getGroup(ctx, input.logGroupName), input.retentionInDays);
};

export const deleteRetentionPolicy: Handler<Logs, "DeleteRetentionPolicy"> = (input, ctx) =>
  changeRetention(ctx, getGroup(ctx, input.logGroupName), undefined);

function changeRetention(ctx: Context, group: LogGroup, retentionDays: number | undefined) {
  // What has expired under the policy so far does not come back under another.
  expire({ group: group.name }, ctx);
  rescheduleExpiry(ctx, { ...group, retentionDays });
  return changeGroup(ctx, group, { retentionDays });
}

export const associateKmsKey: Handler<Logs, "AssociateKmsKey"> = (input, ctx) => {
  check("kmsKeyId", input.kmsKeyId, { max: 256 });
  const group = groupGiven(ctx, input.logGroupName, input.resourceIdentifier, "resourceIdentifier");
  return changeGroup(ctx, group, { kmsKeyId: input.kmsKeyId });
};

export const disassociateKmsKey: Handler<Logs, "DisassociateKmsKey"> = (input, ctx) => {
  const group = groupGiven(ctx, input.logGroupName, input.resourceIdentifier, "resourceIdentifier");
  return changeGroup(ctx, group, { kmsKeyId: undefined });
};

export const putLogGroupDeletionProtection: Handler<Logs, "PutLogGroupDeletionProtection"> = (input, ctx) =>
  changeGroup(ctx, getGroup(ctx, groupNameOf(input.logGroupIdentifier)), {
    deletionProtected: input.deletionProtectionEnabled ?? false,
  });

// Differs from AWS: a data protection policy is stored, but nothing is masked.
export const putDataProtectionPolicy: Handler<Logs, "PutDataProtectionPolicy"> = (input, ctx) => {
  const group = getGroup(ctx, groupNameOf(input.logGroupIdentifier));
  check("policyDocument", input.policyDocument, {});
  changeGroup(ctx, group, { dataProtection: input.policyDocument });
  return {
    logGroupIdentifier: input.logGroupIdentifier,
    policyDocument: input.policyDocument,
    lastUpdatedTime: ctx.now(),
  };
};

export const getDataProtectionPolicy: Handler<Logs, "GetDataProtectionPolicy"> = (input, ctx) => {
  const { dataProtection } = getGroup(ctx, groupNameOf(input.logGroupIdentifier));
  return { logGroupIdentifier: input.logGroupIdentifier, policyDocument: dataProtection };
};

export const deleteDataProtectionPolicy: Handler<Logs, "DeleteDataProtectionPolicy"> = (input, ctx) =>
  changeGroup(ctx, getGroup(ctx, groupNameOf(input.logGroupIdentifier)), { dataProtection: undefined });
