/** Good requests to every service, as the official clients write them, for tests that spoil them. */
import * as apiGateway from "@aws-sdk/client-api-gateway";
import * as apiGatewayV2 from "@aws-sdk/client-apigatewayv2";
import * as cloudformation from "@aws-sdk/client-cloudformation";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as secrets from "@aws-sdk/client-secrets-manager";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { cbor } from "@smithy/core/cbor";
import type { RunningCloud } from "../src/index.js";
import { zip } from "../src/services/lambda/testing.js";
import type { RawRequest } from "./raw-http.js";

/** What a client's `requestHandler` is handed. */
interface ClientRequest {
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

// biome-ignore lint/suspicious/noExplicitAny: clients and commands of many packages, paired by hand
type Client = new (config: any) => { send(command: any): Promise<unknown> };

class Caught extends Error {
  readonly request: ClientRequest;

  constructor(request: ClientRequest) {
    super("caught");
    this.request = request;
  }
}

/** The request that a client would send for a command. */
export async function requestOf(cloud: RunningCloud, Client: Client, command: unknown): Promise<RawRequest> {
  const handle = async (request: ClientRequest) => {
    throw new Caught(request);
  };
  const client = cloud.client(Client, { requestHandler: { handle }, requestChecksumCalculation: "WHEN_REQUIRED" });
  const caught = await client.send(command).catch((error: unknown) => error);
  if (!(caught instanceof Caught)) throw caught;
  const { method, path, query, headers, body } = caught.request;
  const encode = encodeURIComponent;
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ""].flat().map((one) => (one === "" ? encode(name) : `${encode(name)}=${encode(one)}`)),
  );
  const {
    host: _host,
    "content-length": _length,
    "x-amz-user-agent": _agent,
    "user-agent": _userAgent,
    "x-amz-content-sha256": _hash,
    "amz-sdk-invocation-id": _invocation,
    "amz-sdk-request": _sdk,
    ...rest
  } = headers;
  return { method, path: path + (pairs.length > 0 ? `?${pairs.join("&")}` : ""), headers: rest, body };
}

const policy = (Resource = "*") =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "s",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["s3:GetObject", "sqs:*"],
        Resource,
        Condition: { StringEquals: { "aws:SourceAccount": "000000000000" } },
      },
    ],
  });
const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
const template = JSON.stringify({
  Parameters: {
    Size: { Type: "Number", Default: "5", MinValue: 1 },
    Names: { Type: "CommaDelimitedList", Default: "a,b" },
  },
  Mappings: { Regions: { "us-east-1": { kind: "x" } } },
  Conditions: { Big: { "Fn::Equals": [{ Ref: "Size" }, "5"] } },
  Resources: {
    Queue: {
      Type: "AWS::SQS::Queue",
      Condition: "Big",
      Properties: {
        VisibilityTimeout: { Ref: "Size" },
        Tags: [{ Key: "a", Value: { "Fn::Select": ["0", { Ref: "Names" }] } }],
      },
    },
    Topic: {
      Type: "AWS::SNS::Topic",
      DependsOn: "Queue",
      DeletionPolicy: "Retain",
      Properties: {
        DisplayName: {
          "Fn::Join": [
            "-",
            [{ Ref: "AWS::StackName" }, { "Fn::FindInMap": ["Regions", { Ref: "AWS::Region" }, "kind"] }],
          ],
        },
      },
    },
    Parameter: {
      Type: "AWS::SSM::Parameter",
      Metadata: { "aws:cdk:path": "App/Parameter" },
      Properties: {
        Type: "String",
        Value: { "Fn::Sub": ["${a}-${Topic}", { a: { "Fn::GetAtt": ["Queue", "Arn"] } }] },
      },
    },
    Modelled: { Type: "AWS::Events::Rule", Properties: { ScheduleExpression: "rate(1 day)", State: "ENABLED" } },
  },
  Outputs: { Url: { Value: { Ref: "Queue" }, Export: { Name: { "Fn::Sub": "${AWS::StackName}-url" } } } },
});
const openApi = JSON.stringify({
  openapi: "3.0.1",
  info: { title: "fuzzed", version: "1" },
  paths: {
    "/pets/{id}": {
      get: {
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
        responses: { "200": { description: "ok" } },
        "x-amazon-apigateway-integration": {
          type: "mock",
          requestTemplates: { "application/json": '{"statusCode":200}' },
          responses: { default: { statusCode: "200" } },
        },
      },
    },
  },
});

