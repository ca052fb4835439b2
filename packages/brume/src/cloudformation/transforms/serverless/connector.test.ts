import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../template/template.js";
import { expand, fn, propertiesOf, refusalOf, typesOf } from "./testing.js";

const TABLE = { Type: "AWS::DynamoDB::Table" };

function connector(source: JsonObject, destination: JsonObject | JsonObject[], ...permissions: string[]): JsonObject {
  const properties = { Source: source, Destination: destination, Permissions: permissions };
  return { Type: "AWS::Serverless::Connector", Properties: properties };
}

describe("AWS::Serverless::Connector", () => {
  it("gives the role of a function a policy", () => {
    const resources = expand({ Fn: fn(), Table: TABLE, Link: connector({ Id: "Fn" }, { Id: "Table" }, "Read") });
    const arn = { "Fn::GetAtt": ["Table", "Arn"] };
    expect(propertiesOf(resources, "LinkPolicy")).toEqual({
      Roles: [{ Ref: "FnRole" }],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: [
              "dynamodb:GetItem",
              "dynamodb:Query",
              "dynamodb:Scan",
              "dynamodb:BatchGetItem",
              "dynamodb:ConditionCheckItem",
              "dynamodb:PartiQLSelect",
            ],
            Resource: [arn, { "Fn::Sub": ["${DestinationArn}/index/*", { DestinationArn: arn }] }],
          },
        ],
      },
    });
    expect(resources.LinkPolicy?.Metadata).toEqual({
      "aws:sam:connectors": {
        Link: { Source: { Type: "AWS::Serverless::Function" }, Destination: { Type: "AWS::DynamoDB::Table" } },
      },
    });
  });

  it("lets services invoke functions, and send to queues and topics", () => {
    const resources = expand({
      Fn: fn(),
      Rule: { Type: "AWS::Events::Rule" },
      Queue: { Type: "AWS::SQS::Queue" },
      Topic: { Type: "AWS::SNS::Topic" },
      Link: connector({ Id: "Rule" }, [{ Id: "Fn" }, { Id: "Queue" }, { Id: "Topic" }], "Write"),
    });
    expect(typesOf(resources)).toMatchObject({
      LinkWriteLambdaPermissionDestination0: "AWS::Lambda::Permission",
      LinkQueuePolicyDestination1: "AWS::SQS::QueuePolicy",
      LinkTopicPolicyDestination2: "AWS::SNS::TopicPolicy",
    });
    expect(propertiesOf(resources, "LinkQueuePolicyDestination1").Queues).toEqual([{ Ref: "Queue" }]);
  });

  it("comes before the mapping that needs it, and stands for what it made in dependencies", () => {
    const event = { Type: "SQS", Properties: { Queue: { "Fn::GetAtt": ["Queue", "Arn"] } } };
    const resources = expand({
      Queue: { Type: "AWS::SQS::Queue" },
      Fn: fn({ Events: { Q: event } }),
      Link: connector({ Id: "Queue" }, { Id: "Fn" }, "Read", "Write"),
      After: { Type: "AWS::SNS::Topic", DependsOn: "Link" },
    });
    expect(resources.FnQ?.DependsOn).toEqual(["LinkPolicy"]);
    expect(resources.After?.DependsOn).toBe("LinkPolicy");
  });

  it("is refused for types that it does not connect, and permissions that there are not", () => {
    expect(refusalOf({ Fn: fn(), Table: TABLE, Link: connector({ Id: "Table" }, { Id: "Table" }, "Read") })).toContain(
      "Unable to create connector from AWS::DynamoDB::Table to AWS::DynamoDB::Table; it's not supported or the template is invalid.",
    );
    expect(refusalOf({ Fn: fn(), Table: TABLE, Link: connector({ Id: "Fn" }, { Id: "Table" }, "Eat") })).toContain(
      "valid values are: Read, Write.",
    );
    expect(refusalOf({ Fn: fn(), Link: connector({ Id: "Fn" }, { Id: "Nothing" }, "Read") })).toContain(
      "Unable to find resource with logical ID 'Nothing'.",
    );
  });
});

describe("The Connectors attribute", () => {
  it("connects the resource that it is of", () => {
    const link = { Properties: { Destination: { Id: "Table" }, Permissions: ["Write"] } };
    const resources = expand({ Fn: fn({}, { Connectors: { Link: link } }), Table: TABLE });
    expect(resources.FnLinkPolicy?.Type).toBe("AWS::IAM::ManagedPolicy");
    expect(resources.Fn).not.toHaveProperty("Connectors");
  });
});

describe("AWS::Serverless::GraphQLApi", () => {
  it("becomes an API with its schema, data sources, functions and resolvers", () => {
    const runtime = { Name: "APPSYNC_JS", Version: "1.0.0" };
    const resources = expand({
      Table: TABLE,
      Api: {
        Type: "AWS::Serverless::GraphQLApi",
        Properties: {
          SchemaInline: "type Query { get: String }",
          Auth: { Type: "API_KEY" },
          ApiKeys: { Key: { Description: "one" } },
          DataSources: {
            DynamoDb: { Items: { TableName: { Ref: "Table" }, TableArn: { "Fn::GetAtt": ["Table", "Arn"] } } },
          },
          Functions: { Read: { Runtime: runtime, DataSource: "Items", InlineCode: "x" } },
          Resolvers: { Query: { get: { Pipeline: ["Read"] } } },
        },
      },
    });
    expect(typesOf(resources)).toEqual({
      Table: "AWS::DynamoDB::Table",
      Api: "AWS::AppSync::GraphQLApi",
      ApiSchema: "AWS::AppSync::GraphQLSchema",
      ApiCloudWatchRole: "AWS::IAM::Role",
      ApiKey: "AWS::AppSync::ApiKey",
      ApiItemsDynamoDBDataSource: "AWS::AppSync::DataSource",
      ApiItemsDynamoDBDataSourceRole: "AWS::IAM::Role",
      ApiItemsDynamoDBDataSourceToTableConnectorPolicy: "AWS::IAM::ManagedPolicy",
      ApiRead: "AWS::AppSync::FunctionConfiguration",
      ApiQueryget: "AWS::AppSync::Resolver",
    });
    expect(propertiesOf(resources, "ApiQueryget")).toMatchObject({
      Kind: "PIPELINE",
      FieldName: "get",
      PipelineConfig: { Functions: [{ "Fn::GetAtt": ["ApiRead", "FunctionId"] }] },
    });
  });
});
