/** AWS::CloudWatch::CompositeAlarm */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { tagsOf } from "../../../kernel/template-values.js";
import { deleteAlarm, listAlarms, readAlarm, setTags, typed } from "./alarm-model.js";

const PROPERTIES = [
  "ActionsEnabled",
  "ActionsSuppressor",
  "ActionsSuppressorExtensionPeriod",
  "ActionsSuppressorWaitPeriod",
  "AlarmActions",
  "AlarmDescription",
  "AlarmName",
  "AlarmRule",
  "InsufficientDataActions",
  "OKActions",
];
const TYPES = {
  numbers: ["ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod"],
  booleans: ["ActionsEnabled"],
};

const read = (actual: Properties, ctx: ResourceContext) => readAlarm("CompositeAlarms", PROPERTIES, actual, ctx);

async function put(AlarmName: string, { Tags, ...desired }: Properties, ctx: ResourceContext): Promise<Properties> {
  const input = { ...typed(desired, TYPES), AlarmName, Tags: tagsOf({ Tags: Tags ?? [] }) };
  await ctx.call("cloudwatch", "PutCompositeAlarm", input);
  return (await read({ ...desired, AlarmName }, ctx)) ?? { ...desired, AlarmName };
}

export default defineResource({
  create: (desired, ctx) => {
    const name = desired.AlarmName === undefined ? ctx.physicalName({ maxLength: 255 }) : String(desired.AlarmName);
    return put(name, desired, ctx);
  },
  read,
  async update(desired, actual, ctx) {
    const model = await put(actual.AlarmName as string, desired, ctx);
    await setTags(model.Arn as string, tagsOf(actual), tagsOf(desired), ctx);
    return (await read({ ...desired, AlarmName: actual.AlarmName as string }, ctx)) ?? model;
  },
  delete: deleteAlarm,
  list: (ctx) => listAlarms("CompositeAlarms", ctx),
});
