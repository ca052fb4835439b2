import * as sdk from "@aws-sdk/client-cloudwatch";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: sdk.CloudWatchClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.CloudWatchClient);
  cloud.clock.pause();
});
afterAll(() => cloud.close());

let count = 0;
async function create(more: Partial<sdk.PutMetricAlarmCommandInput> = {}): Promise<string> {
  const AlarmName = `a${count++}`;
  await client.send(
    new sdk.PutMetricAlarmCommand({
      AlarmName,
      Namespace: "Test",
      MetricName: AlarmName,
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      ...more,
    } as sdk.PutMetricAlarmCommandInput),
  );
  return AlarmName;
}
const put = (MetricName: string, Value: number) =>
  client.send(new sdk.PutMetricDataCommand({ Namespace: "Test", MetricData: [{ MetricName, Value }] }));
const describeAlarm = async (name: string) =>
  (await client.send(new sdk.DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0];
const stateOf = async (name: string) => (await describeAlarm(name))?.StateValue;
const compositeState = async (name: string) =>
  (await client.send(new sdk.DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["CompositeAlarm"] })))
    .CompositeAlarms?.[0];
const minutes = (n: number) => cloud.clock.advance({ minutes: n });
/** Puts a value a minute (none for `undefined`), and tells the state after each. */
async function feed(name: string, ...values: (number | undefined)[]): Promise<(string | undefined)[]> {
  const states: (string | undefined)[] = [];
  for (const value of values) {
    if (value !== undefined) await put(name, value);
    await minutes(1);
    states.push(await stateOf(name));
  }
  return states;
}

/** A topic, and the messages that have come to it. */
async function topic() {
  const topics = cloud.client(sns.SNSClient);
  const queues = cloud.client(sqs.SQSClient);
  const name = `t${count++}`;
  const { TopicArn } = await topics.send(new sns.CreateTopicCommand({ Name: name }));
  const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName: name }));
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  await topics.send(new sns.SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
  const messages = async () => {
    await cloud.kernel.idle();
    const input = { QueueUrl, MaxNumberOfMessages: 10 };
    const { Messages = [] } = await queues.send(new sqs.ReceiveMessageCommand(input));
    return Messages.map(({ Body }) => JSON.parse(Body ?? "") as { Subject: string; Message: string });
  };
  return { arn: TopicArn as string, messages };
}

