import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions, Role, zip } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
let lambda: sdk.LambdaClient;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
  lambda = functions.client;
});
afterAll(() => cloud.close());

const ONE = "exports.handler = async () => 1;";
const TWO = "exports.handler = async () => 2;";

describe("CreateFunction", () => {
  it("answers with the configuration, the defaults included", async () => {
    const ZipFile = await zip({ "index.js": ONE });
    const FunctionName = functions.newName();
    const made = await lambda.send(
      new sdk.CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile },
      }),
    );
    expect(made).toMatchObject({
      FunctionName,
      FunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
      Timeout: 3,
      MemorySize: 128,
      CodeSha256: createHash("sha256").update(ZipFile).digest("base64"),
      CodeSize: ZipFile.length,
      State: "Active",
      LastUpdateStatus: "Successful",
      Version: "$LATEST",
      PackageType: "Zip",
      Architectures: ["x86_64"],
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
    });
  });

  it.each([
    [
      { FunctionName: "bad name" },
      "ValidationException",
      "Value 'bad name' at 'functionName' failed to satisfy constraint",
    ],
    [
      { Timeout: 901 },
      "ValidationException",
      "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
    ],
    [{ MemorySize: 64 }, "ValidationException", "Member must have value greater than or equal to 128"],
    [{ Role: "nobody" }, "ValidationException", "Value 'nobody' at 'role'"],
    [
      { Runtime: "nodejs6" as sdk.Runtime },
      "InvalidParameterValueException",
      "Value nodejs6 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set",
    ],
    [{ Handler: undefined }, "InvalidParameterValueException", "Runtime and Handler are mandatory parameters"],
    [
      { Environment: { Variables: { AWS_REGION: "x" } } },
      "InvalidParameterValueException",
      "Reserved keys used in this request: AWS_REGION",
    ],
    [
      { Environment: { Variables: { LONG: "x".repeat(4100) } } },
      "InvalidParameterValueException",
      "exceeded the 4KB limit",
    ],
    [
      { Code: { ImageUri: "a/b:c" }, PackageType: "Image" as const },
      "InvalidParameterValueException",
      "Please don't provide Handler or Runtime or Layer",
    ],
    [
      { Layers: ["arn:aws:lambda:us-east-1:000000000000:layer:none:1"] },
      "InvalidParameterValueException",
      "does not exist",
    ],
  ])("refuses %j", async (more, name, message) => {
    const creating = functions.create(ONE, more as Partial<sdk.CreateFunctionCommandInput>);
    await expect(creating).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it("refuses a name that is taken, and code that is not in S3", async () => {
    const FunctionName = await functions.create(ONE);
    const again = functions.create(ONE, { FunctionName });
    await expect(again).rejects.toThrow(sdk.ResourceConflictException);
    await expect(again).rejects.toThrow(`Function already exist: ${FunctionName}`);
    const missing = functions.create(ONE, { Code: { S3Bucket: "no-such-bucket", S3Key: "k" } });
    await expect(missing).rejects.toThrow("Error occurred while GetObject. S3 Error Code: NoSuchBucket.");
  });

  it("takes code from S3", async () => {
    const { CreateBucketCommand, PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
    const s3 = cloud.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "assets" }));
    await s3.send(new PutObjectCommand({ Bucket: "assets", Key: "a.zip", Body: await zip({ "index.js": TWO }) }));
    const name = await functions.create(ONE, { Code: { S3Bucket: "assets", S3Key: "a.zip" } });
    expect((await functions.invoke(name)).result).toBe(2);
  });
});

