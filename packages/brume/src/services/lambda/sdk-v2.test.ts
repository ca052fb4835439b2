/** Version 2 of the AWS SDK, as functions of the runtimes up to Node 16 find it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

describe("functions of nodejs16.x and before", () => {
  let cloud: RunningCloud;
  let functions: Functions;

  beforeAll(async () => {
    cloud = await startCloud();
    functions = new Functions(cloud);
  });
  afterAll(() => cloud.close());

  /** What a function answers whose handler has this body, with the SDK as `AWS`. */
  async function answer(body: string, Runtime: "nodejs14.x" | "nodejs18.x" = "nodejs14.x", event: unknown = {}) {
    const source = `const AWS = require("aws-sdk"); exports.handler = async (event) => { ${body} };`;
    return functions.invoke(await functions.create(source, { Runtime, Timeout: 20 }), event);
  }

  it("call operations by promise, callback and event", async () => {
    const { result } = await answer(`
      const sqs = new AWS.SQS();
      const { QueueUrl } = await sqs.createQueue({ QueueName: "v2" }).promise();
      const sent = await new Promise((resolve, reject) =>
        sqs.sendMessage({ QueueUrl, MessageBody: "one" }, (error, data) => (error ? reject(error) : resolve(data))));
      const received = await new Promise((resolve) => {
        sqs.receiveMessage({ QueueUrl }).on("success", ({ data }) => resolve(data)).send();
      });
      return [Object.keys(sent).includes("$metadata"), received.Messages[0].Body];`);
    expect(result).toEqual([false, "one"]);
  });

  it("are told errors by their codes", async () => {
    const { result } = await answer(`
      const { S3 } = require("aws-sdk/clients/all");
      try { await new S3({ params: { Bucket: "no-such-bucket" } }).listObjectsV2().promise(); }
      catch ({ code, statusCode }) { return { code, statusCode }; }`);
    expect(result).toEqual({ code: "NoSuchBucket", statusCode: 404 });
  });

  it("keep documents, with sets, and convert them", async () => {
    const { result } = await answer(`
      const DynamoDB = require("aws-sdk/clients/dynamodb");
      const TableName = "v2-documents";
      await new DynamoDB().createTable({
        TableName, BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }).promise();
      await new DynamoDB().waitFor("tableExists", { TableName }).promise();
      const documents = new AWS.DynamoDB.DocumentClient({ params: { TableName } });
      await documents.put({ Item: { id: "a", tags: documents.createSet(["x"]), none: undefined } }).promise();
      const { Item } = await documents.get({ Key: { id: "a" } }).promise();
      return { type: Item.tags.type, Item, map: AWS.DynamoDB.Converter.marshall({ n: 1 }) };`);
    expect(result).toEqual({ type: "String", Item: { id: "a", tags: ["x"] }, map: { n: { N: "1" } } });
  });

  it("read bodies as buffers, upload streams and presign URLs", async () => {
    const { result } = await answer(`
      const { Readable } = require("stream");
      const s3 = new AWS.S3({ params: { Bucket: "v2-bodies" } });
      await s3.createBucket().promise();
      const empty = await s3.listObjectsV2().promise();
      await s3.upload({ Key: "a b.txt", Body: Readable.from(["sq", "ueak"]) }).promise();
      const { Body } = await s3.getObject({ Key: "a b.txt" }).promise();
      const url = s3.getSignedUrl("getObject", { Key: "a b.txt", Expires: 60 });
      const piped = [];
      for await (const chunk of s3.getObject({ Key: "a b.txt" }).createReadStream()) piped.push(chunk);
      return { contents: empty.Contents, body: Body.toString(), piped: Buffer.concat(piped).toString(), url };`);
    expect(result).toMatchObject({ contents: [], body: "squeak", piped: "squeak" });
    expect(await (await fetch(result.url)).text()).toBe("squeak");
  });

  it("invoke each other and read the answer as text", async () => {
    const FunctionName = await functions.create("exports.handler = async () => ({ ok: true });");
    const { result } = await answer(
      "const { Payload } = await new AWS.Lambda().invoke(event).promise(); return [typeof Payload, JSON.parse(Payload)];",
      "nodejs14.x",
      { FunctionName },
    );
    expect(result).toEqual(["string", { ok: true }]);
  });

  it("are the last that have it", async () => {
    const { result, FunctionError } = await answer("return 1;", "nodejs18.x");
    expect(FunctionError).toBe("Unhandled");
    expect(result.errorMessage).toContain("Cannot find module 'aws-sdk'");
  });
});
