/** Good requests about APIs and stacks. */
import * as apiGateway from "@aws-sdk/client-api-gateway";
import * as apiGatewayV2 from "@aws-sdk/client-apigatewayv2";
import * as cloudformation from "@aws-sdk/client-cloudformation";
import { type Call, type Group, policy } from "./capture.js";

const template = JSON.stringify({
  Parameters: {
    Size: { Type: "Number", Default: "5", MinValue: 1 },
    Names: { Type: "CommaDelimitedList", Default: "a,b" },
  },
  Mappings: { Regions: { "us-east-1": { kind: "x" } } },
  Conditions: { Big: { "Fn::Equals": [{ Ref: "Size" }, "5"] } },
  Resources: {
    Queue: {
      Type: "AWS::SQS::Queue",
      Condition: "Big",
      Properties: {
        VisibilityTimeout: { Ref: "Size" },
        Tags: [{ Key: "a", Value: { "Fn::Select": ["0", { Ref: "Names" }] } }],
      },
    },
    Topic: {
      Type: "AWS::SNS::Topic",
      DependsOn: "Queue",
      DeletionPolicy: "Retain",
      Properties: {
        DisplayName: {
          "Fn::Join": [
            "-",
            [{ Ref: "AWS::StackName" }, { "Fn::FindInMap": ["Regions", { Ref: "AWS::Region" }, "kind"] }],
          ],
        },
      },
    },
    Parameter: {
      Type: "AWS::SSM::Parameter",
      Metadata: { "aws:cdk:path": "App/Parameter" },
      Properties: {
        Type: "String",
        Value: { "Fn::Sub": ["${a}-${Topic}", { a: { "Fn::GetAtt": ["Queue", "Arn"] } }] },
      },
    },
    Modelled: { Type: "AWS::Events::Rule", Properties: { ScheduleExpression: "rate(1 day)", State: "ENABLED" } },
  },
  Outputs: { Url: { Value: { Ref: "Queue" }, Export: { Name: { "Fn::Sub": "${AWS::StackName}-url" } } } },
});
const openApi = JSON.stringify({
  openapi: "3.0.1",
  info: { title: "fuzzed", version: "1" },
  paths: {
    "/pets/{id}": {
      get: {
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
        responses: { "200": { description: "ok" } },
        "x-amazon-apigateway-integration": {
          type: "mock",
          requestTemplates: { "application/json": '{"statusCode":200}' },
          responses: { default: { statusCode: "200" } },
        },
      },
    },
  },
});