describe("PutMetricAlarm", () => {
  it("begins without data, and follows it from minute to minute", async () => {
    const name = await create();
    expect(await describeAlarm(name)).toMatchObject({
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Unchecked: Initial alarm creation",
    });
    expect(await feed(name, 1, 2)).toEqual(["OK", "ALARM"]);
    expect((await describeAlarm(name))?.StateReason).toMatch(
      /^Threshold Crossed: 1 out of the last 1 datapoints \[2\.0 \(\d\d\/\d\d\/\d\d \d\d:\d\d:00\)\] was greater than the threshold \(1\.0\) \(minimum 1 datapoint for OK -> ALARM transition\)\.$/,
    );
    expect(await feed(name, 0, undefined, undefined, undefined)).toEqual(["OK", "OK", "OK", "INSUFFICIENT_DATA"]);
    expect((await describeAlarm(name))?.StateReason).toBe("Insufficient Data: 1 datapoint was unknown.");
  });

  it("alarms at M out of N datapoints", async () => {
    const name = await create({ EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    expect(await feed(name, 0, 5, 0, 5, 0, 0)).toEqual(["OK", "OK", "OK", "ALARM", "OK", "OK"]);
  });

  it("does not alarm before there are as many datapoints as it takes", async () => {
    const name = await create({ EvaluationPeriods: 3 });
    expect(await feed(name, 5, 5, 5)).toEqual(["INSUFFICIENT_DATA", "INSUFFICIENT_DATA", "ALARM"]);
  });

  it("treats missing data as it says", async () => {
    const states: Record<string, (string | undefined)[]> = {};
    for (const TreatMissingData of ["breaching", "notBreaching", "ignore", "missing"]) {
      const name = await create({ TreatMissingData });
      states[TreatMissingData] = [
        ...(await feed(name, undefined)),
        ...(await feed(name, 5, undefined, undefined, undefined)),
      ];
    }
    expect(states).toEqual({
      breaching: ["ALARM", "ALARM", "ALARM", "ALARM", "ALARM"],
      notBreaching: ["OK", "ALARM", "ALARM", "ALARM", "OK"],
      ignore: ["INSUFFICIENT_DATA", "ALARM", "ALARM", "ALARM", "ALARM"],
      missing: ["INSUFFICIENT_DATA", "ALARM", "ALARM", "ALARM", "INSUFFICIENT_DATA"],
    });
  });

  it("compares in each way", async () => {
    const ways = [
      "GreaterThanOrEqualToThreshold",
      "GreaterThanThreshold",
      "LessThanThreshold",
      "LessThanOrEqualToThreshold",
    ];
    const results = [];
    for (const ComparisonOperator of ways as sdk.ComparisonOperator[]) {
      results.push(await feed(await create({ ComparisonOperator }), 0, 1, 2));
    }
    const word = (text: string) => text.split("").map((letter) => (letter === "A" ? "ALARM" : "OK"));
    expect(results).toEqual([word("OAA"), word("OOA"), word("AOO"), word("AAO")]);
  });

  it("looks at an expression", async () => {
    const metric = (MetricName: string) => ({
      Metric: { Namespace: "Test", MetricName },
      Period: 60,
      Stat: "Sum",
    });
    const name = await create({
      Namespace: undefined,
      MetricName: undefined,
      Statistic: undefined,
      Period: undefined,
      Threshold: 50,
      Metrics: [
        { Id: "rate", Expression: "100 * errors / FILL(calls, 1)" },
        { Id: "errors", MetricStat: metric("errors"), ReturnData: false },
        { Id: "calls", MetricStat: metric("calls"), ReturnData: false },
      ],
    });
    await put("calls", 4);
    expect(await feed("errors", 1)).toEqual([undefined]);
    expect(await stateOf(name)).toBe("OK");
    await put("calls", 4);
    await feed("errors", 3);
    expect(await stateOf(name)).toBe("ALARM");
  });

  it("does nothing while nothing changes", async () => {
    const name = await create();
    let evaluations = 0;
    const stop = cloud.kernel.events.on("timer", ({ kind }) => void (kind === "evaluate" && evaluations++));
    await feed(name, 5);
    await cloud.clock.advance({ days: 30 });
    stop();
    expect(await stateOf(name)).toBe("INSUFFICIENT_DATA");
    expect(evaluations).toBeLessThan(20);
  });

  it("refuses settings that no alarm can have", async () => {
    await expect(create({ Threshold: undefined })).rejects.toThrow("The parameter Threshold is required.");
    await expect(create({ EvaluationPeriods: 1441 })).rejects.toThrow("across more than a day");
    await expect(create({ ExtendedStatistic: "p9" })).rejects.toThrow("Exactly one of Statistic and ExtendedStatistic");
    await expect(create({ AlarmActions: ["x"] })).rejects.toThrow("Invalid arn syntax: x");
    await expect(create({ ThresholdMetricId: "ad" })).rejects.toThrow("brume does not implement");
  });
});

describe("actions of alarms", () => {
  it("tell topics what CloudWatch tells them", async () => {
    const { arn, messages } = await topic();
    const name = await create({ AlarmActions: [arn], AlarmDescription: "d", Dimensions: [{ Name: "k", Value: "v" }] });
    const MetricData = [{ MetricName: name, Value: 5, Dimensions: [{ Name: "k", Value: "v" }] }];
    await client.send(new sdk.PutMetricDataCommand({ Namespace: "Test", MetricData }));
    await minutes(1);
    const [message] = await messages();
    expect(message?.Subject).toBe(`ALARM: "${name}" in US East (N. Virginia)`);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    expect(message?.Message).toContain('"Threshold":1.0,');
    expect(JSON.parse(message?.Message ?? "")).toEqual({
      AlarmName: name,
      AlarmDescription: "d",
      AWSAccountId: "000000000000",
      AlarmConfigurationUpdatedTimestamp: time,
      NewStateValue: "ALARM",
      NewStateReason: expect.stringContaining("Threshold Crossed: 1 out of the last 1 datapoints [5.0"),
      StateChangeTime: time,
      Region: "US East (N. Virginia)",
      AlarmArn: `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${name}`,
      OldStateValue: "INSUFFICIENT_DATA",
      OKActions: [],
      AlarmActions: [arn],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: name,
        Namespace: "Test",
        StatisticType: "Statistic",
        Statistic: "AVERAGE",
        Unit: null,
        Dimensions: [{ value: "v", name: "k" }],
        Period: 60,
        EvaluationPeriods: 1,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 1,
        TreatMissingData: "missing",
        EvaluateLowSampleCountPercentile: "",
      },
    });
  });

  it("are said to have failed where they could not be performed", async () => {
    const action = "arn:aws:automate:us-east-1:ec2:stop";
    const name = await create({ AlarmActions: [action, "arn:aws:lambda:us-east-1:000000000000:function:none"] });
    await feed(name, 5);
    await cloud.kernel.idle();
    const { AlarmHistoryItems = [] } = await client.send(
      new sdk.DescribeAlarmHistoryCommand({ AlarmName: name, HistoryItemType: "Action" }),
    );
    const summaries = AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary).join("\n");
    expect(summaries).toContain(`Failed to execute action ${action}. brume does not perform actions of this kind.`);
    expect(summaries).toContain("Function not found");
  });
});

