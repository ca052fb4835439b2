import { cbor } from "@smithy/core/cbor";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../src/index.js";
import { type RawAnswer, type RawRequest, send } from "./raw-http.js";

let cloud: RunningCloud;
const failures: unknown[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  cloud.kernel.events.on("failure", (failure) => failures.push(failure));
  await cloud.call("s3", "CreateBucket", { Bucket: "bucket" });
  await cloud.call("sqs", "CreateQueue", { QueueName: "q" });
  await cloud.call("dynamodb", "CreateTable", {
    TableName: "table",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  });
});
afterAll(() => cloud.close());
afterEach(() => expect(failures.splice(0)).toEqual([]));

const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
  "x-amz-date": "20260101T000000Z",
});
type Body = string | Uint8Array;
const json = (target: string, body: Body): RawRequest => ({
  method: "POST",
  headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" },
  body,
});
const form = (service: string, body: Body): RawRequest => ({
  method: "POST",
  headers: { ...signedFor(service), "content-type": "application/x-www-form-urlencoded" },
  body,
});
const s3 = (method: string, path: string, body: Body = "", headers: Record<string, string> = {}): RawRequest => ({
  method,
  path,
  headers: { ...signedFor("s3"), ...headers },
  body,
});
const lambda = (method: string, path: string, body: Body = ""): RawRequest => ({
  method,
  path,
  headers: signedFor("lambda"),
  body,
});
const rpc = (path: string, body: Body): RawRequest => ({
  method: "POST",
  path,
  headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor", ...signedFor("sqs") },
  body,
});
const tagging = (inner: Body) => s3("PUT", "/bucket?tagging", inner);
const TAGS = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";

