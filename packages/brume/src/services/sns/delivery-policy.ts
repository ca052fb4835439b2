/** How often and when a delivery is tried again. See "Amazon SNS message delivery retries". */
import { invalid, parseObject, type Subscription, type Topic } from "./topic.js";

export interface RetryPolicy {
  /** Seconds. */
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  /** How many of the retries are made at once, after the least delay, and after the longest, in this order. */
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly numMaxDelayRetries: number;
  readonly backoffFunction: "linear" | "arithmetic" | "geometric" | "exponential";
}

/** For HTTP, where nobody says otherwise. */
export const DEFAULT_RETRY: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: "linear",
};

/** For other services of AWS: 100,015 times over 23 days. */
const SERVICE_RETRY: RetryPolicy = {
  minDelayTarget: 1,
  maxDelayTarget: 20,
  numRetries: 100_015,
  numNoDelayRetries: 3,
  numMinDelayRetries: 2,
  numMaxDelayRetries: 100_000,
  backoffFunction: "exponential",
};

const CONTENT_TYPE = "text/plain; charset=UTF-8";

/** How deliveries over HTTP are made where nobody says otherwise. */
export const DEFAULT_DELIVERY_POLICY = {
  http: {
    defaultHealthyRetryPolicy: DEFAULT_RETRY,
    disableSubscriptionOverrides: false,
    defaultRequestPolicy: { headerContentType: CONTENT_TYPE },
  },
};

/** What the delivery policy of a subscription says, or a topic's under other names. */
interface DeliveryPolicy {
  healthyRetryPolicy?: Partial<RetryPolicy> | null;
  requestPolicy?: { headerContentType?: string } | null;
}
interface TopicDeliveryPolicy {
  http?: {
    defaultHealthyRetryPolicy?: Partial<RetryPolicy>;
    disableSubscriptionOverrides?: boolean;
    defaultRequestPolicy?: { headerContentType?: string };
  };
}

const isHttp = ({ protocol }: Pick<Subscription, "protocol">) => protocol === "http" || protocol === "https";

/** The policy of a subscription by HTTP, the topic's under it. */
export function effectivePolicy(
  topic: Pick<Topic, "attributes">,
  { attributes }: Pick<Subscription, "attributes">,
): { healthyRetryPolicy: RetryPolicy; requestPolicy: { headerContentType: string } } {
  const { http = {} } = JSON.parse(topic.attributes.DeliveryPolicy ?? "{}") as TopicDeliveryPolicy;
  const isOwn = attributes.DeliveryPolicy !== undefined && http.disableSubscriptionOverrides !== true;
  const own = isOwn ? (JSON.parse(attributes.DeliveryPolicy as string) as DeliveryPolicy) : {};
  return {
    healthyRetryPolicy: { ...DEFAULT_RETRY, ...(own.healthyRetryPolicy ?? http.defaultHealthyRetryPolicy) },
    requestPolicy: { headerContentType: CONTENT_TYPE, ...(own.requestPolicy ?? http.defaultRequestPolicy) },
  };
}

