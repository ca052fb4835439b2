/** AWS::SQS::QueuePolicy */
import { isAwsError } from "../../../kernel/errors.js";
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
    try {
      const { Attributes } = await ctx.call<{ Attributes?: { Policy?: string } }>("sqs", "GetQueueAttributes", {
        QueueUrl,
        AttributeNames: ["Policy"],
      });
      return Attributes?.Policy ? { ...actual, PolicyDocument: JSON.parse(Attributes.Policy) as Json } : undefined;
    } catch (error) {
      if (isAwsError(error, "QueueDoesNotExist")) return undefined;
      throw error;
    }
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
    try {
      await setPolicy(actual.Queues, "", ctx);
    } catch (error) {
      if (!isAwsError(error, "QueueDoesNotExist")) throw error;
    }
  },
  async list() {
    return [];
  },
});
