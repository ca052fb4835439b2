/** Good templates that use what there is in templates, for tests that spoil them. */

type Resources = Record<string, object>;

const assumedBy = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: `${service}.amazonaws.com` }, Action: "sts:AssumeRole" }],
});

const messaging = {
  AWSTemplateFormatVersion: "2010-09-09",
  Description: "Queues and topics, with parameters, mappings, conditions and exports",
  Metadata: { "AWS::CloudFormation::Interface": { ParameterGroups: [{ Parameters: ["Stage"] }] } },
  Parameters: {
    Stage: { Type: "String", Default: "dev", AllowedValues: ["dev", "prod"], Description: "d" },
    Delay: { Type: "Number", Default: 5, MinValue: 0, MaxValue: 900 },
    Names: { Type: "CommaDelimitedList", Default: "a,b,c" },
    Prefix: { Type: "String", Default: "p1", AllowedPattern: "[a-z][a-z0-9]*", MinLength: 1, MaxLength: 10 },
    Secret: { Type: "String", Default: "x", NoEcho: true },
  },
  Mappings: { Settings: { dev: { Timeout: 30, Kinds: ["x", "y"] }, prod: { Timeout: 60, Kinds: ["z"] } } },
  Rules: { R: { Assertions: [{ Assert: { "Fn::Contains": [["dev", "prod"], { Ref: "Stage" }] } }] } },
  Conditions: {
    IsProd: { "Fn::Equals": [{ Ref: "Stage" }, "prod"] },
    IsDev: { "Fn::Not": [{ Condition: "IsProd" }] },
    Either: { "Fn::Or": [{ Condition: "IsProd" }, { "Fn::And": [{ Condition: "IsDev" }, { Condition: "IsDev" }] }] },
  },
  Resources: {
    Dead: {
      Type: "AWS::SQS::Queue",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      Metadata: { "aws:cdk:path": "S/Dead/Resource" },
    },
    Queue: {
      Type: "AWS::SQS::Queue",
      DependsOn: ["Topic"],
      Properties: {
        DelaySeconds: { Ref: "Delay" },
        VisibilityTimeout: { "Fn::FindInMap": ["Settings", { Ref: "Stage" }, "Timeout"] },
        RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 3 },
        Tags: [
          { Key: "name", Value: { "Fn::Select": [1, { Ref: "Names" }] } },
          { Key: "all", Value: { "Fn::Join": ["-", { "Fn::Split": [".", "x.y.z"] }] } },
          { "Fn::If": ["IsProd", { Key: "prod", Value: "yes" }, { Ref: "AWS::NoValue" }] },
        ],
      },
    },
    Topic: {
      Type: "AWS::SNS::Topic",
      Properties: { DisplayName: { "Fn::Sub": "${AWS::StackName} ${Prefix} ${!literal} in ${AWS::Region}" } },
    },
    Subscription: {
      Type: "AWS::SNS::Subscription",
      Condition: "IsDev",
      Properties: {
        TopicArn: { Ref: "Topic" },
        Protocol: "sqs",
        Endpoint: { "Fn::GetAtt": "Queue.Arn" },
        FilterPolicy: { kind: [{ prefix: "a" }, { numeric: [">", 1] }] },
      },
    },
    Policy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "Queue" }],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "sns.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: { "Fn::GetAtt": ["Queue", "Arn"] },
              Condition: { ArnEquals: { "aws:SourceArn": { Ref: "Topic" } } },
            },
          ],
        },
      },
    },
    Parameter: {
      Type: "AWS::SSM::Parameter",
      Properties: {
        Type: "String",
        Value: { "Fn::Sub": ["${A}/${Queue.QueueName}", { A: { "Fn::Base64": "text" } }] },
        Description: "{{resolve:ssm:/fuzz/known}}",
      },
    },
  },
  Outputs: {
    Url: {
      Value: { Ref: "Queue" },
      Description: "d",
      Export: { Name: { "Fn::Sub": "${AWS::StackName}-url" } },
      Condition: "Either",
    },
    Name: { Value: { "Fn::GetAtt": ["Dead", "QueueName"] } },
  },
};

