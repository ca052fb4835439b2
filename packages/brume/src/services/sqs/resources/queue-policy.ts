/** AWS::SQS::QueuePolicy */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type ResourceContext } from "../../../kernel/resource.js";

const queuesOf = (queues: Json | undefined) => (queues ?? []) as string[];

/** Sets the policy of queues; an empty text takes it off. */
export async function setPolicy(queues: readonly string[], policy: string, ctx: ResourceContext): Promise<void> {
  for (const QueueUrl of queues) {
    await ctx.call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy: policy } });
  }
}

/** A queue's policy; `undefined` when it has none, or is gone. */
export async function readPolicy(QueueUrl: string, ctx: ResourceContext): Promise<Json | undefined> {
  const input = { QueueUrl, AttributeNames: ["Policy"] };
  const reading = ctx.call<{ Attributes?: { Policy?: string } }>("sqs", "GetQueueAttributes", input);
  const policy = (await orUndefined(reading, "QueueDoesNotExist"))?.Attributes?.Policy;
  return policy ? (JSON.parse(policy) as Json) : undefined;
}

/** Takes the policy off queues; those that are gone already are no error. */
export async function clearPolicy(queues: readonly string[], ctx: ResourceContext): Promise<void> {
  for (const queue of queues) await orUndefined(setPolicy([queue], "", ctx), "QueueDoesNotExist");
}

export default defineResource({
  async create(desired, ctx) {
    await setPolicy(queuesOf(desired.Queues), JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, Id: ctx.physicalName() };
  },
  async read(actual, ctx) {
    const [queue] = queuesOf(actual.Queues);
    const PolicyDocument = queue && (await readPolicy(queue, ctx));
    return PolicyDocument ? { ...actual, PolicyDocument } : undefined;
  },
  async update(desired, actual, ctx) {
    const kept = queuesOf(desired.Queues);
    await clearPolicy(
      queuesOf(actual.Queues).filter((queue) => !kept.includes(queue)),
      ctx,
    );
    await setPolicy(kept, JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, Id: actual.Id as string };
  },
  async delete(actual, ctx) {
    await clearPolicy(queuesOf(actual.Queues), ctx);
  },
  async list() {
    return [];
  },
});
