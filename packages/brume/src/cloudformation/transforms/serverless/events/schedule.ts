/** `Schedule`: an EventBridge rule that invokes a function at set times. */
import { type Made, make } from "../expansion.js";
import { getAtt } from "../intrinsics.js";
import { compact } from "../plain.js";
import type { EventKind, FunctionEvent } from "./event.js";
import { makePermission } from "./event.js";
import { deadLetterQueue, ruleState, targetId } from "./rule.js";

export const schedule: EventKind = {
  properties: {
    "text!": "Schedule",
    text: "RuleName Input State Name Description",
    flag: "Enabled",
    map: "DeadLetterConfig RetryPolicy",
  },
  expand,
};

function expand(event: FunctionEvent): Made[] {
  const { id, properties, target } = event;
  const arn = getAtt(id, "Arn");
  const deadLetters = deadLetterQueue(id, properties.DeadLetterConfig, arn, target.shared);
  const rule = make(
    id,
    "AWS::Events::Rule",
    {
      Description: properties.Description,
      Name: properties.Name,
      ScheduleExpression: properties.Schedule,
      State: ruleState(event.name, properties),
      Targets: [
        compact({
          Arn: target.arn,
          Id: targetId(id, "LambdaTarget"),
          Input: properties.Input,
          DeadLetterConfig: deadLetters.config,
          RetryPolicy: properties.RetryPolicy,
        }),
      ],
    },
    target.shared,
  );
  return [rule, ...deadLetters.made, makePermission(event, { principal: "events.amazonaws.com", sourceArn: arn })];
}