/** The code of an error, in whichever protocol it comes. */
function codeOf({ headers, body }: RawAnswer): string | undefined {
  return (
    headers["x-amzn-errortype"] ??
    /<Code>([^<]*)</.exec(body)?.[1] ??
    /__type[^#]*#(\w*?(?:Exception|NotImplemented))/.exec(body)?.[1]
  );
}

describe("XML", () => {
  const entity = (declaration: string, use = "&x;") =>
    `<?xml version="1.0"?><!DOCTYPE Tagging [${declaration}]>${TAGS.replace(">v<", `>${use}<`)}`;
  const laughs = [...Array(9).keys()].map((n) => `<!ENTITY x${n + 1} "${`&x${n};`.repeat(10)}">`).join("");
  it.each<[string, Body]>([
    ["a document type", `<!DOCTYPE Tagging>${TAGS}`],
    ["a document type elsewhere", `<!DOCTYPE Tagging SYSTEM "http://127.0.0.1:1/x.dtd">${TAGS}`],
    ["an entity", entity('<!ENTITY x "y">')],
    ["an entity of a file", entity('<!ENTITY x SYSTEM "file:///etc/passwd">')],
    ["entities that multiply", entity(`<!ENTITY x0 "ha">${laughs}`, "&x9;")],
    ["a parameter entity", entity('<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;')],
    ["an entity that nobody declared", TAGS.replace(">v<", ">&secret;<")],
    ["a character that is none", TAGS.replace(">v<", ">&#xD800;<")],
    ["a character beyond all", TAGS.replace(">v<", ">&#x110000;<")],
    ["the character 0", TAGS.replace(">v<", ">&#0;<")],
    ["no element", "not XML"],
    ["nothing but a declaration", '<?xml version="1.0"?>'],
    ["two roots", TAGS + TAGS],
    ["text after its root", `${TAGS}text`],
    ["elements that cross", TAGS.replace("</Key><Value>v</Value>", "<Value></Key>v</Value>")],
    ["an element that is not closed", TAGS.replace("</Tagging>", "")],
    ["an attribute without quotes", TAGS.replace("<Tag>", "<Tag a=b>")],
    ["a comment that does not end", `<!-- ${TAGS}`],
    ["a CDATA section that does not end", TAGS.replace(">v<", "><![CDATA[v<")],
    ["10,000 levels", "<Tagging>".repeat(10_000) + "</Tagging>".repeat(10_000)],
    ["a name of a million letters", `<${"a".repeat(1_000_000)}`],
    ["a million open tags", "<a ".repeat(1_000_000)],
    ["a million quotes", `<a ${"'".repeat(1_000_001)}`],
    ["a million ampersands", TAGS.replace(">v<", `>${"&".repeat(1_000_000)}<`)],
    ["bytes that are not UTF-8", Buffer.from(TAGS.replace(">v<", ">\xff<"), "latin1")],
    ["UTF-16", Buffer.from(TAGS, "utf16le")],
  ])("with %s is refused, and nothing is stored", async (_name, document) => {
    const answer = await send(cloud.endpoint, tagging(document));
    expect(answer.status).toBe(400);
    expect(answer.body).not.toMatch(/root:|haha/);
    const stored = await send(cloud.endpoint, s3("GET", "/bucket?tagging"));
    expect(codeOf(stored)).toBe("NoSuchTagSet");
  });

  it("may have a declaration, comments, CDATA, predefined entities and prefixes", async () => {
    const document = `\ufeff<?xml version="1.0"?>\n<!-- c --><p:Tagging xmlns:p="u"><TagSet><Tag><Key><![CDATA[<k>]]></Key><Value>&lt;&#38;&#x41;</Value></Tag></TagSet></p:Tagging>`;
    expect([200, 204]).toContain((await send(cloud.endpoint, tagging(document))).status);
    expect((await send(cloud.endpoint, s3("GET", "/bucket?tagging"))).body).toContain("<Value>&lt;&amp;A</Value>");
    await send(cloud.endpoint, s3("DELETE", "/bucket?tagging"));
  });
});

describe("input that is nested deeply", () => {
  const deepMap = (levels: number) => `${'{"M":{"a":'.repeat(levels)}{"S":"x"}${"}}".repeat(levels)}`;
  const deepArray = "[".repeat(100_000) + "]".repeat(100_000);
  it.each([
    [
      "JSON, in an item",
      json("DynamoDB_20120810.PutItem", `{"TableName":"table","Item":{"id":{"S":"deep"},"a":${deepMap(50_000)}}}`),
    ],
    [
      "JSON, in an item, within the parser's reach",
      json("DynamoDB_20120810.PutItem", `{"TableName":"table","Item":{"id":{"S":"deep"},"a":${deepMap(1500)}}}`),
    ],
    ["JSON, in a list", json("AmazonSQS.SendMessageBatch", `{"QueueUrl":"x","Entries":${deepArray}}`)],
    ["JSON, at the root", json("AmazonSQS.ListQueues", deepArray)],
    [
      "Query",
      form("sns", `Action=CreateTopic&Version=2010-03-31&Name=${"deep"}&${"Tags.member.1.".repeat(10_000)}Key=x`),
    ],
    [
      "REST JSON",
      lambda("POST", "/2015-03-31/functions", `{"FunctionName":"f","Environment":${'{"Variables":'.repeat(100_000)}`),
    ],
    [
      "CBOR",
      rpc("/service/AmazonSQS/operation/ListQueues", Buffer.concat([Buffer.alloc(200_000, 0x81), Buffer.from([0])])),
    ],
    [
      "CBOR, of lengths that are not there",
      rpc("/service/AmazonSQS/operation/ListQueues", Buffer.from("9b00000000ffffffff", "hex")),
    ],
    [
      "an expression",
      json("DynamoDB_20120810.Scan", `{"TableName":"table","FilterExpression":"${"(".repeat(100_000)}"}`),
    ],
    [
      "an expression of many parts",
      json(
        "DynamoDB_20120810.Scan",
        `{"TableName":"table","FilterExpression":"${"NOT ".repeat(50_000)}attribute_exists(id)"}`,
      ),
    ],
    [
      "a policy",
      form("iam", `Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument=${"[".repeat(100_000)}`),
    ],
    [
      "a template",
      form(
        "cloudformation",
        `Action=ValidateTemplate&Version=2010-05-15&TemplateBody=${encodeURIComponent(`{"Resources":${deepArray}`)}`,
      ),
    ],
    [
      "a template in YAML",
      form("cloudformation", `Action=ValidateTemplate&Version=2010-05-15&TemplateBody=${"[".repeat(20_000)}`),
    ],
    [
      "a template of intrinsics",
      form(
        "cloudformation",
        `Action=ValidateTemplate&Version=2010-05-15&TemplateBody=${encodeURIComponent(`{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":${'{"Fn::Join":["",['.repeat(3000)}"x"${"]]}".repeat(3000)}}}}}`)}`,
      ),
    ],
    [
      "a filter policy",
      form(
        "sns",
        `Action=SetSubscriptionAttributes&Version=2010-03-31&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:t:1&AttributeName=FilterPolicy&AttributeValue=${"[".repeat(100_000)}`,
      ),
    ],
    [
      "a filter pattern",
      json("Logs_20140328.FilterLogEvents", `{"logGroupName":"g","filterPattern":"{ ${"(".repeat(50_000)}"}`),
    ],
  ])("is refused: %s", async (_name, request) => {
    const answer = await send(cloud.endpoint, request);
    expect([400, 404], answer.body.slice(0, 300)).toContain(answer.status);
  });

  it("is accepted up to what AWS allows: 32 levels in an item", async () => {
    const item = `{"TableName":"table","Item":{"id":{"S":"32"},"a":${deepMap(30)}}}`;
    expect((await send(cloud.endpoint, json("DynamoDB_20120810.PutItem", item))).status).toBe(200);
  });
});

