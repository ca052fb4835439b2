import { createSign, generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { ApiUnderTest, functionArn } from "../testing.js";

let cloud: RunningCloud;
let client: sdk.ApiGatewayV2Client;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.ApiGatewayV2Client);
});
afterAll(() => cloud.close());

const SHOW = "exports.handler = async (e) => e.requestContext.authorizer ?? 'none';";

async function guarded(
  authorizer: Partial<sdk.CreateAuthorizerCommandInput>,
  route: Partial<sdk.CreateRouteCommandInput>,
  more: Partial<sdk.CreateIntegrationCommandInput> = {},
): Promise<{ api: ApiUnderTest; authorizerId: string }> {
  const api = await ApiUnderTest.http(cloud);
  const { AuthorizerId = "" } = await client.send(
    new sdk.CreateAuthorizerCommand({
      ApiId: api.id,
      Name: "guard",
      AuthorizerType: "REQUEST",
      IdentitySource: ["$request.header.Authorization"],
      AuthorizerPayloadFormatVersion: "2.0",
      ...authorizer,
    }),
  );
  const target = await api.integration({ IntegrationUri: await functionArn(cloud, SHOW), ...more });
  await api.route("GET /a/{x}", target, { AuthorizationType: "CUSTOM", AuthorizerId, ...route });
  return { api, authorizerId: AuthorizerId };
}

describe("a JWT authorizer", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  let server: Server;
  let issuer: string;
  let fetched = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      fetched++;
      const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }];
      const document = request.url?.endsWith("openid-configuration")
        ? { issuer, jwks_uri: `${issuer}/keys` }
        : { keys };
      response.end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  function token(claims: object, header: object = { alg: "RS256", kid: "one" }): string {
    const now = Math.floor(cloud.clock.now() / 1000);
    const text = `${encoded(header)}.${encoded({ iss: issuer, aud: "app", exp: now + 3600, sub: "me", ...claims })}`;
    return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
  }

  it("lets tokens of its issuer through, and functions see their claims", async () => {
    const { api } = await guarded(
      {
        AuthorizerType: "JWT",
        AuthorizerPayloadFormatVersion: undefined,
        JwtConfiguration: { Issuer: issuer, Audience: ["app"] },
      },
      { AuthorizationType: "JWT", AuthorizationScopes: ["read", "admin"] },
    );
    const call = async (Authorization?: string) => {
      const response = await fetch(`${api.endpoint}/a/1`, { headers: Authorization ? { Authorization } : {} });
      return [response.status, response.headers.get("www-authenticate"), await response.json()];
    };
    const good = token({ scope: "read write", groups: ["a", "b"], n: 1 });
    expect(await call(`Bearer ${good}`)).toEqual([
      200,
      null,
      { jwt: { claims: expect.objectContaining({ sub: "me", groups: "[a b]", n: "1" }), scopes: ["read"] } },
    ]);
    expect((await call(good))[0]).toBe(200);
    expect(fetched).toBe(2);
    const unauthorized = { message: "Unauthorized" };
    expect(await call()).toEqual([401, "Bearer", unauthorized]);
    expect(await call("nonsense")).toMatchObject([401, expect.stringContaining("invalid_token"), unauthorized]);
    expect(await call(token({ aud: "other" }))).toMatchObject([
      401,
      expect.stringContaining("valid audience"),
      unauthorized,
    ]);
    expect((await call(token({ iss: "https://other" })))[0]).toBe(401);
    expect((await call(token({ nbf: cloud.clock.now() / 1000 + 60 })))[0]).toBe(401);
    expect((await call(token({ scope: "read" }, { alg: "none", kid: "one" })))[0]).toBe(401);
    expect((await call(token({ scope: "read" }, { alg: "RS256", kid: "two" })))[0]).toBe(401);
    expect((await call(`${good.slice(0, -4)}AAAA`))[0]).toBe(401);
    expect(await call(token({ scope: "write" }))).toEqual([
      403,
      'Bearer scope="read admin" error="insufficient_scope"',
      { message: "Forbidden" },
    ]);
    await cloud.clock.advance({ hours: 2 });
    expect(await call(good)).toMatchObject([401, expect.stringContaining("expired"), unauthorized]);
  });

  it("refuses tokens of an issuer that cannot be reached", async () => {
    const { api } = await guarded(
      { AuthorizerType: "JWT", JwtConfiguration: { Issuer: "http://127.0.0.1:1", Audience: ["app"] } },
      { AuthorizationType: "JWT" },
    );
    const headers = { Authorization: token({ iss: "http://127.0.0.1:1" }) };
    expect(await api.text("/a/1", { headers })).toEqual([401, '{"message":"Unauthorized"}']);
  });
});

