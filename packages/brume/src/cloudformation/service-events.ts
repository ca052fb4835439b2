/**
 * What event buses are told of stacks.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/events-detail-reference.html
 */
import type { Context } from "../kernel/context.js";
import { uuid } from "../kernel/identifiers.js";
import type { StackEvent } from "./events.js";

type DetailType =
  | "CloudFormation Drift Detection Status Change"
  | "CloudFormation Resource Status Change"
  | "CloudFormation Stack Status Change";

// Differs from AWS: no event bus takes these events up yet; they are in the cloud's own event stream.
function tell(ctx: Context, type: DetailType, stackId: string, detail: () => object): void {
  if (!ctx.cloud.events.observes("service-event")) return;
  ctx.emit("service-event", {
    version: "0",
    id: uuid(),
    source: "aws.cloudformation",
    "detail-type": type,
    account: ctx.account,
    region: ctx.region,
    time: `${new Date(ctx.now()).toISOString().slice(0, -5)}Z`,
    resources: [stackId],
    detail: { "stack-id": stackId, ...detail() },
  });
}

/** Tells that a stack, or a resource of it, has got a status. */
export function tellStatus(ctx: Context, event: StackEvent, isStack: boolean): void {
  const { stackId, logicalId, physicalId, resourceType, status, reason = "", clientRequestToken = "" } = event;
  const detail = { "status-details": { status, "status-reason": reason }, "client-request-token": clientRequestToken };
  if (isStack) return tell(ctx, "CloudFormation Stack Status Change", stackId, () => detail);
  tell(ctx, "CloudFormation Resource Status Change", stackId, () => ({
    "logical-resource-id": logicalId,
    "physical-resource-id": physicalId,
    "resource-type": resourceType,
    ...detail,
  }));
}

/** Tells how far the detection of a stack's drift is: while it goes on, the count of drifted resources is -1. */
export function tellDrift(
  ctx: Context,
  detection: { readonly id: string; readonly stackId: string; readonly status: string; readonly drifted: number },
  status: "DETECTION_COMPLETE" | "DETECTION_IN_PROGRESS",
): void {
  tell(ctx, "CloudFormation Drift Detection Status Change", detection.stackId, () => ({
    "stack-drift-detection-id": detection.id,
    "status-details": { "stack-drift-status": detection.status, "detection-status": status },
    "drift-detection-details": { "drifted-stack-resource-count": detection.drifted },
    "client-request-token": "",
  }));
}