const application = {
  Description: "A table, a function, a REST API",
  Resources: {
    Table: {
      Type: "AWS::DynamoDB::Table",
      DeletionPolicy: "Retain",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "gk", AttributeType: "N" },
        ],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        GlobalSecondaryIndexes: [
          {
            IndexName: "index",
            KeySchema: [{ AttributeName: "gk", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          },
        ],
        StreamSpecification: { StreamViewType: "NEW_IMAGE" },
      },
    },
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: assumedBy("lambda"),
        ManagedPolicyArns: [
          { "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" },
        ],
        Policies: [
          {
            PolicyName: "p",
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [{ Effect: "Allow", Action: "dynamodb:*", Resource: { "Fn::GetAtt": ["Table", "Arn"] } }],
            },
          },
        ],
      },
    },
    Function: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: { "Fn::GetAtt": ["Role", "Arn"] },
        Code: { ZipFile: "exports.handler = async () => ({});" },
        Environment: { Variables: { TABLE: { Ref: "Table" } } },
        Timeout: 3,
      },
    },
    Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api" } },
    Pets: {
      Type: "AWS::ApiGateway::Resource",
      Properties: {
        RestApiId: { Ref: "Api" },
        ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
        PathPart: "pets",
      },
    },
    Get: {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        RestApiId: { Ref: "Api" },
        ResourceId: { Ref: "Pets" },
        HttpMethod: "GET",
        AuthorizationType: "NONE",
        Integration: {
          Type: "AWS_PROXY",
          IntegrationHttpMethod: "POST",
          Uri: {
            "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations",
          },
        },
      },
    },
    Deployment: {
      Type: "AWS::ApiGateway::Deployment",
      DependsOn: "Get",
      Properties: { RestApiId: { Ref: "Api" } },
    },
    Stage: {
      Type: "AWS::ApiGateway::Stage",
      Properties: { RestApiId: { Ref: "Api" }, DeploymentId: { Ref: "Deployment" }, StageName: "v1" },
    },
  } satisfies Resources,
  Outputs: { Url: { Value: { "Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}/" } } },
};

const extended = {
  Transform: ["AWS::LanguageExtensions"],
  Parameters: { Stages: { Type: "CommaDelimitedList", Default: "one,two" } },
  Mappings: { M: { a: { b: "c", list: ["p", "q"] } } },
  Conditions: { Many: { "Fn::Equals": [{ "Fn::Length": { Ref: "Stages" } }, 2] } },
  Resources: {
    "Fn::ForEach::Stages": [
      "Stage",
      { Ref: "Stages" },
      {
        "Fn::ForEach::Kinds": [
          "Kind",
          ["in", "out"],
          {
            "Queue${Stage}${Kind}": {
              Type: "AWS::SQS::Queue",
              Properties: { QueueName: { "Fn::Sub": "${AWS::StackName}-${Stage}-${Kind}" } },
            },
          },
        ],
      },
    ],
    Parameter: {
      Type: "AWS::SSM::Parameter",
      Condition: "Many",
      Properties: {
        Type: "String",
        Value: {
          "Fn::ToJsonString": {
            a: { "Fn::FindInMap": ["M", "a", "none", { DefaultValue: { Ref: "AWS::Region" } }] },
            arn: { "Fn::GetAtt": ["Queueonein", "Arn"] },
          },
        },
      },
    },
  },
  Outputs: {
    "Fn::ForEach::Names": [
      "Stage",
      { Ref: "Stages" },
      { "Name${Stage}": { Value: { "Fn::GetAtt": [{ "Fn::Sub": "Queue${Stage}in" }, "QueueName"] } } },
    ],
  },
};

const serverless = {
  Transform: "AWS::Serverless-2016-10-31",
  Globals: { Function: { Runtime: "nodejs22.x", Timeout: 5, Environment: { Variables: { MODE: "b" } } } },
  Resources: {
    Hello: {
      Type: "AWS::Serverless::Function",
      Properties: {
        Handler: "index.handler",
        InlineCode: "exports.handler = async () => ({ statusCode: 200 });",
        Policies: [{ SQSSendMessagePolicy: { QueueName: { "Fn::GetAtt": ["Queue", "QueueName"] } } }],
        Events: {
          Get: { Type: "Api", Properties: { Path: "/{proxy+}", Method: "any" } },
          Messages: { Type: "SQS", Properties: { Queue: { "Fn::GetAtt": ["Queue", "Arn"] }, BatchSize: 5 } },
          Daily: { Type: "Schedule", Properties: { Schedule: "rate(1 day)" } },
        },
      },
    },
    Queue: { Type: "AWS::SQS::Queue" },
    Items: { Type: "AWS::Serverless::SimpleTable", Properties: { PrimaryKey: { Name: "id", Type: "String" } } },
  },
};

