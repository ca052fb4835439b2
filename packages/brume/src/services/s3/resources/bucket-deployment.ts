/** Custom::CDKBucketDeployment: puts the content of archives into a bucket, answered without the CDK's function. */
import { createReadStream } from "node:fs";
import { isAwsError } from "../../../kernel/errors.js";
import { uuid } from "../../../kernel/identifiers.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { toBoolean } from "../../../kernel/template-values.js";
import { contentTypeOf } from "./content-types.js";
import { collect, downloaded, readZip } from "./zip.js";

/** Where a deployment puts its files. */
interface Destination {
  readonly bucket: string;
  /** Ends with `/` unless empty. */
  readonly prefix: string;
}

function destinationOf(properties: Properties): Destination {
  const prefix = String(properties.DestinationBucketKeyPrefix ?? "").replace(/^\/+/, "");
  return {
    bucket: properties.DestinationBucketName as string,
    prefix: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`,
  };
}

const listOf = (value: Json | undefined) => (value ?? []) as string[];

/** Whether a file takes part: the last of the filters that it meets decides, as with the AWS CLI's. */
function filterOf({ Exclude, Include }: Properties): (name: string) => boolean {
  const filters = [
    ...listOf(Exclude).map((pattern) => ({ pattern: glob(pattern), takes: false })),
    ...listOf(Include).map((pattern) => ({ pattern: glob(pattern), takes: true })),
  ];
  return (name) => filters.reduce((takes, filter) => (filter.pattern.test(name) ? filter.takes : takes), true);
}

function glob(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped.replaceAll("[!", "[^")}$`, "s");
}

/** System metadata, by the option's name of the AWS CLI. */
const SYSTEM_METADATA: Readonly<Record<string, string>> = {
  acl: "ACL",
  "cache-control": "CacheControl",
  "content-disposition": "ContentDisposition",
  "content-encoding": "ContentEncoding",
  "content-language": "ContentLanguage",
  "content-type": "ContentType",
  sse: "ServerSideEncryption",
  "sse-kms-key-id": "SSEKMSKeyId",
  "storage-class": "StorageClass",
  "website-redirect": "WebsiteRedirectLocation",
};

function settingsOf({ UserMetadata, SystemMetadata }: Properties): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries((SystemMetadata ?? {}) as Record<string, string>)) {
    if (name === "expires") settings.Expires = new Date(value);
    else if (Object.hasOwn(SYSTEM_METADATA, name)) settings[SYSTEM_METADATA[name] as string] = value;
  }
  if (UserMetadata) settings.Metadata = UserMetadata;
  return settings;
}

type Markers = Readonly<Record<string, string>>;

/** Replaces markers by what they stand for; within JSON, as text of a JSON string where the deployment asks for it. */
function replaceMarkers(content: Buffer, markers: Markers, jsonEscape: boolean): Buffer {
  // Latin-1 keeps every byte as it is, whatever the file holds.
  let text = content.toString("latin1");
  for (const [marker, value] of Object.entries(markers)) {
    const written = jsonEscape ? JSON.stringify(value).slice(1, -1) : value;
    text = text.replaceAll(marker, () => Buffer.from(written).toString("latin1"));
  }
  return Buffer.from(text, "latin1");
}

/** Puts all sources; returns the names of the files, relative to the destination. */
async function putSources(desired: Properties, ctx: ResourceContext): Promise<Set<string>> {
  const { bucket, prefix } = destinationOf(desired);
  const takes = filterOf(desired);
  const settings = settingsOf(desired);
  const names = new Set<string>();
  const put = async (name: string, Body: unknown) => {
    names.add(name);
    if (!takes(name)) return;
    const ContentType = contentTypeOf(name);
    await ctx.call("s3", "PutObject", { Bucket: bucket, Key: prefix + name, Body, ContentType, ...settings });
  };
  const keys = listOf(desired.SourceObjectKeys);
  for (const [index, Bucket] of listOf(desired.SourceBucketNames).entries()) {
    const Key = keys[index] as string;
    const markers = ((desired.SourceMarkers ?? []) as Markers[])[index] ?? {};
    const config = ((desired.SourceMarkersConfig ?? []) as Properties[])[index];
    const jsonEscape = toBoolean(config?.jsonEscape) === true;
    const { Body } = await ctx.call<{ Body: never }>("s3", "GetObject", { Bucket, Key });
    await using file = await downloaded(Body);
    if (toBoolean(desired.Extract) === false) await put(Key.split("/").at(-1) as string, createReadStream(file.path));
    else {
      await readZip(file.path, async (name, content) => {
        const replaced = Object.keys(markers).length > 0;
        await put(name, replaced ? replaceMarkers(await collect(content), markers, jsonEscape) : content);
      });
    }
  }
  return names;
}