describe("SetAlarmState, EnableAlarmActions, DisableAlarmActions", () => {
  const setState = (AlarmName: string, StateValue: sdk.StateValue) =>
    client.send(new sdk.SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "testing" }));

  it("sets a state until the next evaluation, and acts on it if actions are on", async () => {
    const { arn, messages } = await topic();
    const name = await create({ AlarmActions: [arn], TreatMissingData: "notBreaching" });
    await minutes(1);
    await client.send(new sdk.DisableAlarmActionsCommand({ AlarmNames: [name] }));
    await setState(name, "ALARM");
    expect(await messages()).toEqual([]);
    await minutes(1);
    expect(await stateOf(name)).toBe("OK");
    await client.send(new sdk.EnableAlarmActionsCommand({ AlarmNames: [name] }));
    await setState(name, "ALARM");
    expect((await messages()).map(({ Message }) => JSON.parse(Message).NewStateReason)).toEqual(["testing"]);
    await expect(setState("none", "OK")).rejects.toThrow(sdk.ResourceNotFound);
    await expect(setState(name, "BAD" as "OK")).rejects.toThrow("Member must satisfy enum value set");
  });
});

/** Two minutes of wait, and three of extension. */
const suppressedBy = (ActionsSuppressor: string) => ({
  ActionsSuppressor,
  ActionsSuppressorWaitPeriod: 120,
  ActionsSuppressorExtensionPeriod: 180,
});

describe("PutCompositeAlarm", () => {
  const putComposite = (AlarmName: string, AlarmRule: string, more: Partial<sdk.PutCompositeAlarmCommandInput> = {}) =>
    client.send(new sdk.PutCompositeAlarmCommand({ AlarmName, AlarmRule, ...more }));

  it("follows the alarms of its rule", async () => {
    const { arn, messages } = await topic();
    const [a, b] = [
      await create({ TreatMissingData: "notBreaching" }),
      await create({ TreatMissingData: "notBreaching" }),
    ];
    await minutes(1);
    await putComposite("both", `ALARM("${a}") AND NOT (OK(${b}) OR FALSE)`, { AlarmActions: [arn], OKActions: [arn] });
    const prefix = "arn:aws:cloudwatch:us-east-1:000000000000:alarm";
    expect(await compositeState("both")).toMatchObject({
      StateValue: "OK",
      StateReason: `${prefix}:both was created and its alarm rule evaluates to OK`,
    });
    await feed(a, 5);
    expect((await compositeState("both"))?.StateValue).toBe("OK");
    await put(a, 5);
    await feed(b, 5);
    const { StateValue, StateReason } = (await compositeState("both")) ?? {};
    expect(StateValue).toBe("ALARM");
    expect(StateReason).toMatch(
      new RegExp(`^${prefix}:${b} transitioned to ALARM at \\w+ \\d\\d \\w+, \\d{4} [\\d:]{8} UTC$`),
    );
    const last = (await messages()).find(({ Subject }) => Subject.startsWith("ALARM"));
    expect(JSON.parse(last?.Message ?? "")).toMatchObject({
      AlarmRule: expect.stringContaining("AND NOT"),
      TriggeringChildren: [{ Arn: `${prefix}:${b}`, State: { Value: "ALARM" } }],
    });
  });

  it("counts, and takes ARNs", async () => {
    const [a, b] = [await create(), await create()];
    const arn = `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${b}`;
    await putComposite("counting", `AT_LEAST(2, INSUFFICIENT_DATA, (${a}, "${arn}"))`);
    expect((await compositeState("counting"))?.StateValue).toBe("ALARM");
    await feed(a, 5);
    expect((await compositeState("counting"))?.StateValue).toBe("OK");
  });

  it("does not act while its suppressor is in alarm", async () => {
    const { arn, messages } = await topic();
    const [a, suppressor] = [await create(), await create({ TreatMissingData: "breaching" })];
    await minutes(1);
    await putComposite("suppressed", `ALARM(${a})`, { AlarmActions: [arn], ...suppressedBy(suppressor) });
    await feed(a, 5);
    expect(await compositeState("suppressed")).toMatchObject({ StateValue: "ALARM", ActionsSuppressedBy: "Alarm" });
    expect(await messages()).toEqual([]);
  });

  it("waits whether its suppressor goes into alarm, and for a while after it has left it", async () => {
    const { arn, messages } = await topic();
    // What is ignored while it is missing stays as it is.
    const lasting = { TreatMissingData: "ignore" };
    const [a, suppressor] = [await create(lasting), await create(lasting)];
    await feed(suppressor, 0);
    await putComposite("waiting", `ALARM(${a})`, { AlarmActions: [arn], ...suppressedBy(suppressor) });
    await feed(a, 5);
    expect(await compositeState("waiting")).toMatchObject({ StateValue: "ALARM", ActionsSuppressedBy: "WaitPeriod" });
    await feed(suppressor, 5);
    expect((await compositeState("waiting"))?.ActionsSuppressedBy).toBe("Alarm");
    await minutes(1);
    expect(await messages()).toEqual([]);
    await feed(suppressor, 0);
    expect((await compositeState("waiting"))?.ActionsSuppressedBy).toBe("ExtensionPeriod");
    await cloud.clock.advance({ seconds: 110 });
    expect(await messages()).toEqual([]);
    await cloud.clock.advance({ seconds: 90 });
    expect(await messages()).toHaveLength(1);
    expect((await compositeState("waiting"))?.ActionsSuppressedBy).toBeUndefined();
  });

  it("acts when its suppressor does not come within the wait, and not on what has passed by then", async () => {
    const { arn, messages } = await topic();
    const [a, suppressor] = [await create(), await create()];
    await putComposite("alone", `ALARM(${a})`, { AlarmActions: [arn], ...suppressedBy(suppressor) });
    await feed(a, 5, 0);
    await minutes(3);
    expect(await messages()).toEqual([]);
    await feed(a, 5);
    await minutes(3);
    expect(await messages()).toHaveLength(1);
  });

  it("refuses rules that make no sense", async () => {
    await expect(putComposite("x", "ALARM(missing-alarm)")).rejects.toThrow(
      "alarms [missing-alarm] in the alarm rule do not exist",
    );
    await expect(putComposite("x", "ALARM(")).rejects.toThrow("could not be parsed");
    await putComposite("one", "TRUE");
    await putComposite("two", "ALARM(one)");
    await expect(putComposite("one", "OK(two)")).rejects.toThrow("cycle");
  });
});

