/** `ResourcePolicy`: from where, and from which accounts, a REST API's methods may be called. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidStructure } from "./errors.js";
import { sub } from "./intrinsics.js";
import { ANY_METHOD, pathItems, pathPattern } from "./open-api.js";
import { listOf, mapOf, same, says } from "./plain.js";

const POLICY = "x-amazon-apigateway-policy";

/** Adds what a resource policy says to one path of a definition; in place. @throws Mistake */
export function addResourcePolicy(definition: JsonObject, policy: Json, path: string, stage: Json): void {
  if (!isObject(policy)) throw invalidStructure("Resource Policy is not a valid dictionary.");
  const resources = methodUris(definition, path, stage);
  const document = { ...mapOf(definition[POLICY]) };
  for (const [name, effect] of [
    ["AwsAccountWhitelist", "Allow"],
    ["AwsAccountBlacklist", "Deny"],
  ] as const) {
    if (!says(policy[name])) continue;
    const accounts = policy[name];
    if (typeof accounts !== "object") {
      throw invalidStructure(`Type of '${String(accounts)}' must be a list or dictionary`);
    }
    addStatement(document, statement(effect, resources, { AWS: listOf(accounts) }));
  }
  for (const [name, operator] of [
    ["IpRangeWhitelist", "NotIpAddress"],
    ["IpRangeBlacklist", "IpAddress"],
  ] as const) {
    if (says(policy[name])) exclude(document, resources, { [operator]: { "aws:SourceIp": listOf(policy[name]) } });
  }
  for (const [list, operator] of [
    ["Blacklist", "StringEquals"],
    ["Whitelist", "StringNotEquals"],
  ] as const) {
    const sources = vpcSources(policy, list);
    if (says(sources)) exclude(document, resources, { [operator]: sources });
  }
  definition[POLICY] = document;
}

/** Adds statements that are written out; in place. */
export function addCustomStatements(definition: JsonObject, statements: Json): void {
  const document: JsonObject = { ...mapOf(definition[POLICY]), Version: "2012-10-17" };
  if (document.Statement === undefined) document.Statement = statements;
  else for (const one of listOf(statements)) addOnce(document, one);
  definition[POLICY] = document;
}

function statement(effect: string, resources: Json, principal: Json, condition?: JsonObject): JsonObject {
  const made: JsonObject = {
    Effect: effect,
    Action: "execute-api:Invoke",
    Resource: resources,
    Principal: principal,
  };
  return condition ? { ...made, Condition: condition } : made;
}

function addStatement(document: JsonObject, one: JsonObject): void {
  document.Version = "2012-10-17";
  document.Statement = document.Statement === undefined ? one : [...listOf(document.Statement), one];
}

function addOnce(document: JsonObject, one: Json): void {
  const present = listOf(document.Statement);
  if (!present.some((other) => same(other, one))) document.Statement = [...present, one];
}

/** Allows everyone, and denies those that the condition holds for. */
function exclude(document: JsonObject, resources: Json, condition: JsonObject): void {
  document.Version = "2012-10-17";
  addOnce(document, statement("Allow", resources, "*"));
  addOnce(document, statement("Deny", resources, "*", condition));
}

/** The VPCs and endpoints that a policy lists: by their ids, or by functions in lists of their own. */
function vpcSources(policy: JsonObject, list: "Whitelist" | "Blacklist"): JsonObject {
  const ids = policy[`SourceVpc${list}`];
  if (ids !== undefined && !listOf(ids).every((id) => typeof id === "string")) {
    throw invalidStructure(
      `SourceVpc${list} must be a list of strings. Use IntrinsicVpc${list} instead for values that use Intrinsic Functions`,
    );
  }
  const beginning = (prefix: string) => listOf(ids).filter((id) => String(id).startsWith(prefix));
  const vpcs = [...beginning("vpc-"), ...listOf(policy[`IntrinsicVpc${list}`])];
  const endpoints = [...beginning("vpce-"), ...listOf(policy[`IntrinsicVpce${list}`])];
  const sources: JsonObject = {};
  if (vpcs.length > 0) sources["aws:SourceVpc"] = vpcs;
  if (endpoints.length > 0) sources["aws:SourceVpce"] = endpoints;
  return sources;
}

function methodUris(definition: JsonObject, path: string, stage: Json): Json[] {
  const names = pathItems(definition, path).flatMap((item) => Object.keys(item));
  return names.map((name) => {
    const method = name === ANY_METHOD || name.toLowerCase() === "any" ? "*" : name.toUpperCase();
    return sub(`execute-api:/\${__Stage__}/${method}${pathPattern(path)}`, { __Stage__: stage });
  });
}
