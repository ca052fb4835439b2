import { createHmac } from "node:crypto";
import { Readable } from "node:stream";
import * as iam from "@aws-sdk/client-iam";
import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sqs from "@aws-sdk/client-sqs";
import * as sts from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../src/index.js";
import { type RawRequest, Signer, type SigningKey, send } from "./raw-http.js";

let cloud: RunningCloud;
let key: SigningKey;
let wrong: SigningKey;
beforeAll(async () => {
  cloud = await startCloud();
  const admin = cloud.client(iam.IAMClient);
  await admin.send(new iam.CreateUserCommand({ UserName: "signer" }));
  const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: "signer" }));
  key = { accessKeyId: AccessKey?.AccessKeyId as string, secretAccessKey: AccessKey?.SecretAccessKey as string };
  wrong = { ...key, secretAccessKey: `${key.secretAccessKey}x` };
  await admin.send(
    new iam.PutUserPolicyCommand({
      UserName: "signer",
      PolicyName: "all",
      PolicyDocument: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }),
  );
  await cloud.client(s3.S3Client).send(new s3.CreateBucketCommand({ Bucket: "signed" }));
});
afterAll(() => cloud.close());

const head = (answer: { status: number; body: string }) => ({
  status: answer.status,
  code: /<Code>([^<]+)</.exec(answer.body)?.[1] ?? /"__type":"[^"]*#([^"]+)"/.exec(answer.body)?.[1],
});
const objectOf = async (Key: string) =>
  (await cloud.client(s3.S3Client).send(new s3.GetObjectCommand({ Bucket: "signed", Key }))).Body?.transformToString();
const isGone = (Key: string) =>
  expect(cloud.client(s3.S3Client).send(new s3.HeadObjectCommand({ Bucket: "signed", Key }))).rejects.toMatchObject({
    name: "NotFound",
  });