describe("CreateFunction, with a package that is no good", () => {
  const unreadable = "Could not unzip uploaded file. Please check your file, then try to upload again.";
  const create = (ZipFile: Buffer) => functions.create(ONE, { Code: { ZipFile } });
  /** yazl refuses such names, so they are put into the finished archive. */
  const rename = (archive: Buffer, from: string, to: string) =>
    Buffer.from(archive.toString("latin1").replaceAll(from, to), "latin1");

  it.each([
    ["no archive", async () => Buffer.from("nothing")],
    ["an archive that is cut short", async () => (await zip({ "index.js": ONE })).subarray(0, 80)],
    ["a name that leads out", async () => rename(await zip({ "aa/evil.js": ONE }), "aa/evil.js", "../evil.js")],
    ["an absolute name", async () => rename(await zip({ "aetc/evil.js": ONE }), "aetc/evil.js", "/etc/evil.js")],
    ["a link that leads out", () => zip({ link: { content: "../../..", mode: 0o120777 } })],
    ["an absolute link", () => zip({ link: { content: "/etc/passwd", mode: 0o120777 } })],
    [
      "a link below a link",
      () =>
        zip({
          "p/q/keep": "",
          "p/q/a": { content: "../..", mode: 0o120777 },
          "p/q/a/x": { content: "../../../y", mode: 0o120777 },
        }),
    ],
    [
      "a size that lies",
      async () => {
        const archive = await zip({ "index.js": "x".repeat(5000) });
        const entry = archive.indexOf(Buffer.from("504b0102", "hex"));
        archive.writeUInt32LE(10, entry + 24);
        return archive;
      },
    ],
  ])("refuses %s", async (_what, make) => {
    await expect(create(await make())).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: unreadable,
    });
    expect(existsSync(join(cloud.kernel.directory, "lambda", "code", "evil.js"))).toBe(false);
  });

  it("refuses an empty archive, and one that unpacks to more than 250 MB", async () => {
    await expect(create(await zip({}))).rejects.toThrow("Uploaded file must be a non-empty zip");
    const bomb = await zip({ "a.bin": Buffer.alloc(262_144_001) });
    await expect(create(bomb)).rejects.toThrow("Unzipped size must be smaller than 262144000 bytes");
  });

  it("keeps links that stay inside, and the modes of files", async () => {
    const name = await functions.create({
      "lib/real.js": "module.exports = 5;",
      "link.js": { content: "lib/real.js", mode: 0o120777 },
      "run.sh": { content: "#!/bin/sh\necho ran", mode: 0o100755 },
      "index.js":
        "exports.handler = async () => [require('./link.js'), require('child_process').execFileSync('./run.sh').toString()];",
    });
    expect((await functions.invoke(name)).result).toEqual([5, "ran\n"]);
  });
});

describe("GetFunction, GetFunctionConfiguration, ListFunctions, DeleteFunction", () => {
  it("show the function and where its code is, and delete it with all that is its own", async () => {
    const FunctionName = await functions.create(ONE, { Tags: { a: "b" }, Publish: true });
    const { Configuration, Code, Tags } = await lambda.send(new sdk.GetFunctionCommand({ FunctionName }));
    expect(Tags).toEqual({ a: "b" });
    const code = Buffer.from(await (await fetch(Code?.Location as string)).arrayBuffer());
    expect(createHash("sha256").update(code).digest("base64")).toBe(Configuration?.CodeSha256);
    const version = await lambda.send(new sdk.GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1" }));
    expect(version).toMatchObject({ Version: "1", FunctionArn: expect.stringMatching(/:1$/) });
    const names: (string | undefined)[] = [];
    for await (const page of sdk.paginateListFunctions({ client: lambda, pageSize: 2 }, {})) {
      names.push(...(page.Functions ?? []).map((one) => one.FunctionName));
    }
    expect(names).toContain(FunctionName);
    expect(new Set(names).size).toBe(names.length);

    await lambda.send(new sdk.DeleteFunctionCommand({ FunctionName }));
    await expect(lambda.send(new sdk.GetFunctionCommand({ FunctionName }))).rejects.toThrow(
      sdk.ResourceNotFoundException,
    );
    await functions.create(ONE, { FunctionName });
    const { Versions } = await lambda.send(new sdk.ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions?.map(({ Version }) => Version)).toEqual(["$LATEST"]);
  });
});

describe("UpdateFunctionCode, UpdateFunctionConfiguration", () => {
  it("take effect at the next invocation", async () => {
    const FunctionName = await functions.create("exports.handler = async () => process.env.MODE;", {
      Environment: { Variables: { MODE: "a" } },
    });
    expect((await functions.invoke(FunctionName)).result).toBe("a");
    const before = await lambda.send(
      new sdk.UpdateFunctionConfigurationCommand({
        FunctionName,
        Environment: { Variables: { MODE: "b" } },
        Timeout: 9,
      }),
    );
    expect(before.Timeout).toBe(9);
    expect((await functions.invoke(FunctionName)).result).toBe("b");
    const ZipFile = await zip({ "index.js": TWO });
    const stale = new sdk.UpdateFunctionCodeCommand({ FunctionName, ZipFile, RevisionId: "0000" });
    await expect(lambda.send(stale)).rejects.toThrow(sdk.PreconditionFailedException);
    await lambda.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, ZipFile, RevisionId: before.RevisionId }));
    expect((await functions.invoke(FunctionName)).result).toBe(2);
  });
});

