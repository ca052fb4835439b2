/** The operations on policies for a whole account: one that subscribes all its log groups is applied, others are stored. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, invalid, notFound } from "./constraints.js";
import { checkDestination, isOwnGroup } from "./destinations.js";
import { compileFilter } from "./filter-pattern.js";
import type { SubscriptionFilter } from "./filters.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

/** The kinds of policies, and how many of each an account can have in a region. */
const TYPES = {
  DATA_PROTECTION_POLICY: 1,
  SUBSCRIPTION_FILTER_POLICY: 1,
  FIELD_INDEX_POLICY: 20,
  TRANSFORMER_POLICY: 20,
  METRIC_EXTRACTION_POLICY: 20,
} as const;
type PolicyType = keyof typeof TYPES;

interface AccountPolicy {
  readonly policyName: string;
  readonly policyDocument: string;
  readonly policyType: PolicyType;
  readonly scope: "ALL";
  readonly selectionCriteria?: string | undefined;
  readonly lastUpdatedTime: number;
}

/** [type, name] */
const accountPolicies = defineTable<AccountPolicy>("logs/account-policies");
const MAX_DOCUMENT = 30_720;
/** What says which log groups a subscription is not for. */
const EXCEPTIONS = /^\s*LogGroupName\s+NOT\s+IN\s*(\[.*\])\s*$/s;

interface SubscriptionDocument {
  DestinationArn?: string;
  RoleArn?: string;
  FilterPattern?: string;
  Distribution?: "ByLogStream" | "Random";
}

// Differs from AWS: policies of other types than SUBSCRIPTION_FILTER_POLICY are stored, but nothing is done about them.
export const putAccountPolicy: Handler<Logs, "PutAccountPolicy"> = (input, ctx) => {
  check("policyName", input.policyName, { min: 1, max: 256 });
  check("policyDocument", input.policyDocument, { min: 1, max: MAX_DOCUMENT });
  const policy: AccountPolicy = {
    policyName: input.policyName as string,
    policyType: input.policyType as PolicyType,
    policyDocument: input.policyDocument as string,
    scope: "ALL",
    selectionCriteria: input.selectionCriteria,
    lastUpdatedTime: ctx.now(),
  };
  const document = parsed(policy.policyDocument);
  if (policy.policyType === "SUBSCRIPTION_FILTER_POLICY") checkSubscription(ctx, document, policy.selectionCriteria);
  const table = ctx.table(accountPolicies);
  const { policyType, policyName } = policy;
  if (!table.has(policyType, policyName) && table.count({ prefix: [policyType] }) >= TYPES[policyType])
    throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  table.put([policyType, policyName], policy);
  return { accountPolicy: { ...policy, accountId: ctx.account } };
};

function parsed(text: string): object {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === "object" && document !== null) return document;
  } catch {
    // Refused below, as what is no object is.
  }
  throw invalid("Policy document is not valid JSON.");
}

function checkSubscription(ctx: Context, document: SubscriptionDocument, criteria: string | undefined): void {
  const { DestinationArn, FilterPattern, Distribution } = document;
  if (typeof DestinationArn !== "string") throw invalid("The policy document must have a DestinationArn.");
  checkDestination(ctx, DestinationArn);
  if (FilterPattern !== undefined) compileFilter(String(FilterPattern));
  if (Distribution !== undefined) check("Distribution", Distribution, { oneOf: ["ByLogStream", "Random"] });
  if (criteria !== undefined && !Array.isArray(exceptions(criteria))) throw invalid("Invalid selectionCriteria.");
}

function exceptions(criteria: string): unknown {
  try {
    return JSON.parse(EXCEPTIONS.exec(criteria)?.[1] ?? "");
  } catch {
    return undefined;
  }
}

/** The filter by which the account subscribes a log group, if it does. */
export function accountSubscription(ctx: Context, group: string): SubscriptionFilter | undefined {
  const [policy] = ctx.table(accountPolicies).rows({ prefix: ["SUBSCRIPTION_FILTER_POLICY"], limit: 1 });
  if (!policy) return undefined;
  const {
    DestinationArn = "",
    RoleArn,
    FilterPattern,
    Distribution,
  } = parsed(policy.policyDocument) as SubscriptionDocument;
  const excepted = policy.selectionCriteria === undefined ? [] : (exceptions(policy.selectionCriteria) as string[]);
  // Differs from AWS: the destination's own log group is always left out, where AWS would deliver for ever.
  if (excepted.includes(group) || isOwnGroup(DestinationArn, group)) return undefined;
  return {
    filterName: policy.policyName,
    filterPattern: FilterPattern ?? "",
    logGroupName: group,
    destinationArn: DestinationArn,
    roleArn: RoleArn,
    distribution: Distribution ?? "Random",
    creationTime: policy.lastUpdatedTime,
  };
}

export const describeAccountPolicies: Handler<Logs, "DescribeAccountPolicies"> = (input, ctx) => {
  const accounts = input.accountIdentifiers ?? [ctx.account];
  const found = accounts
    .flatMap((account) => ctx.table(accountPolicies, { account }).rows({ prefix: [input.policyType as PolicyType] }))
    .filter(({ policyName }) => input.policyName === undefined || policyName === input.policyName);
  if (input.policyName !== undefined && found.length === 0) throw noPolicy();
  return { accountPolicies: found.map((policy) => ({ ...policy, accountId: ctx.account })) };
};

const noPolicy = () => notFound("The specified account policy does not exist.");

export const deleteAccountPolicy: Handler<Logs, "DeleteAccountPolicy"> = (input, ctx) => {
  if (!ctx.table(accountPolicies).delete(input.policyType ?? "", input.policyName ?? "")) throw noPolicy();
  return {};
};