/** Makes what the requests are about, and returns good requests by service. */
export async function validRequests(cloud: RunningCloud): Promise<Record<string, RawRequest[]>> {
  // biome-ignore lint/suspicious/noExplicitAny: outputs of many operations, a member or two of each
  const call = (service: string, operation: string, input: object) => cloud.call<any>(service, operation, input);
  const now = cloud.clock.now();

  const { QueueUrl } = await call("sqs", "CreateQueue", { QueueName: "fuzzed" });
  const queueArn = "arn:aws:sqs:us-east-1:000000000000:fuzzed";
  await call("sqs", "SendMessage", { QueueUrl, MessageBody: "first" });
  const { Messages } = await call("sqs", "ReceiveMessage", { QueueUrl });
  const ReceiptHandle = Messages[0].ReceiptHandle;
  const { TopicArn } = await call("sns", "CreateTopic", { Name: "fuzzed" });
  const { SubscriptionArn } = await call("sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint: queueArn });

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
  await call("dynamodb", "CreateTable", { TableName, ...definition });
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

  const Bucket = "fuzzed";
  await call("s3", "CreateBucket", { Bucket });
  await call("s3", "PutObject", { Bucket, Key: "object", Body: "content of the object" });
  const { UploadId } = await call("s3", "CreateMultipartUpload", { Bucket, Key: "parts" });

  await call("ssm", "PutParameter", { Name: "/fuzzed/a", Value: "a", Type: "String" });
  await call("iam", "CreateRole", { RoleName: "fuzzed", AssumeRolePolicyDocument: trust });
  await call("iam", "CreateUser", { UserName: "fuzzed" });
  const document = policy().replace('"Principal":{"AWS":"*"},', "");
  const { Policy } = await call("iam", "CreatePolicy", { PolicyName: "fuzzed", PolicyDocument: document });
  await call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "/fuzzed" });
  const stream = { logGroupName: "/fuzzed", logStreamName: "stream" };
  await call("cloudwatch-logs", "CreateLogStream", stream);
  const logEvents = [
    { timestamp: now, message: '{"level":"error","ms":12}' },
    { timestamp: now, message: "REPORT RequestId: x Duration: 12 ms" },
  ];
  await call("cloudwatch-logs", "PutLogEvents", { ...stream, logEvents });
  const { KeyMetadata } = await call("kms", "CreateKey", {});
  const KeyId = KeyMetadata.KeyId;
  const { CiphertextBlob } = await call("kms", "Encrypt", { KeyId, Plaintext: Buffer.from("secret") });
  const signing = (await call("kms", "CreateKey", { KeyUsage: "SIGN_VERIFY", KeySpec: "ECC_NIST_P256" })).KeyMetadata
    .KeyId;
  const repositoryName = "fuzzed/app";
  await call("ecr", "CreateRepository", { repositoryName });
  const ZipFile = await zip({ "index.js": "exports.handler = async () => 1;" });
  const FunctionName = "fuzzed";
  const Role = "arn:aws:iam::000000000000:role/fuzzed";
  const code = { Runtime: "nodejs20.x", Handler: "index.handler", Role, Code: { ZipFile } } as const;
  await call("lambda", "CreateFunction", { FunctionName, ...code });
  await call("lambda", "PublishVersion", { FunctionName });
  const api = await call("api-gateway", "ImportRestApi", { body: Buffer.from(openApi) });
  const restApiId = api.id;
  await call("api-gateway", "CreateDeployment", { restApiId, stageName: "v1" });
  const { items } = await call("api-gateway", "GetResources", { restApiId });
  const resourceId = items.find(({ path }: { path: string }) => path === "/pets/{id}").id;
  const { ApiId } = await call("apigatewayv2", "CreateApi", { Name: "fuzzed", ProtocolType: "HTTP" });
  await call("secrets-manager", "CreateSecret", { Name: "fuzzed", SecretString: "s" });
  await call("cloudformation", "CreateStack", { StackName: "fuzzed", TemplateBody: template });
  await cloud.idle();

  const every: [service: string, Client: Client, commands: unknown[]][] = [
    [
      "sqs",
      sqs.SQSClient,
      [
        new sqs.CreateQueueCommand({
          QueueName: "new.fifo",
          Attributes: {
            FifoQueue: "true",
            VisibilityTimeout: "30",
            DelaySeconds: "0",
            RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn, maxReceiveCount: 3 }),
          },
          tags: { a: "b" },
        }),
        new sqs.SendMessageCommand({
          QueueUrl,
          MessageBody: "body",
          DelaySeconds: 1,
          MessageAttributes: {
            n: { DataType: "Number", StringValue: "12" },
            b: { DataType: "Binary.png", BinaryValue: new Uint8Array([1]) },
          },
          MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
        }),
        new sqs.SendMessageBatchCommand({
          QueueUrl,
          Entries: [
            { Id: "a", MessageBody: "x", DelaySeconds: 3 },
            { Id: "b", MessageBody: "y" },
          ],
        }),
        new sqs.ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 3,
          VisibilityTimeout: 1,
          MessageAttributeNames: ["n.*"],
          MessageSystemAttributeNames: ["All"],
          ReceiveRequestAttemptId: "x",
        }),
        new sqs.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 10 }),
        new sqs.ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: [{ Id: "a", ReceiptHandle, VisibilityTimeout: 10 }],
        }),
        new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: "a", ReceiptHandle }] }),
        new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
        new sqs.SetQueueAttributesCommand({
          QueueUrl,
          Attributes: {
            MaximumMessageSize: "2048",
            Policy: policy(queueArn),
            RedriveAllowPolicy: '{"redrivePermission":"allowAll"}',
          },
        }),
        new sqs.TagQueueCommand({ QueueUrl, Tags: { k: "v" } }),
        new sqs.ListQueuesCommand({ QueueNamePrefix: "f", MaxResults: 10 }),
        new sqs.AddPermissionCommand({
          QueueUrl,
          Label: "l",
          AWSAccountIds: ["111111111111"],
          Actions: ["SendMessage"],
        }),
      ],
    ],
    [
      "sns",
      sns.SNSClient,
      [
        new sns.CreateTopicCommand({
          Name: "new",
          Attributes: { DisplayName: "n", FifoTopic: "false" },
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new sns.SubscribeCommand({
          TopicArn,
          Protocol: "sqs",
          Endpoint: queueArn,
          Attributes: { FilterPolicy: '{"a":["x",{"prefix":"y"},{"numeric":[">",1]}]}', RawMessageDelivery: "true" },
          ReturnSubscriptionArn: true,
        }),
        new sns.PublishCommand({
          TopicArn,
          Message: '{"default":"x","sqs":"y"}',
          MessageStructure: "json",
          Subject: "s",
          MessageAttributes: {
            a: { DataType: "String", StringValue: "x" },
            l: { DataType: "String.Array", StringValue: '["x",1]' },
          },
        }),
        new sns.PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: [
            { Id: "a", Message: "m" },
            { Id: "b", Message: "n" },
          ],
        }),
        new sns.SetSubscriptionAttributesCommand({
          SubscriptionArn,
          AttributeName: "FilterPolicy",
          AttributeValue: '{"a":[{"anything-but":["x"]}],"b":{"c":[{"exists":true}]}}',
        }),
        new sns.SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue: policy(TopicArn) }),
        new sns.ListSubscriptionsByTopicCommand({ TopicArn, NextToken: undefined }),
        new sns.TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: "a", Value: "b" }] }),
      ],
    ],
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
                QueueArn: queueArn,
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
    [
      "ssm",
      ssm.SSMClient,
      [
        new ssm.PutParameterCommand({
          Name: "/fuzzed/b",
          Value: "x,y",
          Type: "StringList",
          Overwrite: true,
          Description: "d",
          AllowedPattern: "^[a-z,]*$",
          Tier: "Standard",
          DataType: "text",
        }),
        new ssm.GetParametersCommand({ Names: ["/fuzzed/a", "/fuzzed/a:1"], WithDecryption: true }),
        new ssm.GetParametersByPathCommand({
          Path: "/fuzzed",
          Recursive: true,
          MaxResults: 5,
          ParameterFilters: [{ Key: "Type", Option: "Equals", Values: ["String"] }],
        }),
        new ssm.DescribeParametersCommand({
          ParameterFilters: [{ Key: "Name", Option: "BeginsWith", Values: ["/f"] }],
          MaxResults: 10,
        }),
        new ssm.AddTagsToResourceCommand({
          ResourceType: "Parameter",
          ResourceId: "/fuzzed/a",
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new ssm.LabelParameterVersionCommand({ Name: "/fuzzed/a", ParameterVersion: 1, Labels: ["l"] }),
        new ssm.GetParameterHistoryCommand({ Name: "/fuzzed/a", MaxResults: 3 }),
      ],
    ],
    [
      "iam",
      iam.IAMClient,
      [
        new iam.CreateRoleCommand({
          RoleName: "new",
          AssumeRolePolicyDocument: trust,
          Path: "/p/",
          MaxSessionDuration: 3600,
          Tags: [{ Key: "a", Value: "b" }],
          Description: "d",
        }),
        new iam.PutRolePolicyCommand({ RoleName: "fuzzed", PolicyName: "p", PolicyDocument: document }),
        new iam.CreatePolicyCommand({ PolicyName: "new", PolicyDocument: document, Description: "d" }),
        new iam.CreatePolicyVersionCommand({ PolicyArn: Policy.Arn, PolicyDocument: document, SetAsDefault: true }),
        new iam.AttachRolePolicyCommand({ RoleName: "fuzzed", PolicyArn: Policy.Arn }),
        new iam.UpdateAssumeRolePolicyCommand({ RoleName: "fuzzed", PolicyDocument: trust }),
        new iam.ListRolesCommand({ PathPrefix: "/", MaxItems: 10 }),
        new iam.TagUserCommand({ UserName: "fuzzed", Tags: [{ Key: "a", Value: "b" }] }),
        new iam.CreateAccessKeyCommand({ UserName: "fuzzed" }),
        new iam.CreateInstanceProfileCommand({ InstanceProfileName: "i", Path: "/" }),
        new iam.GetAccountAuthorizationDetailsCommand({ Filter: ["Role"], MaxItems: 5 }),
      ],
    ],
    [
      "sts",
      sts.STSClient,
      [
        new sts.AssumeRoleCommand({
          RoleArn: Role,
          RoleSessionName: "s",
          DurationSeconds: 900,
          Policy: document,
          Tags: [{ Key: "a", Value: "b" }],
          ExternalId: "xx",
        }),
        new sts.GetSessionTokenCommand({ DurationSeconds: 900 }),
        new sts.GetFederationTokenCommand({ Name: "fed", Policy: document }),
      ],
    ],
    [
      "cloudwatch-logs",
      logs.CloudWatchLogsClient,
      [
        new logs.PutLogEventsCommand({ ...stream, logEvents }),
        new logs.FilterLogEventsCommand({
          logGroupName: "/fuzzed",
          filterPattern: '{ ($.level = "error") && ($.ms > 10) }',
          startTime: 0,
          endTime: now + 1,
          limit: 5,
          interleaved: true,
        }),
        new logs.FilterLogEventsCommand({
          logGroupName: "/fuzzed",
          filterPattern: "[a, b=RequestId*, ...]",
          logStreamNamePrefix: "s",
        }),
        new logs.GetLogEventsCommand({ ...stream, limit: 3, startFromHead: true }),
        new logs.PutMetricFilterCommand({
          logGroupName: "/fuzzed",
          filterName: "f",
          filterPattern: "?error -warn",
          metricTransformations: [{ metricName: "m", metricNamespace: "n", metricValue: "$.ms", defaultValue: 0 }],
        }),
        new logs.PutSubscriptionFilterCommand({
          logGroupName: "/fuzzed",
          filterName: "f",
          filterPattern: "",
          destinationArn: "arn:aws:lambda:us-east-1:000000000000:function:none",
        }),
        new logs.PutRetentionPolicyCommand({ logGroupName: "/fuzzed", retentionInDays: 7 }),
        new logs.DescribeLogStreamsCommand({
          logGroupName: "/fuzzed",
          orderBy: "LastEventTime",
          descending: true,
          limit: 5,
        }),
        new logs.CreateLogGroupCommand({ logGroupName: "/new", tags: { a: "b" } }),
      ],
    ],
    [
      "kms",
      kms.KMSClient,
      [
        new kms.CreateKeyCommand({
          Description: "d",
          Policy: policy(),
          Tags: [{ TagKey: "a", TagValue: "b" }],
          KeySpec: "SYMMETRIC_DEFAULT",
          KeyUsage: "ENCRYPT_DECRYPT",
        }),
        new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("x"), EncryptionContext: { a: "b" } }),
        new kms.DecryptCommand({ CiphertextBlob, KeyId }),
        new kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId }),
        new kms.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }),
        new kms.SignCommand({
          KeyId: signing,
          Message: Buffer.from("m"),
          SigningAlgorithm: "ECDSA_SHA_256",
          MessageType: "RAW",
        }),
        new kms.VerifyCommand({
          KeyId: signing,
          Message: Buffer.from("m"),
          Signature: Buffer.from("x"),
          SigningAlgorithm: "ECDSA_SHA_256",
        }),
        new kms.CreateAliasCommand({ AliasName: "alias/new", TargetKeyId: KeyId }),
        new kms.PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy: policy() }),
        new kms.CreateGrantCommand({
          KeyId,
          GranteePrincipal: Role,
          Operations: ["Decrypt"],
          Constraints: { EncryptionContextSubset: { a: "b" } },
        }),
        new kms.ListKeysCommand({ Limit: 3 }),
      ],
    ],
    [
      "ecr",
      ecr.ECRClient,
      [
        new ecr.CreateRepositoryCommand({
          repositoryName: "new/app",
          imageTagMutability: "IMMUTABLE",
          tags: [{ Key: "a", Value: "b" }],
        }),
        new ecr.PutImageCommand({
          repositoryName,
          imageTag: "v1",
          imageManifest: JSON.stringify({
            schemaVersion: 2,
            mediaType: "application/vnd.docker.distribution.manifest.v2+json",
            config: { digest: `sha256:${"0".repeat(64)}`, size: 1 },
            layers: [],
          }),
        }),
        new ecr.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1" }] }),
        new ecr.DescribeImagesCommand({ repositoryName, filter: { tagStatus: "TAGGED" }, maxResults: 5 }),
        new ecr.PutLifecyclePolicyCommand({
          repositoryName,
          lifecyclePolicyText:
            '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}',
        }),
        new ecr.SetRepositoryPolicyCommand({ repositoryName, policyText: policy() }),
      ],
    ],
    [
      "lambda",
      lambda.LambdaClient,
      [
        new lambda.CreateFunctionCommand({
          FunctionName: "new",
          ...code,
          MemorySize: 128,
          Timeout: 3,
          Environment: { Variables: { A: "b" } },
          Layers: [],
          Tags: { a: "b" },
          EphemeralStorage: { Size: 512 },
        }),
        new lambda.UpdateFunctionConfigurationCommand({
          FunctionName,
          MemorySize: 256,
          Timeout: 5,
          Handler: "index.handler",
          DeadLetterConfig: { TargetArn: queueArn },
        }),
        new lambda.UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: true }),
        new lambda.AddPermissionCommand({
          FunctionName,
          StatementId: "s",
          Action: "lambda:InvokeFunction",
          Principal: "s3.amazonaws.com",
          SourceArn: "arn:aws:s3:::b",
        }),
        new lambda.CreateAliasCommand({
          FunctionName,
          Name: "live",
          FunctionVersion: "1",
          RoutingConfig: { AdditionalVersionWeights: { "1": 0.5 } },
        }),
        new lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 5 }),
        new lambda.PutFunctionEventInvokeConfigCommand({
          FunctionName,
          MaximumRetryAttempts: 1,
          MaximumEventAgeInSeconds: 60,
          DestinationConfig: { OnFailure: { Destination: queueArn } },
        }),
        new lambda.CreateFunctionUrlConfigCommand({
          FunctionName,
          AuthType: "NONE",
          Cors: { AllowOrigins: ["*"], MaxAge: 5 },
        }),
        new lambda.CreateEventSourceMappingCommand({
          FunctionName,
          EventSourceArn: queueArn,
          BatchSize: 5,
          Enabled: false,
          FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] },
        }),
        new lambda.PublishLayerVersionCommand({
          LayerName: "layer",
          Content: { ZipFile },
          CompatibleRuntimes: ["nodejs20.x"],
        }),
        new lambda.GetFunctionCommand({ FunctionName, Qualifier: "1" }),
        new lambda.ListFunctionsCommand({ FunctionVersion: "ALL", MaxItems: 5 }),
        new lambda.TagResourceCommand({
          Resource: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
          Tags: { a: "b" },
        }),
      ],
    ],
    [
      "api-gateway",
      apiGateway.APIGatewayClient,
      [
        new apiGateway.CreateRestApiCommand({
          name: "new",
          endpointConfiguration: { types: ["REGIONAL"] },
          binaryMediaTypes: ["image/*"],
          policy: policy(),
          tags: { a: "b" },
        }),
        new apiGateway.ImportRestApiCommand({ body: openApi, failOnWarnings: true }),
        new apiGateway.PutRestApiCommand({ restApiId, mode: "merge", body: openApi }),
        new apiGateway.CreateResourceCommand({ restApiId, parentId: resourceId, pathPart: "{proxy+}" }),
        new apiGateway.PutMethodCommand({
          restApiId,
          resourceId,
          httpMethod: "POST",
          authorizationType: "NONE",
          requestParameters: { "method.request.querystring.q": true },
        }),
        new apiGateway.PutIntegrationCommand({
          restApiId,
          resourceId,
          httpMethod: "GET",
          type: "MOCK",
          requestTemplates: {
            "application/json":
              '#set($a = $input.params("id"))\n{"statusCode": 200, "a": "$util.escapeJavaScript($a)"}',
          },
        }),
        new apiGateway.PutIntegrationResponseCommand({
          restApiId,
          resourceId,
          httpMethod: "GET",
          statusCode: "200",
          selectionPattern: "2\\d\\d",
          responseTemplates: { "application/json": "#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end" },
          responseParameters: { "method.response.header.x": "'y'" },
        }),
        new apiGateway.TestInvokeMethodCommand({
          restApiId,
          resourceId,
          httpMethod: "GET",
          pathWithQueryString: "/pets/1?q=2",
          body: "{}",
          headers: { a: "b" },
        }),
        new apiGateway.CreateDeploymentCommand({ restApiId, stageName: "v2", variables: { a: "b" } }),
        new apiGateway.UpdateStageCommand({
          restApiId,
          stageName: "v1",
          patchOperations: [
            { op: "replace", path: "/variables/a", value: "c" },
            { op: "replace", path: "/*/*/throttling/rateLimit", value: "10" },
          ],
        }),
        new apiGateway.CreateModelCommand({
          restApiId,
          name: "Pet",
          contentType: "application/json",
          schema: '{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^a"}}}',
        }),
        new apiGateway.CreateAuthorizerCommand({
          restApiId,
          name: "a",
          type: "TOKEN",
          authorizerUri:
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:none/invocations",
          identitySource: "method.request.header.Authorization",
          authorizerResultTtlInSeconds: 10,
        }),
        new apiGateway.CreateUsagePlanCommand({
          name: "p",
          throttle: { rateLimit: 1, burstLimit: 2 },
          quota: { limit: 3, period: "DAY" },
          apiStages: [{ apiId: restApiId, stage: "v1" }],
        }),
        new apiGateway.GetResourcesCommand({ restApiId, limit: 3, embed: ["methods"] }),
      ],
    ],
    [
      "apigatewayv2",
      apiGatewayV2.ApiGatewayV2Client,
      [
        new apiGatewayV2.CreateApiCommand({
          Name: "new",
          ProtocolType: "HTTP",
          CorsConfiguration: { AllowOrigins: ["*"], MaxAge: 5 },
        }),
        new apiGatewayV2.CreateIntegrationCommand({
          ApiId,
          IntegrationType: "AWS_PROXY",
          IntegrationUri: "arn:aws:lambda:us-east-1:000000000000:function:none",
          PayloadFormatVersion: "2.0",
          TimeoutInMillis: 1000,
        }),
        new apiGatewayV2.CreateRouteCommand({ ApiId, RouteKey: "GET /a/{b+}", AuthorizationType: "NONE" }),
        new apiGatewayV2.CreateStageCommand({
          ApiId,
          StageName: "$default",
          AutoDeploy: true,
          StageVariables: { a: "b" },
          DefaultRouteSettings: { ThrottlingBurstLimit: 3 },
        }),
      ],
    ],
    [
      "cloudwatch",
      cloudwatch.CloudWatchClient,
      [
        new cloudwatch.PutMetricDataCommand({
          Namespace: "n",
          MetricData: [
            {
              MetricName: "m",
              Value: 1.5,
              Unit: "Count",
              Timestamp: new Date(now),
              Dimensions: [{ Name: "a", Value: "b" }],
            },
          ],
        }),
        new cloudwatch.GetMetricDataCommand({
          StartTime: new Date(now - 1e6),
          EndTime: new Date(now),
          MetricDataQueries: [
            { Id: "a", MetricStat: { Metric: { Namespace: "n", MetricName: "m" }, Period: 60, Stat: "p99" } },
            { Id: "b", Expression: "a * 2 + SUM(METRICS())" },
          ],
        }),
        new cloudwatch.PutMetricAlarmCommand({
          AlarmName: "a",
          Namespace: "n",
          MetricName: "m",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanThreshold",
        }),
        new cloudwatch.GetMetricStatisticsCommand({
          Namespace: "n",
          MetricName: "m",
          StartTime: new Date(now - 1e6),
          EndTime: new Date(now),
          Period: 60,
          Statistics: ["Average"],
        }),
      ],
    ],
    [
      "secrets-manager",
      secrets.SecretsManagerClient,
      [
        new secrets.CreateSecretCommand({
          Name: "new",
          SecretString: '{"a":"b"}',
          ClientRequestToken: "x".repeat(32),
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new secrets.PutSecretValueCommand({
          SecretId: "fuzzed",
          SecretBinary: Buffer.from("x"),
          VersionStages: ["AWSCURRENT", "mine"],
        }),
        new secrets.GetSecretValueCommand({ SecretId: "fuzzed", VersionStage: "AWSCURRENT" }),
        new secrets.ListSecretsCommand({ Filters: [{ Key: "name", Values: ["f"] }], MaxResults: 5 }),
        new secrets.GetRandomPasswordCommand({
          PasswordLength: 20,
          ExcludeCharacters: "abc",
          RequireEachIncludedType: true,
        }),
      ],
    ],
    [
      "cloudformation",
      cloudformation.CloudFormationClient,
      [
        new cloudformation.ValidateTemplateCommand({ TemplateBody: template }),
        new cloudformation.CreateStackCommand({
          StackName: "new",
          TemplateBody: template,
          Parameters: [{ ParameterKey: "Size", ParameterValue: "7" }],
          Tags: [{ Key: "a", Value: "b" }],
          OnFailure: "DELETE",
          Capabilities: ["CAPABILITY_IAM"],
        }),
        new cloudformation.UpdateStackCommand({
          StackName: "fuzzed",
          TemplateBody: template,
          Parameters: [{ ParameterKey: "Names", ParameterValue: "c,d" }],
        }),
        new cloudformation.CreateChangeSetCommand({
          StackName: "changed",
          ChangeSetName: "c",
          ChangeSetType: "CREATE",
          TemplateBody: template,
        }),
        new cloudformation.DescribeStackEventsCommand({ StackName: "fuzzed" }),
        new cloudformation.GetTemplateSummaryCommand({ TemplateBody: template }),
        new cloudformation.ListStackResourcesCommand({ StackName: "fuzzed" }),
        new cloudformation.SetStackPolicyCommand({
          StackName: "fuzzed",
          StackPolicyBody: '{"Statement":[{"Effect":"Deny","Action":"Update:*","Principal":"*","Resource":"*"}]}',
        }),
      ],
    ],
  ];
  const requests: Record<string, RawRequest[]> = {};
  for (const [service, Client, commands] of every) {
    requests[service] = await Promise.all(commands.map((command) => requestOf(cloud, Client, command)));
  }
  requests["execute-api"] = [
    {
      method: "GET",
      path: `/_aws/execute-api/${restApiId}/v1/pets/1?q=1`,
      headers: { accept: "application/json", "x-api-key": "k" },
    },
    {
      method: "POST",
      path: `/_aws/execute-api/${restApiId}/v1/pets/1`,
      headers: { "content-type": "application/json" },
      body: '{"a":"b"}',
    },
  ];
  requests.cbor = [
    {
      QueueUrl,
      MessageBody: "x",
      MessageAttributes: { b: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2]) } },
    },
    { QueueUrl, Entries: [{ Id: "a", MessageBody: "x", DelaySeconds: 1 }] },
  ].map((input, index) => ({
    method: "POST",
    path: `/service/AmazonSQS/operation/${["SendMessage", "SendMessageBatch"][index]}`,
    headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" },
    body: cbor.serialize(input),
  }));
  return requests;
}
