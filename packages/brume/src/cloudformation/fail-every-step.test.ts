/** Every step of creations, updates, rollbacks and deletions fails once, and everything is as it was, or comes to rest. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failStep } from "../../test/fail-step.js";
import { areas, type Call, nestedTemplate } from "../../test/update-areas.js";
import { type RunningCloud, startCloud } from "../index.js";
import { orUndefined } from "../kernel/errors.js";

let cloud: RunningCloud;
const failures: string[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  cloud.kernel.events.on("failure", ({ during, stack, message }) => failures.push(`${during}: ${stack ?? message}`));
  const { Bucket, Key, Body } = nestedTemplate;
  await call("s3", "CreateBucket", { Bucket });
  await call("s3", "PutObject", { Bucket, Key, Body });
});
afterAll(() => cloud.close());

const call: Call = (service, operation, input) => cloud.call(service, operation, input);
const cfn = (operation: string, input: object) => call("cloudformation", operation, input);
const Capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"];

interface Event {
  id: string;
  status: string;
  physicalId: string | undefined;
  /** Of the stack, when it happened. */
  stackStatus: string;
}

const fail = (step: string) => failStep(cloud, step, `${step} fails on demand`);

/** Performs an operation on a stack. @returns what happened to its resources */
async function perform(StackName: string, operation: string, input: object = {}): Promise<Event[]> {
  const events: Event[] = [];
  let stackStatus = "";
  const stop = cloud.kernel.events.on("stack", ({ stackName, resourceType, logicalId, physicalId, status }) => {
    if (stackName !== StackName) return;
    if (resourceType === "AWS::CloudFormation::Stack" && logicalId === StackName) stackStatus = status;
    else events.push({ id: logicalId, status, physicalId, stackStatus });
  });
  try {
    await cfn(operation, { StackName, ...input });
    await cloud.idle();
  } finally {
    stop();
  }
  expect(cloud.kernel.faults.none, "every fault was met").toBe(true);
  expect(failures.splice(0)).toEqual([]);
  return events;
}

async function statusOf(StackName: string): Promise<string> {
  return (await cfn("DescribeStacks", { StackName })).Stacks[0].StackStatus;
}

async function idsOf(StackName: string): Promise<Record<string, string>> {
  const { StackResources } = await cfn("DescribeStackResources", { StackName });
  return Object.fromEntries(
    StackResources.map((one: Record<string, string>) => [one.LogicalResourceId, one.PhysicalResourceId]),
  );
}

/** What a stack is, but for its status. */
async function stackOf(StackName: string) {
  const [{ Parameters, Outputs, Tags, Description }] = (await cfn("DescribeStacks", { StackName })).Stacks;
  const { TemplateBody } = await cfn("GetTemplate", { StackName });
  const { StackResources } = await cfn("DescribeStackResources", { StackName });
  const statuses = StackResources.map((one: { ResourceStatus: string }) => one.ResourceStatus);
  return {
    Parameters,
    Outputs,
    Tags,
    Description,
    TemplateBody,
    ids: await idsOf(StackName),
    settled: statuses.every((one: string) => one.endsWith("_COMPLETE")),
  };
}

function typesOf(versions: readonly object[]): string[] {
  const definitions = versions.flatMap((one) =>
    Object.values((one as { Resources: Record<string, { Type: string }> }).Resources),
  );
  const types = new Set(definitions.map(({ Type }) => Type));
  return [...types, "AWS::SQS::Queue"].filter((type) => !/^Custom::|^AWS::CloudFormation::/.test(type));
}

/** All resources of some types, as they really are; and what is exported. */
async function world(types: readonly string[]): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const TypeName of types) {
    const { ResourceDescriptions } = await call("cloudcontrol", "ListResources", { TypeName });
    for (const { Identifier } of ResourceDescriptions) {
      const getting = call("cloudcontrol", "GetResource", { TypeName, Identifier });
      // Keys that wait to be deleted are listed, and are not there.
      const answer = await orUndefined(getting, "ResourceNotFoundException");
      if (!answer) continue;
      const { DefaultVersionId, UpdateDate, ...properties } = JSON.parse(answer.ResourceDescription.Properties);
      found[`${TypeName} ${Identifier}`] = properties;
    }
  }
  const { StackSummaries } = await cfn("ListStacks", {});
  const stacks = StackSummaries.filter((one: { StackStatus: string }) => one.StackStatus !== "DELETE_COMPLETE");
  return {
    ...found,
    exports: (await cfn("ListExports", {})).Exports,
    stacks: stacks.map((one: { StackName: string }) => one.StackName),
  };
}

