/** Templates in two versions each, whose update adds, changes, replaces and removes resources of many types. */

/** Performs an operation; its output is read without types, a member or two of it. */
// biome-ignore lint/suspicious/noExplicitAny: outputs of many operations
export type Call = (service: string, operation: string, input: object) => Promise<any>;
type Definition = { Type: string; Properties?: object; DependsOn?: string[] } & Record<string, unknown>;
type Resources = Record<string, Definition>;

/** Part of what templates can hold. */
export interface Area {
  readonly versions: readonly [before: object, after: object];
  /** Puts data into what the first version made, by the resources' physical ids. */
  fill?(call: Call, ids: Record<string, string>): Promise<void>;
  /** The data that is there. */
  data?(call: Call, ids: Record<string, string>): Promise<unknown>;
  /** By logical id: removes what was left behind where it is in the way of the next, and lists do not show it. */
  readonly discard?: Record<
    string,
    (call: Call, ids: Record<string, string>, id: string | undefined) => Promise<unknown>
  >;
}

/** A version of a template: its last resource needs all others, and changes in place. */
function version(number: 1 | 2, resources: Resources, more: object = {}): object {
  const Last = {
    Type: "AWS::SSM::Parameter",
    Properties: { Type: "String", Value: String(number) },
    DependsOn: Object.entries(resources)
      .filter(([, { Condition }]) => Condition === undefined)
      .map(([id]) => id),
  };
  return { Description: `version ${number}`, Resources: { ...resources, Last }, ...more };
}

const named = (name: string) => ({ "Fn::Sub": `\${AWS::StackName}-${name}` });
const arn = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });
const allow = (Action: string, Resource: unknown) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource }],
});
const queue = (Properties: object, more: object = {}): Definition => ({ Type: "AWS::SQS::Queue", Properties, ...more });
const parameter = (Value: unknown, more: object = {}, properties: object = {}): Definition => ({
  Type: "AWS::SSM::Parameter",
  Properties: { Type: "String", Value, ...properties },
  ...more,
});

const messaging = (number: 1 | 2) =>
  version(
    number,
    {
      Kept: queue({ VisibilityTimeout: 10 }),
      Changed: queue({
        VisibilityTimeout: number * 10,
        RedrivePolicy: { deadLetterTargetArn: arn(number === 1 ? "Kept" : "Added"), maxReceiveCount: 1000 },
        Tags: [{ Key: "version", Value: String(number) }],
      }),
      Replaced: queue({ QueueName: named(`replaced-${number}`) }),
      Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: `version ${number}` } },
      Subscription: {
        Type: "AWS::SNS::Subscription",
        Properties: {
          TopicArn: { Ref: "Topic" },
          Protocol: "sqs",
          Endpoint: arn("Replaced"),
          RawMessageDelivery: number === 2,
        },
      },
      Policy: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: {
          Queues: [{ Ref: "Changed" }],
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: "*",
                Action: `sqs:${number === 1 ? "Send" : "Receive"}Message`,
                Resource: arn("Changed"),
              },
            ],
          },
        },
      },
      InFirst: queue({}, { Condition: "IsFirst" }),
      InSecond: queue({}, { Condition: "IsSecond" }),
      ...(number === 1 ? { Removed: queue({ DelaySeconds: 1 }) } : { Added: queue({ DelaySeconds: 2 }) }),
    },
    {
      Parameters: { Version: { Type: "String", Default: String(number) } },
      Conditions: {
        IsFirst: { "Fn::Equals": [{ Ref: "Version" }, "1"] },
        IsSecond: { "Fn::Equals": [{ Ref: "Version" }, "2"] },
      },
      Outputs: {
        Url: { Value: { Ref: "Replaced" }, Export: { Name: named(`export-${number}`) } },
        Kept: { Value: arn("Kept"), Export: { Name: named("export") } },
        Version: { Value: { Ref: "Version" } },
      },
    },
  );
/** The queues of the first version that hold messages. */
const FILLED = ["Kept", "Changed", "Replaced", "Removed", "InFirst"];

