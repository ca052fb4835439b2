/** What a writer says of an object beside its content: headers, metadata, tags, encryption, lock. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { type AclInput, aclOf, checkAclsAllowed } from "./acl.js";
import type { Bucket } from "./bucket.js";
import { fromHeader } from "./metadata.js";
import type { ContentHeaders, Encryption, ObjectSettings, Retention } from "./object.js";
import { configuration } from "./tables.js";

export interface SettingsInput extends AclInput {
  Key?: string | undefined;
  CacheControl?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentEncoding?: string | undefined;
  ContentLanguage?: string | undefined;
  ContentType?: string | undefined;
  Expires?: Date | undefined;
  Metadata?: Record<string, string> | undefined;
  StorageClass?: string | undefined;
  WebsiteRedirectLocation?: string | undefined;
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  BucketKeyEnabled?: boolean | undefined;
  SSECustomerAlgorithm?: string | undefined;
  SSECustomerKey?: string | undefined;
  SSECustomerKeyMD5?: string | undefined;
  Tagging?: string | undefined;
  ObjectLockMode?: string | undefined;
  ObjectLockRetainUntilDate?: Date | undefined;
  ObjectLockLegalHoldStatus?: string | undefined;
}

const MAX_KEY_BYTES = 1024;
const MAX_METADATA_BYTES = 2048;
const MAX_TAGS = 10;
const STORAGE_CLASSES = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

const invalid = (message: string, members?: Record<string, unknown>) =>
  new AwsError("InvalidArgument", message, { members, status: 400 });

/** @throws AwsError `KeyTooLongError` */
export function checkKey(key: string | undefined): string {
  if (key === undefined || key === "") throw invalid("Object keys must be at least one byte long.");
  const size = Buffer.byteLength(key);
  if (size <= MAX_KEY_BYTES) return key;
  throw new AwsError("KeyTooLongError", "Your key is too long", {
    members: { Size: size, MaxSizeAllowed: MAX_KEY_BYTES },
    status: 400,
  });
}

/** Everything that an input says of an object. @throws AwsError for what S3 does not take */
export function settingsOf(ctx: Context, bucket: Bucket, input: SettingsInput): ObjectSettings {
  checkAclsAllowed(ctx, bucket.name, input);
  const storageClass = input.StorageClass ?? "STANDARD";
  if (!STORAGE_CLASSES.has(storageClass)) {
    throw new AwsError("InvalidStorageClass", "The storage class you specified is not valid", { status: 400 });
  }
  return {
    headers: contentHeaders(input),
    metadata: metadataOf(ctx, input),
    storageClass,
    websiteRedirect: input.WebsiteRedirectLocation,
    encryption: encryptionOf(ctx, bucket, input),
    customerKey: customerKeyOf(input),
    tags: input.Tagging === undefined ? undefined : parseTagging(input.Tagging),
    acl: aclOf(input, ctx.account),
    ...lockOf(ctx, bucket, input),
  };
}

/** The headers that come back with the object. */
export function contentHeaders(input: SettingsInput): ContentHeaders {
  const codings = (input.ContentEncoding ?? "").split(",").map((coding) => coding.trim());
  // aws-chunked is how the body came, not what it is.
  const ContentEncoding = codings.filter((coding) => coding !== "aws-chunked").join(",") || undefined;
  const { CacheControl, ContentDisposition, ContentLanguage, Expires } = input;
  const ContentType = input.ContentType || "binary/octet-stream";
  return { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Expires };
}

/** User metadata. @throws AwsError `MetadataTooLarge` */
export function metadataOf(ctx: Context, input: SettingsInput): Record<string, string> {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(input.Metadata ?? {})) {
    const text = ctx.http ? fromHeader(value) : value;
    metadata[name.toLowerCase()] = text;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  if (bytes <= MAX_METADATA_BYTES) return metadata;
  throw new AwsError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", {
    members: { Size: bytes, MaxSizeAllowed: MAX_METADATA_BYTES },
    status: 400,
  });
}

interface EncryptionRule {
  readonly ApplyServerSideEncryptionByDefault?: { SSEAlgorithm?: string; KMSMasterKeyID?: string };
  readonly BucketKeyEnabled?: boolean;
}

