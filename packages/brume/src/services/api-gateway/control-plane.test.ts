import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { ApiUnderTest, mockOf } from "./testing.js";

let cloud: RunningCloud;
let client: sdk.APIGatewayClient;
let api: ApiUnderTest;
let restApiId: string;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.APIGatewayClient);
  api = await ApiUnderTest.create(cloud);
  restApiId = api.id;
  await api.add({ "GET /": mockOf("x") });
  await api.deploy();
});
afterAll(() => cloud.close());

const replace = (path: string, value: string) => ({ patchOperations: [{ op: "replace" as const, path, value }] });

describe("CreateRestApi, GetRestApi, GetRestApis, UpdateRestApi, DeleteRestApi", () => {
  it("keeps an API until it is deleted", async () => {
    const { id, rootResourceId } = await client.send(new sdk.CreateRestApiCommand({ name: "a", tags: { k: "v" } }));
    const get = () => client.send(new sdk.GetRestApiCommand({ restApiId: id }));
    expect(await get()).toMatchObject({ name: "a", rootResourceId, tags: { k: "v" }, apiKeySource: "HEADER" });
    await client.send(
      new sdk.UpdateRestApiCommand({
        restApiId: id,
        patchOperations: [
          { op: "replace", path: "/name", value: "b" },
          { op: "add", path: "/binaryMediaTypes/image~1png" },
          { op: "replace", path: "/endpointConfiguration/types/EDGE", value: "REGIONAL" },
          { op: "replace", path: "/minimumCompressionSize", value: "10" },
        ],
      }),
    );
    expect(await get()).toMatchObject({
      name: "b",
      binaryMediaTypes: ["image/png"],
      endpointConfiguration: { types: ["REGIONAL"] },
      minimumCompressionSize: 10,
    });
    const { items } = await client.send(new sdk.GetRestApisCommand({}));
    expect(items?.map((one) => one.id)).toContain(id);
    await client.send(new sdk.DeleteRestApiCommand({ restApiId: id }));
    await expect(get()).rejects.toMatchObject({
      name: "NotFoundException",
      message: `Invalid API identifier specified 000000000000:${id}`,
    });
  });

  it("refuses a patch path that it does not know", async () => {
    const updating = client.send(new sdk.UpdateRestApiCommand({ restApiId, ...replace("/nonsense", "1") }));
    await expect(updating).rejects.toThrow(
      "Invalid patch path  '/nonsense' specified for op 'replace'. Must be one of:",
    );
  });
});

describe("CreateResource, GetResource, GetResources, UpdateResource, DeleteResource", () => {
  it("keeps a tree of paths", async () => {
    const tree = await ApiUnderTest.create(cloud);
    const a = await tree.resource("/a");
    const b = await tree.resource("/a/{b}");
    const path = async (resourceId: string) =>
      (await client.send(new sdk.GetResourceCommand({ restApiId: tree.id, resourceId }))).path;
    expect(await path(b)).toBe("/a/{b}");
    await client.send(
      new sdk.UpdateResourceCommand({ restApiId: tree.id, resourceId: a, ...replace("/pathPart", "z") }),
    );
    expect(await path(b)).toBe("/z/{b}");
    await client.send(new sdk.DeleteResourceCommand({ restApiId: tree.id, resourceId: a }));
    const { items } = await client.send(new sdk.GetResourcesCommand({ restApiId: tree.id }));
    expect(items?.map((one) => one.path)).toEqual(["/"]);
  });

  it("refuses names that are taken, wrong, or below a greedy one", async () => {
    const tree = await ApiUnderTest.create(cloud);
    const create = (parentId: string, pathPart: string) =>
      client.send(new sdk.CreateResourceCommand({ restApiId: tree.id, parentId, pathPart }));
    const root = await tree.resource("");
    await create(root, "x");
    await expect(create(root, "x")).rejects.toMatchObject({
      name: "ConflictException",
      message: "Another resource with the same parent already has this name: x",
    });
    await expect(create(root, "a/b")).rejects.toThrow("Resource's path part only allow");
    await create(root, "{v}");
    await expect(create(root, "{w}")).rejects.toThrow("A sibling ({v}) of this resource already has a variable");
    const greedy = await tree.resource("/{proxy+}");
    await expect(create(greedy, "y")).rejects.toThrow("greedy path variable");
  });
});

