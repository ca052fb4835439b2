import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsError, type RunningCloud, startCloud } from "../src/index.js";
import apiGateway from "./refusals/api-gateway.js";
import apigatewayv2 from "./refusals/apigatewayv2.js";
import cloudwatch from "./refusals/cloudwatch.js";
import cloudwatchLogs from "./refusals/cloudwatch-logs.js";
import dynamodb from "./refusals/dynamodb.js";
import ecr from "./refusals/ecr.js";
import iam from "./refusals/iam.js";
import kms from "./refusals/kms.js";
import lambda from "./refusals/lambda.js";
import { type Refusal, TRUST } from "./refusals/refusal.js";
import s3 from "./refusals/s3.js";
import secretsManager from "./refusals/secrets-manager.js";
import sns from "./refusals/sns.js";
import sqs from "./refusals/sqs.js";
import ssm from "./refusals/ssm.js";
import sts from "./refusals/sts.js";

const REFUSALS: Readonly<Record<string, readonly Refusal[]>> = {
  "api-gateway": apiGateway,
  apigatewayv2: apigatewayv2,
  cloudwatch: cloudwatch,
  "cloudwatch-logs": cloudwatchLogs,
  dynamodb: dynamodb,
  ecr: ecr,
  iam: iam,
  kms: kms,
  lambda: lambda,
  s3: s3,
  "secrets-manager": secretsManager,
  sns: sns,
  sqs: sqs,
  ssm: ssm,
  sts: sts,
};

let cloud: RunningCloud;
/** What inputs stand for. */
const made: Record<string, string> = {};
beforeAll(async () => {
  cloud = await startCloud();
  await cloud.call("s3", "CreateBucket", { Bucket: "there" });
  await cloud.call("s3", "PutObject", { Bucket: "there", Key: "kept", Body: "kept" });
  await cloud.call("dynamodb", "CreateTable", {
    TableName: "there",
    KeySchema: [{ AttributeName: "a", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "a", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  });
  made.QUEUE = (await cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", { QueueName: "there" })).QueueUrl;
  made.TOPIC = (await cloud.call<{ TopicArn: string }>("sns", "CreateTopic", { Name: "there" })).TopicArn;
  made.KEY = (await cloud.call<{ KeyMetadata: { KeyId: string } }>("kms", "CreateKey", {})).KeyMetadata.KeyId;
  made.DOOMED_KEY = (await cloud.call<{ KeyMetadata: { KeyId: string } }>("kms", "CreateKey", {})).KeyMetadata.KeyId;
  await cloud.call("kms", "ScheduleKeyDeletion", { KeyId: made.DOOMED_KEY });
  await cloud.call("secrets-manager", "CreateSecret", { Name: "doomed", SecretString: "a" });
  await cloud.call("secrets-manager", "DeleteSecret", { SecretId: "doomed" });
  await cloud.call("sqs", "PurgeQueue", { QueueUrl: made.QUEUE });
  await cloud.call("dynamodb", "CreateTable", {
    TableName: "protected",
    KeySchema: [{ AttributeName: "a", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "a", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
    DeletionProtectionEnabled: true,
  });
  await cloud.call("ssm", "PutParameter", { Name: "/there", Value: "a", Type: "String" });
  await cloud.call("secrets-manager", "CreateSecret", { Name: "there" });
  await cloud.call("iam", "CreateRole", { RoleName: "there", AssumeRolePolicyDocument: TRUST });
  await cloud.call("iam", "PutRolePolicy", {
    RoleName: "there",
    PolicyName: "there",
    PolicyDocument: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  });
  await cloud.call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "there" });
  await cloud.call("ecr", "CreateRepository", { repositoryName: "there" });
});
afterAll(() => cloud.close());

describe.each(Object.entries(REFUSALS))("%s", (service, refusals) => {
  it.each(refusals)("%s refuses %j", async (operation, input, code, message) => {
    const given = Object.fromEntries(
      Object.entries(input).map(([name, value]) => [name, made[value as string] ?? value]),
    );
    const answer = await cloud.call(service, operation, given).catch((error: unknown) => error);
    if (!(answer instanceof AwsError)) throw answer;
    expect(answer.code).toBe(code);
    expect(answer.message)[typeof message === "string" ? "toBe" : "toMatch"](message as string);
  });
});
