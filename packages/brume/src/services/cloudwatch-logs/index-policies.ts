/** The operations on field indexes. They are kept, and make nothing faster: queries look at all events. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, invalid, page } from "./constraints.js";
import { changeGroup, getGroup, groupArn, groupNameOf } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

const MAX_FIELDS = 20;

/** The fields that a policy says are to be indexed. @throws AwsError `InvalidParameterException` */
function fieldsOf(document: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw invalid("Policy document is not valid JSON.");
  }
  const { Fields, FieldsV2 } = (parsed ?? {}) as { Fields?: unknown; FieldsV2?: object };
  const fields = Array.isArray(Fields) ? Fields.map(String) : Object.keys(FieldsV2 ?? {});
  if (fields.length === 0) throw invalid("A field index policy has to have Fields.");
  if (fields.length > MAX_FIELDS) throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  return fields;
}

export const putIndexPolicy: Handler<Logs, "PutIndexPolicy"> = (input, ctx) => {
  check("policyDocument", input.policyDocument, { min: 1, max: 1024 });
  const group = getGroup(ctx, groupNameOf(input.logGroupIdentifier));
  const document = input.policyDocument as string;
  fieldsOf(document);
  const indexPolicy = { document, updatedAt: ctx.now() };
  changeGroup(ctx, group, { indexPolicy });
  return {
    indexPolicy: {
      logGroupIdentifier: groupArn(ctx, group.name),
      policyDocument: document,
      lastUpdateTime: indexPolicy.updatedAt,
      source: "LOG_GROUP",
    },
  };
};

export const deleteIndexPolicy: Handler<Logs, "DeleteIndexPolicy"> = (input, ctx) =>
  changeGroup(ctx, getGroup(ctx, groupNameOf(input.logGroupIdentifier)), { indexPolicy: undefined });

export const describeIndexPolicies: Handler<Logs, "DescribeIndexPolicies"> = (input, ctx) => {
  const found = (input.logGroupIdentifiers ?? []).flatMap((identifier) => {
    const { name, indexPolicy } = getGroup(ctx, groupNameOf(identifier));
    if (!indexPolicy) return [];
    const { document: policyDocument, updatedAt: lastUpdateTime } = indexPolicy;
    return [{ logGroupIdentifier: groupArn(ctx, name), policyDocument, lastUpdateTime, source: "LOG_GROUP" as const }];
  });
  const { items, nextToken } = page(found, { nextToken: input.nextToken });
  return { indexPolicies: items, nextToken };
};

export const describeFieldIndexes: Handler<Logs, "DescribeFieldIndexes"> = (input, ctx) => {
  const found = (input.logGroupIdentifiers ?? []).flatMap((identifier) => {
    const { name, indexPolicy } = getGroup(ctx, groupNameOf(identifier));
    const fields = indexPolicy ? fieldsOf(indexPolicy.document) : [];
    return fields.map((fieldIndexName) => ({
      logGroupIdentifier: groupArn(ctx, name),
      fieldIndexName,
      lastScanTime: indexPolicy?.updatedAt,
    }));
  });
  const { items, nextToken } = page(found, { nextToken: input.nextToken });
  return { fieldIndexes: items, nextToken };
};
