import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { ApiUnderTest, ECHO } from "./testing.js";

let cloud: RunningCloud;
let client: sdk.ApiGatewayV2Client;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.ApiGatewayV2Client);
});
afterAll(() => cloud.close());

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f";

async function httpApi(more: Partial<sdk.CreateApiCommandInput> = {}): Promise<string> {
  const { ApiId } = await client.send(new sdk.CreateApiCommand({ Name: "a", ProtocolType: "HTTP", ...more }));
  return ApiId as string;
}
const webSocketApi = () => httpApi({ ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.action" });

describe("CreateApi, GetApi, GetApis, UpdateApi, DeleteApi, DeleteCorsConfiguration", () => {
  it("make, show, change, list and delete an API", async () => {
    const made = await client.send(
      new sdk.CreateApiCommand({
        Name: "pets",
        ProtocolType: "HTTP",
        Description: "d",
        Tags: { k: "v" },
        CorsConfiguration: { AllowOrigins: ["*"] },
      }),
    );
    const { ApiId } = made;
    expect(made).toMatchObject({
      ApiEndpoint: `${cloud.endpoint}/_aws/execute-api/${ApiId}`,
      ApiKeySelectionExpression: "$request.header.x-api-key",
      CreatedDate: expect.any(Date),
      DisableExecuteApiEndpoint: false,
      RouteSelectionExpression: "${request.method} ${request.path}",
      Tags: { k: "v" },
    });
    const changed = await client.send(new sdk.UpdateApiCommand({ ApiId, Name: "dogs", Description: "" }));
    expect([changed.Name, changed.Description]).toEqual(["dogs", undefined]);
    await client.send(new sdk.DeleteCorsConfigurationCommand({ ApiId }));
    const shown = await client.send(new sdk.GetApiCommand({ ApiId }));
    expect([shown.Name, shown.CorsConfiguration]).toEqual(["dogs", undefined]);
    const { Items, NextToken } = await client.send(new sdk.GetApisCommand({ MaxResults: "1" }));
    expect(Items).toHaveLength(1);
    expect(NextToken).toBeUndefined();
    await client.send(new sdk.DeleteApiCommand({ ApiId }));
    await expect(client.send(new sdk.GetApiCommand({ ApiId }))).rejects.toMatchObject({
      name: "NotFoundException",
      message: `Invalid API identifier specified 000000000000:${ApiId}`,
    });
  });

  it("refuse what AWS refuses", async () => {
    const create = (input: Partial<sdk.CreateApiCommandInput>) =>
      client.send(new sdk.CreateApiCommand({ Name: "a", ProtocolType: "HTTP", ...input }));
    await expect(create({ ProtocolType: "FTP" as "HTTP" })).rejects.toThrow(
      "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]",
    );
    await expect(create({ ProtocolType: "WEBSOCKET" })).rejects.toThrow("RouteSelectionExpression");
    await expect(create({ CorsConfiguration: { AllowOrigins: ["*"], AllowCredentials: true } })).rejects.toThrow(
      sdk.BadRequestException,
    );
    await expect(create({ CorsConfiguration: { AllowOrigins: ["a.example"] } })).rejects.toThrow("protocol");
  });
});

describe("CreateRoute, GetRoute, GetRoutes, UpdateRoute, DeleteRoute, DeleteRouteRequestParameter", () => {
  it("make, show, change, list and delete a route", async () => {
    const ApiId = await webSocketApi();
    const RequestParameters = { "route.request.header.a": { Required: true } };
    const { RouteId } = await client.send(
      new sdk.CreateRouteCommand({ ApiId, RouteKey: "$connect", RequestParameters }),
    );
    const changed = await client.send(new sdk.UpdateRouteCommand({ ApiId, RouteId, OperationName: "op" }));
    expect(changed).toMatchObject({ RouteKey: "$connect", OperationName: "op", AuthorizationType: "NONE" });
    const RequestParameterKey = "route.request.header.a";
    await client.send(new sdk.DeleteRouteRequestParameterCommand({ ApiId, RouteId, RequestParameterKey }));
    const shown = await client.send(new sdk.GetRouteCommand({ ApiId, RouteId }));
    expect(shown.RequestParameters).toEqual({});
    expect((await client.send(new sdk.GetRoutesCommand({ ApiId }))).Items).toHaveLength(1);
    await client.send(new sdk.DeleteRouteCommand({ ApiId, RouteId }));
    await expect(client.send(new sdk.GetRouteCommand({ ApiId, RouteId }))).rejects.toThrow(sdk.NotFoundException);
  });

  it("refuse keys, targets and authorization that make no sense", async () => {
    const ApiId = await httpApi();
    const create = (input: Partial<sdk.CreateRouteCommandInput>) =>
      client.send(new sdk.CreateRouteCommand({ ApiId, RouteKey: "GET /", ...input }));
    await create({});
    await expect(create({})).rejects.toMatchObject({
      name: "ConflictException",
      message: "Route with key GET / already exists for this API",
    });
    await expect(create({ RouteKey: "FETCH /" })).rejects.toThrow("not formatted properly for HTTP protocol");
    await expect(create({ RouteKey: "GET /{a+}/b" })).rejects.toThrow("One or more path parts appear to be invalid");
    await expect(create({ RouteKey: "GET /a", Target: "integrations/none" })).rejects.toThrow(sdk.NotFoundException);
    await expect(create({ RouteKey: "GET /a", AuthorizationType: "JWT" })).rejects.toThrow("AuthorizerId");
  });
});

describe("CreateRouteResponse, GetRouteResponse, GetRouteResponses, UpdateRouteResponse, DeleteRouteResponse", () => {
  it("make, show, change, list and delete a route's response", async () => {
    const ApiId = await webSocketApi();
    const { RouteId } = await client.send(new sdk.CreateRouteCommand({ ApiId, RouteKey: "a" }));
    const RouteResponseKey = "$default";
    const made = await client.send(new sdk.CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey }));
    const key = { ApiId, RouteId, RouteResponseId: made.RouteResponseId };
    await client.send(new sdk.UpdateRouteResponseCommand({ ...key, ModelSelectionExpression: "m" }));
    const shown = await client.send(new sdk.GetRouteResponseCommand(key));
    expect(shown).toMatchObject({ RouteResponseKey, ModelSelectionExpression: "m" });
    expect((await client.send(new sdk.GetRouteResponsesCommand({ ApiId, RouteId }))).Items).toHaveLength(1);
    await client.send(new sdk.DeleteRouteResponseCommand(key));
    await expect(client.send(new sdk.GetRouteResponseCommand(key))).rejects.toThrow(sdk.NotFoundException);
  });
});

