/** AWS::SQS::QueuePolicy */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type ResourceContext } from "../../../kernel/resource.js";

async function setPolicy(queues: Json | undefined, policy: string, ctx: ResourceContext): Promise<void> {
  for (const QueueUrl of (queues ?? []) as string[]) {
    await ctx.call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy: policy } });
  }
}

export default defineResource({
  async create(desired, ctx) {
    await setPolicy(desired.Queues, JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, Id: ctx.physicalName() };
  },
  async read(actual, ctx) {
    const [QueueUrl] = (actual.Queues ?? []) as string[];
    if (!QueueUrl) return undefined;
    const input = { QueueUrl, AttributeNames: ["Policy"] };
    const reading = ctx.call<{ Attributes?: { Policy?: string } }>("sqs", "GetQueueAttributes", input);
    const policy = (await orUndefined(reading, "QueueDoesNotExist"))?.Attributes?.Policy;
    return policy ? { ...actual, PolicyDocument: JSON.parse(policy) as Json } : undefined;
  },
  async update(desired, actual, ctx) {
    const kept = (desired.Queues ?? []) as string[];
    await setPolicy(
      ((actual.Queues ?? []) as string[]).filter((queue) => !kept.includes(queue)),
      "",
      ctx,
    );
    await setPolicy(desired.Queues, JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, Id: actual.Id as string };
  },
  async delete(actual, ctx) {
    await orUndefined(setPolicy(actual.Queues, "", ctx), "QueueDoesNotExist");
  },
  async list() {
    return [];
  },
});
