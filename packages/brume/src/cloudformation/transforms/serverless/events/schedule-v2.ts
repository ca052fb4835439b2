/** `ScheduleV2`: an EventBridge Scheduler schedule for a function or a state machine. */
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { EventMistake } from "../errors.js";
import { type Made, make } from "../expansion.js";
import { getAtt } from "../intrinsics.js";
import { compact, pick, says } from "../plain.js";
import { DELIVERY_POLICIES, trustPolicy } from "../policy-documents.js";
import type { PropertyTypes } from "../property-types.js";
import type { EventKind } from "./event.js";
import { deadLetterQueue } from "./rule.js";

export const SCHEDULE_V2_PROPERTIES: PropertyTypes = {
  text: `PermissionsBoundary Name State Description StartDate EndDate ScheduleExpressionTimezone GroupName KmsKeyArn
    Input RoleArn`,
  "text!": "ScheduleExpression",
  map: "FlexibleTimeWindow DeadLetterConfig RetryPolicy",
  "flag=": "OmitName",
};

export const scheduleV2: EventKind = {
  properties: SCHEDULE_V2_PROPERTIES,
  expand: ({ id, properties, target }) => makeSchedule(id, properties, target.arn, "Lambda", target.shared),
};

/** Makes a schedule, its role and its dead-letter queue. @throws Mistake */
export function makeSchedule(
  id: string,
  properties: JsonObject,
  targetArn: Json,
  kind: "Lambda" | "StateMachine",
  shared: JsonObject,
): Made[] {
  const omitsName = says(properties.OmitName);
  if (omitsName && says(properties.Name)) throw new EventMistake(id, "Name cannot be set when OmitName is True");
  const deadLetters = deadLetterQueue(id, properties.DeadLetterConfig, undefined, shared);
  const role = says(properties.RoleArn)
    ? undefined
    : makeScheduleRole(id, properties, targetArn, kind, deadLetters.config?.Arn, shared);
  const made = make(
    id,
    "AWS::Scheduler::Schedule",
    {
      ScheduleExpression: properties.ScheduleExpression,
      FlexibleTimeWindow: says(properties.FlexibleTimeWindow) ? properties.FlexibleTimeWindow : { Mode: "OFF" },
      Name: omitsName ? undefined : says(properties.Name) ? properties.Name : id,
      State: says(properties.State) ? properties.State : undefined,
      ...pick(properties, [
        "Description",
        "StartDate",
        "EndDate",
        "ScheduleExpressionTimezone",
        "GroupName",
        "KmsKeyArn",
      ]),
      Target: compact({
        Arn: targetArn,
        RoleArn: role ? getAtt(role.id, "Arn") : properties.RoleArn,
        Input: properties.Input,
        DeadLetterConfig: deadLetters.config,
        RetryPolicy: properties.RetryPolicy,
      }),
    },
    shared,
  );
  return [made, ...deadLetters.made, ...(role ? [role] : [])];
}

function makeScheduleRole(
  id: string,
  properties: JsonObject,
  targetArn: Json,
  kind: "Lambda" | "StateMachine",
  queueArn: Json | undefined,
  shared: JsonObject,
): Made {
  const policies: Json[] = [DELIVERY_POLICIES[kind](targetArn, id)];
  if (queueArn !== undefined) policies.push(DELIVERY_POLICIES.SQS(queueArn, id));
  return make(
    `${id}Role`,
    "AWS::IAM::Role",
    {
      AssumeRolePolicyDocument: trustPolicy("scheduler.amazonaws.com"),
      Policies: policies,
      PermissionsBoundary: says(properties.PermissionsBoundary) ? properties.PermissionsBoundary : undefined,
    },
    shared,
  );
}