describe("CreateIntegration, GetIntegration, GetIntegrations, UpdateIntegration, DeleteIntegration", () => {
  it("make, show, change, list and delete an integration", async () => {
    const ApiId = await httpApi();
    const { IntegrationId } = await client.send(
      new sdk.CreateIntegrationCommand({
        ApiId,
        IntegrationType: "HTTP_PROXY",
        IntegrationMethod: "ANY",
        IntegrationUri: "https://example.com",
        PayloadFormatVersion: "1.0",
        RequestParameters: { "append:header.a": "1", "append:header.b": "2" },
      }),
    );
    const key = { ApiId, IntegrationId };
    await client.send(new sdk.UpdateIntegrationCommand({ ...key, RequestParameters: { "append:header.a": "" } }));
    const shown = await client.send(new sdk.GetIntegrationCommand(key));
    expect(shown).toMatchObject({ ConnectionType: "INTERNET", TimeoutInMillis: 30_000 });
    expect(shown.RequestParameters).toEqual({ "append:header.b": "2" });
    expect((await client.send(new sdk.GetIntegrationsCommand({ ApiId }))).Items).toHaveLength(1);
    const Target = `integrations/${IntegrationId}`;
    const { RouteId } = await client.send(new sdk.CreateRouteCommand({ ApiId, RouteKey: "GET /", Target }));
    await expect(client.send(new sdk.DeleteIntegrationCommand(key))).rejects.toThrow(
      `Cannot delete Integration '${IntegrationId}' because it is referenced by Route '${RouteId}'.`,
    );
    await client.send(new sdk.DeleteRouteCommand({ ApiId, RouteId }));
    await client.send(new sdk.DeleteIntegrationCommand(key));
    await expect(client.send(new sdk.GetIntegrationCommand(key))).rejects.toThrow(sdk.NotFoundException);
  });

  it("refuse what no API of the protocol has", async () => {
    const ApiId = await httpApi();
    const create = (input: Partial<sdk.CreateIntegrationCommandInput>) =>
      client.send(
        new sdk.CreateIntegrationCommand({ ApiId, IntegrationType: "AWS_PROXY", IntegrationUri: FUNCTION, ...input }),
      );
    await expect(create({})).rejects.toThrow("PayloadFormatVersion is a required parameter for integration");
    await expect(create({ IntegrationType: "MOCK" })).rejects.toThrow(sdk.BadRequestException);
    await expect(create({ PayloadFormatVersion: "2.0", TimeoutInMillis: 40_000 })).rejects.toThrow("Timeout");
    await expect(create({ PayloadFormatVersion: "1.0", IntegrationSubtype: "SQS-Sing" })).rejects.toThrow("subtype");
  });
});

