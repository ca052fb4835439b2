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
async function newStream(): Promise<{ logGroupName: string; logStreamName: string }> {
  const logGroupName = `/test/events-${count++}`;
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName }));
  await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
  return { logGroupName, logStreamName: "s" };
}
const put = (stream: { logGroupName: string; logStreamName: string }, ...messages: string[]) =>
  logs.send(
    new sdk.PutLogEventsCommand({
      ...stream,
      logEvents: messages.map((message) => ({ timestamp: cloud.clock.now(), message })),
    }),
  );
const messagesOf = (events: { message?: string }[] = []) => events.map(({ message }) => message);

describe("PutLogEvents", () => {
  it("stores a batch and updates the stream", async () => {
    const stream = await newStream();
    await put(stream, "one", "two");
    const { logStreams } = await logs.send(new sdk.DescribeLogStreamsCommand({ logGroupName: stream.logGroupName }));
    expect(logStreams?.[0]).toMatchObject({ logStreamName: "s", lastIngestionTime: expect.any(Number) });
  });

  it("rejects events that are not in order, and a group or stream that is not there", async () => {
    const stream = await newStream();
    const now = cloud.clock.now();
    const logEvents = [now, now - 1].map((timestamp) => ({ timestamp, message: "x" }));
    await expect(logs.send(new sdk.PutLogEventsCommand({ ...stream, logEvents }))).rejects.toThrow(
      "Log events in a single PutLogEvents request must be in chronological order.",
    );
    await expect(put({ ...stream, logStreamName: "none" }, "x")).rejects.toThrow(
      "The specified log stream does not exist.",
    );
    await expect(put({ logGroupName: "none", logStreamName: "s" }, "x")).rejects.toThrow(sdk.ResourceNotFoundException);
  });

  it("says which events were too old or too new", async () => {
    const stream = await newStream();
    const now = cloud.clock.now();
    const day = 86_400_000;
    const old = await logs.send(
      new sdk.PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: now - 15 * day, message: "old" }] }),
    );
    expect(old.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    const logEvents = [now, now + 3 * 3_600_000].map((timestamp) => ({ timestamp, message: "m" }));
    const mixed = await logs.send(new sdk.PutLogEventsCommand({ ...stream, logEvents }));
    expect(mixed.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
  });
});

describe("GetLogEvents", () => {
  it("pages forward from the head, and answers the same token at the end", async () => {
    const stream = await newStream();
    await put(stream, "1", "2");
    await put(stream, "3");
    const first = await logs.send(new sdk.GetLogEventsCommand({ ...stream, limit: 2, startFromHead: true }));
    expect(messagesOf(first.events)).toEqual(["1", "2"]);
    const second = await logs.send(new sdk.GetLogEventsCommand({ ...stream, nextToken: first.nextForwardToken }));
    expect(messagesOf(second.events)).toEqual(["3"]);
    const end = await logs.send(new sdk.GetLogEventsCommand({ ...stream, nextToken: second.nextForwardToken }));
    expect(end.events).toEqual([]);
    expect(end.nextForwardToken).toBe(second.nextForwardToken);
    await put(stream, "4");
    const more = await logs.send(new sdk.GetLogEventsCommand({ ...stream, nextToken: end.nextForwardToken }));
    expect(messagesOf(more.events)).toEqual(["4"]);
  });

  it("begins with the latest events, and pages backward", async () => {
    const stream = await newStream();
    await put(stream, "1", "2", "3");
    const last = await logs.send(new sdk.GetLogEventsCommand({ ...stream, limit: 2 }));
    expect(messagesOf(last.events)).toEqual(["2", "3"]);
    const before = await logs.send(new sdk.GetLogEventsCommand({ ...stream, nextToken: last.nextBackwardToken }));
    expect(messagesOf(before.events)).toEqual(["1"]);
  });

  it("is rid of events, and the group of their bytes, within an hour of their retention", async () => {
    const stream = await newStream();
    const { logGroupName } = stream;
    const bytes = async () =>
      (await logs.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups?.[0]
        ?.storedBytes;
    await put(stream, "1234");
    await cloud.clock.advance({ hours: 10 });
    await put(stream, "12345678");
    expect(await bytes()).toBe(12 + 2 * 26);
    await logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
    await cloud.clock.advance({ hours: 15 });
    expect(await bytes()).toBe(8 + 26);
    await cloud.clock.advance({ hours: 10 });
    expect(await bytes()).toBe(0);
  });

  it("hides events when their retention has passed", async () => {
    const stream = await newStream();
    await logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName: stream.logGroupName, retentionInDays: 1 }));
    await put(stream, "soon gone");
    await cloud.clock.advance({ hours: 25 });
    await put(stream, "here");
    const { events } = await logs.send(new sdk.GetLogEventsCommand({ ...stream, startFromHead: true }));
    expect(messagesOf(events)).toEqual(["here"]);
  });
});

describe("FilterLogEvents", () => {
  it("finds matching events of all streams in order, page by page", async () => {
    const stream = await newStream();
    const other = { ...stream, logStreamName: "t" };
    await logs.send(new sdk.CreateLogStreamCommand(other));
    await put(stream, "ERROR 1");
    await put(other, "INFO", "ERROR 2");
    await put(stream, "ERROR 3");
    const input = { logGroupName: stream.logGroupName, filterPattern: "ERROR", limit: 2 };
    const first = await logs.send(new sdk.FilterLogEventsCommand(input));
    expect(messagesOf(first.events)).toEqual(["ERROR 1", "ERROR 2"]);
    expect(first.events?.[1]?.logStreamName).toBe("t");
    const second = await logs.send(new sdk.FilterLogEventsCommand({ ...input, nextToken: first.nextToken }));
    expect(messagesOf(second.events)).toEqual(["ERROR 3"]);
    expect(second.nextToken).toBeUndefined();
  });
});
