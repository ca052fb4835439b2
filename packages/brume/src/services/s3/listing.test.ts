import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { afterPrefix } from "./listing.js";
import { randomFrom, TestCloud } from "./test-cloud.js";

const test = new TestCloud();

async function filled(...keys: string[]): Promise<string> {
  const Bucket = await test.newBucket();
  for (const key of keys) await test.put(Bucket, key);
  return Bucket;
}
const list = (Bucket: string, more: Partial<sdk.ListObjectsV2CommandInput> = {}) =>
  test.s3.send(new sdk.ListObjectsV2Command({ Bucket, ...more }));
const keysOf = ({ Contents = [] }: { Contents?: sdk._Object[] }) => Contents.map(({ Key }) => Key);
const prefixesOf = ({ CommonPrefixes = [] }: { CommonPrefixes?: sdk.CommonPrefix[] }) =>
  CommonPrefixes.map(({ Prefix }) => Prefix);

describe("afterPrefix", () => {
  it("is the first text after all that begin with the prefix", () => {
    expect(afterPrefix("a/")).toBe("a0");
    expect(afterPrefix("a\u{10ffff}")).toBe("b");
    expect(afterPrefix("\ud7ff")).toBe("\ue000");
    expect(afterPrefix("")).toBeUndefined();
  });
});

describe("ListObjectsV2", () => {
  it("groups by a delimiter under a prefix, in the order of keys", async () => {
    const Bucket = await filled("a", "dir/1", "dir/2", "dir/sub/3", "dir/sub/4", "dir0", "z");
    const root = await list(Bucket, { Delimiter: "/" });
    expect([keysOf(root), prefixesOf(root), root.KeyCount]).toEqual([["a", "dir0", "z"], ["dir/"], 4]);
    const dir = await list(Bucket, { Delimiter: "/", Prefix: "dir/" });
    expect([keysOf(dir), prefixesOf(dir)]).toEqual([["dir/1", "dir/2"], ["dir/sub/"]]);
    expect(keysOf(await list(Bucket, { Prefix: "dir" }))).toHaveLength(5);
    expect(keysOf(await list(Bucket, { StartAfter: "dir/2" }))).toEqual(["dir/sub/3", "dir/sub/4", "dir0", "z"]);
  });

  it("goes on where the page before ended", async () => {
    const Bucket = await filled("a/1", "a/2", "b", "c/1", "d");
    const seen: unknown[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await list(Bucket, { Delimiter: "/", MaxKeys: 1, ContinuationToken });
      expect(page.KeyCount).toBe(1);
      seen.push(...keysOf(page), ...prefixesOf(page));
      ContinuationToken = page.NextContinuationToken;
      expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
    } while (ContinuationToken);
    expect(seen).toEqual(["a/", "b", "c/", "d"]);
    expect((await list(Bucket, { MaxKeys: 0 })).IsTruncated).toBe(false);
  });

  it("encodes names where it is asked to", async () => {
    const Bucket = await filled("a b/ü+", "\u0001");
    const page = await list(Bucket, { EncodingType: "url", Delimiter: "/" });
    expect([keysOf(page), prefixesOf(page)]).toEqual([["%01"], ["a+b/"]]);
    await expect(list(Bucket, { EncodingType: "other" as "url" })).rejects.toMatchObject({ name: "InvalidArgument" });
  });

  it("says of each object what it is", async () => {
    const Bucket = await filled("k");
    const { Contents } = await list(Bucket, { FetchOwner: true });
    expect(Contents?.[0]).toMatchObject({
      ETag: '"9dd4e461268c8034f5c8564e155c67a6"',
      Size: 1,
      StorageClass: "STANDARD",
      Owner: { ID: expect.any(String) },
      ChecksumAlgorithm: ["CRC32"],
    });
    expect((await list(Bucket)).Contents?.[0]?.Owner).toBeUndefined();
  });

  it("agrees with a plain map under random puts, deletes and listings", async () => {
    const seed = Date.now() % 1_000_000;
    const random = randomFrom(seed);
    const Bucket = await test.newBucket();
    const model = new Map<string, string>();
    const alphabet = ["a", "b", "/", "/", "-", "ü", "😀", "\uffee", "0"];
    const name = () => Array.from({ length: 1 + random(5) }, () => alphabet[random(alphabet.length)]).join("");
    for (let step = 0; step < 300; step++) {
      const key = name();
      const action = random(10);
      if (action < 5) {
        model.set(key, String(step));
        await test.cloud.call("s3", "PutObject", { Bucket, Key: key, Body: String(step) });
      } else if (action < 7) {
        model.delete(key);
        await test.cloud.call("s3", "DeleteObject", { Bucket, Key: key });
      } else {
        const prefix = random(2) === 0 ? "" : ([...name()][0] as string);
        const delimiter = ["", "/", "-", "b/"][random(4)] as string;
        const MaxKeys = 1 + random(4);
        const startAfter = random(2) === 0 ? undefined : name();
        const where = `seed ${seed}, step ${step}, ${JSON.stringify({ prefix, delimiter, MaxKeys, startAfter })}`;
        expect(await listAll(Bucket, prefix, delimiter, MaxKeys, startAfter), where).toEqual(
          modelled([...model.keys()], prefix, delimiter, startAfter ?? ""),
        );
      }
    }
    for (const [key, content] of model) expect(await test.text(Bucket, key), `seed ${seed}`).toBe(content);
  });

  const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

  async function listAll(Bucket: string, Prefix: string, Delimiter: string, MaxKeys: number, StartAfter?: string) {
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const input = { Bucket, Prefix, Delimiter, MaxKeys, StartAfter, ContinuationToken };
      const page = await test.cloud.call<sdk.ListObjectsV2CommandOutput>("s3", "ListObjectsV2", input);
      const names = [...keysOf(page), ...prefixesOf(page)] as string[];
      expect(names.length).toBeLessThanOrEqual(MaxKeys);
      seen.push(...names.sort(bytes));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    return seen;
  }

  function modelled(keys: string[], prefix: string, delimiter: string, startAfter: string): string[] {
    const names = new Set<string>();
    for (const key of keys) {
      if (!key.startsWith(prefix)) continue;
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      const name = at < 0 ? key : key.slice(0, at + delimiter.length);
      // A group that StartAfter lies in has been passed.
      const grouped = at >= 0 && startAfter.startsWith(name);
      if (bytes(name, startAfter) > 0 && !grouped) names.add(name);
    }
    return [...names].sort(bytes);
  }
});

