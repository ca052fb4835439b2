/** AWS::ECR::RegistryScanningConfiguration */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { toMembers, toProperties } from "./member-names.js";

interface Scanning {
  registryId: string;
  scanningConfiguration: { scanType: string; rules: Json };
}

/** What a registry has that nobody has configured. */
const DEFAULTS = { scanType: "BASIC", rules: [] };

async function read(ctx: ResourceContext): Promise<Properties> {
  const { registryId, scanningConfiguration } = await ctx.call<Scanning>("ecr", "GetRegistryScanningConfiguration", {});
  const { scanType, rules } = scanningConfiguration;
  return { RegistryId: registryId, ScanType: scanType, Rules: toProperties(rules) };
}

async function put({ ScanType, Rules = [] }: Properties, ctx: ResourceContext): Promise<Properties> {
  await ctx.call("ecr", "PutRegistryScanningConfiguration", { scanType: ScanType, rules: toMembers(Rules) });
  return read(ctx);
}

export default defineResource({
  create: put,
  read: (_actual, ctx) => read(ctx),
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete(_actual, ctx) {
    await ctx.call("ecr", "PutRegistryScanningConfiguration", DEFAULTS);
  },
  async list(ctx) {
    return [await read(ctx)];
  },
});
