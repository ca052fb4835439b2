import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";
import { failingSteps, stepFault } from "./failing-steps.js";
import type { StackArtifact } from "./manifest.js";

const folder = mkdtempSync(join(tmpdir(), "brume-failing-"));
afterAll(() => rmSync(folder, { recursive: true }));

const queue = (path: string) => ({ Type: "AWS::SQS::Queue", Metadata: { "aws:cdk:path": `${path}/Resource` } });
function stack(stackName: string, Resources: object): StackArtifact {
  const templateFile = join(folder, `${stackName}.json`);
  writeFileSync(templateFile, JSON.stringify({ Resources }));
  return { stackName, templateFile } as StackArtifact;
}
const nested = {
  Type: "AWS::CloudFormation::Stack",
  Metadata: { "aws:cdk:path": "Dev/Nested/Resource", "aws:asset:path": "Inner.json" },
};
stack("Inner", { Deep1: queue("Dev/Nested/Deep") });
const stacks = [
  stack("Dev", { Queue1: queue("Dev/Queue"), Other1: queue("Dev/Other"), Nested1: nested }),
  stack("Prod", { Queue1: queue("Prod/Queue") }),
];
const operations = (...given: string[]) => failingSteps(stacks, given).map(({ operation }) => operation);

describe("failingSteps", () => {
  it("finds resources by logical id, by construct path and by the end of one, nested ones too", () => {
    expect(operations("Other1:update")).toEqual(["update Dev/Other1"]);
    expect(operations("Dev/Queue:create", "Nested/Deep:delete")).toEqual(["create Dev/Queue1", "delete Deep1"]);
    expect(operations("Other")).toEqual(["create Dev/Other1", "update Dev/Other1"]);
    expect(operations("Queue1:rollback")).toEqual(["rollback Dev/Queue1", "rollback Prod/Queue1"]);
  });

  it.each([
    ["Nope:update", "There is no Nope. No step of it can be made to fail."],
    ["Queue", "Queue is the end of more than one construct path."],
    ["Other1:upgrade", "upgrade is no step of a deployment."],
  ])("refuses %s", (given, message) => {
    expect(() => failingSteps(stacks, [given])).toThrow(message);
  });
});

describe("a deployment whose step is to fail", () => {
  let cloud: RunningCloud;
  beforeAll(async () => {
    cloud = await startCloud();
  });
  afterAll(() => cloud.close());
  const version = (DelaySeconds: number) => ({
    Resources: { Queue1: { Type: "AWS::SQS::Queue", Properties: { DelaySeconds } } },
  });

  it("fails and rolls back, and the next one does not", async () => {
    await cloud.deploy(version(1), { stackName: "Rehearsed" });
    await expect(cloud.deploy(version(2), { stackName: "Rehearsed", fail: ["Queue1:update"] })).rejects.toThrow(
      "Queue1 (AWS::SQS::Queue): Failed on demand",
    );
    // Nothing is to be deleted: the step is not reached.
    await cloud.deploy(version(2), { stackName: "Rehearsed", fail: ["Queue1:delete"] });
    expect(cloud.kernel.faults.none).toBe(true);
  });

  it("is told by what failed first, in a nested stack as well", async () => {
    const resource = { Type: "AWS::SQS::Queue", Metadata: { "aws:cdk:path": "Outer/Inner/Queue/Resource" } };
    await cloud.call("s3", "CreateBucket", { Bucket: "nested" });
    const Body = JSON.stringify({ Resources: { Inner1: resource } });
    await cloud.call("s3", "PutObject", { Bucket: "nested", Key: "inner.json", Body });
    const Properties = { TemplateURL: "https://s3.amazonaws.com/nested/inner.json" };
    const template = { Resources: { Nested: { Type: "AWS::CloudFormation::Stack", Properties } } };
    cloud.kernel.faults.inject(stepFault("create Inner1", "on demand"));
    await expect(cloud.deploy(template, { stackName: "Outer" })).rejects.toMatchObject({
      message: "Outer failed: Inner1 (AWS::SQS::Queue): on demand",
      where: "Outer/Inner/Queue/Resource",
    });
  });
});