describe("CreateIntegrationResponse, GetIntegrationResponse, GetIntegrationResponses, UpdateIntegrationResponse, DeleteIntegrationResponse", () => {
  it("make, show, change, list and delete an integration's response", async () => {
    const ApiId = await webSocketApi();
    const { IntegrationId } = await client.send(new sdk.CreateIntegrationCommand({ ApiId, IntegrationType: "MOCK" }));
    const IntegrationResponseKey = "$default";
    await expect(
      client.send(new sdk.CreateIntegrationResponseCommand({ ApiId, IntegrationId, IntegrationResponseKey: "/(/" })),
    ).rejects.toThrow(sdk.BadRequestException);
    const { IntegrationResponseId } = await client.send(
      new sdk.CreateIntegrationResponseCommand({ ApiId, IntegrationId, IntegrationResponseKey }),
    );
    const key = { ApiId, IntegrationId, IntegrationResponseId };
    await client.send(new sdk.UpdateIntegrationResponseCommand({ ...key, ResponseTemplates: { "200": "{}" } }));
    const shown = await client.send(new sdk.GetIntegrationResponseCommand(key));
    expect(shown).toMatchObject({ IntegrationResponseKey, ResponseTemplates: { "200": "{}" } });
    expect((await client.send(new sdk.GetIntegrationResponsesCommand({ ApiId, IntegrationId }))).Items).toHaveLength(1);
    await client.send(new sdk.DeleteIntegrationResponseCommand(key));
    await expect(client.send(new sdk.GetIntegrationResponseCommand(key))).rejects.toThrow(sdk.NotFoundException);
  });
});

describe("CreateAuthorizer, GetAuthorizer, GetAuthorizers, UpdateAuthorizer, DeleteAuthorizer", () => {
  it("make, show, change, list and delete an authorizer", async () => {
    const ApiId = await httpApi();
    const base = {
      ApiId,
      Name: "jwt",
      AuthorizerType: "JWT" as const,
      IdentitySource: ["$request.header.Authorization"],
    };
    await expect(client.send(new sdk.CreateAuthorizerCommand(base))).rejects.toThrow("Issuer");
    const JwtConfiguration = { Issuer: "https://issuer.example", Audience: ["a"] };
    const { AuthorizerId } = await client.send(new sdk.CreateAuthorizerCommand({ ...base, JwtConfiguration }));
    await expect(client.send(new sdk.CreateAuthorizerCommand({ ...base, JwtConfiguration }))).rejects.toThrow(
      sdk.ConflictException,
    );
    await client.send(new sdk.UpdateAuthorizerCommand({ ApiId, AuthorizerId, Name: "other" }));
    const shown = await client.send(new sdk.GetAuthorizerCommand({ ApiId, AuthorizerId }));
    expect(shown).toMatchObject({ Name: "other", JwtConfiguration });
    expect((await client.send(new sdk.GetAuthorizersCommand({ ApiId }))).Items).toHaveLength(1);
    await client.send(new sdk.DeleteAuthorizerCommand({ ApiId, AuthorizerId }));
    await expect(client.send(new sdk.GetAuthorizerCommand({ ApiId, AuthorizerId }))).rejects.toThrow(
      sdk.NotFoundException,
    );
  });
});

describe("CreateModel, GetModel, GetModels, UpdateModel, DeleteModel, GetModelTemplate", () => {
  it("make, show, change, list and delete a model", async () => {
    const ApiId = await httpApi();
    const { ModelId } = await client.send(new sdk.CreateModelCommand({ ApiId, Name: "Pet", Schema: "{}" }));
    await client.send(new sdk.UpdateModelCommand({ ApiId, ModelId, Schema: '{"type":"object"}' }));
    const shown = await client.send(new sdk.GetModelCommand({ ApiId, ModelId }));
    expect(shown).toMatchObject({ Name: "Pet", ContentType: "application/json", Schema: '{"type":"object"}' });
    expect((await client.send(new sdk.GetModelsCommand({ ApiId }))).Items).toHaveLength(1);
    await expect(client.send(new sdk.UpdateModelCommand({ ApiId, ModelId, Schema: "{" }))).rejects.toThrow(
      sdk.BadRequestException,
    );
    const { Value } = await client.send(new sdk.GetModelTemplateCommand({ ApiId, ModelId }));
    expect(Value).toBe("#set($inputRoot = $input.path('$'))\n{ }");
    await client.send(new sdk.DeleteModelCommand({ ApiId, ModelId }));
    await expect(client.send(new sdk.GetModelCommand({ ApiId, ModelId }))).rejects.toThrow(sdk.NotFoundException);
  });
});

