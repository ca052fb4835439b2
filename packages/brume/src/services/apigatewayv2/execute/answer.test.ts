import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { ApiUnderTest, ECHO, functionArn } from "../testing.js";

let cloud: RunningCloud;
let client: sdk.ApiGatewayV2Client;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.ApiGatewayV2Client);
});
afterAll(() => cloud.close());

describe("a Lambda proxy integration of format 2.0", () => {
  it("makes an event of the request", async () => {
    const api = await ApiUnderTest.http(cloud);
    await api.routesTo(ECHO, ["POST /pets/{id}"]);
    const event = await api.json("/pets/a%20b?x=1&x=2&y=3", {
      method: "POST",
      headers: { "content-type": "application/json", cookie: "a=1; b=2", "X-Custom": "c" },
      body: '{"k":1}',
    });
    expect(event).toEqual({
      version: "2.0",
      routeKey: "POST /pets/{id}",
      rawPath: "/pets/a b",
      rawQueryString: "x=1&x=2&y=3",
      cookies: ["a=1", "b=2"],
      headers: expect.objectContaining({
        "content-length": "7",
        "content-type": "application/json",
        "x-custom": "c",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
      }),
      queryStringParameters: { x: "1,2", y: "3" },
      requestContext: {
        accountId: "000000000000",
        apiId: api.id,
        domainName: `${api.id}.execute-api.us-east-1.amazonaws.com`,
        domainPrefix: api.id,
        http: {
          method: "POST",
          path: "/pets/a b",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: expect.any(String),
        },
        requestId: expect.stringMatching(/^.{15}=$/),
        routeKey: "POST /pets/{id}",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      pathParameters: { id: "a b" },
      body: '{"k":1}',
      isBase64Encoded: false,
    });
    expect(event.headers.cookie).toBeUndefined();
  });

  it("carries bodies that are no text as base64, and bytes back", async () => {
    const api = await ApiUnderTest.http(cloud);
    await api.routesTo(ECHO, ["POST /"]);
    await api.routesTo(
      "exports.handler = async (e) => ({ statusCode: 201, headers: { 'Content-Type': 'image/png', 'X-A': 1 }, cookies: ['a=1', 'b=2'], body: e.body, isBase64Encoded: true });",
      ["POST /bytes"],
    );
    const form = await api.json("/", { method: "POST", body: new URLSearchParams({ a: "b" }) });
    expect([form.body, form.isBase64Encoded]).toEqual([Buffer.from("a=b").toString("base64"), true]);
    const body = new Uint8Array([0, 255, 128]);
    const headers = { "content-type": "application/octet-stream" };
    const response = await fetch(`${api.endpoint}/bytes`, { method: "POST", body, headers });
    expect([response.status, response.headers.get("x-a")]).toEqual([201, "1"]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
  });

  it("infers a response where there is no status code", async () => {
    const api = await ApiUnderTest.http(cloud);
    await api.routesTo("exports.handler = async (e) => JSON.parse(e.body);", ["POST /"]);
    const answer = async (value: unknown) => {
      const body = JSON.stringify(value);
      const response = await fetch(`${api.endpoint}/`, { method: "POST", body });
      return [response.status, response.headers.get("content-type"), await response.text()];
    };
    expect(await answer("hello")).toEqual([200, "application/json", "hello"]);
    expect(await answer({ a: 1 })).toEqual([200, "application/json", '{"a":1}']);
    expect(await answer({ statusCode: 202, body: "x" })).toEqual([202, "text/plain;charset=UTF-8", "x"]);
    expect(await answer({ statusCode: "often" })).toEqual([
      500,
      "application/json",
      '{"message":"Internal Server Error"}',
    ]);
  });
});

describe("a Lambda proxy integration of format 1.0", () => {
  it("makes an event of the request, and expects a whole response", async () => {
    const api = await ApiUnderTest.http(cloud);
    const source =
      "exports.handler = async (e) => e.path.endsWith('bare') ? { a: 1 } : ({ statusCode: 200, multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] }, body: JSON.stringify(e) });";
    await api.routesTo(source, ["ANY /x/{proxy+}"], { PayloadFormatVersion: "1.0" });
    const response = await fetch(`${api.endpoint}/x/y/z?q=1&q=2`, { headers: { "X-A": "b" } });
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.json()).toMatchObject({
      version: "1.0",
      resource: "/x/{proxy+}",
      path: "/x/y/z",
      httpMethod: "GET",
      queryStringParameters: { q: "2" },
      multiValueQueryStringParameters: { q: ["1", "2"] },
      pathParameters: { proxy: "y/z" },
      stageVariables: null,
      requestContext: { resourcePath: "/x/{proxy+}", stage: "$default", identity: { sourceIp: "127.0.0.1" } },
      body: null,
      isBase64Encoded: false,
    });
    expect(await api.text("/x/bare")).toEqual([500, '{"message":"Internal Server Error"}']);
  });
});

describe("a route", () => {
  it("is chosen by how closely it says what the request is", async () => {
    const api = await ApiUnderTest.http(cloud);
    const keys = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "ANY /pets/{x}/{y}"];
    await api.routesTo("exports.handler = async (e) => e.routeKey;", keys);
    const chosen = async (path: string, method = "GET") => (await api.text(path, { method }))[1];
    expect(await chosen("/pets/dog/1")).toBe("GET /pets/dog/1");
    expect(await chosen("/pets/dog/2")).toBe("GET /pets/dog/{id}");
    expect(await chosen("/pets/cat/2")).toBe("ANY /pets/{x}/{y}");
    expect(await chosen("/pets/dog/2", "POST")).toBe("ANY /pets/{x}/{y}");
    expect(await chosen("/pets/a/b/c")).toBe("GET /pets/{proxy+}");
    expect(await chosen("/other", "PUT")).toBe("ANY /{proxy+}");
    expect(await api.text("/")).toEqual([404, '{"message":"Not Found"}']);
    await api.routesTo("exports.handler = async (e) => e.routeKey;", ["$default"]);
    expect(await chosen("/")).toBe("$default");
  });
});

