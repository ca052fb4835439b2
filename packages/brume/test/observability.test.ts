import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../src/index.js";
import { readOutbox } from "../src/kernel/outbox.js";

/** What a CDK app with a metric filter, an alarm on it and an e-mail subscription synthesizes to. */
const TEMPLATE = {
  Resources: {
    Logs: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 7 } },
    Errors: {
      Type: "AWS::Logs::MetricFilter",
      Properties: {
        LogGroupName: { Ref: "Logs" },
        FilterPattern: '{ $.level = "ERROR" }',
        MetricTransformations: [
          { MetricName: "Errors", MetricNamespace: "App", MetricValue: "1", DefaultValue: "0", Unit: "Count" },
        ],
      },
    },
    Alerts: { Type: "AWS::SNS::Topic" },
    Mail: {
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: { Ref: "Alerts" }, Protocol: "email", Endpoint: "ada@example.com" },
    },
    TooMany: {
      Type: "AWS::CloudWatch::Alarm",
      Properties: {
        Namespace: "App",
        MetricName: "Errors",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 3,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
        AlarmActions: [{ Ref: "Alerts" }],
      },
    },
  },
  Outputs: { Group: { Value: { Ref: "Logs" } }, Alarm: { Value: { Ref: "TooMany" } } },
};

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

describe("an app that watches its own logs", () => {
  it("sends a mail when there are too many errors, once its address was confirmed", async () => {
    const cloudformation = cloud.client(CloudFormationClient);
    const StackName = "watched";
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(TEMPLATE) }));
    await cloud.clock.advance({ minutes: 2 });
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    expect(Stacks?.[0]?.StackStatus).toBe("CREATE_COMPLETE");
    const [logGroupName, alarm] = Stacks?.[0]?.Outputs?.map(({ OutputValue }) => OutputValue) ?? [];
    const [confirmation] = readOutbox(cloud.kernel);
    expect(confirmation).toMatchObject({ channel: "email", to: "ada@example.com" });
    await fetch(confirmation?.link as string);
    const logs = cloud.client(CloudWatchLogsClient);
    const stream = { logGroupName, logStreamName: "s" };
    await logs.send(new CreateLogStreamCommand(stream));
    const put = async (...levels: string[]) => {
      const logEvents = levels.map((level) => ({ timestamp: cloud.clock.now(), message: JSON.stringify({ level }) }));
      await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
      await cloud.clock.advance({ minutes: 2 });
    };
    await put("ERROR", "INFO", "ERROR");
    expect(readOutbox(cloud.kernel)).toHaveLength(1);
    await put("ERROR", "ERROR", "ERROR");
    const mail = readOutbox(cloud.kernel)[1];
    expect(mail?.subject).toBe(`ALARM: "${alarm}" in US East (N. Virginia)`);
    expect(JSON.parse(mail?.text as string)).toMatchObject({ AlarmName: alarm, NewStateValue: "ALARM" });
  });
});
