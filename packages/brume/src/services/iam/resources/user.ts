/** AWS::IAM::User */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, tagsOf } from "../../../kernel/template-values.js";
import { completing, orGone, readPolicies, removePolicies, syncPolicies, syncTags, type Tag, texts } from "./entity.js";

interface UserAnswer {
  User: {
    UserName: string;
    Arn: string;
    Path: string;
    PermissionsBoundary?: { PermissionsBoundaryArn: string };
    Tags?: Tag[];
  };
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { UserName } = actual;
  const found = await orGone(ctx.call<UserAnswer>("iam", "GetUser", { UserName }));
  if (!found) return undefined;
  const { User } = found;
  const { Groups } = await ctx.call<{ Groups: { GroupName: string }[] }>("iam", "ListGroupsForUser", { UserName });
  return {
    ...defined({
      UserName: User.UserName,
      Arn: User.Arn,
      Path: User.Path,
      PermissionsBoundary: User.PermissionsBoundary?.PermissionsBoundaryArn,
      Groups: Groups.length > 0 ? Groups.map(({ GroupName }) => GroupName) : undefined,
      Tags: User.Tags?.map(({ Key, Value }) => ({ Key, Value })),
    }),
    ...(await readPolicies("User", User.UserName, actual, ctx)),
  };
}

async function syncGroups(UserName: string, desired: Properties, previous: Properties, ctx: ResourceContext) {
  const groups = texts(desired.Groups);
  for (const GroupName of texts(previous.Groups).filter((name) => !groups.includes(name))) {
    await orGone(ctx.call("iam", "RemoveUserFromGroup", { GroupName, UserName }));
  }
  for (const GroupName of groups) await ctx.call("iam", "AddUserToGroup", { GroupName, UserName });
}

async function syncLogin(
  UserName: string,
  desired: Json | undefined,
  previous: Json | undefined,
  ctx: ResourceContext,
) {
  if (desired === undefined) {
    if (previous !== undefined) await orGone(ctx.call("iam", "DeleteLoginProfile", { UserName }));
    return;
  }
  const { Password, PasswordResetRequired } = desired as Properties;
  const operation = previous === undefined ? "CreateLoginProfile" : "UpdateLoginProfile";
  const resetRequired = String(PasswordResetRequired) === "true";
  await ctx.call("iam", operation, { UserName, Password, PasswordResetRequired: resetRequired });
}

async function remove(actual: Properties, ctx: ResourceContext): Promise<void> {
  const UserName = actual.UserName as string;
  await orGone(ctx.call("iam", "DeleteLoginProfile", { UserName }));
  await syncGroups(UserName, {}, actual, ctx);
  await removePolicies("User", UserName, actual, ctx);
  await orGone(ctx.call("iam", "DeleteUser", { UserName }));
}

export default defineResource({
  async create(desired, ctx) {
    const UserName = (desired.UserName as string | undefined) ?? ctx.physicalName({ maxLength: 64 });
    const { Path, PermissionsBoundary } = desired;
    await ctx.call("iam", "CreateUser", { UserName, Path, PermissionsBoundary, Tags: tagsOf(desired) });
    return completing(
      async () => {
        await syncPolicies("User", UserName, desired, {}, ctx);
        await syncGroups(UserName, desired, {}, ctx);
        await syncLogin(UserName, desired.LoginProfile, undefined, ctx);
        return (await read({ ...desired, UserName }, ctx)) ?? { UserName };
      },
      () => remove({ ...desired, UserName }, ctx),
    );
  },
  read,
  async update(desired, actual, ctx, previous) {
    const UserName = actual.UserName as string;
    if (desired.Path !== undefined && desired.Path !== actual.Path)
      await ctx.call("iam", "UpdateUser", { UserName, NewPath: desired.Path });
    const { PermissionsBoundary } = desired;
    if (PermissionsBoundary !== undefined)
      await ctx.call("iam", "PutUserPermissionsBoundary", { UserName, PermissionsBoundary });
    else if (previous.PermissionsBoundary !== undefined)
      await orGone(ctx.call("iam", "DeleteUserPermissionsBoundary", { UserName }));
    await syncPolicies("User", UserName, desired, previous, ctx);
    await syncGroups(UserName, desired, previous, ctx);
    await syncLogin(UserName, desired.LoginProfile, previous.LoginProfile, ctx);
    await syncTags("User", { UserName }, desired, actual, ctx);
    return (await read({ ...desired, UserName }, ctx)) ?? { UserName };
  },
  delete: remove,
  async list(ctx) {
    const { Users } = await ctx.call<{ Users: { UserName: string }[] }>("iam", "ListUsers", { MaxItems: 1000 });
    return Users.map(({ UserName }) => ({ UserName }));
  },
});
