import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();

async function bucketWith(rules: Partial<sdk.LifecycleRule>[], versioning?: "Enabled"): Promise<string> {
  const Bucket = await test.newBucket(versioning);
  await setRules(Bucket, rules);
  return Bucket;
}
function setRules(Bucket: string, rules: Partial<sdk.LifecycleRule>[]) {
  const Rules = rules.map((rule) => ({ Status: "Enabled" as const, Filter: { Prefix: "" }, ...rule }));
  const input = { Bucket, LifecycleConfiguration: { Rules } };
  return test.s3.send(new sdk.PutBucketLifecycleConfigurationCommand(input));
}
const keys = async (Bucket: string) =>
  ((await test.s3.send(new sdk.ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);
/** `key` for each version, `-key` for each delete marker. */
async function versions(Bucket: string): Promise<string[]> {
  const found = await test.s3.send(new sdk.ListObjectVersionsCommand({ Bucket }));
  return [
    ...(found.Versions ?? []).map(({ Key }) => Key ?? ""),
    ...(found.DeleteMarkers ?? []).map(({ Key }) => `-${Key}`),
  ];
}
const advance = (days: number) => test.cloud.clock.advance({ days });

describe("lifecycle", () => {
  it("expires the objects that a rule's filter names, at the midnight after their days", async () => {
    const Bucket = await bucketWith([
      { ID: "logs & more", Filter: { Prefix: "logs/" }, Expiration: { Days: 2 } },
      { ID: "tagged", Filter: { And: { Prefix: "", Tags: [{ Key: "keep", Value: "no" }] } }, Expiration: { Days: 1 } },
      { ID: "large", Filter: { ObjectSizeGreaterThan: 10 }, Expiration: { Days: 1 } },
      { ID: "off", Status: "Disabled", Expiration: { Days: 1 } },
    ]);
    for (const key of ["logs/a", "kept", "later"]) await test.put(Bucket, key);
    await test.put(Bucket, "tagged", "x", { Tagging: "keep=no" });
    await test.put(Bucket, "large", "x".repeat(11));
    const head = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "logs/a" }));
    const [, date, rule] = /^expiry-date="(.*)", rule-id="(.*)"$/.exec(head.Expiration ?? "") ?? [];
    expect(rule).toBe("logs%20%26%20more");
    expect(date).toContain("00:00:00 GMT");
    expect(new Date(date ?? "").getTime()).toBeGreaterThan(test.cloud.clock.now() + 2 * 86_400_000 - 1000);
    await advance(2);
    expect(await keys(Bucket)).toEqual(["kept", "later", "logs/a"]);
    // A tag that is set later brings an object under its rule.
    const Tagging = { TagSet: [{ Key: "keep", Value: "no" }] };
    await test.s3.send(new sdk.PutObjectTaggingCommand({ Bucket, Key: "later", Tagging }));
    await advance(1);
    expect(await keys(Bucket)).toEqual(["kept"]);
    await advance(400);
    expect(await keys(Bucket)).toEqual(["kept"]);
  });

  it("hides expired objects of versioned buckets, then removes what is noncurrent, then the markers", async () => {
    const Bucket = await bucketWith(
      [
        { ID: "hide", Expiration: { Days: 1 } },
        { ID: "remove", NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 1 } },
      ],
      "Enabled",
    );
    for (const body of ["1", "2", "3"]) await test.put(Bucket, "k", body);
    await advance(2);
    expect(await versions(Bucket)).toEqual(["k", "k", "k", "-k"]);
    await advance(4);
    expect(await versions(Bucket)).toEqual(["k", "-k"]);
    await setRules(Bucket, [{ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }]);
    await advance(1);
    expect(await versions(Bucket)).toEqual(["-k"]);
    await setRules(Bucket, [{ Expiration: { ExpiredObjectDeleteMarker: true } }]);
    await advance(1);
    expect(await versions(Bucket)).toEqual([]);
  });

  it("keeps versions that are locked", async () => {
    const Bucket = await test.newBucket(undefined, { ObjectLockEnabledForBucket: true });
    const until = new Date(test.cloud.clock.now() + 5 * 86_400_000);
    await test.put(Bucket, "k", "1", { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: until });
    await test.put(Bucket, "k", "2");
    await setRules(Bucket, [{ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }]);
    await advance(4);
    expect(await versions(Bucket)).toEqual(["k", "k"]);
    await advance(3);
    expect(await versions(Bucket)).toEqual(["k"]);
  });

  it("moves objects to colder classes, small ones only where a rule speaks of sizes", async () => {
    const Transitions = [
      { Days: 30, StorageClass: "STANDARD_IA" as const },
      { Days: 60, StorageClass: "GLACIER" as const },
    ];
    const Bucket = await bucketWith([
      { ID: "all", Filter: { Prefix: "a" }, Transitions },
      { ID: "any size", Filter: { And: { Prefix: "b", ObjectSizeGreaterThan: 0 } }, Transitions },
    ]);
    await test.put(Bucket, "a-large", Buffer.alloc(128 * 1024));
    await test.put(Bucket, "a-small");
    await test.put(Bucket, "b-small");
    const classes = async () => {
      const { Contents = [] } = await test.s3.send(new sdk.ListObjectsV2Command({ Bucket }));
      return Contents.map(({ StorageClass }) => StorageClass);
    };
    await advance(31);
    expect(await classes()).toEqual(["STANDARD_IA", "STANDARD", "STANDARD_IA"]);
    await advance(31);
    expect(await classes()).toEqual(["GLACIER", "STANDARD", "GLACIER"]);
  });

  it("aborts uploads that were not completed", async () => {
    const Bucket = await bucketWith([{ ID: "abort", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }]);
    const upload = { Bucket, Key: "k" };
    const { UploadId, AbortDate, AbortRuleId } = await test.s3.send(new sdk.CreateMultipartUploadCommand(upload));
    expect([AbortDate?.toISOString().slice(11), AbortRuleId]).toEqual(["00:00:00.000Z", "abort"]);
    await test.s3.send(new sdk.UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: "x" }));
    await advance(2);
    const listing = test.s3.send(new sdk.ListPartsCommand({ ...upload, UploadId }));
    await expect(listing).rejects.toThrow("The specified upload does not exist.");
  });

  it("expires everything at a date", async () => {
    const midnight = new Date(Math.ceil(test.cloud.clock.now() / 86_400_000 + 10) * 86_400_000);
    const Bucket = await bucketWith([{ Expiration: { Date: midnight } }]);
    await test.put(Bucket, "k");
    await advance(9);
    expect(await keys(Bucket)).toEqual(["k"]);
    await advance(2);
    expect(await keys(Bucket)).toEqual([]);
  });

  it("has no timer left when the bucket is gone", async () => {
    const Bucket = await bucketWith([{ ID: "gone", Expiration: { Days: 1 } }]);
    const waits = () => test.cloud.kernel.timers.upcoming(1000).some(({ payload }) => payload === Bucket);
    expect(waits()).toBe(true);
    await test.s3.send(new sdk.DeleteBucketCommand({ Bucket }));
    expect(waits()).toBe(false);
  });
});

describe("PutBucketLifecycleConfiguration", () => {
  it("rejects rules that S3 does not take", async () => {
    const Bucket = await test.newBucket();
    const refused: [Partial<sdk.LifecycleRule>[], string][] = [
      [[{}], "At least one action needs to be specified in a rule"],
      [[{ Expiration: { Days: 0 } }], "'Days' for Expiration action must be a positive integer"],
      [[{ Expiration: { Date: new Date("2030-01-01T01:00:00Z") } }], "'Date' must be at midnight GMT"],
      [[{ Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }], "not well-formed"],
      [[{ Transitions: [{ Days: 1, StorageClass: "STANDARD_IA" }] }], "greater than or equal to 30"],
      [[{ ID: "a".repeat(256), Expiration: { Days: 1 } }], "ID length should not exceed"],
      [
        [
          { ID: "a", Expiration: { Days: 1 } },
          { ID: "a", Expiration: { Days: 2 } },
        ],
        "Rule ID must be unique",
      ],
    ];
    for (const [rules, message] of refused) await expect(setRules(Bucket, rules)).rejects.toThrow(message);
  });
});
