/** What the tests of this folder share: a cloud, its client and fresh buckets. */
import * as sdk from "@aws-sdk/client-s3";
import { afterAll, beforeAll } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

export class TestCloud {
  cloud = undefined as unknown as RunningCloud; // there once `beforeAll` has run
  s3 = undefined as unknown as sdk.S3Client;
  #count = 0;

  constructor() {
    beforeAll(async () => {
      this.cloud = await startCloud();
      this.s3 = this.cloud.client(sdk.S3Client);
    });
    afterAll(() => this.cloud.close());
  }

  async newBucket(versioning?: "Enabled", more: Partial<sdk.CreateBucketCommandInput> = {}): Promise<string> {
    const Bucket = `bucket-${this.#count++}`;
    await this.s3.send(new sdk.CreateBucketCommand({ Bucket, ...more }));
    if (versioning) await this.version(Bucket, versioning);
    return Bucket;
  }

  version(Bucket: string, Status: "Enabled" | "Suspended") {
    return this.s3.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  }

  put(
    Bucket: string,
    Key: string,
    Body: sdk.PutObjectCommandInput["Body"] = "x",
    more: Partial<sdk.PutObjectCommandInput> = {},
  ) {
    return this.s3.send(new sdk.PutObjectCommand({ Bucket, Key, Body, ...more }));
  }

  async text(Bucket: string, Key: string, more: Partial<sdk.GetObjectCommandInput> = {}): Promise<string | undefined> {
    const { Body } = await this.s3.send(new sdk.GetObjectCommand({ Bucket, Key, ...more }));
    return Body?.transformToString();
  }
}

/** Whole numbers below a limit, the same ones for the same seed: so that a random run can be repeated. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
}
