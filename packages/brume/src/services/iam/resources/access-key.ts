/** AWS::IAM::AccessKey */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { completing, orGone } from "./entity.js";

interface Created {
  AccessKey: { AccessKeyId: string; SecretAccessKey: string };
}

async function setStatus(Id: string, { UserName, Status }: Properties, ctx: ResourceContext): Promise<void> {
  await ctx.call("iam", "UpdateAccessKey", { UserName, AccessKeyId: Id, Status: Status ?? "Active" });
}

export default defineResource({
  async create(desired, ctx) {
    const { UserName } = desired;
    const { AccessKey } = await ctx.call<Created>("iam", "CreateAccessKey", { UserName });
    const { AccessKeyId: Id, SecretAccessKey } = AccessKey;
    await completing(
      () => setStatus(Id, desired, ctx),
      () => ctx.call("iam", "DeleteAccessKey", { UserName, AccessKeyId: Id }),
    );
    return { Status: "Active", ...desired, Id, SecretAccessKey };
  },
  async read(actual, ctx) {
    const found = await orGone(
      ctx.call<{ AccessKeyMetadata: { AccessKeyId: string; Status: string }[] }>("iam", "ListAccessKeys", {
        UserName: actual.UserName,
      }),
    );
    const key = found?.AccessKeyMetadata.find(({ AccessKeyId }) => AccessKeyId === actual.Id);
    return key && { ...actual, Status: key.Status };
  },
  async update(desired, actual, ctx) {
    await setStatus(actual.Id as string, desired, ctx);
    return { ...actual, ...desired, Status: desired.Status ?? "Active" };
  },
  async delete({ UserName, Id }, ctx) {
    await orGone(ctx.call("iam", "DeleteAccessKey", { UserName, AccessKeyId: Id }));
  },
  async list() {
    return [];
  },
});
