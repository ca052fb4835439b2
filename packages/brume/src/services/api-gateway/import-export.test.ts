import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: sdk.APIGatewayClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.APIGatewayClient);
});
afterAll(() => cloud.close());

describe("ImportRestApi, PutRestApi, GetExport", () => {
  const document = (title: string, body: string) => ({
    openapi: "3.0.1",
    info: { title, version: "1" },
    paths: {
      "/pets/{id}": {
        get: {
          parameters: [{ name: "id", in: "path", required: true }],
          responses: { 200: { description: "ok" } },
          "x-amazon-apigateway-integration": {
            type: "mock",
            requestTemplates: { "application/json": '{"statusCode":200}' },
            responses: { default: { statusCode: "200", responseTemplates: { "application/json": body } } },
          },
        },
      },
    },
    components: { schemas: { Pet: { type: "object" } } },
  });
  const bytes = (value: object) => Buffer.from(JSON.stringify(value));

  it("makes an API from its description, and describes it again", async () => {
    const { id, name } = await client.send(new sdk.ImportRestApiCommand({ body: bytes(document("Pets", "one")) }));
    expect(name).toBe("Pets");
    const own = { restApiId: id as string };
    await client.send(new sdk.CreateDeploymentCommand({ ...own, stageName: "prod" }));
    const call = async () => (await fetch(`${cloud.endpoint}/_aws/execute-api/${id}/prod/pets/1`)).text();
    expect(await call()).toBe("one");
    await client.send(new sdk.PutRestApiCommand({ ...own, mode: "overwrite", body: bytes(document("Pets", "two")) }));
    await client.send(new sdk.CreateDeploymentCommand({ ...own, stageName: "prod" }));
    expect(await call()).toBe("two");
    const exported = await client.send(
      new sdk.GetExportCommand({ ...own, stageName: "prod", exportType: "oas30", accepts: "application/json" }),
    );
    const text = Buffer.from(exported.body ?? []).toString();
    expect(JSON.parse(text)).toMatchObject({
      openapi: "3.0.1",
      info: { title: "Pets" },
      paths: { "/pets/{id}": { get: {} } },
      components: { schemas: { Pet: { type: "object" } } },
    });
  });

  it("reads and writes YAML", async () => {
    const { stringify, parse } = await import("yaml");
    const body = Buffer.from(stringify(document("Yaml", "yes")));
    const { id: restApiId } = await client.send(new sdk.ImportRestApiCommand({ body }));
    await client.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "prod" }));
    expect(await (await fetch(`${cloud.endpoint}/_aws/execute-api/${restApiId}/prod/pets/1`)).text()).toBe("yes");
    const wanted = { restApiId, stageName: "prod", exportType: "swagger", accepts: "application/yaml" };
    const exported = await client.send(new sdk.GetExportCommand(wanted));
    expect(exported.contentDisposition).toContain(".yaml");
    expect(parse(Buffer.from(exported.body ?? []).toString())).toMatchObject({ swagger: "2.0", basePath: "/prod" });
  });

  it("takes the version of Swagger as a number, as YAML has it", async () => {
    const swagger = { swagger: 2, info: { title: "Numbered", version: "1" }, paths: {} };
    const { name } = await client.send(new sdk.ImportRestApiCommand({ body: bytes(swagger) }));
    expect(name).toBe("Numbered");
  });

  it("refuses what is no description", async () => {
    await expect(client.send(new sdk.ImportRestApiCommand({ body: bytes({}) }))).rejects.toThrow(
      "Invalid OpenAPI input.",
    );
  });
});

describe("ImportDocumentationParts", () => {
  it("keeps the parts of a description, in place of those of the same place", async () => {
    const { id: restApiId } = await client.send(new sdk.CreateRestApiCommand({ name: "documented" }));
    const documentationParts = [
      { location: { type: "API" }, properties: { description: "all" } },
      { location: { type: "METHOD", path: "/", method: "GET" }, properties: { description: "one" } },
    ];
    const put = (mode: sdk.PutMode, parts: object[]) => {
      const document = { openapi: "3.0.1", "x-amazon-apigateway-documentation": { documentationParts: parts } };
      const body = Buffer.from(JSON.stringify(document));
      return client.send(new sdk.ImportDocumentationPartsCommand({ restApiId, mode, body }));
    };
    const descriptions = async () => {
      const { items = [] } = await client.send(new sdk.GetDocumentationPartsCommand({ restApiId }));
      return items.map(({ properties }) => JSON.parse(properties ?? "").description).sort();
    };
    expect((await put("merge", documentationParts)).ids).toHaveLength(2);
    await put("merge", [{ location: { type: "API" }, properties: { description: "new" } }]);
    expect(await descriptions()).toEqual(["new", "one"]);
    await put("overwrite", documentationParts.slice(0, 1));
    expect(await descriptions()).toEqual(["all"]);
    await expect(put("merge", [{ properties: {} }])).rejects.toThrow(sdk.BadRequestException);
  });
});

describe("ImportApiKeys", () => {
  it("makes the keys that a file lists, and adds them to their plans", async () => {
    const { id: usagePlanId } = await client.send(new sdk.CreateUsagePlanCommand({ name: "p" }));
    const file = `Name,key,description,Enabled,usageplanIds\nfirst,${"a".repeat(20)},"one, ""two""",TRUE,${usagePlanId}\nsecond,${"b".repeat(20)},,false,none\n`;
    const input = { format: "csv" as const, body: Buffer.from(file) };
    await expect(client.send(new sdk.ImportApiKeysCommand({ ...input, failOnWarnings: true }))).rejects.toThrow("none");
    const { ids = [], warnings } = await client.send(new sdk.ImportApiKeysCommand(input));
    expect(warnings).toEqual([expect.stringContaining("the plan does not exist")]);
    const [first, second] = await Promise.all(
      ids.map((apiKey) => client.send(new sdk.GetApiKeyCommand({ apiKey, includeValue: true }))),
    );
    expect(first).toMatchObject({ name: "first", description: 'one, "two"', enabled: true, value: "a".repeat(20) });
    expect(second).toMatchObject({ name: "second", enabled: false });
    const { items } = await client.send(new sdk.GetUsagePlanKeysCommand({ usagePlanId }));
    expect(items?.map(({ id }) => id)).toEqual([ids[0]]);
  });
});
