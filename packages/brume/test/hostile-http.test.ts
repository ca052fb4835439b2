import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../src/index.js";
import { type RawAnswer, RawConnection, type RawRequest, send } from "./raw-http.js";

const TEN_GIGABYTES = String(10 * 1024 ** 3);
const QUEUE = "http://sqs/000000000000/q";

let cloud: RunningCloud;
const failures: unknown[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  cloud.kernel.events.on("failure", (failure) => failures.push(failure));
  await cloud.call("sqs", "CreateQueue", { QueueName: "q" });
  await cloud.call("s3", "CreateBucket", { Bucket: "bucket" });
  await cloud.call("dynamodb", "CreateTable", {
    TableName: "table",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  });
});
afterAll(() => cloud.close());

afterEach(async () => {
  expect(failures.splice(0)).toEqual([]);
  expect(await contents()).toEqual({ queues: ["q"], messages: 0, items: 0, objects: [], topics: 0, functions: 0 });
  expect(bodyFiles()).toEqual([]);
});

/** What a hostile request would have changed, had it been performed. */
async function contents() {
  const list = async (service: string, operation: string, member: string, input: object = {}) =>
    ((await cloud.call(service, operation, input))[member] ?? []) as Record<string, string>[];
  return {
    queues: (await list("sqs", "ListQueues", "QueueUrls")).map((url) => String(url).split("/").pop()),
    messages: (await list("sqs", "ReceiveMessage", "Messages", { QueueUrl: QUEUE })).length,
    items: (await list("dynamodb", "Scan", "Items", { TableName: "table" })).length,
    objects: (await list("s3", "ListObjectsV2", "Contents", { Bucket: "bucket" })).map(({ Key }) => Key),
    topics: (await list("sns", "ListTopics", "Topics")).length,
    functions: (await list("lambda", "ListFunctions", "Functions")).length,
  };
}

function bodyFiles(): string[] {
  const directory = join(cloud.kernel.directory, "s3", "bodies");
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((group) => readdirSync(join(directory, group)));
}

const scope = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;
const signedFor = (service: string) => ({ authorization: scope(service), "x-amz-date": "20260101T000000Z" });
const json = (target: string, body: string): RawRequest => ({
  method: "POST",
  headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" },
  body,
});

/** A request of each kind, whole and good: each is sent in a way that must keep it from having an effect. */
const requests: Record<string, RawRequest> = {
  "JSON (SQS)": json("AmazonSQS.SendMessage", JSON.stringify({ QueueUrl: QUEUE, MessageBody: "x".repeat(1000) })),
  "JSON (DynamoDB)": json("DynamoDB_20120810.PutItem", '{"TableName":"table","Item":{"id":{"S":"half-sent"}}}'),
  "Query (SNS)": {
    method: "POST",
    headers: { ...signedFor("sns"), "content-type": "application/x-www-form-urlencoded" },
    body: "Action=CreateTopic&Version=2010-03-31&Name=half-sent",
  },
  "REST JSON (Lambda)": {
    method: "POST",
    path: "/2015-03-31/functions",
    headers: signedFor("lambda"),
    body: '{"FunctionName":"half-sent","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":"UEsFBgAAAAA="}}',
  },
  "REST XML (S3)": {
    method: "PUT",
    path: "/bucket?tagging",
    headers: signedFor("s3"),
    body: "<Tagging><TagSet><Tag><Key>half</Key><Value>sent</Value></Tag></TagSet></Tagging>",
  },
  "an object (S3)": { method: "PUT", path: "/bucket/small", headers: signedFor("s3"), body: "x".repeat(1000) },
  "a large object (S3)": { method: "PUT", path: "/bucket/large", headers: signedFor("s3"), body: "x".repeat(300_000) },
  "an object in chunks (S3)": {
    method: "PUT",
    path: "/bucket/chunked",
    headers: {
      ...signedFor("s3"),
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": "100000",
      "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    },
    body: `${(100_000).toString(16)}\r\n${"x".repeat(100_000)}\r\n0\r\n\r\n`,
  },
};

const isRefused = (answer: RawAnswer | undefined) =>
  answer !== undefined && answer.status >= 400 && answer.status < 500;

describe("a body of 10 GB", () => {
  it.each(Object.keys(requests))("is refused before it is sent: %s", async (name) => {
    const request = requests[name] as RawRequest;
    for (const expectation of [undefined, "100-continue"]) {
      using connection = new RawConnection(cloud.endpoint);
      const headers = { ...request.headers, "content-length": TEN_GIGABYTES, expect: expectation };
      connection.request({ ...request, headers, body: "" });
      const answer = await connection.answer();
      expect(answer).toSatisfy(isRefused);
      expect(answer?.body).toMatch(/RequestEntityTooLarge|EntityTooLarge|larger than the limit/);
    }
  });

  it("is refused while it is sent, when it was not announced", async () => {
    using connection = new RawConnection(cloud.endpoint);
    const request = requests["JSON (SQS)"] as RawRequest;
    connection.request({ ...request, headers: { ...request.headers, "transfer-encoding": "chunked" }, body: "" });
    const megabyte = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(0x100000, "x"), Buffer.from("\r\n")]);
    for (let sent = 0; sent <= 101; sent++) connection.write(megabyte);
    expect((await connection.answer())?.status).toBe(413);
  });

  it("that its sender goes on with does not cost it the answer", async () => {
    using connection = new RawConnection(cloud.endpoint);
    const request = requests["JSON (SQS)"] as RawRequest;
    connection.request({ ...request, headers: { ...request.headers, "content-length": TEN_GIGABYTES }, body: "" });
    for (let sent = 0; sent < 20; sent++) connection.write(Buffer.alloc(0x100000, "x"));
    expect((await connection.answer())?.status).toBe(413);
  });
});

