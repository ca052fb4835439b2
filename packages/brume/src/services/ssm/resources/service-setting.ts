/** AWS::SSM::ServiceSetting */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toText } from "../../../kernel/template-values.js";

interface Answer {
  ServiceSetting: {
    SettingId: string;
    SettingValue: string;
    Status: string;
    ARN: string;
    LastModifiedDate?: Date;
    LastModifiedUser?: string;
  };
}

async function read({ SettingId, Arn }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { ServiceSetting: setting } = await ctx.call<Answer>("ssm", "GetServiceSetting", {
    SettingId: SettingId ?? Arn,
  });
  // A setting is always there; as a resource it is as long as it was changed.
  if (setting.Status === "Default") return undefined;
  return defined({
    SettingId: setting.SettingId,
    SettingValue: setting.SettingValue,
    Status: setting.Status,
    Arn: setting.ARN,
    LastModifiedDate: setting.LastModifiedDate?.toISOString(),
    LastModifiedUser: setting.LastModifiedUser,
  });
}

async function set({ SettingId, SettingValue }: Properties, ctx: ResourceContext): Promise<Properties> {
  await ctx.call("ssm", "UpdateServiceSetting", { SettingId, SettingValue: toText(SettingValue) });
  return (await read({ SettingId: SettingId as Json }, ctx)) ?? {};
}

export default defineResource({
  create: set,
  read,
  update: (desired, _actual, ctx) => set(desired, ctx),
  async delete({ SettingId }, ctx) {
    await ctx.call("ssm", "ResetServiceSetting", { SettingId });
  },
  async list() {
    return [];
  },
});
