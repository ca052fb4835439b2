/** Stacks within stacks: what one of them does is undone, or cleaned up, when its parent is. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failStep } from "../../test/fail-step.js";
import { type RunningCloud, startCloud } from "../index.js";

const queue = (Properties: object) => ({ Type: "AWS::SQS::Queue", Properties });
/** Its first queue is replaced, and its second changes in place, with the version. */
const inner = {
  Parameters: { Version: { Type: "Number" } },
  Resources: {
    Replaced: queue({ QueueName: { "Fn::Sub": "${AWS::StackName}-${Version}" } }),
    Changed: queue({ DelaySeconds: { Ref: "Version" } }),
  },
  Outputs: { Name: { Value: { "Fn::GetAtt": ["Replaced", "QueueName"] } } },
};
const outer = (version: number) =>
  JSON.stringify({
    Resources: {
      Nested: {
        Type: "AWS::CloudFormation::Stack",
        Properties: { TemplateURL: "https://s3.amazonaws.com/templates/inner.json", Parameters: { Version: version } },
      },
      Last: {
        Type: "AWS::SSM::Parameter",
        Properties: { Type: "String", Value: { "Fn::GetAtt": ["Nested", "Outputs.Name"] } },
      },
    },
  });

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
let sqs: SQSClient;
const failures: string[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  cloud.kernel.events.on("failure", ({ message }) => failures.push(message));
  client = cloud.client(cfn.CloudFormationClient);
  sqs = cloud.client(SQSClient);
  const s3 = cloud.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "templates" }));
  await s3.send(new PutObjectCommand({ Bucket: "templates", Key: "inner.json", Body: JSON.stringify(inner) }));
});
afterAll(async () => {
  expect(failures).toEqual([]);
  await cloud.close();
});

const fail = (step: string) => failStep(cloud, step);

async function rest(sending: Promise<unknown>): Promise<void> {
  await sending;
  await cloud.idle();
}
const update = (StackName: string, version: number, more: Partial<cfn.UpdateStackCommandInput> = {}) =>
  rest(client.send(new cfn.UpdateStackCommand({ StackName, TemplateBody: outer(version), ...more })));

/** Makes the first version, with a message in the queue that its successor replaces. @returns the nested stack's name */
async function made(StackName: string): Promise<string> {
  await rest(client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: outer(1) })));
  const { StackResources } = await client.send(new cfn.DescribeStackResourcesCommand({ StackName }));
  const id = StackResources?.find(({ LogicalResourceId }) => LogicalResourceId === "Nested")?.PhysicalResourceId;
  const nested = id?.split("/")[1] as string;
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(`${nested}-1`), MessageBody: "kept" }));
  return nested;
}
const queueUrl = (name: string) => `${cloud.endpoint}/000000000000/${name}`;

async function statusOf(StackName: string): Promise<string | undefined> {
  return (await client.send(new cfn.DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
}

/** The statuses that a stack has gone through since its creation was complete. */
async function statusesOf(StackName: string): Promise<string[]> {
  const { StackEvents = [] } = await client.send(new cfn.DescribeStackEventsCommand({ StackName }));
  const own = StackEvents.filter(({ PhysicalResourceId, StackId }) => PhysicalResourceId === StackId);
  const statuses = own.map(({ ResourceStatus }) => ResourceStatus as string).reverse();
  return statuses.slice(statuses.indexOf("CREATE_COMPLETE") + 1);
}

/** The names of the queues of a nested stack that have one by its version. */
async function queuesOf(nested: string): Promise<string[]> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: nested }));
  return QueueUrls.map((url) => url.slice(queueUrl(`${nested}-`).length)).filter((name) => /^\d$/.test(name));
}

async function isAsItWas(nested: string): Promise<void> {
  expect(await queuesOf(nested)).toEqual(["1"]);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl(`${nested}-1`) }));
  expect(Messages?.[0]?.Body).toBe("kept");
}

