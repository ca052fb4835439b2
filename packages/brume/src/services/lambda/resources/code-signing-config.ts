/** AWS::Lambda::CodeSigningConfig */
import type { CodeSigningConfig } from "@aws-sdk/client-lambda";
import { isAwsError } from "../../../kernel/errors.js";
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toText } from "../../../kernel/template-values.js";
import { fromTags, toObject, toTags } from "./template-values.js";

const isGone = (error: unknown) => isAwsError(error, "CodeSigningConfigNotFoundException");

async function read({ CodeSigningConfigArn }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  try {
    const { CodeSigningConfig: found } = await ctx.call<{ CodeSigningConfig: CodeSigningConfig }>(
      "lambda",
      "GetCodeSigningConfig",
      { CodeSigningConfigArn },
    );
    const { Tags } = await ctx.call<{ Tags?: Record<string, string> }>("lambda", "ListTags", {
      Resource: CodeSigningConfigArn,
    });
    const { CodeSigningConfigId, AllowedPublishers, CodeSigningPolicies, Description } = found;
    return {
      ...defined({
        CodeSigningConfigArn,
        CodeSigningConfigId,
        AllowedPublishers,
        CodeSigningPolicies,
        Description: Description || undefined,
      }),
      ...fromTags(Tags),
    };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const settingsOf = (desired: Properties) => ({
  AllowedPublishers: toObject(desired.AllowedPublishers),
  CodeSigningPolicies: toObject(desired.CodeSigningPolicies) ?? { UntrustedArtifactOnDeployment: "Warn" },
  Description: toText(desired.Description) ?? "",
});

export default defineResource({
  async create(desired, ctx) {
    const { CodeSigningConfig: made } = await ctx.call<{ CodeSigningConfig: CodeSigningConfig }>(
      "lambda",
      "CreateCodeSigningConfig",
      { ...settingsOf(desired), Tags: toTags(desired.Tags) },
    );
    const CodeSigningConfigArn = made.CodeSigningConfigArn ?? "";
    return (await read({ CodeSigningConfigArn }, ctx)) ?? { CodeSigningConfigArn };
  },
  read,
  async update(desired, actual, ctx) {
    const CodeSigningConfigArn = String(actual.CodeSigningConfigArn);
    await ctx.call("lambda", "UpdateCodeSigningConfig", { CodeSigningConfigArn, ...settingsOf(desired) });
    const after = toTags(desired.Tags);
    const TagKeys = Object.keys(toTags(actual.Tags)).filter((key) => !(key in after));
    if (TagKeys.length > 0) await ctx.call("lambda", "UntagResource", { Resource: CodeSigningConfigArn, TagKeys });
    if (Object.keys(after).length > 0)
      await ctx.call("lambda", "TagResource", { Resource: CodeSigningConfigArn, Tags: after });
    return (await read({ CodeSigningConfigArn }, ctx)) ?? { CodeSigningConfigArn };
  },
  async delete({ CodeSigningConfigArn }, ctx) {
    try {
      await ctx.call("lambda", "DeleteCodeSigningConfig", { CodeSigningConfigArn });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
  async list(ctx) {
    const { CodeSigningConfigs = [] } = await ctx.call<{ CodeSigningConfigs?: CodeSigningConfig[] }>(
      "lambda",
      "ListCodeSigningConfigs",
      {},
    );
    return CodeSigningConfigs.map(({ CodeSigningConfigArn = "" }) => ({ CodeSigningConfigArn }));
  },
});