describe("ListObjects", () => {
  it("goes on from a marker", async () => {
    const Bucket = await filled("a/1", "b", "c");
    const first = await test.s3.send(new sdk.ListObjectsCommand({ Bucket, MaxKeys: 1, Delimiter: "/" }));
    expect([prefixesOf(first), first.IsTruncated, first.NextMarker]).toEqual([["a/"], true, "a/"]);
    const rest = await test.s3.send(new sdk.ListObjectsCommand({ Bucket, Marker: first.NextMarker, Delimiter: "/" }));
    expect([keysOf(rest), rest.IsTruncated]).toEqual([["b", "c"], false]);
    expect(rest.Contents?.[0]?.Owner?.ID).toBeDefined();
  });
});

describe("ListObjectVersions", () => {
  it("lists versions and delete markers, newest first, page by page", async () => {
    const Bucket = await test.newBucket("Enabled");
    const ids: (string | undefined)[] = [];
    for (const content of ["1", "2"]) ids.unshift((await test.put(Bucket, "k", content)).VersionId);
    ids.unshift((await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k" }))).VersionId);
    await test.put(Bucket, "other");
    const all = await test.s3.send(new sdk.ListObjectVersionsCommand({ Bucket, Prefix: "k" }));
    expect(all.DeleteMarkers).toMatchObject([{ Key: "k", VersionId: ids[0], IsLatest: true }]);
    expect(all.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [ids[1], false],
      [ids[2], false],
    ]);
    const seen: unknown[] = [];
    let page: sdk.ListObjectVersionsCommandOutput | undefined;
    do {
      page = await test.s3.send(
        new sdk.ListObjectVersionsCommand({
          Bucket,
          MaxKeys: 1,
          KeyMarker: page?.NextKeyMarker,
          VersionIdMarker: page?.NextVersionIdMarker,
        }),
      );
      seen.push(...[...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ VersionId }) => VersionId));
    } while (page.IsTruncated);
    expect(seen.slice(0, 3)).toEqual(ids);
    expect(seen).toHaveLength(4);
  });
});
