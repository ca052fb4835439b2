/** ListObjects, ListObjectsV2 and ListObjectVersions. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { type ObjectVersion, ownerOf, quoted, type S3 } from "./object.js";
import { restoreStatus } from "./restore-object.js";
import { getBucket, noncurrent, objects } from "./tables.js";

const MAX_KEYS = 1000;

/** The first string, in the order of keys, that comes after every one that begins with `prefix`. */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) as number;
    if (point === 0x10ffff) continue;
    // Between these stand the surrogates, which are no characters.
    return points.join("") + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

/** Orders keys as S3 does: by their UTF-8 bytes. */
export function comesAfter(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;
}

/** One entry of a listing: an object, or the prefix that stands for many. */
type Item = { readonly name: string; readonly version?: ObjectVersion };

/** What is listed, from which key on (that key left out). */
interface Scan {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
}

/** Walks over a bucket's keys in order; what the delimiter groups is passed over at once. */
export function* walk(ctx: Context, bucket: string, scan: Scan, includeMarkers = false): Generator<Item> {
  const { prefix, delimiter, after } = scan;
  const end = afterPrefix(prefix);
  const before = prefix === "" || end === undefined ? undefined : [end];
  const skipped = delimiter === "" ? undefined : groupOf(after, prefix, delimiter);
  const resumed = skipped === undefined ? `${after}\0` : afterPrefix(skipped);
  let from: string | undefined = after === "" ? prefix : resumed;
  if (from !== undefined && comesAfter(prefix, from)) from = prefix;
  while (from !== undefined) {
    let group: string | undefined;
    for (const { row } of ctx.table(objects).entries({ prefix: [bucket], from: [from], before })) {
      if (!row.key.startsWith(prefix)) continue;
      if (row.deleteMarker && !includeMarkers) continue;
      group = delimiter === "" ? undefined : groupOf(row.key, prefix, delimiter);
      if (group !== undefined) break;
      yield { name: row.key, version: row };
    }
    if (group === undefined) return;
    yield { name: group };
    from = afterPrefix(group);
  }
}

/** The common prefix that a key falls under, if it does. */
function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

interface Page {
  readonly items: readonly Item[];
  readonly truncated: boolean;
}

function pageOf(items: Iterable<Item>, limit: number): Page {
  const page: Item[] = [];
  if (limit === 0) return { items: page, truncated: false };
  for (const item of items) {
    if (page.length === limit) return { items: page, truncated: true };
    page.push(item);
  }
  return { items: page, truncated: false };
}

/** @throws AwsError `InvalidArgument` */
export function limitOf(given: number | undefined, name = "maxKeys"): number {
  if (given === undefined) return MAX_KEYS;
  if (Number.isInteger(given) && given >= 0) return Math.min(given, MAX_KEYS);
  throw new AwsError("InvalidArgument", `Argument ${name} must be an integer between 0 and 2147483647`, {
    members: { ArgumentName: name, ArgumentValue: given },
    status: 400,
  });
}

/** How names are written: percent-encoded where the client asks for it. @throws AwsError `InvalidArgument` */
export function encoder(encodingType: string | undefined): (text: string) => string {
  if (encodingType === undefined) return (text) => text;
  if (encodingType !== "url") {
    throw new AwsError("InvalidArgument", "Invalid Encoding Method specified in Request", {
      members: { ArgumentName: "encoding-type", ArgumentValue: encodingType },
      status: 400,
    });
  }
  return (text) =>
    encodeURIComponent(text)
      .replaceAll("%2F", "/")
      .replaceAll("%20", "+")
      .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

interface ListInput {
  Prefix?: string | undefined;
  Delimiter?: string | undefined;
  MaxKeys?: number | undefined;
  EncodingType?: string | undefined;
  OptionalObjectAttributes?: string[] | undefined;
}

function list(ctx: Context, bucket: string, input: ListInput, after: string, withOwner: boolean) {
  const { Prefix = "", Delimiter = "" } = input;
  const limit = limitOf(input.MaxKeys);
  const encode = encoder(input.EncodingType);
  const page = pageOf(walk(ctx, bucket, { prefix: Prefix, delimiter: Delimiter, after }), limit);
  const contents = page.items.flatMap(({ version }) =>
    version
      ? [{ Key: encode(version.key), ...summary(ctx, version, input), Owner: withOwner ? ownerOf(version) : undefined }]
      : [],
  );
  const prefixes = page.items.flatMap(({ name, version }) => (version ? [] : [{ Prefix: encode(name) }]));
  return {
    last: page.truncated ? page.items.at(-1)?.name : undefined,
    encode,
    answer: {
      Name: bucket,
      Prefix: encode(Prefix),
      Delimiter: Delimiter === "" ? undefined : encode(Delimiter),
      MaxKeys: limit,
      EncodingType: input.EncodingType as "url" | undefined,
      IsTruncated: page.truncated,
      Contents: contents.length > 0 ? contents : undefined,
      CommonPrefixes: prefixes.length > 0 ? prefixes : undefined,
    },
  };
}

function summary(ctx: Context, version: ObjectVersion, { OptionalObjectAttributes: wanted }: ListInput) {
  const { checksum } = version;
  return {
    LastModified: new Date(version.modifiedAt),
    ETag: quoted(version.etag),
    ChecksumAlgorithm: checksum ? [checksum.algorithm as "CRC32"] : undefined,
    ChecksumType: checksum?.type,
    Size: version.size,
    StorageClass: version.storageClass as "STANDARD",
    RestoreStatus: wanted?.includes("RestoreStatus") ? restoreStatus(ctx, version) : undefined,
  };
}

export const listObjectsV2: Handler<S3, "ListObjectsV2"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const { ContinuationToken, StartAfter } = input;
  const after = ContinuationToken === undefined ? (StartAfter ?? "") : readToken(ContinuationToken);
  const { answer, last, encode } = list(ctx, bucket.name, input, after, input.FetchOwner === true);
  return {
    ...answer,
    KeyCount: (answer.Contents?.length ?? 0) + (answer.CommonPrefixes?.length ?? 0),
    ContinuationToken,
    NextContinuationToken: last === undefined ? undefined : Buffer.from(`1${last}`).toString("base64"),
    StartAfter: StartAfter === undefined ? undefined : encode(StartAfter),
  };
};

