import { describe, expect, it } from "vitest";
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { mapOf, partAt } from "./plain.js";
import { expand, fn, propertiesOf, refusalOf, typesOf } from "./testing.js";

function get(path: string, more: JsonObject = {}): JsonObject {
  return { Type: "Api", Properties: { Path: path, Method: "get", ...more } };
}

/** A REST API with one method, `GET /`, and more properties. */
function withApi(properties: JsonObject, event: JsonObject = {}): JsonObject {
  return {
    Api: { Type: "AWS::Serverless::Api", Properties: { StageName: "dev", ...properties } },
    Fn: fn({ Events: { Get: get("/", { RestApiId: { Ref: "Api" }, ...event }) } }),
  };
}

function bodyOf(resources: Record<string, JsonObject>, id = "Api"): JsonObject {
  return mapOf(propertiesOf(resources, id).Body);
}

const URI = {
  "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations",
};

describe("The implicit REST API", () => {
  it("has the paths of all events, a stage and a deployment", () => {
    const events = { List: get("/items"), One: get("/items/{id}"), Any: get("/any", { Method: "ANY" }) };
    const resources = expand({ Fn: fn({ Events: events }) });
    const deployment = Object.keys(resources).find((id) => id.startsWith("ServerlessRestApiDeployment")) ?? "";
    expect(deployment).toMatch(/^ServerlessRestApiDeployment[0-9a-f]{10}$/);
    expect(typesOf(resources)).toMatchObject({
      ServerlessRestApi: "AWS::ApiGateway::RestApi",
      ServerlessRestApiProdStage: "AWS::ApiGateway::Stage",
      FnListPermissionProd: "AWS::Lambda::Permission",
    });
    const integration = { type: "aws_proxy", httpMethod: "POST", uri: URI };
    const method = { "x-amazon-apigateway-integration": integration, responses: {} };
    expect(bodyOf(resources, "ServerlessRestApi")).toEqual({
      swagger: "2.0",
      info: { version: "1.0", title: { Ref: "AWS::StackName" } },
      paths: {
        "/items": { get: method },
        "/items/{id}": { get: method },
        "/any": { "x-amazon-apigateway-any-method": method },
      },
    });
    expect(propertiesOf(resources, "ServerlessRestApiProdStage")).toEqual({
      DeploymentId: { Ref: deployment },
      RestApiId: { Ref: "ServerlessRestApi" },
      StageName: "Prod",
    });
    expect(propertiesOf(resources, "FnOnePermissionProd").SourceArn).toEqual({
      "Fn::Sub": [
        "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/GET/items/*",
        { __ApiId__: { Ref: "ServerlessRestApi" }, __Stage__: "*" },
      ],
    });
  });

  it("is deployed anew when it changes", () => {
    const idOf = (path: string) =>
      Object.keys(expand({ Fn: fn({ Events: { Get: get(path) } }) })).find((id) => id.includes("Deployment"));
    expect(idOf("/a")).toBe(idOf("/a"));
    expect(idOf("/b")).not.toBe(idOf("/a"));
  });

  it("exists where any of its functions does, and so do its paths", () => {
    const resources = expand(
      {
        One: fn({ Events: { Get: get("/both"), Post: get("/both", { Method: "post" }) } }, { Condition: "A" }),
        Two: fn({ Events: { Get: get("/two") } }, { Condition: "B" }),
      },
      { Conditions: { A: { "Fn::Equals": ["a", "a"] }, B: { "Fn::Equals": ["a", "b"] } } },
    );
    expect(resources.ServerlessRestApi?.Condition).toBe("ServerlessRestApiCondition");
    const paths = bodyOf(resources, "ServerlessRestApi").paths;
    expect(partAt(paths, "/two")).toMatchObject({ "Fn::If": ["B", {}, { Ref: "AWS::NoValue" }] });
  });

  it("refuses a method that is there twice, and events without a path", () => {
    expect(refusalOf({ Fn: fn({ Events: { A: get("/x"), B: get("/x") } }) })).toContain(
      'API method "get" defined multiple times for path "/x".',
    );
    expect(refusalOf({ Fn: fn({ Events: { A: { Type: "Api", Properties: { Method: "get" } } } }) })).toContain(
      "Event with id [A] is invalid. Property 'Path' is required.",
    );
  });
});

