/** AWS::IAM::Group */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { completing, orGone, readPolicies, removePolicies, syncPolicies } from "./entity.js";

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { GroupName } = actual;
  const found = await orGone(
    ctx.call<{ Group: { GroupName: string; Arn: string; Path: string } }>("iam", "GetGroup", { GroupName }),
  );
  if (!found) return undefined;
  const { GroupName: name, Arn, Path } = found.Group;
  return { GroupName: name, Arn, Path, ...(await readPolicies("Group", name, actual, ctx)) };
}

async function remove(actual: Properties, ctx: ResourceContext): Promise<void> {
  const GroupName = actual.GroupName as string;
  await removePolicies("Group", GroupName, actual, ctx);
  await orGone(ctx.call("iam", "DeleteGroup", { GroupName }));
}

export default defineResource({
  async create(desired, ctx) {
    const GroupName = (desired.GroupName as string | undefined) ?? ctx.physicalName({ maxLength: 128 });
    await ctx.call("iam", "CreateGroup", { GroupName, Path: desired.Path });
    return completing(
      async () => {
        await syncPolicies("Group", GroupName, desired, {}, ctx);
        return (await read({ ...desired, GroupName }, ctx)) ?? { GroupName };
      },
      () => remove({ ...desired, GroupName }, ctx),
    );
  },
  read,
  async update(desired, actual, ctx, previous) {
    const GroupName = actual.GroupName as string;
    if (desired.Path !== undefined && desired.Path !== actual.Path)
      await ctx.call("iam", "UpdateGroup", { GroupName, NewPath: desired.Path });
    await syncPolicies("Group", GroupName, desired, previous, ctx);
    return (await read({ ...desired, GroupName }, ctx)) ?? { GroupName };
  },
  delete: remove,
  async list(ctx) {
    const { Groups } = await ctx.call<{ Groups: { GroupName: string }[] }>("iam", "ListGroups", { MaxItems: 1000 });
    return Groups.map(({ GroupName }) => ({ GroupName }));
  },
});
