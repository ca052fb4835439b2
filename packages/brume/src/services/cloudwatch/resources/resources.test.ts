import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const typeOf = (name: string) => resourceType(cloud, service, `AWS::CloudWatch::${name}`);

describe("AWS::CloudWatch::Alarm", () => {
  it("is made of text where numbers are meant, changed and deleted", async () => {
    const alarm = await typeOf("Alarm");
    const before = {
      Namespace: "N",
      MetricName: "M",
      Statistic: "Sum",
      Period: "60",
      EvaluationPeriods: "2",
      Threshold: "1.5",
      ComparisonOperator: "GreaterThanThreshold",
      AlarmDescription: "d",
      Tags: [{ Key: "a", Value: "1" }],
    };
    const made = await alarm.create(before);
    expect(made).toEqual({
      ...before,
      AlarmName: made.AlarmName,
      Arn: `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${made.AlarmName as string}`,
      Period: 60,
      EvaluationPeriods: 2,
      Threshold: 1.5,
      ActionsEnabled: true,
    });
    expect(await alarm.list()).toContainEqual({ AlarmName: made.AlarmName });
    const { AlarmDescription: _, Tags: __, Statistic: ___, Namespace, MetricName, Period: ____, ...rest } = before;
    const MetricStat = { Metric: { Namespace, MetricName }, Period: 60, Stat: "p90" };
    const after = {
      ...rest,
      Namespace: "N",
      MetricName: "M",
      Period: 300,
      ExtendedStatistic: "p90",
      Tags: [{ Key: "b", Value: "2" }],
    };
    const updated = await alarm.update(after, made, before);
    expect(updated).toMatchObject({ Period: 300, ExtendedStatistic: "p90", Tags: after.Tags });
    expect(updated).not.toHaveProperty("AlarmDescription");
    expect(updated).not.toHaveProperty("Statistic");
    const doubled = { Id: "e", Expression: "m * 2", ReturnData: true };
    const math = await alarm.create({ ...rest, Metrics: [{ Id: "m", MetricStat, ReturnData: "false" }, doubled] });
    expect(math.Metrics).toEqual([{ Id: "m", MetricStat, ReturnData: false }, doubled]);
    await alarm.delete(updated);
    expect(await alarm.read(updated)).toBeUndefined();
  });
});

describe("AWS::CloudWatch::CompositeAlarm", () => {
  it("is made, changed and deleted", async () => {
    const alarm = await typeOf("CompositeAlarm");
    const made = await alarm.create({ AlarmRule: "TRUE" });
    expect(made).toMatchObject({ AlarmRule: "TRUE", Arn: expect.stringContaining(":alarm:"), ActionsEnabled: true });
    const after = { AlarmRule: "FALSE", ActionsEnabled: "false", Tags: [{ Key: "a", Value: "1" }] };
    expect(await alarm.update(after, made, { AlarmRule: "TRUE" })).toEqual({
      ...after,
      ActionsEnabled: false,
      AlarmName: made.AlarmName,
      Arn: made.Arn,
    });
    expect(await alarm.list()).toContainEqual({ AlarmName: made.AlarmName });
    await alarm.delete(made);
    expect(await alarm.read(made)).toBeUndefined();
  });
});

describe("AWS::CloudWatch::Dashboard", () => {
  it("is made, changed and deleted", async () => {
    const dashboard = await typeOf("Dashboard");
    const made = await dashboard.create({ DashboardBody: "{}" });
    expect(made).toEqual({ DashboardName: made.DashboardName, DashboardBody: "{}" });
    const after = { DashboardBody: '{"widgets":[]}', Tags: [{ Key: "a", Value: "1" }] };
    expect(await dashboard.update(after, made, { DashboardBody: "{}" })).toEqual({ ...made, ...after });
    expect(await dashboard.list()).toContainEqual({ DashboardName: made.DashboardName });
    await dashboard.delete(made);
    expect(await dashboard.read(made)).toBeUndefined();
  });
});