describe("PublishVersion, ListVersionsByFunction, CreateAlias, GetAlias, UpdateAlias, ListAliases, DeleteAlias", () => {
  it("keep versions as they were, and let aliases choose between them by weight", async () => {
    const FunctionName = await functions.create(ONE);
    const first = await lambda.send(new sdk.PublishVersionCommand({ FunctionName, Description: "one" }));
    expect((await lambda.send(new sdk.PublishVersionCommand({ FunctionName, Description: "one" }))).Version).toBe("1");
    const update = new sdk.UpdateFunctionCodeCommand({
      FunctionName,
      ZipFile: await zip({ "index.js": TWO }),
      Publish: true,
    });
    expect((await lambda.send(update)).Version).toBe("2");
    expect(first.FunctionArn).toMatch(/:1$/);

    const alias = { FunctionName, Name: "live" };
    await lambda.send(new sdk.CreateAliasCommand({ ...alias, FunctionVersion: "1" }));
    expect((await functions.invoke(FunctionName, {}, { Qualifier: "live" })).result).toBe(1);
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
    await lambda.send(new sdk.UpdateAliasCommand({ ...alias, RoutingConfig }));
    const seen = new Set<unknown>();
    for (let i = 0; i < 60 && seen.size < 2; i++) {
      seen.add((await functions.invoke(FunctionName, {}, { Qualifier: "live" })).result);
    }
    expect(seen).toEqual(new Set([1, 2]));
    expect(await lambda.send(new sdk.GetAliasCommand(alias))).toMatchObject({ FunctionVersion: "1", RoutingConfig });
    const { Aliases } = await lambda.send(new sdk.ListAliasesCommand({ FunctionName, FunctionVersion: "1" }));
    expect(Aliases).toHaveLength(1);
    const inUse = lambda.send(new sdk.DeleteFunctionCommand({ FunctionName, Qualifier: "1" }));
    await expect(inUse).rejects.toThrow(sdk.ResourceConflictException);
    await lambda.send(new sdk.DeleteAliasCommand(alias));
    await expect(lambda.send(new sdk.GetAliasCommand(alias))).rejects.toThrow("Cannot find alias arn:");
    const { Versions } = await lambda.send(new sdk.ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions?.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2"]);
    const pages = sdk.paginateListVersionsByFunction({ client: lambda, pageSize: 1 }, { FunctionName });
    const found: (string | undefined)[][] = [];
    for await (const page of pages) found.push((page.Versions ?? []).map(({ Version }) => Version));
    expect(found).toEqual([["$LATEST"], ["1"], ["2"]]);
  });
});

describe("AddPermission, RemovePermission, GetPolicy", () => {
  it("write the statement as AWS does", async () => {
    const FunctionName = await functions.create(ONE);
    const permission = {
      FunctionName,
      StatementId: "s3",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: "arn:aws:s3:::bucket",
      SourceAccount: "000000000000",
    };
    await lambda.send(new sdk.AddPermissionCommand(permission));
    await expect(lambda.send(new sdk.AddPermissionCommand(permission))).rejects.toThrow(
      "The statement id (s3) provided already exists.",
    );
    const { Policy = "" } = await lambda.send(new sdk.GetPolicyCommand({ FunctionName }));
    expect(JSON.parse(Policy)).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [
        {
          Sid: "s3",
          Effect: "Allow",
          Principal: { Service: "s3.amazonaws.com" },
          Action: "lambda:InvokeFunction",
          Resource: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
          Condition: {
            StringEquals: { "AWS:SourceAccount": "000000000000" },
            ArnLike: { "AWS:SourceArn": "arn:aws:s3:::bucket" },
          },
        },
      ],
    });
    await lambda.send(new sdk.RemovePermissionCommand({ FunctionName, StatementId: "s3" }));
    await expect(lambda.send(new sdk.GetPolicyCommand({ FunctionName }))).rejects.toThrow(
      sdk.ResourceNotFoundException,
    );
  });
});

