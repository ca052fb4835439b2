import * as sdk from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: sdk.CloudWatchClient;
/** The start of an hour, by which the data of a test is placed. */
let hour: number;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.CloudWatchClient);
  cloud.clock.pause();
  hour = Math.floor(cloud.clock.now() / 3_600_000) * 3_600_000;
});
afterAll(() => cloud.close());

let count = 0;
const newNamespace = () => `Test/${count++}`;
const at = (minute: number, second = 0) => new Date(hour + (minute * 60 + second) * 1000);
const put = (Namespace: string, ...MetricData: sdk.MetricDatum[]) =>
  client.send(new sdk.PutMetricDataCommand({ Namespace, MetricData }));
const statistics = async (Namespace: string, more: Partial<sdk.GetMetricStatisticsCommandInput>) => {
  const input = { Namespace, MetricName: "m", StartTime: at(0), EndTime: at(10), Period: 60, ...more };
  const { Datapoints = [] } = await client.send(new sdk.GetMetricStatisticsCommand(input));
  return Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp));
};

describe("PutMetricData, GetMetricStatistics", () => {
  it("gathers values, counted values and statistic sets by periods", async () => {
    const Namespace = newNamespace();
    await put(Namespace, { MetricName: "m", Timestamp: at(0, 10), Value: 1 });
    await put(Namespace, { MetricName: "m", Timestamp: at(0, 50), Values: [3, 5], Counts: [2, 1] });
    const StatisticValues = { SampleCount: 4, Sum: 40, Minimum: 5, Maximum: 20 };
    await put(Namespace, { MetricName: "m", Timestamp: at(1), StatisticValues });
    const Statistics: sdk.Statistic[] = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"];
    expect(await statistics(Namespace, { Statistics })).toEqual([
      { Timestamp: at(0), SampleCount: 4, Sum: 12, Average: 3, Minimum: 1, Maximum: 5, Unit: "None" },
      { Timestamp: at(1), SampleCount: 4, Sum: 40, Average: 10, Minimum: 5, Maximum: 20, Unit: "None" },
    ]);
    expect(await statistics(Namespace, { Statistics: ["Sum"], Period: 300 })).toMatchObject([{ Sum: 52 }]);
  });

  it("knows percentiles and trimmed statistics of values", async () => {
    const Namespace = newNamespace();
    const Values = Array.from({ length: 100 }, (_, index) => index + 1);
    await put(Namespace, { MetricName: "m", Timestamp: at(0), Values });
    const ExtendedStatistics = ["p50", "p99", "tm90", "tc90", "PR(:10)", "TM(10%:90%)", "wm90"];
    expect((await statistics(Namespace, { ExtendedStatistics }))[0]?.ExtendedStatistics).toEqual({
      p50: 50,
      p99: 99,
      tm90: 45.5,
      tc90: 90,
      "PR(:10)": 10,
      "TM(10%:90%)": 50.5,
      wm90: 49.95,
    });
    await expect(statistics(Namespace, { ExtendedStatistics: ["p101"] })).rejects.toThrow("p101");
  });

  it("keeps units and dimensions apart", async () => {
    const Namespace = newNamespace();
    const Dimensions = [
      { Name: "b", Value: "2" },
      { Name: "a", Value: "1" },
    ];
    await put(Namespace, { MetricName: "m", Timestamp: at(0), Value: 1, Unit: "Seconds", Dimensions });
    await put(Namespace, { MetricName: "m", Timestamp: at(0), Value: 2, Unit: "Count", Dimensions });
    const sum = async (more: Partial<sdk.GetMetricStatisticsCommandInput>) =>
      (await statistics(Namespace, { Statistics: ["Sum"], ...more })).map(({ Sum, Unit }) => `${Sum} ${Unit}`);
    expect(await sum({ Dimensions: [...Dimensions].reverse() })).toEqual(["1 Seconds", "2 Count"]);
    expect(await sum({ Dimensions, Unit: "Count" })).toEqual(["2 Count"]);
    expect(await sum({ Dimensions: Dimensions.slice(1) })).toEqual([]);
  });

  it("keeps seconds where the storage resolution is one", async () => {
    const Namespace = newNamespace();
    await put(Namespace, { MetricName: "m", Timestamp: at(0, 7), Value: 1, StorageResolution: 1 });
    const [point] = await statistics(Namespace, { Statistics: ["Sum"], Period: 1, EndTime: at(1) });
    expect(point?.Timestamp).toEqual(at(0, 7));
  });

  it("refuses what is no datum", async () => {
    const datum = (more: Partial<sdk.MetricDatum>) => put("Test", { MetricName: "m", ...more });
    await expect(datum({})).rejects.toThrow(sdk.InvalidParameterCombinationException);
    await expect(datum({ Value: 1, Values: [1] })).rejects.toThrow(
      "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.",
    );
    await expect(datum({ Value: 2 ** 361 })).rejects.toThrow(sdk.InvalidParameterValueException);
    await expect(datum({ Value: 1, Unit: "Stones" as "None" })).rejects.toThrow("Unit is invalid");
    await expect(datum({ Value: 1, Timestamp: new Date(hour - 15 * 86_400_000) })).rejects.toThrow("two weeks");
    await expect(put("Test")).rejects.toThrow("The parameter MetricData is required.");
    await expect(statistics("Test", { Statistics: ["Sum"], Period: 61 })).rejects.toThrow("multiple of 60");
  });
});