describe("a signature in the header", () => {
  const perform: Record<string, (credentials: SigningKey) => Promise<unknown>> = {
    "JSON (SQS)": (credentials) => cloud.client(sqs.SQSClient, { credentials }).send(new sqs.ListQueuesCommand({})),
    "Query (STS)": (credentials) =>
      cloud.client(sts.STSClient, { credentials }).send(new sts.GetCallerIdentityCommand({})),
    "REST JSON (Lambda)": (credentials) =>
      cloud
        .client(lambda.LambdaClient, { credentials })
        .send(new lambda.ListTagsCommand({ Resource: "arn:aws:lambda:us-east-1:000000000000:function:none" })),
    "REST XML (S3)": (credentials) =>
      cloud
        .client(s3.S3Client, { credentials })
        .send(new s3.PutObjectCommand({ Bucket: "signed", Key: "a b/+%/ü?&=", Body: "x", Tagging: "a=b%20c" })),
  };

  it.each(Object.keys(perform))("is accepted where it is right: %s", async (name) => {
    const error: Error | undefined = await perform[name]?.(key).then(
      () => undefined,
      (thrown) => thrown,
    );
    // The function of the Lambda call is not there: past the signature, that is what is said.
    expect([undefined, "ResourceNotFoundException"]).toContain(error?.name);
  });

  it.each(Object.keys(perform))("is refused where the secret is not the key's: %s", async (name) => {
    await expect(perform[name]?.(wrong)).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("gives the call the principal of its key", async () => {
    const identity = await cloud.client(sts.STSClient, { credentials: key }).send(new sts.GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe("arn:aws:iam::000000000000:user/signer");
  });

  const put: RawRequest = { method: "PUT", path: "/signed/by-hand?tagging=", body: "" };
  const changes: Record<string, (request: RawRequest) => RawRequest> = {
    "another method": (request) => ({ ...request, method: "GET" }),
    "another path": (request) => ({ ...request, path: "/signed/other?tagging=" }),
    "another query": (request) => ({ ...request, path: "/signed/by-hand?acl=" }),
    "another signed header": (request) => ({
      ...request,
      headers: { ...request.headers, "x-amz-date": "20200101T000000Z" },
    }),
  };
  it.each(Object.entries(changes))("does not cover %s", async (_name, change) => {
    const signed = new Signer(key, "s3").sign(cloud.endpoint, put);
    expect(head(await send(cloud.endpoint, change(signed)))).toEqual({ status: 403, code: "SignatureDoesNotMatch" });
  });

  it.each([
    ["s3", { method: "PUT", path: "/signed/changed", body: "as signed" }],
    ["iam", { method: "POST", body: "Action=CreateUser&Version=2010-05-08&UserName=changed" }],
  ])("does not cover another body: %s", async (service, request) => {
    const headers = service === "iam" ? { "content-type": "application/x-www-form-urlencoded" } : {};
    const signed = new Signer(key, service).sign(cloud.endpoint, { ...request, headers });
    const body = request.body.replace(/signed|changed/, "forged!");
    const answer = await send(cloud.endpoint, { ...signed, body });
    expect(head(answer)).toEqual({ status: 400, code: "XAmzContentSHA256Mismatch" });
    await isGone("changed");
    const { Users } = await cloud.client(iam.IAMClient).send(new iam.ListUsersCommand({}));
    expect(Users?.map(({ UserName }) => UserName)).toEqual(["signer"]);
  });

  it("has to be of the cloud's time, or of the machine's", async () => {
    const at = (minutes: number) => new Signer(key, "s3", "us-east-1", new Date(Date.now() + minutes * 60_000));
    const list: RawRequest = { path: "/signed" };
    expect((await send(cloud.endpoint, at(14).sign(cloud.endpoint, list))).status).toBe(200);
    for (const minutes of [-16, 16, -60 * 24]) {
      const answer = await send(cloud.endpoint, at(minutes).sign(cloud.endpoint, list));
      expect(head(answer), `${minutes} minutes`).toEqual({ status: 403, code: "SignatureDoesNotMatch" });
    }
  });

  it("has to cover the host", async () => {
    const signed = new Signer(key, "s3").sign(cloud.endpoint, { path: "/signed" });
    const authorization = signed.headers?.authorization?.replace("SignedHeaders=host;", "SignedHeaders=");
    const answer = await send(cloud.endpoint, { ...signed, headers: { ...signed.headers, authorization } });
    expect(head(answer)).toEqual({ status: 403, code: "SignatureDoesNotMatch" });
  });

  it("is refused when the key is no longer active", async () => {
    const admin = cloud.client(iam.IAMClient);
    const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: "signer" }));
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
    await admin.send(
      new iam.UpdateAccessKeyCommand({ UserName: "signer", AccessKeyId, Status: iam.StatusType.Inactive }),
    );
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    const calling = cloud.client(sts.STSClient, { credentials }).send(new sts.GetCallerIdentityCommand({}));
    await expect(calling).rejects.toMatchObject({ name: "InvalidClientTokenId" });
  });
});

describe("a session's credentials", () => {
  it("hold until they expire, and only with their token", async () => {
    const admin = cloud.client(iam.IAMClient);
    await admin.send(
      new iam.CreateRoleCommand({
        RoleName: "session",
        AssumeRolePolicyDocument:
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}',
      }),
    );
    const { Credentials } = await cloud.client(sts.STSClient).send(
      new sts.AssumeRoleCommand({
        RoleArn: "arn:aws:iam::000000000000:role/session",
        RoleSessionName: "one",
        DurationSeconds: 900,
      }),
    );
    const session = {
      accessKeyId: Credentials?.AccessKeyId as string,
      secretAccessKey: Credentials?.SecretAccessKey as string,
      sessionToken: Credentials?.SessionToken,
    };
    const whoAmI = (credentials: SigningKey) =>
      cloud.client(sts.STSClient, { credentials }).send(new sts.GetCallerIdentityCommand({}));
    expect((await whoAmI(session)).Arn).toBe("arn:aws:sts::000000000000:assumed-role/session/one");
    for (const sessionToken of [undefined, "another"]) {
      await expect(whoAmI({ ...session, sessionToken })).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    }
    await cloud.clock.advance({ minutes: 15 });
    for (const [Client, command] of [
      [sts.STSClient, new sts.GetCallerIdentityCommand({})],
      [sqs.SQSClient, new sqs.ListQueuesCommand({})],
      [s3.S3Client, new s3.ListBucketsCommand({})],
    ] as const) {
      const client = cloud.client(Client as typeof sts.STSClient, { credentials: session });
      await expect(client.send(command as sts.GetCallerIdentityCommand)).rejects.toMatchObject({
        name: expect.stringMatching(/^ExpiredToken/),
        $metadata: { httpStatusCode: expect.toSatisfy((status: number) => status === 400 || status === 403) },
      });
    }
  });
});

