import * as cfn from "@aws-sdk/client-cloudformation";
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failStep } from "../../../test/fail-step.js";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
  sqs = cloud.client(SQSClient);
});
afterAll(() => cloud.close());

const queues = (timeout: number, more: object = {}) => ({
  Resources: {
    A: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: timeout, Tags: [{ Key: "k", Value: "v" }] } },
    B: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: timeout }, DependsOn: "A" },
    ...more,
  },
});
const fail = (step: string, message?: string) => failStep(cloud, step, message);
const statusOf = async (StackName: string) =>
  (await client.send(new cfn.DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
const resource = async (StackName: string, LogicalResourceId: string) =>
  (await client.send(new cfn.DescribeStackResourceCommand({ StackName, LogicalResourceId }))).StackResourceDetail;
const timeoutOf = async (StackName: string, id: string) => {
  const QueueUrl = (await resource(StackName, id))?.PhysicalResourceId;
  return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }))).Attributes
    ?.VisibilityTimeout;
};
async function create(StackName: string, template: object, more: Partial<cfn.CreateStackCommandInput> = {}) {
  await client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), ...more }));
  await cloud.idle();
}
async function update(StackName: string, template: object, more: Partial<cfn.UpdateStackCommandInput> = {}) {
  await client.send(new cfn.UpdateStackCommand({ StackName, TemplateBody: JSON.stringify(template), ...more }));
  await cloud.idle();
}

