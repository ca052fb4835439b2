import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let logs: sdk.CloudWatchLogsClient;
let metrics: CloudWatchClient;
beforeAll(async () => {
  cloud = await startCloud();
  // At the start of a minute, so that what a test does within seconds is in one.
  cloud.clock.pause();
  await cloud.clock.advanceTo(Math.ceil(cloud.clock.now() / 60_000) * 60_000);
  logs = cloud.client(sdk.CloudWatchLogsClient);
  metrics = cloud.client(CloudWatchClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newFilter(
  filterPattern: string,
  transformation: Partial<sdk.MetricTransformation> = {},
): Promise<string> {
  const logGroupName = `/test/metrics-${count++}`;
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName }));
  await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
  const metricTransformations = [
    { metricName: logGroupName, metricNamespace: "Test", metricValue: "1", ...transformation },
  ];
  await logs.send(
    new sdk.PutMetricFilterCommand({ logGroupName, filterName: "f", filterPattern, metricTransformations }),
  );
  return logGroupName;
}
async function put(logGroupName: string, ...messages: unknown[]): Promise<void> {
  const logEvents = messages.map((message) => ({
    timestamp: cloud.clock.now(),
    message: typeof message === "string" ? message : JSON.stringify(message),
  }));
  await logs.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName: "s", logEvents }));
  await cloud.clock.advance({ milliseconds: 1 });
}
async function read(MetricName: string, Dimensions?: { Name: string; Value: string }[]) {
  const { Datapoints = [] } = await metrics.send(
    new GetMetricStatisticsCommand({
      Namespace: "Test",
      MetricName,
      Dimensions,
      StartTime: new Date(cloud.clock.now() - 3_600_000),
      EndTime: new Date(cloud.clock.now() + 60_000),
      Period: 3600 * 3,
      Statistics: ["Sum", "SampleCount"],
    }),
  );
  return Datapoints.map(({ Sum, SampleCount, Unit }) => ({ Sum, SampleCount, Unit }));
}

describe("a metric filter", () => {
  it("counts the events that it matches", async () => {
    const group = await newFilter("ERROR", { unit: "Count" });
    await put(group, "ERROR 1", "INFO", "ERROR 2");
    expect(await read(group)).toEqual([{ Sum: 2, SampleCount: 2, Unit: "Count" }]);
  });

  it("takes values and dimensions from JSON", async () => {
    const group = await newFilter("{ $.latency = * }", {
      metricValue: "$.latency",
      dimensions: { path: "$.request.path" },
    });
    await put(group, { latency: 5, request: { path: "/a" } }, { latency: "7.5", request: { path: "/b" } });
    await put(group, { latency: 1, request: { path: "/a" } }, { latency: "none", request: { path: "/a" } });
    expect(await read(group, [{ Name: "path", Value: "/a" }])).toMatchObject([{ Sum: 6, SampleCount: 2 }]);
    expect(await read(group, [{ Name: "path", Value: "/b" }])).toMatchObject([{ Sum: 7.5 }]);
  });

  it("takes values from fields between spaces", async () => {
    const group = await newFilter("[ip, user, bytes > 10]", { metricValue: "$bytes", dimensions: { user: "$user" } });
    await put(group, "127.0.0.1 ada 12", "127.0.0.1 ada 9", "127.0.0.1 bob 30");
    expect(await read(group, [{ Name: "user", Value: "ada" }])).toMatchObject([{ Sum: 12 }]);
  });

  it("publishes its default value for a minute in which events came and none matched", async () => {
    const group = await newFilter("ERROR", { defaultValue: 0 });
    await put(group, "INFO");
    await cloud.clock.advance({ seconds: 61 });
    expect(await read(group)).toMatchObject([{ Sum: 0, SampleCount: 1 }]);
    await put(group, "INFO");
    await put(group, "ERROR");
    await put(group, "INFO");
    await cloud.clock.advance({ seconds: 61 });
    expect(await read(group)).toMatchObject([{ Sum: 1, SampleCount: 2 }]);
  });

  it("leaves what events bring along to themselves: metrics in the embedded format", async () => {
    const group = await newFilter("nothing");
    const event = (latency: number | number[]) => ({
      _aws: {
        Timestamp: cloud.clock.now(),
        CloudWatchMetrics: [
          {
            Namespace: "Test",
            Dimensions: [["service"], ["service", "missing"], []],
            Metrics: [{ Name: `${group}-latency`, Unit: "Milliseconds" }, { Name: "absent" }],
          },
        ],
      },
      service: "orders",
      [`${group}-latency`]: latency,
    });
    await put(group, event(5), event([1, 2]), { _aws: { CloudWatchMetrics: "odd" } });
    const expected = [{ Sum: 8, SampleCount: 3, Unit: "Milliseconds" }];
    expect(await read(`${group}-latency`, [{ Name: "service", Value: "orders" }])).toEqual(expected);
    expect(await read(`${group}-latency`)).toEqual(expected);
  });

  it("sets off an alarm", async () => {
    const group = await newFilter("ERROR");
    const AlarmName = "too many errors";
    await metrics.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: "Test",
        MetricName: group,
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 2,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
      }),
    );
    const state = async () =>
      (await metrics.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }))).MetricAlarms?.[0]?.StateValue;
    await put(group, "ERROR");
    await cloud.clock.advance({ minutes: 3 });
    expect(await state()).toBe("OK");
    await put(group, "ERROR", "ERROR");
    await cloud.clock.advance({ minutes: 1 });
    expect(await state()).toBe("ALARM");
  });

  it.each([
    ["a value that is no number", "ERROR", { metricValue: "one" }],
    ["a field that the pattern does not have", "ERROR", { metricValue: "$.latency" }],
    ["dimensions beside a default value", "{ $.a = * }", { dimensions: { a: "$.a" }, defaultValue: 0 }],
    ["dimensions of a pattern of terms", "ERROR", { dimensions: { a: "a" } }],
    ["a name that is none", "ERROR", { metricName: "a:b" }],
  ])("refuses %s", async (_, pattern, transformation) => {
    await expect(newFilter(pattern, transformation)).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});
