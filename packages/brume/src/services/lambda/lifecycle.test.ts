import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import * as sdk from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { startCloud } from "../../index.js";
import { Functions } from "./testing.js";

const directory = mkdtempSync(join(tmpdir(), "brume-lambda-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Whether a process is there; one that has just been killed may take a moment to go. */
async function ends(pid: number): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

describe("execution environments", () => {
  it("are used again, end when they have been idle for long, and end with the cloud", async () => {
    const cloud = await startCloud();
    const functions = new Functions(cloud);
    const name = await functions.create("let n = 0; exports.handler = async () => [process.pid, n++];");
    const [pid] = (await functions.invoke(name)).result;
    expect((await functions.invoke(name)).result).toEqual([pid, 1]);
    await cloud.clock.advance({ minutes: 11 });
    expect(await ends(pid)).toBe(true);
    const [other, count] = (await functions.invoke(name)).result;
    expect([other === pid, count]).toEqual([false, 0]);
    await cloud.close();
    expect(await ends(other)).toBe(true);
  });

  it("write their log to CloudWatch Logs", async () => {
    await using cloud = await startCloud();
    const functions = new Functions(cloud);
    const name = await functions.create("exports.handler = async () => { console.log('logged'); };");
    await functions.invoke(name);
    await cloud.idle();
    const logs = cloud.client(CloudWatchLogsClient);
    const logGroupName = `/aws/lambda/${name}`;
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    const messages = events.map(({ message = "" }) => message.split(/[\s\t]/, 1)[0]);
    expect(messages[0]).toBe("INIT_START");
    expect([messages[1], ...messages.slice(-2)]).toEqual(["START", "END", "REPORT"]);
    expect(events.some(({ message }) => message?.endsWith("\tINFO\tlogged"))).toBe(true);
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    expect(logStreams[0]?.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  });
});

describe("a cloud that starts again", () => {
  it("still has its functions, runs what was due, and goes on polling queues", async () => {
    const first = await startCloud({ data: directory });
    const functions = new Functions(first);
    const name = await functions.create(
      "exports.handler = async (event) => { console.log('got ' + (event.Records ? event.Records[0].body : event.n)); if (event.n) throw new Error(); };",
    );
    const sqs = first.client(SQSClient);
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "work" }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    await functions.client.send(
      new sdk.CreateEventSourceMappingCommand({ FunctionName: name, EventSourceArn: Attributes?.QueueArn }),
    );
    const Payload = Buffer.from('{"n":7}');
    await functions.client.send(new sdk.InvokeCommand({ FunctionName: name, Payload, InvocationType: "Event" }));
    await first.idle();
    await first.close();

    await using second = await startCloud({ data: directory });
    const got: string[] = [];
    second.kernel.events.on("functionLog", ({ message }) => {
      const [, text] = /\tgot (.*)/.exec(message) ?? [];
      if (text) got.push(text);
    });
    await second
      .client(SQSClient)
      .send(new SendMessageCommand({ QueueUrl: `${second.endpoint}/000000000000/work`, MessageBody: "after" }));
    await second.idle();
    expect(got).toEqual(["after"]);
    await second.clock.advance({ minutes: 1 });
    expect(got).toEqual(["after", "7"]);
  });
});
