import * as sdk from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let ssm: sdk.SSMClient;
beforeAll(async () => {
  cloud = await startCloud();
  ssm = cloud.client(sdk.SSMClient);
});
afterAll(() => cloud.close());

const put = (Name: string, Value: string, more: Partial<sdk.PutParameterCommandInput> = {}) =>
  ssm.send(new sdk.PutParameterCommand({ Name, Value, Type: "String", ...more }));
const get = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.send(new sdk.GetParameterCommand({ Name, WithDecryption }))).Parameter;
const valuesOf = (parameters: sdk.Parameter[] | undefined) => parameters?.map(({ Name }) => Name);

describe("PutParameter", () => {
  it("counts versions, and overwrites only when asked to", async () => {
    expect(await put("/put/a", "1")).toMatchObject({ Version: 1, Tier: "Standard" });
    await expect(put("/put/a", "2")).rejects.toMatchObject({
      name: "ParameterAlreadyExists",
      message:
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    });
    expect((await put("/put/a", "2", { Overwrite: true })).Version).toBe(2);
    expect(await get("/put/a")).toMatchObject({ Value: "2", Version: 2, Type: "String", DataType: "text" });
  });

  it("rejects names that are reserved or malformed", async () => {
    await expect(put("/aws/mine", "1")).rejects.toThrow("No access to reserved parameter name: /aws/mine.");
    await expect(put("ssm-mine", "1")).rejects.toThrow('can\'t be prefixed with "aws" or "ssm"');
    await expect(put("a/b", "1")).rejects.toThrow("Parameter name must be a fully qualified name.");
    await expect(put("/a b", "1")).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("checks the allowed pattern, the size and the tier", async () => {
    await expect(put("/put/pattern", "x", { AllowedPattern: "\\d+" })).rejects.toThrow(
      sdk.ParameterPatternMismatchException,
    );
    await expect(put("/put/big", "x".repeat(4097))).rejects.toThrow("maximum parameter value of 4096 characters");
    expect((await put("/put/big", "x".repeat(4097), { Tier: "Intelligent-Tiering" })).Tier).toBe("Advanced");
    await expect(put("/put/big", "x", { Overwrite: true, Tier: "Standard" })).rejects.toThrow("can't downgrade");
  });

  it("rejects tags on an overwrite", async () => {
    await put("/put/tagged", "1", { Tags: [{ Key: "a", Value: "b" }] });
    await expect(put("/put/tagged", "2", { Overwrite: true, Tags: [{ Key: "a", Value: "c" }] })).rejects.toThrow(
      "tags and overwrite can't be used together",
    );
  });
});

describe("GetParameter", () => {
  it("finds a version by number, by label and by ARN", async () => {
    await put("/get/a", "1");
    await put("/get/a", "2", { Overwrite: true });
    await ssm.send(new sdk.LabelParameterVersionCommand({ Name: "/get/a", ParameterVersion: 1, Labels: ["first"] }));
    expect(await get("/get/a:1")).toMatchObject({ Value: "1", Selector: ":1" });
    expect(await get("/get/a:first")).toMatchObject({ Value: "1", Selector: ":first" });
    expect((await get("arn:aws:ssm:us-east-1:000000000000:parameter/get/a"))?.Value).toBe("2");
    expect((await get("/get/a"))?.ARN).toBe("arn:aws:ssm:us-east-1:000000000000:parameter/get/a");
    await expect(get("/get/a:9")).rejects.toMatchObject({ name: "ParameterVersionNotFound" });
    await expect(get("/get/none")).rejects.toThrow(sdk.ParameterNotFound);
  });

  it("hides a secure string without decryption", async () => {
    await put("/get/secret", "hush", { Type: "SecureString" });
    expect((await get("/get/secret"))?.Value).not.toContain("hush");
    expect((await get("/get/secret", true))?.Value).toBe("hush");
  });

  it("answers the public parameters that the CDK asks for", async () => {
    const image = await get("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64");
    expect(image?.Value).toMatch(/^ami-0[0-9a-f]{16}$/);
    const ecs = await get("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended");
    expect(JSON.parse(ecs?.Value ?? "").image_id).toMatch(/^ami-/);
    const known = [
      "/aws/service/bottlerocket/aws-ecs-2/arm64/latest/image_id",
      "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id",
      "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
      "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
      "/aws/service/debian/release/12/latest/arm64",
    ];
    for (const name of known) expect((await get(name))?.Value).toMatch(/^ami-0[0-9a-f]{16}$/);
    await expect(get("/aws/service/nothing")).rejects.toThrow(sdk.ParameterNotFound);
  });
});

describe("GetParameters", () => {
  it("says which names are not there", async () => {
    await put("/many/a", "1");
    const answer = await ssm.send(new sdk.GetParametersCommand({ Names: ["/many/a", "/many/none"] }));
    expect(valuesOf(answer.Parameters)).toEqual(["/many/a"]);
    expect(answer.InvalidParameters).toEqual(["/many/none"]);
  });
});

describe("GetParametersByPath", () => {
  it("goes one level deep, or all levels, page by page", async () => {
    for (const name of ["/path/a", "/path/b", "/path/c/d", "/pathology"]) await put(name, "1");
    const flat = await ssm.send(new sdk.GetParametersByPathCommand({ Path: "/path" }));
    expect(valuesOf(flat.Parameters)).toEqual(["/path/a", "/path/b"]);
    const input = { Path: "/path/", Recursive: true, MaxResults: 2 };
    const first = await ssm.send(new sdk.GetParametersByPathCommand(input));
    const second = await ssm.send(new sdk.GetParametersByPathCommand({ ...input, NextToken: first.NextToken }));
    expect([...(valuesOf(first.Parameters) ?? []), ...(valuesOf(second.Parameters) ?? [])]).toEqual([
      "/path/a",
      "/path/b",
      "/path/c/d",
    ]);
    expect(second.NextToken).toBeUndefined();
  });

  it("pages through the public parameters, which are the same in every region but for images", async () => {
    const all = async (Path: string, Recursive = false, client = ssm) => {
      const found: sdk.Parameter[] = [];
      for await (const page of sdk.paginateGetParametersByPath({ client }, { Path, Recursive }))
        found.push(...(page.Parameters ?? []));
      return found;
    };
    const root = "/aws/service/global-infrastructure";
    const zones = await all(`${root}/availability-zones`);
    expect(zones.map(({ Value }) => Value)).toEqual(expect.arrayContaining(["use1-az1", "apne1-az3", "euc1-az2"]));
    const regions = await all(`${root}/services/lambda/regions`);
    expect(regions.map(({ Value }) => Value)).toContain("eu-west-1");
    const images = await all("/aws/service/ami-amazon-linux-latest");
    expect(valuesOf(images)).toContain("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64");
    const there = cloud.client(sdk.SSMClient, { region: "eu-west-1" });
    const abroad = await all("/aws/service/ami-amazon-linux-latest", false, there);
    expect(valuesOf(abroad)).toEqual(valuesOf(images));
    expect(abroad[0]?.Value).not.toBe(images[0]?.Value);
    const ecs = await all("/aws/service/ecs/optimized-ami/amazon-linux-2/arm64", true);
    expect(valuesOf(ecs)).toContain("/aws/service/ecs/optimized-ami/amazon-linux-2/arm64/recommended/image_id");
  });

  it("filters by type, key and label", async () => {
    await put("/filter/a", "1");
    await put("/filter/b", "1", { Type: "SecureString" });
    await put("/filter/a", "2", { Overwrite: true });
    await ssm.send(new sdk.LabelParameterVersionCommand({ Name: "/filter/a", ParameterVersion: 1, Labels: ["old"] }));
    const find = async (...ParameterFilters: sdk.ParameterStringFilter[]) =>
      (await ssm.send(new sdk.GetParametersByPathCommand({ Path: "/filter", ParameterFilters }))).Parameters;
    expect(valuesOf(await find({ Key: "Type", Values: ["SecureString"] }))).toEqual(["/filter/b"]);
    expect(valuesOf(await find({ Key: "KeyId", Option: "BeginsWith", Values: ["alias/aws/"] }))).toEqual(["/filter/b"]);
    expect(await find({ Key: "Label", Values: ["old"] })).toMatchObject([{ Value: "1", Version: 1 }]);
    await expect(find({ Key: "Name", Values: ["x"] })).rejects.toThrow(sdk.InvalidFilterKey);
    await expect(find({ Key: "Type", Option: "Contains", Values: ["x"] })).rejects.toThrow(sdk.InvalidFilterOption);
  });
});

describe("GetParameterHistory, LabelParameterVersion, UnlabelParameterVersion", () => {
  it("keep versions and their labels", async () => {
    await put("/history/a", "1");
    await put("/history/a", "2", { Overwrite: true });
    const Name = "/history/a";
    const labelled = await ssm.send(new sdk.LabelParameterVersionCommand({ Name, Labels: ["live", "1bad"] }));
    expect(labelled).toMatchObject({ InvalidLabels: ["1bad"], ParameterVersion: 2 });
    const { Parameters } = await ssm.send(new sdk.GetParameterHistoryCommand({ Name }));
    expect(Parameters?.map(({ Value, Labels }) => [Value, Labels])).toEqual([
      ["1", []],
      ["2", ["live"]],
    ]);
    const unlabel = { Name, ParameterVersion: 2, Labels: ["live"] };
    expect((await ssm.send(new sdk.UnlabelParameterVersionCommand(unlabel))).RemovedLabels).toEqual(["live"]);
  });
});

describe("DescribeParameters", () => {
  it("filters by name, type, path and tag", async () => {
    await put("/describe/a", "1", { Tags: [{ Key: "team", Value: "x" }], Description: "d" });
    await put("/describe/b", "1", { Type: "SecureString" });
    const find = async (...ParameterFilters: sdk.ParameterStringFilter[]) =>
      (await ssm.send(new sdk.DescribeParametersCommand({ ParameterFilters }))).Parameters ?? [];
    const path = { Key: "Path", Values: ["/describe"] };
    expect(valuesOf(await find(path))).toEqual(["/describe/a", "/describe/b"]);
    expect(valuesOf(await find(path, { Key: "Type", Values: ["SecureString"] }))).toEqual(["/describe/b"]);
    expect(valuesOf(await find({ Key: "tag:team", Values: ["x"] }))).toEqual(["/describe/a"]);
    expect(valuesOf(await find({ Key: "Name", Option: "BeginsWith", Values: ["/describe/b"] }))).toEqual([
      "/describe/b",
    ]);
    expect((await find(path))[1]).toMatchObject({ KeyId: "alias/aws/ssm", Tier: "Standard" });
    await expect(find({ Key: "Colour", Values: ["red"] })).rejects.toThrow(
      "1 validation error detected: Value 'Colour' at 'parameterFilters.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$",
    );
  });
});

describe("DeleteParameter, DeleteParameters", () => {
  it("delete all versions", async () => {
    await put("/delete/a", "1");
    await put("/delete/b", "1");
    await ssm.send(new sdk.DeleteParameterCommand({ Name: "/delete/a" }));
    await expect(ssm.send(new sdk.DeleteParameterCommand({ Name: "/delete/a" }))).rejects.toThrow(
      sdk.ParameterNotFound,
    );
    const answer = await ssm.send(new sdk.DeleteParametersCommand({ Names: ["/delete/a", "/delete/b"] }));
    expect(answer).toMatchObject({ DeletedParameters: ["/delete/b"], InvalidParameters: ["/delete/a"] });
    expect((await put("/delete/a", "1")).Version).toBe(1);
  });
});

describe("AddTagsToResource, RemoveTagsFromResource, ListTagsForResource", () => {
  it("keep the tags", async () => {
    await put("/tags/a", "1", { Tags: [{ Key: "a", Value: "1" }] });
    const target = { ResourceType: "Parameter" as const, ResourceId: "/tags/a" };
    await ssm.send(new sdk.AddTagsToResourceCommand({ ...target, Tags: [{ Key: "b", Value: "2" }] }));
    await ssm.send(new sdk.RemoveTagsFromResourceCommand({ ...target, TagKeys: ["a"] }));
    const { TagList } = await ssm.send(new sdk.ListTagsForResourceCommand(target));
    expect(TagList).toEqual([{ Key: "b", Value: "2" }]);
    await expect(ssm.send(new sdk.ListTagsForResourceCommand({ ...target, ResourceId: "/tags/none" }))).rejects.toThrow(
      sdk.InvalidResourceId,
    );
  });
});
