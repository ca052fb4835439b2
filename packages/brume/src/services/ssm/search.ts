/** The operations that find parameters: by path, and by filters. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, validation } from "./constraints.js";
import type { Parameter, ParameterVersion } from "./parameter.js";
import { publicParameterNames } from "./public-parameters.js";
import { metadataAnswer, valueAnswer, withValues } from "./reading.js";
import { type Found, findVersion, latest, parameterArn, parameters, versions } from "./tables.js";

type Ssm = typeof import("@aws-sdk/client-ssm");

interface Filter {
  Key?: string | undefined;
  Option?: string | undefined;
  Values?: readonly string[] | undefined;
}

/** A test of one filter's option against one text. */
const OPTIONS: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  Equals: (text, value) => text === value,
  BeginsWith: (text, value) => text.startsWith(value),
  Contains: (text, value) => text.includes(value),
};

/** What a filter's key looks at; several texts where any of them may match. */
const KEYS: Readonly<Record<string, (parameter: Parameter, version: ParameterVersion) => readonly string[]>> = {
  Name: ({ name }) => [name, name.startsWith("/") ? name.slice(1) : `/${name}`],
  Type: (_, { type }) => [type],
  KeyId: (_, { keyId }) => (keyId === undefined ? [] : [keyId]),
  Tier: (_, { tier }) => [tier],
  DataType: (_, { dataType }) => [dataType],
};

const PATH_KEYS = ["Type", "KeyId", "Label"];
const DESCRIBE_KEYS = ["Name", "Type", "KeyId", "Path", "Tier", "DataType"];

/** The options that a filter's key can have. */
function optionsOf(key: string): readonly string[] {
  if (key === "Path") return ["Recursive", "OneLevel"];
  if (key === "Label" || key.startsWith("tag:")) return ["Equals"];
  return key === "Name" ? ["Equals", "BeginsWith", "Contains"] : ["Equals", "BeginsWith"];
}

const PATH_RULE =
  'The parameter path must be prefixed with a forward slash ("/"), can\'t be prefixed with "aws" or "ssm" (case-insensitive) and can\'t be suffixed with a slash.';

function checkFilters(filters: readonly Filter[] | undefined, forPath: boolean): readonly Filter[] {
  const allowed = forPath ? PATH_KEYS : DESCRIBE_KEYS;
  const seen = new Set<string>();
  for (const { Key: key = "", Option: option, Values: values } of filters ?? []) {
    if (!allowed.includes(key) && !(key.startsWith("tag:") && !forPath)) {
      throw new AwsError(
        "InvalidFilterKey",
        `The following filter key is not valid: ${key}. Valid filter keys include: [${[...allowed, ...(forPath ? [] : ["tag:"])].join(", ")}].`,
      );
    }
    if (seen.has(key)) throw new AwsError("InvalidFilterKey", `The following filter key is duplicated: ${key}.`);
    seen.add(key);
    const options = optionsOf(key);
    if (option !== undefined && !options.includes(option)) {
      throw new AwsError(
        "InvalidFilterOption",
        `The following filter option is not valid: ${option}. Valid options include: [${options.join(", ")}].`,
      );
    }
    if (!key.startsWith("tag:") && (!values || values.length === 0)) {
      throw new AwsError("InvalidFilterValue", `The following filter values are missing : null for filter key ${key}.`);
    }
    if ((values?.length ?? 0) > MAX_VALUES)
      throw new AwsError("InvalidFilterValue", `A filter can have at most ${MAX_VALUES} values.`);
    if (key === "Path" && values?.some((path) => !path.startsWith("/"))) throw validation(PATH_RULE);
  }
  return filters ?? [];
}

const MAX_VALUES = 50;

function isUnder(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  if (!name.startsWith("/")) return prefix === "/" && (recursive || !name.includes("/"));
  return name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes("/"));
}

function matches(filter: Filter, parameter: Parameter, version: ParameterVersion): boolean {
  const { Key: key = "", Option: option = key === "Path" ? "OneLevel" : "Equals", Values: values = [] } = filter;
  if (key === "Path") return values.some((path) => isUnder(parameter.name, path, option === "Recursive"));
  if (key.startsWith("tag:")) {
    const value = parameter.tags[key.slice("tag:".length)];
    return value !== undefined && (values.length === 0 || values.includes(value));
  }
  const texts = KEYS[key]?.(parameter, version) ?? [];
  const test = OPTIONS[option];
  return texts.some((text) => values.some((value) => test?.(text, value)));
}

