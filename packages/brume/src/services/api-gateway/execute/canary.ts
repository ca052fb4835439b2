/** Canaries: a share of a stage's requests that another deployment answers. */
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import type { Stage } from "../tables.js";

/** How many requests each stage has had: the share is kept to exactly, and the same at every run. */
const counts = defineMemory("api-gateway/canary-counts", () => new Map<string, number>());

/** The stage as a canary sees it, where the next request is the canary's. */
export function canaryOf(ctx: Context, api: string, stage: Stage): Stage | undefined {
  const { deploymentId, percentTraffic = 0, stageVariableOverrides } = stage.canarySettings ?? {};
  if (!deploymentId || percentTraffic <= 0) return undefined;
  const all = ctx.memory(counts);
  const key = `${api}/${stage.stageName}`;
  const count = (all.get(key) ?? 0) + 1;
  all.set(key, count);
  const share = (requests: number) => Math.floor((requests * percentTraffic) / 100);
  if (share(count) === share(count - 1)) return undefined;
  return { ...stage, deploymentId, variables: { ...stage.variables, ...stageVariableOverrides } };
}
