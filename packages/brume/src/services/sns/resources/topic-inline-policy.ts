/** AWS::SNS::TopicInlinePolicy */
import { defineResource } from "../../../kernel/resource.js";
import { clearPolicy, readPolicy, setPolicy } from "./topic-policy.js";

export default defineResource({
  async create(desired, ctx) {
    await setPolicy([desired.TopicArn as string], JSON.stringify(desired.PolicyDocument), ctx);
    return desired;
  },
  async read(actual, ctx) {
    const PolicyDocument = await readPolicy(actual.TopicArn as string, ctx);
    return PolicyDocument ? { TopicArn: actual.TopicArn as string, PolicyDocument } : undefined;
  },
  async update(desired, actual, ctx) {
    const TopicArn = actual.TopicArn as string;
    await setPolicy([TopicArn], JSON.stringify(desired.PolicyDocument), ctx);
    return { ...desired, TopicArn };
  },
  async delete(actual, ctx) {
    await clearPolicy([actual.TopicArn as string], ctx);
  },
  async list() {
    return [];
  },
});
