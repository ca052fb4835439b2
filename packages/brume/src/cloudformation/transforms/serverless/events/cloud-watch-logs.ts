/** `CloudWatchLogs`: a subscription of a function to a log group. */
import { make } from "../expansion.js";
import { sub } from "../intrinsics.js";
import { compact } from "../plain.js";
import type { EventKind } from "./event.js";
import { makePermission } from "./event.js";

export const cloudWatchLogs: EventKind = {
  properties: { "text!": "LogGroupName FilterPattern" },
  expand: (event) => {
    const { id, properties, target, expansion } = event;
    const { partition } = expansion.scope;
    const { LogGroupName: group, FilterPattern: pattern } = properties;
    const arn = `arn:${partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:\${__LogGroupName__}:*`;
    const permission = makePermission(event, {
      principal: "logs.amazonaws.com",
      sourceArn: sub(arn, compact({ __LogGroupName__: group })),
    });
    const filter = { LogGroupName: group, FilterPattern: pattern, DestinationArn: target.arn };
    return [permission, make(id, "AWS::Logs::SubscriptionFilter", filter, target.shared, [permission.id])];
  },
};
