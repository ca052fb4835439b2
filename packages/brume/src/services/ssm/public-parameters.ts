/** The parameters under /aws/service/ that everybody can read. */
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { imageParameters, unlistedImage } from "./public/images.js";
import { infrastructureParameters } from "./public/regions.js";

type Value = string | ((region: string) => string);

/** Made when the first of these parameters is asked for, from the tables of their names. */
const catalog = defineMemory("ssm/public-parameters", () => {
  const values = new Map<string, Value>([...infrastructureParameters(), ...imageParameters()]);
  return { values, names: [...values.keys()].sort() };
});

/** The value of a public parameter in a region; `undefined` for a name that is none. */
export function publicParameter(ctx: Context, name: string, region: string): string | undefined {
  if (!name.startsWith("/aws/service/")) return undefined;
  const value = ctx.memory(catalog).values.get(name);
  if (value === undefined) return unlistedImage(name, region);
  return typeof value === "string" ? value : value(region);
}

/** Names of the public parameters that begin with a text, in their order, from after another name on. */
export function publicParameterNames(ctx: Context, prefix: string, after = ""): string[] {
  const { names } = ctx.memory(catalog);
  return names.filter((name) => name.startsWith(prefix) && name > after);
}
