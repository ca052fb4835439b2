/** Finds the provider of a resource type: a live service's, one of the engine's own, or the modelled one. */
import type { Context } from "../../kernel/context.js";
import type { ResourceProvider } from "../../kernel/resource.js";
import type { Spec } from "../schema/spec.js";
import { isCustomType } from "../template/validate.js";
import { bounded } from "./bounded.js";
import { customResourceProvider } from "./custom-resource.js";
import { modelledProvider } from "./modelled.js";
import { NESTED_STACK, nestedStackProvider } from "./nested-stack.js";
import { waitConditionHandleProvider, waitConditionProvider } from "./wait-condition.js";

/** A provider, and whether a service that really behaves stands behind it. */
export interface Provided {
  readonly provider: ResourceProvider;
  readonly live: boolean;
}

/** Types that need no service to be what they are on AWS. */
const INERT = new Set(["AWS::CDK::Metadata"]);

/** Finds the provider of a type that exists. */
export async function providerOf(ctx: Context, spec: Spec, type: string): Promise<Provided> {
  const live = await liveProvider(ctx, type);
  if (live) return { provider: bounded(ctx, type, live), live: true };
  if (type === NESTED_STACK) return { provider: nestedStackProvider(ctx), live: true };
  if (type === "AWS::CloudFormation::WaitConditionHandle")
    return { provider: waitConditionHandleProvider(ctx), live: true };
  if (type === "AWS::CloudFormation::WaitCondition") return { provider: waitConditionProvider(ctx), live: true };
  if (isCustomType(type)) return { provider: customResourceProvider(ctx), live: true };
  return { provider: modelledProvider(ctx, spec.schema(type)), live: INERT.has(type) };
}

async function liveProvider(ctx: Context, type: string): Promise<ResourceProvider | undefined> {
  const family = type.split("::").slice(0, 2).join("::");
  const entry = Object.entries(ctx.cloud.registry).find(
    ([, { types = [] }]) => types.includes(family) || types.includes(type),
  );
  const service = entry && (await ctx.cloud.service(entry[0]));
  const load = service && Object.hasOwn(service.resources, type) ? service.resources[type] : undefined;
  return load && (await load()).default;
}
