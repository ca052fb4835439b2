/** AWS::Logs::QueryDefinition */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { orGone } from "./group-part.js";

interface Parameter {
  [name: string]: string;
  Name: string;
}
interface Definition {
  queryDefinitionId: string;
  name: string;
  queryString: string;
  queryLanguage?: string;
  logGroupNames?: string[];
}

async function put(id: string | undefined, desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { queryDefinitionId } = await ctx.call<Definition>("cloudwatch-logs", "PutQueryDefinition", {
    queryDefinitionId: id,
    name: desired.Name,
    queryString: desired.QueryString,
    queryLanguage: desired.QueryLanguage,
    logGroupNames: desired.LogGroupNames,
    parameters: (desired.Parameters as Parameter[] | undefined)?.map(({ Name, DefaultValue, Description }) => ({
      name: Name,
      defaultValue: DefaultValue,
      description: Description,
    })),
  });
  return { ...desired, QueryDefinitionId: queryDefinitionId };
}

async function all(ctx: ResourceContext): Promise<Definition[]> {
  const input = { maxResults: 1000 };
  return (await ctx.call<{ queryDefinitions: Definition[] }>("cloudwatch-logs", "DescribeQueryDefinitions", input))
    .queryDefinitions;
}

export default defineResource({
  create: (desired, ctx) => put(undefined, desired, ctx),
  async read(actual, ctx) {
    const found = (await all(ctx)).find(({ queryDefinitionId }) => queryDefinitionId === actual.QueryDefinitionId);
    if (!found) return undefined;
    const model: Properties = { ...actual, Name: found.name, QueryString: found.queryString };
    if (found.queryLanguage !== undefined) model.QueryLanguage = found.queryLanguage;
    if (found.logGroupNames !== undefined) model.LogGroupNames = found.logGroupNames;
    return model;
  },
  update: (desired, actual, ctx) => put(actual.QueryDefinitionId as string, desired, ctx),
  async delete({ QueryDefinitionId }, ctx) {
    const input = { queryDefinitionId: QueryDefinitionId };
    await orGone(ctx.call("cloudwatch-logs", "DeleteQueryDefinition", input));
  },
  async list(ctx) {
    return (await all(ctx)).map(({ queryDefinitionId }) => ({ QueryDefinitionId: queryDefinitionId }));
  },
});
