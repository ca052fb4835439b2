/** Resource policies of functions: who may invoke them. See "Working with resource-based IAM policies in Lambda". */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler, Input } from "../../kernel/service.js";
import {
  checkRevision,
  conflict,
  type FoundFunction,
  findVersion,
  functionArn,
  getFunctionRow,
  invalidParameter,
  notFound,
  validationError,
} from "./names.js";
import { aliases, type Policy, policies } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

/** See "Lambda quotas": resource-based policy. */
const MAX_POLICY_BYTES = 20_480;

/** The function whose policy is meant, which must have the version or alias that is named. */
function getTarget(ctx: Context, functionName: string | undefined, qualifier: string | undefined): FoundFunction {
  const found = getFunctionRow(ctx, functionName, qualifier);
  const { name, row } = found;
  if (
    name.qualifier !== undefined &&
    !findVersion(ctx, found) &&
    !ctx.table(aliases, name).has(row.name, name.qualifier)
  ) {
    throw notFound(`Function not found: ${functionArn(ctx, name)}`);
  }
  return found;
}

const policyOf = (ctx: Context, { name, row }: FoundFunction): Policy | undefined =>
  ctx.table(policies, name).get(row.name, name.qualifier ?? "");

/** A principal as policies write it: services and accounts by what they look like. */
function principalOf(ctx: Context, principal: string): unknown {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${ctx.partition}:iam::${principal}:root` };
  return principal.startsWith("arn:") ? { AWS: principal } : { Service: principal };
}

function conditionOf(input: Input<Lambda, "AddPermission">): Record<string, unknown> | undefined {
  const StringEquals: Record<string, string> = {};
  if (input.SourceAccount) StringEquals["AWS:SourceAccount"] = input.SourceAccount;
  if (input.EventSourceToken) StringEquals["lambda:EventSourceToken"] = input.EventSourceToken;
  if (input.FunctionUrlAuthType) StringEquals["lambda:FunctionUrlAuthType"] = input.FunctionUrlAuthType;
  if (input.PrincipalOrgID) StringEquals["aws:PrincipalOrgID"] = input.PrincipalOrgID;
  const condition = {
    ...(Object.keys(StringEquals).length > 0 ? { StringEquals } : {}),
    ...(input.InvokedViaFunctionUrl === undefined
      ? {}
      : { Bool: { "lambda:InvokedViaFunctionUrl": String(input.InvokedViaFunctionUrl) } }),
    ...(input.SourceArn ? { ArnLike: { "AWS:SourceArn": input.SourceArn } } : {}),
  };
  return Object.keys(condition).length > 0 ? condition : undefined;
}

const PATTERNS: [member: "StatementId" | "Action" | "Principal", shown: string, pattern: RegExp, text: string][] = [
  ["StatementId", "statementId", /^[a-zA-Z0-9-_.]{1,100}$/, "([a-zA-Z0-9-_.]+)"],
  ["Action", "action", /^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/, "(lambda:[*]|lambda:[a-zA-Z]+|[*])"],
  ["Principal", "principal", /^[^\s]{1,256}$/, "[^\\s]+"],
];

export const addPermission: Handler<Lambda, "AddPermission"> = (input, ctx) => {
  for (const [member, shown, pattern, text] of PATTERNS) {
    if (input[member] === undefined) throw validationError("null", shown, "Member must not be null");
    if (!pattern.test(input[member])) {
      throw validationError(input[member], shown, `Member must satisfy regular expression pattern: ${text}`);
    }
  }
  const found = getTarget(ctx, input.FunctionName, input.Qualifier);
  const policy = policyOf(ctx, found);
  checkRevision(input.RevisionId, policy?.revisionId, "GetPolicy");
  if (policy?.statements.some(({ Sid }) => Sid === input.StatementId)) {
    throw conflict(
      `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  }
  const Condition = conditionOf(input);
  const statement = {
    Sid: input.StatementId as string,
    Effect: "Allow",
    Principal: principalOf(ctx, input.Principal as string),
    Action: input.Action,
    Resource: functionArn(ctx, found.name),
    ...(Condition ? { Condition } : {}),
  };
  putPolicy(ctx, found, [...(policy?.statements ?? []), statement]);
  return { Statement: JSON.stringify(statement) };
};

