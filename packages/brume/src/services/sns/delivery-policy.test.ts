import { describe, expect, it } from "vitest";
import {
  checkDeliveryPolicy,
  checkTopicDeliveryPolicy,
  DEFAULT_RETRY,
  delaySeconds,
  effectivePolicy,
} from "./delivery-policy.js";

const delays = (policy: Partial<typeof DEFAULT_RETRY>) => {
  const whole = { ...DEFAULT_RETRY, ...policy };
  return Array.from({ length: whole.numRetries + 1 }, (_, retry) => delaySeconds(whole, retry));
};

describe("retries", () => {
  it("are three, each after 20 seconds, where nobody says otherwise", () => {
    expect(delays({})).toEqual([20, 20, 20, undefined]);
  });

  it("go through their phases", () => {
    const policy = {
      numRetries: 8,
      numNoDelayRetries: 1,
      numMinDelayRetries: 2,
      numMaxDelayRetries: 2,
      minDelayTarget: 1,
      maxDelayTarget: 10,
    };
    expect(delays(policy)).toEqual([0, 1, 1, 4, 7, 10, 10, 10, undefined]);
  });

  it.each(["arithmetic", "geometric", "exponential"] as const)("grow faster and faster: %s", (backoffFunction) => {
    const found = delays({ numRetries: 5, minDelayTarget: 1, maxDelayTarget: 100, backoffFunction }).slice(
      0,
      5,
    ) as number[];
    const steps = found.slice(1).map((delay, index) => delay - (found[index] as number));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(found.at(-1)).toBe(100);
  });
});

describe("the policy in force", () => {
  const topic = (http: object) => ({ attributes: { DeliveryPolicy: JSON.stringify({ http }) } });
  const subscription = (policy?: object): { attributes: Record<string, string> } => ({
    attributes: policy ? { DeliveryPolicy: JSON.stringify(policy) } : {},
  });
  it("is the subscription's, then the topic's, then AWS's", () => {
    const own = subscription({ healthyRetryPolicy: { numRetries: 9 } });
    const ofTopic = topic({ defaultHealthyRetryPolicy: { numRetries: 5 } });
    expect(effectivePolicy(ofTopic, own).healthyRetryPolicy.numRetries).toBe(9);
    expect(effectivePolicy(ofTopic, subscription()).healthyRetryPolicy.numRetries).toBe(5);
    expect(effectivePolicy({ attributes: {} }, subscription()).healthyRetryPolicy).toEqual(DEFAULT_RETRY);
    const strict = topic({ disableSubscriptionOverrides: true });
    expect(effectivePolicy(strict, own).healthyRetryPolicy.numRetries).toBe(3);
    const json = subscription({ requestPolicy: { headerContentType: "application/json" } });
    expect(effectivePolicy(strict, json).requestPolicy.headerContentType).toBe("text/plain; charset=UTF-8");
    expect(effectivePolicy(ofTopic, json).requestPolicy.headerContentType).toBe("application/json");
  });
});

describe("a delivery policy", () => {
  it.each([
    [{ odd: 1 }, "Unexpected JSON member: odd"],
    [{ healthyRetryPolicy: { numRetries: 101 } }, "healthyRetryPolicy.numRetries must be less than or equal to 100"],
    [{ healthyRetryPolicy: { numRetries: 1.5 } }, "must be an integer"],
    [{ healthyRetryPolicy: { minDelayTarget: 30 } }, "maxDelayTarget must be greater than or equal to"],
    [{ healthyRetryPolicy: { numNoDelayRetries: 4 } }, "total of retries"],
    [{ healthyRetryPolicy: { backoffFunction: "none" } }, "backoffFunction is not valid"],
  ])("%j is refused", (policy, message) => {
    expect(() => checkDeliveryPolicy(JSON.stringify(policy))).toThrow(message);
  });

  it("of a topic is under http", () => {
    expect(() => checkTopicDeliveryPolicy('{"healthyRetryPolicy":{}}')).toThrow("Unexpected JSON member");
    expect(() => checkTopicDeliveryPolicy('{"http":{"defaultHealthyRetryPolicy":{"numRetries":-1}}}')).toThrow(
      "http.defaultHealthyRetryPolicy.numRetries must be greater than or equal to 0",
    );
    checkTopicDeliveryPolicy('{"http":{"defaultHealthyRetryPolicy":{"numRetries":10}}}');
  });
});