describe("a named stage", () => {
  it("is the first segment of the path, and serves what was deployed to it", async () => {
    const api = await ApiUnderTest.create(cloud, { ProtocolType: "HTTP" });
    await api.routesTo("exports.handler = async (e) => [e.rawPath, e.stageVariables, e.requestContext.stage];", [
      "GET /a",
    ]);
    const { DeploymentId } = await client.send(new sdk.CreateDeploymentCommand({ ApiId: api.id }));
    const StageVariables = { v: "1" };
    await client.send(new sdk.CreateStageCommand({ ApiId: api.id, StageName: "prod", DeploymentId, StageVariables }));
    expect(await api.json("/prod/a")).toEqual(["/prod/a", { v: "1" }, "prod"]);
    await api.routesTo(ECHO, ["GET /b"]);
    expect(await api.text("/prod/b")).toEqual([404, '{"message":"Not Found"}']);
    expect(await api.text("/a")).toEqual([404, '{"message":"Not Found"}']);
    await client.send(new sdk.CreateDeploymentCommand({ ApiId: api.id, StageName: "prod" }));
    expect((await api.text("/prod/b"))[0]).toBe(200);
  });
});

describe("a failing integration", () => {
  it("is answered by the gateway", async () => {
    const api = await ApiUnderTest.http(cloud);
    await api.routesTo("exports.handler = async () => { throw new Error('no'); };", ["GET /throws"]);
    await api.routesTo("exports.handler = () => new Promise((done) => setTimeout(done, 3000));", ["GET /slow"], {
      TimeoutInMillis: 60,
    });
    await api.route("GET /none");
    const target = await api.integration({ IntegrationUri: "arn:aws:lambda:us-east-1:000000000000:function:gone" });
    await api.route("GET /gone", target);
    const broken = [500, '{"message":"Internal Server Error"}'];
    expect(await api.text("/throws")).toEqual(broken);
    expect(await api.text("/none")).toEqual(broken);
    expect(await api.text("/gone")).toEqual(broken);
    expect(await api.text("/slow")).toEqual([503, '{"message":"Service Unavailable"}']);
  });
});