/** How long after a failed attempt, the first being 0, the next is made; `undefined` when there is none. */
export function retryDelayMs(topic: Topic, subscription: Subscription, attempt: number): number | undefined {
  const policy = isHttp(subscription) ? effectivePolicy(topic, subscription).healthyRetryPolicy : SERVICE_RETRY;
  const seconds = delaySeconds(policy, attempt);
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

/** @param retry which retry, from 0 on */
export function delaySeconds(policy: RetryPolicy, retry: number): number | undefined {
  const { minDelayTarget, maxDelayTarget, numRetries, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } =
    policy;
  if (retry >= numRetries) return undefined;
  if (retry < numNoDelayRetries) return 0;
  if (retry < numNoDelayRetries + numMinDelayRetries) return minDelayTarget;
  if (retry >= numRetries - numMaxDelayRetries) return maxDelayTarget;
  const steps = numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries;
  const step = retry - numNoDelayRetries - numMinDelayRetries + 1;
  return minDelayTarget + (maxDelayTarget - minDelayTarget) * GROWTH[policy.backoffFunction](step, steps);
}

/**
 * What share of the way from the least delay to the longest has been gone at a step.
 * Differs from AWS, which does not say what its functions are: they are ordered as its diagram shows them.
 */
const GROWTH: Readonly<Record<RetryPolicy["backoffFunction"], (step: number, steps: number) => number>> = {
  linear: (step, steps) => step / steps,
  arithmetic: (step, steps) => (step * (step + 1)) / (steps * (steps + 1)),
  geometric: (step, steps) => (step / steps) ** 2,
  exponential: (step, steps) => (2 ** step - 1) / (2 ** steps - 1),
};

const LIMITS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  minDelayTarget: [1, 3600],
  maxDelayTarget: [1, 3600],
  numRetries: [0, 100],
  numNoDelayRetries: [0, 100],
  numMinDelayRetries: [0, 100],
  numMaxDelayRetries: [0, 100],
};
const SUBSCRIPTION_MEMBERS = [
  "healthyRetryPolicy",
  "sicklyRetryPolicy",
  "throttlePolicy",
  "requestPolicy",
  "guaranteed",
];
const TOPIC_MEMBERS = [
  "defaultHealthyRetryPolicy",
  "defaultSicklyRetryPolicy",
  "disableSubscriptionOverrides",
  "defaultThrottlePolicy",
  "defaultRequestPolicy",
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @throws AwsError `InvalidParameter` for what is no delivery policy of a subscription */
export function checkDeliveryPolicy(text: string): void {
  const policy = parseObject(text, "DeliveryPolicy");
  checkMembers(policy, SUBSCRIPTION_MEMBERS);
  checkRetry(policy.healthyRetryPolicy, "healthyRetryPolicy");
}

/** @throws AwsError `InvalidParameter` for what is no delivery policy of a topic */
export function checkTopicDeliveryPolicy(text: string): void {
  const policy = parseObject(text, "DeliveryPolicy");
  checkMembers(policy, ["http"]);
  const { http = {} } = policy;
  if (!isObject(http)) throw invalid("DeliveryPolicy: http must be an object");
  checkMembers(http, TOPIC_MEMBERS);
  checkRetry(http.defaultHealthyRetryPolicy, "http.defaultHealthyRetryPolicy");
}

function checkMembers(policy: object, known: readonly string[]): void {
  const unknown = Object.keys(policy).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`DeliveryPolicy: Unexpected JSON member: ${unknown}`);
}

function checkRetry(retry: unknown, at: string): void {
  if (retry === undefined || retry === null) return;
  if (!isObject(retry)) throw invalid(`DeliveryPolicy: ${at} must be an object`);
  checkMembers(retry, [...Object.keys(LIMITS), "backoffFunction"]);
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = retry[name];
    if (value === undefined || value === null) continue;
    if (!Number.isInteger(value)) throw invalid(`DeliveryPolicy: ${at}.${name} must be an integer`);
    if ((value as number) < least)
      throw invalid(`DeliveryPolicy: ${at}.${name} must be greater than or equal to ${least}`);
    if ((value as number) > most) throw invalid(`DeliveryPolicy: ${at}.${name} must be less than or equal to ${most}`);
  }
  const { backoffFunction } = retry;
  if (backoffFunction !== undefined && !Object.hasOwn(GROWTH, String(backoffFunction)))
    throw invalid(`DeliveryPolicy: ${at}.backoffFunction is not valid`);
  const policy = { ...DEFAULT_RETRY, ...retry } as RetryPolicy;
  if (policy.maxDelayTarget < policy.minDelayTarget)
    throw invalid(`DeliveryPolicy: ${at}.maxDelayTarget must be greater than or equal to ${at}.minDelayTarget`);
  const phases = policy.numNoDelayRetries + policy.numMinDelayRetries + policy.numMaxDelayRetries;
  if (phases > policy.numRetries)
    throw invalid(`DeliveryPolicy: ${at}.numRetries must be greater than or equal to total of retries of its phases`);
}
