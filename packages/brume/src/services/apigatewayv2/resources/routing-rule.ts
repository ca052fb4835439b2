/** AWS::ApiGatewayV2::RoutingRule */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { call } from "./mapped.js";

/** The arguments of an API call; templates may write numbers and booleans as text. */
function inputOf({ DomainNameArn, Priority, Actions, Conditions }: Properties) {
  const actions = ((Actions ?? []) as { InvokeApi?: Properties }[]).map(({ InvokeApi = {} }) => ({
    InvokeApi: { ...InvokeApi, StripBasePath: String(InvokeApi.StripBasePath) === "true" },
  }));
  return { DomainName: nameOf(DomainNameArn), Priority: Number(Priority), Actions: actions, Conditions };
}

const nameOf = (arn: Json | undefined): string => String(arn).split("/").at(-1) ?? "";

/** The rule's ARN is what identifies it: `…/domainnames/NAME/routingrules/ID`. */
function keyOf(arn: Json | undefined) {
  const [, DomainName, RoutingRuleId] = /\/domainnames\/([^/]+)\/routingrules\/([^/]+)$/.exec(String(arn)) ?? [];
  return { DomainName, RoutingRuleId };
}

function modelOf(output: Record<string, Json | undefined>): Properties {
  const { Actions = [], Conditions = [], Priority = 0, RoutingRuleArn = "", RoutingRuleId = "" } = output;
  const DomainNameArn = String(RoutingRuleArn).replace(/\/routingrules\/.*$/, "");
  return { DomainNameArn, Actions, Conditions, Priority, RoutingRuleArn, RoutingRuleId };
}

async function read({ RoutingRuleArn }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await orUndefined(call("GetRoutingRule", keyOf(RoutingRuleArn), ctx), "NotFoundException");
  return found && modelOf(found);
}

export default defineResource({
  async create(desired, ctx) {
    return modelOf(await call("CreateRoutingRule", inputOf(desired), ctx));
  },
  read,
  async update(desired, actual, ctx) {
    const { RoutingRuleId } = keyOf(actual.RoutingRuleArn);
    return modelOf(await call("PutRoutingRule", { ...inputOf(desired), RoutingRuleId }, ctx));
  },
  async delete({ RoutingRuleArn }, ctx) {
    await orUndefined(call("DeleteRoutingRule", keyOf(RoutingRuleArn), ctx), "NotFoundException");
  },
  async list(ctx) {
    const { Items = [] } = (await call("GetDomainNames", {}, ctx)) as { Items?: { DomainName: string }[] };
    const found: Properties[] = [];
    for (const { DomainName } of Items) {
      const { RoutingRules = [] } = (await call("ListRoutingRules", { DomainName }, ctx)) as {
        RoutingRules?: Record<string, Json>[];
      };
      found.push(...RoutingRules.map(modelOf));
    }
    return found;
  },
});
