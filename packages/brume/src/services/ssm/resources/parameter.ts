/** AWS::SSM::Parameter */
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

interface Metadata {
  Type: string;
  Description?: string;
  AllowedPattern?: string;
  Tier: string;
  DataType: string;
  Policies?: { PolicyText: string }[];
}
interface ParameterAnswer {
  Parameter: { Name: string; Type: string; Value: string; ARN: string };
}

const text = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : typeof value === "object" ? JSON.stringify(value) : String(value);

function inputOf(desired: Properties): Record<string, string | undefined> {
  return {
    Type: text(desired.Type),
    Value: text(desired.Value),
    Description: text(desired.Description),
    AllowedPattern: text(desired.AllowedPattern),
    Tier: text(desired.Tier),
    DataType: text(desired.DataType),
    Policies: text(desired.Policies),
  };
}

const tagsOf = (properties: Properties): [string, string][] =>
  Object.entries((properties.Tags ?? {}) as Record<string, Json>).map(([key, value]) => [key, String(value)]);

async function read({ Name }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  try {
    const { Parameter } = await ctx.call<ParameterAnswer>("ssm", "GetParameter", { Name });
    const { Parameters } = await ctx.call<{ Parameters: Metadata[] }>("ssm", "DescribeParameters", {
      ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [Name] }],
    });
    const { TagList } = await ctx.call<{ TagList: { Key: string; Value: string }[] }>("ssm", "ListTagsForResource", {
      ResourceType: "Parameter",
      ResourceId: Name,
    });
    const model: Properties = {
      Name: Parameter.Name,
      Type: Parameter.Type,
      Value: Parameter.Value,
      Arn: Parameter.ARN,
    };
    const metadata = Parameters[0];
    for (const name of ["Description", "AllowedPattern", "Tier", "DataType"] as const) {
      const value = metadata?.[name];
      if (value !== undefined) model[name] = value;
    }
    if (metadata?.Policies?.length)
      model.Policies = `[${metadata.Policies.map(({ PolicyText }) => PolicyText).join(",")}]`;
    if (TagList.length > 0) model.Tags = Object.fromEntries(TagList.map(({ Key, Value }) => [Key, Value]));
    return model;
  } catch (error) {
    if (isAwsError(error, "ParameterNotFound")) return undefined;
    throw error;
  }
}

export default defineResource({
  async create(desired, ctx) {
    const Name = text(desired.Name) ?? ctx.physicalName({ prefix: "CFN-", maxLength: 1000 });
    const Tags = tagsOf(desired).map(([Key, Value]) => ({ Key, Value }));
    await ctx.call("ssm", "PutParameter", { ...inputOf(desired), Name, Tags });
    return (await read({ Name }, ctx)) ?? { Name };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const { Name } = actual;
    const input = inputOf(desired);
    // What an overwrite leaves out stays as it was: an empty text takes it away.
    for (const name of ["Description", "AllowedPattern"]) {
      if (previous[name] !== undefined) input[name] ??= "";
    }
    await ctx.call("ssm", "PutParameter", { ...input, Name, Overwrite: true });
    const [before, after] = [tagsOf(actual), tagsOf(desired)];
    const target = { ResourceType: "Parameter", ResourceId: Name };
    const TagKeys = before.map(([key]) => key).filter((key) => !after.some(([kept]) => kept === key));
    if (TagKeys.length > 0) await ctx.call("ssm", "RemoveTagsFromResource", { ...target, TagKeys });
    const Tags = after.map(([Key, Value]) => ({ Key, Value }));
    if (Tags.length > 0) await ctx.call("ssm", "AddTagsToResource", { ...target, Tags });
    return (await read({ Name: Name as string }, ctx)) ?? { Name: Name as string };
  },
  async delete({ Name }, ctx) {
    await orUndefined(ctx.call("ssm", "DeleteParameter", { Name }), "ParameterNotFound");
  },
  async list(ctx) {
    const names: Properties[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ctx.call<{ Parameters: { Name: string }[]; NextToken?: string }>("ssm", "DescribeParameters", {
        NextToken,
      });
      names.push(...page.Parameters.map(({ Name }) => ({ Name })));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return names;
  },
});
