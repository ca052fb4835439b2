/** Which version of a function runs, and with what. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { randomBelow } from "../../kernel/identifiers.js";
import type { Target } from "./invoker.js";
import type { FoundFunction } from "./names.js";
import { aliases, type FunctionVersion, layerVersions, versions } from "./tables.js";

const WEIGHT_STEPS = 1_000_000;

/** What an alias with weights leads to this time; what a qualifier means otherwise. */
export function chooseVersion(ctx: Context, found: FoundFunction & { version: FunctionVersion }): FunctionVersion {
  const { name, row, version } = found;
  if (!name.qualifier || name.qualifier === "$LATEST") return version;
  const alias = ctx.table(aliases, name).get(row.name, name.qualifier);
  let ticket = randomBelow(WEIGHT_STEPS) / WEIGHT_STEPS;
  for (const [number, weight] of Object.entries(alias?.RoutingConfig?.AdditionalVersionWeights ?? {})) {
    ticket -= weight;
    if (ticket < 0) return ctx.table(versions, name).get(row.name, Number(number)) ?? version;
  }
  return version;
}

/** What the invoker needs to know of a version that is to run. */
export function targetOf(ctx: Context, { name, row }: FoundFunction, version: FunctionVersion): Target {
  const layerHashes = (version.configuration.Layers ?? []).flatMap(({ Arn = "" }) => {
    const { account, region, resource = "" } = parseArn(Arn) ?? {};
    const [, layer = "", number] = resource.split(":");
    const found = ctx.table(layerVersions, { account, region }).get(layer, Number(number));
    return found ? [found.codeHash] : [];
  });
  const { account, region } = name;
  return { ...version, account, region, layerHashes, reservedConcurrency: row.reservedConcurrency };
}
