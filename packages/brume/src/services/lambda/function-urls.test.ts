import { request } from "node:http";
import * as sdk from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
});
afterAll(() => cloud.close());

async function newUrl(source: string, more: Partial<sdk.CreateFunctionUrlConfigCommandInput> = {}): Promise<string> {
  const FunctionName = await functions.create(source);
  const input = { FunctionName, AuthType: "NONE" as const, ...more };
  return (await functions.client.send(new sdk.CreateFunctionUrlConfigCommand(input))).FunctionUrl as string;
}

describe("CreateFunctionUrlConfig, GetFunctionUrlConfig, UpdateFunctionUrlConfig, DeleteFunctionUrlConfig, ListFunctionUrlConfigs", () => {
  it("make, show, change, list and delete a URL", async () => {
    const FunctionName = await functions.create("exports.handler = async () => 'hello';");
    const made = await functions.client.send(
      new sdk.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }),
    );
    expect(made).toMatchObject({ AuthType: "NONE", InvokeMode: "BUFFERED" });
    expect(await (await fetch(made.FunctionUrl as string)).text()).toBe("hello");
    const again = functions.client.send(new sdk.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }));
    await expect(again).rejects.toThrow(sdk.ResourceConflictException);
    await functions.client.send(new sdk.UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: "AWS_IAM" }));
    const shown = await functions.client.send(new sdk.GetFunctionUrlConfigCommand({ FunctionName }));
    expect(shown).toMatchObject({ AuthType: "AWS_IAM", FunctionUrl: made.FunctionUrl });
    expect((await fetch(made.FunctionUrl as string)).status).toBe(403);
    const list = await functions.client.send(new sdk.ListFunctionUrlConfigsCommand({ FunctionName }));
    expect(list.FunctionUrlConfigs).toHaveLength(1);
    await functions.client.send(new sdk.DeleteFunctionUrlConfigCommand({ FunctionName }));
    expect((await fetch(made.FunctionUrl as string)).status).toBe(403);
  });
});

describe("a function URL", () => {
  it("makes an event of the request, and a response of the result", async () => {
    const url = await newUrl(
      "exports.handler = async (event) => ({ statusCode: 201, headers: { 'X-A': 1 }, cookies: ['a=1', 'b=2'], body: JSON.stringify(event) });",
    );
    const response = await fetch(`${url}a%20b?x=1&x=2`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: "c=3; d=4" },
      body: '{"k":1}',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("x-a")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.json()).toMatchObject({
      version: "2.0",
      rawPath: "/a b",
      rawQueryString: "x=1&x=2",
      queryStringParameters: { x: "1,2" },
      cookies: ["c=3", "d=4"],
      headers: { "content-type": "application/json" },
      requestContext: { http: { method: "POST", path: "/a b" }, stage: "$default" },
      body: '{"k":1}',
      isBase64Encoded: false,
    });
  });

  it("carries bytes both ways", async () => {
    const url = await newUrl(
      "exports.handler = async ({ body, isBase64Encoded }) => ({ statusCode: 200, headers: { 'content-type': 'image/png' }, body, isBase64Encoded });",
    );
    const body = new Uint8Array([0, 255, 128]);
    const response = await fetch(url, { method: "POST", body, headers: { "content-type": "image/png" } });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
  });

  it("answers 502 when the function fails", async () => {
    expect((await fetch(await newUrl("exports.handler = async () => { throw 1; };"))).status).toBe(502);
  });

  it("streams what the function writes, while it does", async () => {
    const url = await newUrl(
      "exports.handler = awslambda.streamifyResponse(async (event, stream) => {" +
        "stream = awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { 'x-b': 'y' } });" +
        "stream.write('first '); await new Promise((done) => setTimeout(done, 150)); stream.write('last'); stream.end(); });",
      { InvokeMode: "RESPONSE_STREAM" },
    );
    const chunks: { text: string; at: number }[] = [];
    const response = await fetch(url);
    expect([response.status, response.headers.get("x-b")]).toEqual([202, "y"]);
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      chunks.push({ text: Buffer.from(chunk).toString(), at: performance.now() });
    }
    expect(chunks.map(({ text }) => text).join("")).toBe("first last");
    expect((chunks.at(-1)?.at ?? 0) - (chunks[0]?.at ?? 0)).toBeGreaterThan(100);
  });

  it("is found by host, and answers preflights", async () => {
    const url = await newUrl("exports.handler = async () => 'by host';", {
      Cors: { AllowOrigins: ["https://a.example"], AllowMethods: ["GET"], MaxAge: 5 },
    });
    const [, urlId] = /lambda-url\/([a-z0-9]+)/.exec(url) as RegExpExecArray;
    const text = await new Promise<string>((resolve) => {
      const headers = { host: `${urlId}.lambda-url.us-east-1.on.aws` };
      const sent = request(`${cloud.endpoint}/`, { headers }, async (response) => {
        let body = "";
        for await (const chunk of response) body += chunk;
        resolve(body);
      });
      sent.end();
    });
    expect(text).toBe("by host");
    const headers = { origin: "https://a.example", "access-control-request-method": "GET" };
    const preflight = await fetch(url, { method: "OPTIONS", headers });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://a.example");
    expect(preflight.headers.get("access-control-max-age")).toBe("5");
  });
});