describe("PutMethod, GetMethod, UpdateMethod, DeleteMethod, PutMethodResponse, GetMethodResponse, UpdateMethodResponse, DeleteMethodResponse", () => {
  it("keeps a method and its responses", async () => {
    const at = { restApiId, resourceId: await api.resource("/method"), httpMethod: "POST" };
    await client.send(new sdk.PutMethodCommand({ ...at, authorizationType: "NONE" }));
    await expect(client.send(new sdk.PutMethodCommand({ ...at, authorizationType: "NONE" }))).rejects.toThrow(
      "Method already exists for this resource",
    );
    await client.send(new sdk.UpdateMethodCommand({ ...at, ...replace("/apiKeyRequired", "true") }));
    await client.send(new sdk.PutMethodResponseCommand({ ...at, statusCode: "200" }));
    await client.send(
      new sdk.UpdateMethodResponseCommand({
        ...at,
        statusCode: "200",
        ...replace("/responseParameters/method.response.header.X", "true"),
      }),
    );
    const response = await client.send(new sdk.GetMethodResponseCommand({ ...at, statusCode: "200" }));
    expect(response.responseParameters).toEqual({ "method.response.header.X": true });
    expect(await client.send(new sdk.GetMethodCommand(at))).toMatchObject({ apiKeyRequired: true, httpMethod: "POST" });
    await client.send(new sdk.DeleteMethodResponseCommand({ ...at, statusCode: "200" }));
    await client.send(new sdk.DeleteMethodCommand(at));
    await expect(client.send(new sdk.GetMethodCommand(at))).rejects.toThrow("Invalid Method identifier specified");
  });
});

describe("PutIntegration, GetIntegration, UpdateIntegration, DeleteIntegration, PutIntegrationResponse, GetIntegrationResponse, UpdateIntegrationResponse, DeleteIntegrationResponse", () => {
  it("keeps an integration and its responses", async () => {
    const at = { restApiId, resourceId: await api.resource("/integration"), httpMethod: "GET" };
    await client.send(new sdk.PutMethodCommand({ ...at, authorizationType: "NONE" }));
    await client.send(new sdk.PutIntegrationCommand({ ...at, type: "MOCK" }));
    const responding = client.send(new sdk.PutIntegrationResponseCommand({ ...at, statusCode: "200" }));
    await expect(responding).rejects.toThrow("Invalid Response status code specified");
    await client.send(new sdk.PutMethodResponseCommand({ ...at, statusCode: "200" }));
    await client.send(new sdk.PutIntegrationResponseCommand({ ...at, statusCode: "200" }));
    await client.send(new sdk.UpdateIntegrationCommand({ ...at, ...replace("/requestTemplates/text~1plain", "t") }));
    const update = { ...at, statusCode: "200", ...replace("/selectionPattern", "5..") };
    await client.send(new sdk.UpdateIntegrationResponseCommand(update));
    expect(await client.send(new sdk.GetIntegrationCommand(at))).toMatchObject({
      type: "MOCK",
      timeoutInMillis: 29_000,
      passthroughBehavior: "WHEN_NO_MATCH",
      requestTemplates: { "text/plain": "t" },
    });
    const response = await client.send(new sdk.GetIntegrationResponseCommand({ ...at, statusCode: "200" }));
    expect(response.selectionPattern).toBe("5..");
    await client.send(new sdk.DeleteIntegrationResponseCommand({ ...at, statusCode: "200" }));
    await client.send(new sdk.DeleteIntegrationCommand(at));
    await expect(client.send(new sdk.GetIntegrationCommand(at))).rejects.toThrow(
      "Invalid Integration identifier specified",
    );
    await client.send(new sdk.DeleteMethodCommand(at));
  });

  it("refuses what cannot be integrated with", async () => {
    const at = { restApiId, resourceId: await api.resource(""), httpMethod: "GET" };
    const put = (uri: string, type: sdk.IntegrationType) =>
      client.send(new sdk.PutIntegrationCommand({ ...at, type, uri, integrationHttpMethod: "POST" }));
    await expect(put("nonsense", "AWS_PROXY")).rejects.toThrow("Invalid ARN specified in the request");
    await expect(put("nonsense", "HTTP")).rejects.toThrow("Invalid HTTP endpoint specified for URI");
  });
});