describe("AWS::Serverless::Api", () => {
  it("passes its settings to the API and its stage", () => {
    const resources = expand(
      withApi({
        Name: "mine",
        EndpointConfiguration: { Type: "PRIVATE", VPCEndpointIds: ["vpce-1"] },
        BinaryMediaTypes: ["image~1png"],
        MinimumCompressionSize: 10,
        TracingEnabled: true,
        Variables: { A: "b" },
        MethodSettings: [{ HttpMethod: "*" }],
        Tags: { a: "b" },
      }),
    );
    expect(propertiesOf(resources, "Api")).toMatchObject({
      Name: "mine",
      EndpointConfiguration: { Types: ["PRIVATE"], VpcEndpointIds: ["vpce-1"] },
      Parameters: { endpointConfigurationTypes: "PRIVATE" },
      MinimumCompressionSize: 10,
    });
    expect(bodyOf(resources)["x-amazon-apigateway-binary-media-types"]).toEqual(["image/png"]);
    expect(propertiesOf(resources, "ApidevStage")).toMatchObject({
      StageName: "dev",
      TracingEnabled: true,
      Variables: { A: "b" },
      MethodSettings: [{ HttpMethod: "*" }],
      Tags: [{ Key: "a", Value: "b" }],
    });
  });

  it("takes its definition from S3, or from the document, to which events add nothing", () => {
    const uri = expand({
      Api: { Type: "AWS::Serverless::Api", Properties: { StageName: "v", DefinitionUri: "s3://b/k" } },
    });
    expect(propertiesOf(uri, "Api").BodyS3Location).toEqual({ Bucket: "b", Key: "k" });
    const body = { swagger: "2.0", paths: { "/own": { get: {} } } };
    expect(bodyOf(expand(withApi({ DefinitionBody: body })))).toEqual(body);
    const merged = bodyOf(expand(withApi({ DefinitionBody: body, MergeDefinitions: true })));
    expect(Object.keys(mapOf(merged.paths))).toEqual(["/own", "/"]);
    expect(refusalOf(withApi({ DefinitionBody: body, DefinitionUri: "s3://b/k" }))).toContain(
      "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.",
    );
  });

  it("answers preflight requests", () => {
    const options = partAt(
      bodyOf(expand(withApi({ Cors: { AllowHeaders: "'x'", MaxAge: "'9'" } }))),
      "paths",
      "/",
      "options",
    );
    const answer = partAt(options, "x-amazon-apigateway-integration", "responses", "default");
    expect(mapOf(answer).responseParameters).toEqual({
      "method.response.header.Access-Control-Allow-Origin": "'*'",
      "method.response.header.Access-Control-Allow-Headers": "'x'",
      "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
      "method.response.header.Access-Control-Max-Age": "'9'",
    });
    expect(refusalOf(withApi({ Cors: { Origin: "'*'" } }))).toContain("Invalid key 'Origin' for 'Cors' property.");
  });

  it("is OpenAPI 3 where it is asked for", () => {
    const body = bodyOf(
      expand(withApi({ OpenApiVersion: "3.0.1", Cors: "'*'", Models: { User: { type: "object" } } })),
    );
    expect(body).toMatchObject({ openapi: "3.0.1", components: { schemas: { user: { type: "object" } } } });
    expect(body).not.toHaveProperty("swagger");
    const headers = partAt(body, "paths", "/", "options", "responses", "200", "headers");
    expect(mapOf(headers)["Access-Control-Allow-Origin"]).toEqual({ schema: { type: "string" } });
  });

  it("validates requests against models and parameters", () => {
    const event = {
      RequestModel: { Model: "User", Required: true, ValidateBody: true },
      RequestParameters: [{ "method.request.querystring.q": { Caching: true } }, "method.request.header.H"],
    };
    const method = partAt(
      bodyOf(expand(withApi({ Models: { User: { type: "object" } } }, event))),
      "paths",
      "/",
      "get",
    );
    expect(method).toMatchObject({
      parameters: [
        { in: "body", name: "user", required: true, schema: { $ref: "#/definitions/user" } },
        { in: "query", name: "q", required: false, type: "string" },
        { in: "header", name: "H", required: false, type: "string" },
      ],
      "x-amazon-apigateway-request-validator": "body-only",
      "x-amazon-apigateway-integration": { cacheKeyParameters: ["method.request.querystring.q"] },
    });
  });

  it("answers errors its own way", () => {
    const responses = { DEFAULT_4XX: { StatusCode: 418, ResponseParameters: { Headers: { A: "'b'" } } } };
    expect(bodyOf(expand(withApi({ GatewayResponses: responses })))["x-amazon-apigateway-gateway-responses"]).toEqual({
      DEFAULT_4XX: {
        responseParameters: { "gatewayresponse.header.A": "'b'" },
        responseTemplates: {},
        statusCode: "418",
      },
    });
  });
});