describe("input of a great many parts", () => {
  const many = (count: number, part: (n: number) => string, separator = "&") =>
    [...Array(count).keys()].map(part).join(separator);
  it.each([
    [
      "200,000 parameters",
      form("sns", `Action=ListTopics&Version=2010-03-31&${many(200_000, (n) => `A.${n}=x`)}`),
      [200],
    ],
    ["200,000 members", json("AmazonSQS.ListQueues", `{${many(200_000, (n) => `"m${n}":1`, ",")}}`), [200]],
    [
      "200,000 entries",
      json(
        "AmazonSQS.SendMessageBatch",
        `{"QueueUrl":"http://x/000000000000/q","Entries":[${many(200_000, (n) => `{"Id":"${n}","MessageBody":"x"}`, ",")}]}`,
      ),
      [400],
    ],
    [
      "100,000 elements",
      tagging(`<Tagging><TagSet>${"<Tag><Key>k</Key><Value>v</Value></Tag>".repeat(100_000)}</TagSet></Tagging>`),
      [400],
    ],
    [
      "100,000 attributes",
      tagging(TAGS.replace("<Tag>", `<Tag ${many(100_000, (n) => `a${n}="x"`, " ")}>`)),
      [200, 204],
    ],
  ])("is answered in time: %s", async (_name, request, statuses) => {
    const answer = await send(cloud.endpoint, request);
    expect(statuses, answer.body.slice(0, 300)).toContain(answer.status);
    await send(cloud.endpoint, s3("DELETE", "/bucket?tagging"));
  });
});