describe("CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment", () => {
  it("keeps deployments; one that a stage serves cannot be deleted", async () => {
    const own = await ApiUnderTest.create(cloud);
    const ids = { restApiId: own.id };
    await expect(own.deploy()).rejects.toThrow("The REST API doesn't contain any methods");
    await own.add({ "GET /": mockOf("x") });
    const deploymentId = await own.deploy();
    await client.send(new sdk.UpdateDeploymentCommand({ ...ids, deploymentId, ...replace("/description", "d") }));
    const get = { ...ids, deploymentId, embed: ["apisummary"] };
    expect(await client.send(new sdk.GetDeploymentCommand(get))).toMatchObject({
      description: "d",
      apiSummary: { "/": { GET: { authorizationType: "NONE", apiKeyRequired: false } } },
    });
    const deleting = () => client.send(new sdk.DeleteDeploymentCommand({ ...ids, deploymentId }));
    await expect(deleting()).rejects.toThrow("Active stages pointing to this deployment must be moved or deleted");
    await own.deploy();
    await deleting();
    const { items } = await client.send(new sdk.GetDeploymentsCommand(ids));
    expect(items).toHaveLength(1);
  });
});

describe("CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, FlushStageCache, FlushStageAuthorizersCache", () => {
  it("keeps stages and the settings of their methods", async () => {
    const deploymentId = await api.deploy();
    const stage = { restApiId, stageName: "dev" };
    await client.send(new sdk.CreateStageCommand({ ...stage, deploymentId, variables: { a: "1" } }));
    await expect(client.send(new sdk.CreateStageCommand({ ...stage, deploymentId }))).rejects.toThrow(
      "Stage already exists",
    );
    await client.send(
      new sdk.UpdateStageCommand({
        ...stage,
        patchOperations: [
          { op: "replace", path: "/variables/b", value: "2" },
          { op: "replace", path: "/*/*/throttling/burstLimit", value: "7" },
          { op: "replace", path: "/~1pets/GET/logging/loglevel", value: "INFO" },
        ],
      }),
    );
    expect(await client.send(new sdk.GetStageCommand(stage))).toMatchObject({
      deploymentId,
      variables: { a: "1", b: "2" },
      methodSettings: { "*/*": { throttlingBurstLimit: 7 }, "pets/GET": { loggingLevel: "INFO" } },
    });
    await client.send(new sdk.FlushStageCacheCommand(stage));
    await client.send(new sdk.FlushStageAuthorizersCacheCommand(stage));
    await client.send(new sdk.DeleteStageCommand(stage));
    const { item } = await client.send(new sdk.GetStagesCommand({ restApiId }));
    expect(item?.map(({ stageName }) => stageName)).toEqual(["prod"]);
    await expect(client.send(new sdk.GetStageCommand(stage))).rejects.toThrow("Invalid stage identifier specified");
  });
});

describe("GetAccount, UpdateAccount", () => {
  it("keeps the role that logs are written with", async () => {
    const role = "arn:aws:iam::000000000000:role/logs";
    await client.send(new sdk.UpdateAccountCommand(replace("/cloudwatchRoleArn", role)));
    expect((await client.send(new sdk.GetAccountCommand({}))).cloudwatchRoleArn).toBe(role);
  });
});