describe("Auth", () => {
  const auth = {
    DefaultAuthorizer: "Pool",
    Authorizers: {
      Pool: { UserPoolArn: { "Fn::GetAtt": ["UserPool", "Arn"] } },
      Lambda: {
        FunctionArn: "arn:f",
        FunctionPayloadType: "REQUEST",
        Identity: { Headers: ["X"], ReauthorizeEvery: 5 },
      },
    },
  };

  it("has schemes, a default, and permissions for functions", () => {
    const resources = expand(withApi({ Auth: auth }));
    const body = bodyOf(resources);
    expect(body.securityDefinitions).toMatchObject({
      Pool: {
        name: "Authorization",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": { providerARNs: [{ "Fn::GetAtt": ["UserPool", "Arn"] }] },
      },
      Lambda: {
        name: "Unused",
        "x-amazon-apigateway-authorizer": {
          type: "request",
          identitySource: "method.request.header.X",
          authorizerResultTtlInSeconds: 5,
        },
      },
    });
    expect(partAt(body, "paths", "/", "get", "security")).toEqual([{ Pool: [] }]);
    expect(propertiesOf(resources, "ApiLambdaAuthorizerPermission").FunctionName).toBe("arn:f");
  });

  it.each<[string, JsonObject, Json]>([
    ["another authorizer", { Authorizer: "Lambda" }, [{ Lambda: [] }]],
    ["no authorizer", { Authorizer: "NONE" }, [{ NONE: [] }]],
    ["scopes", { Authorizer: "Pool", AuthorizationScopes: ["a"] }, [{ Pool: ["a"] }]],
    ["an API key", { ApiKeyRequired: true }, [{ api_key: [] }, { Pool: [] }]],
  ])("lets a method have %s", (_, method, security) => {
    const body = bodyOf(expand(withApi({ Auth: auth }, { Auth: method })));
    expect(partAt(body, "paths", "/", "get", "security")).toEqual(security);
  });

  it("asks for an API key of all methods but those that refuse it", () => {
    const keyed = (event: JsonObject) => {
      const body = bodyOf(expand(withApi({ Cors: "'*'", Auth: { ApiKeyRequired: true } }, event)));
      return [partAt(body, "paths", "/", "get", "security"), partAt(body, "paths", "/", "options", "security")];
    };
    expect(keyed({})).toEqual([[{ api_key: [] }], [{ api_key: [] }]]);
    expect(keyed({ Auth: { ApiKeyRequired: false } })).toEqual([[], [{ api_key: [] }]]);
  });

  it("calls by IAM with the caller's credentials", () => {
    const body = bodyOf(expand(withApi({ Auth: { DefaultAuthorizer: "AWS_IAM" } })));
    expect(partAt(body, "paths", "/", "get")).toMatchObject({
      security: [{ AWS_IAM: [] }],
      "x-amazon-apigateway-integration": { credentials: "arn:aws:iam::*:user/*" },
    });
    expect(mapOf(body.securityDefinitions).AWS_IAM).toMatchObject({ "x-amazon-apigateway-authtype": "awsSigv4" });
  });

  it("refuses authorizers that the API does not have", () => {
    expect(refusalOf(withApi({ Auth: auth }, { Auth: { Authorizer: "Other" } }))).toContain(
      "Unable to set Authorizer [Other] on API method [get] for path [/] because it wasn't defined in the API's Authorizers.",
    );
    expect(refusalOf(withApi({ Auth: { DefaultAuthorizer: "Other", Authorizers: auth.Authorizers } }))).toContain(
      "Unable to set DefaultAuthorizer because 'Other' was not defined in 'Authorizers'.",
    );
  });

  it("makes a usage plan with a key, for one API or for all", () => {
    const one = expand(withApi({ Auth: { ApiKeyRequired: true, UsagePlan: { CreateUsagePlan: "PER_API" } } }));
    expect(one).toMatchObject({
      ApiUsagePlan: { DependsOn: ["Api"], Properties: { ApiStages: [{ ApiId: { Ref: "Api" } }] } },
      ApiApiKey: { DependsOn: ["ApiUsagePlan"], Properties: { Enabled: true } },
      ApiUsagePlanKey: { Properties: { KeyType: "API_KEY", UsagePlanId: { Ref: "ApiUsagePlan" } } },
    });
    const shared = { StageName: "v", Auth: { UsagePlan: { CreateUsagePlan: "SHARED" } } };
    const api = { Type: "AWS::Serverless::Api", Properties: shared };
    const all = expand({ A: api, B: api, Fn: fn() });
    expect(propertiesOf(all, "ServerlessUsagePlan").ApiStages).toEqual([
      { ApiId: { Ref: "A" }, Stage: { Ref: "AvStage" } },
      { ApiId: { Ref: "B" }, Stage: { Ref: "BvStage" } },
    ]);
  });

  it("has a resource policy", () => {
    const policy = { IpRangeWhitelist: ["10.0.0.0/8"], AwsAccountWhitelist: ["1"] };
    const body = bodyOf(expand(withApi({ Auth: { ResourcePolicy: policy } })));
    const resource = [{ "Fn::Sub": ["execute-api:/${__Stage__}/GET/", { __Stage__: "dev" }] }];
    const action = { Action: "execute-api:Invoke", Resource: resource };
    expect(body["x-amazon-apigateway-policy"]).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", ...action, Principal: { AWS: ["1"] } },
        { Effect: "Allow", ...action, Principal: "*" },
        {
          Effect: "Deny",
          ...action,
          Principal: "*",
          Condition: { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8"] } },
        },
      ],
    });
  });
});