async function keysUnder({ bucket, prefix }: Destination, ctx: ResourceContext): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await ctx.call<{ Contents?: { Key: string }[]; NextContinuationToken?: string }>(
      "s3",
      "ListObjectsV2",
      {
        Bucket: bucket,
        Prefix: prefix,
        ContinuationToken,
      },
    );
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return keys;
}

async function removeKeys(bucket: string, keys: readonly string[], ctx: ResourceContext): Promise<void> {
  for (const Key of keys) await ctx.call("s3", "DeleteObject", { Bucket: bucket, Key });
}

/** Empties a destination, unless another deployment's tag says that it is in use. */
async function removeDestination(properties: Properties, ctx: ResourceContext): Promise<void> {
  const destination = destinationOf(properties);
  try {
    if (await isOwned(destination, ctx)) return;
    await removeKeys(destination.bucket, await keysUnder(destination, ctx), ctx);
  } catch (error) {
    if (!isAwsError(error, "NoSuchBucket")) throw error;
  }
}

async function isOwned({ bucket, prefix }: Destination, ctx: ResourceContext): Promise<boolean> {
  try {
    const { TagSet } = await ctx.call<{ TagSet: { Key: string }[] }>("s3", "GetBucketTagging", { Bucket: bucket });
    const tag = prefix === "" ? "aws-cdk:cr-owned" : `aws-cdk:cr-owned:${prefix.slice(0, -1)}`;
    return TagSet.some(({ Key }) => Key.startsWith(tag));
  } catch (error) {
    if (isAwsError(error, "NoSuchTagSet")) return false;
    throw error;
  }
}

async function deploy(desired: Properties, physicalId: string, ctx: ResourceContext): Promise<Properties> {
  const destination = destinationOf(desired);
  const names = await putSources(desired, ctx);
  if (toBoolean(desired.Prune) !== false) {
    const takes = filterOf(desired);
    const { prefix } = destination;
    const gone = (await keysUnder(destination, ctx)).filter((key) => {
      const name = key.slice(prefix.length);
      return !names.has(name) && takes(name);
    });
    await removeKeys(destination.bucket, gone, ctx);
  }
  return {
    ...desired,
    PhysicalResourceId: physicalId,
    DestinationBucketArn: `arn:${ctx.partition}:s3:::${destination.bucket}`,
    SourceObjectKeys: toBoolean(desired.OutputObjectKeys) === false ? [] : listOf(desired.SourceObjectKeys),
  };
}

export default defineResource({
  create: (desired, ctx) => deploy(desired, `aws.cdk.s3deployment.${uuid()}`, ctx),
  async read(actual, ctx) {
    try {
      await ctx.call("s3", "HeadBucket", { Bucket: actual.DestinationBucketName });
      return actual;
    } catch (error) {
      if (isAwsError(error, "NotFound")) return undefined;
      throw error;
    }
  },
  async update(desired, actual, ctx, previous) {
    const [before, after] = [destinationOf(previous), destinationOf(desired)];
    const moved = before.bucket !== after.bucket || before.prefix !== after.prefix;
    if (moved && toBoolean(previous.RetainOnDelete) === false) await removeDestination(previous, ctx);
    return deploy(desired, actual.PhysicalResourceId as string, ctx);
  },
  async delete(actual, ctx) {
    if (toBoolean(actual.RetainOnDelete) === false) await removeDestination(actual, ctx);
  },
  async list() {
    return [];
  },
});
