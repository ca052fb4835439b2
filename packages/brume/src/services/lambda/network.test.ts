import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
let server: Server;
let elsewhere: string;
const received: { method?: string; url?: string; host?: string; body: string }[] = [];

beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method, url: request.url, host: request.headers.host, body });
    response.end("elsewhere");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await cloud.close();
});

const python = { Runtime: "python3.12", Timeout: 20 } as const;

/** The host name of a function URL whose function says what it was asked. */
async function newHost(): Promise<string> {
  const FunctionName = await functions.create(
    "exports.handler = async ({ rawPath, body = '', isBase64Encoded, requestContext: { http } }) => `${http.method} ${rawPath} ${isBase64Encoded ? Buffer.from(body, 'base64') : body}`;",
  );
  const { FunctionUrl = "" } = await functions.client.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }),
  );
  return `${FunctionUrl.split("/").at(-2)}.lambda-url.us-east-1.on.aws`;
}

describe("requests of functions", () => {
  it("reach the cloud by AWS's host names, by https and fetch", async () => {
    const host = await newHost();
    const name = await functions.create({
      "index.mjs":
        "import { get, request } from 'node:https'; import http from 'node:http';" +
        "const read = (ask, ...args) => new Promise((done, fail) => ask(...args, async (response) => { let text = ''; for await (const chunk of response) text += chunk; done(text); }).on('error', fail).end());" +
        "export const handler = async ({ host }) => [" +
        "await read(request, { hostname: host, path: '/1' }), await read(get, `https://${host}/2`), await read(http.request, new URL(`http://${host}/3`), {})," +
        "await (await fetch(`https://${host}/4`)).text()," +
        "await (await fetch(new Request(`https://${host}/5`, { method: 'POST', body: 'x' }))).text()];",
    });
    const { result } = await functions.invoke(name, { host });
    expect(result).toEqual(["GET /1 ", "GET /2 ", "GET /3 ", "GET /4 ", "POST /5 x"]);
  });

  it("reach the cloud by https at its own address, as the CDK's handlers ask", async () => {
    const name = await functions.create(
      "const https = require('https'); exports.handler = () => new Promise((done, fail) => https.request({ hostname: '127.0.0.1', path: '/_aws/nothing', method: 'PUT' }, (response) => { response.resume(); done(response.statusCode); }).on('error', fail).end('x'));",
    );
    expect((await functions.invoke(name)).result).toBeGreaterThanOrEqual(400);
  });

  it("go where they say otherwise", async () => {
    const name = await functions.create("exports.handler = async ({ url }) => (await fetch(url)).text();");
    expect((await functions.invoke(name, { url: elsewhere })).result).toBe("elsewhere");
  });

  it("of Python reach the cloud by https too", async () => {
    const name = await functions.create(
      "import urllib.request\ndef handler(event, context):\n  return urllib.request.urlopen('https://%s/6' % event['host']).read().decode()",
      python,
    );
    expect((await functions.invoke(name, { host: await newHost() })).result).toBe("GET /6 ");
  });

  it("of boto3 reach the cloud as the function's role", async () => {
    const name = await functions.create(
      "import boto3\ndef handler(event, context):\n  return boto3.client('sqs').create_queue(QueueName='from-python')['QueueUrl']",
      python,
    );
    expect((await functions.invoke(name)).result).toContain("/000000000000/from-python");
  });
});

describe("cfn-response", () => {
  const event = () => ({
    StackId: "s",
    RequestId: "r",
    LogicalResourceId: "l",
    ResponseURL: `${elsewhere}/answer?a=b`,
  });

  it("answers CloudFormation for Node.js functions", async () => {
    const name = await functions.create(
      "const response = require('cfn-response'); exports.handler = (event, context) => response.send(event, context, response.SUCCESS, { A: 1 }, 'id');",
    );
    received.length = 0;
    expect((await functions.invoke(name, event())).FunctionError).toBeUndefined();
    const [{ method, url, body } = { body: "{}" }] = received;
    expect([method, url]).toEqual(["PUT", "/answer?a=b"]);
    expect(JSON.parse(body)).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: "id",
      Data: { A: 1 },
      StackId: "s",
    });
  });

  it("answers CloudFormation for Python functions", async () => {
    const name = await functions.create(
      "import cfnresponse\ndef handler(event, context):\n  cfnresponse.send(event, context, cfnresponse.FAILED, {}, reason='why')",
      python,
    );
    received.length = 0;
    expect((await functions.invoke(name, event())).FunctionError).toBeUndefined();
    expect(JSON.parse(received[0]?.body ?? "{}")).toMatchObject({ Status: "FAILED", Reason: "why" });
  });
});