describe("PublishLayerVersion, GetLayerVersion, GetLayerVersionByArn, ListLayerVersions, ListLayers, DeleteLayerVersion", () => {
  it("give functions what the layers have, the later ones over the earlier", async () => {
    const publish = async (LayerName: string, files: Record<string, string>) =>
      lambda.send(
        new sdk.PublishLayerVersionCommand({
          LayerName,
          Content: { ZipFile: await zip(files) },
          CompatibleRuntimes: ["nodejs20.x"],
        }),
      );
    const base = await publish("base", {
      "nodejs/node_modules/a/index.js": "module.exports = 'a1';",
      "nodejs/node_modules/b/index.js": "module.exports = 'b1';",
      "python/helper.py": "value = 'py'",
    });
    const over = await publish("over", { "nodejs/node_modules/b/index.js": "module.exports = 'b2';" });
    const Layers = [base.LayerVersionArn as string, over.LayerVersionArn as string];
    const name = await functions.create("exports.handler = async () => [require('a'), require('b')];", { Layers });
    expect((await functions.invoke(name)).result).toEqual(["a1", "b2"]);
    const python = await functions.create("import helper\ndef handler(event, context):\n  return helper.value", {
      Runtime: "python3.12",
      Layers: [base.LayerVersionArn as string],
    });
    expect((await functions.invoke(python)).result).toBe("py");

    await publish("base", { x: "y" });
    const { LayerVersions } = await lambda.send(new sdk.ListLayerVersionsCommand({ LayerName: "base" }));
    expect(LayerVersions?.map(({ Version }) => Version)).toEqual([2, 1]);
    const { Layers: all } = await lambda.send(new sdk.ListLayersCommand({ CompatibleRuntime: "nodejs20.x" }));
    expect(all?.map(({ LayerName, LatestMatchingVersion }) => [LayerName, LatestMatchingVersion?.Version])).toEqual([
      ["base", 2],
      ["over", 1],
    ]);
    const byArn = await lambda.send(new sdk.GetLayerVersionByArnCommand({ Arn: base.LayerVersionArn }));
    expect(byArn).toMatchObject({ Version: 1, Content: { CodeSha256: base.Content?.CodeSha256 } });
    const version = { LayerName: "base", VersionNumber: 1 };
    await lambda.send(new sdk.DeleteLayerVersionCommand(version));
    await expect(lambda.send(new sdk.GetLayerVersionCommand(version))).rejects.toThrow(sdk.ResourceNotFoundException);
    expect((await functions.invoke(name)).result).toEqual(["a1", "b2"]);
  });
});

describe("AddLayerVersionPermission, GetLayerVersionPolicy, RemoveLayerVersionPermission", () => {
  it("add, show and remove a statement", async () => {
    const Content = { ZipFile: await zip({ a: "b" }) };
    await lambda.send(new sdk.PublishLayerVersionCommand({ LayerName: "shared", Content }));
    const version = { LayerName: "shared", VersionNumber: 1 };
    const permission = { ...version, StatementId: "all", Action: "lambda:GetLayerVersion", Principal: "*" };
    await lambda.send(new sdk.AddLayerVersionPermissionCommand(permission));
    const { Policy = "" } = await lambda.send(new sdk.GetLayerVersionPolicyCommand(version));
    expect(JSON.parse(Policy).Statement[0]).toMatchObject({ Sid: "all", Principal: "*" });
    await lambda.send(new sdk.RemoveLayerVersionPermissionCommand({ ...version, StatementId: "all" }));
    await expect(lambda.send(new sdk.GetLayerVersionPolicyCommand(version))).rejects.toThrow(
      sdk.ResourceNotFoundException,
    );
  });
});

describe("TagResource, UntagResource, ListTags", () => {
  it("set and take tags", async () => {
    const name = await functions.create(ONE, { Tags: { a: "1" } });
    const Resource = `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
    await lambda.send(new sdk.TagResourceCommand({ Resource, Tags: { b: "2" } }));
    await lambda.send(new sdk.UntagResourceCommand({ Resource, TagKeys: ["a"] }));
    expect((await lambda.send(new sdk.ListTagsCommand({ Resource }))).Tags).toEqual({ b: "2" });
  });
});
