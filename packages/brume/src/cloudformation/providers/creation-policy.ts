/** `CreationPolicy`: a resource that counts as made when it has signalled. See "CreationPolicy attribute". */
import { createHash } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { type Stack, type StackResource, stacks } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { isObject, type ResourceDefinition } from "../template/template.js";
import { arrivals, awaitResponses, closeResponseUrl, openResponseUrl, openTokens, responses } from "./responses.js";

/** The types whose creation waits for signals. */
const SIGNALLING = new Set([
  "AWS::AutoScaling::AutoScalingGroup",
  "AWS::EC2::Instance",
  "AWS::CloudFormation::WaitCondition",
]);
const DEFAULT_TIMEOUT = "PT5M";

const tokenOf = (stackId: string, logicalId: string): string =>
  createHash("sha256").update(`${stackId}/${logicalId}`).digest("hex");

/** Milliseconds in an ISO 8601 duration such as `PT1H30M`. */
function durationMs(text: string): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text) ?? [];
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** Waits for the signals that a resource's creation policy asks for. @returns why they did not suffice, if so */
export async function awaitCreationSignals(
  ctx: Context,
  stack: Stack,
  resource: StackResource,
  definition: ResourceDefinition,
  signal: AbortSignal,
): Promise<string | undefined> {
  const policy = definition.CreationPolicy?.ResourceSignal;
  if (!isObject(policy) || !SIGNALLING.has(resource.type)) return undefined;
  const count = Number(policy.Count ?? 1);
  const token = tokenOf(stack.id, resource.logicalId);
  openResponseUrl(ctx, token);
  const deadline = ctx.now() + durationMs(String(policy.Timeout ?? DEFAULT_TIMEOUT));
  const bodies = await awaitResponses(ctx, token, count, deadline, signal);
  closeResponseUrl(ctx, token);
  const failures = bodies.filter((body) => (JSON.parse(body) as { Status: string }).Status !== "SUCCESS").length;
  if (failures > 0)
    return `Received ${failures} FAILURE signal(s) out of ${count}. Unable to satisfy ${count} signal(s) requirement`;
  return bodies.length < count
    ? `Failed to receive ${count} resource signal(s) within the specified duration`
    : undefined;
}

/**
 * Takes a signal for a resource that waits for one; where none does, it is too late or too much, and is forgotten.
 * @throws AwsError `ValidationError` when nothing is being done to the stack
 */
export function signalResource(
  ctx: Context,
  stackId: string,
  logicalId: string,
  uniqueId: string,
  status: string,
): void {
  const { status: stackStatus = "" } = ctx.table(stacks).get(stackId) ?? {};
  if (!stackStatus.endsWith("_IN_PROGRESS"))
    throw invalidTemplate(`Stack ${stackId} is in ${stackStatus} state and cannot be signaled`);
  const token = tokenOf(stackId, logicalId);
  if (!ctx.table(openTokens).has(token)) return;
  const number = ctx.table(responses).count({ prefix: [token] });
  ctx.table(responses).put([token, number], { body: JSON.stringify({ Status: status, UniqueId: uniqueId }) });
  ctx.publish();
  ctx.memory(arrivals).announce(token);
}
