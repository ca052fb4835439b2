/** AWS::SQS::QueueInlinePolicy */
import { defineResource } from "../../../kernel/resource.js";
import { clearPolicy, readPolicy, setPolicy } from "./queue-policy.js";

export default defineResource({
  async create(desired, ctx) {
    await setPolicy([desired.Queue as string], JSON.stringify(desired.PolicyDocument), ctx);
    return desired;
  },
  async read(actual, ctx) {
    const PolicyDocument = await readPolicy(actual.Queue as string, ctx);
    return PolicyDocument ? { Queue: actual.Queue as string, PolicyDocument } : undefined;
  },
  async update(desired, actual, ctx) {
    const Queue = actual.Queue as string;
    await setPolicy([Queue], JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, Queue };
  },
  async delete(actual, ctx) {
    await clearPolicy([actual.Queue as string], ctx);
  },
  async list() {
    return [];
  },
});
