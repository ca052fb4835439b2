import { createHash } from "node:crypto";
import * as iam from "@aws-sdk/client-iam";
import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { cbor } from "@smithy/core/cbor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../src/index.js";
import { zip } from "../src/services/lambda/testing.js";
import { type RawAnswer, type RawRequest, send } from "./raw-http.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
  "x-amz-date": "20260101T000000Z",
});
const byTarget = (target: string, input: object, type = "1.0"): RawRequest => ({
  method: "POST",
  headers: { "x-amz-target": target, "content-type": `application/x-amz-json-${type}`, ...signedFor("any") },
  body: JSON.stringify(input),
});
const byForm = (service: string | undefined, parameters: Record<string, string>, path = "/"): RawRequest => ({
  method: "POST",
  path,
  headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...(service && signedFor(service)) },
  body: new URLSearchParams(parameters).toString(),
});
/** What stands between a tag and its end. */
const inside = ({ body }: RawAnswer, tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(body)?.[1];

const thrownBy = (sending: Promise<unknown>): Promise<Error> =>
  sending.then(
    () => new Error("Nothing was thrown."),
    (thrown: Error) => thrown,
  );

describe("JSON 1.0 (SQS)", () => {
  it("carries an operation of the SDK", async () => {
    const client = cloud.client(sqs.SQSClient);
    const { QueueUrl } = await client.send(new sqs.CreateQueueCommand({ QueueName: "json" }));
    await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "snow ☃ \t and 🌫" }));
    const { Messages } = await client.send(new sqs.ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.[0]?.Body).toBe("snow ☃ \t and 🌫");
  });

  it("throws the SDK's exception", async () => {
    const QueueUrl = `${cloud.endpoint}/000000000000/none`;
    const error = await thrownBy(cloud.client(sqs.SQSClient).send(new sqs.GetQueueAttributesCommand({ QueueUrl })));
    expect(error.constructor).toBe(sqs.QueueDoesNotExist);
    expect(error).toMatchObject({
      Code: "AWS.SimpleQueueService.NonExistentQueue",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("is what stands in the documentation", async () => {
    const list = await send(cloud.endpoint, byTarget("AmazonSQS.ListQueues", { QueueNamePrefix: "js" }));
    expect(list).toMatchObject({
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": expect.any(String) },
    });
    expect(JSON.parse(list.body)).toEqual({ QueueUrls: [`${cloud.endpoint}/000000000000/json`] });
    const error = await send(cloud.endpoint, byTarget("AmazonSQS.GetQueueUrl", { QueueName: "none" }));
    expect(error).toMatchObject({
      status: 400,
      headers: { "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender" },
    });
    expect(JSON.parse(error.body)).toEqual({
      __type: "com.amazonaws.sqs#QueueDoesNotExist",
      message: "The specified queue does not exist.",
    });
  });
});

describe("JSON 1.1 (Systems Manager)", () => {
  it("carries an operation of the SDK, dates and all", async () => {
    const client = cloud.client(ssm.SSMClient);
    await client.send(new ssm.PutParameterCommand({ Name: "/a", Value: "é", Type: "String" }));
    const { Parameter } = await client.send(new ssm.GetParameterCommand({ Name: "/a" }));
    expect(Parameter).toMatchObject({ Value: "é", Version: 1, LastModifiedDate: expect.any(Date) });
    expect(Math.abs(Date.now() - Number(Parameter?.LastModifiedDate))).toBeLessThan(60_000);
  });

  it("throws the SDK's exception", async () => {
    const error = await thrownBy(cloud.client(ssm.SSMClient).send(new ssm.GetParameterCommand({ Name: "/none" })));
    expect(error.constructor).toBe(ssm.ParameterNotFound);
  });

  it("is what stands in the documentation", async () => {
    const answer = await send(cloud.endpoint, byTarget("AmazonSSM.GetParameter", { Name: "/a" }, "1.1"));
    expect(answer.headers["content-type"]).toBe("application/x-amz-json-1.1");
    expect(JSON.parse(answer.body).Parameter.LastModifiedDate).toBeTypeOf("number");
  });
});

describe("Query (IAM, STS, and SQS as older SDKs speak to it)", () => {
  it("carries an operation of the SDK: lists, structures and dates", async () => {
    const client = cloud.client(iam.IAMClient);
    const Tags = [
      { Key: "a b", Value: "x/@" },
      { Key: "é", Value: "y=z+ü" },
    ];
    const { User } = await client.send(new iam.CreateUserCommand({ UserName: "query", Path: "/team/", Tags }));
    expect(User).toMatchObject({ Arn: "arn:aws:iam::000000000000:user/team/query", CreateDate: expect.any(Date) });
    expect((await client.send(new iam.ListUserTagsCommand({ UserName: "query" }))).Tags).toEqual(Tags);
    const identity = await cloud.client(sts.STSClient).send(new sts.GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: "000000000000", Arn: "arn:aws:iam::000000000000:root" });
  });

  it("throws the SDK's exception", async () => {
    const error = await thrownBy(cloud.client(iam.IAMClient).send(new iam.GetUserCommand({ UserName: "none" })));
    expect(error.constructor).toBe(iam.NoSuchEntityException);
    expect(error).toMatchObject({
      name: "NoSuchEntityException",
      $fault: "client",
      $metadata: { httpStatusCode: 404 },
    });
  });

  it("is what stands in the documentation", async () => {
    const parameters = { Action: "GetUser", Version: "2010-05-08", UserName: "query" };
    const answer = await send(cloud.endpoint, byForm("iam", parameters));
    expect(answer.headers["content-type"]).toBe("text/xml");
    expect(answer.body).toMatch(
      /^<GetUserResponse xmlns="https:\/\/iam.amazonaws.com\/doc\/2010-05-08\/"><GetUserResult>/,
    );
    expect(inside(answer, "RequestId")).toBe(answer.headers["x-amzn-requestid"]);
    const error = await send(cloud.endpoint, byForm("iam", { ...parameters, UserName: "none" }));
    expect(error.status).toBe(404);
    expect([inside(error, "Type"), inside(error, "Code")]).toEqual(["Sender", "NoSuchEntity"]);
  });

  it("may stand in the query string, and may be unsigned", async () => {
    const path = "/?Action=GetCallerIdentity&Version=2011-06-15";
    const answer = await send(cloud.endpoint, { path, headers: signedFor("sts") });
    expect(inside(answer, "Arn")).toBe("arn:aws:iam::000000000000:root");
    const unsigned = await send(cloud.endpoint, byForm(undefined, { Action: "AssumeRole", Version: "2011-06-15" }));
    expect(unsigned.status).toBeLessThan(500);
    expect(unsigned.body).toContain("https://sts.amazonaws.com/doc/2011-06-15/");
  });

  it("still reaches SQS, at the queue's own path too", async () => {
    const Version = "2012-11-05";
    const created = await send(
      cloud.endpoint,
      byForm("sqs", {
        Action: "CreateQueue",
        Version,
        QueueName: "legacy",
        "Attribute.1.Name": "VisibilityTimeout",
        "Attribute.1.Value": "7",
      }),
    );
    const QueueUrl = inside(created, "QueueUrl") as string;
    expect(QueueUrl).toBe(`${cloud.endpoint}/000000000000/legacy`);
    const { pathname } = new URL(QueueUrl);
    const sent = await send(
      cloud.endpoint,
      byForm(
        "sqs",
        {
          Action: "SendMessage",
          Version,
          QueueUrl,
          MessageBody: "old & new",
          "MessageAttribute.1.Name": "kind",
          "MessageAttribute.1.Value.DataType": "String",
          "MessageAttribute.1.Value.StringValue": "x",
        },
        pathname,
      ),
    );
    expect(inside(sent, "MD5OfMessageBody")).toBe(createHash("md5").update("old & new").digest("hex"));
    const received = await send(
      cloud.endpoint,
      byForm(
        "sqs",
        {
          Action: "ReceiveMessage",
          Version,
          QueueUrl,
          "AttributeName.1": "All",
          "MessageAttributeName.1": "All",
        },
        pathname,
      ),
    );
    expect(inside(received, "Body")).toBe("old &amp; new");
    expect(received.body).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
    expect(received.body).toContain("<MessageAttribute><Name>kind</Name><Value><DataType>String</DataType>");
    const attributes = await send(
      cloud.endpoint,
      byForm("sqs", { Action: "GetQueueAttributes", Version, QueueUrl, "AttributeName.1": "VisibilityTimeout" }),
    );
    expect(attributes.body).toContain("<Attribute><Name>VisibilityTimeout</Name><Value>7</Value></Attribute>");
    const error = await send(cloud.endpoint, byForm("sqs", { Action: "GetQueueUrl", Version, QueueName: "none" }));
    expect([error.status, inside(error, "Code")]).toEqual([400, "AWS.SimpleQueueService.NonExistentQueue"]);
  });
});

describe("REST JSON (Lambda)", () => {
  it("carries an operation of the SDK: blobs, maps, labels and queries", async () => {
    const client = cloud.client(lambda.LambdaClient);
    const ZipFile = await zip({ "index.js": "exports.handler = async () => 1;" });
    const made = await client.send(
      new lambda.CreateFunctionCommand({
        FunctionName: "rest",
        Runtime: "nodejs20.x",
        Role: "arn:aws:iam::000000000000:role/rest",
        Handler: "index.handler",
        Environment: { Variables: { A_B: "c" } },
        Code: { ZipFile },
      }),
    );
    const CodeSha256 = createHash("sha256").update(ZipFile).digest("base64");
    expect(made).toMatchObject({ CodeSha256, Timeout: 3, Environment: { Variables: { A_B: "c" } } });
    const { Functions } = await client.send(new lambda.ListFunctionsCommand({ MaxItems: 10 }));
    expect(Functions).toMatchObject([{ FunctionName: "rest", CodeSha256 }]);
  });

  it("throws the SDK's exception", async () => {
    const error = await thrownBy(
      cloud.client(lambda.LambdaClient).send(new lambda.GetFunctionCommand({ FunctionName: "none" })),
    );
    expect(error.constructor).toBe(lambda.ResourceNotFoundException);
    expect(error).toMatchObject({ Type: "User", $metadata: { httpStatusCode: 404 } });
  });

  it("is what stands in the documentation", async () => {
    const answer = await send(cloud.endpoint, { path: "/2015-03-31/functions/none", headers: signedFor("lambda") });
    expect(answer).toMatchObject({
      status: 404,
      headers: { "content-type": "application/json", "x-amzn-errortype": "ResourceNotFoundException" },
    });
    expect(JSON.parse(answer.body)).toEqual({
      Type: "User",
      Message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none",
    });
  });
});

describe("REST XML (S3)", () => {
  it("carries an operation of the SDK: streams, headers, metadata and documents", async () => {
    const client = cloud.client(s3.S3Client);
    await client.send(new s3.CreateBucketCommand({ Bucket: "rest" }));
    const Key = "a b/é/../+%&?#//c";
    const Metadata = { kind: "x" };
    await client.send(new s3.PutObjectCommand({ Bucket: "rest", Key, Body: "body", Metadata, ContentType: "text/x" }));
    const got = await client.send(new s3.GetObjectCommand({ Bucket: "rest", Key }));
    expect(got).toMatchObject({ ContentType: "text/x", ContentLength: 4, Metadata, LastModified: expect.any(Date) });
    expect(await got.Body?.transformToString()).toBe("body");
    const { Contents } = await client.send(new s3.ListObjectsV2Command({ Bucket: "rest", EncodingType: "url" }));
    expect(Contents).toMatchObject([{ Key: expect.stringContaining("a"), Size: 4 }]);
  });

  it("throws the SDK's exception", async () => {
    const client = cloud.client(s3.S3Client);
    const none = { Bucket: "rest", Key: "none" };
    expect((await thrownBy(client.send(new s3.GetObjectCommand(none)))).constructor).toBe(s3.NoSuchKey);
    expect((await thrownBy(client.send(new s3.HeadObjectCommand(none)))).constructor).toBe(s3.NotFound);
    const listing = thrownBy(client.send(new s3.ListObjectsV2Command({ Bucket: "none" })));
    expect(await listing).toMatchObject({ name: "NoSuchBucket", $metadata: { httpStatusCode: 404 } });
  });

  it("is what stands in the documentation, and unsigned requests are S3's", async () => {
    const answer = await send(cloud.endpoint, { path: "/rest/none" });
    expect(answer.status === 403 || answer.status === 404).toBe(true);
    const error = await send(cloud.endpoint, { path: "/rest/none", headers: signedFor("s3") });
    expect(error.headers["content-type"]).toBe("application/xml");
    expect(error.body).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey<\/Code>/);
    expect([inside(error, "Key"), inside(error, "RequestId")]).toEqual(["none", error.headers["x-amz-request-id"]]);
  });

  it("finds the bucket in the host's name as well", async () => {
    const headers = { ...signedFor("s3"), host: "rest.s3.us-east-1.amazonaws.com" };
    const put = await send(cloud.endpoint, { method: "PUT", path: "/virtual", headers, body: "v" });
    expect(put.status).toBe(200);
    expect((await send(cloud.endpoint, { path: "/rest/virtual", headers: signedFor("s3") })).body).toBe("v");
  });
});

