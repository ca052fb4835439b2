import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { ApiUnderTest, functionUri, mockOf } from "./testing.js";

let cloud: RunningCloud;
let client: sdk.APIGatewayClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.APIGatewayClient);
});
afterAll(() => cloud.close());

describe("TestInvokeMethod", () => {
  it("calls a method that is not deployed", async () => {
    const own = await ApiUnderTest.create(cloud);
    await own.add({ "GET /a/{id}": mockOf("$input.params('id') $input.params('q')") });
    const at = { restApiId: own.id, resourceId: await own.resource("/a/{id}"), httpMethod: "GET" };
    const { status, body, log } = await client.send(
      new sdk.TestInvokeMethodCommand({ ...at, pathWithQueryString: "/a/7?q=x" }),
    );
    expect([status, body]).toEqual([200, "7 x"]);
    expect(log).toMatch(/^Execution log for request [0-9a-f-]{36}\n\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4} : /);
    expect(log).toContain(" : Method request path: {id=7}\n");
    expect(log).toContain(" : Method completed with status: 200\n");
  });
});

describe("TestInvokeAuthorizer", () => {
  it("asks the function about a request, and shows what it said", async () => {
    const api = await ApiUnderTest.create(cloud);
    const source = `exports.handler = async ({ authorizationToken, type }) => {
      if (authorizationToken === "unknown") throw new Error("Unauthorized");
      if (authorizationToken === "broken") return {};
      const Statement = [{ Effect: "Deny", Action: "execute-api:Invoke", Resource: "*" }];
      return { principalId: "me", policyDocument: { Version: "2012-10-17", Statement }, context: { type } };
    };`;
    const { id: authorizerId } = await client.send(
      new sdk.CreateAuthorizerCommand({
        restApiId: api.id,
        name: "a",
        type: "TOKEN",
        identitySource: "method.request.header.Auth",
        authorizerUri: await functionUri(cloud, source),
      }),
    );
    const ask = (headers: Record<string, string>) =>
      client.send(new sdk.TestInvokeAuthorizerCommand({ restApiId: api.id, authorizerId, headers }));
    const said = await ask({ Auth: "x" });
    expect(said).toMatchObject({ clientStatus: 200, principalId: "me", authorization: { type: ["TOKEN"] } });
    expect(JSON.parse(said.policy ?? "").Statement[0].Effect).toBe("Deny");
    expect((await ask({})).clientStatus).toBe(401);
    expect((await ask({ Auth: "unknown" })).clientStatus).toBe(401);
    const { clientStatus, log } = await ask({ Auth: "broken" });
    expect([clientStatus, log]).toEqual([500, expect.stringContaining("Execution failed due to")]);
    const none = client.send(new sdk.TestInvokeAuthorizerCommand({ restApiId: api.id, authorizerId: "none" }));
    await expect(none).rejects.toThrow(sdk.NotFoundException);
  });
});