/** Makes what the requests are about, and returns them. */
export async function deploymentsRequests(call: Call): Promise<Group[]> {
  const api = await call("api-gateway", "ImportRestApi", { body: Buffer.from(openApi) });
  const restApiId = api.id;
  await call("api-gateway", "CreateDeployment", { restApiId, stageName: "v1" });
  const { items } = await call("api-gateway", "GetResources", { restApiId });
  const resourceId = items.find(({ path }: { path: string }) => path === "/pets/{id}").id;
  const { ApiId } = await call("apigatewayv2", "CreateApi", { Name: "fuzzed", ProtocolType: "HTTP" });
  await call("cloudformation", "CreateStack", { StackName: "fuzzed", TemplateBody: template });
  return [
    [
      "api-gateway",
      apiGateway.APIGatewayClient,
      [
        new apiGateway.CreateRestApiCommand({
          name: "new",
          endpointConfiguration: { types: ["REGIONAL"] },
          binaryMediaTypes: ["image/*"],
          policy: policy(),
          tags: { a: "b" },
        }),
        new apiGateway.ImportRestApiCommand({ body: openApi, failOnWarnings: true }),
        new apiGateway.PutRestApiCommand({ restApiId, mode: "merge", body: openApi }),
        new apiGateway.CreateResourceCommand({ restApiId, parentId: resourceId, pathPart: "{proxy+}" }),
        new apiGateway.PutMethodCommand({
          restApiId,
          resourceId,
          httpMethod: "POST",
          authorizationType: "NONE",
          requestParameters: { "method.request.querystring.q": true },
        }),
        new apiGateway.PutIntegrationCommand({
          restApiId,
          resourceId,
          httpMethod: "GET",
          type: "MOCK",
          requestTemplates: {
            "application/json":
              '#set($a = $input.params("id"))\n{"statusCode": 200, "a": "$util.escapeJavaScript($a)"}',
          },
        }),
        new apiGateway.PutIntegrationResponseCommand({
          restApiId,
          resourceId,
          httpMethod: "GET",
          statusCode: "200",
          selectionPattern: "2\\d\\d",
          responseTemplates: { "application/json": "#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end" },
          responseParameters: { "method.response.header.x": "'y'" },
        }),
        new apiGateway.TestInvokeMethodCommand({
          restApiId,
          resourceId,
          httpMethod: "GET",
          pathWithQueryString: "/pets/1?q=2",
          body: "{}",
          headers: { a: "b" },
        }),
        new apiGateway.CreateDeploymentCommand({ restApiId, stageName: "v2", variables: { a: "b" } }),
        new apiGateway.UpdateStageCommand({
          restApiId,
          stageName: "v1",
          patchOperations: [
            { op: "replace", path: "/variables/a", value: "c" },
            { op: "replace", path: "/*/*/throttling/rateLimit", value: "10" },
          ],
        }),
        new apiGateway.CreateModelCommand({
          restApiId,
          name: "Pet",
          contentType: "application/json",
          schema: '{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^a"}}}',
        }),
        new apiGateway.CreateAuthorizerCommand({
          restApiId,
          name: "a",
          type: "TOKEN",
          authorizerUri:
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:none/invocations",
          identitySource: "method.request.header.Authorization",
          authorizerResultTtlInSeconds: 10,
        }),
        new apiGateway.CreateUsagePlanCommand({
          name: "p",
          throttle: { rateLimit: 1, burstLimit: 2 },
          quota: { limit: 3, period: "DAY" },
          apiStages: [{ apiId: restApiId, stage: "v1" }],
        }),
        new apiGateway.GetResourcesCommand({ restApiId, limit: 3, embed: ["methods"] }),
      ],
    ],
    [
      "apigatewayv2",
      apiGatewayV2.ApiGatewayV2Client,
      [
        new apiGatewayV2.CreateApiCommand({
          Name: "new",
          ProtocolType: "HTTP",
          CorsConfiguration: { AllowOrigins: ["*"], MaxAge: 5 },
        }),
        new apiGatewayV2.CreateIntegrationCommand({
          ApiId,
          IntegrationType: "AWS_PROXY",
          IntegrationUri: "arn:aws:lambda:us-east-1:000000000000:function:none",
          PayloadFormatVersion: "2.0",
          TimeoutInMillis: 1000,
        }),
        new apiGatewayV2.CreateRouteCommand({ ApiId, RouteKey: "GET /a/{b+}", AuthorizationType: "NONE" }),
        new apiGatewayV2.CreateStageCommand({
          ApiId,
          StageName: "$default",
          AutoDeploy: true,
          StageVariables: { a: "b" },
          DefaultRouteSettings: { ThrottlingBurstLimit: 3 },
        }),
      ],
    ],
    [
      "cloudformation",
      cloudformation.CloudFormationClient,
      [
        new cloudformation.ValidateTemplateCommand({ TemplateBody: template }),
        new cloudformation.CreateStackCommand({
          StackName: "new",
          TemplateBody: template,
          Parameters: [{ ParameterKey: "Size", ParameterValue: "7" }],
          Tags: [{ Key: "a", Value: "b" }],
          OnFailure: "DELETE",
          Capabilities: ["CAPABILITY_IAM"],
        }),
        new cloudformation.UpdateStackCommand({
          StackName: "fuzzed",
          TemplateBody: template,
          Parameters: [{ ParameterKey: "Names", ParameterValue: "c,d" }],
        }),
        new cloudformation.CreateChangeSetCommand({
          StackName: "changed",
          ChangeSetName: "c",
          ChangeSetType: "CREATE",
          TemplateBody: template,
        }),
        new cloudformation.DescribeStackEventsCommand({ StackName: "fuzzed" }),
        new cloudformation.GetTemplateSummaryCommand({ TemplateBody: template }),
        new cloudformation.ListStackResourcesCommand({ StackName: "fuzzed" }),
        new cloudformation.SetStackPolicyCommand({
          StackName: "fuzzed",
          StackPolicyBody: '{"Statement":[{"Effect":"Deny","Action":"Update:*","Principal":"*","Resource":"*"}]}',
        }),
      ],
    ],
  ];
}
