import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { ApiUnderTest, functionUri, mockOf } from "../testing.js";

let cloud: RunningCloud;
let server: Server;
let base: string;
beforeAll(async () => {
  cloud = await startCloud();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      const body = JSON.stringify({ method, url, extra: headers["x-extra"], body: Buffer.concat(chunks).toString() });
      response.writeHead(url?.includes("fail") ? 503 : 200, { "content-type": "application/json", "x-own": "1" });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await cloud.close();
});

describe("a stage", () => {
  it("prefers text to a variable, and a variable to a greedy one", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({
      "GET /": mockOf("root"),
      "GET /a": mockOf("a"),
      "GET /{id}": mockOf("id $input.params('id')"),
      "ANY /{id}/b": mockOf("id b"),
      "ANY /{proxy+}": mockOf("greedy $input.params('proxy')"),
    });
    await api.deploy();
    expect(await api.text("")).toEqual([200, "root"]);
    expect(await api.text("/")).toEqual([200, "root"]);
    expect(await api.text("/a")).toEqual([200, "a"]);
    expect(await api.text("/z")).toEqual([200, "id z"]);
    expect(await api.text("/z/b", { method: "POST" })).toEqual([200, "id b"]);
    expect(await api.text("/a/c/d")).toEqual([200, "greedy a/c/d"]);
    expect(await api.text("/a", { method: "PUT" })).toEqual([200, "greedy a"]);
  });

  it("serves what was deployed, not what was changed since", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({ "GET /a": mockOf("a") });
    await api.deploy();
    await api.add({ "GET /b": mockOf("b") });
    expect((await api.text("/b"))[0]).toBe(403);
    await api.deploy();
    expect(await api.text("/b")).toEqual([200, "b"]);
  });

  it("refuses a path that it does not have as AWS does", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({ "GET /a": mockOf("a") });
    await api.deploy();
    const response = await fetch(api.url("/none"));
    expect([response.status, await response.text()]).toEqual([403, '{"message":"Missing Authentication Token"}']);
    expect(response.headers.get("x-amzn-errortype")).toBe("MissingAuthenticationTokenException");
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("x-amz-apigw-id")).toBeTruthy();
    expect(response.headers.get("x-amzn-trace-id")).toMatch(/^Root=1-/);
    const elsewhere = await fetch(api.url("/a", "none"));
    expect([elsewhere.status, await elsewhere.text()]).toEqual([403, '{"message":"Forbidden"}']);
  });

  it("answers by host name too", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({ "GET /a": mockOf("a") });
    await api.deploy();
    const { port } = new URL(cloud.endpoint);
    const { request } = await import("node:http");
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { host: `${api.id}.execute-api.us-east-1.amazonaws.com` };
      request({ port, path: "/prod/a", headers }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      })
        .on("error", reject)
        .end();
    });
    expect(text).toBe("a");
  });
});

describe("a MOCK integration", () => {
  it("answers a preflight as the CDK makes it", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({
      "OPTIONS /": {
        integration: { type: "MOCK", requestTemplates: { "application/json": "{ statusCode: 204 }" } },
        responses: {
          204: {
            responseParameters: {
              "method.response.header.Access-Control-Allow-Origin": "'*'",
              "method.response.header.Access-Control-Allow-Methods": "'GET,PUT'",
            },
          },
        },
      },
    });
    await api.deploy();
    const response = await fetch(api.url("/"), { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-methods")).toBe("GET,PUT");
  });

  it("renders its templates with the stage's variables, and lets them override the status", async () => {
    const api = await ApiUnderTest.create(cloud);
    const template = '#set($context.responseOverride.status = 418){"v":"$stageVariables.v","s":"$context.stage"}';
    await api.add({ "GET /": mockOf(template) });
    await api.deploy("prod", { variables: { v: "x" } });
    expect(await api.text("/")).toEqual([418, '{"v":"x","s":"prod"}']);
  });

  it("refuses a content type that no template takes", async () => {
    const api = await ApiUnderTest.create(cloud);
    const mock = mockOf("x");
    mock.integration.passthroughBehavior = "NEVER";
    await api.add({ "POST /": mock });
    await api.deploy();
    const sent = await api.text("/", { method: "POST", headers: { "content-type": "text/csv" }, body: "a" });
    expect(sent).toEqual([415, '{"message":"Unsupported Media Type"}']);
  });
});

describe("an HTTP integration", () => {
  it("hands on method, path, query, headers and body", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({
      "ANY /{proxy+}": {
        integration: {
          type: "HTTP_PROXY",
          integrationHttpMethod: "ANY",
          uri: `${base}/to/{proxy}`,
          requestParameters: {
            "integration.request.path.proxy": "method.request.path.proxy",
            "integration.request.header.X-Extra": "'e'",
          },
        },
        method: { requestParameters: { "method.request.path.proxy": true } },
      },
    });
    await api.deploy();
    const response = await fetch(api.url("/a/b?x=1&x=2"), { method: "PATCH", body: "hi" });
    expect(await response.json()).toEqual({ method: "PATCH", url: "/to/a/b?x=1&x=2", extra: "e", body: "hi" });
    expect(response.headers.get("x-own")).toBe("1");
  });

  it("maps what it sends and what it gets, by the status that it got", async () => {
    const api = await ApiUnderTest.create(cloud);
    await api.add({
      "POST /{to}": {
        integration: {
          type: "HTTP",
          integrationHttpMethod: "PUT",
          uri: `${base}/{to}`,
          requestParameters: { "integration.request.path.to": "method.request.path.to" },
          requestTemplates: { "application/json": "<$input.path('$.a')>" },
        },
        responses: {
          200: {
            responseTemplates: { "application/json": "got $input.path('$.body')" },
            responseParameters: { "method.response.header.X-Own": "integration.response.header.X-Own" },
          },
          502: { selectionPattern: "5\\d\\d", responseTemplates: { "application/json": "failed" } },
        },
      },
    });
    await api.deploy();
    const json = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":"b"}' };
    expect(await api.text("/ok", json)).toEqual([200, "got <b>"]);
    expect(await api.text("/fail", json)).toEqual([502, "failed"]);
    expect((await fetch(api.url("/ok"), json)).headers.get("x-own")).toBe("1");
  });
});

