import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties, ResourceProvider } from "../../../kernel/resource.js";
import { resourceContext } from "../../testing.js";
import service from "../index.js";
import { zip } from "../testing.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const Role = "arn:aws:iam::000000000000:role/worker";

async function provider(type: string): Promise<ResourceProvider> {
  const load = service.resources[type];
  if (!load) throw new Error(`There is no ${type}.`);
  return (await load()).default;
}

async function create(type: string, desired: Properties): Promise<Properties> {
  return (await provider(type)).create(desired, resourceContext(cloud, type));
}
async function read(type: string, actual: Properties): Promise<Properties | undefined> {
  return (await provider(type)).read(actual, resourceContext(cloud, type));
}
async function update(
  type: string,
  desired: Properties,
  actual: Properties,
  previous: Properties,
): Promise<Properties> {
  return (await provider(type)).update(desired, actual, resourceContext(cloud, type), previous);
}
/** Deletes twice: what is gone already is no error. */
async function remove(type: string, actual: Properties): Promise<void> {
  await (await provider(type)).delete(actual, resourceContext(cloud, type));
  await (await provider(type)).delete(actual, resourceContext(cloud, type));
}

const inline = (text: string): Properties => ({
  Role,
  Runtime: "nodejs20.x",
  Handler: "index.handler",
  Code: { ZipFile: text },
});

async function run(FunctionName: string): Promise<unknown> {
  const { Payload } = await cloud.call<{ Payload: Buffer }>("lambda", "Invoke", { FunctionName });
  return JSON.parse(Payload.toString());
}

describe("AWS::Lambda::Function", () => {
  it("runs inline code, takes text for numbers, and runs the new code after an update", async () => {
    const type = "AWS::Lambda::Function";
    const desired = { ...inline("exports.handler = async () => process.env.NUMBER;"), Timeout: "7" };
    const before: Properties = {
      ...desired,
      Environment: { Variables: { NUMBER: 1 } },
      Tags: [{ Key: "a", Value: "b" }],
    };
    const model = await create(type, before);
    const FunctionName = model.FunctionName as string;
    expect(model).toMatchObject({ Timeout: 7, Arn: expect.stringContaining(`:function:${FunctionName}`) });
    expect(model.Tags).toEqual([{ Key: "a", Value: "b" }]);
    expect(await run(FunctionName)).toBe("1");

    const after = { ...desired, Code: { ZipFile: "exports.handler = async () => 'new ' + process.env.NUMBER;" } };
    const updated = await (await provider(type)).update(after, model, resourceContext(cloud, type), before);
    expect(updated).not.toHaveProperty("Tags");
    expect(updated).not.toHaveProperty("Environment");
    expect(await run(FunctionName)).toBe("new undefined");

    await (await provider(type)).delete(updated, resourceContext(cloud, type));
    await (await provider(type)).delete(updated, resourceContext(cloud, type));
    expect(await read(type, updated)).toBeUndefined();
  });
});