describe("CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, DeleteRouteSettings, DeleteAccessLogSettings", () => {
  it("make, show, change, list and delete a stage", async () => {
    const ApiId = await httpApi();
    const key = { ApiId, StageName: "prod" };
    await client.send(
      new sdk.CreateStageCommand({
        ...key,
        StageVariables: { a: "1", b: "2" },
        RouteSettings: { "GET /": { ThrottlingBurstLimit: 1 } },
        AccessLogSettings: { DestinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:g", Format: "f" },
      }),
    );
    await expect(client.send(new sdk.CreateStageCommand(key))).rejects.toThrow(sdk.ConflictException);
    await client.send(new sdk.UpdateStageCommand({ ...key, Description: "d", StageVariables: { a: "" } }));
    await client.send(new sdk.DeleteRouteSettingsCommand({ ...key, RouteKey: "GET /" }));
    await client.send(new sdk.DeleteAccessLogSettingsCommand(key));
    const shown = await client.send(new sdk.GetStageCommand(key));
    expect(shown).toMatchObject({ AutoDeploy: false, Description: "d", StageVariables: { b: "2" }, RouteSettings: {} });
    expect(shown.AccessLogSettings).toBeUndefined();
    expect((await client.send(new sdk.GetStagesCommand({ ApiId }))).Items).toHaveLength(1);
    await client.send(new sdk.DeleteStageCommand(key));
    await expect(client.send(new sdk.GetStageCommand(key))).rejects.toThrow(sdk.NotFoundException);
  });

  it("keep what was deployed automatically when that ends", async () => {
    const api = await ApiUnderTest.http(cloud);
    const key = { ApiId: api.id, StageName: "$default" };
    const empty = await client.send(new sdk.GetStageCommand(key));
    expect(empty.LastDeploymentStatusMessage).toContain("At least one route is required");
    await api.routesTo(ECHO, ["GET /a"]);
    const { DeploymentId, LastDeploymentStatusMessage } = await client.send(new sdk.GetStageCommand(key));
    expect(LastDeploymentStatusMessage).toBe(`Successfully deployed stage with deployment ID '${DeploymentId}'`);
    await client.send(new sdk.UpdateStageCommand({ ...key, AutoDeploy: false }));
    await api.routesTo(ECHO, ["GET /b"]);
    expect([(await api.text("/a"))[0], (await api.text("/b"))[0]]).toEqual([200, 404]);
  });

  it("may name a deployment beside automatic ones when they are made, and no other later", async () => {
    const ApiId = await httpApi();
    await client.send(new sdk.CreateRouteCommand({ ApiId, RouteKey: "GET /" }));
    const [first, second] = [
      await client.send(new sdk.CreateDeploymentCommand({ ApiId })),
      await client.send(new sdk.CreateDeploymentCommand({ ApiId })),
    ];
    const key = { ApiId, StageName: "prod" };
    const { DeploymentId } = first;
    expect(await client.send(new sdk.CreateStageCommand({ ...key, DeploymentId, AutoDeploy: true }))).toMatchObject({
      AutoDeploy: true,
    });
    await expect(
      client.send(new sdk.UpdateStageCommand({ ...key, DeploymentId: second.DeploymentId })),
    ).rejects.toThrow("DeploymentId cannot be set when AutoDeploy is enabled");
  });
});

describe("CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment", () => {
  it("make, show, change, list and delete a deployment", async () => {
    const ApiId = await httpApi();
    await expect(client.send(new sdk.CreateDeploymentCommand({ ApiId }))).rejects.toThrow(
      "At least one route is required before deploying the Api.",
    );
    await client.send(new sdk.CreateRouteCommand({ ApiId, RouteKey: "GET /" }));
    const made = await client.send(new sdk.CreateDeploymentCommand({ ApiId }));
    expect(made).toMatchObject({ AutoDeployed: false, DeploymentStatus: "DEPLOYED" });
    const key = { ApiId, DeploymentId: made.DeploymentId };
    await client.send(new sdk.UpdateDeploymentCommand({ ...key, Description: "d" }));
    expect((await client.send(new sdk.GetDeploymentCommand(key))).Description).toBe("d");
    expect((await client.send(new sdk.GetDeploymentsCommand({ ApiId }))).Items).toHaveLength(1);
    await client.send(new sdk.CreateStageCommand({ ...key, StageName: "s" }));
    await expect(client.send(new sdk.DeleteDeploymentCommand(key))).rejects.toThrow(sdk.BadRequestException);
    await client.send(new sdk.DeleteStageCommand({ ApiId, StageName: "s" }));
    await client.send(new sdk.DeleteDeploymentCommand(key));
    await expect(client.send(new sdk.GetDeploymentCommand(key))).rejects.toThrow(sdk.NotFoundException);
  });
});

describe("CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName, DeleteDomainName", () => {
  it("make, show, change, list and delete a domain name", async () => {
    const CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/1";
    const DomainName = "api.example.com";
    const DomainNameConfigurations = [{ CertificateArn }];
    const made = await client.send(new sdk.CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
    const [first] = made.DomainNameConfigurations ?? [];
    expect(first).toMatchObject({ CertificateArn, DomainNameStatus: "AVAILABLE", EndpointType: "REGIONAL" });
    expect(first?.ApiGatewayDomainName).toMatch(/^d-[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/);
    await expect(
      client.send(new sdk.CreateDomainNameCommand({ DomainName, DomainNameConfigurations })),
    ).rejects.toThrow("The domain name resource already exists.");
    const changed = await client.send(
      new sdk.UpdateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ SecurityPolicy: "TLS_1_0" }] }),
    );
    expect(changed.DomainNameConfigurations?.[0]).toMatchObject({ ...first, SecurityPolicy: "TLS_1_0" });
    expect((await client.send(new sdk.GetDomainNamesCommand({}))).Items).toHaveLength(1);
    await client.send(new sdk.DeleteDomainNameCommand({ DomainName }));
    await expect(client.send(new sdk.GetDomainNameCommand({ DomainName }))).rejects.toThrow(
      "The domain name resource specified in the request was not found.",
    );
  });
});