describe("CreateModel, GetModel, GetModels, UpdateModel, DeleteModel, GetModelTemplate", () => {
  it("keeps models beside those that every API has", async () => {
    const at = { restApiId, modelName: "Own" };
    await client.send(
      new sdk.CreateModelCommand({ restApiId, name: "Own", contentType: "application/json", schema: "{}" }),
    );
    await client.send(new sdk.UpdateModelCommand({ ...at, ...replace("/schema", '{"type":"object"}') }));
    expect((await client.send(new sdk.GetModelCommand(at))).schema).toBe('{"type":"object"}');
    const names = async () =>
      (await client.send(new sdk.GetModelsCommand({ restApiId }))).items?.map(({ name }) => name);
    expect(await names()).toEqual(["Empty", "Error", "Own"]);
    await client.send(new sdk.DeleteModelCommand(at));
    expect(await names()).toEqual(["Empty", "Error"]);
  });

  it("makes a template of a sample", async () => {
    const schema = {
      type: "object",
      properties: { id: { type: "integer" }, tags: { type: "array", items: { type: "string" } } },
    };
    const model = { restApiId, contentType: "application/json" };
    await client.send(new sdk.CreateModelCommand({ ...model, name: "Sample", schema: JSON.stringify(schema) }));
    const { value } = await client.send(new sdk.GetModelTemplateCommand({ restApiId, modelName: "Sample" }));
    expect(value).toContain("#set($inputRoot = $input.path('$'))\n{\n  \"id\" : 42,\n");
    expect(value).toContain('"foo"#if($foreach.hasNext),#end');
    await client.send(new sdk.DeleteModelCommand({ restApiId, modelName: "Sample" }));
  });
});

describe("CreateRequestValidator, GetRequestValidator, GetRequestValidators, UpdateRequestValidator, DeleteRequestValidator", () => {
  it("keeps validators", async () => {
    const { id } = await client.send(new sdk.CreateRequestValidatorCommand({ restApiId, name: "v" }));
    const at = { restApiId, requestValidatorId: id };
    await client.send(new sdk.UpdateRequestValidatorCommand({ ...at, ...replace("/validateRequestBody", "true") }));
    expect(await client.send(new sdk.GetRequestValidatorCommand(at))).toMatchObject({
      name: "v",
      validateRequestBody: true,
    });
    await client.send(new sdk.DeleteRequestValidatorCommand(at));
    expect((await client.send(new sdk.GetRequestValidatorsCommand({ restApiId }))).items ?? []).toEqual([]);
  });
});

describe("CreateAuthorizer, GetAuthorizer, GetAuthorizers, UpdateAuthorizer, DeleteAuthorizer", () => {
  it("keeps authorizers", async () => {
    const authorizerUri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations";
    const { id } = await client.send(
      new sdk.CreateAuthorizerCommand({
        restApiId,
        name: "a",
        type: "TOKEN",
        authorizerUri,
        identitySource: "method.request.header.Authorization",
      }),
    );
    const at = { restApiId, authorizerId: id };
    await client.send(new sdk.UpdateAuthorizerCommand({ ...at, ...replace("/authorizerResultTtlInSeconds", "5") }));
    expect(await client.send(new sdk.GetAuthorizerCommand(at))).toMatchObject({ authorizerResultTtlInSeconds: 5 });
    await client.send(new sdk.DeleteAuthorizerCommand(at));
    expect((await client.send(new sdk.GetAuthorizersCommand({ restApiId }))).items ?? []).toEqual([]);
  });
});

describe("PutGatewayResponse, GetGatewayResponse, GetGatewayResponses, UpdateGatewayResponse, DeleteGatewayResponse", () => {
  it("keeps what was set, and shows what was not", async () => {
    const at = { restApiId, responseType: "UNAUTHORIZED" as const };
    await client.send(new sdk.PutGatewayResponseCommand({ ...at, statusCode: "418" }));
    await client.send(new sdk.UpdateGatewayResponseCommand({ ...at, ...replace("/statusCode", "419") }));
    expect(await client.send(new sdk.GetGatewayResponseCommand(at))).toMatchObject({
      statusCode: "419",
      defaultResponse: false,
    });
    await client.send(new sdk.DeleteGatewayResponseCommand(at));
    const { items } = await client.send(new sdk.GetGatewayResponsesCommand({ restApiId }));
    expect(items?.find(({ responseType }) => responseType === "UNAUTHORIZED")).toMatchObject({
      statusCode: "401",
      defaultResponse: true,
    });
  });
});

describe("CreateDocumentationPart, GetDocumentationPart, GetDocumentationParts, UpdateDocumentationPart, DeleteDocumentationPart", () => {
  it("keeps parts", async () => {
    const location = { type: "API" as const };
    const { id } = await client.send(new sdk.CreateDocumentationPartCommand({ restApiId, location, properties: "{}" }));
    const at = { restApiId, documentationPartId: id };
    await client.send(new sdk.UpdateDocumentationPartCommand({ ...at, ...replace("/properties", '{"a":1}') }));
    expect(await client.send(new sdk.GetDocumentationPartCommand(at))).toMatchObject({
      location,
      properties: '{"a":1}',
    });
    await client.send(new sdk.DeleteDocumentationPartCommand(at));
    expect((await client.send(new sdk.GetDocumentationPartsCommand({ restApiId }))).items ?? []).toEqual([]);
  });
});

