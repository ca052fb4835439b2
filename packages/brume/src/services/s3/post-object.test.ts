import { createHmac } from "node:crypto";
import { request } from "node:http";
import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { putAccessKey } from "../../kernel/access-keys.js";
import { rootOf } from "../../kernel/principal.js";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();
const HOUR_MS = 3_600_000;
type Condition = Record<string, string> | (string | number)[];

/** The signed fields of a form, as the SDKs' presigned posts have them. */
function signed(
  bucket: string,
  conditions: Condition[],
  options: { key?: string; secret?: string; expiresAt?: number } = {},
): Record<string, string> {
  const { key = test.cloud.account, secret = "brume", expiresAt = test.cloud.clock.now() + HOUR_MS } = options;
  const amzDate = new Date(test.cloud.clock.now()).toISOString().replace(/[-:]|\.\d+/g, "");
  const date = amzDate.slice(0, 8);
  const own = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${key}/${date}/us-east-1/s3/aws4_request`,
    "X-Amz-Date": amzDate,
  };
  const document = {
    expiration: new Date(expiresAt).toISOString(),
    conditions: [...conditions, { bucket }, ...Object.entries(own).map(([name, value]) => ({ [name]: value }))],
  };
  const Policy = Buffer.from(JSON.stringify(document)).toString("base64");
  let signing: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [date, "us-east-1", "s3", "aws4_request"]) {
    signing = createHmac("sha256", signing).update(part).digest();
  }
  const signature = createHmac("sha256", signing).update(Policy).digest("hex");
  return { ...own, Policy, "X-Amz-Signature": signature };
}

interface Answered {
  status: number;
  headers: Headers;
  text: string;
}
async function post(
  bucket: string,
  fields: Record<string, string>,
  file: File | undefined = new File(["hello"], "note.txt"),
  headers: Record<string, string> = {},
): Promise<Answered> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append("file", file);
  const url = `${test.cloud.endpoint}/${bucket}`;
  const answer = await fetch(url, { method: "POST", body: form, headers, redirect: "manual" });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe("form upload", () => {
  it("stores the file with what the form says of it", async () => {
    const bucket = await test.newBucket("Enabled");
    const given = {
      key: "in/${filename}",
      "Content-Type": "text/plain",
      "x-amz-meta-who": "Zoë",
      tagging: "<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag></TagSet></Tagging>",
      "x-amz-storage-class": "STANDARD_IA",
    };
    const conditions = Object.entries(given).map(([name, value]) =>
      name === "key" ? ["starts-with", "$key", "in/"] : { [name]: value },
    );
    const answer = await post(bucket, { ...given, ...signed(bucket, conditions) });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers.get("location")).toBe(`${test.cloud.endpoint}/${bucket}/in/note.txt`);
    const got = await test.s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: "in/note.txt" }));
    expect(await got.Body?.transformToString()).toBe("hello");
    expect(got).toMatchObject({
      ContentType: "text/plain",
      StorageClass: "STANDARD_IA",
      TagCount: 1,
      VersionId: answer.headers.get("x-amz-version-id"),
      ETag: answer.headers.get("etag"),
    });
    expect(got.Metadata?.who).toBe(`=?UTF-8?B?${Buffer.from("Zoë").toString("base64")}?=`);
  });

  it("answers as the form asks", async () => {
    const bucket = await test.newBucket();
    expect((await post(bucket, { key: "a b", success_action_status: "200" })).status).toBe(200);
    const created = await post(bucket, { key: "a b", success_action_status: "201" });
    expect(created.status).toBe(201);
    const tag = "&quot;5d41402abc4b2a76b9719d911017c592&quot;";
    expect(created.text).toContain(`<Bucket>${bucket}</Bucket><Key>a b</Key><ETag>${tag}</ETag></PostResponse>`);
    const redirected = await post(bucket, { key: "k", success_action_redirect: "https://example.com/done?x=1" });
    expect([redirected.status, redirected.headers.get("location")]).toEqual([
      303,
      `https://example.com/done?x=1&bucket=${bucket}&key=k&etag=%225d41402abc4b2a76b9719d911017c592%22`,
    ]);
    expect((await post(bucket, { key: "k", success_action_redirect: "nowhere" })).status).toBe(204);
  });

  it("is taken by the bucket's host, from fields whose names are in any case", async () => {
    const bucket = await test.newBucket();
    const { hostname, port } = new URL(test.cloud.endpoint);
    const body =
      '--b\r\nContent-Disposition: form-data; name="KEY"\r\n\r\nk\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="C:\\\\dir\\\\f"\r\nContent-Type: text/html\r\n\r\nx\r\n--b--\r\n';
    const status = await new Promise((resolve, reject) => {
      const headers = {
        host: `${bucket}.s3.us-east-1.amazonaws.com`,
        "content-type": 'multipart/form-data; boundary="b"',
        "content-length": body.length,
      };
      request({ hostname, port, method: "POST", path: "/", headers }, (answer) => resolve(answer.resume().statusCode))
        .on("error", reject)
        .end(body);
    });
    expect(status).toBe(204);
    expect(await test.text(bucket, "k")).toBe("x");
  });

  it("refuses what the policy does not allow", async () => {
    const bucket = await test.newBucket();
    const fields = { key: "k", acl: "private" };
    const allowed: Condition[] = [{ key: "k" }, ["eq", "$acl", "private"]];
    const refused = async (more: Record<string, string>, conditions: Condition[], options = {}, file?: File) => {
      const { status, text } = await post(bucket, { ...fields, ...more, ...signed(bucket, conditions, options) }, file);
      return `${status} ${/<Code>(.*?)<\/Code>/.exec(text)?.[1]}: ${/<Message>(.*?)<\/Message>/.exec(text)?.[1]}`;
    };
    expect(await refused({ key: "other" }, allowed)).toBe(
      "403 AccessDenied: Invalid according to Policy: Policy Condition failed: [&quot;eq&quot;, &quot;$key&quot;, &quot;k&quot;]",
    );
    expect(await refused({ "x-amz-meta-a": "1" }, allowed)).toBe(
      "403 AccessDenied: Invalid according to Policy: Extra input fields: x-amz-meta-a",
    );
    expect(await refused({}, [{ key: "k" }])).toContain("Extra input fields: acl");
    expect(await refused({ "x-ignore-this": "1" }, allowed)).toBe("204 undefined: undefined");
    const range = (min: number, max: number) => [...allowed, ["content-length-range", min, max]];
    expect(await refused({}, range(0, 4))).toContain("400 EntityTooLarge");
    expect(await refused({}, range(6, 10))).toContain("400 EntityTooSmall");
    expect(await refused({}, range(5, 5))).toContain("204");
    const types = [...allowed, ["starts-with", "$Content-Type", "image/"]];
    expect(await refused({ "Content-Type": "image/png,image/jpeg" }, types)).toContain("204");
    expect(await refused({ "Content-Type": "image/png,text/html" }, types)).toContain("403");
    const past = { expiresAt: test.cloud.clock.now() - 1 };
    expect(await refused({}, allowed, past)).toContain("Invalid according to Policy: Policy expired.");
  });

  it("refuses a form, or a policy, that is none", async () => {
    const bucket = await test.newBucket();
    expect((await post(bucket, {})).text).toContain("Bucket POST must contain a field named &apos;key&apos;.");
    expect((await post(bucket, { key: "k" }, new File([], "f"))).status).toBe(204);
    const withoutFile = await fetch(`${test.cloud.endpoint}/${bucket}`, { method: "POST", body: formOf({ key: "k" }) });
    expect(await withoutFile.text()).toContain("POST requires exactly one file upload per request.");
    expect((await post("no-such-bucket", { key: "k" })).text).toContain("NoSuchBucket");
    const broken = await fetch(`${test.cloud.endpoint}/${bucket}`, {
      method: "POST",
      body: "--b\r\nContent-Disposition: form-data",
      headers: { "content-type": "multipart/form-data; boundary=b" },
    });
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining("MalformedPOSTRequest")]);
    expect((await post(bucket, { key: "k", a: "x".repeat(30_000) })).text).toContain("MaxPostPreDataLengthExceeded");
    const policies = [
      "{",
      "[]",
      '{"conditions":[]}',
      '{"expiration":"soon","conditions":[]}',
      '{"expiration":"2100-01-01T00:00:00Z"}',
      '{"expiration":"2100-01-01T00:00:00Z","conditions":[["like","$key","k"]]}',
    ];
    for (const policy of policies) {
      const Policy = Buffer.from(policy).toString("base64");
      const answer = await post(bucket, { key: "k", ...signed(bucket, []), Policy });
      expect([policy, answer.status, answer.text]).toEqual([
        policy,
        400,
        expect.stringContaining("InvalidPolicyDocument"),
      ]);
    }
    const { "X-Amz-Signature": _, ...unsigned } = signed(bucket, [{ key: "k" }]);
    expect((await post(bucket, { key: "k", ...unsigned })).text).toContain("X-Amz-Signature");
    expect((await post(bucket, { key: "k", signature: "b", policy: "c" })).text).toContain("AWSAccessKeyId");
  });

  it("checks the signature of keys that this cloud issued", async () => {
    const bucket = await test.newBucket();
    const { store } = test.cloud.kernel;
    const transaction = store.begin();
    const [accessKeyId, secretAccessKey] = ["AKIAFORM", "secret"];
    putAccessKey(transaction, { accessKeyId, secretAccessKey, active: true, principal: rootOf("000000000000") });
    transaction.commit();
    const conditions = [{ key: "k" }];
    const good = signed(bucket, conditions, { key: accessKeyId, secret: secretAccessKey });
    expect((await post(bucket, { key: "k", ...good })).status).toBe(204);
    const bad = signed(bucket, conditions, { key: accessKeyId, secret: "other" });
    const answer = await post(bucket, { key: "k", ...bad });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")]);
    // Version 2, as boto3 signs.
    const document = { expiration: "2100-01-01T00:00:00Z", conditions: [...conditions, { bucket }] };
    const policy = Buffer.from(JSON.stringify(document)).toString("base64");
    const old = (secret: string) => {
      const signature = createHmac("sha1", secret).update(policy).digest("base64");
      return post(bucket, { key: "k", AWSAccessKeyId: accessKeyId, policy, signature });
    };
    expect([(await old(secretAccessKey)).status, (await old("other")).status]).toEqual([204, 403]);
  });

  it("takes a large file in, and carries the bucket's CORS headers", async () => {
    const Bucket = await test.newBucket();
    const CORSRules = [{ AllowedMethods: ["POST"], AllowedOrigins: ["https://a.org"] }];
    await test.s3.send(new sdk.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    const content = Buffer.alloc(3_000_001, "\r\n--not the boundary ");
    const origin = { origin: "https://a.org" };
    const answer = await post(Bucket, { key: "large" }, new File([content], "f"), origin);
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([204, "https://a.org"]);
    const { Body } = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "large" }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
    // The answer is read though most of the form is not.
    const conditions = [{ key: "k" }, ["content-length-range", 0, 10]];
    const huge = new File([Buffer.alloc(30_000_000)], "f");
    const tooLarge = await post(Bucket, { key: "k", ...signed(Bucket, conditions) }, huge);
    expect([tooLarge.status, tooLarge.text]).toEqual([400, expect.stringContaining("EntityTooLarge")]);
    const denied = await post(Bucket, { key: "other", ...signed(Bucket, conditions) }, huge);
    expect(denied.status).toBe(403);
    const refused = await post(Bucket, {}, undefined, origin);
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([400, "https://a.org"]);
  });
});

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}
