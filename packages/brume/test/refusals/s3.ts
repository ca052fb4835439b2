/** Requests that s3 refuses. */
import type { Refusal } from "./refusal.js";

export default [
  ["GetObject", { Bucket: "none", Key: "a" }, "NoSuchBucket", "The specified bucket does not exist"],
  ["GetObject", { Bucket: "there", Key: "a" }, "NoSuchKey", "The specified key does not exist."],
  ["GetObject", { Bucket: "there", Key: "kept", VersionId: "a" }, "InvalidArgument", "Invalid version id specified"],
  [
    "GetObject",
    { Bucket: "there", Key: "kept", Range: "bytes=90-99" },
    "InvalidRange",
    "The requested range is not satisfiable",
  ],
  ["CreateBucket", { Bucket: "A_B" }, "InvalidBucketName", "The specified bucket is not valid."],
  ["PutObject", { Bucket: "there", Key: "x".repeat(1025), Body: "a" }, "KeyTooLongError", "Your key is too long"],
  [
    "PutObject",
    { Bucket: "there", Key: "a", Body: "a", StorageClass: "COLD" },
    "InvalidStorageClass",
    "The storage class you specified is not valid",
  ],
  ["DeleteBucket", { Bucket: "there" }, "BucketNotEmpty", "The bucket you tried to delete is not empty"],
  [
    "ListObjectsV2",
    { Bucket: "there", MaxKeys: -1 },
    "InvalidArgument",
    "Argument maxKeys must be an integer between 0 and 2147483647",
  ],
  [
    "ListObjectsV2",
    { Bucket: "there", ContinuationToken: "a" },
    "InvalidArgument",
    "The continuation token provided is incorrect",
  ],
  [
    "UploadPart",
    { Bucket: "there", Key: "a", UploadId: "none", PartNumber: 1, Body: "a" },
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
  ],
  [
    "CopyObject",
    { Bucket: "there", Key: "kept", CopySource: "there/kept" },
    "InvalidRequest",
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  ],
  ["GetBucketPolicy", { Bucket: "there" }, "NoSuchBucketPolicy", "The bucket policy does not exist"],
  ["GetBucketCors", { Bucket: "there" }, "NoSuchCORSConfiguration", "The CORS configuration does not exist"],
  [
    "GetBucketLifecycleConfiguration",
    { Bucket: "there" },
    "NoSuchLifecycleConfiguration",
    "The lifecycle configuration does not exist",
  ],
  [
    "GetBucketWebsite",
    { Bucket: "there" },
    "NoSuchWebsiteConfiguration",
    "The specified bucket does not have a website configuration",
  ],
  ["GetBucketTagging", { Bucket: "there" }, "NoSuchTagSet", "The TagSet does not exist"],
  [
    "GetObjectLockConfiguration",
    { Bucket: "there" },
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
  ],
  [
    "PutObjectRetention",
    { Bucket: "there", Key: "kept", Retention: { Mode: "GOVERNANCE", RetainUntilDate: new Date(4e12) } },
    "InvalidRequest",
    "Bucket is missing Object Lock Configuration",
  ],
] satisfies Refusal[];