describe.each(Object.entries(areas))("%s", (name, { versions, fill, data, discard = {} }) => {
  const [before, after] = versions.map((one, index) => ({
    TemplateBody: JSON.stringify(one),
    Capabilities,
    Tags: [{ Key: "release", Value: String(index + 1) }],
  })) as [object, object];
  const types = typesOf(versions);
  const StackName = `updated-${name}`;
  const all = async () => {
    const ids = await idsOf(StackName);
    return { stack: await stackOf(StackName), world: await world(types), data: await data?.(call, ids) };
  };
  type Everything = Awaited<ReturnType<typeof all>>;
  let was: Everything;
  /** What happens in an update whose last step fails. */
  let steps: Event[];
  const idsWith = (status: string, stackStatus: string) => [
    ...new Set(steps.filter((one) => one.status === status && one.stackStatus === stackStatus).map(({ id }) => id)),
  ];

  beforeAll(async () => {
    await perform(StackName, "CreateStack", before);
    expect(await statusOf(StackName)).toBe("CREATE_COMPLETE");
    await fill?.(call, await idsOf(StackName));
    was = await all();
    fail("update Last");
    steps = await perform(StackName, "UpdateStack", after);
  });

  it("goes back when an update's last step fails", async () => {
    expect(await statusOf(StackName)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await all()).toEqual(was);
    const changed = new Set(steps.map(({ id }) => id));
    expect(changed.size).toBeGreaterThan(5);
  });

  it("goes back when any step of an update fails", async () => {
    const forward = [
      ...idsWith("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS").map((id) => `create ${id}`),
      ...idsWith("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS").map((id) => `update ${id}`),
    ];
    for (const step of forward) {
      fail(step);
      await perform(StackName, "UpdateStack", after);
      expect(await statusOf(StackName), step).toBe("UPDATE_ROLLBACK_COMPLETE");
      expect(await all(), step).toEqual(was);
    }
  });

  it("goes on with a rollback of which any step failed", async () => {
    for (const id of idsWith("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")) {
      fail("update Last");
      fail(`rollback ${id}`);
      await perform(StackName, "UpdateStack", after);
      expect(await statusOf(StackName), id).toBe("UPDATE_ROLLBACK_FAILED");
      await perform(StackName, "ContinueUpdateRollback");
      expect(await statusOf(StackName), id).toBe("UPDATE_ROLLBACK_COMPLETE");
      expect(await all(), id).toEqual(was);
    }
  });

  it("leaves out what a rollback is to skip, until the next update", async () => {
    for (const id of idsWith("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")) {
      fail("update Last");
      fail(`rollback ${id}`);
      await perform(StackName, "UpdateStack", after);
      await perform(StackName, "ContinueUpdateRollback", { ResourcesToSkip: [id] });
      expect(await statusOf(StackName), id).toBe("UPDATE_ROLLBACK_COMPLETE");
      await perform(StackName, "UpdateStack", before);
      expect(await statusOf(StackName), id).toBe("UPDATE_COMPLETE");
      expect(await all(), id).toEqual(was);
    }
  });

  it("leaves behind only what fails to be deleted, when everything else is undone", async () => {
    const there = await world(types);
    for (const id of idsWith("DELETE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")) {
      fail("update Last");
      fail(`delete ${id}`);
      const events = await perform(StackName, "UpdateStack", after);
      expect(await statusOf(StackName), id).toBe("UPDATE_ROLLBACK_COMPLETE");
      expect(events.filter(({ status }) => status === "DELETE_FAILED").map((one) => one.id)).toEqual([id]);
      await discard[id]?.(
        call,
        await idsOf(StackName),
        events.find(({ status }) => status === "DELETE_FAILED")?.physicalId,
      );
      const left = Object.keys(await world(types)).filter((one) => !Object.hasOwn(there, one));
      expect(left.length, id).toBeLessThanOrEqual(1);
      for (const [TypeName, Identifier] of left.map((one) => one.split(" ")))
        await call("cloudcontrol", "DeleteResource", { TypeName, Identifier });
      await cloud.idle();
      expect(await world(types), id).toEqual(there);
    }
  });

  it("leaves nothing when any step of a creation fails", async () => {
    const empty = await world(types);
    const { Resources } = versions[0] as { Resources: object };
    for (const id of Object.keys(Resources)) {
      if (!(id in was.stack.ids)) continue;
      const New = `new-${name}-${id}`;
      fail(`create ${id}`);
      await perform(New, "CreateStack", before);
      expect(await statusOf(New), id).toBe("ROLLBACK_COMPLETE");
      await perform(New, "DeleteStack");
      expect(await world(types), id).toEqual(empty);
    }
  });

  it("is deleted in the end when any step of a deletion, and of a creation's rollback, fails", async () => {
    const empty = await world(types);
    for (const id of Object.keys(was.stack.ids)) {
      if (id === "Last" || id === "RemovedButRetained") continue;
      const New = `gone-${name}-${id}`;
      fail("create Last");
      fail(`delete ${id}`);
      await perform(New, "CreateStack", before);
      expect(await statusOf(New), id).toBe("ROLLBACK_FAILED");
      fail(`delete ${id}`);
      await perform(New, "DeleteStack");
      expect(await statusOf(New), id).toBe("DELETE_FAILED");
      await perform(New, "DeleteStack");
      expect(await world(types), id).toEqual(empty);
    }
  });
});
