/** What a stage says of the method that is called: caching, throttling, logging. */
import type { MethodSetting } from "@aws-sdk/client-api-gateway";
import type { Exchange } from "./exchange.js";

/** The settings of a method: its own before those of its path, and those before the ones for all. */
export function settingsOf({ stage, resource, method }: Pick<Exchange, "stage" | "resource" | "method">): {
  readonly settings: MethodSetting;
  /** Whether any are the method's own. */
  readonly isOwn: boolean;
} {
  const path = (resource?.path ?? "").replace(/^\//, "");
  const all = stage.methodSettings ?? {};
  const own = all[`${path}/${method?.httpMethod}`];
  return { settings: { ...all["*/*"], ...all[`${path}/*`], ...own }, isOwn: own !== undefined };
}
