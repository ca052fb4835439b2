import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../template/template.js";
import { expandServerless } from "./index.js";
import { expand, fn, propertiesOf, refusalOf, SCOPE, typesOf } from "./testing.js";

describe("expandServerless", () => {
  it("leaves other resources, outputs and metadata alone, and takes the transform away", () => {
    const bucket = { Type: "AWS::S3::Bucket", Metadata: { why: "not" } };
    const document = {
      AWSTemplateFormatVersion: "2010-09-09",
      Transform: "AWS::Serverless-2016-10-31",
      Resources: { Bucket: bucket },
      Outputs: { Name: { Value: { Ref: "Bucket" } } },
    };
    expect(expandServerless(document, SCOPE)).toEqual({
      AWSTemplateFormatVersion: "2010-09-09",
      Resources: { Bucket: bucket },
      Outputs: { Name: { Value: { Ref: "Bucket" } } },
    });
  });

  it("does not change the document, even where parts of it are shared", () => {
    const events = { Get: { Type: "Api", Properties: { Path: "/", Method: "get" } } };
    const document = { Resources: { One: fn({ Events: events }), Two: { Type: "AWS::SNS::Topic" } } };
    const before = JSON.stringify(document);
    expandServerless(document, SCOPE);
    expect(JSON.stringify(document)).toBe(before);
  });

  it("tells all mistakes at once", () => {
    const message = refusalOf({
      One: { Type: "AWS::Serverless::Function", Properties: { InlineCode: "0" } },
      Two: fn({ Speed: 5 }),
      Three: fn({ Events: { Odd: { Type: "Postcard" } } }),
    });
    expect(message).toBe(
      "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. " +
        "Number of errors found: 3. " +
        "Resource with id [One] is invalid. Runtime and Handler needs to be present when PackageType is of type `Zip` " +
        "Resource with id [Two] is invalid. property Speed not defined for resource of type AWS::Serverless::Function " +
        "Resource with id [Three] is invalid. Event with id [Odd] is invalid. " +
        "Resource dict has missing or invalid value for key Type. Event Type is: Postcard.",
    );
  });

  it("refuses properties of another type, and ids that are taken", () => {
    expect(refusalOf({ One: fn({ Events: [] }) })).toContain("Type of property 'Events' is invalid.");
    expect(refusalOf({ One: fn({ Tags: "blue" }) })).toContain("Property 'Tags' should be a map.");
    expect(refusalOf({ One: fn(), OneRole: { Type: "AWS::SNS::Topic" } })).toContain(
      'Transforming resource with id [One] attempts to create a new resource with id [OneRole] and type "AWS::IAM::Role".',
    );
  });

  it("follows references to what was made", () => {
    const resources = expand({
      Fn: fn({ AutoPublishAlias: "live" }),
      Api: { Type: "AWS::Serverless::Api", Properties: { StageName: "v1" } },
      Layer: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: "s3://bucket/layer.zip" } },
      Reader: {
        Type: "AWS::SSM::Parameter",
        DependsOn: "Layer",
        Properties: {
          Type: "String",
          Value: { "Fn::Sub": "${Fn.Alias} ${Fn.Version.Version} ${Api.Stage} ${Layer} ${Fn.Arn} ${AWS::Region}" },
          Name: { Ref: "Fn.Alias" },
          Description: { "Fn::GetAtt": ["Fn.Alias", "Arn"] },
        },
      },
    });
    const id = (pattern: RegExp) => Object.keys(resources).find((key) => pattern.test(key)) ?? "";
    const [version, layer] = [id(/^FnVersion/), id(/^Layer/)];
    expect(layer).toMatch(/^Layer[0-9a-f]{10}$/);
    expect(propertiesOf(resources, "Reader")).toEqual({
      Type: "String",
      Value: {
        "Fn::Sub": `\${FnAliaslive} \${${version}.Version} \${Apiv1Stage} \${${layer}} \${Fn.Arn} \${AWS::Region}`,
      },
      Name: { Ref: "FnAliaslive" },
      Description: { "Fn::GetAtt": ["FnAliaslive", "Arn"] },
    });
    expect(resources.Reader?.DependsOn).toBe(layer);
  });

  it("gives conditions and deletion policies to all that is made", () => {
    const event = { Type: "SQS", Properties: { Queue: "arn:aws:sqs:eu-west-1:111122223333:q" } };
    const kept = { Condition: "Wanted", DeletionPolicy: "Retain", Metadata: { BuildMethod: "esbuild" } };
    const resources = expand(
      { Fn: fn({ Events: { Q: event } }, kept) },
      { Conditions: { Wanted: { "Fn::Equals": ["a", "a"] } } },
    );
    for (const id of ["Fn", "FnRole", "FnQ"]) {
      expect(resources[id], id).toMatchObject({ Condition: "Wanted", DeletionPolicy: "Retain" });
    }
    expect(resources.Fn?.Metadata).toEqual({ BuildMethod: "esbuild" });
    expect(resources.FnRole?.Metadata).toBeUndefined();
  });
});

