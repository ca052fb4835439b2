/** Asking endpoints and addresses whether they want messages: before a subscription, and when one has ended. */
import type { Context } from "../../kernel/context.js";
import { uuid } from "../../kernel/identifiers.js";
import { putIntoOutbox } from "../../kernel/outbox.js";
import { defineTable } from "../../kernel/store.js";
import { DEFAULT_RETRY, delaySeconds, effectivePolicy } from "./delivery-policy.js";
import { consentRequest, subscribeUrl } from "./envelope.js";
import { DeliveryFailure, headersFor, post } from "./http.js";
import { signerOf } from "./signing.js";
import { findSubscription, findTopic, subscriptions, subscriptionsOf } from "./tables.js";
import type { Subscription, Topic } from "./topic.js";

/** Protocols whose endpoints have to say that they want the messages. */
const ASKED = new Set(["http", "https", "email", "email-json"]);
const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a subscription waits to be confirmed. */
const PENDING_MS = 2 * DAY_MS;
/** How long a subscription that ended can be had back. */
const RESTORABLE_MS = 3 * DAY_MS;

/** [topic, token]: subscriptions that ended, for those who visit the link that restores them. */
const ended = defineTable<{ subscription: Subscription; until: number }>("sns/ended-subscriptions");

export const isAsked = (protocol: string): boolean => ASKED.has(protocol);

interface Asking {
  subscription: Subscription;
  type: "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  attempt: number;
}

/** Asks for the confirmation of a new subscription, and forgets it when that does not come. */
export function askToConfirm(ctx: Context, subscription: Subscription): void {
  const payload: Asking = { subscription, type: "SubscriptionConfirmation", attempt: 0 };
  ctx.schedule({ at: ctx.now(), kind: "ask", payload });
  const { arn } = subscription;
  ctx.schedule({ id: `sns/pending/${arn}`, at: ctx.now() + PENDING_MS, kind: "forget pending", payload: { arn } });
}

/** The timer that forgets a subscription that was not confirmed. */
export function forgetPending({ arn }: { arn: string }, ctx: Context): void {
  const subscription = findSubscription(ctx, arn);
  const topic = subscription && findTopic(ctx, subscription.topicArn);
  if (topic && !subscription.confirmed) ctx.table(subscriptions, topic).delete(topic.name, subscription.id);
}

/** Tells the endpoint of a subscription that it has ended, and how to have it back. */
export function tellOfEnd(ctx: Context, topic: Topic, subscription: Subscription): void {
  if (!isAsked(subscription.protocol) || !subscription.confirmed) return;
  const until = ctx.now() + RESTORABLE_MS;
  ctx.table(ended, topic).put([topic.name, subscription.token], { subscription, until });
  const payload: Asking = { subscription, type: "UnsubscribeConfirmation", attempt: 0 };
  ctx.schedule({ at: ctx.now(), kind: "ask", payload });
}

/** The subscription that a token confirms or restores; `undefined` for one that does neither any more. */
export function subscriptionByToken(ctx: Context, topic: Topic, token: string): Subscription | undefined {
  const pending = subscriptionsOf(ctx, topic).find((one) => one.token === token);
  if (pending) return pending;
  const { subscription, until = 0 } = ctx.table(ended, topic).get(topic.name, token) ?? {};
  ctx.table(ended, topic).delete(topic.name, token);
  return until > ctx.now() ? subscription : undefined;
}

/** The timer that asks. */
export async function ask({ subscription, type, attempt }: Asking, ctx: Context): Promise<void> {
  const topic = findTopic(ctx, subscription.topicArn);
  const current = findSubscription(ctx, subscription.arn);
  const isMoot = type === "SubscriptionConfirmation" ? !current || current.confirmed : current !== undefined;
  if (!topic || isMoot) return;
  const id = uuid();
  const signer = await signerOf(ctx);
  const json = () => consentRequest(ctx, type, id, { subscription, topic, signer });
  const { protocol, endpoint, topicArn } = subscription;
  if (protocol.startsWith("email")) {
    const { subject, body } = EMAILS[type](ctx, topic, subscription);
    const text = protocol === "email-json" ? json() : body;
    return putIntoOutbox(ctx, id, {
      channel: "email",
      to: endpoint,
      subject,
      text,
      link: subscribeUrl(ctx, subscription),
    });
  }
  const { healthyRetryPolicy = DEFAULT_RETRY, requestPolicy } = effectivePolicy(topic, subscription);
  try {
    await post(endpoint, headersFor(type, id, topicArn, requestPolicy.headerContentType), json());
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error;
    const seconds = delaySeconds(healthyRetryPolicy, attempt);
    if (!error.again || seconds === undefined) return;
    const payload: Asking = { subscription, type, attempt: attempt + 1 };
    ctx.schedule({ at: ctx.now() + seconds * 1000, kind: "ask", payload });
  }
}

type Email = (ctx: Context, topic: Topic, subscription: Subscription) => { subject: string; body: string };

const EMAILS: Readonly<Record<Asking["type"], Email>> = {
  SubscriptionConfirmation: (ctx, { arn }, subscription) => ({
    subject: "AWS Notification - Subscription Confirmation",
    body: `You have chosen to subscribe to the topic:\n${arn}\n\nTo confirm this subscription, visit the link below. (If this was in error no action is necessary.)\n${subscribeUrl(ctx, subscription)}`,
  }),
  UnsubscribeConfirmation: (ctx, { arn }, subscription) => ({
    subject: "AWS Notification - Unsubscribe Confirmation",
    body: `Your subscription to the topic below has been deactivated:\n${arn}\n\nTo have it back, visit the link below. (If this was intended no action is necessary.)\n${subscribeUrl(ctx, subscription)}`,
  }),
};