describe("CORS", () => {
  it("answers preflights, and marks answers, as configured", async () => {
    const api = await ApiUnderTest.http(cloud, {
      CorsConfiguration: {
        AllowOrigins: ["https://a.example"],
        AllowMethods: ["GET", "POST"],
        AllowHeaders: ["x-a"],
        ExposeHeaders: ["x-b"],
        AllowCredentials: true,
        MaxAge: 10,
      },
    });
    const source =
      "exports.handler = async (e) => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'mine' }, body: e.requestContext.http.method });";
    await api.routesTo(source, ["GET /", "ANY /any"]);
    const ask = (path: string, method: string, origin: string) =>
      fetch(api.endpoint + path, { method, headers: { origin, "access-control-request-method": "GET" } });
    for (const path of ["/", "/any", "/nowhere"]) {
      const preflight = await ask(path, "OPTIONS", "https://a.example");
      expect(preflight.status).toBe(204);
      expect(Object.fromEntries(preflight.headers)).toMatchObject({
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "x-a",
        "access-control-allow-credentials": "true",
        "access-control-max-age": "10",
      });
    }
    const refused = await ask("/", "OPTIONS", "https://b.example");
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([204, null]);
    const answer = await ask("/", "GET", "https://a.example");
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://a.example");
    expect(answer.headers.get("access-control-expose-headers")).toBe("x-b");
    expect((await ask("/", "GET", "https://b.example")).headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("an HTTP proxy integration", () => {
  it("sends the request on, changed as the mappings say, and the answer back", async () => {
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.writeHead(201, { "X-Up": "1", "X-Drop": "2" });
      response.end(JSON.stringify({ url: request.url, method: request.method, headers: request.headers, body }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const api = await ApiUnderTest.http(cloud);
      const target = await api.integration({
        IntegrationType: "HTTP_PROXY",
        IntegrationMethod: "ANY",
        IntegrationUri: `${base}/up/{proxy}`,
        RequestParameters: {
          "append:header.x-name": "$request.body.name",
          "overwrite:querystring.q": "static-${request.path.proxy}",
          "remove:header.x-secret": "''",
        },
        ResponseParameters: {
          "201": {
            "overwrite:statuscode": "202",
            "append:header.x-more": "$response.header.x-up",
            "remove:header.x-drop": "''",
          },
        },
      });
      await api.route("POST /{proxy+}", target);
      const rewritten = await api.integration({
        IntegrationType: "HTTP_PROXY",
        IntegrationMethod: "GET",
        IntegrationUri: base,
        RequestParameters: { "overwrite:path": "/new/${request.path.x}", "append:querystring.c": "$context.routeKey" },
      });
      await api.route("GET /r/{x}", rewritten);
      const response = await fetch(`${api.endpoint}/a/b?q=1&r=2`, {
        method: "POST",
        headers: { "X-Secret": "s", "content-type": "application/json" },
        body: '{"name":"n"}',
      });
      expect(response.status).toBe(202);
      expect([response.headers.get("x-more"), response.headers.get("x-drop")]).toEqual(["1", null]);
      const seen = (await response.json()) as { headers: Record<string, string> };
      expect(seen).toMatchObject({ url: "/up/a/b?r=2&q=static-a%2Fb", method: "POST", body: '{"name":"n"}' });
      expect(seen.headers["x-name"]).toBe("n");
      expect(seen.headers["x-secret"]).toBeUndefined();
      expect(seen.headers.forwarded).toContain("for=127.0.0.1");
      expect((await api.json("/r/7")).url).toBe("/new/7?c=GET+%2Fr%2F%7Bx%7D");
    } finally {
      server.close();
    }
    const api = await ApiUnderTest.http(cloud);
    const target = await api.integration({
      IntegrationType: "HTTP_PROXY",
      IntegrationMethod: "ANY",
      IntegrationUri: "http://127.0.0.1:1/",
    });
    await api.route("GET /", target);
    expect(await api.text("/")).toEqual([503, '{"message":"Service Unavailable"}']);
  });
});

describe("an integration with a service", () => {
  it("performs the action with parameters from the request", async () => {
    const { QueueUrl } = await cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", { QueueName: "from-api" });
    const api = await ApiUnderTest.http(cloud);
    const target = await api.integration({
      IntegrationSubtype: "SQS-SendMessage",
      CredentialsArn: "arn:aws:iam::000000000000:role/api",
      RequestParameters: { QueueUrl, MessageBody: "$request.body.text", DelaySeconds: "0" },
    });
    await api.route("POST /", target);
    const sent = await api.json("/", { method: "POST", body: '{"text":"hi"}' });
    expect(sent.MessageId).toMatch(/-/);
    const { Messages } = await cloud.call<{ Messages: { Body: string }[] }>("sqs", "ReceiveMessage", { QueueUrl });
    expect(Messages.map(({ Body }) => Body)).toEqual(["hi"]);
    expect(await api.text("/", { method: "POST", body: "{}" })).toEqual([400, '{"message":"Bad Request"}']);
  });

  it("says clearly what is not there", async () => {
    const api = await ApiUnderTest.http(cloud);
    const target = await api.integration({
      IntegrationSubtype: "AppConfig-GetConfiguration",
      CredentialsArn: "arn:aws:iam::000000000000:role/api",
      RequestParameters: { Application: "a", Environment: "b", Configuration: "c", ClientId: "d" },
    });
    await api.route("GET /", target);
    const [status, body] = await api.text("/");
    expect(status).toBe(501);
    expect(body).toContain("appconfig");
  });
});

describe("an access log", () => {
  it("gets a line for each request", async () => {
    const api = await ApiUnderTest.create(cloud, { ProtocolType: "HTTP" });
    await api.routesTo("exports.handler = async () => 'abc';", ["GET /"]);
    await cloud.call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "http-access" });
    await api.stage("$default", {
      AutoDeploy: true,
      AccessLogSettings: {
        DestinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:http-access",
        Format:
          "$context.httpMethod $context.routeKey $context.status $context.responseLength $context.error.message $context.integrationStatus",
      },
    });
    await api.text("/");
    await api.text("/none");
    const { events } = await cloud.call<{ events: { message: string }[] }>("cloudwatch-logs", "FilterLogEvents", {
      logGroupName: "http-access",
    });
    expect(events.map(({ message }) => message)).toEqual(["GET GET / 200 3 - 200", "GET - 404 23 Not Found -"]);
  });
});

describe("an API that is not to be reached by its own address", () => {
  it("is not found", async () => {
    const api = await ApiUnderTest.http(cloud, { DisableExecuteApiEndpoint: true });
    await api.routesTo(ECHO, ["GET /"]);
    expect(await api.text("/")).toEqual([404, '{"message":"Not Found"}']);
  });
});

describe("quick create", () => {
  it("makes an API that works at once", async () => {
    const Target = await functionArn(cloud, "exports.handler = async (e) => e.routeKey;");
    const api = await ApiUnderTest.create(cloud, { ProtocolType: "HTTP", Target });
    expect(await api.text("/any/thing")).toEqual([200, "$default"]);
    await client.send(new sdk.UpdateApiCommand({ ApiId: api.id, RouteKey: "GET /q" }));
    expect(await api.text("/q")).toEqual([200, "GET /q"]);
    expect((await api.text("/any"))[0]).toBe(404);
  });
});

describe("throttling", () => {
  it("lets a burst through, and then what the rate allows, for all routes and for one", async () => {
    const api = await (await ApiUnderTest.http(cloud)).routesTo(ECHO, ["GET /a", "GET /b"]);
    await client.send(
      new sdk.UpdateStageCommand({
        ApiId: api.id,
        StageName: "$default",
        DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 },
        RouteSettings: { "GET /b": { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 } },
      }),
    );
    cloud.clock.pause();
    const status = async (path: string) => (await api.text(path))[0];
    expect([await status("/a"), await status("/a"), await status("/a")]).toEqual([200, 200, 429]);
    expect([await status("/b"), await status("/b")]).toEqual([200, 429]);
    expect(await api.text("/a")).toEqual([429, '{"message":"Too Many Requests"}']);
    await cloud.clock.advance({ seconds: 1 });
    expect([await status("/a"), await status("/a")]).toEqual([200, 429]);
    cloud.clock.resume();
  });
});
