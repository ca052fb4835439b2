/** The parameters that every template has. See "Pseudo parameters reference". */
import type { Json } from "../../kernel/resource.js";

/** Where and for which stack a template is evaluated. */
export interface StackScope {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly notificationArns: readonly string[];
}

/** What a function or reference yields that takes its property, list item or map entry away. */
export const NO_VALUE = Symbol("AWS::NoValue");

const VALUES: Readonly<Record<string, (scope: StackScope) => Json | typeof NO_VALUE>> = {
  "AWS::AccountId": ({ account }) => account,
  "AWS::NotificationARNs": ({ notificationArns }) => [...notificationArns],
  "AWS::NoValue": () => NO_VALUE,
  "AWS::Partition": ({ partition }) => partition,
  "AWS::Region": ({ region }) => region,
  "AWS::StackId": ({ stackId }) => stackId,
  "AWS::StackName": ({ stackName }) => stackName,
  "AWS::URLSuffix": ({ urlSuffix }) => urlSuffix,
};

export function isPseudoParameter(name: string): boolean {
  return Object.hasOwn(VALUES, name);
}

/** The value of a pseudo parameter. */
export function pseudoParameter(name: string, scope: StackScope): Json | typeof NO_VALUE {
  return (VALUES[name] as (scope: StackScope) => Json | typeof NO_VALUE)(scope);
}
