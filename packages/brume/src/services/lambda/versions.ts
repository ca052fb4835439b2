/** The operations on published versions and aliases. See the Lambda API Reference. */
import type { AliasRoutingConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { timestamp } from "./configuration.js";
import {
  checkRevision,
  conflict,
  type FoundFunction,
  functionArn,
  getFunctionRow,
  invalidParameter,
  notFound,
  validationError,
} from "./names.js";
import { page } from "./paging.js";
import { aliases, type FunctionVersion, functions, versions } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

/**
 * Makes a version of what `$LATEST` is; the last version again, when nothing has changed since. With a token it has to be
 * the version that was made with that.
 * @throws AwsError `AlreadyExists` when it is not
 */
export function publish(
  ctx: Context,
  { name, row }: FoundFunction,
  Description?: string,
  token?: string,
): FunctionVersion {
  const table = ctx.table(versions, name);
  const [last] = table.rows({ prefix: [row.name], reverse: true, limit: 1 });
  if (last && sameVersion(last, row, Description)) {
    if (token === undefined || last.token === token) return last;
    throw new AwsError(
      "AlreadyExists",
      `A version for this Lambda function exists ( ${last.configuration.Version} ). Modify the function to create a new version.`,
    );
  }
  const Version = String(row.nextVersion);
  const version: FunctionVersion = {
    codeHash: row.codeHash,
    image: row.image,
    token,
    configuration: {
      ...row.configuration,
      Version,
      FunctionArn: functionArn(ctx, { ...name, qualifier: Version }),
      Description: Description ?? row.configuration.Description,
      RevisionId: uuid(),
      LastModified: timestamp(ctx.now()),
    },
  };
  table.put([row.name, row.nextVersion], version);
  ctx.table(functions, name).put([row.name], { ...row, nextVersion: row.nextVersion + 1 });
  return version;
}

const OWN_MEMBERS = new Set<keyof FunctionConfiguration>(["Version", "FunctionArn", "RevisionId", "LastModified"]);

function sameVersion(a: FunctionVersion, b: FunctionVersion, description: string | undefined): boolean {
  const comparable = ({ configuration, codeHash }: FunctionVersion, Description = configuration.Description) =>
    JSON.stringify([
      codeHash,
      Object.entries({ ...configuration, Description })
        .filter(([key]) => !OWN_MEMBERS.has(key as keyof FunctionConfiguration))
        .sort(([x], [y]) => (x < y ? -1 : 1)),
    ]);
  return comparable(a) === comparable(b, description ?? b.configuration.Description);
}

export const publishVersion: Handler<Lambda, "PublishVersion"> = (input, ctx) => {
  const found = getFunctionRow(ctx, input.FunctionName);
  checkRevision(input.RevisionId, found.row.configuration.RevisionId);
  const { CodeSha256 } = found.row.configuration;
  if (input.CodeSha256 !== undefined && input.CodeSha256 !== CodeSha256) {
    throw invalidParameter(
      `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  }
  // The API has no such member: the provider of versions says by it which of its attempts this is.
  const { ClientToken } = input as { ClientToken?: string };
  return { ...publish(ctx, found, input.Description, ClientToken).configuration };
};

export const listVersionsByFunction: Handler<Lambda, "ListVersionsByFunction"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const latest = { ...row.configuration, FunctionArn: `${row.configuration.FunctionArn}:$LATEST` };
  const { items, NextMarker } = page(
    ctx.table(versions, name),
    input,
    ({ configuration }) => ({ ...configuration }),
    { prefix: [row.name] },
    [latest],
  );
  return { Versions: items, NextMarker };
};

function aliasArn(ctx: Context, { name }: FoundFunction, alias: string): string {
  return functionArn(ctx, { ...name, qualifier: alias });
}

function checkTarget(ctx: Context, { name, row }: FoundFunction, version: string): void {
  if (version === "$LATEST") return;
  if (!/^\d+$/.test(version)) {
    throw validationError(
      version,
      "functionVersion",
      "Member must satisfy regular expression pattern: (\\$LATEST|[0-9]+)",
    );
  }
  if (!ctx.table(versions, name).has(row.name, Number(version))) {
    throw notFound(`Function not found: ${functionArn(ctx, { ...name, qualifier: version })}`);
  }
}

function checkRouting(
  ctx: Context,
  found: FoundFunction,
  version: string,
  routing: AliasRoutingConfiguration | undefined,
): void {
  const weights = Object.entries(routing?.AdditionalVersionWeights ?? {});
  if (weights.length === 0) return;
  if (weights.length > 1)
    throw invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
  if (version === "$LATEST")
    throw invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
  for (const [other, weight] of weights) {
    if (other === "$LATEST")
      throw invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
    if (other === version) {
      throw invalidParameter(
        `Invalid function version ${other}. Function version ${other} is already included in routing configuration.`,
      );
    }
    if (weight < 0 || weight > 1) {
      throw validationError(weight, "routingConfig.additionalVersionWeights", "Member must have value between 0 and 1");
    }
    checkTarget(ctx, found, other);
  }
}

const kept = (routing: AliasRoutingConfiguration | undefined) =>
  Object.keys(routing?.AdditionalVersionWeights ?? {}).length > 0 ? { RoutingConfig: routing } : {};

export const createAlias: Handler<Lambda, "CreateAlias"> = (input, ctx) => {
  const found = getFunctionRow(ctx, input.FunctionName);
  const { Name, FunctionVersion, RoutingConfig } = input;
  if (!Name || !/^(?!^[0-9]+$)([a-zA-Z0-9-_]{1,128})$/.test(Name)) {
    throw validationError(Name, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
  }
  if (!FunctionVersion) throw validationError("null", "functionVersion", "Member must not be null");
  const table = ctx.table(aliases, found.name);
  const AliasArn = aliasArn(ctx, found, Name);
  if (table.has(found.row.name, Name)) throw conflict(`Alias already exists: ${AliasArn}`);
  checkTarget(ctx, found, FunctionVersion);
  checkRouting(ctx, found, FunctionVersion, RoutingConfig);
  const alias = {
    AliasArn,
    Name,
    FunctionVersion,
    Description: input.Description ?? "",
    ...kept(RoutingConfig),
    RevisionId: uuid(),
  };
  table.put([found.row.name, Name], alias);
  return alias;
};

function getAliasRow(ctx: Context, functionName: string | undefined, Name: string | undefined) {
  const found = getFunctionRow(ctx, functionName);
  const alias = ctx.table(aliases, found.name).get(found.row.name, Name ?? "");
  if (!alias) throw notFound(`Cannot find alias arn: ${aliasArn(ctx, found, Name ?? "")}`);
  return { found, alias };
}

export const getAlias: Handler<Lambda, "GetAlias"> = (input, ctx) => ({
  ...getAliasRow(ctx, input.FunctionName, input.Name).alias,
});

export const updateAlias: Handler<Lambda, "UpdateAlias"> = (input, ctx) => {
  const { found, alias } = getAliasRow(ctx, input.FunctionName, input.Name);
  checkRevision(input.RevisionId, alias.RevisionId);
  const FunctionVersion = input.FunctionVersion ?? alias.FunctionVersion;
  const routing = input.RoutingConfig ?? alias.RoutingConfig;
  checkTarget(ctx, found, FunctionVersion);
  checkRouting(ctx, found, FunctionVersion, routing);
  const { RoutingConfig: _, ...rest } = alias;
  const next = {
    ...rest,
    FunctionVersion,
    Description: input.Description ?? alias.Description,
    ...kept(routing),
    RevisionId: uuid(),
  };
  ctx.table(aliases, found.name).put([found.row.name, alias.Name], next);
  return next;
};

export const deleteAlias: Handler<Lambda, "DeleteAlias"> = (input, ctx) => {
  const found = getFunctionRow(ctx, input.FunctionName);
  ctx.table(aliases, found.name).delete(found.row.name, input.Name ?? "");
  return {};
};

export const listAliases: Handler<Lambda, "ListAliases"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { FunctionVersion } = input;
  const { items, NextMarker } = page(
    ctx.table(aliases, name),
    input,
    (alias) => (FunctionVersion === undefined || alias.FunctionVersion === FunctionVersion ? { ...alias } : undefined),
    { prefix: [row.name] },
  );
  return { Aliases: items, NextMarker };
};