describe("text that is not UTF-8", () => {
  const bad = (text: string) => Buffer.from(text.replace("@", "\xc3\x28"), "latin1");
  it.each<[string, RawRequest]>([
    ["JSON", json("AmazonSQS.CreateQueue", bad('{"QueueName":"@"}'))],
    ["JSON, the next time", json("AmazonSQS.CreateQueue", bad('{"QueueName":"@"}'))],
    ["a member's name", json("AmazonSQS.ListQueues", bad('{"@":1}'))],
    ["Query", form("sns", bad("Action=CreateTopic&Version=2010-03-31&Name=@"))],
    ["Query, escaped", form("sns", "Action=CreateTopic&Version=2010-03-31&Name=%C3%28")],
    ["Query, half an escape", form("sns", "Action=CreateTopic&Version=2010-03-31&Name=%C")],
    ["REST JSON", lambda("POST", "/2015-03-31/functions", bad('{"FunctionName":"@"}'))],
    ["REST XML", tagging(bad(TAGS.replace(">v<", ">@<")))],
    ["a path", s3("PUT", "/bucket/%C3%28", "x")],
    ["half an escape in a path", s3("PUT", "/bucket/%C", "x")],
    ["a query", s3("GET", "/bucket?prefix=%C3%28")],
    ["a label", lambda("GET", "/2015-03-31/functions/%C3%28")],
    ["CBOR", rpc("/service/AmazonSQS/operation/ListQueues", Buffer.from("ff", "hex"))],
    ["CBOR that ends early", rpc("/service/AmazonSQS/operation/ListQueues", Buffer.from("a1", "hex"))],
  ])("is refused: %s", async (_name, request) => {
    expect((await send(cloud.endpoint, request)).status).toBe(400);
  });
});

describe("what brume does not have", () => {
  it.each([
    ["a JSON service", json("Nimbus_20991231.Rain", "{}"), "Nimbus_20991231.Rain"],
    ["a JSON operation", json("AmazonSQS.Rain", "{}"), "Rain"],
    ["a JSON target without a dot", json("Rain", "{}"), "Rain"],
    ["an empty JSON target", json("", "{}"), "target"],
    ["a JSON target that every object has", json("AmazonSQS.constructor", "{}"), "constructor"],
    ["a JSON service that every object has", json("__proto__.toString", "{}"), "__proto__"],
    ["a Query service", form("nimbus", "Action=Rain&Version=2099-12-31"), "nimbus"],
    ["a Query operation", form("sns", "Action=Rain&Version=2010-03-31"), "Rain"],
    ["a Query operation that every object has", form("sns", "Action=__proto__&Version=2010-03-31"), "__proto__"],
    ["no Query operation", form("sns", "Version=2010-03-31"), "none named"],
    [
      "an unsigned Query version",
      {
        ...form("sns", "Action=Rain&Version=2099-12-31"),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      },
      "2099-12-31",
    ],
    ["a REST service", { ...lambda("GET", "/rain"), headers: signedFor("nimbus") }, "nimbus"],
    ["a REST JSON operation", lambda("GET", "/2099-12-31/rain"), "GET /2099-12-31/rain"],
    ["a REST JSON method", lambda("PATCH", "/2015-03-31/functions"), "PATCH /2015-03-31/functions"],
    ["a REST XML operation", s3("PATCH", "/bucket/rain"), "PATCH /bucket/rain"],
    ["a CBOR service", rpc("/service/Nimbus/operation/Rain", Buffer.from([0xa0])), "Nimbus"],
    ["a CBOR operation", rpc("/service/AmazonSQS/operation/Rain", Buffer.from([0xa0])), "Rain"],
    [
      "an operation that is known, and not built",
      form("cloudformation", "Action=CreateStackSet&Version=2010-05-15&StackSetName=x"),
      "cloudformation:CreateStackSet",
    ],
    [
      "a service that is known, and not built",
      { method: "POST", headers: { "x-amz-target": "AWSStepFunctions.ListStateMachines" }, body: "{}" },
      "ListStateMachines",
    ],
  ] as [string, RawRequest, string][])("is answered with 501 and its name: %s", async (_name, request, named) => {
    const answer = await send(cloud.endpoint, request);
    expect(answer.status).toBe(501);
    expect(answer.body).toContain(named);
    expect(["NotImplemented", "UnknownOperationException"]).toContain(codeOf(answer));
  });
});