describe("CBOR (Smithy RPC v2)", () => {
  const rpc = async (operation: string, input: object) => {
    const response = await fetch(`${cloud.endpoint}/service/AmazonSQS/operation/${operation}`, {
      method: "POST",
      headers: {
        "smithy-protocol": "rpc-v2-cbor",
        "content-type": "application/cbor",
        accept: "application/cbor",
        ...signedFor("sqs"),
      },
      body: cbor.serialize(input),
    });
    const output = cbor.deserialize(new Uint8Array(await response.arrayBuffer()));
    return { status: response.status, headers: response.headers, output };
  };

  it("carries an operation: text, numbers, maps and bytes", async () => {
    const { output: created } = await rpc("CreateQueue", { QueueName: "cbor", Attributes: { DelaySeconds: "0" } });
    const { QueueUrl } = created;
    expect(QueueUrl).toBe(`${cloud.endpoint}/000000000000/cbor`);
    const MessageAttributes = { raw: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) } };
    const sent = await rpc("SendMessage", { QueueUrl, MessageBody: "☃", DelaySeconds: 0, MessageAttributes });
    expect(sent).toMatchObject({ status: 200, output: { MessageId: expect.any(String) } });
    expect(sent.headers.get("smithy-protocol")).toBe("rpc-v2-cbor");
    const { output } = await rpc("ReceiveMessage", {
      QueueUrl,
      MaxNumberOfMessages: 1,
      MessageAttributeNames: ["All"],
    });
    expect(output.Messages).toMatchObject([{ Body: "☃" }]);
    expect([...output.Messages[0].MessageAttributes.raw.BinaryValue]).toEqual([0, 255]);
    expect((await rpc("ListQueues", { QueueNamePrefix: "cb" })).output).toEqual({ QueueUrls: [QueueUrl] });
  });

  it("names its errors", async () => {
    const { status, headers, output } = await rpc("GetQueueUrl", { QueueName: "none" });
    expect(status).toBe(400);
    expect(output).toMatchObject({ __type: "com.amazonaws.sqs#QueueDoesNotExist", message: expect.any(String) });
    expect(headers.get("x-amzn-query-error")).toBe("AWS.SimpleQueueService.NonExistentQueue;Sender");
  });
});

