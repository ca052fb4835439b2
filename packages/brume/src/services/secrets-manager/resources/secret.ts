/** AWS::SecretsManager::Secret */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, same, tagsOf, toText } from "../../../kernel/template-values.js";
import { ifThere, typed } from "./template-values.js";

const SERVICE = "secrets-manager";

interface Tag {
  Key: string;
  Value: string;
}
interface Region {
  Region: string;
  KmsKeyId?: string;
}
interface Description {
  ARN: string;
  Name: string;
  Type?: string;
  Description?: string;
  KmsKeyId?: string;
  DeletedDate?: Date;
  Tags?: Tag[];
  ReplicationStatus?: Region[];
}

const regionsOf = ({ ReplicaRegions }: Properties) =>
  ((ReplicaRegions ?? []) as unknown as Region[]).map(({ Region, KmsKeyId }) => ({ Region, KmsKeyId }));

/** The value that the template gives, or says how to make; `undefined` for a secret that is to hold nothing. */
async function secretString(desired: Properties, ctx: ResourceContext): Promise<string | undefined> {
  if (desired.SecretString !== undefined) return String(desired.SecretString);
  if (desired.GenerateSecretString === undefined) return undefined;
  const { SecretStringTemplate, GenerateStringKey, ...options } = typed(desired.GenerateSecretString, [
    "PasswordLength",
  ]);
  const { RandomPassword } = await ctx.call<{ RandomPassword: string }>(SERVICE, "GetRandomPassword", options);
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return RandomPassword;
  const template = JSON.parse(String(SecretStringTemplate)) as Record<string, Json>;
  return JSON.stringify({ ...template, [String(GenerateStringKey)]: RandomPassword });
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await ifThere(ctx.call<Description>(SERVICE, "DescribeSecret", { SecretId: actual.Id }));
  if (!found || found.DeletedDate !== undefined) return undefined;
  const given = (actual.ReplicaRegions ?? []) as unknown as Region[];
  const replicas = (found.ReplicationStatus ?? []).map(({ Region, KmsKeyId }) => {
    const named = given.find((one) => one.Region === Region);
    return named && named.KmsKeyId === undefined ? { Region } : { Region, KmsKeyId };
  });
  return defined({
    // Their values are write-only: what was given stays in the model.
    SecretString: actual.SecretString,
    GenerateSecretString: actual.GenerateSecretString,
    Id: found.ARN,
    Name: found.Name,
    Type: found.Type,
    Description: found.Description || undefined,
    KmsKeyId: found.KmsKeyId,
    Tags: found.Tags && found.Tags.length > 0 ? found.Tags : undefined,
    ReplicaRegions: replicas.length > 0 ? replicas : undefined,
  });
}

async function modelOf(Id: string, desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { SecretString, GenerateSecretString, ReplicaRegions } = desired;
  const known = defined({ Id, SecretString, GenerateSecretString, ReplicaRegions });
  return (await read(known, ctx)) ?? known;
}

async function setReplicas(SecretId: string, before: Region[], after: Region[], ctx: ResourceContext): Promise<void> {
  const regions = (list: Region[]) => list.map(({ Region }) => Region);
  const RemoveReplicaRegions = regions(before).filter((region) => !regions(after).includes(region));
  if (RemoveReplicaRegions.length > 0)
    await ctx.call(SERVICE, "RemoveRegionsFromReplication", { SecretId, RemoveReplicaRegions });
  const AddReplicaRegions = after.filter(({ Region }) => !regions(before).includes(Region));
  if (AddReplicaRegions.length > 0)
    await ctx.call(SERVICE, "ReplicateSecretToRegions", { SecretId, AddReplicaRegions });
}

export default defineResource({
  async create(desired, ctx) {
    const { ARN } = await ctx.call<{ ARN: string }>(
      SERVICE,
      "CreateSecret",
      defined({
        Name: toText(desired.Name) ?? ctx.physicalName({ maxLength: 512 }),
        Description: toText(desired.Description),
        KmsKeyId: toText(desired.KmsKeyId),
        Type: toText(desired.Type),
        SecretString: await secretString(desired, ctx),
        Tags: tagsOf(desired),
        AddReplicaRegions: desired.ReplicaRegions === undefined ? undefined : regionsOf(desired),
      }),
    );
    return modelOf(ARN, desired, ctx);
  },
  read,
  async update(desired, actual, ctx, previous) {
    const SecretId = actual.Id as string;
    const anew =
      !same(desired.SecretString, previous.SecretString) ||
      !same(desired.GenerateSecretString, previous.GenerateSecretString);
    await ctx.call(
      SERVICE,
      "UpdateSecret",
      defined({
        SecretId,
        Description: toText(desired.Description) ?? "",
        KmsKeyId:
          toText(desired.KmsKeyId) ?? (previous.KmsKeyId === undefined ? undefined : "alias/aws/secretsmanager"),
        Type: toText(desired.Type),
        SecretString: anew ? await secretString(desired, ctx) : undefined,
      }),
    );
    const Tags = tagsOf(desired);
    const TagKeys = tagsOf(actual)
      .map(({ Key }) => Key)
      .filter((key) => !Tags.some(({ Key }) => Key === key));
    if (TagKeys.length > 0) await ctx.call(SERVICE, "UntagResource", { SecretId, TagKeys });
    if (Tags.length > 0) await ctx.call(SERVICE, "TagResource", { SecretId, Tags });
    await setReplicas(SecretId, regionsOf(actual), regionsOf(desired), ctx);
    return modelOf(SecretId, desired, ctx);
  },
  async delete(actual, ctx) {
    const SecretId = actual.Id as string;
    const found = await ifThere(ctx.call<Description>(SERVICE, "DescribeSecret", { SecretId }));
    if (!found) return;
    if (found.ReplicationStatus && found.DeletedDate === undefined)
      await setReplicas(SecretId, found.ReplicationStatus, [], ctx);
    await ctx.call(SERVICE, "DeleteSecret", { SecretId, ForceDeleteWithoutRecovery: true });
  },
  async list(ctx) {
    const found: Properties[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ctx.call<{ SecretList: { ARN: string }[]; NextToken?: string }>(SERVICE, "ListSecrets", {
        NextToken,
      });
      found.push(...page.SecretList.map(({ ARN }) => ({ Id: ARN })));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  },
});
