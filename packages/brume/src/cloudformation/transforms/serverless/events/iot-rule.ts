/** `IoTRule`: an IoT rule that invokes a function. */
import { make } from "../expansion.js";
import { ref, sub } from "../intrinsics.js";
import { compact, says } from "../plain.js";
import type { EventKind } from "./event.js";
import { makePermission } from "./event.js";

export const iotRule: EventKind = {
  properties: { "text!": "Sql", text: "AwsIotSqlVersion" },
  expand: (event) => {
    const { id, properties, target, expansion } = event;
    const { partition } = expansion.scope;
    const arn = `arn:${partition}:iot:\${AWS::Region}:\${AWS::AccountId}:rule/\${RuleName}`;
    const permission = makePermission(event, {
      principal: "iot.amazonaws.com",
      sourceArn: sub(arn, { RuleName: ref(id) }),
      sourceAccount: sub("${AWS::AccountId}"),
    });
    const payload = compact({
      Sql: properties.Sql,
      RuleDisabled: false,
      Actions: [{ Lambda: { FunctionArn: target.arn } }],
      AwsIotSqlVersion: says(properties.AwsIotSqlVersion) ? properties.AwsIotSqlVersion : undefined,
    });
    return [permission, make(id, "AWS::IoT::TopicRule", { TopicRulePayload: payload }, target.shared)];
  },
};
