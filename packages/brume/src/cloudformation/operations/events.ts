/** DescribeStackEvents and DescribeEvents. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { getChangeSet } from "../change-set.js";
import { type StackEvent, stackEvents } from "../events.js";
import { findStack } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { operationStacks } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

const PAGE = 100;

/** A page of a stack's events, the latest first. */
function pageOf(
  ctx: Context,
  stackId: string,
  token: string | undefined,
  wanted: (event: StackEvent) => boolean = () => true,
): { page: StackEvent[]; next: string | undefined } {
  const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString();
  const page: StackEvent[] = [];
  for (const { position, row } of ctx.table(stackEvents).entries({ prefix: [stackId], reverse: true, after })) {
    if (!wanted(row)) continue;
    page.push(row);
    if (page.length === PAGE) return { page, next: Buffer.from(position).toString("base64url") };
  }
  return { page, next: undefined };
}

/** What both kinds of event tell. */
function present(event: StackEvent) {
  return {
    EventId: event.id,
    StackId: event.stackId,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.resourceType,
    Timestamp: new Date(event.at),
    ResourceStatus: event.status as "CREATE_COMPLETE",
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties && JSON.stringify(event.properties),
    ClientRequestToken: event.clientRequestToken,
  };
}

export const describeStackEvents: Handler<Cfn, "DescribeStackEvents"> = (input, ctx) => {
  if (!input.StackName)
    throw invalidTemplate(
      "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
    );
  const stack = findStack(ctx, input.StackName);
  if (!stack) throw invalidTemplate(`Stack [${input.StackName}] does not exist`);
  const { page, next } = pageOf(ctx, stack.id, input.NextToken);
  return {
    StackEvents: page.map((event) => ({
      ...present(event),
      StackName: event.stackName,
      OperationId: event.operation?.id,
    })),
    NextToken: next,
  };
};

export const describeEvents: Handler<Cfn, "DescribeEvents"> = (input, ctx) => {
  const { OperationId, StackName, ChangeSetName, NextToken } = input;
  const stackId = subjectOf(ctx, StackName, ChangeSetName, OperationId);
  const failedOnly = input.Filters?.FailedEvents === true;
  const { page, next } = pageOf(
    ctx,
    stackId,
    NextToken,
    (event) =>
      (!OperationId || event.operation?.id === OperationId) && (!failedOnly || event.status.endsWith("_FAILED")),
  );
  return { OperationEvents: page.map(presentOperationEvent), NextToken: next };
};

function subjectOf(
  ctx: Context,
  stackName: string | undefined,
  changeSetName: string | undefined,
  operationId: string | undefined,
): string {
  if (changeSetName) return getChangeSet(ctx, changeSetName, stackName).stack.id;
  const found = stackName ? findStack(ctx, stackName)?.id : ctx.table(operationStacks).get(operationId ?? "");
  if (found !== undefined) return found;
  if (stackName) throw invalidTemplate(`Stack [${stackName}] does not exist`);
  if (operationId) throw invalidTemplate(`Operation [${operationId}] does not exist`);
  throw invalidTemplate("One of StackName, ChangeSetName and OperationId must be specified.");
}

function presentOperationEvent(event: StackEvent) {
  const ofStack = event.physicalId === event.stackId;
  const failed = event.status.endsWith("_FAILED");
  return {
    ...present(event),
    OperationId: event.operation?.id,
    OperationType: event.operation?.type,
    EventType: ofStack
      ? ("STACK_EVENT" as const)
      : failed
        ? ("PROVISIONING_ERROR" as const)
        : ("PROGRESS_EVENT" as const),
    ...(ofStack && { OperationStatus: operationStatus(event.status) }),
  };
}

function operationStatus(status: string): "IN_PROGRESS" | "FAILED" | "SUCCEEDED" {
  if (status.endsWith("_IN_PROGRESS")) return "IN_PROGRESS";
  return status.endsWith("_FAILED") || status.includes("ROLLBACK") ? "FAILED" : "SUCCEEDED";
}
