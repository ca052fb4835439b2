import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();

let count = 0;
async function newQueue(): Promise<{ url: string; arn: string }> {
  const name = `events-${count++}`;
  const { QueueUrl } = await test.cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", { QueueName: name });
  return { url: QueueUrl, arn: `arn:aws:sqs:us-east-1:000000000000:${name}` };
}

/** The messages that have arrived, taken off the queue. */
async function arrived(url: string): Promise<{ Event?: string; Records?: EventRecord[] }[]> {
  await test.cloud.idle();
  const input = { QueueUrl: url, MaxNumberOfMessages: 10 };
  const { Messages = [] } = await test.cloud.call<{ Messages?: { Body: string }[] }>("sqs", "ReceiveMessage", input);
  return Messages.map(({ Body }) => JSON.parse(Body));
}
interface EventRecord {
  eventName: string;
  s3: { object: { key: string; size?: number; versionId?: string }; bucket: { name: string } };
}

const configure = (Bucket: string, NotificationConfiguration: sdk.NotificationConfiguration, more: object = {}) =>
  test.s3.send(new sdk.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, ...more }));

describe("PutBucketNotificationConfiguration, GetBucketNotificationConfiguration", () => {
  it("sends a test event, then what happens to the objects that the filter names", async () => {
    const Bucket = await test.newBucket();
    const { url, arn } = await newQueue();
    const FilterRules = [
      { Name: "prefix" as const, Value: "in/" },
      { Name: "suffix" as const, Value: ".jpg" },
    ];
    const rule = {
      Id: "rule",
      QueueArn: arn,
      Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"] as sdk.Event[],
      Filter: { Key: { FilterRules } },
    };
    await configure(Bucket, { QueueConfigurations: [rule] });
    const got = await test.s3.send(new sdk.GetBucketNotificationConfigurationCommand({ Bucket }));
    expect(got.QueueConfigurations).toEqual([rule]);
    expect(await arrived(url)).toMatchObject([{ Event: "s3:TestEvent", Bucket }]);
    await test.put(Bucket, "in/a b+ü.jpg", "hello");
    await test.put(Bucket, "out/a.jpg");
    await test.put(Bucket, "in/a.png");
    expect(await arrived(url)).toEqual([
      {
        Records: [
          {
            eventVersion: "2.1",
            eventSource: "aws:s3",
            awsRegion: "us-east-1",
            eventTime: expect.stringMatching(/^\d{4}-.*Z$/),
            eventName: "ObjectCreated:Put",
            userIdentity: { principalId: expect.any(String) },
            requestParameters: { sourceIPAddress: "127.0.0.1" },
            responseElements: { "x-amz-request-id": expect.any(String), "x-amz-id-2": expect.any(String) },
            s3: {
              s3SchemaVersion: "1.0",
              configurationId: "rule",
              bucket: {
                name: Bucket,
                ownerIdentity: { principalId: "000000000000" },
                arn: `arn:aws:s3:::${Bucket}`,
              },
              object: {
                key: "in/a+b%2B%C3%BC.jpg",
                size: 5,
                eTag: "5d41402abc4b2a76b9719d911017c592",
                sequencer: expect.stringMatching(/^[0-9A-F]+$/),
              },
            },
          },
        ],
      },
    ]);
    const copy = { Bucket, Key: "in/copy.jpg", CopySource: `${Bucket}/out/a.jpg` };
    await test.s3.send(new sdk.CopyObjectCommand(copy));
    await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "in/copy.jpg" }));
    const names = (await arrived(url)).map(({ Records }) => Records?.[0]?.eventName);
    expect(names.sort()).toEqual(["ObjectCreated:Copy", "ObjectRemoved:Delete"]);
  });

  it("says which delete marker was made", async () => {
    const Bucket = await test.newBucket("Enabled");
    const { url, arn } = await newQueue();
    await configure(
      Bucket,
      { QueueConfigurations: [{ QueueArn: arn, Events: ["s3:ObjectRemoved:*"] }] },
      { SkipDestinationValidation: true },
    );
    const { VersionId } = await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k" }));
    const [message] = await arrived(url);
    expect(message?.Records?.[0]).toMatchObject({
      eventName: "ObjectRemoved:DeleteMarkerCreated",
      s3: { object: { key: "k", versionId: VersionId } },
    });
  });

  it("refuses a destination that is not there, events that are none, and rules that overlap", async () => {
    const Bucket = await test.newBucket();
    const { arn: QueueArn } = await newQueue();
    const Events: sdk.Event[] = ["s3:ObjectCreated:*"];
    const nowhere = [{ QueueArn: "arn:aws:sqs:us-east-1:000000000000:none", Events }];
    await expect(configure(Bucket, { QueueConfigurations: nowhere })).rejects.toMatchObject({
      name: "InvalidArgument",
      message: "Unable to validate the following destination configurations",
    });
    const unknown = [{ QueueArn, Events: ["s3:Nothing" as sdk.Event] }];
    await expect(configure(Bucket, { QueueConfigurations: unknown })).rejects.toMatchObject({
      message: "The event is not supported for notifications",
    });
    const twice = [
      { QueueArn, Events },
      { QueueArn, Events: ["s3:ObjectCreated:Put"] as sdk.Event[] },
    ];
    await expect(configure(Bucket, { QueueConfigurations: twice })).rejects.toThrow(
      "Configuration is ambiguously defined",
    );
  });
});
