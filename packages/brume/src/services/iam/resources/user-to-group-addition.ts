/** AWS::IAM::UserToGroupAddition */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { orGone, texts } from "./entity.js";

async function take(actual: Properties, kept: string[], ctx: ResourceContext): Promise<void> {
  for (const UserName of texts(actual.Users).filter((name) => !kept.includes(name))) {
    await orGone(ctx.call("iam", "RemoveUserFromGroup", { GroupName: actual.GroupName, UserName }));
  }
}

async function put({ GroupName, Users }: Properties, ctx: ResourceContext): Promise<void> {
  for (const UserName of texts(Users)) await ctx.call("iam", "AddUserToGroup", { GroupName, UserName });
}

export default defineResource({
  async create(desired, ctx) {
    await put(desired, ctx);
    return { ...desired, Id: ctx.physicalName() };
  },
  async read(actual, ctx) {
    const found = await orGone(
      ctx.call<{ Users: { UserName: string }[] }>("iam", "GetGroup", { GroupName: actual.GroupName, MaxItems: 1000 }),
    );
    if (!found) return undefined;
    const members = found.Users.map(({ UserName }) => UserName);
    return { ...actual, Users: texts(actual.Users).filter((name) => members.includes(name)) };
  },
  async update(desired, actual, ctx) {
    await put(desired, ctx);
    await take(actual, desired.GroupName === actual.GroupName ? texts(desired.Users) : [], ctx);
    return { ...desired, Id: actual.Id as string };
  },
  async delete(actual, ctx) {
    await take(actual, [], ctx);
  },
  async list() {
    return [];
  },
});
