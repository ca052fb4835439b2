/** Every service there is: one line each. Services load on first use. */
import type { Registry } from "./kernel/cloud.js";

export const registry: Registry = {
  sqs: { load: () => import("./services/sqs/index.js"), types: ["AWS::SQS"] },
};
