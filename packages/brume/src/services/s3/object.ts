/** The model of an object's version, and pure functions over it. */
import type { Output } from "../../kernel/service.js";
import { canonicalUser } from "./bucket.js";
import type { Checksum } from "./checksums.js";

export type S3 = typeof import("@aws-sdk/client-s3");

/** A stretch of an object's content: a body in the store or in a file. */
export interface Segment {
  readonly id: string;
  readonly size: number;
}

/** A part of an object that was uploaded in parts. */
export interface PartSummary {
  readonly number: number;
  readonly size: number;
  readonly checksum?: string;
}

/** Headers that come back as they were given. */
export interface ContentHeaders {
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly ContentType?: string;
  readonly Expires?: Date;
}

export interface Encryption {
  readonly algorithm: string;
  readonly kmsKeyId?: string;
  readonly bucketKey?: boolean;
}

export interface Retention {
  readonly mode: string;
  readonly until: Date;
}

/** One grant of an access control list, as the SDK types it. */
export interface AccessControl {
  readonly Owner: { ID: string; DisplayName?: string };
  readonly Grants: readonly unknown[];
}

/** What a client says of an object when it starts to write it. */
export interface ObjectSettings {
  readonly headers: ContentHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string;
  readonly websiteRedirect?: string;
  readonly encryption?: Encryption;
  readonly customerKey?: { algorithm: string; md5: string };
  readonly tags?: Readonly<Record<string, string>>;
  readonly acl?: AccessControl;
  readonly retention?: Retention;
  readonly legalHold?: string;
}

/** A version of an object as it is stored; a delete marker has no content. Times are milliseconds since the epoch. */
export interface ObjectVersion extends ObjectSettings {
  readonly key: string;
  /** `null` where the bucket was not versioned. */
  readonly versionId: string;
  /** Orders the versions of a key: later ones are higher. */
  readonly sequence: number;
  readonly modifiedAt: number;
  readonly account: string;
  readonly deleteMarker: boolean;
  readonly size: number;
  /** Without the quotation marks. */
  readonly etag: string;
  readonly segments: readonly Segment[];
  readonly checksum?: Checksum;
  readonly parts?: readonly PartSummary[];
  /** Where its replication stands, in the words of `x-amz-replication-status`. */
  readonly replication?: "PENDING" | "COMPLETED" | "FAILED" | "REPLICA";
  /** When what is in the archive can be read: from the end of its restoration to that of the copy. */
  readonly restored?: { readonly from: number; readonly until: number };
}

export const NULL_VERSION = "null";

/** An entity tag as it stands in headers and documents. */
export const quoted = (etag: string): string => `"${etag}"`;

/** `VersionId` members appear only where versioning was ever on. */
export function versionMember(versioned: boolean, version: ObjectVersion): { VersionId?: string } {
  return versioned ? { VersionId: version.versionId } : {};
}

type EncryptionMembers = Pick<
  Output<S3, "PutObject">,
  "ServerSideEncryption" | "SSEKMSKeyId" | "BucketKeyEnabled" | "SSECustomerAlgorithm" | "SSECustomerKeyMD5"
>;

/** The members of an answer that say how an object is encrypted. */
export function encryptionMembers({ encryption, customerKey }: ObjectSettings): EncryptionMembers {
  if (customerKey) return { SSECustomerAlgorithm: customerKey.algorithm, SSECustomerKeyMD5: customerKey.md5 };
  if (!encryption) return {};
  return {
    ServerSideEncryption: encryption.algorithm as EncryptionMembers["ServerSideEncryption"],
    SSEKMSKeyId: encryption.kmsKeyId,
    BucketKeyEnabled: encryption.bucketKey || undefined,
  };
}

export const ownerOf = (version: ObjectVersion) => canonicalUser(version.account);
