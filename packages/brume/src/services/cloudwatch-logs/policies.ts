/** The operations on resource policies and saved queries: both are stored only. */
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler, Input } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, invalid, notFound, page } from "./constraints.js";
import { getGroup, groupNameOf } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

interface ResourcePolicy {
  readonly policyName?: string | undefined;
  readonly policyDocument: string;
  readonly policyScope: "ACCOUNT" | "RESOURCE";
  readonly resourceArn?: string | undefined;
  readonly revisionId: string;
  readonly lastUpdatedTime: number;
}
interface QueryDefinition {
  readonly queryDefinitionId: string;
  readonly name: string;
  readonly queryString: string;
  readonly queryLanguage?: "CWLI" | "PPL" | "SQL" | undefined;
  readonly logGroupNames?: string[] | undefined;
  readonly parameters?: Input<Logs, "PutQueryDefinition">["parameters"];
  readonly lastModified: number;
}

/** [log group's ARN, name]: a policy has one of both. */
export const resourcePolicies = defineTable<ResourcePolicy>("logs/resource-policies");
/** [id] */
const queryDefinitions = defineTable<QueryDefinition>("logs/query-definitions");
const MAX_POLICIES = 10;

export const putResourcePolicy: Handler<Logs, "PutResourcePolicy"> = (input, ctx) => {
  const { policyName, resourceArn } = input;
  if (resourceArn === undefined) check("policyName", policyName, { min: 1 });
  else getGroup(ctx, groupNameOf(resourceArn));
  check("policyDocument", input.policyDocument, { min: 1, max: 5120 });
  const policyDocument = input.policyDocument as string;
  try {
    JSON.parse(policyDocument);
  } catch {
    throw invalid("Policy document is not valid JSON.");
  }
  const table = ctx.table(resourcePolicies);
  const key = keyOf(input);
  const before = table.get(...key);
  checkRevision(before, input.expectedRevisionId);
  if (!before && resourceArn === undefined && table.count({ prefix: [""] }) >= MAX_POLICIES)
    throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  const policy: ResourcePolicy = {
    policyName,
    policyDocument,
    policyScope: resourceArn === undefined ? "ACCOUNT" : "RESOURCE",
    resourceArn,
    revisionId: uuid(),
    lastUpdatedTime: ctx.now(),
  };
  table.put(key, policy);
  return { resourcePolicy: { ...policy }, revisionId: policy.revisionId };
};

const keyOf = ({
  policyName = "",
  resourceArn,
}: {
  policyName?: string | undefined;
  resourceArn?: string | undefined;
}) => (resourceArn === undefined ? (["", policyName] as const) : ([resourceArn, ""] as const));

function checkRevision(policy: ResourcePolicy | undefined, expected: string | undefined): void {
  if (expected !== undefined && policy?.revisionId !== expected)
    throw new AwsError("ValidationException", "The revision of the policy is not the one that was expected.");
}

export const describeResourcePolicies: Handler<Logs, "DescribeResourcePolicies"> = (input, ctx) => {
  const scope = input.policyScope ?? (input.resourceArn === undefined ? "ACCOUNT" : "RESOURCE");
  const found = ctx
    .table(resourcePolicies)
    .rows()
    .filter(({ policyScope }) => policyScope === scope)
    .filter(({ resourceArn }) => input.resourceArn === undefined || resourceArn === input.resourceArn);
  const { items, nextToken } = page(found, input);
  return { resourcePolicies: items.map((policy) => ({ ...policy })), nextToken };
};

export const deleteResourcePolicy: Handler<Logs, "DeleteResourcePolicy"> = (input, ctx) => {
  const key = keyOf(input);
  checkRevision(ctx.table(resourcePolicies).get(...key), input.expectedRevisionId);
  if (!ctx.table(resourcePolicies).delete(...key))
    throw notFound(`Policy with name [${input.policyName ?? input.resourceArn}] does not exist.`);
  return {};
};

export const putQueryDefinition: Handler<Logs, "PutQueryDefinition"> = (input, ctx) => {
  const id = input.queryDefinitionId ?? uuid();
  if (input.queryDefinitionId !== undefined && !ctx.table(queryDefinitions).has(id))
    throw notFound("The specified query definition does not exist.");
  ctx.table(queryDefinitions).put([id], {
    queryDefinitionId: id,
    name: input.name as string,
    queryString: input.queryString as string,
    queryLanguage: input.queryLanguage,
    logGroupNames: input.logGroupNames,
    parameters: input.parameters,
    lastModified: ctx.now(),
  });
  return { queryDefinitionId: id };
};

export const describeQueryDefinitions: Handler<Logs, "DescribeQueryDefinitions"> = (input, ctx) => {
  const found = ctx
    .table(queryDefinitions)
    .rows()
    .filter(({ name }) => name.startsWith(input.queryDefinitionNamePrefix ?? ""))
    .filter(({ queryLanguage }) => input.queryLanguage === undefined || queryLanguage === input.queryLanguage);
  const { items, nextToken } = page(found, { limit: input.maxResults, nextToken: input.nextToken }, 1000);
  return { queryDefinitions: items.map((definition) => ({ ...definition })), nextToken };
};

export const deleteQueryDefinition: Handler<Logs, "DeleteQueryDefinition"> = (input, ctx) => {
  if (!ctx.table(queryDefinitions).delete(input.queryDefinitionId ?? ""))
    throw notFound("The specified query definition does not exist.");
  return { success: true };
};