describe("a body that breaks off", () => {
  it.each(Object.keys(requests))("has no effect when its sender is gone: %s", async (name) => {
    const request = requests[name] as RawRequest;
    const body = request.body as string;
    const headers = { ...request.headers, "content-length": String(body.length) };
    for (const part of [0, 0.5, 0.99]) {
      using connection = new RawConnection(cloud.endpoint);
      connection.request({ ...request, headers, body: body.slice(0, Math.floor(body.length * part)) });
      await send(cloud.endpoint, { path: "/_brume/status" });
      await connection.drop();
    }
    await cloud.idle();
  });

  it.each(Object.keys(requests))("is refused when its sender ends it, and waits: %s", async (name) => {
    const request = requests[name] as RawRequest;
    const body = request.body as string;
    using connection = new RawConnection(cloud.endpoint);
    const headers = { ...request.headers, "content-length": String(body.length) };
    connection.request({ ...request, headers, body: body.slice(0, -1) });
    connection.end();
    const answer = await connection.answer();
    if (answer) expect(answer).toSatisfy(isRefused);
    await cloud.idle();
  });
});

describe("a request that is refused before its body is read", () => {
  it.each(["/none/large", "/bucket/large?uploadId=none&partNumber=1"])(
    "is answered, and its connection goes on: %s",
    async (path) => {
      using connection = new RawConnection(cloud.endpoint);
      connection.request({ method: "PUT", path, headers: signedFor("s3"), body: Buffer.alloc(20_000_000) });
      expect(await connection.answer()).toSatisfy((answer: RawAnswer) => answer.status === 404);
      connection.request({ path: "/bucket", headers: signedFor("s3") });
      expect((await connection.answer())?.status).toBe(200);
    },
  );
});

describe("headers", () => {
  it.each([
    ["one of 64 KiB", { "x-large": "x".repeat(65_536) }],
    ["a thousand of 100 bytes", Object.fromEntries([...Array(1000).keys()].map((i) => [`x-${i}`, "x".repeat(100)]))],
  ])("beyond the limit are refused with 431: %s", async (_name, headers) => {
    expect((await send(cloud.endpoint, { path: "/bucket", headers })).status).toBe(431);
  });

  it("that hold control characters are refused", async () => {
    const answer = await send(cloud.endpoint, `GET /bucket HTTP/1.1\r\nhost: x\r\nx-bad: a\0b\r\n\r\n`);
    expect(answer.status).toBe(400);
  });

  it("may be many", async () => {
    const headers = Object.fromEntries([...Array(1500).keys()].map((i) => [`x-${i}`, "x"]));
    expect((await send(cloud.endpoint, { path: "/bucket", headers })).status).toBe(200);
  });
});