describe("a nested stack", () => {
  it("keeps what it replaces until its parent cleans up", async () => {
    const nested = await made("cleaned");
    const order: string[] = [];
    const stop = cloud.kernel.events.on("stack", ({ stackName, logicalId, status }) => {
      if (status === "DELETE_COMPLETE" || logicalId === stackName) order.push(`${logicalId} ${status}`);
    });
    await update("cleaned", 2);
    stop();
    expect(order).toEqual([
      "cleaned UPDATE_IN_PROGRESS",
      `${nested} UPDATE_IN_PROGRESS`,
      `${nested} UPDATE_COMPLETE_CLEANUP_IN_PROGRESS`,
      "cleaned UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
      "Replaced DELETE_COMPLETE",
      `${nested} UPDATE_COMPLETE`,
      "cleaned UPDATE_COMPLETE",
    ]);
    expect(await queuesOf(nested)).toEqual(["2"]);
  });

  it("brings back what it replaced, with what was in it, when its parent fails afterwards", async () => {
    const nested = await made("undone");
    fail("update Last");
    await update("undone", 2);
    expect(await statusOf("undone")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await statusesOf(nested)).toEqual([
      "UPDATE_IN_PROGRESS",
      "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
      "UPDATE_ROLLBACK_IN_PROGRESS",
      "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "UPDATE_ROLLBACK_COMPLETE",
    ]);
    await isAsItWas(nested);
  });

  it("says in its parent why it failed, and is rolled back with it", async () => {
    const nested = await made("failed");
    fail("update Changed");
    await update("failed", 2);
    const { StackEvents } = await client.send(new cfn.DescribeStackEventsCommand({ StackName: "failed" }));
    const reason = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === "UPDATE_FAILED")?.ResourceStatusReason;
    expect(reason).toMatch(
      /^Embedded stack arn:\S+ was not successfully updated\. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: The following resource\(s\) failed to update: \[Changed\]\.$/,
    );
    expect((await statusesOf(nested)).at(-1)).toBe("UPDATE_ROLLBACK_COMPLETE");
    await isAsItWas(nested);
  });

  it("says in its parent why it was not created, and leaves nothing", async () => {
    fail("create Changed");
    await rest(client.send(new cfn.CreateStackCommand({ StackName: "unmade", TemplateBody: outer(1) })));
    const { StackEvents } = await client.send(new cfn.DescribeStackEventsCommand({ StackName: "unmade" }));
    const reason = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED")?.ResourceStatusReason;
    expect(reason).toMatch(
      /^Embedded stack arn:\S+ was not successfully created: The following resource\(s\) failed to create: \[Changed\]\.$/,
    );
    expect(await queuesOf("unmade-Nested")).toEqual([]);
  });

  it("goes on with a rollback that failed in it, or leaves out what failed", async () => {
    for (const skip of [undefined, ["Nested.Changed"]]) {
      const StackName = skip ? "skipped" : "continued";
      const nested = await made(StackName);
      fail("update Last");
      fail("rollback Changed");
      await update(StackName, 2);
      expect(await statusOf(StackName)).toBe("UPDATE_ROLLBACK_FAILED");
      expect(await statusOf(nested)).toBe("UPDATE_ROLLBACK_FAILED");
      await rest(client.send(new cfn.ContinueUpdateRollbackCommand({ StackName, ResourcesToSkip: skip })));
      expect(await statusOf(StackName)).toBe("UPDATE_ROLLBACK_COMPLETE");
      expect(await statusOf(nested)).toBe("UPDATE_ROLLBACK_COMPLETE");
      await isAsItWas(nested);
    }
  });

  it.each(["update Last", "update Changed"])("stays as it is when rollback is disabled and %s fails", async (step) => {
    const StackName = `stays-${step.slice(7)}`;
    const nested = await made(StackName);
    fail(step);
    await update(StackName, 2, { DisableRollback: true });
    expect(await statusOf(StackName)).toBe("UPDATE_FAILED");
    expect(await queuesOf(nested)).toEqual(["1", "2"]);
    fail(step);
    await update(StackName, 3, { DisableRollback: true });
    expect(await statusOf(StackName)).toBe("UPDATE_FAILED");
    await rest(client.send(new cfn.RollbackStackCommand({ StackName })));
    expect(await statusOf(StackName)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await statusOf(nested)).toBe("UPDATE_ROLLBACK_COMPLETE");
    await isAsItWas(nested);
    fail(step);
    await update(StackName, 2, { DisableRollback: true });
    await update(StackName, 2);
    expect(await statusOf(StackName)).toBe("UPDATE_COMPLETE");
    expect(await statusOf(nested)).toBe("UPDATE_COMPLETE");
    expect(await queuesOf(nested)).toEqual(["2"]);
  });

  it("is deleted with its parent while it waits for it, and with what it has replaced", async () => {
    const nested = await made("deleted");
    fail("update Last");
    await update("deleted", 2, { DisableRollback: true });
    expect(await statusOf(nested)).toBe("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    await expect(update(nested, 3)).rejects.toThrow("is in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS state and can not be");
    await rest(client.send(new cfn.DeleteStackCommand({ StackName: "deleted" })));
    await expect(statusOf("deleted")).rejects.toThrow("does not exist");
    await expect(statusOf(nested)).rejects.toThrow("does not exist");
    expect(await queuesOf(nested)).toEqual([]);
  });
});
