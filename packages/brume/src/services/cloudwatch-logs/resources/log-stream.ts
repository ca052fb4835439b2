/** AWS::Logs::LogStream */
import { defineResource } from "../../../kernel/resource.js";
import { orGone } from "./group-part.js";

export default defineResource({
  async create(desired, ctx) {
    const logGroupName = desired.LogGroupName as string;
    const logStreamName = (desired.LogStreamName as string | undefined) ?? ctx.physicalName({ maxLength: 512 });
    await ctx.call("cloudwatch-logs", "CreateLogStream", { logGroupName, logStreamName });
    return { LogGroupName: logGroupName, LogStreamName: logStreamName };
  },
  async read({ LogGroupName, LogStreamName }, ctx) {
    const found = await orGone(
      ctx.call<{ logStreams: { logStreamName: string }[] }>("cloudwatch-logs", "DescribeLogStreams", {
        logGroupName: LogGroupName,
        logStreamNamePrefix: LogStreamName,
        limit: 1,
      }),
    );
    const isThere = found?.logStreams[0]?.logStreamName === LogStreamName;
    return isThere ? { LogGroupName: LogGroupName as string, LogStreamName: LogStreamName as string } : undefined;
  },
  // Both of its properties replace it when they change.
  async update(_desired, actual) {
    return actual;
  },
  async delete({ LogGroupName, LogStreamName }, ctx) {
    const input = { logGroupName: LogGroupName, logStreamName: LogStreamName };
    await orGone(ctx.call("cloudwatch-logs", "DeleteLogStream", input));
  },
  async list() {
    return [];
  },
});
