/** AWS::Lambda::EventInvokeConfig */
import type { FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toNumber } from "../../../kernel/template-values.js";
import { ifThere, toObject } from "./template-values.js";

function settingsOf(desired: Properties): Record<string, unknown> {
  return {
    FunctionName: desired.FunctionName,
    Qualifier: desired.Qualifier,
    MaximumRetryAttempts: toNumber(desired.MaximumRetryAttempts),
    MaximumEventAgeInSeconds: toNumber(desired.MaximumEventAgeInSeconds),
    DestinationConfig: toObject(desired.DestinationConfig),
  };
}

async function read({ FunctionName, Qualifier }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await ifThere(
    ctx.call<FunctionEventInvokeConfig>("lambda", "GetFunctionEventInvokeConfig", { FunctionName, Qualifier }),
  );
  if (!found) return undefined;
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig = {} } = found;
  const destinations = Object.fromEntries(Object.entries(DestinationConfig).filter(([, one]) => one?.Destination));
  return defined({
    FunctionName,
    Qualifier,
    MaximumRetryAttempts,
    MaximumEventAgeInSeconds,
    DestinationConfig: Object.keys(destinations).length > 0 ? destinations : undefined,
  });
}

async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  await ctx.call("lambda", "PutFunctionEventInvokeConfig", settingsOf(desired));
  return (await read(desired, ctx)) ?? desired;
}

export default defineResource({
  create: put,
  read,
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete({ FunctionName, Qualifier }, ctx) {
    await ifThere(ctx.call("lambda", "DeleteFunctionEventInvokeConfig", { FunctionName, Qualifier }));
  },
  async list(ctx) {
    const { Functions = [] } = await ctx.call<{ Functions?: { FunctionName: string }[] }>(
      "lambda",
      "ListFunctions",
      {},
    );
    const found = await Promise.all(
      Functions.map(async ({ FunctionName }) => {
        const { FunctionEventInvokeConfigs = [] } = await ctx.call<{
          FunctionEventInvokeConfigs?: FunctionEventInvokeConfig[];
        }>("lambda", "ListFunctionEventInvokeConfigs", { FunctionName });
        return FunctionEventInvokeConfigs.map(({ FunctionArn = "" }) => ({
          FunctionName,
          Qualifier: FunctionArn.split(":")[7] as string,
        }));
      }),
    );
    return found.flat();
  },
});