describe("AWS::Lambda::Version, Alias and Permission", () => {
  it("are made for a function, and a second version of the same code is refused", async () => {
    const { FunctionName = "" } = await create("AWS::Lambda::Function", inline("exports.handler = async () => 1;"));
    const version = await create("AWS::Lambda::Version", { FunctionName });
    expect(version).toMatchObject({ Version: "1", FunctionArn: expect.stringMatching(/:1$/) });
    await expect(create("AWS::Lambda::Version", { FunctionName })).rejects.toThrow(
      "A version for this Lambda function exists",
    );

    // What a crash cut short is attempted again, with the same token.
    const { default: versions } = await import("./version.js");
    const again = await create("AWS::Lambda::Function", inline("exports.handler = async () => 2;"));
    const attempt = resourceContext(cloud, "AWS::Lambda::Version");
    const first = await versions.create({ FunctionName: again.FunctionName as string }, attempt);
    expect(await versions.create({ FunctionName: again.FunctionName as string }, attempt)).toEqual(first);

    const desired = {
      FunctionName,
      Name: "live",
      FunctionVersion: "1",
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: "2" },
    };
    const alias = await create("AWS::Lambda::Alias", desired);
    expect(alias).toMatchObject({
      FunctionVersion: "1",
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    expect(await run(alias.AliasArn as string)).toBe(1);

    const permission = await create("AWS::Lambda::Permission", {
      FunctionName: alias.AliasArn as string,
      Action: "lambda:InvokeFunction",
      Principal: "sns.amazonaws.com",
      SourceArn: "arn:aws:sns:us-east-1:000000000000:topic",
    });
    expect(await read("AWS::Lambda::Permission", permission)).toEqual(permission);
    await (await provider("AWS::Lambda::Permission")).delete(permission, resourceContext(cloud, "x"));
    expect(await read("AWS::Lambda::Permission", permission)).toBeUndefined();

    await (await provider("AWS::Lambda::Alias")).delete(alias, resourceContext(cloud, "x"));
    await (await provider("AWS::Lambda::Version")).delete(version, resourceContext(cloud, "x"));
    expect(await read("AWS::Lambda::Version", version)).toBeUndefined();
  });
});

describe("AWS::Lambda::LayerVersion and LayerVersionPermission", () => {
  it("publish code that is in S3, and share it", async () => {
    await cloud.call("s3", "CreateBucket", { Bucket: "layers" });
    await cloud.call("s3", "PutObject", { Bucket: "layers", Key: "a.zip", Body: await zip({ "nodejs/a.js": "" }) });
    const layer = await create("AWS::Lambda::LayerVersion", {
      LayerName: "one",
      Content: { S3Bucket: "layers", S3Key: "a.zip" },
      CompatibleRuntimes: ["nodejs20.x"],
    });
    expect(layer).toMatchObject({ LayerName: "one", LayerVersionArn: expect.stringMatching(/:layer:one:1$/) });
    const permission = await create("AWS::Lambda::LayerVersionPermission", {
      LayerVersionArn: layer.LayerVersionArn as string,
      Action: "lambda:GetLayerVersion",
      Principal: "111111111111",
    });
    expect(await read("AWS::Lambda::LayerVersionPermission", permission)).toEqual(permission);
    await remove("AWS::Lambda::LayerVersionPermission", permission);
    await remove("AWS::Lambda::LayerVersion", layer);
    expect(await read("AWS::Lambda::LayerVersion", layer)).toBeUndefined();
    expect(await read("AWS::Lambda::LayerVersionPermission", permission)).toBeUndefined();
  });
});

describe("AWS::Lambda::Url, EventInvokeConfig, EventSourceMapping and CodeSigningConfig", () => {
  it("are made, changed in place and deleted", async () => {
    const { FunctionName = "" } = await create("AWS::Lambda::Function", inline("exports.handler = async () => 'url';"));

    const wanted: Properties = {
      TargetFunctionArn: FunctionName,
      AuthType: "NONE",
      Cors: { AllowOrigins: ["*"], MaxAge: "5" },
    };
    const url = await create("AWS::Lambda::Url", wanted);
    expect(await (await fetch(url.FunctionUrl as string)).text()).toBe("url");
    expect(url.Cors).toEqual({ AllowOrigins: ["*"], MaxAge: 5 });
    const changed = await update("AWS::Lambda::Url", { ...wanted, Cors: null, AuthType: "AWS_IAM" }, url, wanted);
    expect(changed).toMatchObject({ AuthType: "AWS_IAM", FunctionUrl: url.FunctionUrl });
    expect(changed).not.toHaveProperty("Cors");
    await remove("AWS::Lambda::Url", changed);
    expect(await read("AWS::Lambda::Url", url)).toBeUndefined();

    const invoke = { FunctionName, Qualifier: "$LATEST", MaximumRetryAttempts: "0" };
    const config = await create("AWS::Lambda::EventInvokeConfig", invoke);
    expect(config).toEqual({ ...invoke, MaximumRetryAttempts: 0 });
    await remove("AWS::Lambda::EventInvokeConfig", config);
    expect(await read("AWS::Lambda::EventInvokeConfig", config)).toBeUndefined();

    await cloud.call("sqs", "CreateQueue", { QueueName: "source" });
    const source: Properties = {
      FunctionName,
      EventSourceArn: `arn:aws:sqs:us-east-1:${cloud.account}:source`,
      BatchSize: "5",
      ScalingConfig: { MaximumConcurrency: "2" },
    };
    const mapping = await create("AWS::Lambda::EventSourceMapping", source);
    expect(mapping).toMatchObject({
      FunctionName,
      BatchSize: 5,
      Enabled: true,
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const { ScalingConfig: _, ...rest } = source;
    const slower = await update("AWS::Lambda::EventSourceMapping", { ...rest, Enabled: "false" }, mapping, source);
    expect(slower).toMatchObject({ Enabled: false, ScalingConfig: {}, Id: mapping.Id });
    await remove("AWS::Lambda::EventSourceMapping", slower);
    expect(await read("AWS::Lambda::EventSourceMapping", mapping)).toBeUndefined();

    const version = await create("AWS::Lambda::Version", {
      FunctionName: `arn:aws:lambda:us-east-1:${cloud.account}:function:${FunctionName}`,
    });
    expect(version.FunctionName).toBe(`arn:aws:lambda:us-east-1:${cloud.account}:function:${FunctionName}`);
    const alias = { FunctionName, Name: "live", FunctionVersion: version.Version as string };
    const { AliasArn = "" } = await create("AWS::Lambda::Alias", alias);
    const ofAlias = await create("AWS::Lambda::Url", { TargetFunctionArn: AliasArn, AuthType: "NONE" });
    expect(ofAlias).toMatchObject({ TargetFunctionArn: AliasArn, FunctionArn: AliasArn });
    expect((await read("AWS::Lambda::Url", ofAlias))?.TargetFunctionArn).toBe(AliasArn);

    const publishers: Properties = { AllowedPublishers: { SigningProfileVersionArns: ["arn:aws:signer:::p"] } };
    const signing = await create("AWS::Lambda::CodeSigningConfig", { ...publishers, Tags: [{ Key: "a", Value: "b" }] });
    expect(signing).toMatchObject({ ...publishers, Tags: [{ Key: "a", Value: "b" }] });
    const renamed = await update(
      "AWS::Lambda::CodeSigningConfig",
      { ...publishers, Description: "d" },
      signing,
      publishers,
    );
    expect(renamed.Description).toBe("d");
    expect(renamed).not.toHaveProperty("Tags");
    await remove("AWS::Lambda::CodeSigningConfig", renamed);
    expect(await read("AWS::Lambda::CodeSigningConfig", renamed)).toBeUndefined();
  });
});
