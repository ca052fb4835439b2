/** AWS::IAM::ManagedPolicy */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined } from "../../../kernel/template-values.js";
import { completing, documentJson, documentText, type EntityKind, orGone, texts } from "./entity.js";

const KINDS = ["Role", "User", "Group"] as const satisfies EntityKind[];
const MAX_VERSIONS = 5;

interface PolicyAnswer {
  Policy: {
    PolicyName: string;
    PolicyId: string;
    Arn: string;
    Path: string;
    DefaultVersionId: string;
    AttachmentCount: number;
    PermissionsBoundaryUsageCount: number;
    IsAttachable: boolean;
    Description?: string;
    CreateDate: Date;
    UpdateDate: Date;
  };
}
interface Versions {
  Versions: { VersionId: string; IsDefaultVersion: boolean }[];
}

async function read({ PolicyArn }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await orGone(ctx.call<PolicyAnswer>("iam", "GetPolicy", { PolicyArn }));
  if (!found) return undefined;
  const { Policy } = found;
  const { PolicyVersion } = await ctx.call<{ PolicyVersion: { Document: string } }>("iam", "GetPolicyVersion", {
    PolicyArn,
    VersionId: Policy.DefaultVersionId,
  });
  const entities = await ctx.call<Record<string, Record<string, string>[]>>("iam", "ListEntitiesForPolicy", {
    PolicyArn,
    MaxItems: 1000,
  });
  const namesOf = (kind: EntityKind) => {
    const names = (entities[`Policy${kind}s`] ?? []).map((entity) => entity[`${kind}Name`] as string);
    return names.length > 0 ? names : undefined;
  };
  return defined({
    PolicyArn: Policy.Arn,
    ManagedPolicyName: Policy.PolicyName,
    Path: Policy.Path,
    Description: Policy.Description,
    PolicyDocument: documentJson(PolicyVersion.Document),
    Roles: namesOf("Role"),
    Users: namesOf("User"),
    Groups: namesOf("Group"),
    PolicyId: Policy.PolicyId,
    AttachmentCount: Policy.AttachmentCount,
    PermissionsBoundaryUsageCount: Policy.PermissionsBoundaryUsageCount,
    DefaultVersionId: Policy.DefaultVersionId,
    IsAttachable: Policy.IsAttachable,
    CreateDate: Policy.CreateDate.toISOString(),
    UpdateDate: Policy.UpdateDate.toISOString(),
  });
}

/** Attaches the policy to what is desired, and detaches it from what `previous` had beside that. */
async function syncTargets(PolicyArn: string, desired: Properties, previous: Properties, ctx: ResourceContext) {
  for (const kind of KINDS) {
    const names = texts(desired[`${kind}s`]);
    for (const name of texts(previous[`${kind}s`]).filter((one) => !names.includes(one))) {
      await orGone(ctx.call("iam", `Detach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn }));
    }
    for (const name of names) await ctx.call("iam", `Attach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn });
  }
}

async function remove(actual: Properties, ctx: ResourceContext): Promise<void> {
  const PolicyArn = actual.PolicyArn as string;
  await syncTargets(PolicyArn, {}, actual, ctx);
  const found = await orGone(ctx.call<Versions>("iam", "ListPolicyVersions", { PolicyArn }));
  for (const { VersionId, IsDefaultVersion } of found?.Versions ?? []) {
    if (!IsDefaultVersion) await ctx.call("iam", "DeletePolicyVersion", { PolicyArn, VersionId });
  }
  await orGone(ctx.call("iam", "DeletePolicy", { PolicyArn }));
}

export default defineResource({
  async create(desired, ctx) {
    const { Policy } = await ctx.call<PolicyAnswer>("iam", "CreatePolicy", {
      PolicyName: desired.ManagedPolicyName ?? ctx.physicalName({ maxLength: 128 }),
      Path: desired.Path,
      Description: desired.Description,
      PolicyDocument: documentText(desired.PolicyDocument),
    });
    const PolicyArn = Policy.Arn;
    return completing(
      async () => {
        await syncTargets(PolicyArn, desired, {}, ctx);
        return (await read({ PolicyArn }, ctx)) ?? { PolicyArn };
      },
      () => remove({ ...desired, PolicyArn }, ctx),
    );
  },
  read,
  async update(desired, actual, ctx, previous) {
    const PolicyArn = actual.PolicyArn as string;
    const document = documentText(desired.PolicyDocument);
    if (document !== documentText(actual.PolicyDocument)) {
      const { Versions } = await ctx.call<Versions>("iam", "ListPolicyVersions", { PolicyArn });
      const oldest = Versions.filter((version) => !version.IsDefaultVersion).at(-1);
      if (Versions.length >= MAX_VERSIONS && oldest)
        await ctx.call("iam", "DeletePolicyVersion", { PolicyArn, VersionId: oldest.VersionId });
      await ctx.call("iam", "CreatePolicyVersion", { PolicyArn, PolicyDocument: document, SetAsDefault: true });
    }
    await syncTargets(PolicyArn, desired, previous, ctx);
    return (await read({ PolicyArn }, ctx)) ?? { PolicyArn };
  },
  delete: remove,
  async list(ctx) {
    const { Policies } = await ctx.call<{ Policies: { Arn: string }[] }>("iam", "ListPolicies", {
      Scope: "Local",
      MaxItems: 1000,
    });
    return Policies.map(({ Arn }) => ({ PolicyArn: Arn }));
  },
});