describe("Globals", () => {
  it("are merged: maps by key, lists one after the other, all else by the resource", () => {
    const globals: { Function: JsonObject } = {
      Function: {
        Runtime: "python3.13",
        Timeout: 30,
        Environment: { Variables: { A: "global", B: "global" } },
        Layers: ["arn:global"],
        VpcConfig: { "Fn::If": ["InVpc", { SubnetIds: ["s"] }, { Ref: "AWS::NoValue" }] },
      },
    };
    const own = { Timeout: 5, Environment: { Variables: { B: "own", C: "own" } }, Layers: ["arn:own"] };
    const resources = expand(
      { Fn: { Type: "AWS::Serverless::Function", Properties: { Handler: "a.b", InlineCode: "0", ...own } } },
      { Globals: globals },
    );
    expect(propertiesOf(resources, "Fn")).toMatchObject({
      Runtime: "python3.13",
      Timeout: 5,
      Environment: { Variables: { A: "global", B: "own", C: "own" } },
      Layers: ["arn:global", "arn:own"],
      VpcConfig: globals.Function.VpcConfig,
    });
  });

  it("can be ignored, wholly or by name", () => {
    const globals = { Globals: { Function: { Timeout: 30, MemorySize: 512 } } };
    const resources = expand(
      { None: fn({}, { IgnoreGlobals: "*" }), Some: fn({}, { IgnoreGlobals: ["Timeout"] }) },
      globals,
    );
    expect(propertiesOf(resources, "None")).not.toHaveProperty("MemorySize");
    expect(propertiesOf(resources, "Some")).toMatchObject({ MemorySize: 512 });
    expect(propertiesOf(resources, "Some")).not.toHaveProperty("Timeout");
  });

  it("refuse properties that cannot be global", () => {
    expect(refusalOf({ Fn: fn() }, { Globals: { Function: { FunctionName: "same" } } })).toMatch(
      /'Globals' section is invalid. 'FunctionName' is not a supported property of 'Function'. Must be one of/,
    );
    expect(refusalOf({ Fn: fn() }, { Globals: { Topic: {} } })).toContain("'Topic' is not supported.");
  });
});

describe("AWS::Serverless::SimpleTable", () => {
  it("has a key of its own or none", () => {
    const key = { Name: "order", Type: "Number" };
    const resources = expand({
      Plain: { Type: "AWS::Serverless::SimpleTable" },
      Keyed: { Type: "AWS::Serverless::SimpleTable", Properties: { PrimaryKey: key, Tags: { a: "b" } } },
    });
    expect(propertiesOf(resources, "Plain")).toEqual({
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    });
    expect(propertiesOf(resources, "Keyed")).toMatchObject({
      AttributeDefinitions: [{ AttributeName: "order", AttributeType: "N" }],
      Tags: [{ Key: "a", Value: "b" }],
    });
  });
});

describe("AWS::Serverless::LayerVersion", () => {
  const layer = (properties: JsonObject) => ({
    Layer: {
      Type: "AWS::Serverless::LayerVersion",
      Properties: { ContentUri: "s3://bucket/layer.zip?versionId=3", ...properties },
    },
  });

  it("is kept, and is another one when it changes", () => {
    const [id = ""] = Object.keys(expand(layer({})));
    const resources = expand(layer({}));
    expect(resources[id]).toEqual({
      Type: "AWS::Lambda::LayerVersion",
      DeletionPolicy: "Retain",
      Properties: {
        LayerName: "Layer",
        Content: { S3Bucket: "bucket", S3Key: "layer.zip", S3ObjectVersion: "3" },
      },
    });
    expect(Object.keys(expand(layer({ Description: "new" })))).not.toEqual([id]);
  });

  it("is deleted where its retention policy says so", () => {
    expect(Object.values(expand(layer({ RetentionPolicy: "delete" })))[0]?.DeletionPolicy).toBe("Delete");
    expect(refusalOf(layer({ RetentionPolicy: "maybe" }))).toContain("'RetentionPolicy' must be one of");
  });
});

describe("AWS::Serverless::Application", () => {
  it("becomes a nested stack", () => {
    const location = { ApplicationId: "arn:app", SemanticVersion: "1.0.0" };
    const resources = expand({
      Local: { Type: "AWS::Serverless::Application", Properties: { Location: "https://host/b/nested.yaml" } },
      Published: { Type: "AWS::Serverless::Application", Properties: { Location: location, Parameters: { A: "b" } } },
    });
    expect(typesOf(resources)).toEqual({
      Local: "AWS::CloudFormation::Stack",
      Published: "AWS::CloudFormation::Stack",
    });
    expect(propertiesOf(resources, "Local").TemplateURL).toBe("https://host/b/nested.yaml");
    expect(propertiesOf(resources, "Published")).toMatchObject({
      Parameters: { A: "b" },
      Tags: [
        { Key: "lambda:createdBy", Value: "SAM" },
        { Key: "serverlessrepo:applicationId", Value: "arn:app" },
        { Key: "serverlessrepo:semanticVersion", Value: "1.0.0" },
      ],
    });
  });
});
