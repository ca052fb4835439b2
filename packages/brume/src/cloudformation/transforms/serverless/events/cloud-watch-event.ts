/** `CloudWatchEvent` and `EventBridgeRule`: a rule that invokes a function for the events that match it. */
import { type Made, make } from "../expansion.js";
import { getAtt } from "../intrinsics.js";
import { compact, mapOf } from "../plain.js";
import type { EventKind, FunctionEvent } from "./event.js";
import { makePermission } from "./event.js";
import { deadLetterQueue, ruleState, targetId } from "./rule.js";

export const cloudWatchEvent: EventKind = {
  properties: {
    text: "EventBusName RuleName Input InputPath State",
    map: "Pattern DeadLetterConfig RetryPolicy Target InputTransformer",
    flag: "Enabled",
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
      EventBusName: properties.EventBusName,
      EventPattern: properties.Pattern,
      Name: properties.RuleName,
      State: ruleState(event.name, properties),
      Targets: [
        compact({
          Arn: target.arn,
          Id: mapOf(properties.Target).Id ?? targetId(id, "LambdaTarget"),
          Input: properties.Input,
          InputPath: properties.InputPath,
          DeadLetterConfig: deadLetters.config,
          RetryPolicy: properties.RetryPolicy,
          InputTransformer: properties.InputTransformer,
        }),
      ],
    },
    target.shared,
  );
  return [...deadLetters.made, rule, makePermission(event, { principal: "events.amazonaws.com", sourceArn: arn })];
}