describe("CreateApiMapping, GetApiMapping, GetApiMappings, UpdateApiMapping, DeleteApiMapping", () => {
  it("make, show, change, list and delete a mapping", async () => {
    const ApiId = await httpApi();
    await client.send(new sdk.CreateStageCommand({ ApiId, StageName: "s" }));
    const DomainName = "maps.example.com";
    await client.send(new sdk.CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{}] }));
    const create = (input: Partial<sdk.CreateApiMappingCommandInput>) =>
      client.send(new sdk.CreateApiMappingCommand({ DomainName, ApiId, Stage: "s", ...input }));
    await expect(create({ Stage: "t" })).rejects.toThrow(sdk.BadRequestException);
    const { ApiMappingId } = await create({ ApiMappingKey: "v1" });
    await expect(create({ ApiMappingKey: "v1" })).rejects.toThrow(sdk.ConflictException);
    await expect(client.send(new sdk.DeleteApiCommand({ ApiId }))).rejects.toThrow(sdk.ConflictException);
    await client.send(new sdk.UpdateApiMappingCommand({ DomainName, ApiMappingId, ApiId, ApiMappingKey: "v2/x" }));
    const shown = await client.send(new sdk.GetApiMappingCommand({ DomainName, ApiMappingId }));
    expect(shown).toMatchObject({ ApiId, Stage: "s", ApiMappingKey: "v2/x" });
    expect((await client.send(new sdk.GetApiMappingsCommand({ DomainName }))).Items).toHaveLength(1);
    await client.send(new sdk.DeleteApiMappingCommand({ DomainName, ApiMappingId }));
    await expect(client.send(new sdk.GetApiMappingCommand({ DomainName, ApiMappingId }))).rejects.toThrow(
      sdk.NotFoundException,
    );
    await client.send(new sdk.DeleteDomainNameCommand({ DomainName }));
  });
});

