/** Amazon Simple Storage Service. */
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import { removeBodyFiles } from "./bodies.js";
import * as access from "./bucket-access.js";
import * as buckets from "./buckets.js";
import * as configurations from "./configurations.js";
import constraints from "./constraints.json" with { type: "json" };
import { answeringCors, preflight } from "./cors.js";
import * as deletes from "./delete-object.js";
import { refusal } from "./documents.js";
import * as reads from "./get-object.js";
import { runLifecycle } from "./lifecycle.js";
import * as uploads from "./list-uploads.js";
import * as listing from "./listing.js";
import * as multipart from "./multipart.js";
import * as notifications from "./notifications.js";
import * as settings from "./object-settings.js";
import { postObject } from "./post-object.js";
import * as writes from "./put-object.js";
import { replicate } from "./replication.js";
import { announceRestoration, restoreObject } from "./restore-object.js";
import { bucketOf, objectOf } from "./tables.js";
import { serveWebsite } from "./website.js";

export default defineService<typeof import("@aws-sdk/client-s3")>({
  id: "s3",
  iamPrefix: "s3",
  operations: answeringCors(
    constrained(constraints, refusal, {
      AbortMultipartUpload: operation(multipart.abortMultipartUpload, objectOf),
      CompleteMultipartUpload: operation(multipart.completeMultipartUpload, objectOf, "s3:PutObject"),
      CreateMultipartUpload: operation(multipart.createMultipartUpload, objectOf, "s3:PutObject"),
      DeleteObjectTagging: operation(settings.deleteObjectTagging, objectOf),
      GetObjectAcl: operation(settings.getObjectAcl, objectOf),
      GetObjectLegalHold: operation(settings.getObjectLegalHold, objectOf),
      GetObjectRetention: operation(settings.getObjectRetention, objectOf),
      GetObjectTagging: operation(settings.getObjectTagging, objectOf),
      ListMultipartUploads: operation(uploads.listMultipartUploads, bucketOf, "s3:ListBucketMultipartUploads"),
      ListParts: operation(uploads.listParts, objectOf, "s3:ListMultipartUploadParts"),
      PutObjectAcl: operation(settings.putObjectAcl, objectOf),
      PutObjectLegalHold: operation(settings.putObjectLegalHold, objectOf),
      PutObjectRetention: operation(settings.putObjectRetention, objectOf),
      PutObjectTagging: operation(settings.putObjectTagging, objectOf),
      UploadPart: operation(multipart.uploadPart, objectOf, "s3:PutObject"),
      UploadPartCopy: operation(multipart.uploadPartCopy, objectOf, "s3:PutObject"),
      CopyObject: operation(writes.copyObject, objectOf, "s3:PutObject"),
      CreateBucket: operation(buckets.createBucket, bucketOf),
      DeleteBucket: operation(buckets.deleteBucket, bucketOf),
      DeleteBucketAnalyticsConfiguration: operation(
        configurations.deleteBucketAnalyticsConfiguration,
        bucketOf,
        "s3:PutAnalyticsConfiguration",
      ),
      DeleteBucketCors: operation(configurations.deleteBucketCors, bucketOf, "s3:PutBucketCORS"),
      DeleteBucketEncryption: operation(
        configurations.deleteBucketEncryption,
        bucketOf,
        "s3:PutEncryptionConfiguration",
      ),
      DeleteBucketIntelligentTieringConfiguration: operation(
        configurations.deleteBucketIntelligentTieringConfiguration,
        bucketOf,
        "s3:PutIntelligentTieringConfiguration",
      ),
      DeleteBucketInventoryConfiguration: operation(
        configurations.deleteBucketInventoryConfiguration,
        bucketOf,
        "s3:PutInventoryConfiguration",
      ),
      DeleteBucketLifecycle: operation(configurations.deleteBucketLifecycle, bucketOf, "s3:PutLifecycleConfiguration"),
      DeleteBucketMetricsConfiguration: operation(
        configurations.deleteBucketMetricsConfiguration,
        bucketOf,
        "s3:PutMetricsConfiguration",
      ),
      DeleteBucketOwnershipControls: operation(
        configurations.deleteBucketOwnershipControls,
        bucketOf,
        "s3:PutBucketOwnershipControls",
      ),
      DeleteBucketPolicy: operation(access.deleteBucketPolicy, bucketOf),
      DeleteBucketReplication: operation(
        configurations.deleteBucketReplication,
        bucketOf,
        "s3:PutReplicationConfiguration",
      ),
      DeleteBucketTagging: operation(configurations.deleteBucketTagging, bucketOf, "s3:PutBucketTagging"),
      DeleteBucketWebsite: operation(configurations.deleteBucketWebsite, bucketOf),
      DeleteObject: operation(deletes.deleteObject, objectOf),
      DeleteObjects: operation(
        deletes.deleteObjects,
        ({ Bucket, Delete }, ctx) => (Delete?.Objects ?? []).map(({ Key }) => objectOf({ Bucket, Key }, ctx)),
        "s3:DeleteObject",
      ),
      DeletePublicAccessBlock: operation(
        configurations.deletePublicAccessBlock,
        bucketOf,
        "s3:PutBucketPublicAccessBlock",
      ),
      GetBucketAbac: operation(configurations.getBucketAbac, bucketOf),
      GetBucketAccelerateConfiguration: operation(
        configurations.getBucketAccelerateConfiguration,
        bucketOf,
        "s3:GetAccelerateConfiguration",
      ),
      GetBucketAcl: operation(access.getBucketAcl, bucketOf),
      GetBucketAnalyticsConfiguration: operation(
        configurations.getBucketAnalyticsConfiguration,
        bucketOf,
        "s3:GetAnalyticsConfiguration",
      ),
      GetBucketCors: operation(configurations.getBucketCors, bucketOf, "s3:GetBucketCORS"),
      GetBucketEncryption: operation(configurations.getBucketEncryption, bucketOf, "s3:GetEncryptionConfiguration"),
      GetBucketIntelligentTieringConfiguration: operation(
        configurations.getBucketIntelligentTieringConfiguration,
        bucketOf,
        "s3:GetIntelligentTieringConfiguration",
      ),
      GetBucketInventoryConfiguration: operation(
        configurations.getBucketInventoryConfiguration,
        bucketOf,
        "s3:GetInventoryConfiguration",
      ),
      GetBucketLifecycleConfiguration: operation(
        configurations.getBucketLifecycleConfiguration,
        bucketOf,
        "s3:GetLifecycleConfiguration",
      ),
      GetBucketLocation: operation(buckets.getBucketLocation, bucketOf),
      GetBucketLogging: operation(configurations.getBucketLogging, bucketOf),
      GetBucketMetricsConfiguration: operation(
        configurations.getBucketMetricsConfiguration,
        bucketOf,
        "s3:GetMetricsConfiguration",
      ),
      GetBucketNotificationConfiguration: operation(
        notifications.getBucketNotificationConfiguration,
        bucketOf,
        "s3:GetBucketNotification",
      ),
      GetBucketOwnershipControls: operation(configurations.getBucketOwnershipControls, bucketOf),
      GetBucketPolicy: operation(access.getBucketPolicy, bucketOf),
      GetBucketPolicyStatus: operation(access.getBucketPolicyStatus, bucketOf),
      GetBucketReplication: operation(configurations.getBucketReplication, bucketOf, "s3:GetReplicationConfiguration"),
      GetBucketRequestPayment: operation(configurations.getBucketRequestPayment, bucketOf),
      GetBucketTagging: operation(configurations.getBucketTagging, bucketOf),
      GetBucketVersioning: operation(access.getBucketVersioning, bucketOf),
      GetBucketWebsite: operation(configurations.getBucketWebsite, bucketOf),
      GetObject: operation(reads.getObject, objectOf),
      GetObjectAttributes: operation(reads.getObjectAttributes, objectOf, "s3:GetObject", "s3:GetObjectAttributes"),
      GetObjectLockConfiguration: operation(
        access.getObjectLockConfiguration,
        bucketOf,
        "s3:GetBucketObjectLockConfiguration",
      ),
      GetPublicAccessBlock: operation(configurations.getPublicAccessBlock, bucketOf, "s3:GetBucketPublicAccessBlock"),
      HeadBucket: operation(buckets.headBucket, bucketOf, "s3:ListBucket"),
      HeadObject: operation(reads.headObject, objectOf, "s3:GetObject"),
      ListBucketAnalyticsConfigurations: operation(
        configurations.listBucketAnalyticsConfigurations,
        bucketOf,
        "s3:GetAnalyticsConfiguration",
      ),
      ListBucketIntelligentTieringConfigurations: operation(
        configurations.listBucketIntelligentTieringConfigurations,
        bucketOf,
        "s3:GetIntelligentTieringConfiguration",
      ),
      ListBucketInventoryConfigurations: operation(
        configurations.listBucketInventoryConfigurations,
        bucketOf,
        "s3:GetInventoryConfiguration",
      ),
      ListBucketMetricsConfigurations: operation(
        configurations.listBucketMetricsConfigurations,
        bucketOf,
        "s3:GetMetricsConfiguration",
      ),
      ListBuckets: operation(buckets.listBuckets, "*", "s3:ListAllMyBuckets"),
      ListObjects: operation(listing.listObjects, bucketOf, "s3:ListBucket"),
      ListObjectsV2: operation(listing.listObjectsV2, bucketOf, "s3:ListBucket"),
      ListObjectVersions: operation(listing.listObjectVersions, bucketOf, "s3:ListBucketVersions"),
      PutBucketAbac: operation(configurations.putBucketAbac, bucketOf),
      PutBucketAccelerateConfiguration: operation(
        configurations.putBucketAccelerateConfiguration,
        bucketOf,
        "s3:PutAccelerateConfiguration",
      ),
      PutBucketAcl: operation(access.putBucketAcl, bucketOf),
      PutBucketAnalyticsConfiguration: operation(
        configurations.putBucketAnalyticsConfiguration,
        bucketOf,
        "s3:PutAnalyticsConfiguration",
      ),
      PutBucketCors: operation(configurations.putBucketCors, bucketOf, "s3:PutBucketCORS"),
      PutBucketEncryption: operation(configurations.putBucketEncryption, bucketOf, "s3:PutEncryptionConfiguration"),
      PutBucketIntelligentTieringConfiguration: operation(
        configurations.putBucketIntelligentTieringConfiguration,
        bucketOf,
        "s3:PutIntelligentTieringConfiguration",
      ),
      PutBucketInventoryConfiguration: operation(
        configurations.putBucketInventoryConfiguration,
        bucketOf,
        "s3:PutInventoryConfiguration",
      ),
      PutBucketLifecycleConfiguration: operation(
        configurations.putBucketLifecycleConfiguration,
        bucketOf,
        "s3:PutLifecycleConfiguration",
      ),
      PutBucketLogging: operation(configurations.putBucketLogging, bucketOf),
      PutBucketMetricsConfiguration: operation(
        configurations.putBucketMetricsConfiguration,
        bucketOf,
        "s3:PutMetricsConfiguration",
      ),
      PutBucketNotificationConfiguration: operation(
        notifications.putBucketNotificationConfiguration,
        bucketOf,
        "s3:PutBucketNotification",
      ),
      PutBucketOwnershipControls: operation(configurations.putBucketOwnershipControls, bucketOf),
      PutBucketPolicy: operation(access.putBucketPolicy, bucketOf),
      PutBucketReplication: operation(configurations.putBucketReplication, bucketOf, "s3:PutReplicationConfiguration"),
      PutBucketRequestPayment: operation(configurations.putBucketRequestPayment, bucketOf),
      PutBucketTagging: operation(configurations.putBucketTagging, bucketOf),
      PutBucketVersioning: operation(access.putBucketVersioning, bucketOf),
      PutBucketWebsite: operation(configurations.putBucketWebsite, bucketOf),
      PutObject: operation(writes.putObject, objectOf),
      PutObjectLockConfiguration: operation(
        access.putObjectLockConfiguration,
        bucketOf,
        "s3:PutBucketObjectLockConfiguration",
      ),
      RestoreObject: operation(restoreObject, objectOf),
      PutPublicAccessBlock: operation(configurations.putPublicAccessBlock, bucketOf, "s3:PutBucketPublicAccessBlock"),
    }),
  ),
  resources: {
    "AWS::S3::Bucket": () => import("./resources/bucket.js"),
    "AWS::S3::BucketPolicy": () => import("./resources/bucket-policy.js"),
    "Custom::CDKBucketDeployment": () => import("./resources/bucket-deployment.js"),
    "Custom::S3BucketNotifications": () => import("./resources/bucket-notifications.js"),
  },
  timers: {
    "deliver notification": notifications.deliverNotification,
    lifecycle: runLifecycle,
    "remove body files": removeBodyFiles,
    replication: replicate,
    restoration: announceRestoration,
  },
  endpoints: {
    preflight,
    "form upload": postObject,
    "website by path": serveWebsite,
    "website by host": serveWebsite,
  },
  unsupported: {
    "S3 Select is closed to new customers of AWS": ["SelectObjectContent"],
    "directory buckets are not here": ["CreateSession", "ListDirectoryBuckets", "RenameObject"],
    "S3 Tables are not here, so there is no metadata to keep in them": [
      "CreateBucketMetadataConfiguration",
      "CreateBucketMetadataTableConfiguration",
      "DeleteBucketMetadataConfiguration",
      "DeleteBucketMetadataTableConfiguration",
      "GetBucketMetadataConfiguration",
      "GetBucketMetadataTableConfiguration",
      "UpdateBucketMetadataAnnotationTableConfiguration",
      "UpdateBucketMetadataInventoryTableConfiguration",
      "UpdateBucketMetadataJournalTableConfiguration",
    ],
    "annotations of objects are not here": [
      "DeleteObjectAnnotation",
      "GetObjectAnnotation",
      "ListObjectAnnotations",
      "PutObjectAnnotation",
    ],
    "Object Lambda is closed to new customers of AWS": ["WriteGetObjectResponse"],
    "AWS has no torrents any more": ["GetObjectTorrent"],
    "objects are not encrypted, so there is no key to change": ["UpdateObjectEncryption"],
  },
});