describe("a Lambda authorizer", () => {
  const simple = `let calls = 0;
    exports.handler = async (event) => {
      calls++;
      const [token] = event.identitySource;
      if (token === "unknown") throw new Error("Unauthorized");
      if (token === "broken") return {};
      return { isAuthorized: token !== "deny", context: { calls, arn: event.routeArn, version: event.version, key: event.routeKey } };
    };`;

  it("decides by a simple response, which holds for a while", async () => {
    const { api } = await guarded(
      {
        AuthorizerUri: await functionArn(cloud, simple),
        EnableSimpleResponses: true,
        AuthorizerResultTtlInSeconds: 60,
      },
      {},
    );
    const call = (Authorization: string) => api.text("/a/1", { headers: { Authorization } });
    const lambda = {
      calls: 1,
      arn: `arn:aws:execute-api:us-east-1:000000000000:${api.id}/$default/GET/a/1`,
      version: "2.0",
      key: "GET /a/{x}",
    };
    expect(JSON.parse((await call("good"))[1])).toEqual({ lambda });
    expect(JSON.parse((await call("good"))[1])).toEqual({ lambda });
    await cloud.clock.advance({ seconds: 61 });
    expect(JSON.parse((await call("good"))[1])).toEqual({ lambda: { ...lambda, calls: 2 } });
    expect(await api.text("/a/1")).toEqual([401, '{"message":"Unauthorized"}']);
    expect(await call("unknown")).toEqual([401, '{"message":"Unauthorized"}']);
    expect(await call("deny")).toEqual([403, '{"message":"Forbidden"}']);
    expect(await call("broken")).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it("decides by a policy", async () => {
    const source = `exports.handler = async (event) => ({
      principalId: "p",
      policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke",
        Resource: event.authorizationToken === "one" ? event.methodArn : event.methodArn.replace("a/1", "a/2") }] },
      context: { type: event.type, source: event.identitySource },
    });`;
    const { api } = await guarded(
      {
        AuthorizerUri: await functionArn(cloud, source),
        AuthorizerPayloadFormatVersion: "1.0",
        IdentitySource: ["$request.querystring.key"],
      },
      {},
    );
    expect(await api.json("/a/1?key=one")).toEqual({ lambda: { principalId: "p", type: "REQUEST", source: "one" } });
    expect(await api.text("/a/1?key=two")).toEqual([403, '{"message":"Forbidden"}']);
    expect(await api.text("/a/1")).toEqual([401, '{"message":"Unauthorized"}']);
  });
});

describe("ResetAuthorizersCache", () => {
  it("forgets what the authorizers of a stage have said", async () => {
    const source = "let n = 0; exports.handler = async () => ({ isAuthorized: true, context: { n: ++n } });";
    const { api } = await guarded(
      {
        AuthorizerUri: await functionArn(cloud, source),
        EnableSimpleResponses: true,
        AuthorizerResultTtlInSeconds: 60,
      },
      {},
    );
    const call = async () => (await api.json("/a/1", { headers: { Authorization: "x" } })).lambda.n;
    expect([await call(), await call()]).toEqual([1, 1]);
    await client.send(new sdk.ResetAuthorizersCacheCommand({ ApiId: api.id, StageName: "$default" }));
    expect(await call()).toBe(2);
  });
});

describe("IAM authorization", () => {
  it("wants a signed request", async () => {
    const api = await ApiUnderTest.http(cloud);
    const target = await api.integration({ IntegrationUri: await functionArn(cloud, SHOW) });
    await api.route("GET /", target, { AuthorizationType: "AWS_IAM" });
    expect(await api.text("/")).toEqual([403, '{"message":"Forbidden"}']);
    const Authorization =
      "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=" +
      "0".repeat(64);
    expect(await api.json("/", { headers: { Authorization, "X-Amz-Date": "20260101T000000Z" } })).toMatchObject({
      iam: { accountId: "000000000000", userArn: "arn:aws:iam::000000000000:root" },
    });
  });
});
