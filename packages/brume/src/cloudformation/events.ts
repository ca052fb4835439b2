/** The events of a stack: stored for DescribeStackEvents, and told to the cloud's event stream. */
import type { Context } from "../kernel/context.js";
import { uuid } from "../kernel/identifiers.js";
import type { Properties } from "../kernel/resource.js";
import { defineTable } from "../kernel/store.js";
import { notify } from "./notifications.js";
import { tellStatus } from "./service-events.js";
import type { OperationType, Stack, StackResource } from "./stack.js";

declare module "../kernel/events.js" {
  interface CloudEvents {
    stack: {
      stackId: string;
      stackName: string;
      account: string;
      region: string;
      logicalId: string;
      physicalId?: string;
      resourceType: string;
      status: string;
      reason?: string;
      /** The construct path. */
      path?: string;
      /** Whether no service stands behind the resource's type yet. */
      modelled?: boolean;
    };
  }
}

export interface StackEvent {
  readonly id: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly resourceType: string;
  readonly at: number;
  readonly status: string;
  readonly reason?: string;
  readonly properties?: Properties;
  readonly clientRequestToken?: string;
  /** The operation that it belongs to. */
  readonly operation?: { readonly id: string; readonly type: OperationType };
}

/** [stack id, time, number]: in the order in which they happened. */
export const stackEvents = defineTable<StackEvent>("cloudformation/events");
/** [stack id]: how many events a stack has had, and when the last was. */
const latest = defineTable<{ number: number; at: number }>("cloudformation/latest-events");

/** Records that a resource of a stack, or the stack itself, has got a status. */
export function recordEvent(ctx: Context, stack: Stack, resource: StackResource | undefined): void {
  const last = ctx.table(latest).get(stack.id) ?? { number: 0, at: 0 };
  const number = last.number + 1;
  // Clients order events by their times, which have milliseconds: no two of a stack have the same.
  const at = Math.max(ctx.now(), last.at + 1);
  ctx.table(latest).put([stack.id], { number, at });
  const subject = resource ?? {
    logicalId: stack.name,
    physicalId: stack.id,
    type: "AWS::CloudFormation::Stack",
    status: stack.status,
    statusReason: stack.statusReason,
  };
  const event: StackEvent = {
    id: resource ? `${resource.logicalId}-${resource.status}-${new Date(at).toISOString()}-${number}` : uuid(),
    stackId: stack.id,
    stackName: stack.name,
    logicalId: subject.logicalId,
    physicalId: subject.physicalId ?? "",
    resourceType: subject.type,
    at,
    status: subject.status,
    reason: subject.statusReason,
    properties: resource?.properties,
    clientRequestToken: stack.operation?.clientRequestToken,
    operation: stack.operation && { id: stack.operation.id, type: stack.operation.type },
  };
  ctx.table(stackEvents).put([stack.id, at, number], event);
  notify(ctx, stack, event, number);
  tellStatus(ctx, event, resource === undefined);
  ctx.emit("stack", {
    stackId: stack.id,
    stackName: stack.name,
    account: ctx.account,
    region: ctx.region,
    logicalId: event.logicalId,
    physicalId: event.physicalId,
    resourceType: event.resourceType,
    status: event.status,
    reason: event.reason,
    path: resource?.path,
    modelled: resource?.modelled,
  });
}
