/** Providers that throw, hang or answer nonsense fail their resource, and the stack rolls back. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import type { Properties, ResourceProvider } from "../../kernel/resource.js";

const TOPIC = "AWS::SNS::Topic";
let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
let real: ResourceProvider;
let misbehaving: Partial<ResourceProvider>;
const failures: string[] = [];
beforeAll(async () => {
  // The failures are meant: nobody has to be warned of them.
  vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  cloud = await startCloud();
  cloud.kernel.events.on("failure", ({ message }) => failures.push(message));
  client = cloud.client(cfn.CloudFormationClient);
  const sns = await cloud.kernel.service("sns");
  if (!sns?.resources[TOPIC]) throw new Error("There are no topics.");
  real = (await sns.resources[TOPIC]()).default;
  const load = async () => ({ default: { ...real, ...misbehaving } });
  Object.assign(sns.resources, { [TOPIC]: load });
});
beforeEach(() => {
  misbehaving = {};
  failures.length = 0;
});
afterAll(() => cloud.close());

const body = (version: number) =>
  JSON.stringify({
    Resources: {
      Queue: { Type: "AWS::SQS::Queue", Properties: { DelaySeconds: version } },
      Topic: { Type: TOPIC, DependsOn: "Queue", Properties: { DisplayName: `version ${version}` } },
    },
  });

/** Performs an operation while time goes on for some hours. @returns why the topic failed */
async function reasonAfter(StackName: string, operation: Promise<unknown>, status: string): Promise<string> {
  await operation;
  await cloud.clock.advance({ hours: 3 });
  await cloud.idle();
  const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName }));
  expect(Stacks?.[0]?.StackStatus).toBe(status);
  const { StackEvents } = await client.send(new cfn.DescribeStackEventsCommand({ StackName }));
  const failed = StackEvents?.find(
    ({ ResourceType, ResourceStatus }) => ResourceType === TOPIC && ResourceStatus?.endsWith("FAILED"),
  );
  return failed?.ResourceStatusReason ?? "";
}
const create = (StackName: string) => client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: body(1) }));

const MISBEHAVIOURS: [title: string, handler: () => Promise<Properties>, reason: RegExp, isDefect: boolean][] = [
  ["throws", () => Promise.reject(new TypeError("x is not a function")), /^Internal Failure: x is not a func/, true],
  ["answers nothing", async () => undefined as unknown as Properties, /answered with undefined, which is no mod/, true],
  ["answers a list", async () => [] as unknown as Properties, /answered with \[\], which is no model/, true],
];

describe("a provider", () => {
  it.each(MISBEHAVIOURS)("that %s fails its resource", async (title, handler, reason, isDefect) => {
    const name = title.replaceAll(" ", "-");
    misbehaving = { create: handler };
    expect(await reasonAfter(name, create(name), "ROLLBACK_COMPLETE")).toMatch(reason);
    expect(failures.splice(0)).toHaveLength(isDefect ? 1 : 0);
    misbehaving = {};
    const second = `${name}-later`;
    await create(second);
    await cloud.idle();
    misbehaving = { update: handler };
    const update = client.send(new cfn.UpdateStackCommand({ StackName: second, TemplateBody: body(2) }));
    // It fails again when the topic is to be brought back.
    expect(await reasonAfter(second, update, "UPDATE_ROLLBACK_FAILED")).toMatch(reason);
  });

  it("that hangs fails its resource when its time is up, and can do nothing afterwards", async () => {
    const late: unknown[] = [];
    misbehaving = {
      async create(_desired, ctx) {
        await ctx.wait(24 * 3_600_000);
        await ctx.call("sqs", "CreateQueue", { QueueName: "too-late" }).catch((error) => late.push(error.message));
        return {};
      },
    };
    const started = cloud.clock.now();
    const reason = await reasonAfter("hangs", create("hangs"), "ROLLBACK_COMPLETE");
    expect(reason).toBe("Resource timed out waiting for completion");
    const { StackEvents } = await client.send(new cfn.DescribeStackEventsCommand({ StackName: "hangs" }));
    const failed = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED");
    expect(failed?.Timestamp?.getTime()).toBeGreaterThanOrEqual(started + 2 * 3_600_000);
    expect(failed?.Timestamp?.getTime()).toBeLessThan(started + 2.1 * 3_600_000);
    expect(late).toEqual(["Resource timed out waiting for completion"]);
    const { QueueUrls } = await cloud.client(SQSClient).send(new ListQueuesCommand({ QueueNamePrefix: "too-late" }));
    expect(QueueUrls ?? []).toEqual([]);
  });

  it("that hangs while it deletes leaves the stack in DELETE_FAILED", async () => {
    await create("stuck");
    await cloud.idle();
    misbehaving = { delete: (_actual, ctx) => ctx.wait(24 * 3_600_000) };
    const deletion = client.send(new cfn.DeleteStackCommand({ StackName: "stuck" }));
    expect(await reasonAfter("stuck", deletion, "DELETE_FAILED")).toBe("Resource timed out waiting for completion");
  });
});
