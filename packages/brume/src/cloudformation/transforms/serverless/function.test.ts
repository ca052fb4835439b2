import { describe, expect, it } from "vitest";
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { LOCAL_BUCKET } from "./code-location.js";
import { expand, FUNCTION, fn, propertiesOf, refusalOf, typesOf } from "./testing.js";

/** A function that does not say where its code is. */
function withoutCode(properties: JsonObject): JsonObject {
  const { InlineCode: _, ...rest } = FUNCTION;
  return { Type: "AWS::Serverless::Function", Properties: { ...rest, ...properties } };
}

const CREATED_BY = { Key: "lambda:createdBy", Value: "SAM" };

describe("AWS::Serverless::Function", () => {
  it("becomes a function with a role that may write logs", () => {
    const resources = expand({ Fn: fn({ Tags: { team: "blue" } }) });
    expect(resources).toEqual({
      Fn: {
        Type: "AWS::Lambda::Function",
        Properties: {
          Code: { ZipFile: "exports.handler = 0;" },
          Handler: "index.handler",
          Runtime: "nodejs22.x",
          Role: { "Fn::GetAtt": ["FnRole", "Arn"] },
          Tags: [CREATED_BY, { Key: "team", Value: "blue" }],
        },
      },
      FnRole: {
        Type: "AWS::IAM::Role",
        Properties: {
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              { Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: ["lambda.amazonaws.com"] } },
            ],
          },
          ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
          Tags: [CREATED_BY, { Key: "team", Value: "blue" }],
        },
      },
    });
  });

  it("takes its code from S3, from a folder, or from an image", () => {
    const code = (properties: JsonObject) => propertiesOf(expand({ Fn: withoutCode(properties) }), "Fn").Code;
    expect(code({ CodeUri: "s3://bucket/a/b.zip?versionId=7" })).toEqual({
      S3Bucket: "bucket",
      S3Key: "a/b.zip",
      S3ObjectVersion: "7",
    });
    expect(code({ CodeUri: { Bucket: { Ref: "B" }, Key: "k" } })).toEqual({ S3Bucket: { Ref: "B" }, S3Key: "k" });
    expect(code({ CodeUri: "./src/app/" })).toEqual({ S3Bucket: LOCAL_BUCKET, S3Key: "src/app" });
    expect(code({})).toEqual({ S3Bucket: LOCAL_BUCKET, S3Key: "." });
    const image = { Type: "AWS::Serverless::Function", Properties: { PackageType: "Image", ImageUri: "a/b:c" } };
    expect(propertiesOf(expand({ Fn: image }), "Fn").Code).toEqual({ ImageUri: "a/b:c" });
    expect(refusalOf({ Fn: withoutCode({ CodeUri: "https://host/x" }) })).toContain("is not a valid S3 Uri");
  });

  it("passes its settings on", () => {
    const settings = {
      MemorySize: 256,
      Environment: { Variables: { A: "b" } },
      Architectures: ["arm64"],
      EphemeralStorage: { Size: 1024 },
      ReservedConcurrentExecutions: 3,
      KmsKeyArn: "arn:key",
      LoggingConfig: { LogFormat: "JSON" },
      SnapStart: { ApplyOn: "PublishedVersions" },
    };
    expect(propertiesOf(expand({ Fn: fn(settings) }), "Fn")).toMatchObject(settings);
  });

  it("has the policies of what it uses", () => {
    const resources = expand({
      Fn: fn({
        Tracing: "Active",
        VpcConfig: { SubnetIds: ["s"], SecurityGroupIds: ["g"] },
        DeadLetterQueue: { Type: "SQS", TargetArn: "arn:q" },
        PermissionsBoundary: "arn:boundary",
      }),
    });
    expect(propertiesOf(resources, "Fn")).toMatchObject({
      TracingConfig: { Mode: "Active" },
      DeadLetterConfig: { TargetArn: "arn:q" },
    });
    expect(propertiesOf(resources, "FnRole")).toMatchObject({
      ManagedPolicyArns: [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
      ],
      Policies: [
        {
          PolicyName: "DeadLetterQueuePolicy",
          PolicyDocument: { Statement: [{ Action: "sqs:SendMessage", Effect: "Allow", Resource: "arn:q" }] },
        },
      ],
      PermissionsBoundary: "arn:boundary",
    });
  });

  it("has its own role, or the one made where a condition leaves it without", () => {
    expect(typesOf(expand({ Fn: fn({ Role: "arn:role" }) }))).toEqual({ Fn: "AWS::Lambda::Function" });
    const role = { "Fn::If": ["Own", "arn:role", { Ref: "AWS::NoValue" }] };
    const resources = expand({ Fn: fn({ Role: role }) }, { Conditions: { Own: { "Fn::Equals": ["a", "b"] } } });
    expect(propertiesOf(resources, "Fn").Role).toEqual({
      "Fn::If": ["Own", "arn:role", { "Fn::GetAtt": ["FnRole", "Arn"] }],
    });
    expect(resources.FnRole?.Condition).toBe("NOTOwn");
  });
});