/** @throws AwsError `PolicyLengthExceededException` */
function putPolicy(
  ctx: Context,
  { name, row }: FoundFunction,
  statements: Policy["statements"],
  document = policyOf(ctx, { name, row })?.document,
): Policy | undefined {
  const table = ctx.table(policies, name);
  const key = [row.name, name.qualifier ?? ""] as const;
  if (statements.length === 0) {
    table.delete(...key);
    return undefined;
  }
  const policy = { revisionId: uuid(), statements, ...(document ? { document } : {}) };
  const bytes = Buffer.byteLength(policyDocument(policy));
  if (bytes > MAX_POLICY_BYTES) {
    throw new AwsError(
      "PolicyLengthExceededException",
      `The final policy size (${bytes}) is bigger than the limit (${MAX_POLICY_BYTES}).`,
      { members: { Type: "User" } },
    );
  }
  table.put(key, policy);
  return policy;
}

export const removePermission: Handler<Lambda, "RemovePermission"> = (input, ctx) => {
  const found = getTarget(ctx, input.FunctionName, input.Qualifier);
  const policy = policyOf(ctx, found);
  if (!policy) throw notFound(`No policy is found for: ${functionArn(ctx, found.name)}`);
  checkRevision(input.RevisionId, policy.revisionId, "GetPolicy");
  const left = policy.statements.filter(({ Sid }) => Sid !== input.StatementId);
  if (left.length === policy.statements.length) {
    throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
  }
  putPolicy(ctx, found, left);
  return {};
};

export const getPolicy: Handler<Lambda, "GetPolicy"> = (input, ctx) => {
  const policy = policyOf(ctx, getTarget(ctx, input.FunctionName, input.Qualifier));
  if (!policy) throw notFound("The resource you requested does not exist.");
  return { Policy: policyDocument(policy), RevisionId: policy.revisionId };
};

/** A policy as text. */
export function policyDocument({ statements, document }: Policy): string {
  return JSON.stringify({ ...(document ?? { Version: "2012-10-17", Id: "default" }), Statement: statements });
}

/** The function that a resource's ARN names. @throws AwsError `InvalidParameterValueException` */
function getByArn(ctx: Context, arn: string | undefined): FoundFunction {
  if (parseArn(arn ?? "")?.service !== "lambda" || !arn?.includes(":function:"))
    throw invalidParameter(`The resource ARN ${arn} is not that of a function, a version or an alias.`);
  return getTarget(ctx, arn, undefined);
}

export const getResourcePolicy: Handler<Lambda, "GetResourcePolicy"> = (input, ctx) => {
  const policy = policyOf(ctx, getByArn(ctx, input.ResourceArn));
  if (!policy) throw notFound("The resource you requested does not exist.");
  return { Policy: policyDocument(policy), RevisionId: policy.revisionId };
};

export const putResourcePolicy: Handler<Lambda, "PutResourcePolicy"> = (input, ctx) => {
  const found = getByArn(ctx, input.ResourceArn);
  const { Statement, ...document } = parsePolicy(input.Policy);
  checkRevision(input.RevisionId, policyOf(ctx, found)?.revisionId, "GetResourcePolicy");
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as Policy["statements"];
  const policy = putPolicy(ctx, found, statements, document);
  return { Policy: policy && policyDocument(policy), RevisionId: policy?.revisionId };
};

export const deleteResourcePolicy: Handler<Lambda, "DeleteResourcePolicy"> = (input, ctx) => {
  const found = getByArn(ctx, input.ResourceArn);
  const policy = policyOf(ctx, found);
  if (!policy) throw notFound("The resource you requested does not exist.");
  checkRevision(input.RevisionId, policy.revisionId, "GetResourcePolicy");
  putPolicy(ctx, found, []);
  return {};
};

/** @throws AwsError `InvalidParameterValueException` for text that is no policy */
function parsePolicy(text: string | undefined): Record<string, unknown> {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const isStatement = (value: unknown) =>
    isObject(value) &&
    (value.Effect === "Allow" || value.Effect === "Deny") &&
    ["Principal", "Action", "Resource"].every((name) => value[name] !== undefined || value[`Not${name}`] !== undefined);
  try {
    const policy: unknown = JSON.parse(text ?? "");
    if (isObject(policy)) {
      const { Statement } = policy;
      const statements = Array.isArray(Statement) ? Statement : [Statement];
      if (statements.length > 0 && statements.every(isStatement)) return policy;
    }
  } catch {
    // Said below.
  }
  throw invalidParameter("The policy is not a valid resource-based policy.");
}
