/** AWS::SNS::TopicPolicy */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type ResourceContext } from "../../../kernel/resource.js";

/** Sets the policy of topics; nothing gives them back the policy that they had at first. */
export async function setPolicy(topics: string[], policy: string, ctx: ResourceContext): Promise<void> {
  for (const TopicArn of topics) {
    await ctx.call("sns", "SetTopicAttributes", { TopicArn, AttributeName: "Policy", AttributeValue: policy });
  }
}

/** A topic's policy; `undefined` when the topic is gone. */
export async function readPolicy(TopicArn: string, ctx: ResourceContext): Promise<Json | undefined> {
  const reading = ctx.call<{ Attributes: { Policy: string } }>("sns", "GetTopicAttributes", { TopicArn });
  const found = await orUndefined(reading, "NotFoundException");
  return found && (JSON.parse(found.Attributes.Policy) as Json);
}

/** Takes the policy off topics; those that are gone already are no error. */
export async function clearPolicy(topics: string[], ctx: ResourceContext): Promise<void> {
  for (const topic of topics) {
    await orUndefined(setPolicy([topic], "", ctx), "NotFoundException");
  }
}

const topicsOf = (topics: Json | undefined) => (topics ?? []) as string[];

export default defineResource({
  async create(desired, ctx) {
    await setPolicy(topicsOf(desired.Topics), JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, Id: ctx.physicalName() };
  },
  async read(actual, ctx) {
    const [topic] = topicsOf(actual.Topics);
    const PolicyDocument = topic && (await readPolicy(topic, ctx));
    return PolicyDocument ? { ...actual, PolicyDocument } : undefined;
  },
  async update(desired, actual, ctx) {
    const kept = topicsOf(desired.Topics);
    await clearPolicy(
      topicsOf(actual.Topics).filter((topic) => !kept.includes(topic)),
      ctx,
    );
    await setPolicy(kept, JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, Id: actual.Id as string };
  },
  async delete(actual, ctx) {
    await clearPolicy(topicsOf(actual.Topics), ctx);
  },
  async list() {
    return [];
  },
});