describe("JSON by target, for services whose SDK speaks another protocol", () => {
  it("reaches a Query service", async () => {
    const answer = await send(cloud.endpoint, byTarget("AWSSecurityTokenServiceV20110615.GetCallerIdentity", {}));
    expect(JSON.parse(answer.body)).toMatchObject({ Account: "000000000000" });
    const error = await send(cloud.endpoint, byTarget("AWSIdentityManagementV20100508.GetUser", { UserName: "none" }));
    expect(error).toMatchObject({ status: 404, headers: { "x-amzn-errortype": "NoSuchEntityException" } });
  });

  it("reaches a REST JSON service", async () => {
    const answer = await send(cloud.endpoint, byTarget("AWSGirApiService.ListFunctions", {}));
    expect(JSON.parse(answer.body)).toMatchObject({ Functions: expect.any(Array) });
  });

  it("reaches a REST XML service, whose streams are then base64", async () => {
    const put = { Bucket: "rest", Key: "by-target", Body: Buffer.from("b").toString("base64") };
    expect(await send(cloud.endpoint, byTarget("AmazonS3.PutObject", put))).toMatchObject({ status: 200 });
    const list = await send(cloud.endpoint, byTarget("AmazonS3.ListObjectsV2", { Bucket: "rest", Prefix: "by-" }));
    expect(JSON.parse(list.body)).toMatchObject({ KeyCount: 1, Contents: [{ Size: 1 }] });
    const error = await send(cloud.endpoint, byTarget("AmazonS3.GetObject", { Bucket: "rest", Key: "none" }));
    expect(error).toMatchObject({ status: 404, headers: { "x-amzn-errortype": "NoSuchKey" } });
  });
});
