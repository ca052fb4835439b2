/** Routing rules of custom domain names: which API a request goes to, by its base path and headers. */
import type { RoutingRuleAction, RoutingRuleCondition } from "@aws-sdk/client-apigatewayv2";
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { type Rule, routingRules } from "../api-gateway/shared/domains.js";
import { checkTarget, domainOf } from "./domain-names.js";
import { badRequest, conflict, getRow, page } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

interface Given {
  readonly DomainName: string | undefined;
  readonly Priority: number | undefined;
  readonly Actions: RoutingRuleAction[] | undefined;
  readonly Conditions: RoutingRuleCondition[] | undefined;
}

const MAX_PRIORITY = 1_000_000;

/** Checks a rule, and keeps it. @throws AwsError `BadRequestException`, `ConflictException` or `NotFoundException` */
async function put(ctx: Context, given: Given, id: string): Promise<Rule> {
  const { domainName, domainNameArn } = domainOf(ctx, given.DomainName);
  const { Priority = 0, Actions = [], Conditions = [] } = given;
  if (!Number.isInteger(Priority) || Priority < 1 || Priority > MAX_PRIORITY) {
    throw badRequest(`Priority must be between 1 and ${MAX_PRIORITY}`);
  }
  const [action] = Actions;
  if (!action?.InvokeApi || Actions.length !== 1) throw badRequest("A routing rule must have exactly one action");
  for (const { MatchBasePaths, MatchHeaders } of Conditions) {
    if ((MatchBasePaths === undefined) === (MatchHeaders === undefined)) {
      throw badRequest("A condition must have either MatchBasePaths or MatchHeaders");
    }
    if (MatchBasePaths?.AnyOf?.some((path) => /^\/|\/\/|\/$/.test(path))) {
      throw badRequest("Base paths should not start or end with a '/' or have consecutive '/'s.");
    }
  }
  await checkTarget(ctx, action.InvokeApi.ApiId ?? "", action.InvokeApi.Stage ?? "");
  const others = ctx.table(routingRules).rows({ prefix: [domainName] });
  if (others.some((one) => one.Priority === Priority && one.RoutingRuleId !== id)) {
    throw conflict(`A routing rule with priority ${Priority} already exists for this domain name`);
  }
  const rule = {
    Actions,
    Conditions,
    Priority,
    RoutingRuleArn: `${domainNameArn}/routingrules/${id}`,
    RoutingRuleId: id,
  };
  ctx.table(routingRules).put([domainName, id], rule);
  return rule;
}

const ruleOf = (ctx: Context, name: string | undefined, id: string | undefined): Rule =>
  getRow(
    ctx,
    routingRules,
    "The routing rule resource specified in the request was not found.",
    domainOf(ctx, name).domainName,
    id,
  );

export const createRoutingRule: Handler<Sdk, "CreateRoutingRule"> = (input, ctx) => put(ctx, input, randomLower(10));
export const putRoutingRule: Handler<Sdk, "PutRoutingRule"> = (input, ctx) =>
  put(ctx, input, ruleOf(ctx, input.DomainName, input.RoutingRuleId).RoutingRuleId);
export const getRoutingRule: Handler<Sdk, "GetRoutingRule"> = (input, ctx) =>
  ruleOf(ctx, input.DomainName, input.RoutingRuleId);

export const listRoutingRules: Handler<Sdk, "ListRoutingRules"> = (input, ctx) => {
  const { domainName } = domainOf(ctx, input.DomainName);
  const rules = ctx.table(routingRules).rows({ prefix: [domainName] });
  if (input.MaxResults !== undefined && input.MaxResults > 100) throw badRequest("Invalid MaxResults specified");
  const MaxResults = input.MaxResults === undefined ? undefined : String(input.MaxResults);
  const { Items, NextToken } = page(
    rules.sort((a, b) => a.Priority - b.Priority),
    { MaxResults, NextToken: input.NextToken },
  );
  return { RoutingRules: Items, NextToken };
};

export const deleteRoutingRule: Handler<Sdk, "DeleteRoutingRule"> = (input, ctx) => {
  const { RoutingRuleId } = ruleOf(ctx, input.DomainName, input.RoutingRuleId);
  ctx.table(routingRules).delete(input.DomainName as string, RoutingRuleId);
  return {};
};
