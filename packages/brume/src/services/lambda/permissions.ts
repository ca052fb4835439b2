/** Resource policies of functions: who may invoke them. See "Working with resource-based IAM policies in Lambda". */
import type { Context } from "../../kernel/context.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler, Input } from "../../kernel/service.js";
import {
  checkRevision,
  conflict,
  type FoundFunction,
  findVersion,
  functionArn,
  getFunctionRow,
  notFound,
  validationError,
} from "./names.js";
import { aliases, type Policy, policies } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

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

function putPolicy(ctx: Context, { name, row }: FoundFunction, statements: Policy["statements"]): void {
  const table = ctx.table(policies, name);
  const key = [row.name, name.qualifier ?? ""] as const;
  if (statements.length === 0) table.delete(...key);
  else table.put(key, { revisionId: uuid(), statements });
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
export function policyDocument(policy: Policy): string {
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: policy.statements });
}
