/** One account of a cloud, in which one template is run: nothing of it meets what another template makes. */
import { bootstrap } from "../../packages/brume/src/assembly/bootstrap.js";
import type { CloudClient, Place } from "../../packages/brume/src/assembly/cloud-client.js";
import { localClient } from "../../packages/brume/src/assembly/local-client.js";
import type { RunningCloud } from "../../packages/brume/src/index.js";

const FIRST_ACCOUNT = 100_000_000_000;

interface Versions {
  Versions?: { Key: string; VersionId: string }[];
  DeleteMarkers?: { Key: string; VersionId: string }[];
}

export class Account {
  readonly cloud: RunningCloud;
  readonly place: Place;
  readonly #client: CloudClient;
  readonly #later: (() => Promise<unknown>)[] = [];
  readonly #givenUp = new Set<string>();

  constructor(cloud: RunningCloud, number: number) {
    this.cloud = cloud;
    this.place = { account: String(FIRST_ACCOUNT + number), region: "us-east-1" };
    this.#client = localClient(cloud.kernel);
  }

  /** Performs an operation as the account's root. */
  call<Output = Record<string, unknown>>(service: string, operation: string, input: object): Promise<Output> {
    return this.#client.call<Output>(service, operation, input, this.place);
  }

  cloudformation<Output = Record<string, unknown>>(operation: string, input: object): Promise<Output> {
    return this.call<Output>("cloudformation", operation, input);
  }

  /** Makes what `cdk bootstrap` makes. */
  async bootstrap(): Promise<void> {
    await bootstrap(this.#client, this.place);
  }

  /** The bucket of what a command packages. */
  get artifacts(): string {
    return `artifacts-${this.place.account}`;
  }

  /** Stores an object, in a bucket that is made where it is not there. */
  async put(bucket: string, key: string, content: Uint8Array | string): Promise<void> {
    if (this.#givenUp.has(bucket)) return;
    if (!(await this.buckets()).includes(bucket)) {
      await this.call("s3", "CreateBucket", { Bucket: bucket });
      this.later(async () => {
        if (!this.#givenUp.has(bucket)) await this.#deleteBucket(bucket);
      });
    }
    await this.#client.upload(bucket, key, Buffer.from(content), this.place);
  }

  /** Stores an artifact. @returns the URL under which CloudFormation finds it */
  async putArtifact(key: string, content: Uint8Array | string): Promise<string> {
    await this.put(this.artifacts, key, content);
    return `${this.cloud.endpoint}/${this.artifacts}/${key}`;
  }

  /** The names of the account's buckets. */
  async buckets(): Promise<string[]> {
    const { Buckets = [] } = await this.call<{ Buckets?: { Name: string }[] }>("s3", "ListBuckets", {});
    return Buckets.map(({ Name }) => Name);
  }

  /** Empties a bucket, as whoever wants to delete it has to. */
  async emptyBucket(Bucket: string): Promise<void> {
    const { Versions = [], DeleteMarkers = [] } = await this.call<Versions>("s3", "ListObjectVersions", { Bucket });
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers])
      await this.call("s3", "DeleteObject", { Bucket, Key, VersionId, BypassGovernanceRetention: true });
  }

  /** Deletes a bucket that was made here, and makes it no more. @returns whether there was one */
  async giveUp(bucket: string): Promise<boolean> {
    if (this.#givenUp.has(bucket) || !(await this.buckets()).includes(bucket)) return false;
    this.#givenUp.add(bucket);
    await this.#deleteBucket(bucket);
    return true;
  }

  async #deleteBucket(Bucket: string): Promise<void> {
    await this.emptyBucket(Bucket);
    await this.call("s3", "DeleteBucket", { Bucket });
  }

  /** Empties the account's buckets. */
  async emptyBuckets(): Promise<void> {
    for (const bucket of await this.buckets()) await this.emptyBucket(bucket);
  }

  /** Notes something to be done when the template is through. */
  later(undo: () => Promise<unknown>): void {
    this.#later.push(undo);
  }

  /** Takes back what was provided. */
  async clear(): Promise<void> {
    for (const undo of this.#later.splice(0).reverse()) await undo();
    await this.forgetLogs();
  }

  /** Deletes what functions have logged: they make their log groups themselves, and no stack knows of them. */
  async forgetLogs(): Promise<void> {
    const { logGroups } = await this.call<{ logGroups: { logGroupName: string }[] }>(
      "cloudwatch-logs",
      "DescribeLogGroups",
      { logGroupNamePrefix: "/aws/lambda/" },
    );
    for (const { logGroupName } of logGroups) await this.call("cloudwatch-logs", "DeleteLogGroup", { logGroupName });
  }
}
