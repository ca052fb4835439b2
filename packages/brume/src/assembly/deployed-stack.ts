/** Stacks as they are deployed: described, waited for, deleted. */
import { setTimeout as delay } from "node:timers/promises";
import { isAwsError, orUndefined, UserError } from "../kernel/errors.js";
import type { CloudClient, Place } from "./cloud-client.js";

/** A stack as DescribeStacks tells it. */
export interface DescribedStack {
  StackId: string;
  StackStatus: string;
  StackStatusReason?: string;
  Outputs?: { OutputKey: string; OutputValue: string }[];
  Parameters?: { ParameterKey: string; ParameterValue: string }[];
  Tags?: { Key: string; Value: string }[];
}

/** A stack by name; `undefined` when there is none. */
export async function describeStack(
  cloud: CloudClient,
  StackName: string,
  place: Place,
): Promise<DescribedStack | undefined> {
  const describing = cloud.call<{ Stacks: DescribedStack[] }>("cloudformation", "DescribeStacks", { StackName }, place);
  return (await orUndefined(describing, "ValidationError"))?.Stacks[0];
}

/** Waits until nothing is done to a stack any more. */
export async function ended(cloud: CloudClient, nameOrId: string, place: Place): Promise<DescribedStack> {
  for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
    const stack = await describeStack(cloud, nameOrId, place);
    if (!stack) throw new Error(`Stack ${nameOrId} has gone.`);
    if (!stack.StackStatus.endsWith("_IN_PROGRESS") || stack.StackStatus === "REVIEW_IN_PROGRESS") return stack;
    await delay(wait);
  }
}

/** Deletes a stack and waits until it is gone. @returns whether it was there. @throws UserError when it cannot be deleted */
export async function destroyStack(cloud: CloudClient, StackName: string, place: Place): Promise<boolean> {
  const stack = await describeStack(cloud, StackName, place);
  if (!stack) return false;
  try {
    await cloud.call("cloudformation", "DeleteStack", { StackName }, place);
  } catch (error) {
    if (isAwsError(error, "ValidationError"))
      throw new UserError("DestroyRefused", error.message, { where: StackName, cause: error });
    throw error;
  }
  const end = await ended(cloud, stack.StackId, place);
  if (end.StackStatus !== "DELETE_COMPLETE") {
    const events = await eventsOfDeletion(cloud, stack.StackId, place);
    const reasons = events
      .filter(
        (event) => event.ResourceStatus === "DELETE_FAILED" && event.ResourceType !== "AWS::CloudFormation::Stack",
      )
      .map((event) => `${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason}`);
    throw new UserError(
      "DestroyFailed",
      `${StackName} could not be deleted: ${reasons.join("; ") || (end.StackStatusReason ?? end.StackStatus)}`,
      { where: StackName, hint: "Take away what stands in the way, and destroy it again." },
    );
  }
  return true;
}

/** A resource that its stack left behind. */
export interface KeptResource {
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
}

/** What a deleted stack left where it was, as its deletion policies say. */
export async function keptResources(cloud: CloudClient, StackId: string, place: Place): Promise<KeptResource[]> {
  return (await eventsOfDeletion(cloud, StackId, place))
    .filter(({ ResourceStatus }) => ResourceStatus === "DELETE_SKIPPED")
    .map(({ ResourceType, LogicalResourceId, PhysicalResourceId }) => ({
      ResourceType,
      LogicalResourceId,
      PhysicalResourceId,
    }));
}

export interface StackEvent extends KeptResource {
  /** Seconds since the epoch. */
  readonly Timestamp: number;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
}

/** What happened to a stack, the latest first; asked for page by page, as far as it is read. */
export async function* stackEvents(cloud: CloudClient, StackName: string, place: Place): AsyncGenerator<StackEvent> {
  let NextToken: string | undefined;
  do {
    const page = await cloud.call<{ StackEvents?: StackEvent[]; NextToken?: string }>(
      "cloudformation",
      "DescribeStackEvents",
      { StackName, ...(NextToken ? { NextToken } : {}) },
      place,
    );
    yield* page.StackEvents ?? [];
    NextToken = page.NextToken;
  } while (NextToken);
}

/** What happened to a stack since its deletion began, the latest first. */
async function eventsOfDeletion(cloud: CloudClient, StackId: string, place: Place): Promise<StackEvent[]> {
  const events: StackEvent[] = [];
  for await (const event of stackEvents(cloud, StackId, place)) {
    if (event.ResourceStatus === "DELETE_IN_PROGRESS" && event.ResourceType === "AWS::CloudFormation::Stack") break;
    events.push(event);
  }
  return events;
}