describe("TagResource, UntagResource, GetTags", () => {
  it("set, take away and show the tags of APIs and stages", async () => {
    const ApiId = await httpApi({ Tags: { a: "1" } });
    await client.send(new sdk.CreateStageCommand({ ApiId, StageName: "$default" }));
    for (const path of [`/apis/${ApiId}`, `/apis/${ApiId}/stages/$default`]) {
      const ResourceArn = `arn:aws:apigateway:us-east-1::${path}`;
      await client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: { b: "2" } }));
      await client.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
      expect((await client.send(new sdk.GetTagsCommand({ ResourceArn }))).Tags).toEqual({ b: "2" });
    }
    const ResourceArn = "arn:aws:apigateway:us-east-1::/apis/none";
    await expect(client.send(new sdk.GetTagsCommand({ ResourceArn }))).rejects.toThrow(sdk.NotFoundException);
  });
});

describe("ImportApi, ReimportApi, ExportApi", () => {
  const document = (path: string) =>
    JSON.stringify({
      openapi: "3.0.1",
      info: { title: "imported", version: "7" },
      "x-amazon-apigateway-cors": { allowOrigins: ["*"] },
      components: {
        securitySchemes: {
          guard: {
            type: "oauth2",
            "x-amazon-apigateway-authorizer": {
              type: "jwt",
              identitySource: "$request.header.Authorization",
              jwtConfiguration: { issuer: "https://issuer.example", audience: ["a"] },
            },
          },
        },
        "x-amazon-apigateway-integrations": {
          shared: { type: "http_proxy", httpMethod: "ANY", uri: "https://example.com", payloadFormatVersion: "1.0" },
        },
      },
      paths: {
        [path]: {
          get: {
            security: [{ guard: ["read"] }],
            "x-amazon-apigateway-integration": { $ref: "#/components/x-amazon-apigateway-integrations/shared" },
          },
          "x-amazon-apigateway-any-method": {
            "x-amazon-apigateway-integration": { $ref: "#/components/x-amazon-apigateway-integrations/shared" },
          },
        },
        "/$default": {
          "x-amazon-apigateway-any-method": {
            isDefaultRoute: true,
            "x-amazon-apigateway-integration": {
              type: "aws_proxy",
              httpMethod: "POST",
              uri: FUNCTION,
              payloadFormatVersion: "2.0",
            },
          },
        },
      },
    });
  const keysOf = async (ApiId: string | undefined) =>
    (await client.send(new sdk.GetRoutesCommand({ ApiId }))).Items?.map(({ RouteKey }) => RouteKey).sort();

  it("make an API of a document, and a document of an API", async () => {
    const api = await client.send(new sdk.ImportApiCommand({ Body: document("/pets/{id}") }));
    expect(api).toMatchObject({ Name: "imported", Version: "7", CorsConfiguration: { AllowOrigins: ["*"] } });
    const { ApiId } = api;
    expect(await keysOf(ApiId)).toEqual(["$default", "ANY /pets/{id}", "GET /pets/{id}"]);
    expect((await client.send(new sdk.GetIntegrationsCommand({ ApiId }))).Items).toHaveLength(2);
    await client.send(new sdk.ReimportApiCommand({ ApiId, Body: document("/dogs/{id}") }));
    expect(await keysOf(ApiId)).toEqual(["$default", "ANY /dogs/{id}", "GET /dogs/{id}"]);
    const { body } = await client.send(new sdk.ExportApiCommand({ ApiId, Specification: "OAS30", OutputType: "JSON" }));
    const exported = Buffer.from(body as Uint8Array).toString();
    const again = await client.send(new sdk.ImportApiCommand({ Body: exported }));
    expect(await keysOf(again.ApiId)).toEqual(await keysOf(ApiId));
    const { Items = [] } = await client.send(new sdk.GetRoutesCommand({ ApiId: again.ApiId }));
    expect(Items.find(({ RouteKey }) => RouteKey === "GET /dogs/{id}")).toMatchObject({
      AuthorizationType: "JWT",
      AuthorizationScopes: ["read"],
    });
    const yaml = await client.send(new sdk.ExportApiCommand({ ApiId, Specification: "OAS30", OutputType: "YAML" }));
    const Body = Buffer.from(yaml.body as Uint8Array).toString();
    expect(Body).toMatch(/^openapi: 3\.0\.1$/m);
    const third = await client.send(new sdk.ImportApiCommand({ Body }));
    expect(await keysOf(third.ApiId)).toEqual(await keysOf(ApiId));
    await expect(client.send(new sdk.ImportApiCommand({ Body: "swagger: 2" }))).rejects.toThrow(
      sdk.BadRequestException,
    );
  });
});
