/** Good requests about tables and buckets. */
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as streams from "@aws-sdk/client-dynamodb-streams";
import * as s3 from "@aws-sdk/client-s3";
import { type Call, type Group, policy } from "./capture.js";

/** Makes what the requests are about, and returns them. */
export async function dataRequests(call: Call): Promise<Group[]> {
  const definition = {
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "N" },
      { AttributeName: "other", AttributeType: "B" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "index",
        KeySchema: [{ AttributeName: "other", KeyType: "HASH" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  } satisfies Partial<dynamodb.CreateTableCommandInput>;
  const TableName = "fuzzed";
  const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_IMAGE" };
  await call("dynamodb", "CreateTable", { TableName, ...definition, StreamSpecification });
  const Item = {
    pk: { S: "a" },
    sk: { N: "-1.5e3" },
    other: { B: new Uint8Array([1, 2, 3]) },
    map: { M: { list: { L: [{ BOOL: true }, { NULL: true }, { N: "3" }] } } },
    set: { SS: ["x", "y"] },
    numbers: { NS: ["1", "2"] },
  };
  const Key = { pk: Item.pk, sk: Item.sk };
  for (let n = 0; n < 20; n++)
    await call("dynamodb", "PutItem", { TableName, Item: { ...Item, sk: { N: String(n) } } });

  const { LatestStreamArn: StreamArn } = (await call("dynamodb", "DescribeTable", { TableName })).Table;
  const { ShardId } = (await call("dynamodb-streams", "DescribeStream", { StreamArn })).StreamDescription.Shards[0];

  const Bucket = "fuzzed";
  await call("s3", "CreateBucket", { Bucket });
  await call("s3", "PutObject", { Bucket, Key: "object", Body: "content of the object" });
  const { UploadId } = await call("s3", "CreateMultipartUpload", { Bucket, Key: "parts" });

  return [
    [
      "dynamodb",
      dynamodb.DynamoDBClient,
      [
        new dynamodb.CreateTableCommand({
          TableName: "other",
          ...definition,
          StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new dynamodb.PutItemCommand({
          TableName,
          Item,
          ConditionExpression: "attribute_not_exists(#p) OR #m.#l[0] = :t",
          ExpressionAttributeNames: { "#p": "pk", "#m": "map", "#l": "list" },
          ExpressionAttributeValues: { ":t": { BOOL: true } },
          ReturnValues: "ALL_OLD",
        }),
        new dynamodb.UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression:
            "SET a = if_not_exists(a, :z) + :one, #m.n = list_append(:l, :l) REMOVE gone ADD numbers :s DELETE #s :x",
          ExpressionAttributeNames: { "#m": "map", "#s": "set" },
          ExpressionAttributeValues: {
            ":z": { N: "0" },
            ":one": { N: "1" },
            ":l": { L: [{ S: "x" }] },
            ":s": { NS: ["9"] },
            ":x": { SS: ["x"] },
          },
          ReturnValues: "UPDATED_NEW",
        }),
        new dynamodb.GetItemCommand({
          TableName,
          Key,
          ProjectionExpression: "pk, #m.list[1]",
          ExpressionAttributeNames: { "#m": "map" },
          ConsistentRead: true,
        }),
        new dynamodb.QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :p AND sk BETWEEN :a AND :b",
          FilterExpression: "contains(#s, :x) AND size(pk) < :b",
          ExpressionAttributeNames: { "#s": "set" },
          ExpressionAttributeValues: { ":p": { S: "a" }, ":a": { N: "0" }, ":b": { N: "10" }, ":x": { S: "x" } },
          Limit: 3,
          ScanIndexForward: false,
          ExclusiveStartKey: Key,
        }),
        new dynamodb.ScanCommand({
          TableName,
          IndexName: "index",
          Segment: 0,
          TotalSegments: 2,
          Limit: 5,
          FilterExpression: "begins_with(pk, :a) AND NOT pk IN (:a, :b)",
          ExpressionAttributeValues: { ":a": { S: "a" }, ":b": { S: "b" } },
          Select: "COUNT",
        }),
        new dynamodb.BatchWriteItemCommand({
          RequestItems: {
            [TableName]: [{ PutRequest: { Item } }, { DeleteRequest: { Key: { pk: { S: "z" }, sk: { N: "1" } } } }],
          },
        }),
        new dynamodb.BatchGetItemCommand({
          RequestItems: { [TableName]: { Keys: [Key], ProjectionExpression: "pk" } },
        }),
        new dynamodb.TransactWriteItemsCommand({
          ClientRequestToken: "t",
          TransactItems: [
            { Put: { TableName, Item } },
            {
              ConditionCheck: {
                TableName,
                Key: { pk: { S: "q" }, sk: { N: "1" } },
                ConditionExpression: "attribute_not_exists(pk)",
              },
            },
            {
              Update: {
                TableName,
                Key: { pk: { S: "r" }, sk: { N: "1" } },
                UpdateExpression: "SET x = :x",
                ExpressionAttributeValues: { ":x": { N: "1" } },
              },
            },
          ],
        }),
        new dynamodb.DeleteItemCommand({
          TableName,
          Key,
          Expected: { pk: { ComparisonOperator: "EQ", AttributeValueList: [{ S: "a" }] } },
        }),
        new dynamodb.UpdateTableCommand({
          TableName: "other",
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
          BillingMode: "PROVISIONED",
        }),
        new dynamodb.UpdateTimeToLiveCommand({
          TableName,
          TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
        }),
      ],
    ],
    [
      "dynamodb-streams",
      streams.DynamoDBStreamsClient,
      [
        new streams.DescribeStreamCommand({ StreamArn, Limit: 5 }),
        new streams.GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
      ],
    ],
    [
      "s3",
      s3.S3Client,
      [
        new s3.PutObjectCommand({
          Bucket,
          Key: "a/b c",
          Body: "body",
          ContentType: "text/plain",
          Metadata: { a: "b" },
          Tagging: "a=b",
          CacheControl: "no-cache",
          StorageClass: "STANDARD",
        }),
        new s3.GetObjectCommand({
          Bucket,
          Key: "object",
          Range: "bytes=1-5",
          IfModifiedSince: new Date(0),
          ResponseContentType: "x/y",
        }),
        new s3.HeadObjectCommand({ Bucket, Key: "object", PartNumber: 1 }),
        new s3.CopyObjectCommand({
          Bucket,
          Key: "copy",
          CopySource: `${Bucket}/object`,
          MetadataDirective: "REPLACE",
          Metadata: { c: "d" },
        }),
        new s3.ListObjectsV2Command({
          Bucket,
          Prefix: "a",
          Delimiter: "/",
          MaxKeys: 10,
          StartAfter: "a",
          EncodingType: "url",
        }),
        new s3.ListObjectVersionsCommand({ Bucket, MaxKeys: 5, KeyMarker: "a" }),
        new s3.UploadPartCommand({ Bucket, Key: "parts", UploadId, PartNumber: 1, Body: "part" }),
        new s3.CompleteMultipartUploadCommand({
          Bucket,
          Key: "parts",
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: '"x"' }] },
        }),
        new s3.ListPartsCommand({ Bucket, Key: "parts", UploadId, MaxParts: 3 }),
        new s3.DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: [{ Key: "x" }, { Key: "y", VersionId: "null" }], Quiet: true },
        }),
        new s3.PutBucketPolicyCommand({ Bucket, Policy: policy(`arn:aws:s3:::${Bucket}/*`) }),
        new s3.PutBucketCorsCommand({
          Bucket,
          CORSConfiguration: {
            CORSRules: [
              { AllowedMethods: ["GET"], AllowedOrigins: ["https://*.x"], AllowedHeaders: ["*"], MaxAgeSeconds: 5 },
            ],
          },
        }),
        new s3.PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [
              {
                ID: "r",
                Status: "Enabled",
                Filter: { And: { Prefix: "p", Tags: [{ Key: "a", Value: "b" }] } },
                Expiration: { Days: 3 },
                Transitions: [{ Days: 1, StorageClass: "GLACIER" }],
              },
            ],
          },
        }),
        new s3.PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: {
            QueueConfigurations: [
              {
                QueueArn: "arn:aws:sqs:us-east-1:000000000000:fuzzed",
                Events: ["s3:ObjectCreated:*"],
                Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "p" }] } },
              },
            ],
          },
        }),
        new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
        new s3.PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
          },
        }),
        new s3.PutObjectTaggingCommand({ Bucket, Key: "object", Tagging: { TagSet: [{ Key: "a", Value: "b" }] } }),
        new s3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
        new s3.CreateBucketCommand({
          Bucket: "another",
          CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
        }),
      ],
    ],
  ];
}
