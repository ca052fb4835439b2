import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { randomFrom, TestCloud } from "./test-cloud.js";

const test = new TestCloud();
const STEPS = 600;

interface ModelVersion {
  readonly id: string;
  /** `undefined` for a delete marker. */
  readonly body: string | undefined;
}

/** A bucket as S3 describes it: of each key its versions, newest first. */
class Model {
  readonly keys = new Map<string, ModelVersion[]>();
  versioning: "Enabled" | "Suspended" | undefined;

  versions(key: string): ModelVersion[] {
    return this.keys.get(key) ?? [];
  }

  add(key: string, id: string, body: string | undefined): void {
    const others = this.versions(key).filter((version) => version.id !== id);
    this.keys.set(key, [{ id, body }, ...others]);
  }

  remove(key: string, id: string): void {
    const left = this.versions(key).filter((version) => version.id !== id);
    if (left.length > 0) this.keys.set(key, left);
    else this.keys.delete(key);
  }

  /** As a deletion without a version id leaves it. */
  hide(key: string, markerId: string | undefined): void {
    if (this.versioning === undefined) this.remove(key, "null");
    else this.add(key, markerId ?? "null", undefined);
  }

  /** Entries of a listing of versions: `key@id`, `key@id-` for markers, and groups. */
  listed(prefix: string, delimiter: string): string[] {
    const entries: string[] = [];
    for (const key of [...this.keys.keys()].sort(byBytes)) {
      if (!key.startsWith(prefix)) continue;
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (at < 0) entries.push(...this.versions(key).map(({ id, body }) => entryOf(key, id, body === undefined)));
      else if (!entries.includes(key.slice(0, at + 1))) entries.push(key.slice(0, at + 1));
    }
    return entries;
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const entryOf = (key: string, id: string, marker: boolean) => `${key}@${id}${marker ? "-" : ""}`;

type Listing = {
  Versions?: { Key: string; VersionId: string; IsLatest: boolean }[];
  DeleteMarkers?: { Key: string; VersionId: string; IsLatest: boolean }[];
  CommonPrefixes?: { Prefix: string }[];
  NextKeyMarker?: string;
  NextVersionIdMarker?: string;
  IsTruncated: boolean;
};

/** All pages of a listing of versions, put together. */
async function listVersions(Bucket: string, Prefix: string, Delimiter: string, MaxKeys: number): Promise<Set<string>> {
  const seen = new Set<string>();
  let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await call<Listing>("ListObjectVersions", { Bucket, Prefix, Delimiter, MaxKeys, ...markers });
    const entries = [
      ...(page.Versions ?? []).map(({ Key, VersionId }) => entryOf(Key, VersionId, false)),
      ...(page.DeleteMarkers ?? []).map(({ Key, VersionId }) => entryOf(Key, VersionId, true)),
      ...(page.CommonPrefixes ?? []).map((group) => group.Prefix),
    ];
    expect(entries.length).toBeLessThanOrEqual(MaxKeys);
    for (const entry of entries) {
      expect(seen.has(entry), `${entry} twice`).toBe(false);
      seen.add(entry);
    }
    if (!page.IsTruncated) return seen;
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

const call = <Output = Record<string, never>>(operation: string, input: object) =>
  test.cloud.call<Output>("s3", operation, input);

/** What stands for a content in messages and comparisons. */
const short = (content: string | Buffer): string =>
  content.length < 50 ? content.toString() : createHash("md5").update(content).digest("hex");

/** An object's content, or the code of the error in its place. */
async function contentOf(Bucket: string, Key: string, VersionId?: string): Promise<string> {
  try {
    const { Body } = await call<{ Body: Uint8Array | Readable }>("GetObject", { Bucket, Key, VersionId });
    return short(Body instanceof Readable ? Buffer.concat(await Body.toArray()) : Buffer.from(Body));
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("a bucket", () => {
  it("agrees with a plain model under random writes, copies, uploads and deletions", async () => {
    const seed = Date.now() % 1_000_000;
    const random = randomFrom(seed);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
    const Bucket = await test.newBucket();
    const model = new Model();
    const names = ["a", "a/b", "a/c", "b", "b/ü", "c", "c/😀/d", "z"];
    const uploads: { Key: string; UploadId: string; parts: Map<number, { ETag: string; body: string }> }[] = [];

    const put = async (Key: string, Body: string) => {
      const { VersionId = "null" } = await call<{ VersionId?: string }>("PutObject", { Bucket, Key, Body });
      model.add(Key, VersionId, short(Body));
    };
    const copy = async (Key: string) => {
      const from = pick([...model.keys.keys(), "missing"]);
      const version = random(2) === 0 ? undefined : pick(model.versions(from));
      const CopySource = `${Bucket}/${encodeURIComponent(from)}${version ? `?versionId=${version.id}` : ""}`;
      const source = version ?? model.versions(from)[0];
      const copying = call<{ VersionId?: string }>("CopyObject", {
        Bucket,
        Key,
        CopySource,
        MetadataDirective: "REPLACE",
      });
      if (source?.body === undefined) await expect(copying).rejects.toThrow();
      else model.add(Key, (await copying).VersionId ?? "null", source.body);
    };
    const remove = async (Key: string) => {
      const version = random(3) > 0 ? pick(model.versions(Key)) : undefined;
      const VersionId = version?.id;
      const deleted = await call<{ VersionId?: string }>("DeleteObject", { Bucket, Key, VersionId });
      if (VersionId !== undefined) model.remove(Key, VersionId);
      else model.hide(Key, deleted.VersionId);
    };
    const removeMany = async () => {
      const Objects = [...new Set([pick(names), pick(names)])].map((Key) => ({ Key }));
      const { Deleted } = await call<{ Deleted: { Key: string; DeleteMarkerVersionId?: string }[] }>("DeleteObjects", {
        Bucket,
        Delete: { Objects },
      });
      for (const { Key, DeleteMarkerVersionId } of Deleted) model.hide(Key, DeleteMarkerVersionId);
    };
    const begin = async (Key: string) => {
      const { UploadId } = await call<{ UploadId: string }>("CreateMultipartUpload", { Bucket, Key });
      uploads.push({ Key, UploadId, parts: new Map() });
    };
    const goOn = async (body: string) => {
      const upload = pick(uploads);
      if (!upload) return;
      const { Key, UploadId, parts } = upload;
      const end = random(4);
      if (end > 1 || parts.size === 0) {
        const PartNumber = 1 + random(3);
        const input = { Bucket, Key, UploadId, PartNumber, Body: body };
        const { ETag } = await call<{ ETag: string }>("UploadPart", input);
        parts.set(PartNumber, { ETag, body });
        return;
      }
      uploads.splice(uploads.indexOf(upload), 1);
      if (end === 0) await call("AbortMultipartUpload", { Bucket, Key, UploadId });
      else {
        // One part is enough, whichever it is: others would have to be of five megabytes.
        const [PartNumber, { ETag, body: content }] = pick([...parts]);
        const MultipartUpload = { Parts: [{ PartNumber, ETag }] };
        const input = { Bucket, Key, UploadId, MultipartUpload };
        const { VersionId = "null" } = await call<{ VersionId?: string }>("CompleteMultipartUpload", input);
        model.add(Key, VersionId, short(content));
      }
    };
    const setVersioning = async () => {
      model.versioning = pick(["Enabled", "Enabled", "Suspended"] as const);
      await call("PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: model.versioning } });
    };
    const check = async (where: string) => {
      const prefix = pick(["", "", "a", "a/", "b/", "c", "q"]);
      const delimiter = pick(["", "/"]);
      const listed = await listVersions(Bucket, prefix, delimiter, 1 + random(4));
      expect([...listed].sort(byBytes), where).toEqual(model.listed(prefix, delimiter).sort(byBytes));
      const key = pick(names);
      const [latest] = model.versions(key);
      expect(await contentOf(Bucket, key), where).toBe(latest?.body ?? "NoSuchKey");
      const one = pick(model.versions(key));
      if (one) expect(await contentOf(Bucket, key, one.id), where).toBe(one.body ?? "MethodNotAllowed");
    };

    for (let step = 0; step < STEPS; step++) {
      const key = pick(names);
      const action = random(20);
      // Every third body is large enough to be a file.
      const body = step % 3 === 0 ? `${step} `.repeat(20_000) : String(step);
      if (action < 4) await put(key, body);
      else if (action < 7) await copy(key);
      else if (action < 11) await remove(key);
      else if (action === 11) await removeMany();
      else if (action === 12) await begin(key);
      else if (action < 16) await goOn(body);
      else if (action === 16 && step > STEPS / 4) await setVersioning();
      else await check(`seed ${seed}, step ${step}`);
    }
    for (const [key, versions] of model.keys) {
      for (const { id, body = "MethodNotAllowed" } of versions) {
        expect(await contentOf(Bucket, key, id), `seed ${seed}`).toBe(body);
      }
    }
  });
});
