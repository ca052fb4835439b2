/** AWS::SNS::Subscription */
import { isAwsError } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

/** Properties that are subscription attributes, by the same name. */
const ATTRIBUTES = [
  "DeliveryPolicy",
  "FilterPolicyScope",
  "FilterPolicy",
  "RawMessageDelivery",
  "RedrivePolicy",
  "ReplayPolicy",
  "SubscriptionRoleArn",
];

function attributesOf(desired: Properties): Record<string, string> {
  const set = ATTRIBUTES.filter((name) => desired[name] !== undefined);
  return Object.fromEntries(set.map((name) => [name, toAttribute(desired[name] as Json)]));
}

const toAttribute = (value: Json): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  try {
    const { Attributes } = await ctx.call<{ Attributes: Record<string, string> }>("sns", "GetSubscriptionAttributes", {
      SubscriptionArn: actual.Arn,
    });
    const model: Properties = {
      Arn: actual.Arn as string,
      TopicArn: Attributes.TopicArn as string,
      Protocol: Attributes.Protocol as string,
      Endpoint: Attributes.Endpoint as string,
    };
    if (actual.Region !== undefined) model.Region = actual.Region;
    for (const name of ATTRIBUTES) {
      const text = Attributes[name];
      if (text === undefined) continue;
      if (name === "RawMessageDelivery") model[name] = text === "true";
      else model[name] = text.startsWith("{") ? (JSON.parse(text) as Json) : text;
    }
    return model;
  } catch (error) {
    if (isAwsError(error, "NotFoundException")) return undefined;
    throw error;
  }
}

export default defineResource({
  async create(desired, ctx) {
    const { TopicArn, Protocol, Endpoint } = desired;
    const { SubscriptionArn: Arn } = await ctx.call<{ SubscriptionArn: string }>("sns", "Subscribe", {
      TopicArn,
      Protocol,
      Endpoint,
      Attributes: attributesOf(desired),
      ReturnSubscriptionArn: true,
    });
    return (await read({ ...desired, Arn }, ctx)) ?? { ...desired, Arn };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const SubscriptionArn = actual.Arn as string;
    const before = attributesOf(previous);
    const after = attributesOf(desired);
    for (const AttributeName of ATTRIBUTES) {
      const AttributeValue = after[AttributeName];
      if (AttributeValue === before[AttributeName]) continue;
      await ctx.call("sns", "SetSubscriptionAttributes", {
        SubscriptionArn,
        AttributeName,
        AttributeValue: AttributeValue ?? "",
      });
    }
    return (await read({ ...desired, Arn: SubscriptionArn }, ctx)) ?? { ...desired, Arn: SubscriptionArn };
  },
  async delete({ Arn }, ctx) {
    await ctx.call("sns", "Unsubscribe", { SubscriptionArn: Arn });
  },
  async list(ctx) {
    const { Subscriptions } = await ctx.call<{ Subscriptions: { SubscriptionArn: string }[] }>(
      "sns",
      "ListSubscriptions",
      {},
    );
    return Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn.startsWith("arn:")).map(
      ({ SubscriptionArn }) => ({ Arn: SubscriptionArn }),
    );
  },
});