describe("a presigned URL", () => {
  const presign = (credentials: SigningKey, command: s3.GetObjectCommand | s3.PutObjectCommand, expiresIn = 60) =>
    getSignedUrl(cloud.client(s3.S3Client, { credentials }), command, {
      expiresIn,
      signingDate: new Date(cloud.clock.now()),
    });
  const put = (Key: string) => new s3.PutObjectCommand({ Bucket: "signed", Key });
  const get = (Key: string) => new s3.GetObjectCommand({ Bucket: "signed", Key });

  it("stands for its key", async () => {
    expect((await fetch(await presign(key, put("presigned")), { method: "PUT", body: "p" })).status).toBe(200);
    expect(await (await fetch(await presign(key, get("presigned")))).text()).toBe("p");
  });

  it("is refused where the secret is not the key's, and where it was changed", async () => {
    const forged = await fetch(await presign(wrong, put("forged")), { method: "PUT", body: "p" });
    expect(head({ status: forged.status, body: await forged.text() })).toEqual({
      status: 403,
      code: "SignatureDoesNotMatch",
    });
    const url = (await presign(key, put("presigned"))).replace("/presigned?", "/forged?");
    expect((await fetch(url, { method: "PUT", body: "p" })).status).toBe(403);
    expect((await fetch(await presign(key, get("presigned")), { method: "HEAD" })).status).toBe(403);
    await isGone("forged");
  });

  it("expires with the cloud's time", async () => {
    const url = await presign(key, get("presigned"), 120);
    expect((await fetch(url)).status).toBe(200);
    await cloud.clock.advance({ seconds: 121 });
    const late = await fetch(url);
    expect(late.status).toBe(403);
    expect(await late.text()).toContain("<Code>AccessDenied</Code><Message>Request has expired</Message>");
  });

  it.each([
    ["without an expiry", (url: string) => url.replace(/&X-Amz-Expires=\d+/, "")],
    ["that holds for more than a week", (url: string) => url.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=604801")],
    ["with a negative expiry", (url: string) => url.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=-1")],
    ["of another algorithm", (url: string) => url.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1")],
    ["without a signature", (url: string) => url.replace(/&X-Amz-Signature=[0-9a-f]+/, "")],
    ["with half a signature", (url: string) => url.replace(/(X-Amz-Signature=[0-9a-f]{30})[0-9a-f]+/, "$1")],
    ["without a date", (url: string) => url.replace(/&X-Amz-Date=\w+/, "")],
    ["of a day that is none", (url: string) => url.replace(/X-Amz-Date=\w+/, "X-Amz-Date=20269999T999999Z")],
    ["of a credential that is none", (url: string) => url.replace(/X-Amz-Credential=[^&]+/, "X-Amz-Credential=me")],
  ])("is refused %s", async (_name, change) => {
    const answer = await fetch(change(await presign(key, get("presigned"))));
    expect(head({ status: answer.status, body: await answer.text() })).toEqual({
      status: 400,
      code: "AuthorizationQueryParametersError",
    });
  });
});

describe("a URL that is presigned by version 2", () => {
  /** As boto3 makes them, which is tested where there is a boto3. */
  function presign({ accessKeyId, secretAccessKey }: SigningKey, method: string, subresources = "", seconds = 60) {
    const Expires = String(Math.floor(cloud.clock.now() / 1000) + seconds);
    const toSign = [method, "", "", Expires, `/signed/by-url${subresources && `?${subresources}`}`].join("\n");
    const Signature = createHmac("sha1", secretAccessKey).update(toSign).digest("base64");
    const query = new URLSearchParams({ AWSAccessKeyId: accessKeyId, Signature, Expires });
    return `${cloud.endpoint}/signed/by-url?${subresources && `${subresources}&`}${query}`;
  }
  const ask = async (url: string, init?: RequestInit) => {
    const answer = await fetch(url, init);
    return head({ status: answer.status, body: await answer.text() });
  };

  it("stands for its key, whatever is sent", async () => {
    const sent = await fetch(presign(key, "PUT"), { method: "PUT", body: Buffer.from("p") });
    expect(sent.status).toBe(200);
    const answer = await fetch(presign(key, "GET", "response-content-type=a/b"));
    expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([200, "a/b", "p"]);
  });

  it("may be for a bucket that stands in the host", async () => {
    const url = new URL(presign(key, "GET"));
    const path = url.pathname.replace("/signed", "") + url.search;
    const answer = await send(cloud.endpoint, { path, headers: { host: "signed.s3.amazonaws.com" } });
    expect([answer.status, answer.body]).toEqual([200, "p"]);
  });

  it("is refused where the secret is not the key's, where it was changed, and when its time is over", async () => {
    const refused = (code: string) => ({ status: 403, code });
    expect(await ask(presign(wrong, "GET"))).toEqual(refused("SignatureDoesNotMatch"));
    const url = presign(key, "GET", "response-content-type=a/b");
    expect(await ask(url.replace("a/b", "a/c"))).toEqual(refused("SignatureDoesNotMatch"));
    expect(await ask(url, { method: "DELETE" })).toEqual(refused("SignatureDoesNotMatch"));
    expect(await ask(presign(key, "GET", "", -1))).toEqual(refused("AccessDenied"));
    expect(await ask(url.replace(/Expires=\d+/, "Expires=soon"))).toEqual(refused("AccessDenied"));
    await cloud.clock.advance({ seconds: 61 });
    expect(await ask(url)).toEqual(refused("AccessDenied"));
  });
});

describe("a body in signed chunks", () => {
  const chunked = (
    name: string,
    payload: string,
    contents: readonly string[],
    trailer?: [name: string, value: string],
  ): RawRequest => {
    const signer = new Signer(key, "s3");
    const length = Buffer.byteLength(contents.join(""));
    const headers: Record<string, string> = {
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": String(length),
      ...(trailer ? { "x-amz-trailer": trailer[0] } : {}),
    };
    const request = signer.sign(cloud.endpoint, { method: "PUT", path: `/signed/${name}`, headers }, payload);
    return { ...request, body: signer.chunks(request.signature, contents, trailer) };
  };
  const SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  const trailer: [string, string] = ["x-amz-checksum-crc32", "DUoRhQ=="];

  it("is accepted where every signature is right, with a trailer and without", async () => {
    expect(await send(cloud.endpoint, chunked("plain", SIGNED, ["hello ", "world"]))).toMatchObject({ status: 200 });
    expect(await objectOf("plain")).toBe("hello world");
    const withTrailer = chunked("trailer", `${SIGNED}-TRAILER`, ["hello ", "world"], trailer);
    expect(await send(cloud.endpoint, withTrailer)).toMatchObject({ status: 200 });
    expect(await objectOf("trailer")).toBe("hello world");
  });

  it("comes so from the SDK, with an unsigned trailer", async () => {
    const client = cloud.client(s3.S3Client, { credentials: key });
    const Body = Readable.from([Buffer.from("hello "), Buffer.from("world")]);
    await client.send(
      new s3.PutObjectCommand({ Bucket: "signed", Key: "sdk", Body, ContentLength: 11, ChecksumAlgorithm: "CRC32" }),
    );
    expect(await objectOf("sdk")).toBe("hello world");
  });

  it.each([
    ["a chunk was changed", (body: string) => body.replace("hello", "jello")],
    ["a chunk's signature was changed", (body: string) => body.replace(/signature=..../, "signature=0000")],
    ["a chunk has no signature", (body: string) => body.replace(/;chunk-signature=[0-9a-f]+/, "")],
    ["chunks changed places", (body: string) => body.replace(/^(.*?\r\n.*?\r\n)(.*?\r\n.*?\r\n)/, "$2$1")],
    [
      "the last chunk's signature is wrong",
      (body: string) => body.replace(/\r\n0;chunk-signature=..../, "\r\n0;chunk-signature=0000"),
    ],
    ["the trailer was changed", (body: string) => body.replace("DUoRhQ==", "DUoRhA==")],
    ["the trailer's signature is missing", (body: string) => body.replace(/x-amz-trailer-signature:[0-9a-f]+\r\n/, "")],
  ])("is refused where %s, and nothing is written", async (_name, change) => {
    const request = chunked("broken", `${SIGNED}-TRAILER`, ["hello ", "world!"], trailer);
    const answer = await send(cloud.endpoint, { ...request, body: change(request.body as string) });
    expect(head(answer)).toEqual({ status: 403, code: "SignatureDoesNotMatch" });
    await isGone("broken");
  });
});

describe("an Authorization header that is malformed", () => {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const scope = `${day}/us-east-1/sqs/aws4_request`;
  const date = `${day}T000000Z`;
  const signature = "0".repeat(64);
  const whole = `AWS4-HMAC-SHA256 Credential=000000000000/${scope}, SignedHeaders=host, Signature=${signature}`;
  const malformed: Record<string, Record<string, string>> = {
    "has an algorithm only": { authorization: "AWS4-HMAC-SHA256", "x-amz-date": date },
    "has no signature": { authorization: whole.replace(/, Signature.*/, ""), "x-amz-date": date },
    "has no credential": { authorization: whole.replace(/Credential=\S+/, ""), "x-amz-date": date },
    "has no signed headers": { authorization: whole.replace(/SignedHeaders=\S+/, ""), "x-amz-date": date },
    "has a short signature": { authorization: whole.replace(signature, "00"), "x-amz-date": date },
    "has a signature of other characters": {
      authorization: whole.replace(signature, "z".repeat(64)),
      "x-amz-date": date,
    },
    "has a credential of another form": { authorization: whole.replace(scope, "today"), "x-amz-date": date },
    "has a credential of another term": { authorization: whole.replace("aws4_request", "aws5"), "x-amz-date": date },
    "comes without a date": { authorization: whole },
    "comes with a date that is none": { authorization: whole, "x-amz-date": "yesterday" },
    "comes with a day that is none": { authorization: whole, "x-amz-date": "20261399T000000Z" },
    "is of another version": { authorization: "AWS 000000000000:AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "x-amz-date": date },
  };
  const requests: Record<string, RawRequest> = {
    JSON: {
      method: "POST",
      headers: { "x-amz-target": "AmazonSQS.CreateQueue", "content-type": "application/x-amz-json-1.0" },
      body: '{"QueueName":"unsigned"}',
    },
    Query: {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=CreateQueue&Version=2012-11-05&QueueName=unsigned",
    },
    REST: { method: "PUT", path: "/signed/unsigned", body: "x" },
  };
  it.each(Object.keys(malformed).flatMap((name) => Object.keys(requests).map((protocol) => [name, protocol] as const)))(
    "is refused when it %s: %s",
    async (name, protocol) => {
      const request = requests[protocol] as RawRequest;
      const headers = { ...request.headers, ...malformed[name] };
      const answer = await send(cloud.endpoint, { ...request, headers });
      expect(head(answer)).toEqual({ status: 400, code: "IncompleteSignature" });
    },
  );

  it("makes nothing", async () => {
    const { QueueUrls = [] } = await cloud.client(sqs.SQSClient).send(new sqs.ListQueuesCommand({}));
    expect(QueueUrls).toEqual([]);
    await isGone("unsigned");
  });

  it("is taken at its word when it is whole, and its key is none of this cloud's", async () => {
    const answer = await send(cloud.endpoint, {
      ...requests.JSON,
      headers: { ...requests.JSON?.headers, authorization: whole, "x-amz-date": date },
    });
    expect(answer.status).toBe(200);
  });
});
