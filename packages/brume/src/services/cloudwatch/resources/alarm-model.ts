/** What alarms of both kinds have in common as resources: tags, reading, deleting and listing. */
import {
  defineResource,
  type Json,
  type Properties,
  type ResourceContext,
  type ResourceProvider,
} from "../../../kernel/resource.js";
import { tagsOf } from "../../../kernel/template-values.js";

interface Tag {
  Key: string;
  Value: string;
}

/** Property values as the API takes them: numbers and booleans that are written as text made what they are. */
function typed(
  properties: Properties,
  { numbers, booleans }: { numbers: readonly string[]; booleans: readonly string[] },
): Properties {
  const convert = (value: Json, name: string): Json => {
    if (Array.isArray(value)) return value.map((item) => convert(item, ""));
    if (typeof value === "object" && value !== null) return typed(value, { numbers, booleans });
    if (numbers.includes(name)) return Number(value);
    return booleans.includes(name) ? String(value) === "true" : value;
  };
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, convert(value, name)]));
}

/** Brings the tags of an alarm or a dashboard to what they should be. */
export async function setTags(ResourceARN: string, before: Tag[], Tags: Tag[], ctx: ResourceContext): Promise<void> {
  const TagKeys = before.map(({ Key }) => Key).filter((key) => !Tags.some(({ Key }) => Key === key));
  if (TagKeys.length > 0) await ctx.call("cloudwatch", "UntagResource", { ResourceARN, TagKeys });
  if (Tags.length > 0) await ctx.call("cloudwatch", "TagResource", { ResourceARN, Tags });
}

/** Tags as a model has them: none where there are none. */
export async function tagModel(ResourceARN: string, ctx: ResourceContext): Promise<Properties> {
  const { Tags } = await ctx.call<{ Tags: Tag[] }>("cloudwatch", "ListTagsForResource", { ResourceARN });
  return Tags.length > 0 ? { Tags: Tags as unknown as Json } : {};
}

type Kind = "MetricAlarms" | "CompositeAlarms";
const TYPES: Readonly<Record<Kind, string>> = { MetricAlarms: "MetricAlarm", CompositeAlarms: "CompositeAlarm" };

/** The model of an alarm; `undefined` when it is gone. Empty lists are left out unless the template has them. */
async function readAlarm(
  kind: Kind,
  properties: readonly string[],
  actual: Properties,
  ctx: ResourceContext,
): Promise<Properties | undefined> {
  const input = { AlarmNames: [actual.AlarmName], AlarmTypes: [TYPES[kind]] };
  const answer = await ctx.call<Record<Kind, Properties[]>>("cloudwatch", "DescribeAlarms", input);
  const [alarm] = answer[kind];
  if (!alarm) return undefined;
  const Arn = alarm.AlarmArn as string;
  const model: Properties = { Arn, ...(await tagModel(Arn, ctx)) };
  for (const name of properties) {
    const value = alarm[name];
    const isEmpty = Array.isArray(value) && value.length === 0 && actual[name] === undefined;
    if (value !== undefined && value !== null && !isEmpty) model[name] = value;
  }
  return model;
}

async function deleteAlarm({ AlarmName }: Properties, ctx: ResourceContext): Promise<void> {
  await ctx.call("cloudwatch", "DeleteAlarms", { AlarmNames: [AlarmName] });
}

async function listAlarms(kind: Kind, ctx: ResourceContext): Promise<Properties[]> {
  const found: Properties[] = [];
  let NextToken: string | undefined;
  do {
    const input = { AlarmTypes: [TYPES[kind]], NextToken };
    const answer = await ctx.call<Record<Kind, { AlarmName: string }[]> & { NextToken?: string }>(
      "cloudwatch",
      "DescribeAlarms",
      input,
    );
    found.push(...answer[kind].map(({ AlarmName }) => ({ AlarmName })));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** The provider of one kind of alarm: its properties, and those that are numbers and booleans in the API. */
export function alarmResource(
  kind: Kind,
  properties: readonly string[],
  types: { numbers: readonly string[]; booleans: readonly string[] },
): ResourceProvider {
  const read = (actual: Properties, ctx: ResourceContext) => readAlarm(kind, properties, actual, ctx);

  async function put(AlarmName: string, { Tags, ...desired }: Properties, ctx: ResourceContext): Promise<Properties> {
    const input = { ...typed(desired, types), AlarmName, Tags: tagsOf({ Tags: Tags ?? [] }) };
    await ctx.call("cloudwatch", `Put${TYPES[kind]}`, input);
    return (await read({ ...desired, AlarmName }, ctx)) ?? { ...desired, AlarmName };
  }

  return defineResource({
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
    list: (ctx) => listAlarms(kind, ctx),
  });
}
