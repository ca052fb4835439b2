/** `aws s3`, the commands that people and pipelines use most. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../src/index.js";
import { AwsCli, awsCliVersion } from "./aws-cli.js";

const TIMEOUT_MS = 240_000;
let cloud: RunningCloud;
let aws: AwsCli;
beforeAll(async () => {
  cloud = await startCloud();
  aws = new AwsCli(cloud);
});
afterAll(async () => {
  aws[Symbol.dispose]();
  await cloud.close();
});

/** A bucket, made by `aws s3 mb`. */
async function newBucket(): Promise<string> {
  const url = `s3://${aws.unique("cli-bucket")}`;
  await aws.text("s3", "mb", url);
  return url;
}
const keysOf = (listing: string) => [...listing.matchAll(/^\S+ \S+ +\d+ (.+)$/gm)].map(([, key]) => key);

describe.skipIf(!awsCliVersion).concurrent("aws s3", { timeout: TIMEOUT_MS }, () => {
  it("cp, ls, mv, rm", async () => {
    const bucket = await newBucket();
    const file = aws.file("one.txt", "fog");
    await aws.text("s3", "cp", file, `${bucket}/dir/`, "--metadata", "who=me", "--content-type", "text/x-fog");
    const head = await aws.json("s3api", "head-object", "--bucket", bucket.slice(5), "--key", "dir/one.txt");
    expect(head).toMatchObject({ ContentType: "text/x-fog", Metadata: { who: "me" }, ContentLength: 3 });
    await aws.text("s3", "cp", `${bucket}/dir/one.txt`, `${bucket}/two ü.txt`);
    await aws.text("s3", "mv", `${bucket}/dir/one.txt`, `${bucket}/three.txt`);
    const [listing, all] = await Promise.all([
      aws.text("s3", "ls", `${bucket}/`),
      aws.text("s3", "ls", bucket, "--recursive", "--summarize"),
    ]);
    expect(keysOf(listing)).toEqual(["three.txt", "two ü.txt"]);
    expect(all).toMatch(/Total Objects: 2\s+Total Size: 6/);
    expect(await aws.text("s3", "cp", `${bucket}/two ü.txt`, "-")).toBe("fog");
    await aws.text("s3", "rm", `${bucket}/three.txt`);
    expect(keysOf(await aws.text("s3", "ls", bucket))).toEqual(["two ü.txt"]);
  });

  it("cp in parts, up and down", async () => {
    const bucket = await newBucket();
    const content = randomBytes(20 * 2 ** 20);
    await aws.text("s3", "cp", aws.file("large", content), `${bucket}/large`);
    const head = await aws.json("s3api", "head-object", "--bucket", bucket.slice(5), "--key", "large");
    expect(head.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    const back = join(aws.home, "back");
    await aws.text("s3", "cp", `${bucket}/large`, back);
    expect(readFileSync(back).equals(content)).toBe(true);
  });

  it("sync, both ways, with --delete", async () => {
    const bucket = await newBucket();
    for (const name of ["a.txt", "sub/b.txt", "sub/c.log"]) aws.file(`tree/${name}`, name);
    const tree = join(aws.home, "tree");
    const first = await aws.text("s3", "sync", tree, `${bucket}/site`, "--exclude", "*.log", "--no-progress");
    expect(first.match(/^upload:/gm)).toHaveLength(2);
    expect(await aws.text("s3", "sync", tree, `${bucket}/site`, "--exclude", "*.log")).toBe("");
    aws.file("tree/a.txt", "longer than before");
    expect(await aws.text("s3", "sync", tree, `${bucket}/site`, "--exclude", "*.log", "--no-progress")).toMatch(
      /^upload: \S*a\.txt to \S+\n$/,
    );
    const down = join(aws.home, "down");
    aws.file("down/old.txt", "old");
    await aws.text("s3", "sync", `${bucket}/site`, down, "--delete");
    expect(readdirSync(down, { recursive: true }).sort()).toEqual(["a.txt", "sub", "sub/b.txt"]);
    expect(readFileSync(join(down, "a.txt"), "utf8")).toBe("longer than before");
  });

  it("presign", async () => {
    const bucket = await newBucket();
    await aws.text("s3", "cp", aws.file("presigned.txt", "mist"), `${bucket}/a b.txt`);
    const url = (await aws.text("s3", "presign", `${bucket}/a b.txt`, "--expires-in", "60")).trim();
    expect(await (await fetch(url)).text()).toBe("mist");
  });

  it("rb, which refuses a bucket that is not empty unless it is forced", async () => {
    const bucket = await newBucket();
    for (const key of ["a", "b/c"]) await aws.text("s3", "cp", aws.file("x", "x"), `${bucket}/${key}`);
    expect(await aws.refusal("s3", "rb", bucket)).toContain("BucketNotEmpty");
    await aws.text("s3", "rb", bucket, "--force");
    expect(await aws.refusal("s3", "ls", bucket)).toContain("NoSuchBucket");
    expect(await aws.text("s3", "ls")).not.toContain(bucket.slice(5));
  });

  it("s3api, with its waiters and its pages", async () => {
    const bucket = await newBucket();
    const Bucket = ["--bucket", bucket.slice(5)];
    await aws.text("s3api", "wait", "bucket-exists", ...Bucket);
    const body = aws.file("s3api.txt", "fog");
    const put = await aws.json("s3api", "put-object", ...Bucket, "--key", "k", "--body", body, "--tagging", "a=b");
    expect(put.ETag).toBeDefined();
    const tags = await aws.json("s3api", "get-object-tagging", ...Bucket, "--key", "k");
    expect(tags.TagSet).toEqual([{ Key: "a", Value: "b" }]);
    await aws.text("s3api", "put-object", ...Bucket, "--key", "l");
    const listed = await aws.json("s3api", "list-objects-v2", ...Bucket, "--max-items", "1", "--page-size", "1");
    expect(listed).toMatchObject({ Contents: [{ Key: "k" }], NextToken: expect.any(String) });
    const rest = await aws.json("s3api", "list-objects-v2", ...Bucket, "--starting-token", listed.NextToken);
    expect(rest.Contents).toMatchObject([{ Key: "l" }]);
    const failed = await aws.refusal("s3api", "get-object", ...Bucket, "--key", "none", join(aws.home, "none"));
    expect(failed).toContain("An error occurred (NoSuchKey) when calling the GetObject operation");
  });
});
