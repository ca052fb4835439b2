/** The operations on function URLs. See the Lambda API Reference. */
import type { Cors, FunctionUrlConfig } from "@aws-sdk/client-lambda";
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import {
  conflict,
  type FoundFunction,
  functionArn,
  getFunctionRow,
  invalidParameter,
  notFound,
  validationError,
} from "./names.js";
import { page } from "./paging.js";
import { aliases, urlConfigs, urls } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");
type Settings = Partial<Pick<FunctionUrlConfig, "AuthType" | "InvokeMode" | "Cors">>;

const URL_ID_LENGTH = 32;

function getTarget(
  ctx: Context,
  functionName: string | undefined,
  qualifier: string | undefined,
): FoundFunction & { key: [string, string] } {
  const found = getFunctionRow(ctx, functionName, qualifier);
  const { name, row } = found;
  const alias = name.qualifier ?? "";
  if (/^\d+$|^\$LATEST$/.test(alias)) {
    throw invalidParameter("Function URLs can be made for functions and aliases, not for versions.");
  }
  if (alias !== "" && !ctx.table(aliases, name).has(row.name, alias)) {
    throw notFound(`Function not found: ${functionArn(ctx, name)}`);
  }
  return { ...found, key: [row.name, alias] };
}

function check({ AuthType, InvokeMode, Cors }: Settings): void {
  if (AuthType !== undefined && AuthType !== "NONE" && AuthType !== "AWS_IAM") {
    throw validationError(AuthType, "authType", "Member must satisfy enum value set: [NONE, AWS_IAM]");
  }
  if (InvokeMode !== undefined && InvokeMode !== "BUFFERED" && InvokeMode !== "RESPONSE_STREAM") {
    throw validationError(InvokeMode, "invokeMode", "Member must satisfy enum value set: [BUFFERED, RESPONSE_STREAM]");
  }
  if (Cors?.MaxAge !== undefined && (Cors.MaxAge < 0 || Cors.MaxAge > 86_400)) {
    throw validationError(Cors.MaxAge, "cors.maxAge", "Member must have value less than or equal to 86400");
  }
}

/**
 * The URL as callers use it. Differs from AWS: it is one of this cloud's, since names below `on.aws` do not lead here;
 * requests whose host name begins with the URL's id and `.lambda-url.` are answered as well.
 */
const urlOf = (ctx: Context, urlId: string) => `${ctx.cloud.endpoint}/_aws/lambda-url/${urlId}/`;

function shown(ctx: Context, row: FunctionUrlConfig & { urlId: string }): FunctionUrlConfig {
  const { FunctionArn, AuthType, Cors, CreationTime, LastModifiedTime, InvokeMode, urlId } = row;
  const FunctionUrl = urlOf(ctx, urlId);
  return { FunctionUrl, FunctionArn, AuthType, ...(Cors ? { Cors } : {}), CreationTime, LastModifiedTime, InvokeMode };
}

export const createFunctionUrlConfig: Handler<Lambda, "CreateFunctionUrlConfig"> = (input, ctx) => {
  check(input);
  if (!input.AuthType) throw validationError("null", "authType", "Member must not be null");
  const { name, key } = getTarget(ctx, input.FunctionName, input.Qualifier);
  const table = ctx.table(urlConfigs, name);
  if (table.has(...key)) {
    throw conflict(
      `Failed to create function url config for [functionArn = ${functionArn(ctx, name)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
    );
  }
  const urlId = randomLower(URL_ID_LENGTH);
  const now = new Date(ctx.now()).toISOString();
  const row = {
    urlId,
    qualifier: key[1],
    FunctionUrl: "",
    FunctionArn: functionArn(ctx, name),
    AuthType: input.AuthType,
    Cors: kept(input.Cors),
    CreationTime: now,
    LastModifiedTime: now,
    InvokeMode: input.InvokeMode ?? "BUFFERED",
  };
  table.put(key, row);
  ctx.table(urls).put([urlId], { account: name.account, region: name.region, name: key[0], qualifier: key[1] });
  return shown(ctx, row) as never;
};

const kept = (cors: Cors | undefined) => (cors && Object.keys(cors).length > 0 ? cors : undefined);

function existing(ctx: Context, { name, key }: ReturnType<typeof getTarget>) {
  const row = ctx.table(urlConfigs, name).get(...key);
  if (!row) throw notFound("The resource you requested does not exist.");
  return row;
}

export const getFunctionUrlConfig: Handler<Lambda, "GetFunctionUrlConfig"> = (input, ctx) =>
  shown(ctx, existing(ctx, getTarget(ctx, input.FunctionName, input.Qualifier))) as never;

export const updateFunctionUrlConfig: Handler<Lambda, "UpdateFunctionUrlConfig"> = (input, ctx) => {
  check(input);
  const target = getTarget(ctx, input.FunctionName, input.Qualifier);
  const row = existing(ctx, target);
  const next = {
    ...row,
    AuthType: input.AuthType ?? row.AuthType,
    InvokeMode: input.InvokeMode ?? row.InvokeMode,
    Cors: input.Cors ? kept(input.Cors) : row.Cors,
    LastModifiedTime: new Date(ctx.now()).toISOString(),
  };
  ctx.table(urlConfigs, target.name).put(target.key, next);
  return shown(ctx, next) as never;
};

export const deleteFunctionUrlConfig: Handler<Lambda, "DeleteFunctionUrlConfig"> = (input, ctx) => {
  const target = getTarget(ctx, input.FunctionName, input.Qualifier);
  ctx.table(urls).delete(existing(ctx, target).urlId);
  ctx.table(urlConfigs, target.name).delete(...target.key);
  return {};
};

export const listFunctionUrlConfigs: Handler<Lambda, "ListFunctionUrlConfigs"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { items, NextMarker } = page(ctx.table(urlConfigs, name), input, (config) => shown(ctx, config), {
    prefix: [row.name],
  });
  return { FunctionUrlConfigs: items, NextMarker };
};