describe("CreateDocumentationVersion, GetDocumentationVersion, GetDocumentationVersions, UpdateDocumentationVersion, DeleteDocumentationVersion", () => {
  it("keeps versions", async () => {
    const at = { restApiId, documentationVersion: "1.0" };
    await client.send(new sdk.CreateDocumentationVersionCommand(at));
    await client.send(new sdk.UpdateDocumentationVersionCommand({ ...at, ...replace("/description", "d") }));
    expect(await client.send(new sdk.GetDocumentationVersionCommand(at))).toMatchObject({
      version: "1.0",
      description: "d",
    });
    await client.send(new sdk.DeleteDocumentationVersionCommand(at));
    expect((await client.send(new sdk.GetDocumentationVersionsCommand({ restApiId }))).items ?? []).toEqual([]);
  });
});

describe("GenerateClientCertificate, GetClientCertificate, GetClientCertificates, UpdateClientCertificate, DeleteClientCertificate", () => {
  it("keeps certificates", async () => {
    const { clientCertificateId } = await client.send(new sdk.GenerateClientCertificateCommand({}));
    await client.send(new sdk.UpdateClientCertificateCommand({ clientCertificateId, ...replace("/description", "d") }));
    const found = await client.send(new sdk.GetClientCertificateCommand({ clientCertificateId }));
    expect(found.description).toBe("d");
    await client.send(new sdk.DeleteClientCertificateCommand({ clientCertificateId }));
    expect((await client.send(new sdk.GetClientCertificatesCommand({}))).items ?? []).toEqual([]);
  });
});

describe("CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName, DeleteDomainName, CreateBasePathMapping, GetBasePathMapping, GetBasePathMappings, UpdateBasePathMapping, DeleteBasePathMapping", () => {
  it("keeps domain names and their mappings", async () => {
    const domainName = "api.example.com";
    const made = await client.send(
      new sdk.CreateDomainNameCommand({ domainName, endpointConfiguration: { types: ["REGIONAL"] } }),
    );
    expect(made.regionalDomainName).toMatch(/^d-\w{10}\.execute-api\.us-east-1\.amazonaws\.com$/);
    await client.send(new sdk.UpdateDomainNameCommand({ domainName, ...replace("/securityPolicy", "TLS_1_0") }));
    expect((await client.send(new sdk.GetDomainNameCommand({ domainName }))).securityPolicy).toBe("TLS_1_0");
    await client.send(new sdk.CreateBasePathMappingCommand({ domainName, restApiId, basePath: "v1", stage: "prod" }));
    await client.send(
      new sdk.UpdateBasePathMappingCommand({ domainName, basePath: "v1", ...replace("/basePath", "v2") }),
    );
    const mapping = await client.send(new sdk.GetBasePathMappingCommand({ domainName, basePath: "v2" }));
    expect(mapping).toMatchObject({ restApiId, stage: "prod" });
    await client.send(new sdk.DeleteBasePathMappingCommand({ domainName, basePath: "v2" }));
    expect((await client.send(new sdk.GetBasePathMappingsCommand({ domainName }))).items ?? []).toEqual([]);
    await client.send(new sdk.DeleteDomainNameCommand({ domainName }));
    expect((await client.send(new sdk.GetDomainNamesCommand({}))).items ?? []).toEqual([]);
  });
});

describe("TagResource, UntagResource, GetTags", () => {
  it("tags APIs and stages", async () => {
    for (const path of [`/restapis/${restApiId}`, `/restapis/${restApiId}/stages/prod`]) {
      const resourceArn = `arn:aws:apigateway:us-east-1::${path}`;
      await client.send(new sdk.TagResourceCommand({ resourceArn, tags: { a: "1", b: "2" } }));
      await client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
      expect((await client.send(new sdk.GetTagsCommand({ resourceArn }))).tags).toEqual({ b: "2" });
    }
  });
});