describe("input of another type", () => {
  const put = (item: string) => json("DynamoDB_20120810.PutItem", `{"TableName":"table","Item":${item}}`);
  it.each([
    ["a number for a string", json("AmazonSQS.CreateQueue", '{"QueueName":1}')],
    ["a list for a string", json("AmazonSQS.CreateQueue", '{"QueueName":["q"]}')],
    ["a string for a number", json("AmazonSQS.ListQueues", '{"MaxResults":"1"}')],
    ["NaN for a number", json("AmazonSQS.ListQueues", '{"MaxResults":"NaN"}')],
    ["a number beyond all", json("AmazonSQS.ListQueues", '{"MaxResults":1e400}')],
    ["a string for a structure", json("DynamoDB_20120810.PutItem", '{"TableName":"table","Item":"x"}')],
    ["a list for a map", json("AmazonSQS.CreateQueue", '{"QueueName":"q","Attributes":[]}')],
    ["a map for a list", json("AmazonSQS.SendMessageBatch", '{"QueueUrl":"x","Entries":{}}')],
    ["a number for a boolean", json("DynamoDB_20120810.Scan", '{"TableName":"table","ConsistentRead":1}')],
    ["a number for a blob", put('{"id":{"S":"x"},"b":{"B":1}}')],
    ["a list for an attribute", put('{"id":["S"]}')],
    ["a list at the root", json("AmazonSQS.ListQueues", "[]")],
    ["a string at the root", json("AmazonSQS.ListQueues", '"x"')],
    ["no JSON", json("AmazonSQS.ListQueues", "{QueueName}")],
    ["half of a document", json("AmazonSQS.ListQueues", '{"MaxResults":')],
    ["two documents", json("AmazonSQS.ListQueues", "{}{}")],
    ["text for a number: Query", form("iam", "Action=ListUsers&Version=2010-05-08&MaxItems=many")],
    ["infinity for a number: Query", form("iam", "Action=ListUsers&Version=2010-05-08&MaxItems=Infinity")],
    ["a list for a string: REST JSON", lambda("POST", "/2015-03-31/functions", '{"FunctionName":[]}')],
    ["a string for a number: REST JSON", lambda("POST", "/2015-03-31/functions", '{"FunctionName":"f","Timeout":"3"}')],
    [
      "a list for a map: CBOR",
      rpc("/service/AmazonSQS/operation/CreateQueue", cbor.serialize({ QueueName: "q", Attributes: [] })),
    ],
    ["a number for a string: CBOR", rpc("/service/AmazonSQS/operation/CreateQueue", cbor.serialize({ QueueName: 1 }))],
    ["a text for a map: CBOR", rpc("/service/AmazonSQS/operation/CreateQueue", cbor.serialize("x"))],
  ])("is refused: %s", async (_name, request) => {
    const answer = await send(cloud.endpoint, request);
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe("SerializationException");
  });

  it.each([
    ["text for a number: S3", s3("GET", "/bucket?list-type=2&max-keys=many"), "InvalidArgument"],
    ["text for a number: Lambda", lambda("GET", "/2015-03-31/functions?MaxItems=many"), "InvalidArgument"],
  ])("that is no number is refused: %s", async (_name, request, code) => {
    expect(codeOf(await send(cloud.endpoint, request))).toMatch(code);
  });

  it("that is unknown is left out of account, whatever it is called", async () => {
    const body =
      '{"QueueNamePrefix":"","__proto__":{"MaxResults":1},"constructor":1,"toString":"x","Rain":[1,{"a":null}]}';
    expect((await send(cloud.endpoint, json("AmazonSQS.ListQueues", body))).status).toBe(200);
    expect(({} as Record<string, unknown>).MaxResults).toBeUndefined();
  });

  it("keeps the entries of maps that are called as what every object has", async () => {
    const body =
      '{"TableName":"table","Item":{"id":{"S":"names"},"constructor":{"S":"c"},"toString":{"M":{"hasOwnProperty":{"S":"h"}}}}}';
    expect((await send(cloud.endpoint, json("DynamoDB_20120810.PutItem", body))).status).toBe(200);
    const got = await send(
      cloud.endpoint,
      json("DynamoDB_20120810.GetItem", '{"TableName":"table","Key":{"id":{"S":"names"}}}'),
    );
    expect(JSON.parse(got.body).Item).toEqual(JSON.parse(body).Item);
    await send(
      cloud.endpoint,
      s3("PUT", "/bucket/meta", "x", { "x-amz-meta-__proto__": "p", "x-amz-meta-constructor": "c" }),
    );
    const meta = (await send(cloud.endpoint, s3("HEAD", "/bucket/meta"))).headers;
    expect(meta["x-amz-meta-constructor"]).toBe("c");
  });
});

