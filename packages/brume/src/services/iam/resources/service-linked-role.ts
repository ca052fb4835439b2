/** AWS::IAM::ServiceLinkedRole */
import { defineResource } from "../../../kernel/resource.js";
import { defined } from "../../../kernel/template-values.js";
import { orGone } from "./entity.js";

interface RoleAnswer {
  Role: { RoleName: string; Path: string; Description?: string };
}

export default defineResource({
  async create(desired, ctx) {
    const { AWSServiceName, CustomSuffix, Description } = desired;
    const { Role } = await ctx.call<RoleAnswer>("iam", "CreateServiceLinkedRole", {
      AWSServiceName,
      CustomSuffix,
      Description,
    });
    return { ...desired, RoleName: Role.RoleName };
  },
  async read(actual, ctx) {
    const found = await orGone(ctx.call<RoleAnswer>("iam", "GetRole", { RoleName: actual.RoleName }));
    if (!found) return undefined;
    const AWSServiceName = found.Role.Path.split("/")[2] as string;
    return { ...actual, ...defined({ AWSServiceName, Description: found.Role.Description }) };
  },
  // Its description is all that could change, and only its service may change that.
  async update(desired, actual) {
    return { ...desired, RoleName: actual.RoleName as string };
  },
  async delete({ RoleName }, ctx) {
    await orGone(ctx.call("iam", "DeleteServiceLinkedRole", { RoleName }));
  },
  async list(ctx) {
    const { Roles } = await ctx.call<{ Roles: { RoleName: string }[] }>("iam", "ListRoles", {
      PathPrefix: "/aws-service-role/",
      MaxItems: 1000,
    });
    return Roles.map(({ RoleName }) => ({ RoleName }));
  },
});