const table = (KeyName: string, properties: object): Definition => ({
  Type: "AWS::DynamoDB::Table",
  Properties: {
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: KeyName, KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: KeyName, AttributeType: "S" }],
    ...properties,
  },
});
const indexed = (number: 1 | 2): Definition =>
  table("pk", {
    AttributeDefinitions: ["pk", `gk${number}`].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    GlobalSecondaryIndexes: [
      {
        IndexName: `index${number}`,
        KeySchema: [{ AttributeName: `gk${number}`, KeyType: "HASH" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
    TimeToLiveSpecification: { AttributeName: "ttl", Enabled: number === 1 },
    Tags: [{ Key: "version", Value: String(number) }],
  });

const storage = (number: 1 | 2) =>
  version(number, {
    Indexed: indexed(number),
    Replaced: table(`pk${number}`, {}),
    Bucket: {
      Type: "AWS::S3::Bucket",
      Properties: {
        VersioningConfiguration: { Status: number === 1 ? "Enabled" : "Suspended" },
        LifecycleConfiguration: { Rules: [{ Id: `rule${number}`, Status: "Enabled", ExpirationInDays: number }] },
        CorsConfiguration: {
          CorsRules: [{ AllowedMethods: ["GET"], AllowedOrigins: [`https://v${number}.example`] }],
        },
      },
    },
    BucketPolicy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: "Bucket" },
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: { Ref: "AWS::AccountId" } },
              Action: number === 1 ? "s3:GetObject" : "s3:PutObject",
              Resource: { "Fn::Sub": "${Bucket.Arn}/*" },
            },
          ],
        },
      },
    },
    RetainedWhenReplaced: parameter(
      "v",
      { UpdateReplacePolicy: "Retain" },
      { Name: { "Fn::Sub": `/\${AWS::StackName}/${number}` } },
    ),
    Secret: {
      Type: "AWS::SecretsManager::Secret",
      Properties: { Description: `version ${number}`, SecretString: `secret ${number}` },
    },
    Key: {
      Type: "AWS::KMS::Key",
      Properties: {
        Description: `version ${number}`,
        EnableKeyRotation: number === 2,
        PendingWindowInDays: 7,
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
    ...(number === 1
      ? {
          Removed: table("pk", {}),
          RemovedButRetained: parameter("v", { DeletionPolicy: "RetainExceptOnCreate" }),
        }
      : { Added: table("pk", {}), AddedToStay: parameter("v", { DeletionPolicy: "RetainExceptOnCreate" }) }),
  });

const assumedBy = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: `${service}.amazonaws.com` }, Action: "sts:AssumeRole" }],
});
const role = (properties: object = {}): Definition => ({
  Type: "AWS::IAM::Role",
  Properties: { AssumeRolePolicyDocument: assumedBy("lambda"), ...properties },
});
const lambda = (ZipFile: string, properties: object = {}): Definition => ({
  Type: "AWS::Lambda::Function",
  Properties: { Runtime: "nodejs22.x", Handler: "index.handler", Role: arn("Role"), Code: { ZipFile }, ...properties },
});

const api = (number: 1 | 2) =>
  version(
    number,
    {
      Role: role({
        Policies: [
          { PolicyName: `inline${number}`, PolicyDocument: allow("sqs:SendMessage", `arn:aws:sqs:*:*:q${number}`) },
        ],
        Description: `version ${number}`,
      }),
      Policy: {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: {
          Roles: [{ Ref: "Role" }],
          PolicyDocument: allow(`dynamodb:${number === 1 ? "Get" : "Put"}Item`, "*"),
        },
      },
      Function: lambda(`exports.handler = async () => ({ statusCode: 200, body: "${number}" });`, {
        Environment: { Variables: { VERSION: String(number) } },
        Timeout: number,
      }),
      Permission: {
        Type: "AWS::Lambda::Permission",
        Properties: {
          Action: "lambda:InvokeFunction",
          FunctionName: { Ref: "Function" },
          Principal: "apigateway.amazonaws.com",
          SourceArn: { "Fn::Sub": `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/*/GET/v${number}` },
        },
      },
      Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: named("api"), Description: `version ${number}` } },
      Path: {
        Type: "AWS::ApiGateway::Resource",
        Properties: {
          RestApiId: { Ref: "Api" },
          ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
          PathPart: `v${number}`,
        },
      },
      Get: {
        Type: "AWS::ApiGateway::Method",
        Properties: {
          RestApiId: { Ref: "Api" },
          ResourceId: { Ref: "Path" },
          HttpMethod: "GET",
          AuthorizationType: "NONE",
          Integration: {
            Type: "AWS_PROXY",
            IntegrationHttpMethod: "POST",
            Uri: {
              "Fn::Sub":
                "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations",
            },
          },
        },
      },
      [`Deployment${number}`]: {
        Type: "AWS::ApiGateway::Deployment",
        DependsOn: ["Get"],
        Properties: { RestApiId: { Ref: "Api" } },
      },
      Stage: {
        Type: "AWS::ApiGateway::Stage",
        Properties: {
          RestApiId: { Ref: "Api" },
          DeploymentId: { Ref: `Deployment${number}` },
          StageName: "live",
          Variables: { version: String(number) },
        },
      },
      Group: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: number === 1 ? 7 : 14 } },
    },
    {
      Outputs: {
        Url: { Value: { "Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}/" } },
      },
    },
  );

const CUSTOM = `
  const { send } = require("cfn-response");
  exports.handler = (event, context) => {
    const { Name, Fixed } = event.ResourceProperties;
    send(event, context, "SUCCESS", { Name }, Fixed ?? Name);
  };`;

