/** Transforms, through stacks. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
});
afterAll(() => cloud.close());

const Capabilities: cfn.Capability[] = ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM"];
async function create(StackName: string, template: object, Parameters: cfn.Parameter[] = []) {
  await client.send(
    new cfn.CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), Capabilities, Parameters }),
  );
  await cloud.idle();
  const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName }));
  const { TemplateBody } = await client.send(new cfn.GetTemplateCommand({ StackName, TemplateStage: "Processed" }));
  const outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  return { status: Stacks?.[0]?.StackStatus, outputs, processed: JSON.parse(TemplateBody ?? "{}") };
}

describe("AWS::LanguageExtensions", () => {
  it("unrolls loops, one within the other, over lists and parameters", async () => {
    const made = await create(
      "loops",
      {
        Transform: "AWS::LanguageExtensions",
        Parameters: { Stages: { Type: "CommaDelimitedList" } },
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
                    Properties: { QueueName: { "Fn::Join": ["-", [{ Ref: "Stage" }, "${Kind}"]] } },
                  },
                },
              ],
            },
          ],
        },
        Outputs: {
          "Fn::ForEach::Names": [
            "Stage",
            { Ref: "Stages" },
            { "Name${Stage}": { Value: { "Fn::GetAtt": ["Queue${Stage}in", "QueueName"] } } },
          ],
          First: {
            Value: {
              "Fn::GetAtt": [
                { "Fn::Sub": ["Queue${S}out", { S: { "Fn::Select": [0, { Ref: "Stages" }] } }] },
                "QueueName",
              ],
            },
          },
        },
      },
      [{ ParameterKey: "Stages", ParameterValue: "dev,prod" }],
    );
    expect(made.status).toBe("CREATE_COMPLETE");
    expect(Object.keys(made.processed.Resources)).toEqual(["Queuedevin", "Queuedevout", "Queueprodin", "Queueprodout"]);
    expect(made.outputs).toEqual({ First: "dev-out", Namedev: "dev-in", Nameprod: "prod-in" });
  });
});

describe("loops", () => {
  it("do not go round for ever", async () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const loop = (levels: number): object =>
      levels === 0
        ? { "Q${X1}x${X2}x${X3}": { Type: "AWS::SQS::Queue" } }
        : { [`Fn::ForEach::L${levels}`]: [`X${levels}`, items, loop(levels - 1)] };
    const deep = create("too-deep", { Transform: "AWS::LanguageExtensions", Resources: loop(3) });
    await expect(deep).rejects.toThrow("makes more than a template may hold");
    const Resources = { "Fn::ForEach::L": ["X", [{ a: 1 }], {}] };
    const odd = create("odd", { Transform: "AWS::LanguageExtensions", Resources });
    await expect(odd).rejects.toThrow("has a collection whose items are no strings");
  });
});

describe("parameters of a template with transforms", () => {
  it("are checked before anything is expanded", async () => {
    const made = create("odd-parameters", {
      Transform: "AWS::LanguageExtensions",
      Parameters: { P: null },
      Resources: {},
    });
    await expect(made).rejects.toThrow("[/Parameters/P] 'null' values are not allowed in templates");
  });
});

describe("AWS::Include", () => {
  it("puts a part that is kept in a bucket into the template", async () => {
    const s3 = cloud.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "parts" }));
    await s3.send(
      new PutObjectCommand({
        Bucket: "parts",
        Key: "tags.yaml",
        Body: "VisibilityTimeout: 7\nTags:\n  - {Key: a, Value: !Ref AWS::StackName}\n",
      }),
    );
    const Properties = {
      QueueName: "included",
      "Fn::Transform": { Name: "AWS::Include", Parameters: { Location: { Ref: "Where" } } },
    };
    const template = {
      Parameters: { Where: { Type: "String" } },
      Resources: { Q: { Type: "AWS::SQS::Queue", Properties } },
    };
    const made = await create("including", template, [
      { ParameterKey: "Where", ParameterValue: "s3://parts/tags.yaml" },
    ]);
    expect(made.status).toBe("CREATE_COMPLETE");
    expect(made.processed.Resources.Q.Properties).toEqual({
      QueueName: "included",
      VisibilityTimeout: 7,
      Tags: [{ Key: "a", Value: { Ref: "AWS::StackName" } }],
    });
  });
});

describe("macros", () => {
  it("rewrite a template in a function of the account", async () => {
    const code = `exports.handler = async ({ fragment, params, requestId, templateParameterValues }) => {
      if (templateParameterValues.Break === "yes") return { requestId, status: "failure", errorMessage: "asked to break" };
      for (const resource of Object.values(fragment.Resources)) resource.Properties = { ...resource.Properties, DelaySeconds: 3 };
      return { requestId, status: "success", fragment };
    };`;
    await create("macro", {
      Resources: {
        Role: {
          Type: "AWS::IAM::Role",
          Properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
        },
        F: {
          Type: "AWS::Lambda::Function",
          Properties: {
            Runtime: "nodejs22.x",
            Handler: "index.handler",
            Role: { "Fn::GetAtt": ["Role", "Arn"] },
            Code: { ZipFile: code },
          },
        },
        M: { Type: "AWS::CloudFormation::Macro", Properties: { Name: "Delayer", FunctionName: { Ref: "F" } } },
      },
    });
    const template = {
      Transform: "Delayer",
      Parameters: { Break: { Type: "String", Default: "no" } },
      Resources: { Q: { Type: "AWS::SQS::Queue" } },
    };
    const made = await create("macro-user", template);
    expect(made.processed.Resources.Q.Properties).toEqual({ DelaySeconds: 3 });
    const listed = { Resources: { Q: { Type: "AWS::SQS::Queue" } }, "Fn::Transform": [{ Name: "Delayer" }] };
    expect((await create("macro-list", listed)).processed.Resources).toEqual(made.processed.Resources);
    const broken = create("macro-broken", template, [{ ParameterKey: "Break", ParameterValue: "yes" }]);
    await expect(broken).rejects.toThrow("Transform Delayer failed with: asked to break.");
  });

  it("are refused where they are not there, and where nobody allowed them", async () => {
    const template = { Transform: "Nobody", Resources: { Q: { Type: "AWS::SQS::Queue" } } };
    await expect(create("nobody", template)).rejects.toThrow("No transform named 000000000000::Nobody found.");
    const forbidden = client.send(
      new cfn.CreateStackCommand({ StackName: "forbidden", TemplateBody: JSON.stringify(template) }),
    );
    await expect(forbidden).rejects.toThrow("Requires capabilities : [CAPABILITY_AUTO_EXPAND]");
  });
});

describe("AWS::Serverless-2016-10-31", () => {
  it("makes a function with its API, which answers", async () => {
    const made = await create("serverless", {
      Transform: "AWS::Serverless-2016-10-31",
      Resources: {
        Hello: {
          Type: "AWS::Serverless::Function",
          Properties: {
            Runtime: "nodejs22.x",
            Handler: "index.handler",
            InlineCode: "exports.handler = async ({ path }) => ({ statusCode: 200, body: `hello ${path}` });",
            Events: { Get: { Type: "Api", Properties: { Path: "/{proxy+}", Method: "get" } } },
          },
        },
      },
      Outputs: {
        Url: {
          Value: { "Fn::Sub": "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/there" },
        },
      },
    });
    expect(made.status).toBe("CREATE_COMPLETE");
    expect(await (await fetch(made.outputs.Url as string)).text()).toBe("hello /there");
  });
});