describe("ListMetrics", () => {
  it("filters by name and dimensions", async () => {
    const Namespace = newNamespace();
    const dimensions = (Value: string) => [{ Name: "queue", Value }];
    await put(
      Namespace,
      { MetricName: "sent", Value: 1, Dimensions: dimensions("a") },
      { MetricName: "sent", Value: 1, Dimensions: dimensions("b") },
      { MetricName: "failed", Value: 1 },
    );
    const list = async (more: Partial<sdk.ListMetricsCommandInput>) =>
      (await client.send(new sdk.ListMetricsCommand({ Namespace, ...more }))).Metrics;
    expect(await list({})).toHaveLength(3);
    expect(await list({ MetricName: "failed" })).toEqual([{ Namespace, MetricName: "failed", Dimensions: [] }]);
    expect(await list({ Dimensions: [{ Name: "queue" }] })).toHaveLength(2);
    expect(await list({ Dimensions: dimensions("b") })).toEqual([
      { Namespace, MetricName: "sent", Dimensions: dimensions("b") },
    ]);
  });
});

describe("GetMetricData", () => {
  const metric = (Id: string, Namespace: string, MetricName: string, ReturnData = false): sdk.MetricDataQuery => ({
    Id,
    MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat: "Sum" },
    ReturnData,
  });
  const run = (MetricDataQueries: sdk.MetricDataQuery[], more: Partial<sdk.GetMetricDataCommandInput> = {}) =>
    client.send(
      new sdk.GetMetricDataCommand({
        MetricDataQueries,
        StartTime: at(0),
        EndTime: at(4),
        ScanBy: "TimestampAscending",
        ...more,
      }),
    );
  let namespace: string;
  beforeAll(async () => {
    namespace = newNamespace();
    const put3 = (MetricName: string, values: (number | undefined)[]) =>
      put(
        namespace,
        ...values.flatMap((Value, index) => (Value === undefined ? [] : [{ MetricName, Value, Timestamp: at(index) }])),
      );
    await put3("errors", [1, 2, undefined, 4]);
    await put3("calls", [10, 10, 10, 0]);
  });

  it("repeats a number for no longer than anyone could read", async () => {
    const { MetricDataResults } = await run([{ Id: "e1", Expression: "5", Period: 1 }], { StartTime: new Date(0) });
    expect(MetricDataResults?.[0]?.Values?.length).toBeLessThanOrEqual(100_800);
  });

  it("reads metrics, the newest first unless told otherwise", async () => {
    const { MetricDataResults } = await run([metric("m1", namespace, "errors", true)], { ScanBy: undefined });
    expect(MetricDataResults).toMatchObject([
      { Id: "m1", Label: "errors", Timestamps: [at(3), at(1), at(0)], Values: [4, 2, 1], StatusCode: "Complete" },
    ]);
  });

  it("computes", async () => {
    const compute = async (Expression: string) => {
      const queries = [metric("e", namespace, "errors"), metric("c", namespace, "calls"), { Id: "x", Expression }];
      const { MetricDataResults = [] } = await run(queries);
      return MetricDataResults.map(({ Values }) => Values);
    };
    expect(await compute("100 * e / c")).toEqual([[10, 20]]);
    expect(await compute("-(e + 1) ^ 2")).toEqual([[-4, -9, -25]]);
    expect(await compute("FILL(e, 0)")).toEqual([[1, 2, 0, 4]]);
    expect(await compute("FILL(e, REPEAT)")).toEqual([[1, 2, 2, 4]]);
    expect(await compute("FILL(e, LINEAR)")).toEqual([[1, 2, 3, 4]]);
    expect(await compute("SUM([e, c])")).toEqual([[11, 12, 10, 4]]);
    expect(await compute("SUM(METRICS())")).toEqual([[11, 12, 10, 4]]);
    expect(await compute('AVG(METRICS("e"))')).toEqual([[1, 2, 4]]);
    expect(await compute("MAX(e)")).toEqual([[4, 4, 4, 4]]);
    expect(await compute("IF(c > 5 AND e < 2, c, 7)")).toEqual([[10, 7, 7]]);
    expect(await compute("RATE(c) * PERIOD(c)")).toEqual([[0, 0, -10]]);
    expect(await compute("RUNNING_SUM(e)")).toEqual([[1, 3, 7]]);
    expect(await compute("METRICS()")).toEqual([
      [1, 2, 4],
      [10, 10, 10, 0],
    ]);
  });

  it("says what is wrong with an expression", async () => {
    const compute = (Expression: string) => run([{ Id: "x", Expression }]);
    await expect(compute("1 +")).rejects.toThrow("Error in expression 'x': unexpected end");
    await expect(compute("y")).rejects.toThrow("no query has the id y");
    await expect(compute("x")).rejects.toThrow("it refers to itself");
    await expect(compute("NOPE(1)")).rejects.toThrow("there is no function NOPE");
    await expect(compute("ANOMALY_DETECTION_BAND(x)")).rejects.toThrow("brume does not implement");
    await expect(compute(`SEARCH('a (', "Sum", 60)`)).rejects.toThrow("the search ends unexpectedly");
    await expect(compute(`SEARCH('a', "Odd", 60)`)).rejects.toThrow("there is no statistic Odd");
    await expect(run([{ Id: "Upper", Expression: "1" }])).rejects.toThrow("must start with a lowercase letter");
  });

  it("searches, sorts and slices", async () => {
    const Namespace = newNamespace();
    const datum = (MetricName: string, queue: string, Value: number) => ({
      MetricName,
      Value,
      Timestamp: at(0),
      Dimensions: [{ Name: "queue", Value: queue }],
    });
    await put(
      Namespace,
      datum("sentMessages", "a-1", 3),
      datum("sentMessages", "a-12", 5),
      datum("failures", "a-1", 1),
    );
    const search = async (Expression: string, Label?: string) => {
      const { MetricDataResults = [] } = await run([{ Id: "s", Expression, Label }]);
      return MetricDataResults.map(({ Label: label, Values }) => `${label}: ${Values?.join()}`);
    };
    const within = `{"${Namespace}", queue}`;
    expect(await search(`SEARCH('${within} messages', "Sum", 60)`)).toEqual([
      "a-1 sentMessages: 3",
      "a-12 sentMessages: 5",
    ]);
    expect(await search(`SEARCH('${within} queue="a-1"', "Sum", 60)`)).toHaveLength(2);
    expect(await search(`SUM(SEARCH('${within} MetricName="sentMessages"', "Sum", 60))`)).toEqual(["s: 8"]);
    expect(await search(`SORT(SEARCH('${within}', "Sum", 60), MAX, DESC, 2)`)).toEqual([
      "a-12 sentMessages: 5",
      "a-1 sentMessages: 3",
    ]);
    expect(await search(`SLICE(SORT(SEARCH('${within}', "Sum", 60), MAX, ASC), 0)`)).toEqual(["a-1 failures: 1"]);
    expect(await search(`SEARCH('{"${Namespace}"}', "Sum", 60)`)).toEqual([]);
    expect(await search(`SEARCH('${within} failures', "Sum", 60)`, "all")).toEqual(["all a-1 failures: 1"]);
    expect(await search(`SEARCH('${within} failures', "Sum", 60)`, "${LABEL}, at most ${MAX}")).toEqual([
      "a-1 failures, at most 1: 1",
    ]);
  });

  it("fills labels in", async () => {
    const label = async (Label: string, more: Partial<sdk.GetMetricDataCommandInput> = {}) =>
      (await run([{ ...metric("m", namespace, "errors", true), Label }], more)).MetricDataResults?.[0]?.Label;
    expect(await label("${LABEL} ${SUM} ${AVG} ${DATAPOINT_COUNT}")).toBe("errors 7 2.333 3");
    expect(await label("${MIN_MAX_RANGE} / ${FIRST}..${LAST}")).toBe("1 - 4 / 1..4");
    expect(await label("${PROP('Namespace')} ${PROP('Stat')} ${PROP('Period')}")).toBe(`${namespace} Sum 60`);
    expect(await label("${MAX_TIME}")).toBe(at(3).toISOString().replace(".000", ""));
    const local = await label("${FIRST_TIME}", { LabelOptions: { Timezone: "+0130" } });
    expect(new Date(local as string)).toEqual(at(0));
    expect(local).toMatch(/\+01:30$/);
    expect(await label("${ODD} $5")).toBe("${ODD} $5");
  });

  it("answers in pages", async () => {
    const queries = [metric("c", namespace, "calls", true)];
    const first = await run(queries, { MaxDatapoints: 3 });
    expect(first.MetricDataResults).toMatchObject([{ Values: [10, 10, 10], StatusCode: "PartialData" }]);
    const { NextToken } = first;
    const second = await run(queries, { MaxDatapoints: 3, NextToken });
    expect(second).toMatchObject({ MetricDataResults: [{ Values: [0] }] });
    expect(second.NextToken).toBeUndefined();
  });
});
