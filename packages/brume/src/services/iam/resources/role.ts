/** AWS::IAM::Role */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, tagsOf } from "../../../kernel/template-values.js";
import {
  completing,
  documentJson,
  documentText,
  orGone,
  readPolicies,
  removePolicies,
  syncPolicies,
  syncTags,
  type Tag,
} from "./entity.js";

interface RoleAnswer {
  Role: {
    RoleName: string;
    RoleId: string;
    Arn: string;
    Path: string;
    AssumeRolePolicyDocument: string;
    Description?: string;
    MaxSessionDuration: number;
    PermissionsBoundary?: { PermissionsBoundaryArn: string };
    Tags?: Tag[];
  };
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { RoleName } = actual;
  const found = await orGone(ctx.call<RoleAnswer>("iam", "GetRole", { RoleName }));
  if (!found) return undefined;
  const { Role } = found;
  return {
    ...defined({
      RoleName: Role.RoleName,
      RoleId: Role.RoleId,
      Arn: Role.Arn,
      Path: Role.Path,
      AssumeRolePolicyDocument: documentJson(Role.AssumeRolePolicyDocument),
      Description: Role.Description || undefined,
      MaxSessionDuration: Role.MaxSessionDuration,
      PermissionsBoundary: Role.PermissionsBoundary?.PermissionsBoundaryArn,
      Tags: Role.Tags?.map(({ Key, Value }) => ({ Key, Value })),
    }),
    ...(await readPolicies("Role", Role.RoleName, actual, ctx)),
  };
}

async function remove(actual: Properties, ctx: ResourceContext): Promise<void> {
  const { RoleName } = actual;
  await removePolicies("Role", RoleName as string, actual, ctx);
  await orGone(ctx.call("iam", "DeleteRole", { RoleName }));
}

export default defineResource({
  async create(desired, ctx) {
    const RoleName = (desired.RoleName as string | undefined) ?? ctx.physicalName({ maxLength: 64 });
    await ctx.call("iam", "CreateRole", {
      RoleName,
      Path: desired.Path,
      AssumeRolePolicyDocument: documentText(desired.AssumeRolePolicyDocument),
      Description: desired.Description,
      MaxSessionDuration: desired.MaxSessionDuration === undefined ? undefined : Number(desired.MaxSessionDuration),
      PermissionsBoundary: desired.PermissionsBoundary,
      Tags: tagsOf(desired),
    });
    return completing(
      async () => {
        await syncPolicies("Role", RoleName, desired, {}, ctx);
        return (await read({ ...desired, RoleName }, ctx)) ?? { RoleName };
      },
      () => remove({ ...desired, RoleName }, ctx),
    );
  },
  read,
  async update(desired, actual, ctx, previous) {
    const RoleName = actual.RoleName as string;
    await ctx.call("iam", "UpdateAssumeRolePolicy", {
      RoleName,
      PolicyDocument: documentText(desired.AssumeRolePolicyDocument),
    });
    await ctx.call("iam", "UpdateRole", {
      RoleName,
      Description: desired.Description ?? "",
      MaxSessionDuration: Number(desired.MaxSessionDuration ?? 3600),
    });
    const { PermissionsBoundary } = desired;
    if (PermissionsBoundary !== undefined) {
      await ctx.call("iam", "PutRolePermissionsBoundary", { RoleName, PermissionsBoundary });
    } else if (previous.PermissionsBoundary !== undefined) {
      await orGone(ctx.call("iam", "DeleteRolePermissionsBoundary", { RoleName }));
    }
    await syncPolicies("Role", RoleName, desired, previous, ctx);
    await syncTags("Role", { RoleName }, desired, actual, ctx);
    return (await read({ ...desired, RoleName }, ctx)) ?? { RoleName };
  },
  delete: remove,
  async list(ctx) {
    const { Roles } = await ctx.call<{ Roles: { RoleName: string }[] }>("iam", "ListRoles", { MaxItems: 1000 });
    return Roles.map(({ RoleName }) => ({ RoleName }));
  },
});
