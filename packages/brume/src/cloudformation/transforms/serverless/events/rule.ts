/** What EventBridge rules of functions and of state machines have in common. */
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { EventMistake } from "../errors.js";
import { type Made, make } from "../expansion.js";
import { getAtt, ref } from "../intrinsics.js";
import { mapOf, says } from "../plain.js";
import { queuePolicy } from "../policy-documents.js";

/** EventBridge's limit for the id of a target. */
const MAX_TARGET_ID = 64;

/** The id of a rule's target: cut off where it would be too long. */
export function targetId(id: string, suffix: string): string {
  return id.slice(0, MAX_TARGET_ID - suffix.length) + suffix;
}

/** A rule's state, said in one of two ways. @throws Mistake for both */
export function ruleState(name: string, { State: state, Enabled: enabled }: JsonObject): Json | undefined {
  if (says(state) && enabled !== undefined) {
    throw new EventMistake(name, "State and Enabled Properties cannot both be specified.");
  }
  if (enabled === undefined) return says(state) ? state : undefined;
  return says(enabled) ? "ENABLED" : "DISABLED";
}

interface DeadLetters {
  /** What the rule's target says of it. */
  readonly config?: JsonObject;
  readonly made: Made[];
}

/**
 * The queue for events that could not be delivered: the one named, or one that is made. `source` is the ARN of the rule
 * that sends to it; without one the queue gets no policy.
 * @throws Mistake
 */
export function deadLetterQueue(
  id: string,
  config: Json | undefined,
  source: Json | undefined,
  shared: JsonObject,
): DeadLetters {
  if (config === undefined) return { made: [] };
  const { Arn: arn, Type: type, QueueLogicalId: queueId } = mapOf(config);
  if (arn !== undefined && type !== undefined) {
    throw new EventMistake(id, "You can either define 'Arn' or 'Type' property of DeadLetterConfig.");
  }
  if (type !== undefined && type !== "SQS") {
    throw new EventMistake(id, "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.");
  }
  if (arn !== undefined) return { config: { Arn: arn }, made: [] };
  if (type === undefined) throw new EventMistake(id, "No 'Arn' or 'Type' property provided for DeadLetterConfig.");
  if (queueId !== undefined && typeof queueId !== "string") {
    throw new EventMistake(id, "QueueLogicalId must be a string");
  }
  const queue = make(queueId || `${id}Queue`, "AWS::SQS::Queue", {}, shared);
  const queueArn = getAtt(queue.id, "Arn");
  const made = [queue];
  if (source !== undefined) {
    const document = queuePolicy({ Service: "events.amazonaws.com" }, source, queueArn);
    const policy = { PolicyDocument: document, Queues: [ref(queue.id)] };
    made.push(make(`${id}QueuePolicy`, "AWS::SQS::QueuePolicy", policy, shared));
  }
  return { config: { Arn: queueArn }, made };
}
