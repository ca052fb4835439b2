/** Custom domain names and what their paths mean. Both versions of the API know them: one row each, in the first's form. */
import type { IncomingHttpHeaders } from "node:http";
import type { DomainName } from "@aws-sdk/client-api-gateway";
import type { RoutingRule } from "@aws-sdk/client-apigatewayv2";
import type { Context } from "../../../kernel/context.js";
import { servicePrincipal } from "../../../kernel/principal.js";
import { defineTable } from "../../../kernel/store.js";
import { matchesWildcard } from "../../../kernel/wildcard.js";

export type Domain = DomainName & { domainName: string };

/** What a base path stands for: a stage of an API, or (without one) the stage that the path goes on with. */
export interface DomainMapping {
  readonly id: string;
  /** Without slashes at its ends; "" for all paths. */
  readonly key: string;
  readonly apiId: string;
  readonly stage?: string | undefined;
}
export type Rule = RoutingRule & { RoutingRuleId: string; Priority: number };

/** [name] */
export const domainNames = defineTable<Domain>("api-gateway/domain-names");
/** [name]: whose it is, for requests that carry nothing but a host name. */
export const domainOwners = defineTable<{ account: string; region: string }>("api-gateway/domain-owners", "cloud");
/** [name, key] */
export const domainMappings = defineTable<DomainMapping>("api-gateway/domain-mappings");
/** [name, rule] */
export const routingRules = defineTable<Rule>("api-gateway/routing-rules");

export function putDomain(ctx: Context, domain: Domain): void {
  ctx.table(domainNames).put([domain.domainName], domain);
  ctx.table(domainOwners).put([domain.domainName.toLowerCase()], { account: ctx.account, region: ctx.region });
}

export function removeDomain(ctx: Context, name: string): void {
  ctx.table(domainNames).delete(name);
  ctx.table(domainOwners).delete(name.toLowerCase());
  ctx.table(domainMappings).clear({ prefix: [name] });
  ctx.table(routingRules).clear({ prefix: [name] });
}

/** How a request came in by a custom domain name. */
export interface ViaDomain {
  /** As it was asked for: a name that a wildcard stands for is itself. */
  readonly name: string;
  /** The base path, with a leading slash; "" where all paths are meant. */
  readonly basePath: string;
}

/** What a request to a custom domain name means. */
export interface Destination extends ViaDomain {
  readonly apiId: string;
  readonly stageName: string;
  /** The raw path within the stage. */
  readonly path: string;
}

/**
 * Where a request to a domain name goes: `undefined` where the name is none of this cloud's, "nowhere" where nothing is
 * mapped to its path.
 */
export function destinationOf(
  caller: Context,
  host: string,
  path: string,
  headers: IncomingHttpHeaders,
): Destination | "nowhere" | undefined {
  const name = host.toLowerCase();
  const found = [name, name.replace(/^[^.]+/, "*")].find((one) => caller.table(domainOwners).has(one));
  const owner = found && caller.table(domainOwners).get(found);
  if (!found || !owner) return undefined;
  const ctx = caller.as({ ...owner, principal: servicePrincipal("apigateway.amazonaws.com", owner.account) });
  const domain = ctx
    .table(domainNames)
    .rows()
    .find(({ domainName }) => domainName.toLowerCase() === found);
  if (!domain) return undefined;
  const { routingMode = "API_MAPPING_ONLY", domainName } = domain;
  const ruled = routingMode === "API_MAPPING_ONLY" ? undefined : byRules(ctx, domainName, name, path, headers);
  if (ruled || routingMode === "ROUTING_RULE_ONLY") return ruled ?? "nowhere";
  return byMappings(ctx, domainName, name, path) ?? "nowhere";
}

/** What is left of a path after a base path; `undefined` where it does not begin with that. */
function after(path: string, key: string): string | undefined {
  if (key === "") return path;
  const base = `/${key}`;
  if (path === base) return "/";
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}

/** The mapping of the longest base path. */
function byMappings(ctx: Context, domain: string, name: string, path: string): Destination | undefined {
  const mappings = ctx.table(domainMappings).rows({ prefix: [domain] });
  for (const { key, apiId, stage } of mappings.sort((a, b) => b.key.length - a.key.length)) {
    const rest = after(path, key);
    if (rest === undefined) continue;
    const basePath = key === "" ? "" : `/${key}`;
    if (stage !== undefined) return { name, basePath, apiId, stageName: stage, path: rest };
    const [, stageName = "", inner = ""] = /^\/([^/]*)(.*)$/s.exec(rest) ?? [];
    return { name, basePath: `${basePath}/${stageName}`, apiId, stageName, path: inner === "" ? "/" : inner };
  }
  return undefined;
}

/** The first of the routing rules whose conditions hold. */
function byRules(
  ctx: Context,
  domain: string,
  name: string,
  path: string,
  headers: IncomingHttpHeaders,
): Destination | undefined {
  const rules = ctx.table(routingRules).rows({ prefix: [domain] });
  for (const { Conditions = [], Actions = [] } of rules.sort((a, b) => a.Priority - b.Priority)) {
    const target = Actions[0]?.InvokeApi;
    let base = "";
    const holds = Conditions.every(({ MatchBasePaths, MatchHeaders }) => {
      if (MatchHeaders) {
        return (MatchHeaders.AnyOf ?? []).some(({ Header = "", ValueGlob = "" }) => {
          const value = headers[Header.toLowerCase()];
          return value !== undefined && matchesWildcard(ValueGlob, String(value));
        });
      }
      const key = MatchBasePaths?.AnyOf?.find((one) => after(path, one) !== undefined);
      base = key ?? base;
      return MatchBasePaths === undefined || key !== undefined;
    });
    if (!holds || !target) continue;
    const { ApiId: apiId = "", Stage: stageName = "", StripBasePath } = target;
    const basePath = base === "" || !StripBasePath ? "" : `/${base}`;
    return { name, basePath, apiId, stageName, path: StripBasePath ? (after(path, base) ?? path) : path };
  }
  return undefined;
}
