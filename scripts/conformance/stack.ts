/** Drives one stack: operations on it, the signals that it waits for, and how it came out. */
import type { JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import { isObject } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Account } from "./account.js";
import { resourcesOf } from "./references.js";

export interface StackInput {
  readonly StackName: string;
  readonly TemplateURL: string;
  readonly Parameters: readonly object[];
  readonly Capabilities: readonly string[];
}

export interface StackEvent {
  readonly StackId: string;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
  readonly ResourceType: string;
  readonly ResourceProperties?: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
}

export interface StackResource {
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly ResourceStatus: string;
}

export interface DescribedStack {
  readonly StackId: string;
  readonly StackStatus: string;
  readonly StackStatusReason?: string;
  readonly Description?: string;
  readonly Parameters?: readonly object[];
  readonly Outputs?: readonly { OutputKey: string; OutputValue: string }[];
}

/** The name of the resource that cannot be made, by which updates are made to fail. */
export const FAILING = "BrumeConformance";
const MAX_SIGNALS = 8;
const MAX_ROUNDS = 4;

/** A stack did not come to the status that it should have, because of one resource. */
export class StackFailure extends Error {
  readonly event: StackEvent | undefined;

  constructor(message: string, event?: StackEvent) {
    super(message);
    this.event = event;
  }
}

export async function describeStack(account: Account, StackName: string): Promise<DescribedStack> {
  const { Stacks } = await account.cloudformation<{ Stacks: DescribedStack[] }>("DescribeStacks", { StackName });
  return Stacks[0] as DescribedStack;
}

export async function stackResources(account: Account, StackName: string): Promise<StackResource[]> {
  const all: StackResource[] = [];
  for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
    const page = await account.cloudformation<{ StackResourceSummaries: StackResource[]; NextToken?: string }>(
      "ListStackResources",
      { StackName, NextToken },
    );
    all.push(...page.StackResourceSummaries);
    NextToken = page.NextToken;
  }
  return all;
}

/** What happened to a stack, oldest first. */
export async function stackEvents(account: Account, StackName: string): Promise<StackEvent[]> {
  const all: StackEvent[] = [];
  for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
    const page = await account.cloudformation<{ StackEvents: StackEvent[]; NextToken?: string }>(
      "DescribeStackEvents",
      { StackName, NextToken },
    );
    all.push(...page.StackEvents);
    NextToken = page.NextToken;
  }
  return all.reverse();
}

/** Sends every signal that a stack waits for. */
async function signal(account: Account, StackName: string, document: JsonObject): Promise<void> {
  for (const [LogicalResourceId, resource] of resourcesOf(document)) {
    const policy = isObject(resource.CreationPolicy) ? resource.CreationPolicy.ResourceSignal : undefined;
    for (let number = 0; policy !== undefined && number < MAX_SIGNALS; number++) {
      const signal = { StackName, LogicalResourceId, UniqueId: String(number), Status: "SUCCESS" };
      await account.cloudformation("SignalResource", signal).catch(() => {});
    }
  }
  const handles = await stackResources(account, StackName);
  for (const { ResourceType, PhysicalResourceId: url } of handles) {
    if (ResourceType === "AWS::CloudFormation::Stack" && url) await signal(account, url, {}).catch(() => {});
    if (ResourceType !== "AWS::CloudFormation::WaitConditionHandle" || !url) continue;
    for (let number = 0; number < MAX_SIGNALS; number++) {
      const body = { Status: "SUCCESS", UniqueId: String(number), Data: "", Reason: "" };
      await fetch(url, { method: "PUT", body: JSON.stringify(body) });
    }
  }
}

/** Waits until a stack rests. @throws StackFailure when it does so in another status than the good one */
export async function settle(account: Account, StackName: string, good: string, document: JsonObject): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await account.cloud.idle();
    if (!(await describeStack(account, StackName)).StackStatus.endsWith("_IN_PROGRESS")) break;
    await signal(account, StackName, document);
    // What nobody here answers is waited for in the cloud's time.
    if (round > 0) await account.cloud.clock.advance({ minutes: 61 });
  }
  const { StackStatus, StackStatusReason } = await describeStack(account, StackName);
  if (StackStatus === good) return;
  const cause = await causeOfFailure(account, StackName);
  const ofStack = (await stackEvents(account, StackName)).findLast(({ ResourceStatusReason }) => ResourceStatusReason);
  throw new StackFailure(
    `${StackStatus}: ${cause ? `${cause.ResourceType} ${cause.LogicalResourceId}: ${cause.ResourceStatusReason}` : (StackStatusReason ?? ofStack?.ResourceStatusReason)}`,
    cause,
  );
}

/** The event of the first failure of the last operation, in a nested stack where it was there. */
async function causeOfFailure(account: Account, StackName: string): Promise<StackEvent | undefined> {
  const events = await stackEvents(account, StackName);
  const begun = events.findLastIndex(
    ({ ResourceType, ResourceStatus, StackId, PhysicalResourceId }) =>
      ResourceType === "AWS::CloudFormation::Stack" &&
      PhysicalResourceId === StackId &&
      /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(ResourceStatus),
  );
  const failed = events
    .slice(Math.max(0, begun))
    .filter(
      ({ ResourceStatus, LogicalResourceId, PhysicalResourceId, StackId, ResourceStatusReason }) =>
        ResourceStatus.endsWith("_FAILED") &&
        LogicalResourceId !== FAILING &&
        PhysicalResourceId !== StackId &&
        !/cancelled$/.test(ResourceStatusReason ?? ""),
    );
  const [cause] = failed;
  const nested = /arn:aws:cloudformation:[^\s]+:stack\/[^\s,"]+/.exec(cause?.ResourceStatusReason ?? "")?.[0];
  if (cause?.ResourceType !== "AWS::CloudFormation::Stack" || !nested) return cause;
  return (await causeOfFailure(account, nested)) ?? cause;
}

/** Makes a stack beside the one that is tried, until that is through. @returns its outputs */
export async function provideStack(
  account: Account,
  input: { StackName: string; TemplateBody: string; Capabilities?: string[] },
): Promise<Record<string, string>> {
  const { StackName } = input;
  await account.cloudformation("CreateStack", input);
  await settle(account, StackName, "CREATE_COMPLETE", {});
  account.later(async () => {
    await account.cloudformation("DeleteStack", { StackName });
    await account.cloud.idle();
  });
  const { Outputs = [] } = await describeStack(account, StackName);
  return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}