describe("ContinueUpdateRollback", () => {
  it("goes on with a rollback that failed", async () => {
    await create("stuck", queues(10));
    fail("update B");
    fail("rollback A", "no way back");
    await update("stuck", queues(20));
    expect(await statusOf("stuck")).toBe("UPDATE_ROLLBACK_FAILED");
    expect((await resource("stuck", "A"))?.ResourceStatusReason).toBe("no way back");
    const updating = client.send(
      new cfn.UpdateStackCommand({ StackName: "stuck", TemplateBody: JSON.stringify(queues(30)) }),
    );
    await expect(updating).rejects.toThrow("UPDATE_ROLLBACK_FAILED state and can not be updated");
    await client.send(new cfn.ContinueUpdateRollbackCommand({ StackName: "stuck" }));
    await cloud.idle();
    expect(await statusOf("stuck")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect([await timeoutOf("stuck", "A"), await timeoutOf("stuck", "B")]).toEqual(["10", "10"]);
  });

  it("passes over the resources that it is told to skip", async () => {
    await create("skipped", queues(10));
    fail("update B");
    fail("rollback A");
    await update("skipped", queues(20));
    const skipping = (id: string) =>
      client.send(new cfn.ContinueUpdateRollbackCommand({ StackName: "skipped", ResourcesToSkip: [id] }));
    await expect(skipping("C")).rejects.toThrow("Resource C does not exist for stack skipped");
    await skipping("A");
    await cloud.idle();
    expect(await statusOf("skipped")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect([await timeoutOf("skipped", "A"), await timeoutOf("skipped", "B")]).toEqual(["20", "10"]);
    await expect(skipping("A")).rejects.toThrow("can not continue rollback from it");
  });
});

describe("RollbackStack", () => {
  it("takes back an update that was left as it failed", async () => {
    await create("left", queues(10));
    fail("update B");
    await update("left", queues(20), { DisableRollback: true });
    expect(await statusOf("left")).toBe("UPDATE_FAILED");
    expect(await timeoutOf("left", "A")).toBe("20");
    await client.send(new cfn.RollbackStackCommand({ StackName: "left" }));
    await cloud.idle();
    expect(await statusOf("left")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await timeoutOf("left", "A")).toBe("10");
  });

  it("takes back a creation that was left as it failed", async () => {
    fail("create B");
    await create("left-new", queues(10), { DisableRollback: true });
    expect(await statusOf("left-new")).toBe("CREATE_FAILED");
    await client.send(new cfn.RollbackStackCommand({ StackName: "left-new" }));
    await cloud.idle();
    expect(await statusOf("left-new")).toBe("ROLLBACK_COMPLETE");
  });

  it("can be left out: another update goes on from where the failed one stopped", async () => {
    await create("onward", queues(10));
    fail("update B");
    await update("onward", queues(20), { DisableRollback: true });
    await update("onward", queues(30));
    expect(await statusOf("onward")).toBe("UPDATE_COMPLETE");
    expect([await timeoutOf("onward", "A"), await timeoutOf("onward", "B")]).toEqual(["30", "30"]);
  });
});

describe("RetainExceptOnCreate", () => {
  const retained = { Kept: { Type: "AWS::SQS::Queue", DeletionPolicy: "Retain" } };
  const keptUrl = async (StackName: string) => {
    const pages = cfn.paginateDescribeStackEvents({ client }, { StackName });
    for await (const { StackEvents = [] } of pages)
      for (const { LogicalResourceId, PhysicalResourceId } of StackEvents)
        if (LogicalResourceId === "Kept" && PhysicalResourceId) return PhysicalResourceId;
    return undefined;
  };
  const isThere = async (StackName: string) => {
    const attributes = new GetQueueAttributesCommand({ QueueUrl: await keptUrl(StackName) });
    return sqs.send(attributes).then(
      () => true,
      () => false,
    );
  };

  it.each([true, false])("%s decides on what a failed creation made and was to retain", async (given) => {
    const StackName = `created-${given}`;
    fail("create Last");
    const Last = { Type: "AWS::SQS::Queue", DependsOn: "Kept" };
    await create(StackName, queues(1, { ...retained, Last }), { RetainExceptOnCreate: given });
    expect(await statusOf(StackName)).toBe("ROLLBACK_COMPLETE");
    expect(await isThere(StackName)).toBe(!given);
  });

  it.each([true, false])("%s decides on what a failed update made and was to retain", async (given) => {
    const StackName = `updated-${given}`;
    await create(StackName, queues(1));
    fail("update B");
    const more = given ? { RetainExceptOnCreate: true } : {};
    const template = queues(2, retained);
    template.Resources.B = {
      ...template.Resources.B,
      DependsOn: ["A", "Kept"],
    } as unknown as typeof template.Resources.B;
    await update(StackName, template, more);
    expect(await statusOf(StackName)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await isThere(StackName)).toBe(!given);
  });
});

describe("every step of an update", () => {
  const before = queues(10, {
    Gone: { Type: "AWS::SQS::Queue", DependsOn: "B" },
    R: { Type: "AWS::SQS::Queue", Properties: { QueueName: "step-old" } },
  });
  const after = queues(20, {
    New: { Type: "AWS::SQS::Queue", DependsOn: "B" },
    R: { Type: "AWS::SQS::Queue", Properties: { QueueName: "step-new" } },
  });

  it.each(["update A", "update B", "update R", "create New"])(
    "can fail (%s), and the stack is exactly what it was",
    async (step) => {
      const StackName = step.replace(" ", "-");
      await create(StackName, before);
      const read = async () => {
        const { StackResources } = await client.send(new cfn.DescribeStackResourcesCommand({ StackName }));
        const physical = (StackResources ?? []).map(({ LogicalResourceId, PhysicalResourceId }) => [
          LogicalResourceId,
          PhysicalResourceId,
        ]);
        return { physical, a: await timeoutOf(StackName, "A"), b: await timeoutOf(StackName, "B") };
      };
      const was = await read();
      fail(step);
      await update(StackName, after);
      expect(await statusOf(StackName)).toBe("UPDATE_ROLLBACK_COMPLETE");
      expect(await read()).toEqual(was);
      await client.send(new cfn.DeleteStackCommand({ StackName }));
      await cloud.idle();
    },
  );
});

describe("CancelUpdateStack", () => {
  it("rolls back an update under way", async () => {
    const wait = {
      W: {
        Type: "AWS::CloudFormation::WaitCondition",
        Properties: { Handle: { Ref: "H" }, Timeout: 3600 },
        DependsOn: "A",
      },
      H: { Type: "AWS::CloudFormation::WaitConditionHandle" },
    };
    await create("cancelled", queues(10));
    await update("cancelled", queues(20, wait));
    expect(await statusOf("cancelled")).toBe("UPDATE_IN_PROGRESS");
    await client.send(new cfn.CancelUpdateStackCommand({ StackName: "cancelled" }));
    await cloud.idle();
    expect(await statusOf("cancelled")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await timeoutOf("cancelled", "A")).toBe("10");
    await expect(client.send(new cfn.CancelUpdateStackCommand({ StackName: "cancelled" }))).rejects.toThrow(
      "CancelUpdateStack cannot be called from current stack status",
    );
  });
});

describe("SignalResource", () => {
  const group = (Count: number) => ({
    Resources: {
      G: {
        Type: "AWS::AutoScaling::AutoScalingGroup",
        Properties: { MinSize: "1", MaxSize: "1" },
        CreationPolicy: { ResourceSignal: { Count, Timeout: "PT10M" } },
      },
    },
  });
  const signal = (StackName: string, UniqueId: string, Status: cfn.ResourceSignalStatus) =>
    client.send(new cfn.SignalResourceCommand({ StackName, LogicalResourceId: "G", UniqueId, Status }));

  it("completes a resource that waits for signals", async () => {
    await create("signalled", group(2));
    await signal("signalled", "1", "SUCCESS");
    await cloud.idle();
    expect(await statusOf("signalled")).toBe("CREATE_IN_PROGRESS");
    await signal("signalled", "2", "SUCCESS");
    await cloud.idle();
    expect(await statusOf("signalled")).toBe("CREATE_COMPLETE");
  });

  it("is waited for no longer than the policy says", async () => {
    await create("unsignalled", group(1));
    await cloud.clock.advance({ minutes: 10 });
    await cloud.idle();
    expect(await statusOf("unsignalled")).toBe("ROLLBACK_COMPLETE");
  });
});

describe("DetectStackDrift, DescribeStackDriftDetectionStatus, DescribeStackResourceDrifts, DetectStackResourceDrift", () => {
  const detect = async (StackName: string) => {
    const { StackDriftDetectionId } = await client.send(new cfn.DetectStackDriftCommand({ StackName }));
    const status = await client.send(new cfn.DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }));
    const { StackResourceDrifts = [] } = await client.send(new cfn.DescribeStackResourceDriftsCommand({ StackName }));
    return { status, drifts: Object.fromEntries(StackResourceDrifts.map((drift) => [drift.LogicalResourceId, drift])) };
  };

  it("finds nothing where nothing was changed", async () => {
    await create("steady", queues(10), { Tags: [{ Key: "team", Value: "t" }] });
    const { status, drifts } = await detect("steady");
    expect(status).toMatchObject({
      StackDriftStatus: "IN_SYNC",
      DetectionStatus: "DETECTION_COMPLETE",
      DriftedStackResourceCount: 0,
    });
    expect(drifts.A?.StackResourceDriftStatus).toBe("IN_SYNC");
  });

  it("finds what was changed and what was deleted, property by property", async () => {
    await create("drifted", queues(10));
    const QueueUrl = (await resource("drifted", "A"))?.PhysicalResourceId;
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "99", DelaySeconds: "1" } }),
    );
    await sqs.send(new DeleteQueueCommand({ QueueUrl: (await resource("drifted", "B"))?.PhysicalResourceId }));
    const { status, drifts } = await detect("drifted");
    expect(status).toMatchObject({ StackDriftStatus: "DRIFTED", DriftedStackResourceCount: 2 });
    expect(drifts.A?.PropertyDifferences).toEqual([
      { PropertyPath: "/VisibilityTimeout", ExpectedValue: "10", ActualValue: "99", DifferenceType: "NOT_EQUAL" },
    ]);
    expect(drifts.B?.StackResourceDriftStatus).toBe("DELETED");
    const { StackResourceDrift } = await client.send(
      new cfn.DetectStackResourceDriftCommand({ StackName: "drifted", LogicalResourceId: "A" }),
    );
    expect(StackResourceDrift?.StackResourceDriftStatus).toBe("MODIFIED");
    expect(
      (await client.send(new cfn.DescribeStacksCommand({ StackName: "drifted" }))).Stacks?.[0]?.DriftInformation
        ?.StackDriftStatus,
    ).toBe("DRIFTED");
  });
});
