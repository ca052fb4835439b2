/** An event source mapping at work on a stream. */
import type { Context } from "../../kernel/context.js";
import { invoker } from "./invoker.js";
import { getVersion } from "./names.js";
import type { StreamSource } from "./stream-source.js";
import type { Mapping } from "./tables.js";

export interface Reader {
  readonly ctx: Context;
  readonly source: StreamSource;
  readonly mapping: Mapping;
  /** The stream's. */
  readonly arn: string;
  /** Ends the work. */
  readonly signal: AbortSignal;
}

/** A context that acts as the function does. @throws AwsError when the function is gone */
export async function asFunction({ ctx, mapping }: Reader): Promise<Context> {
  const { configuration } = getVersion(ctx, mapping.FunctionArn).version;
  const principal = await ctx.memory(invoker).principalOf(configuration, ctx.region);
  return ctx.as({ account: ctx.account, region: ctx.region, principal });
}
