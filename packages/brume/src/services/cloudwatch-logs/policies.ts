/** The operations on resource policies and saved queries: both are stored only. */
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, invalid, notFound, page } from "./constraints.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

interface ResourcePolicy {
  readonly policyName: string;
  readonly policyDocument: string;
  readonly lastUpdatedTime: number;
}
interface QueryDefinition {
  readonly queryDefinitionId: string;
  readonly name: string;
  readonly queryString: string;
  readonly queryLanguage?: "CWLI" | "PPL" | "SQL" | undefined;
  readonly logGroupNames?: string[] | undefined;
  readonly lastModified: number;
}

/** [name] */
const resourcePolicies = defineTable<ResourcePolicy>("logs/resource-policies");
/** [id] */
const queryDefinitions = defineTable<QueryDefinition>("logs/query-definitions");
const MAX_POLICIES = 10;

export const putResourcePolicy: Handler<Logs, "PutResourcePolicy"> = (input, ctx) => {
  check("policyName", input.policyName, { min: 1 });
  check("policyDocument", input.policyDocument, { min: 1, max: 5120 });
  const policyName = input.policyName as string;
  const policyDocument = input.policyDocument as string;
  try {
    JSON.parse(policyDocument);
  } catch {
    throw invalid("Policy document is not valid JSON.");
  }
  const table = ctx.table(resourcePolicies);
  if (!table.has(policyName) && table.count() >= MAX_POLICIES)
    throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  const policy: ResourcePolicy = { policyName, policyDocument, lastUpdatedTime: ctx.now() };
  table.put([policyName], policy);
  return { resourcePolicy: { ...policy } };
};

export const describeResourcePolicies: Handler<Logs, "DescribeResourcePolicies"> = (input, ctx) => {
  const { items, nextToken } = page(ctx.table(resourcePolicies).rows(), input);
  return { resourcePolicies: items.map((policy) => ({ ...policy })), nextToken };
};

export const deleteResourcePolicy: Handler<Logs, "DeleteResourcePolicy"> = (input, ctx) => {
  if (!ctx.table(resourcePolicies).delete(input.policyName ?? ""))
    throw notFound(`Policy with name [${input.policyName}] does not exist.`);
  return {};
};

export const putQueryDefinition: Handler<Logs, "PutQueryDefinition"> = (input, ctx) => {
  check("name", input.name, { min: 1, max: 255 });
  check("queryString", input.queryString, { min: 1, max: 10_000 });
  const id = input.queryDefinitionId ?? uuid();
  if (input.queryDefinitionId !== undefined && !ctx.table(queryDefinitions).has(id))
    throw notFound("The specified query definition does not exist.");
  ctx.table(queryDefinitions).put([id], {
    queryDefinitionId: id,
    name: input.name as string,
    queryString: input.queryString as string,
    queryLanguage: input.queryLanguage,
    logGroupNames: input.logGroupNames,
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