const composed = (number: 1 | 2) =>
  version(
    number,
    {
      Role: role(),
      Handler: lambda(CUSTOM, { Timeout: 20 }),
      CustomInPlace: {
        Type: "Custom::Thing",
        Properties: { ServiceToken: arn("Handler"), Name: `version ${number}`, Fixed: "fixed" },
      },
      CustomReplaced: {
        Type: "Custom::Thing",
        Properties: { ServiceToken: arn("Handler"), Name: `version ${number}` },
      },
      Nested: {
        Type: "AWS::CloudFormation::Stack",
        Properties: { TemplateURL: nestedTemplate.url, Parameters: { Delay: number } },
      },
      Network: {
        Type: "AWS::EC2::VPC",
        Properties: { CidrBlock: `10.${number}.0.0/16`, Tags: [{ Key: "version", Value: String(number) }] },
      },
      Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Network" }, CidrBlock: "10.0.0.0/24" } },
      Pool: {
        Type: "AWS::Cognito::UserPool",
        Properties: { DeletionProtection: number === 1 ? "INACTIVE" : "ACTIVE" },
      },
      ...(number === 1
        ? {
            Removed: {
              Type: "AWS::Glue::Database",
              Properties: { CatalogId: { Ref: "AWS::AccountId" }, DatabaseInput: {} },
            },
          }
        : { Added: { Type: "AWS::Athena::WorkGroup", Properties: { Name: named("group") } } }),
    },
    {
      Outputs: {
        InPlace: { Value: { "Fn::GetAtt": ["CustomInPlace", "Name"] } },
        Replaced: { Value: { Ref: "CustomReplaced" } },
        Inner: { Value: { "Fn::GetAtt": ["Nested", "Outputs.Name"] }, Export: { Name: named("inner") } },
      },
    },
  );

/** The template of the nested stack, and where it is to be. */
export const nestedTemplate = {
  url: "https://s3.amazonaws.com/templates/nested.json",
  Bucket: "templates",
  Key: "nested.json",
  Body: JSON.stringify({
    Parameters: { Delay: { Type: "Number" } },
    Conditions: { IsSecond: { "Fn::Equals": [{ Ref: "Delay" }, "2"] } },
    Resources: {
      Inner: queue({ DelaySeconds: { Ref: "Delay" } }),
      InnerReplaced: queue({ QueueName: { "Fn::Sub": "${AWS::StackName}-${Delay}" } }),
      InnerAdded: queue({}, { Condition: "IsSecond" }),
    },
    Outputs: { Name: { Value: { "Fn::GetAtt": ["InnerReplaced", "QueueName"] } } },
  }),
};

export const areas: Readonly<Record<string, Area>> = {
  messaging: {
    versions: [messaging(1), messaging(2)],
    async fill(call, ids) {
      for (const id of FILLED)
        await call("sqs", "SendMessage", { QueueUrl: ids[id], MessageBody: `in ${id}`, DelaySeconds: 0 });
    },
    data: (call, ids) =>
      Promise.all(
        FILLED.map(async (id) => {
          const input = { QueueUrl: ids[id], VisibilityTimeout: 0 };
          return (await call("sqs", "ReceiveMessage", input)).Messages?.[0]?.Body;
        }),
      ),
  },
  storage: {
    versions: [storage(1), storage(2)],
    async fill(call, ids) {
      const items = { Indexed: { pk: "a", gk1: "b" }, Replaced: { pk1: "a" }, Removed: { pk: "a" } };
      for (const [id, item] of Object.entries(items)) {
        const Item = Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }]));
        await call("dynamodb", "PutItem", { TableName: ids[id], Item });
      }
      await call("s3", "PutObject", { Bucket: ids.Bucket, Key: "object", Body: "content" });
    },
    async data(call, ids) {
      const tables = ["Indexed", "Replaced", "Removed"].map((id) => call("dynamodb", "Scan", { TableName: ids[id] }));
      const index = call("dynamodb", "Scan", { TableName: ids.Indexed, IndexName: "index1" });
      const found = (await Promise.all([...tables, index])).map(({ Items }) => Items);
      const { Contents } = await call("s3", "ListObjectsV2", { Bucket: ids.Bucket });
      const { SecretString } = await call("secrets-manager", "GetSecretValue", { SecretId: ids.Secret });
      return { found, objects: Contents.map(({ Key }: { Key: string }) => Key), SecretString };
    },
  },
  api: {
    versions: [api(1), api(2)],
    discard: {
      Path: (call, { Api }, resourceId) => call("api-gateway", "DeleteResource", { restApiId: Api, resourceId }),
    },
  },
  composed: { versions: [composed(1), composed(2)] },
};