describe("Policies", () => {
  const role = (policies: Json) => propertiesOf(expand({ Fn: fn({ Policies: policies }) }), "FnRole");

  it("are names, ARNs, documents, templates, or any of them under a condition", () => {
    const statement = [{ Effect: "Allow", Action: "s3:*", Resource: "*" }];
    const { ManagedPolicyArns: arns, Policies: inline } = role([
      "AmazonS3FullAccess",
      "AWSLambdaRole",
      "arn:aws:iam::1:policy/mine",
      { Ref: "Policy" },
      { Statement: statement },
      { "Fn::If": ["C", { SQSPollerPolicy: { QueueName: "q" } }, { Ref: "AWS::NoValue" }] },
    ]);
    expect(arns).toEqual([
      "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
      "arn:aws:iam::aws:policy/AmazonS3FullAccess",
      "arn:aws:iam::aws:policy/service-role/AWSLambdaRole",
      "arn:aws:iam::1:policy/mine",
      { Ref: "Policy" },
    ]);
    expect(inline).toMatchObject([
      { PolicyName: "FnRolePolicy4", PolicyDocument: { Statement: statement } },
      { "Fn::If": ["C", { PolicyName: "FnRolePolicy5" }, { Ref: "AWS::NoValue" }] },
    ]);
  });

  it("fill templates with parameters, which may be functions", () => {
    const bucket = { Ref: "Bucket" };
    expect(role([{ S3ReadPolicy: { BucketName: bucket } }]).Policies).toEqual([
      {
        PolicyName: "FnRolePolicy0",
        PolicyDocument: {
          Statement: [
            {
              Effect: "Allow",
              Action: [
                "s3:GetObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:GetObjectVersion",
                "s3:GetLifecycleConfiguration",
              ],
              Resource: [
                { "Fn::Sub": ["arn:${AWS::Partition}:s3:::${bucketName}", { bucketName: bucket }] },
                { "Fn::Sub": ["arn:${AWS::Partition}:s3:::${bucketName}/*", { bucketName: bucket }] },
              ],
            },
          ],
        },
      },
    ]);
    const place = "${AWS::Region}:${AWS::AccountId}";
    expect(role([{ EFSWriteAccessPolicy: { FileSystem: "f", AccessPoint: "a" } }]).Policies).toMatchObject([
      {
        PolicyDocument: {
          Statement: [
            {
              Condition: {
                StringEquals: {
                  "elasticfilesystem:AccessPointArn": {
                    "Fn::Sub": [
                      `arn:\${AWS::Partition}:elasticfilesystem:${place}:access-point/\${accessPoint}`,
                      { accessPoint: "a" },
                    ],
                  },
                },
              },
            },
          ],
        },
      },
    ]);
  });

  it("are refused without a template's parameters, or of no known kind", () => {
    expect(refusalOf({ Fn: fn({ Policies: [{ DynamoDBCrudPolicy: {} }] }) })).toContain(
      "Following required parameters of template 'DynamoDBCrudPolicy' don't have values: ['TableName']",
    );
    expect(refusalOf({ Fn: fn({ Policies: [{ NoSuchPolicy: {} }] }) })).toContain(
      "Policy at index 0 in the 'Policies' property is not valid",
    );
  });
});

describe("AutoPublishAlias", () => {
  it("publishes a version that is another one when the code changes", () => {
    const made = (code: string) => expand({ Fn: fn({ AutoPublishAlias: "live", InlineCode: code }) });
    const version = Object.keys(made("a")).find((id) => id.startsWith("FnVersion")) ?? "";
    expect(version).toMatch(/^FnVersion[0-9a-f]{10}$/);
    expect(made("a")[version]).toEqual({
      Type: "AWS::Lambda::Version",
      DeletionPolicy: "Retain",
      Properties: { FunctionName: { Ref: "Fn" } },
    });
    expect(propertiesOf(made("a"), "FnAliaslive")).toEqual({
      Name: "live",
      FunctionName: { Ref: "Fn" },
      FunctionVersion: { "Fn::GetAtt": [version, "Version"] },
    });
    expect(made("b")).not.toHaveProperty(version);
  });

  it("hashes the code as SAM does", () => {
    // The SHA-1 of {"S3Bucket":"b","S3Key":"k"}, which SAM cuts off after ten digits.
    const properties = { CodeUri: "s3://b/k", AutoPublishAlias: "live" };
    expect(Object.keys(expand({ Fn: withoutCode(properties) }))).toContain("FnVersion03ba323aca");
  });

  it("is what events invoke", () => {
    const event = { Type: "Schedule", Properties: { Schedule: "rate(1 day)" } };
    const resources = expand({ Fn: fn({ AutoPublishAlias: "live", Events: { Daily: event } }) });
    expect(propertiesOf(resources, "FnDaily").Targets).toMatchObject([{ Arn: { Ref: "FnAliaslive" } }]);
    expect(propertiesOf(resources, "FnDailyPermission").FunctionName).toEqual({ Ref: "FnAliaslive" });
  });

  it("is refused with a name that is none", () => {
    expect(refusalOf({ Fn: fn({ AutoPublishAlias: "42" }) })).toContain("AutoPublishAlias name ('42') must contain");
  });
});

