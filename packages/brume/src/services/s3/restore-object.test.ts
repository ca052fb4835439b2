import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();
const restore = (Bucket: string, Tier?: sdk.Tier, Days: number | undefined = 2) => {
  const RestoreRequest = { Days, ...(Tier ? { GlacierJobParameters: { Tier } } : {}) };
  return test.s3.send(new sdk.RestoreObjectCommand({ Bucket, Key: "k", RestoreRequest }));
};
const head = (Bucket: string) => test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "k" }));

describe("RestoreObject", () => {
  it("lets an archived object be read when it has been restored, and for as many days as it says", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k", "cold", { StorageClass: "GLACIER" });
    await expect(test.text(Bucket, "k")).rejects.toMatchObject({
      name: "InvalidObjectState",
      StorageClass: "GLACIER",
      $metadata: { httpStatusCode: 403 },
    });
    const copy = { Bucket, Key: "copy", CopySource: `${Bucket}/k` };
    await expect(test.s3.send(new sdk.CopyObjectCommand(copy))).rejects.toThrow("source object's storage class");
    expect((await head(Bucket)).Restore).toBeUndefined();
    expect((await restore(Bucket)).$metadata.httpStatusCode).toBe(202);
    expect((await head(Bucket)).Restore).toBe('ongoing-request="true"');
    await expect(restore(Bucket)).rejects.toMatchObject({ name: "RestoreAlreadyInProgress" });
    await test.cloud.clock.advance({ hours: 5 });
    expect(await test.text(Bucket, "k")).toBe("cold");
    expect((await head(Bucket)).Restore).toMatch(/^ongoing-request="false", expiry-date=".* 00:00:00 GMT"$/);
    const OptionalObjectAttributes = ["RestoreStatus" as const];
    const { Contents } = await test.s3.send(new sdk.ListObjectsV2Command({ Bucket, OptionalObjectAttributes }));
    expect(Contents?.[0]?.RestoreStatus).toEqual({ IsRestoreInProgress: false, RestoreExpiryDate: expect.any(Date) });
    expect((await restore(Bucket, "Bulk", 5)).$metadata.httpStatusCode).toBe(200);
    await test.cloud.clock.advance({ days: 4 });
    expect(await test.text(Bucket, "k")).toBe("cold");
    await test.cloud.clock.advance({ days: 2 });
    await expect(test.text(Bucket, "k")).rejects.toMatchObject({ name: "InvalidObjectState" });
  });

  it("refuses what cannot be restored so", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k");
    await expect(restore(Bucket)).rejects.toMatchObject({ name: "InvalidObjectState", StorageClass: "STANDARD" });
    await test.put(Bucket, "k", "x", { StorageClass: "DEEP_ARCHIVE" });
    await expect(restore(Bucket, "Expedited")).rejects.toMatchObject({ name: "InvalidArgument" });
    await expect(restore(Bucket, "Bulk", 0)).rejects.toMatchObject({ name: "MalformedXML" });
  });

  it("tells of each step", async () => {
    const Bucket = await test.newBucket();
    const { QueueUrl } = await test.cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", { QueueName: "restored" });
    const QueueArn = "arn:aws:sqs:us-east-1:000000000000:restored";
    await test.cloud.call("s3", "PutBucketNotificationConfiguration", {
      Bucket,
      NotificationConfiguration: { QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectRestore:*"] }] },
    });
    await test.put(Bucket, "k", "x", { StorageClass: "GLACIER" });
    await restore(Bucket, "Expedited", 1);
    await test.cloud.clock.advance({ days: 3 });
    const { Messages = [] } = await test.cloud.call<{ Messages: { Body: string }[] }>("sqs", "ReceiveMessage", {
      QueueUrl,
      MaxNumberOfMessages: 10,
    });
    const names = Messages.flatMap(({ Body }) => JSON.parse(Body).Records ?? []).map(({ eventName }) => eventName);
    expect(names.sort()).toEqual(["ObjectRestore:Completed", "ObjectRestore:Delete", "ObjectRestore:Post"]);
  });
});
