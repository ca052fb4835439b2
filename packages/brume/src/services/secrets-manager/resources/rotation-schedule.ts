/** AWS::SecretsManager::RotationSchedule */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toText } from "../../../kernel/template-values.js";
import { ifThere, typed } from "./template-values.js";

const SERVICE = "secrets-manager";

interface Description {
  ARN: string;
  RotationEnabled?: boolean;
  RotationLambdaARN?: string;
  RotationRules?: Properties;
}

// Differs from AWS: a hosted rotation function is not made; its schedule is kept in the model and nothing rotates.
async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const SecretId = toText(desired.SecretId);
  if (desired.RotationLambdaARN === undefined) {
    const { ARN } = await ctx.call<Description>(SERVICE, "DescribeSecret", { SecretId });
    return { ...desired, Id: ARN };
  }
  const { ARN } = await ctx.call<Description>(
    SERVICE,
    "RotateSecret",
    defined({
      SecretId,
      RotationLambdaARN: toText(desired.RotationLambdaARN),
      RotationRules: desired.RotationRules && typed(desired.RotationRules, ["AutomaticallyAfterDays"]),
      RotateImmediately: String(desired.RotateImmediatelyOnUpdate ?? true) === "true",
      ExternalSecretRotationMetadata: desired.ExternalSecretRotationMetadata,
      ExternalSecretRotationRoleArn: toText(desired.ExternalSecretRotationRoleArn),
    }),
  );
  return { ...desired, Id: ARN };
}

export default defineResource({
  create: put,
  async read(actual, ctx) {
    const found = await ifThere(ctx.call<Description>(SERVICE, "DescribeSecret", { SecretId: actual.Id }));
    if (!found) return undefined;
    if (actual.HostedRotationLambda !== undefined) return actual;
    if (!found.RotationEnabled) return undefined;
    const { RotationLambdaARN, RotationRules, ARN } = found;
    return defined({ ...actual, SecretId: actual.SecretId ?? ARN, RotationLambdaARN, RotationRules });
  },
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete({ Id }, ctx) {
    // It never rotated, or is going already.
    await orUndefined(ifThere(ctx.call(SERVICE, "CancelRotateSecret", { SecretId: Id })), "InvalidRequestException");
  },
  async list() {
    return [];
  },
});
