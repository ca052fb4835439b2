/** AWS::Lambda::Alias */
import type { AliasConfiguration } from "@aws-sdk/client-lambda";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toNumber, toText } from "../../../kernel/template-values.js";
import { applyProvisioned, readProvisioned } from "./provisioned.js";
import { functionNameOf, ifThere, toList, toObject } from "./template-values.js";

/** Templates list the weights of versions; the API maps versions to weights. */
function routingOf(value: Json | undefined): { AdditionalVersionWeights: Record<string, number> } {
  const weights = (toList(toObject(value)?.AdditionalVersionWeights) ?? []) as Properties[];
  return {
    AdditionalVersionWeights: Object.fromEntries(
      weights.map(({ FunctionVersion, FunctionWeight }) => [String(FunctionVersion), toNumber(FunctionWeight) ?? 0]),
    ),
  };
}

function parse(arn: Json | undefined): { FunctionName: string; Name: string } {
  const parts = String(arn).split(":");
  return { FunctionName: parts[6] ?? "", Name: parts[7] ?? "" };
}

async function read({ AliasArn }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { FunctionName, Name } = parse(AliasArn);
  const found = await ifThere(ctx.call<AliasConfiguration>("lambda", "GetAlias", { FunctionName, Name }));
  if (!found) return undefined;
  const weights = Object.entries(found.RoutingConfig?.AdditionalVersionWeights ?? {});
  return defined({
    AliasArn: found.AliasArn,
    FunctionName,
    Name,
    FunctionVersion: found.FunctionVersion,
    Description: found.Description || undefined,
    RoutingConfig:
      weights.length > 0
        ? {
            AdditionalVersionWeights: weights.map(([FunctionVersion, FunctionWeight]) => ({
              FunctionVersion,
              FunctionWeight,
            })),
          }
        : undefined,
    ...(await readProvisioned(FunctionName, Name, ctx)),
  });
}

async function readExisting(AliasArn: string, ctx: ResourceContext): Promise<Properties> {
  return (await read({ AliasArn }, ctx)) ?? { AliasArn };
}

export default defineResource({
  async create(desired, ctx) {
    const FunctionName = functionNameOf(desired.FunctionName);
    const { AliasArn = "" } = await ctx.call<AliasConfiguration>("lambda", "CreateAlias", {
      FunctionName,
      Name: desired.Name,
      FunctionVersion: toText(desired.FunctionVersion),
      Description: toText(desired.Description),
      RoutingConfig: routingOf(desired.RoutingConfig),
    });
    await applyProvisioned(FunctionName, toText(desired.Name), desired, {}, ctx);
    return readExisting(AliasArn, ctx);
  },
  read,
  async update(desired, { AliasArn }, ctx, previous) {
    const { FunctionName, Name } = parse(AliasArn);
    await ctx.call("lambda", "UpdateAlias", {
      FunctionName,
      Name,
      FunctionVersion: toText(desired.FunctionVersion),
      Description: toText(desired.Description) ?? "",
      RoutingConfig: routingOf(desired.RoutingConfig),
    });
    await applyProvisioned(FunctionName, Name, desired, previous, ctx);
    return readExisting(String(AliasArn), ctx);
  },
  async delete({ AliasArn }, ctx) {
    await ifThere(ctx.call("lambda", "DeleteAlias", parse(AliasArn)));
  },
  async list(ctx) {
    const { Functions = [] } = await ctx.call<{ Functions?: { FunctionName: string }[] }>(
      "lambda",
      "ListFunctions",
      {},
    );
    const found = await Promise.all(
      Functions.map(({ FunctionName }) =>
        ctx.call<{ Aliases?: AliasConfiguration[] }>("lambda", "ListAliases", { FunctionName }),
      ),
    );
    return found.flatMap(({ Aliases = [] }) => Aliases.map(({ AliasArn = "" }) => ({ AliasArn })));
  },
});
