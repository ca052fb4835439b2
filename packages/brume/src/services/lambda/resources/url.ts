/** AWS::Lambda::Url */
import type { FunctionUrlConfig } from "@aws-sdk/client-lambda";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toBoolean, toNumber, toText } from "../../../kernel/template-values.js";
import { functionNameOf, ifThere, toObject } from "./template-values.js";

function corsOf(value: Json | undefined): Record<string, unknown> {
  const { AllowCredentials, MaxAge, ...lists } = toObject(value) ?? {};
  return { ...lists, AllowCredentials: toBoolean(AllowCredentials), MaxAge: toNumber(MaxAge) };
}

function parse(arn: Json | undefined): { FunctionName: string; Qualifier?: string } {
  const [, , , , , , FunctionName = "", Qualifier] = String(arn).split(":");
  return Qualifier ? { FunctionName, Qualifier } : { FunctionName };
}

async function read(
  { FunctionArn, TargetFunctionArn }: Properties,
  ctx: ResourceContext,
): Promise<Properties | undefined> {
  const found = await ifThere(ctx.call<FunctionUrlConfig>("lambda", "GetFunctionUrlConfig", parse(FunctionArn)));
  if (!found) return undefined;
  const { FunctionName, Qualifier } = parse(FunctionArn);
  return defined({
    FunctionArn: found.FunctionArn,
    FunctionUrl: found.FunctionUrl,
    TargetFunctionArn: TargetFunctionArn ?? FunctionName,
    Qualifier,
    AuthType: found.AuthType,
    InvokeMode: found.InvokeMode,
    Cors: found.Cors,
  });
}

async function readExisting(FunctionArn: string, desired: Properties, ctx: ResourceContext): Promise<Properties> {
  return (await read({ ...desired, FunctionArn }, ctx)) ?? { FunctionArn };
}

export default defineResource({
  async create(desired, ctx) {
    const { FunctionArn = "" } = await ctx.call<FunctionUrlConfig>("lambda", "CreateFunctionUrlConfig", {
      FunctionName: functionNameOf(desired.TargetFunctionArn),
      Qualifier: toText(desired.Qualifier) ?? parse(desired.TargetFunctionArn).Qualifier,
      AuthType: desired.AuthType,
      InvokeMode: desired.InvokeMode,
      Cors: corsOf(desired.Cors),
    });
    return readExisting(FunctionArn, desired, ctx);
  },
  read,
  async update(desired, { FunctionArn }, ctx) {
    await ctx.call("lambda", "UpdateFunctionUrlConfig", {
      ...parse(FunctionArn),
      AuthType: desired.AuthType,
      InvokeMode: desired.InvokeMode ?? "BUFFERED",
      Cors: desired.Cors ? corsOf(desired.Cors) : {},
    });
    return readExisting(String(FunctionArn), desired, ctx);
  },
  async delete({ FunctionArn }, ctx) {
    await ifThere(ctx.call("lambda", "DeleteFunctionUrlConfig", parse(FunctionArn)));
  },
  async list(ctx) {
    const { Functions = [] } = await ctx.call<{ Functions?: { FunctionName: string }[] }>(
      "lambda",
      "ListFunctions",
      {},
    );
    const found = await Promise.all(
      Functions.map(({ FunctionName }) =>
        ctx.call<{ FunctionUrlConfigs?: { FunctionArn: string }[] }>("lambda", "ListFunctionUrlConfigs", {
          FunctionName,
        }),
      ),
    );
    return found.flatMap(({ FunctionUrlConfigs = [] }) =>
      FunctionUrlConfigs.map(({ FunctionArn }) => ({ FunctionArn })),
    );
  },
});