describe("DeploymentPreference", () => {
  const preference = {
    Type: "Canary10Percent5Minutes",
    Alarms: [{ Ref: "Alarm" }],
    Hooks: { PreTraffic: { Ref: "Hook" } },
  };

  it("has CodeDeploy shift the alias's traffic", () => {
    const resources = expand({ Fn: fn({ AutoPublishAlias: "live", DeploymentPreference: preference }) });
    expect(resources.FnAliaslive?.UpdatePolicy).toEqual({
      CodeDeployLambdaAliasUpdate: {
        ApplicationName: { Ref: "ServerlessDeploymentApplication" },
        DeploymentGroupName: { Ref: "FnDeploymentGroup" },
        BeforeAllowTrafficHook: { Ref: "Hook" },
      },
    });
    expect(propertiesOf(resources, "ServerlessDeploymentApplication")).toEqual({ ComputePlatform: "Lambda" });
    expect(propertiesOf(resources, "CodeDeployServiceRole").ManagedPolicyArns).toEqual([
      "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda",
    ]);
    expect(propertiesOf(resources, "FnDeploymentGroup")).toMatchObject({
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: "Alarm" } }] },
      DeploymentConfigName: {
        "Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", { ConfigName: "Canary10Percent5Minutes" }],
      },
      ServiceRoleArn: { "Fn::GetAtt": ["CodeDeployServiceRole", "Arn"] },
    });
  });

  it("does nothing when it is not enabled, and needs an alias when it is", () => {
    const disabled = expand({ Fn: fn({ AutoPublishAlias: "a", DeploymentPreference: { Enabled: false } }) });
    expect(Object.keys(disabled)).not.toContain("ServerlessDeploymentApplication");
    expect(refusalOf({ Fn: fn({ DeploymentPreference: preference }) })).toContain(
      "'DeploymentPreference' requires AutoPublishAlias property to be specified.",
    );
  });
});

describe("FunctionUrlConfig", () => {
  it("makes a URL, open to anyone where it is to be", () => {
    const url = (auth: string) => expand({ Fn: fn({ FunctionUrlConfig: { AuthType: auth } }) });
    expect(propertiesOf(url("NONE"), "FnUrl")).toEqual({ TargetFunctionArn: { Ref: "Fn" }, AuthType: "NONE" });
    expect(propertiesOf(url("NONE"), "FnUrlPublicPermissions")).toMatchObject({
      Action: "lambda:InvokeFunctionUrl",
      Principal: "*",
      FunctionUrlAuthType: "NONE",
    });
    expect(Object.keys(url("AWS_IAM"))).not.toContain("FnUrlPublicPermissions");
    expect(refusalOf({ Fn: fn({ FunctionUrlConfig: { InvokeMode: "BUFFERED" } }) })).toContain("AuthType is required");
  });
});

describe("EventInvokeConfig", () => {
  it("makes the destinations that it does not name, and lets the function use all", () => {
    const config = {
      MaximumRetryAttempts: 1,
      DestinationConfig: {
        OnSuccess: { Type: "SQS" },
        OnFailure: { Type: "EventBridge", Destination: "arn:bus" },
      },
    };
    const resources = expand({ Fn: fn({ EventInvokeConfig: config }) });
    const queue = { "Fn::GetAtt": ["FnEventInvokeConfigOnSuccessQueue", "Arn"] };
    expect(resources.FnEventInvokeConfigOnSuccessQueue?.Type).toBe("AWS::SQS::Queue");
    expect(propertiesOf(resources, "FnEventInvokeConfig")).toEqual({
      FunctionName: { Ref: "Fn" },
      Qualifier: "$LATEST",
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: { Destination: queue }, OnFailure: { Destination: "arn:bus" } },
    });
    expect(propertiesOf(resources, "FnRole").Policies).toMatchObject([
      { PolicyDocument: { Statement: [{ Action: "sqs:SendMessage", Resource: queue }] } },
      { PolicyDocument: { Statement: [{ Action: "events:PutEvents", Resource: "arn:bus" }] } },
    ]);
  });
});