describe("a request whose end can be read in two ways", () => {
  const smuggled = `POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSQS.CreateQueue\r\ncontent-length: 24\r\n\r\n{"QueueName":"smuggled"}`;
  const head = `POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSQS.ListQueues\r\n`;
  it.each([
    ["both a length and chunks", `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ["chunks and then a length", `${head}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n${smuggled}`],
    ["two lengths", `${head}content-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`],
    ["a list of lengths", `${head}content-length: 0, ${smuggled.length}\r\n\r\n${smuggled}`],
    ["a length with a sign", `${head}content-length: +0\r\n\r\n${smuggled}`],
    ["a negative length", `${head}content-length: -1\r\n\r\n${smuggled}`],
    ["a hexadecimal length", `${head}content-length: 0x0\r\n\r\n${smuggled}`],
    ["a length beyond what can be counted", `${head}content-length: 99999999999999999999\r\n\r\n${smuggled}`],
    ["an encoding that is unknown", `${head}transfer-encoding: xchunked\r\n\r\n${smuggled}`],
    ["an encoding after chunks", `${head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`],
    ["chunks twice", `${head}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`],
    ["a space before the colon", `${head}content-length : 0\r\n\r\n${smuggled}`],
    ["a chunk size that is none", `${head}transfer-encoding: chunked\r\n\r\nxyz\r\n${smuggled}`],
    [
      "a chunk that is longer than its size",
      `${head}transfer-encoding: chunked\r\n\r\n1\r\nxxx\r\n0\r\n\r\n${smuggled}`,
    ],
    ["a folded header", `${head}x-folded: a\r\n transfer-encoding: chunked\r\n\r\n${smuggled}`],
    ["a bare line feed", `${head.replaceAll("\r\n", "\n")}\n${smuggled}`],
    ["a bare carriage return", `${head}x-a: b\rcontent-length: 1\r\n\r\n${smuggled}`],
    ["no version", `GET /bucket\r\n\r\n${smuggled}`],
    ["a space in its path", `GET /bucket /x HTTP/1.1\r\nhost: x\r\n\r\n${smuggled}`],
    ["another protocol's greeting", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${smuggled}`],
    ["no text at all", Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
  ])("is refused, and nothing that follows is performed: %s", async (_name, bytes) => {
    using connection = new RawConnection(cloud.endpoint);
    connection.write(bytes);
    expect((await connection.answer())?.status).toBe(400);
    expect(await connection.answer()).toBeUndefined();
  });

  it("is none when requests follow each other on one connection", async () => {
    using connection = new RawConnection(cloud.endpoint);
    const list = `${head}content-length: 2\r\n\r\n{}`;
    connection.write(list + list + list);
    for (let i = 0; i < 3; i++) expect((await connection.answer())?.status).toBe(200);
  });
});

describe("a request line of another form", () => {
  it.each([
    ["GET http://127.0.0.1/bucket HTTP/1.1", [200]],
    ["GET http://127.0.0.1?x=y HTTP/1.1", [200]],
    ["GET http://evil.example/_brume/status HTTP/1.1", [403]],
    ["GET //bucket HTTP/1.1", [400, 501]],
    ["GET /bucket/../../etc/passwd HTTP/1.1", [400, 404]],
    ["GET /bucket/%2e%2e/%2e%2e/etc/passwd HTTP/1.1", [400, 404]],
    ["GET /bucket/%zz HTTP/1.1", [400]],
    ["GET /bucket/%ff HTTP/1.1", [400]],
    ["GET /bucket/%00 HTTP/1.1", [400, 404]],
    ["GET /bucket/a?versionId=%zz HTTP/1.1", [400]],
    ["GET /%zz HTTP/1.1", [400]],
    ["GET /_aws/execute-api/%zz HTTP/1.1", [403, 404, 501, 400]],
    ["GET /_aws/execute-api/../../_brume/stop HTTP/1.1", [400, 403, 404, 501]],
    ["GET /_aws/cloudformation-response/none HTTP/1.1", [400, 403, 404, 405, 501]],
    ["GET /_aws/lambda-url/none?%zz HTTP/1.1", [400, 403, 404]],
    ["GET * HTTP/1.1", [400]],
    ["OPTIONS * HTTP/1.1", [400]],
    ["BREW /bucket HTTP/1.1", [400, 405]],
    ["PURGE /bucket HTTP/1.1", [400, 405, 501]],
    ["PROPFIND /bucket HTTP/1.1", [400, 405, 501]],
    ["TRACE /bucket HTTP/1.1", [400, 405, 501]],
    ["POST / HTTP/1.1", [400, 501]],
    ["POST /?Action=%zz&Version=1 HTTP/1.1", [400]],
    [`GET /${"a".repeat(20_000)} HTTP/1.1`, [400, 404]],
    [`GET /bucket/${"a".repeat(5000)} HTTP/1.1`, [400, 404]],
    [`GET /bucket/${"/".repeat(5000)} HTTP/1.1`, [400, 404]],
    [`GET /bucket?${"a=b&".repeat(5000)} HTTP/1.1`, [200]],
  ])("is answered: %s", async (line, statuses) => {
    const answer = await send(cloud.endpoint, `${line}\r\nhost: x\r\n\r\n`);
    expect(statuses).toContain(answer.status);
  });
});

describe("a request that asks for another protocol", () => {
  const upgrade = (protocol: string): RawRequest => ({
    method: "POST",
    headers: {
      "x-amz-target": "AmazonSQS.ListQueues",
      connection: "Upgrade, HTTP2-Settings",
      upgrade: protocol,
      "http2-settings": "AAEAAEAAAAIAAAAB",
    },
    body: '{"MaxResults":10}',
  });

  it("is answered in HTTP/1.1 where that is HTTP/2, as Java's client asks, and so is the next", async () => {
    using connection = new RawConnection(cloud.endpoint);
    for (let i = 0; i < 2; i++) {
      connection.request(upgrade("h2c"));
      const answer = await connection.answer();
      expect(answer).toMatchObject({ status: 200, body: expect.stringContaining("QueueUrls") });
    }
  });

  it("is refused where that is WebSocket, and nothing there speaks it", async () => {
    expect((await send(cloud.endpoint, upgrade("websocket"))).status).toBe(403);
  });
});

describe("/_brume/", () => {
  const foreign: Record<string, Record<string, string>> = {
    "another site": { origin: "https://evil.example" },
    "another site of a like name": { origin: "http://127.0.0.1.evil.example" },
    "a page without an origin": { origin: "null" },
    "another port's page of another host": { origin: "http://localhost.evil.example:4566" },
    "a name that resolves to this machine": { host: "evil.example" },
    "no host": { host: "" },
  };
  it.each(
    Object.keys(foreign).flatMap((from) =>
      [
        "GET /_brume/status",
        "GET /_brume/events",
        "POST /_brume/stop",
        "POST /_brume/clock/advance",
        "OPTIONS /_brume/stop",
      ].map((what) => [what, from] as const),
    ),
  )("%s is refused to %s", async (what, from) => {
    const [method, path] = what.split(" ") as [string, string];
    const before = cloud.clock.followsMachine;
    const answer = await send(cloud.endpoint, { method, path, headers: foreign[from], body: '{"hours":1}' });
    expect(answer.status).toBe(403);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    expect(cloud.clock.followsMachine).toBe(before);
  });

  it("is open to this machine's own pages and tools", async () => {
    for (const headers of [{}, { origin: "http://localhost:8080" }, { origin: "http://127.0.0.1:4566" }]) {
      expect((await send(cloud.endpoint, { path: "/_brume/status", headers })).status).toBe(200);
    }
  });

  it.each([
    ["POST /_brume/clock/advance", "{", 400],
    ["POST /_brume/clock/advance", "null", 400],
    ["POST /_brume/clock/advance", "[1]", 400],
    ["POST /_brume/clock/advance", '{"hours":"6"}', 400],
    ["POST /_brume/clock/advance", '{"hours":-1}', 400],
    ["POST /_brume/clock/advance", '{"days":1e9}', 400],
    ["POST /_brume/clock/advance", '{"days":1e308}', 400],
    ["POST /_brume/clock/advance", '{"fortnights":1}', 400],
    ["POST /_brume/faults", "{}", 400],
    ["POST /_brume/faults", '{"service":"sqs","error":"x"}', 400],
    ["POST /_brume/faults", '{"service":"sqs","error":{"code":1}}', 400],
    ["POST /_brume/faults", '{"service":"sqs","delayMs":"1"}', 400],
    ["POST /_brume/faults", `{"service":"${"x".repeat(100_000)}"}`, 413],
    ["GET /_brume/nothing", "", 404],
    ["GET /_brume/../bucket", "", 404],
    ["GET /_brume/__proto__", "", 404],
    ["DELETE /_brume/status", "", 404],
  ])("refuses %s with %s", async (what, body, status) => {
    const [method, path] = what.split(" ") as [string, string];
    const answer = await send(cloud.endpoint, { method, path, body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).message).toMatch(/\.$/);
  });
});

describe("OPTIONS", () => {
  it("of an object in a bucket without CORS is refused", async () => {
    const headers = { origin: "https://page.example", "access-control-request-method": "PUT" };
    const answer = await send(cloud.endpoint, { method: "OPTIONS", path: "/bucket/key", headers });
    expect(answer.status).toBe(403);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("of what is no bucket is refused", async () => {
    const headers = { origin: "https://page.example", "access-control-request-method": "POST" };
    const answer = await send(cloud.endpoint, { method: "OPTIONS", path: "/", headers });
    expect(answer).toSatisfy(isRefused);
  });
});
