/** Notification configurations between the template's form, one event a rule, and the API's. */
import type { Properties } from "../../../kernel/resource.js";
import { toBoolean } from "../../../kernel/template-values.js";

/** The template's list, the API's list, and the name of the destination in each. */
const LISTS = [
  ["LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"],
  ["QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"],
  ["TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"],
] as const;

type FilterProperty = {
  S3Key: { Rules: { Name: string; Value: string }[] };
};

export function notificationToApi(value: Properties) {
  const configuration: Record<string, unknown> = {};
  for (const [property, member, destination, arn] of LISTS) {
    const rules = value[property] as Properties[] | undefined;
    configuration[member] = rules?.map((rule) => {
      const filter = rule.Filter as FilterProperty | undefined;
      const FilterRules = filter?.S3Key.Rules;
      return {
        Events: [rule.Event],
        [arn]: rule[destination],
        Filter: FilterRules ? { Key: { FilterRules } } : undefined,
      };
    });
  }
  const bridge = value.EventBridgeConfiguration as Properties | undefined;
  // An empty document is what switches events on; EventBridgeEnabled is the template's word for it.
  if (bridge && toBoolean(bridge.EventBridgeEnabled ?? true)) configuration.EventBridgeConfiguration = {};
  return { NotificationConfiguration: configuration };
}

interface ApiRule {
  readonly Events: readonly string[];
  readonly Filter?: { Key?: { FilterRules?: readonly { Name: string; Value: string }[] } };
  readonly [name: string]: unknown;
}

export function notificationFromApi(output: Record<string, unknown>) {
  const value: Record<string, unknown> = {};
  for (const [property, member, destination, arn] of LISTS) {
    const rules = (output[member] ?? []) as ApiRule[];
    const written = rules.flatMap((rule) => {
      const Rules = rule.Filter?.Key?.FilterRules;
      const Filter = Rules ? { S3Key: { Rules } } : undefined;
      return rule.Events.map((Event) => ({ Event, [destination]: rule[arn], Filter }));
    });
    if (written.length > 0) value[property] = written;
  }
  if (output.EventBridgeConfiguration) value.EventBridgeConfiguration = { EventBridgeEnabled: true };
  return Object.keys(value).length > 0 ? value : undefined;
}
