/** AWS::Lambda::Version */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toText } from "../../../kernel/template-values.js";
import { applyProvisioned, readProvisioned } from "./provisioned.js";
import { functionNameOf, ifThere } from "./template-values.js";

async function versionsOf(FunctionName: string, ctx: ResourceContext): Promise<FunctionConfiguration[]> {
  const all: FunctionConfiguration[] = [];
  let Marker: string | undefined;
  do {
    const page = await ctx.call<{ Versions?: FunctionConfiguration[]; NextMarker?: string }>(
      "lambda",
      "ListVersionsByFunction",
      { FunctionName, Marker },
    );
    all.push(...(page.Versions ?? []));
    Marker = page.NextMarker;
  } while (Marker);
  return all.filter(({ Version }) => Version !== "$LATEST");
}

async function read(
  { FunctionArn, FunctionName: given }: Properties,
  ctx: ResourceContext,
): Promise<Properties | undefined> {
  const found = await ifThere(
    ctx.call<FunctionConfiguration>("lambda", "GetFunctionConfiguration", { FunctionName: FunctionArn }),
  );
  if (!found) return undefined;
  const { FunctionName = "", Version, Description, CodeSha256 } = found;
  const provisioned = await readProvisioned(FunctionName, Version, ctx);
  return defined({
    FunctionArn,
    FunctionName: given ?? FunctionName,
    Version,
    Description: Description || undefined,
    CodeSha256,
    ...provisioned,
  });
}

export default defineResource({
  async create(desired, ctx) {
    const FunctionName = functionNameOf(desired.FunctionName);
    const { FunctionArn = "", Version } = await ctx.call<FunctionConfiguration>("lambda", "PublishVersion", {
      FunctionName,
      CodeSha256: toText(desired.CodeSha256),
      Description: toText(desired.Description),
      ClientToken: ctx.token,
    });
    await applyProvisioned(FunctionName, Version, desired, {}, ctx);
    return (await read({ ...desired, FunctionArn }, ctx)) ?? { FunctionArn };
  },
  read,
  async update(desired, { FunctionArn, Version }, ctx, previous) {
    await applyProvisioned(functionNameOf(FunctionArn), String(Version), desired, previous, ctx);
    return (
      (await read({ ...desired, FunctionArn: FunctionArn as string }, ctx)) ?? { FunctionArn: FunctionArn as string }
    );
  },
  async delete({ FunctionArn }, ctx) {
    await ifThere(ctx.call("lambda", "DeleteFunction", { FunctionName: FunctionArn }));
  },
  async list(ctx) {
    const { Functions = [] } = await ctx.call<{ Functions?: { FunctionName: string }[] }>(
      "lambda",
      "ListFunctions",
      {},
    );
    const found = await Promise.all(Functions.map(({ FunctionName }) => versionsOf(FunctionName, ctx)));
    return found.flat().map(({ FunctionArn = "" }) => ({ FunctionArn }));
  },
});