describe("an integration with a service", () => {
  it("sends to a queue what a template makes of the request", async () => {
    const api = await ApiUnderTest.create(cloud);
    const { QueueUrl } = await cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", { QueueName: "from-api" });
    await api.add({
      "POST /": {
        integration: {
          type: "AWS",
          integrationHttpMethod: "POST",
          uri: "arn:aws:apigateway:us-east-1:sqs:path/000000000000/from-api",
          requestParameters: { "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'" },
          requestTemplates: { "application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)" },
        },
        responses: { 200: { responseTemplates: { "application/json": '{"done":true}' } } },
      },
    });
    await api.deploy();
    const sent = await api.text("/", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    expect(sent).toEqual([200, '{"done":true}']);
    const { Messages } = await cloud.call<{ Messages: { Body: string }[] }>("sqs", "ReceiveMessage", { QueueUrl });
    expect(Messages[0]?.Body).toBe("{}");
  });

  it("stands in front of S3, whose answers it hands on", async () => {
    const api = await ApiUnderTest.create(cloud);
    await cloud.call("s3", "CreateBucket", { Bucket: "behind-an-api" });
    const integration = (integrationHttpMethod: string, path: string) => ({
      integration: {
        type: "AWS" as const,
        integrationHttpMethod,
        uri: `arn:aws:apigateway:us-east-1:${path}`,
        requestParameters: { "integration.request.path.key": "method.request.path.item" },
      },
      responses: {
        200: {
          responseParameters: { "method.response.header.Content-Type": "integration.response.header.Content-Type" },
        },
        404: { selectionPattern: "404" },
      },
    });
    await api.add({
      "GET /": integration("GET", "s3:path//behind-an-api"),
      "GET /{item}": integration("GET", "behind-an-api.s3:path/{key}"),
      "PUT /{item}": integration("PUT", "s3:path/behind-an-api/{key}"),
    });
    await api.deploy();
    const put = { method: "PUT", headers: { "content-type": "text/x-note" }, body: "squeak" };
    expect(await api.text("/notes%2Fa%20b", put)).toEqual([200, ""]);
    const read = await fetch(api.url("/notes%2Fa%20b"));
    expect([read.headers.get("content-type"), await read.text()]).toEqual(["text/x-note", "squeak"]);
    expect((await api.text("/"))[1]).toContain("<Key>notes/a b</Key>");
    expect(await api.text("/none")).toEqual([404, expect.stringContaining("<Code>NoSuchKey</Code>")]);
  });
});

describe("a Lambda integration", () => {
  const proxy = (uri: string) => ({ integration: { type: "AWS_PROXY" as const, integrationHttpMethod: "POST", uri } });

  it("hands the function the event that AWS makes", async () => {
    const api = await ApiUnderTest.create(cloud);
    const source = "exports.handler = async (event) => ({ statusCode: 201, body: JSON.stringify(event) });";
    await api.add({ "ANY /items/{id}": proxy(await functionUri(cloud, source)) });
    const deploymentId = await api.deploy("prod", { variables: { v: "1" } });
    const response = await fetch(api.url("/items/7?a=1&a=2&b=x%20y"), {
      method: "POST",
      headers: { "X-Custom": "c", "content-type": "text/plain" },
      body: "hello",
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("application/json");
    const event = (await response.json()) as Record<string, unknown>;
    expect(Object.keys(event)).toEqual([
      "resource",
      "path",
      "httpMethod",
      "headers",
      "multiValueHeaders",
      "queryStringParameters",
      "multiValueQueryStringParameters",
      "pathParameters",
      "stageVariables",
      "requestContext",
      "body",
      "isBase64Encoded",
    ]);
    expect(event).toMatchObject({
      resource: "/items/{id}",
      path: "/items/7",
      httpMethod: "POST",
      queryStringParameters: { a: "2", b: "x y" },
      multiValueQueryStringParameters: { a: ["1", "2"], b: ["x y"] },
      pathParameters: { id: "7" },
      stageVariables: { v: "1" },
      body: "hello",
      isBase64Encoded: false,
      requestContext: {
        accountId: "000000000000",
        apiId: api.id,
        deploymentId,
        stage: "prod",
        path: "/prod/items/7",
        resourcePath: "/items/{id}",
        protocol: "HTTP/1.1",
        domainName: `${api.id}.execute-api.us-east-1.amazonaws.com`,
        identity: { sourceIp: "127.0.0.1", userArn: null },
      },
    });
  });

  it("gives null where there is nothing, and base64 for binary media types", async () => {
    const api = await ApiUnderTest.create(cloud, { binaryMediaTypes: ["image/png"] });
    const source = "exports.handler = async (event) => ({ body: JSON.stringify(event) });";
    await api.add({ "ANY /": proxy(await functionUri(cloud, source)) });
    await api.deploy();
    const event = JSON.parse((await api.text("/"))[1]) as Record<string, unknown>;
    expect(event).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      body: null,
    });
    const png = { method: "POST", headers: { "content-type": "image/png" }, body: new Uint8Array([1, 2]) };
    expect(JSON.parse((await api.text("/", png))[1])).toMatchObject({ body: "AQI=", isBase64Encoded: true });
  });

  it("answers 502 for what a function must not answer", async () => {
    const api = await ApiUnderTest.create(cloud);
    const source = `exports.handler = async ({ path }) => {
      if (path === "/throw") throw new Error("no");
      return { "/text": "text", "/extra": { statusCode: 200, more: 1 }, "/status": { statusCode: "x" }, "/body": { body: {} } }[path];
    };`;
    await api.add({ "ANY /{proxy+}": proxy(await functionUri(cloud, source)) });
    await api.deploy();
    for (const path of ["/throw", "/text", "/extra", "/status", "/body"]) {
      expect([path, ...(await api.text(path))]).toEqual([path, 502, '{"message": "Internal server error"}']);
    }
  });

  it("answers 504 when a function takes too long", async () => {
    const api = await ApiUnderTest.create(cloud);
    const source = "exports.handler = () => new Promise((done) => setTimeout(done, 2500));";
    const slow = proxy(await functionUri(cloud, source));
    await api.add({ "GET /": { integration: { ...slow.integration, timeoutInMillis: 100 } } });
    await api.deploy();
    expect(await api.text("/")).toEqual([504, '{"message": "Endpoint request timed out"}']);
  });

  it("maps what a function gets and gives, and finds errors by their message", async () => {
    const api = await ApiUnderTest.create(cloud);
    const source = `exports.handler = async (event) => {
      if (event.name === "bad") throw new Error("[BadRequest] no");
      return { greeting: "hello " + event.name };
    };`;
    await api.add({
      "POST /": {
        integration: {
          type: "AWS",
          integrationHttpMethod: "POST",
          uri: await functionUri(cloud, source),
          requestTemplates: { "application/json": '{"name": $input.json("$.who")}' },
        },
        responses: {
          200: { responseTemplates: { "application/json": "$input.path('$.greeting')" } },
          400: {
            selectionPattern: "\\[BadRequest\\].*",
            responseTemplates: { "application/json": "$input.path('$.errorMessage')" },
          },
        },
      },
    });
    await api.deploy();
    const post = (who: string) => ({
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ who }),
    });
    expect(await api.text("/", post("you"))).toEqual([200, "hello you"]);
    expect(await api.text("/", post("bad"))).toEqual([400, "[BadRequest] no"]);
  });
});
