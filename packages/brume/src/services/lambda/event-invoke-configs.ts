/** How asynchronous invocations of a function are tried again and where their outcomes go. See the Lambda API Reference. */
import type { FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { type FoundFunction, findVersion, functionArn, getFunctionRow, notFound, validationError } from "./names.js";
import { page } from "./paging.js";
import { eventInvokeConfigs } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");
type Settings = Pick<
  FunctionEventInvokeConfig,
  "MaximumRetryAttempts" | "MaximumEventAgeInSeconds" | "DestinationConfig"
>;

const LIMITS: [member: "MaximumRetryAttempts" | "MaximumEventAgeInSeconds", shown: string, min: number, max: number][] =
  [
    ["MaximumRetryAttempts", "maximumRetryAttempts", 0, 2],
    ["MaximumEventAgeInSeconds", "maximumEventAgeInSeconds", 60, 21_600],
  ];

function check(settings: Settings): void {
  for (const [member, shown, min, max] of LIMITS) {
    const value = settings[member];
    if (value === undefined) continue;
    if (value < min) throw validationError(value, shown, `Member must have value greater than or equal to ${min}`);
    if (value > max) throw validationError(value, shown, `Member must have value less than or equal to ${max}`);
  }
}

function getTarget(
  ctx: Context,
  functionName: string | undefined,
  qualifier: string | undefined,
): FoundFunction & { key: [string, string] } {
  const found = getFunctionRow(ctx, functionName, qualifier);
  if (!findVersion(ctx, found)) throw notFound(`Function not found: ${functionArn(ctx, found.name)}`);
  return { ...found, key: [found.row.name, found.name.qualifier ?? "$LATEST"] };
}

function put(ctx: Context, { name, key }: ReturnType<typeof getTarget>, settings: Settings) {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Settings;
  const config: FunctionEventInvokeConfig = {
    FunctionArn: functionArn(ctx, { ...name, qualifier: key[1] }),
    LastModified: new Date(ctx.now()),
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    ...given,
  };
  ctx.table(eventInvokeConfigs, name).put(key, config);
  return config;
}

export const putFunctionEventInvokeConfig: Handler<Lambda, "PutFunctionEventInvokeConfig"> = (input, ctx) => {
  check(input);
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
  const target = getTarget(ctx, input.FunctionName, input.Qualifier);
  return put(ctx, target, { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig });
};

export const updateFunctionEventInvokeConfig: Handler<Lambda, "UpdateFunctionEventInvokeConfig"> = (input, ctx) => {
  check(input);
  const target = getTarget(ctx, input.FunctionName, input.Qualifier);
  const before = existing(ctx, target);
  return put(ctx, target, {
    MaximumRetryAttempts: input.MaximumRetryAttempts ?? before.MaximumRetryAttempts,
    MaximumEventAgeInSeconds: input.MaximumEventAgeInSeconds ?? before.MaximumEventAgeInSeconds,
    DestinationConfig: input.DestinationConfig ?? before.DestinationConfig,
  });
};

function existing(ctx: Context, { name, key }: ReturnType<typeof getTarget>): FunctionEventInvokeConfig {
  const config = ctx.table(eventInvokeConfigs, name).get(...key);
  if (!config) {
    const arn = functionArn(ctx, { ...name, qualifier: key[1] });
    throw notFound(`The function ${arn} doesn't have an EventInvokeConfig`);
  }
  return config;
}

export const getFunctionEventInvokeConfig: Handler<Lambda, "GetFunctionEventInvokeConfig"> = (input, ctx) => ({
  ...existing(ctx, getTarget(ctx, input.FunctionName, input.Qualifier)),
});

export const deleteFunctionEventInvokeConfig: Handler<Lambda, "DeleteFunctionEventInvokeConfig"> = (input, ctx) => {
  const target = getTarget(ctx, input.FunctionName, input.Qualifier);
  existing(ctx, target);
  ctx.table(eventInvokeConfigs, target.name).delete(...target.key);
  return {};
};

export const listFunctionEventInvokeConfigs: Handler<Lambda, "ListFunctionEventInvokeConfigs"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { items, NextMarker } = page(ctx.table(eventInvokeConfigs, name), input, (config) => ({ ...config }), {
    prefix: [row.name],
  });
  return { FunctionEventInvokeConfigs: items, NextMarker };
};