describe("an aws-chunked body", () => {
  const chunked = (body: string, more: Record<string, string> = {}) =>
    s3("PUT", "/bucket/chunked", body, {
      "content-encoding": "aws-chunked",
      "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      "x-amz-decoded-content-length": "11",
      "x-amz-trailer": "x-amz-checksum-crc32",
      ...more,
    });
  const whole = "6\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";

  it("is accepted where it is whole", async () => {
    expect((await send(cloud.endpoint, chunked(whole))).status).toBe(200);
    expect((await send(cloud.endpoint, s3("GET", "/bucket/chunked"))).body).toBe("hello world");
    await send(cloud.endpoint, s3("DELETE", "/bucket/chunked"));
  });

  it.each([
    ["a chunk is shorter than its size", whole.replace("6\r\n", "7\r\n")],
    ["a chunk is longer than its size", whole.replace("6\r\n", "5\r\n")],
    ["a size is none", whole.replace("6\r\n", "six\r\n")],
    ["a size is negative", whole.replace("6\r\n", "-6\r\n")],
    ["a size is beyond all", whole.replace("6\r\n", "ffffffffffffffff\r\n")],
    ["a size is larger than the body", whole.replace("6\r\n", "fffffff\r\n")],
    ["a size is missing", whole.replace("6\r\n", "\r\n")],
    ["a size does not end", "6".repeat(100_000)],
    ["the last chunk is missing", "6\r\nhello \r\n5\r\nworld\r\n"],
    ["the body ends in a chunk", "6\r\nhello \r\n5\r\nwor"],
    ["the body ends before the trailer does", whole.slice(0, -2)],
    ["the trailer has another checksum", whole.replace("DUoRhQ==", "AAAAAA==")],
    ["the trailer has a checksum that is none", whole.replace("DUoRhQ==", "?")],
    ["the announced trailer is missing", "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"],
    ["the trailer is no header", whole.replace("x-amz-checksum-crc32:", "nothing")],
    [
      "there are too many trailers",
      whole.replace("x-amz", `${[...Array(50).keys()].map((n) => `x-${n}:x\r\n`).join("")}x-amz`),
    ],
    ["something follows", `${whole}more`],
    ["the body is empty", ""],
    ["there is no framing", "hello world"],
  ])("is refused where %s, and nothing is written", async (_name, body) => {
    const answer = await send(cloud.endpoint, chunked(body));
    expect(answer.status, answer.body).toBe(400);
    expect((await send(cloud.endpoint, s3("GET", "/bucket/chunked"))).status).toBe(404);
  });

  it.each(["10", "12", "-1", "x", "1e1"])("is refused where its decoded length is not %s", async (length) => {
    const answer = await send(cloud.endpoint, chunked(whole, { "x-amz-decoded-content-length": length }));
    expect([400, 411]).toContain(answer.status);
    expect((await send(cloud.endpoint, s3("GET", "/bucket/chunked"))).status).toBe(404);
  });
});
