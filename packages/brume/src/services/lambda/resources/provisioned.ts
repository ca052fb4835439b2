/** The provisioned concurrency of versions and aliases, which their resource types have as a property. */

import { isAwsError } from "../../../kernel/errors.js";
import type { Properties, ResourceContext } from "../../../kernel/resource.js";
import { same, toNumber } from "../../../kernel/template-values.js";
import { toObject } from "./template-values.js";

export async function applyProvisioned(
  FunctionName: string,
  Qualifier: string | undefined,
  desired: Properties,
  previous: Properties,
  ctx: ResourceContext,
): Promise<void> {
  const config = toObject(desired.ProvisionedConcurrencyConfig);
  if (same(config, toObject(previous.ProvisionedConcurrencyConfig))) return;
  if (!config)
    return void (await ctx.call("lambda", "DeleteProvisionedConcurrencyConfig", { FunctionName, Qualifier }));
  const ProvisionedConcurrentExecutions = toNumber(config.ProvisionedConcurrentExecutions);
  await ctx.call("lambda", "PutProvisionedConcurrencyConfig", {
    FunctionName,
    Qualifier,
    ProvisionedConcurrentExecutions,
  });
}

export async function readProvisioned(
  FunctionName: string | undefined,
  Qualifier: string | undefined,
  ctx: ResourceContext,
): Promise<Properties> {
  try {
    const { RequestedProvisionedConcurrentExecutions = 0 } = await ctx.call<{
      RequestedProvisionedConcurrentExecutions?: number;
    }>("lambda", "GetProvisionedConcurrencyConfig", { FunctionName, Qualifier });
    return {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: RequestedProvisionedConcurrentExecutions },
    };
  } catch (error) {
    if (isAwsError(error, "ProvisionedConcurrencyConfigNotFoundException", "ResourceNotFoundException")) return {};
    throw error;
  }
}