describe("DescribeAlarms, DescribeAlarmsForMetric, DeleteAlarms", () => {
  it("finds alarms by state, action, metric and relation", async () => {
    const OKActions = ["arn:aws:sns:us-east-1:000000000000:unique"];
    const name = await create({ OKActions, Period: 120 });
    await client.send(new sdk.PutCompositeAlarmCommand({ AlarmName: "parent", AlarmRule: `ALARM(${name})` }));
    const find = async (input: sdk.DescribeAlarmsCommandInput) => {
      const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(new sdk.DescribeAlarmsCommand(input));
      return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => AlarmName);
    };
    expect(await find({ ActionPrefix: OKActions[0] })).toEqual([name]);
    expect(await find({ ActionPrefix: OKActions[0], StateValue: "ALARM" })).toEqual([]);
    expect(await find({ ChildrenOfAlarmName: "parent" })).toEqual([name]);
    expect(await find({ ParentsOfAlarmName: name })).toEqual(["parent"]);
    expect((await client.send(new sdk.DescribeAlarmsCommand({ MaxRecords: 1 }))).NextToken).toBeDefined();
    const forMetric = async (Period?: number) => {
      const input = { Namespace: "Test", MetricName: name, Period };
      return (await client.send(new sdk.DescribeAlarmsForMetricCommand(input))).MetricAlarms?.length;
    };
    expect([await forMetric(), await forMetric(60)]).toEqual([1, 0]);
    await client.send(new sdk.DeleteAlarmsCommand({ AlarmNames: [name, "none"] }));
    expect(await describeAlarm(name)).toBeUndefined();
    expect(await forMetric()).toBe(0);
  });
});

describe("DescribeAlarmHistory", () => {
  it("tells what became of an alarm, the newest first", async () => {
    const name = await create();
    await feed(name, 5);
    await create({ AlarmName: name, MetricName: name });
    const read = async (more: Partial<sdk.DescribeAlarmHistoryCommandInput> = {}) =>
      (await client.send(new sdk.DescribeAlarmHistoryCommand({ AlarmName: name, ...more }))).AlarmHistoryItems;
    expect((await read())?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      `Alarm "${name}" updated`,
      "Alarm updated from INSUFFICIENT_DATA to ALARM",
      `Alarm "${name}" created`,
    ]);
    const [update] = (await read({ HistoryItemType: "StateUpdate" })) ?? [];
    expect(JSON.parse(update?.HistoryData ?? "")).toMatchObject({
      oldState: { stateValue: "INSUFFICIENT_DATA" },
      newState: { stateValue: "ALARM", stateReasonData: { statistic: "Average", recentDatapoints: [5], threshold: 1 } },
    });
  });
});