/** How an object is encrypted: as the writer says, else as the bucket does by default. */
export function encryptionOf(ctx: Context, bucket: Bucket, input: SettingsInput): Encryption | undefined {
  if (input.SSECustomerAlgorithm !== undefined) return undefined;
  if (input.ServerSideEncryption !== undefined) {
    if (!["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx"].includes(input.ServerSideEncryption)) {
      throw invalid("The encryption method specified is not supported", {
        ArgumentName: "x-amz-server-side-encryption",
        ArgumentValue: input.ServerSideEncryption,
      });
    }
    return encryption(ctx, input.ServerSideEncryption, input.SSEKMSKeyId, input.BucketKeyEnabled);
  }
  const rules = configuration<{ Rules?: EncryptionRule[] }>(ctx, bucket.name, "encryption")?.Rules;
  const { SSEAlgorithm = "AES256", KMSMasterKeyID } = rules?.[0]?.ApplyServerSideEncryptionByDefault ?? {};
  return encryption(ctx, SSEAlgorithm, input.SSEKMSKeyId ?? KMSMasterKeyID, rules?.[0]?.BucketKeyEnabled);
}

function encryption(ctx: Context, algorithm: string, keyId?: string, bucketKey?: boolean): Encryption {
  if (!algorithm.startsWith("aws:kms")) return { algorithm };
  const name = keyId ?? "alias/aws/s3";
  const resource = /^(alias|key)\//.test(name) ? name : `key/${name}`;
  return { algorithm, kmsKeyId: name.startsWith("arn:") ? name : ctx.arn(resource, "kms"), bucketKey };
}

// Differs from AWS: what is stored under a customer's key is not encrypted, but the key is asked for again.
function customerKeyOf(input: SettingsInput): ObjectSettings["customerKey"] {
  const { SSECustomerAlgorithm, SSECustomerKeyMD5 } = input;
  if (SSECustomerAlgorithm === undefined) return undefined;
  if (SSECustomerAlgorithm !== "AES256" || SSECustomerKeyMD5 === undefined) {
    throw invalid("The encryption request that you specified is not valid. The valid value is AES256.");
  }
  return { algorithm: SSECustomerAlgorithm, md5: SSECustomerKeyMD5 };
}

/** Tags as the `x-amz-tagging` header has them: a query string. */
export function parseTagging(header: string): Record<string, string> {
  return checkTags([...new URLSearchParams(header)].map(([Key, Value]) => ({ Key, Value })));
}

/** Tags by key. @throws AwsError `InvalidTag` or `BadRequest` */
export function checkTags(
  set: readonly { Key?: string | undefined; Value?: string | undefined }[],
  max = MAX_TAGS,
): Record<string, string> {
  const tags = new Map<string, string>();
  for (const { Key = "", Value = "" } of set) {
    if (Key.length < 1 || Key.length > 128) throw invalidTag("The TagKey you have provided is invalid", Key);
    if (Value.length > 256) throw invalidTag("The TagValue you have provided is invalid", Key);
    if (tags.has(Key)) throw invalidTag("Cannot provide multiple Tags with the same key", Key);
    tags.set(Key, Value);
  }
  if (tags.size <= max) return Object.fromEntries(tags);
  const what =
    max === MAX_TAGS ? "Object tags cannot be greater than 10" : `Bucket tag count cannot be greater than ${max}`;
  throw new AwsError("BadRequest", what, { status: 400 });
}

const invalidTag = (message: string, key: string) =>
  new AwsError("InvalidTag", message, { members: { TagKey: key }, status: 400 });

interface LockConfiguration {
  readonly Rule?: { DefaultRetention?: { Mode?: string; Days?: number; Years?: number } };
}

/** Retention and legal hold: as the writer says, else the bucket's default retention. */
function lockOf(
  ctx: Context,
  bucket: Bucket,
  input: SettingsInput,
): { retention?: Retention; legalHold?: string | undefined } {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: legalHold } = input;
  if (mode !== undefined || until !== undefined || legalHold !== undefined) {
    if (!bucket.objectLock) {
      throw new AwsError("InvalidRequest", "Bucket is missing Object Lock Configuration", { status: 400 });
    }
    if ((mode === undefined) !== (until === undefined)) {
      throw invalid("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
    }
  }
  if (mode !== undefined && until !== undefined) return { retention: checkRetention(ctx, mode, until), legalHold };
  const rule = bucket.objectLock ? configuration<LockConfiguration>(ctx, bucket.name, "object lock")?.Rule : undefined;
  const { Mode, Days = 0, Years = 0 } = rule?.DefaultRetention ?? {};
  if (Mode === undefined) return { legalHold };
  const end = new Date(ctx.now());
  end.setUTCDate(end.getUTCDate() + Days);
  end.setUTCFullYear(end.getUTCFullYear() + Years);
  return { retention: { mode: Mode, until: end }, legalHold };
}

/** @throws AwsError `InvalidArgument` */
export function checkRetention(ctx: Context, mode: string, until: Date): Retention {
  if (mode !== "GOVERNANCE" && mode !== "COMPLIANCE") throw invalid("Unknown wormMode directive.");
  if (until.getTime() <= ctx.now()) throw invalid("The retain until date must be in the future!");
  return { mode, until };
}
