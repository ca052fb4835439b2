/** AWS::IAM::InstanceProfile */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { completing, orGone, texts } from "./entity.js";

interface ProfileAnswer {
  InstanceProfile: { InstanceProfileName: string; Arn: string; Path: string; Roles: { RoleName: string }[] };
}

async function read({ InstanceProfileName }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await orGone(ctx.call<ProfileAnswer>("iam", "GetInstanceProfile", { InstanceProfileName }));
  if (!found) return undefined;
  const { InstanceProfileName: name, Arn, Path, Roles } = found.InstanceProfile;
  return { InstanceProfileName: name, Arn, Path, Roles: Roles.map(({ RoleName }) => RoleName) };
}

async function syncRoles(InstanceProfileName: string, desired: string[], actual: string[], ctx: ResourceContext) {
  for (const RoleName of actual.filter((name) => !desired.includes(name))) {
    await orGone(ctx.call("iam", "RemoveRoleFromInstanceProfile", { InstanceProfileName, RoleName }));
  }
  for (const RoleName of desired.filter((name) => !actual.includes(name))) {
    await ctx.call("iam", "AddRoleToInstanceProfile", { InstanceProfileName, RoleName });
  }
}

async function remove(actual: Properties, ctx: ResourceContext): Promise<void> {
  const InstanceProfileName = actual.InstanceProfileName as string;
  await syncRoles(InstanceProfileName, [], texts(actual.Roles), ctx);
  await orGone(ctx.call("iam", "DeleteInstanceProfile", { InstanceProfileName }));
}

export default defineResource({
  async create(desired, ctx) {
    const InstanceProfileName =
      (desired.InstanceProfileName as string | undefined) ?? ctx.physicalName({ maxLength: 128 });
    await ctx.call("iam", "CreateInstanceProfile", { InstanceProfileName, Path: desired.Path });
    return completing(
      async () => {
        await syncRoles(InstanceProfileName, texts(desired.Roles), [], ctx);
        return (await read({ InstanceProfileName }, ctx)) ?? { InstanceProfileName };
      },
      () => remove({ ...desired, InstanceProfileName }, ctx),
    );
  },
  read,
  async update(desired, actual, ctx) {
    const InstanceProfileName = actual.InstanceProfileName as string;
    await syncRoles(InstanceProfileName, texts(desired.Roles), texts(actual.Roles), ctx);
    return (await read({ InstanceProfileName }, ctx)) ?? { InstanceProfileName };
  },
  delete: remove,
  async list(ctx) {
    const { InstanceProfiles } = await ctx.call<{ InstanceProfiles: { InstanceProfileName: string }[] }>(
      "iam",
      "ListInstanceProfiles",
      { MaxItems: 1000 },
    );
    return InstanceProfiles.map(({ InstanceProfileName }) => ({ InstanceProfileName }));
  },
});
