/**
 * A cloud that ends at any step of a deployment goes on with it when it is started again. After each event of a stack its
 * data is copied as it is on the disk then, which is what `kill -9` leaves; then a cloud is started on each copy.
 */
import { cpSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as cfn from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../src/index.js";

const TIMEOUT_MS = 120_000;
const STACK = "crash";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brume-crash-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const queue = (properties: object, more: object = {}) => ({ Type: "AWS::SQS::Queue", Properties: properties, ...more });
const role = (more: object = {}) => ({
  Type: "AWS::IAM::Role",
  Properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] }, ...more },
});
/** Fails wherever it stands: no queue waits for that long. */
const broken = (DependsOn: string[]) => queue({ VisibilityTimeout: 999_999 }, { DependsOn });
const nested = (file: string) => ({
  Type: "AWS::CloudFormation::Stack",
  Properties: { TemplateURL: `https://s3.amazonaws.com/templates/${file}` },
});
const first = {
  InPlace: queue({ VisibilityTimeout: 1 }),
  Replaced: queue({ QueueName: "before" }, { DependsOn: "InPlace" }),
  Role: role(),
  Parameter: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: { Ref: "Replaced" } } },
  Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
  Gone: queue({}),
  // Nothing but what it answers tells which API a creation made.
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api" } },
  Nested: nested("inner-1"),
};
const second = {
  InPlace: queue({ VisibilityTimeout: 2 }),
  Replaced: queue({ QueueName: "after" }, { DependsOn: "InPlace" }),
  Role: role({ Description: "changed" }),
  Parameter: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: { Ref: "Replaced" } } },
  Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.1.0.0/16" } },
  Added: role(),
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api", Description: "changed" } },
  Nested: nested("inner-2"),
};
const inner = (VisibilityTimeout: number) => JSON.stringify({ Resources: { Inner: queue({ VisibilityTimeout }) } });

const clientOf = (cloud: RunningCloud) => cloud.client(cfn.CloudFormationClient);
const input = (Resources: object) => ({
  StackName: STACK,
  TemplateBody: JSON.stringify({ Resources }),
  Capabilities: ["CAPABILITY_IAM" as const],
});
const create = (cloud: RunningCloud, resources: object) =>
  clientOf(cloud).send(new cfn.CreateStackCommand(input(resources)));
const update = (cloud: RunningCloud, resources: object) =>
  clientOf(cloud).send(new cfn.UpdateStackCommand(input(resources)));

/** All that there is of what the stacks can make, without the parts of names that are made up. */
async function everything(cloud: RunningCloud): Promise<string[]> {
  const list = async (type: string) => {
    const { ResourceDescriptions } = await cloud.call<{ ResourceDescriptions: { Properties: string }[] }>(
      "cloudcontrol",
      "ListResources",
      { TypeName: type },
    );
    return ResourceDescriptions.map(
      ({ Properties }) => `${type} ${Properties.replace(/[A-Z0-9]{12}|vpc-\w+|"[a-z0-9]{10}"/g, "*")}`,
    );
  };
  const types = [
    "AWS::SQS::Queue",
    "AWS::IAM::Role",
    "AWS::SSM::Parameter",
    "AWS::EC2::VPC",
    "AWS::ApiGateway::RestApi",
  ];
  const found = (await Promise.all(types.map(list))).flat();
  const { Stacks } = await clientOf(cloud).send(new cfn.DescribeStacksCommand({}));
  return [...found, ...(Stacks ?? []).map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`)]
    .map((line) => line.replace(/-[A-Z0-9]{12}/g, "-*").replace(/http:\/\/127\.0\.0\.1:\d+/g, "http://cloud"))
    .sort();
}

interface Case {
  readonly title: string;
  /** What is there before. */
  readonly before?: object;
  readonly begin: (cloud: RunningCloud) => Promise<unknown>;
}

const CASES: readonly Case[] = [
  { title: "a creation", begin: (cloud) => create(cloud, first) },
  {
    title: "a creation that fails and is rolled back",
    begin: (cloud) => create(cloud, { ...first, Broken: broken(["Replaced", "Nested", "Role"]) }),
  },
  { title: "an update", before: first, begin: (cloud) => update(cloud, second) },
  {
    title: "an update that fails and is rolled back",
    before: first,
    begin: (cloud) =>
      update(cloud, { ...second, Broken: broken(["Replaced", "Parameter", "Nested", "Role", "Added"]) }),
  },
  {
    title: "a deletion",
    before: first,
    begin: (cloud) => clientOf(cloud).send(new cfn.DeleteStackCommand({ StackName: STACK })),
  },
];

describe("a cloud that ends at any step", () => {
  it.each(CASES)(
    "of $title goes on with it, and nothing is left or made twice",
    { timeout: TIMEOUT_MS },
    async (one) => {
      const data = join(folder, one.title);
      const copies: string[] = [];
      let expected: string[];
      {
        await using cloud = await startCloud({ data });
        const s3 = cloud.client(S3Client);
        await s3.send(new CreateBucketCommand({ Bucket: "templates" }));
        for (const n of [1, 2])
          await s3.send(new PutObjectCommand({ Bucket: "templates", Key: `inner-${n}`, Body: inner(n) }));
        if (one.before) await create(cloud, one.before);
        await cloud.idle();
        const stop = cloud.kernel.events.on("stack", () => {
          cloud.kernel.store.whenSettled(() => {
            const copy = join(folder, `${one.title}-${copies.length}`);
            copies.push(copy);
            cpSync(data, copy, { recursive: true, filter: (file) => basename(file) !== "lock.json" });
          });
        });
        await one.begin(cloud);
        await cloud.idle();
        stop();
        expected = await everything(cloud);
      }
      expect(copies.length).toBeGreaterThan(10);
      for (const copy of copies) {
        await using cloud = await startCloud({ data: copy });
        await cloud.idle();
        expect(await everything(cloud), copy).toEqual(expected);
        await rm(copy, { recursive: true, force: true });
      }
    },
  );
});
