/** AWS::Lambda::LayerVersion */
import type { GetLayerVersionResponse } from "@aws-sdk/client-lambda";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toText } from "../../../kernel/template-values.js";
import { ifThere, toList, toObject } from "./template-values.js";

function parse(arn: Json | undefined): { LayerName: string; VersionNumber: number } {
  const text = String(arn);
  const colon = text.lastIndexOf(":");
  return { LayerName: text.slice(0, colon), VersionNumber: Number(text.slice(colon + 1)) };
}

async function read({ LayerVersionArn }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await ifThere(ctx.call<GetLayerVersionResponse>("lambda", "GetLayerVersion", parse(LayerVersionArn)));
  if (!found) return undefined;
  return defined({
    LayerVersionArn,
    LayerName: String(LayerVersionArn).split(":")[6],
    Description: found.Description || undefined,
    CompatibleRuntimes: found.CompatibleRuntimes,
    CompatibleArchitectures: found.CompatibleArchitectures,
    LicenseInfo: found.LicenseInfo,
  });
}

export default defineResource({
  async create(desired, ctx) {
    const { S3Bucket, S3Key, S3ObjectVersion } = toObject(desired.Content) ?? {};
    const { LayerVersionArn = "" } = await ctx.call<{ LayerVersionArn?: string }>("lambda", "PublishLayerVersion", {
      LayerName: toText(desired.LayerName) ?? ctx.physicalName({ maxLength: 140 }),
      Description: toText(desired.Description),
      Content: { S3Bucket, S3Key, S3ObjectVersion },
      CompatibleRuntimes: toList(desired.CompatibleRuntimes),
      CompatibleArchitectures: toList(desired.CompatibleArchitectures),
      LicenseInfo: toText(desired.LicenseInfo),
    });
    return (await read({ LayerVersionArn }, ctx)) ?? { LayerVersionArn };
  },
  read,
  // A layer version never changes: every property is replaced.
  update: async (_desired, actual) => actual,
  async delete({ LayerVersionArn }, ctx) {
    await ifThere(ctx.call("lambda", "DeleteLayerVersion", parse(LayerVersionArn)));
  },
  async list(ctx) {
    const { Layers = [] } = await ctx.call<{ Layers?: { LayerName: string }[] }>("lambda", "ListLayers", {});
    const found = await Promise.all(
      Layers.map(({ LayerName }) =>
        ctx.call<{ LayerVersions?: { LayerVersionArn: string }[] }>("lambda", "ListLayerVersions", { LayerName }),
      ),
    );
    return found.flatMap(({ LayerVersions = [] }) => LayerVersions.map(({ LayerVersionArn }) => ({ LayerVersionArn })));
  },
});
