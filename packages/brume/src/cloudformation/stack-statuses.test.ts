/** Every line of the table of statuses, brought about and seen in the events of a stack. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failStep } from "../../test/fail-step.js";
import { type RunningCloud, startCloud } from "../index.js";
import { canFollow, TRANSITIONS } from "./stack-statuses.js";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
const seen = new Set<string>();
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
});
afterAll(() => cloud.close());

const queue = (timeout: number, more: object = {}) => ({
  Type: "AWS::SQS::Queue",
  Properties: { VisibilityTimeout: timeout },
  ...more,
});
const body = (resources: object) => JSON.stringify({ Resources: resources });
const one = (timeout: number) => body({ A: queue(timeout) });
const fail = (step: string) => failStep(cloud, step);

const create = (StackName: string, more: Partial<cfn.CreateStackCommandInput> = {}) =>
  rest(client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: one(1), ...more })));
const update = (StackName: string, TemplateBody: string, more: Partial<cfn.UpdateStackCommandInput> = {}) =>
  rest(client.send(new cfn.UpdateStackCommand({ StackName, TemplateBody, ...more })));
const destroy = (StackName: string) => rest(client.send(new cfn.DeleteStackCommand({ StackName })));
const rollback = (StackName: string) => rest(client.send(new cfn.RollbackStackCommand({ StackName })));

async function changeSet(StackName: string, input: Partial<cfn.CreateChangeSetCommandInput>) {
  const ChangeSetName = `c${cloud.kernel.newId().replaceAll("-", "")}`;
  const asked = { StackName, ChangeSetName, TemplateBody: one(1), ...input };
  await client.send(new cfn.CreateChangeSetCommand(asked));
  return () => rest(client.send(new cfn.ExecuteChangeSetCommand({ StackName, ChangeSetName })));
}

/** Makes a queue beside any stack, and imports it (or, without the queue, fails to) as resource `I`. */
async function importing(StackName: string, type: { exists: boolean; resources?: object }) {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `imported-${StackName}-${seen.size}` }));
  const ResourceIdentifier = { QueueUrl };
  const execute = await changeSet(StackName, {
    ChangeSetType: "IMPORT",
    TemplateBody: body({ ...type.resources, I: { Type: "AWS::SQS::Queue", DeletionPolicy: "Retain" } }),
    ResourcesToImport: [{ ResourceType: "AWS::SQS::Queue", LogicalResourceId: "I", ResourceIdentifier }],
  });
  if (!type.exists) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  return execute;
}

/** A template of two queues, after the other; what is done to the first takes a while. */
function slowly(operation: string): string {
  cloud.kernel.faults.inject({ service: "sqs", operation, times: 1, delayMs: 200 });
  return body({ A: queue(1), B: queue(1, { DependsOn: "A" }) });
}

async function rest(sending: Promise<unknown>): Promise<void> {
  await sending;
  await cloud.idle();
}