/** One page of what passes; the token is the position of the last row shown. */
function scan<T>(
  ctx: Context,
  request: { MaxResults?: number | undefined; NextToken?: string | undefined },
  most: number,
  prefix: string,
  pick: (parameter: Parameter) => T | undefined,
): { items: T[]; NextToken: string | undefined } {
  const limit = request.MaxResults ?? most;
  check("maxResults", limit, { min: 1, max: most });
  const after = request.NextToken === undefined ? undefined : Buffer.from(request.NextToken, "base64url").toString();
  if (after !== undefined && Buffer.from(after).toString("base64url") !== request.NextToken)
    throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  const items: T[] = [];
  let position = "";
  for (const entry of ctx.table(parameters).entries(after === undefined ? { from: [prefix] } : { after })) {
    if (!entry.row.name.startsWith(prefix)) break;
    const picked = pick(entry.row);
    if (picked === undefined) continue;
    if (items.length === limit) return { items, NextToken: Buffer.from(position).toString("base64url") };
    items.push(picked);
    position = entry.position;
  }
  return { items, NextToken: undefined };
}

export const getParametersByPath: Handler<Ssm, "GetParametersByPath"> = (input, ctx) => {
  const path = input.Path ?? "";
  check("path", path, { min: 1, max: 2048 });
  if (!path.startsWith("/")) throw validation(PATH_RULE);
  const filters = checkFilters(input.ParameterFilters, true);
  const label = filters.find(({ Key }) => Key === "Label")?.Values;
  if (/^\/aws(\/|$)/.test(path)) return publicByPath(ctx, path, input);
  const prefix = path === "/" ? "" : path;
  const { items, NextToken } = scan(ctx, input, 10, prefix, (parameter): Found | undefined => {
    if (!isUnder(parameter.name, path, input.Recursive ?? false)) return undefined;
    const labelled = label?.map((name) => parameter.labels[name]).find((number) => number !== undefined);
    if (label && labelled === undefined) return undefined;
    const version = labelled === undefined ? latest(ctx, parameter) : ctx.table(versions).get(parameter.name, labelled);
    if (!version || !filters.every((filter) => filter.Key === "Label" || matches(filter, parameter, version)))
      return undefined;
    return { name: parameter.name, version, arn: parameterArn(ctx, parameter.name) };
  });
  return withValues(ctx, items, input.WithDecryption, (values) => ({
    Parameters: items.map((found, index) => valueAnswer(found, values[index])),
    NextToken,
  }));
};

interface PathInput {
  Recursive?: boolean | undefined;
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/** One page of the public parameters under a path; the token is the last name shown. */
function publicByPath(ctx: Context, path: string, { Recursive = false, MaxResults = 10, NextToken }: PathInput) {
  check("maxResults", MaxResults, { min: 1, max: 10 });
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, "base64url").toString();
  const rest = publicParameterNames(ctx, path, after).filter((name) => isUnder(name, path, Recursive));
  const names = rest.slice(0, MaxResults);
  const last = names.at(-1) ?? "";
  return {
    Parameters: names.flatMap((name) => {
      const found = findVersion(ctx, name);
      return found ? [valueAnswer(found, found.version.value)] : [];
    }),
    NextToken: rest.length > names.length ? Buffer.from(last).toString("base64url") : undefined,
  };
}

export const describeParameters: Handler<Ssm, "DescribeParameters"> = (input, ctx) => {
  if (input.Filters && input.ParameterFilters)
    throw validation("You can use either Filters or ParameterFilters in a single request.");
  const old = (input.Filters ?? []).map(({ Key, Values }) => ({
    Key,
    Values,
    Option: Key === "Name" ? "BeginsWith" : "Equals",
  }));
  const filters = checkFilters(input.ParameterFilters ?? old, false);
  // Nobody shares parameters with this account: that is done through Resource Access Manager.
  if (input.Shared) return { Parameters: [] };
  const { items, NextToken } = scan(ctx, input, 50, "", (parameter) => {
    const version = latest(ctx, parameter);
    if (!filters.every((filter) => matches(filter, parameter, version))) return undefined;
    return { ...metadataAnswer(ctx, parameter, version), ARN: parameterArn(ctx, parameter.name) };
  });
  return { Parameters: items, NextToken };
};
