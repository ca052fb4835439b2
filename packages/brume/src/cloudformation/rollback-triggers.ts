/**
 * Rollback triggers: alarms that make an operation on a stack roll back.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html
 */
import { parseArn } from "../kernel/arn.js";
import type { Context } from "../kernel/context.js";
import type { RollbackConfiguration } from "./stack.js";
import { invalidTemplate } from "./template/errors.js";

const TYPES = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

/** The configuration of a request. @throws AwsError `ValidationError` */
export function rollbackConfigurationOf(
  input:
    | {
        RollbackTriggers?: { Arn?: string | undefined; Type?: string | undefined }[] | undefined;
        MonitoringTimeInMinutes?: number | undefined;
      }
    | undefined,
): RollbackConfiguration | undefined {
  if (!input) return undefined;
  const { RollbackTriggers = [], MonitoringTimeInMinutes: monitoringMinutes = 0 } = input;
  const triggers = RollbackTriggers.map(({ Arn: arn = "", Type: type = "" }) => {
    if (!TYPES.includes(type)) throw invalidTemplate(`Rollback trigger type ${type} is not supported`);
    if (parseArn(arn)?.service !== "cloudwatch") throw invalidTemplate(`${arn} is not a valid rollback trigger ARN`);
    return { arn, type };
  });
  return { triggers, monitoringMinutes };
}

/** The configuration as answers show it. */
export function presentRollbackConfiguration(configuration: RollbackConfiguration | undefined) {
  if (!configuration) return {};
  return {
    RollbackTriggers: configuration.triggers.map(({ arn, type }) => ({ Arn: arn, Type: type })),
    MonitoringTimeInMinutes: configuration.monitoringMinutes,
  };
}

interface Alarms {
  MetricAlarms?: { AlarmArn: string; StateValue: string }[];
  CompositeAlarms?: { AlarmArn: string; StateValue: string }[];
}

/** Why a stack has to roll back for its triggers: one is in alarm, or not there; `undefined` while all is well. */
export async function triggered(
  ctx: Context,
  configuration: RollbackConfiguration | undefined,
): Promise<string | undefined> {
  if (!configuration || configuration.triggers.length === 0) return undefined;
  const states = new Map<string, string>();
  for (const { arn } of configuration.triggers) {
    const { account, region, resource = "" } = parseArn(arn) ?? {};
    const input = { AlarmNames: [resource.replace(/^alarm:/, "")], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] };
    const found = await ctx.call<Alarms>("cloudwatch", "DescribeAlarms", input, { account, region });
    for (const { AlarmArn, StateValue } of [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])])
      states.set(AlarmArn, StateValue);
  }
  const missing = configuration.triggers.find(({ arn }) => !states.has(arn));
  if (missing) return `Rollback trigger ${missing.arn} does not exist. `;
  const alarming = configuration.triggers.find(({ arn }) => states.get(arn) === "ALARM");
  return alarming && `Rollback trigger ${alarming.arn} is in ALARM state. `;
}