/** Takes down which status followed which in a stack's events. */
async function trace(stackId: string): Promise<string[]> {
  const pages = cfn.paginateDescribeStackEvents({ client }, { StackName: stackId });
  const statuses: string[] = [];
  for await (const { StackEvents } of pages) {
    for (const { PhysicalResourceId, ResourceStatus } of StackEvents ?? [])
      if (PhysicalResourceId === stackId) statuses.unshift(ResourceStatus as string);
  }
  statuses.reduce((from, to) => {
    seen.add(`${from} ${to}`);
    return to;
  }, "NONE");
  return statuses;
}
const idOf = async (StackName: string) =>
  (await client.send(new cfn.DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackId as string;

/** What is done to a stack of the name; the statuses that the stack then rests in, one after the other. */
const SCENARIOS: Record<string, (name: string) => Promise<void>> = {
  "is made, updated and deleted": async (name) => {
    await create(name);
    await update(name, one(2));
    await update(name, one(3));
    await destroy(name);
  },
  "fails to be made, and is rolled back and deleted": async (name) => {
    fail("create A");
    await create(name);
    await destroy(name);
  },
  "fails to be made, and to be rolled back": async (name) => {
    fail("create B");
    fail("delete A");
    await create(name, { TemplateBody: body({ A: queue(1), B: queue(1, { DependsOn: "A" }) }) });
    await destroy(name);
  },
  "fails to be made, and is deleted at once": async (name) => {
    fail("create A");
    await create(name, { OnFailure: "DELETE" });
  },
  "fails to be made, stays, and is rolled back on request": async (name) => {
    fail("create A");
    await create(name, { DisableRollback: true });
    await rollback(name);
  },
  "fails to be made, stays, and is mended by an update": async (name) => {
    fail("create A");
    await create(name, { OnFailure: "DO_NOTHING" });
    await update(name, one(2));
  },
  "fails to be made, stays, and is deleted": async (name) => {
    fail("create A");
    await create(name, { OnFailure: "DO_NOTHING" });
    await destroy(name);
  },
  "is deleted while it is made": async (name) => {
    await client.send(new cfn.CreateStackCommand({ StackName: name, TemplateBody: slowly("CreateQueue") }));
    await destroy(name);
  },
  "is deleted while its failed creation is rolled back": async (name) => {
    fail("create B");
    await client.send(new cfn.CreateStackCommand({ StackName: name, TemplateBody: slowly("DeleteQueue") }));
    while (!(await trace(await idOf(name))).includes("ROLLBACK_IN_PROGRESS")) await new Promise(setImmediate);
    await destroy(name);
  },
  "fails to be updated, is rolled back, updated and deleted": async (name) => {
    await create(name);
    fail("update A");
    await update(name, one(2));
    await update(name, one(3));
    fail("update A");
    await update(name, one(4));
    await destroy(name);
  },
  "fails to be updated, stays, is updated again, and deleted": async (name) => {
    await create(name);
    fail("update A");
    await update(name, one(2), { DisableRollback: true });
    await update(name, one(3));
    fail("update A");
    await update(name, one(4), { DisableRollback: true });
    await rollback(name);
  },
  "fails to be updated, stays, and is deleted": async (name) => {
    await create(name);
    fail("update A");
    await update(name, one(2), { DisableRollback: true });
    await destroy(name);
  },
  "fails to be rolled back, and the rollback is continued": async (name) => {
    await create(name);
    fail("update A");
    fail("rollback A");
    await update(name, one(2));
    await rest(client.send(new cfn.ContinueUpdateRollbackCommand({ StackName: name })));
  },
  "fails to be rolled back, and is deleted": async (name) => {
    await create(name);
    fail("update A");
    fail("rollback A");
    await update(name, one(2));
    await destroy(name);
  },
  "is reviewed, and made by its change set; fails to be deleted, and is deleted": async (name) => {
    const execute = await changeSet(name, { ChangeSetType: "CREATE" });
    await execute();
    fail("delete A");
    await destroy(name);
    await destroy(name);
  },
  "is reviewed, and deleted": async (name) => {
    await changeSet(name, { ChangeSetType: "CREATE" });
    await destroy(name);
  },
  "is begun by an import, updated and deleted": async (name) => {
    await (await importing(name, { exists: true }))();
    const imported = { Type: "AWS::SQS::Queue", DeletionPolicy: "Retain" };
    await update(name, body({ I: imported, A: queue(1) }));
    await destroy(name);
  },
  "is begun by an import that fails, imports another, and another": async (name) => {
    await (await importing(name, { exists: false }))();
    await (await importing(name, { exists: true }))();
    const resources = { J: { Type: "AWS::SQS::Queue", DeletionPolicy: "Retain" } };
    const sqs = cloud.client(SQSClient);
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-second` }));
    const execute = await changeSet(name, {
      ChangeSetType: "IMPORT",
      TemplateBody: body({ ...resources, I: { Type: "AWS::SQS::Queue", DeletionPolicy: "Retain" } }),
      ResourcesToImport: [
        { ResourceType: "AWS::SQS::Queue", LogicalResourceId: "J", ResourceIdentifier: { QueueUrl } },
      ],
    });
    await execute();
    await destroy(name);
  },
  "imports after it was made, updated, and rolled back": async (name) => {
    await create(name);
    await (await importing(name, { exists: false, resources: { A: queue(1) } }))();
    await update(name, one(2));
    await (await importing(name, { exists: false, resources: { A: queue(2) } }))();
    await update(name, one(3));
    fail("update A");
    await update(name, one(4));
    await (await importing(name, { exists: false, resources: { A: queue(3) } }))();
    await destroy(name);
  },
  "is nested: goes back with its parent, and on with it": async (name) => {
    const body = one(1)
      .replace(/:1\b/, ':{"Ref":"Timeout"}')
      .replace("{", '{"Parameters":{"Timeout":{"Type":"Number"}},');
    await cloud.call("s3", "CreateBucket", { Bucket: "nested" });
    await cloud.call("s3", "PutObject", { Bucket: "nested", Key: "one.json", Body: body });
    const parent = (Timeout: number) => {
      const Properties = { TemplateURL: "https://s3.amazonaws.com/nested/one.json", Parameters: { Timeout } };
      const Nested = { Type: "AWS::CloudFormation::Stack", Properties };
      return JSON.stringify({ Resources: { Nested, Last: queue(Timeout, { DependsOn: "Nested" }) } });
    };
    await create(name, { TemplateBody: parent(1) });
    fail("update Last");
    await update(name, parent(2));
    fail("update Last");
    await update(name, parent(3), { DisableRollback: true });
    await update(name, parent(4));
    await destroy(name);
  },
};

describe("a stack", () => {
  it.each(Object.keys(SCENARIOS))("%s", async (title) => {
    const name = title.replace(/[^a-z]+/g, "-").slice(0, 60);
    const ids = new Set<string>();
    const stop = cloud.kernel.events.on("stack", ({ stackName, stackId }) => {
      if (stackName === name || stackName.startsWith(`${name}-Nested`)) ids.add(stackId);
    });
    await SCENARIOS[title]?.(name);
    stop();
    for (const id of ids) {
      const statuses = await trace(id);
      for (const [index, to] of statuses.entries())
        expect(canFollow((statuses[index - 1] ?? "NONE") as "NONE", to as "CREATE_COMPLETE"), `${statuses}`).toBe(true);
    }
    expect(ids.size).toBeGreaterThan(0);
  });

  it.each(TRANSITIONS)("goes from %s to %s: %s", (from, to) => {
    expect(seen).toContain(`${from} ${to}`);
  });
});