function readToken(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  if (text.startsWith("1")) return text.slice(1);
  throw new AwsError("InvalidArgument", "The continuation token provided is incorrect", {
    members: { ArgumentName: "continuation-token" },
    status: 400,
  });
}

export const listObjects: Handler<S3, "ListObjects"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const { answer, last, encode } = list(ctx, bucket.name, input, input.Marker ?? "", true);
  // Without a delimiter clients go on from the last key themselves.
  const NextMarker = last !== undefined && input.Delimiter ? encode(last) : undefined;
  return { ...answer, Marker: encode(input.Marker ?? ""), NextMarker };
};

export const listObjectVersions: Handler<S3, "ListObjectVersions"> = (input, ctx) => {
  const { name } = getBucket(ctx, input);
  const { Prefix = "", Delimiter = "", KeyMarker = "", VersionIdMarker } = input;
  if (VersionIdMarker !== undefined && KeyMarker === "") {
    throw new AwsError("InvalidArgument", "A version-id marker cannot be specified without a key marker.", {
      status: 400,
    });
  }
  const limit = limitOf(input.MaxKeys);
  const encode = encoder(input.EncodingType);
  const entries = walkVersions(ctx, name, { prefix: Prefix, delimiter: Delimiter, after: KeyMarker }, VersionIdMarker);
  const page = pageOf(entries, limit) as { items: readonly VersionItem[]; truncated: boolean };
  const last = page.truncated ? page.items.at(-1) : undefined;
  const described = page.items.flatMap(({ version, latest }) =>
    version
      ? [{ version, common: { Key: encode(version.key), VersionId: version.versionId, IsLatest: latest === true } }]
      : [],
  );
  const Versions = described
    .filter(({ version }) => !version.deleteMarker)
    .map(({ version, common }) => ({ ...common, ...summary(ctx, version, input), Owner: ownerOf(version) }));
  const DeleteMarkers = described
    .filter(({ version }) => version.deleteMarker)
    .map(({ version, common }) => ({
      ...common,
      LastModified: new Date(version.modifiedAt),
      Owner: ownerOf(version),
    }));
  return {
    Name: name,
    Prefix: encode(Prefix),
    Delimiter: Delimiter === "" ? undefined : encode(Delimiter),
    KeyMarker: encode(KeyMarker),
    VersionIdMarker: VersionIdMarker ?? "",
    MaxKeys: limit,
    EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    NextKeyMarker: last && encode(last.name),
    NextVersionIdMarker: last?.version?.versionId,
    Versions,
    DeleteMarkers,
    CommonPrefixes: page.items.flatMap((item) => (item.version ? [] : [{ Prefix: encode(item.name) }])),
  } as ReturnType<Handler<S3, "ListObjectVersions">>;
};

type VersionItem = Item & { readonly latest?: boolean };

/** Walks over all versions: of each key the latest, then the others, newest first. */
function* walkVersions(
  ctx: Context,
  bucket: string,
  scan: Scan,
  versionMarker: string | undefined,
): Generator<VersionItem> {
  if (versionMarker !== undefined) {
    // What is left of the key at which the page before ended.
    const versions = [...versionsOf(ctx, bucket, scan.after)];
    const at = versions.findIndex(({ version }) => version?.versionId === versionMarker);
    yield* versions.slice(at + 1);
  }
  for (const item of walk(ctx, bucket, scan, true)) {
    if (item.version) yield* versionsOf(ctx, bucket, item.name);
    else yield item;
  }
}

function* versionsOf(ctx: Context, bucket: string, key: string): Generator<VersionItem> {
  const latest = ctx.table(objects).get(bucket, key);
  if (!latest) return;
  yield { name: key, version: latest, latest: true };
  for (const { row } of ctx.table(noncurrent).entries({ prefix: [bucket, key] })) yield { name: key, version: row };
}