describe("Domain", () => {
  it("becomes a domain with paths, and records in its zone", () => {
    const domain = {
      DomainName: "a.example.com",
      CertificateArn: "arn:c",
      BasePath: ["one", "two-x"],
      Route53: { HostedZoneId: "Z1", IpV6: true },
    };
    const resources = expand(withApi({ Domain: domain }));
    const id = Object.keys(resources).find((key) => key.startsWith("ApiGatewayDomainName")) ?? "";
    expect(propertiesOf(resources, id)).toEqual({
      DomainName: "a.example.com",
      RegionalCertificateArn: "arn:c",
      EndpointConfiguration: { Types: ["REGIONAL"] },
    });
    expect(propertiesOf(resources, "ApitwoxBasePathMapping")).toEqual({
      BasePath: "twox",
      DomainName: { Ref: id },
      RestApiId: { Ref: "Api" },
      Stage: { Ref: "ApidevStage" },
    });
    const group = Object.values(resources).find(({ Type }) => Type === "AWS::Route53::RecordSetGroup");
    expect(group?.Properties).toMatchObject({
      HostedZoneId: "Z1",
      RecordSets: [
        { Name: "a.example.com", Type: "A", AliasTarget: { DNSName: { "Fn::GetAtt": [id, "RegionalDomainName"] } } },
        { Type: "AAAA" },
      ],
    });
  });
});
