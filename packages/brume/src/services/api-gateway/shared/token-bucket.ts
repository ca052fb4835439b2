/** Token buckets, by the cloud's clock: what throttles the requests to APIs of both versions. */
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";

/** How many requests each bucket has left, and when that was true. */
const buckets = defineMemory("api-gateway/buckets", () => new Map<string, { tokens: number; at: number }>());

export interface Limits {
  /** Requests a second. */
  readonly rateLimit?: number | undefined;
  readonly burstLimit?: number | undefined;
}

/** Takes one token, and says whether there was one. A bucket holds `burstLimit` and is filled at `rateLimit` a second. */
export function takeToken(ctx: Context, name: string, { rateLimit = 10_000, burstLimit = 5000 }: Limits): boolean {
  const now = ctx.now();
  const all = ctx.memory(buckets);
  const bucket = all.get(name) ?? { tokens: burstLimit, at: now };
  const tokens = Math.min(burstLimit, bucket.tokens + ((now - bucket.at) / 1000) * rateLimit);
  all.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
  return tokens >= 1;
}
