import * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let logs: sdk.CloudWatchLogsClient;
beforeAll(async () => {
  cloud = await startCloud();
  logs = cloud.client(sdk.CloudWatchLogsClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newGroup(messages: unknown[], minutesAgo = 0): Promise<string> {
  const logGroupName = `/test/queries-${count++}`;
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName }));
  await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
  const logEvents = messages.map((message) => ({
    timestamp: cloud.clock.now() - minutesAgo * 60_000,
    message: typeof message === "string" ? message : JSON.stringify(message),
  }));
  await logs.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName: "s", logEvents }));
  return logGroupName;
}
const start = (queryString: string, logGroupNames: string[], more: Partial<sdk.StartQueryCommandInput> = {}) => {
  const now = Math.floor(cloud.clock.now() / 1000);
  return logs.send(
    new sdk.StartQueryCommand({ queryString, logGroupNames, startTime: now - 3600, endTime: now + 60, ...more }),
  );
};
async function run(queryString: string, groups: string[], more: Partial<sdk.StartQueryCommandInput> = {}) {
  const { queryId } = await start(queryString, groups, more);
  await cloud.clock.advance({ milliseconds: 1 });
  return logs.send(new sdk.GetQueryResultsCommand({ queryId }));
}
const rowsOf = ({ results = [] }: sdk.GetQueryResultsCommandOutput) =>
  results.map((row) => Object.fromEntries(row.map(({ field, value }) => [field as string, value])));

describe("StartQuery, GetQueryResults", () => {
  it("query the events of groups in a range of time", async () => {
    const groups = [await newGroup([{ n: 1 }, { n: 2 }]), await newGroup([{ n: 4 }]), await newGroup([{ n: 8 }], 90)];
    const answer = await run("stats sum(n) as total by @log | sort total", groups);
    expect(answer).toMatchObject({ status: "Complete", queryLanguage: "CWLI" });
    expect(answer.statistics).toMatchObject({ recordsMatched: 3, recordsScanned: 3, logGroupsScanned: 3 });
    expect(rowsOf(answer)).toEqual([
      { "@log": `000000000000:${groups[0]}`, total: "3" },
      { "@log": `000000000000:${groups[1]}`, total: "4" },
    ]);
  });

  it("answer as many rows as are asked for, page by page", async () => {
    const group = await newGroup(Array.from({ length: 1200 }, (_, i) => `line ${i}`));
    const { queryId } = await start("fields @message | filter @message like 'line'", [group], { limit: 1100 });
    expect((await logs.send(new sdk.GetQueryResultsCommand({ queryId }))).status).toMatch(/Scheduled|Running|Complete/);
    await cloud.clock.advance({ milliseconds: 1 });
    const first = await logs.send(new sdk.GetQueryResultsCommand({ queryId, maxItems: 700 }));
    const second = await logs.send(
      new sdk.GetQueryResultsCommand({ queryId, maxItems: 700, nextToken: first.nextToken }),
    );
    expect([first.results?.length, second.results?.length, second.nextToken]).toEqual([700, 400, undefined]);
    expect(rowsOf(first)[0]?.["@message"]).toBe("line 1199");
    expect(rowsOf(second).at(-1)?.["@message"]).toBe("line 100");
  });

  it("say where a query is malformed", async () => {
    const starting = start("fields a b", [await newGroup(["x"])]);
    await expect(starting).rejects.toThrow(sdk.MalformedQueryException);
    await expect(starting).rejects.toMatchObject({
      message: "unexpected symbol found b at line 1 and position 9",
      queryCompileError: { location: { startCharOffset: 9, endCharOffset: 10 } },
    });
  });

  it("reject groups that are not there, times that are none, and other languages", async () => {
    await expect(start("limit 1", ["none"])).rejects.toThrow(
      "Log group 'none' does not exist for account ID '000000000000'",
    );
    const group = await newGroup(["x"]);
    await expect(start("limit 1", [group], { startTime: 2, endTime: 1 })).rejects.toThrow("start time");
    await expect(start("limit 1", [group], { logGroupName: group })).rejects.toThrow("Exactly one of");
    await expect(start("SELECT 1", [group], { queryLanguage: "SQL" })).rejects.toThrow("brume runs queries in CWLI");
    const unknown = logs.send(new sdk.GetQueryResultsCommand({ queryId: "none" }));
    await expect(unknown).rejects.toThrow(sdk.ResourceNotFoundException);
  });

  it("forget results after a week", async () => {
    const { queryId } = await start("limit 1", [await newGroup(["x"])]);
    await cloud.clock.advance({ days: 7, seconds: 1 });
    await expect(logs.send(new sdk.GetQueryResultsCommand({ queryId }))).rejects.toThrow("does not exist");
  });
});

describe("StopQuery, DescribeQueries", () => {
  it("stop a query that has not ended, and list queries", async () => {
    const logGroupName = await newGroup(["x"]);
    const now = Math.floor(cloud.clock.now() / 1000);
    const input = { queryString: "limit 1", logGroupName, startTime: now - 60, endTime: now + 60 };
    // From within the cloud, so that no turn of the event loop lies between the two in which the query would run.
    const { queryId } = await cloud.call<{ queryId: string }>("cloudwatch-logs", "StartQuery", input);
    await cloud.call("cloudwatch-logs", "StopQuery", { queryId });
    await cloud.clock.advance({ milliseconds: 1 });
    const answer = await logs.send(new sdk.GetQueryResultsCommand({ queryId }));
    expect(answer).toMatchObject({ status: "Cancelled", results: [] });
    await expect(logs.send(new sdk.StopQueryCommand({ queryId }))).rejects.toThrow("is not running");
    const { queries } = await logs.send(new sdk.DescribeQueriesCommand({ logGroupName, status: "Cancelled" }));
    expect(queries).toMatchObject([{ queryId, queryString: "limit 1", logGroupName }]);
  });
});

describe("GetLogRecord, GetLogGroupFields", () => {
  it("show all fields of an event, and those of a group's events", async () => {
    const group = await newGroup([{ a: { b: 1 } }, { a: { b: 2 }, c: "x" }]);
    const [row] = rowsOf(await run("fields c | filter c = 'x'", [group]));
    const { logRecord } = await logs.send(new sdk.GetLogRecordCommand({ logRecordPointer: row?.["@ptr"] }));
    expect(logRecord).toMatchObject({
      "@message": '{"a":{"b":2},"c":"x"}',
      "@logStream": "s",
      "@log": `000000000000:${group}`,
      "@timestamp": expect.stringMatching(/^\d{13}$/),
      "a.b": "2",
      c: "x",
    });
    const { logGroupFields } = await logs.send(new sdk.GetLogGroupFieldsCommand({ logGroupName: group }));
    expect(logGroupFields).toContainEqual({ name: "a.b", percent: 100 });
    expect(logGroupFields).toContainEqual({ name: "c", percent: 50 });
    const wrong = logs.send(new sdk.GetLogRecordCommand({ logRecordPointer: "wrong" }));
    await expect(wrong).rejects.toThrow("The specified logRecordPointer is invalid.");
  });
});