const infrastructure = {
  Resources: {
    Network: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
    Subnet: {
      Type: "AWS::EC2::Subnet",
      UpdateReplacePolicy: "Retain",
      DeletionPolicy: "RetainExceptOnCreate",
      Properties: {
        VpcId: { Ref: "Network" },
        CidrBlock: { "Fn::Select": [0, { "Fn::Cidr": [{ "Fn::GetAtt": ["Network", "CidrBlock"] }, 4, 8] }] },
        AvailabilityZone: { "Fn::Select": ["0", { "Fn::GetAZs": "" }] },
      },
    },
    Handle: { Type: "AWS::CloudFormation::WaitConditionHandle" },
    Bucket: {
      Type: "AWS::S3::Bucket",
      Properties: {
        VersioningConfiguration: { Status: "Enabled" },
        LifecycleConfiguration: { Rules: [{ Id: "r", Status: "Enabled", ExpirationInDays: 3 }] },
      },
    },
    Rule: {
      Type: "AWS::Events::Rule",
      Properties: { EventPattern: { source: ["a"], detail: { b: [{ exists: true }] } }, State: "ENABLED" },
    },
    Secret: { Type: "AWS::SecretsManager::Secret", Properties: { GenerateSecretString: { PasswordLength: 20 } } },
    Key: {
      Type: "AWS::KMS::Key",
      Properties: {
        KeyPolicy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: { "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root" } },
              Action: "kms:*",
              Resource: "*",
            },
          ],
        },
      },
    },
    Group: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 7, KmsKeyId: { "Fn::GetAtt": "Key.Arn" } } },
    Nested: {
      Type: "AWS::CloudFormation::Stack",
      Properties: { TemplateURL: "https://s3.amazonaws.com/fuzzed/nested.json", Parameters: { Delay: 3 } },
    },
  },
  Outputs: { Inner: { Value: { "Fn::GetAtt": ["Nested", "Outputs.Name"] } } },
};

/** The template of the nested stack, at the place that the templates name. */
export const nestedTemplate = {
  Bucket: "fuzzed",
  Key: "nested.json",
  Body: JSON.stringify({
    Parameters: { Delay: { Type: "Number" } },
    Resources: { Q: { Type: "AWS::SQS::Queue", Properties: { DelaySeconds: { Ref: "Delay" } } } },
    Outputs: { Name: { Value: { "Fn::GetAtt": ["Q", "QueueName"] } } },
  }),
};

/** By hand: what no serializer writes. */
const handWritten = `%YAML 1.1
---
AWSTemplateFormatVersion: 2010-09-09 # a comment
Description: >-
  folded
  text
Parameters:
  Name: {Type: String, Default: "q\\u0031"}
Mappings:
  Sizes: &sizes
    small: {Timeout: 0o17, Delay: 1}
    "large": {Timeout: 20, Delay: 2}
Conditions:
  Always: !Equals [!Ref AWS::Region, !Ref "AWS::Region"]
  Never: !Not [!Condition Always]
Resources:
  ? Queue
  : Type: AWS::SQS::Queue
    Properties: &properties
      VisibilityTimeout: !FindInMap [Sizes, small, Delay]
      Tags:
      - Key: a
        Value: !Join ["-", [!Ref Name, !Select [0, !Split [",", "x,y"]]]]
      - {Key: b, Value: !Sub '\${AWS::StackName}/\${Name}'}
      - !If [Never, {Key: c, Value: d}, !Ref AWS::NoValue]
  Other:
    Type: AWS::SQS::Queue
    DependsOn: [Queue]
    Properties: *properties
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Value: !Sub
        - |
          first \${Queue.Arn}
          second \${X}
        - X: !GetAtt Other.Arn
      Description: !Base64 "text"
Outputs:
  Arn:
    Value: !GetAtt
      - Queue
      - Arn
...
`;

/** Templates as data, by name. */
export const goodTemplates: Readonly<Record<string, object>> = {
  messaging,
  application,
  extended,
  serverless,
  infrastructure,
};

/** Templates as text, by name. */
export const handWrittenTemplates: Readonly<Record<string, string>> = { handWritten };
