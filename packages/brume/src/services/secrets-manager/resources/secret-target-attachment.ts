/** AWS::SecretsManager::SecretTargetAttachment */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { ifThere } from "./template-values.js";

const SERVICE = "secrets-manager";

/** What of a target goes into the secret beside the connection: the member that names it. */
const IDENTIFIERS: Readonly<Record<string, string>> = {
  "AWS::RDS::DBInstance": "dbInstanceIdentifier",
  "AWS::RDS::DBCluster": "dbClusterIdentifier",
  "AWS::DocDB::DBInstance": "dbInstanceIdentifier",
  "AWS::DocDB::DBCluster": "dbClusterIdentifier",
  "AWS::Redshift::Cluster": "dbClusterIdentifier",
  "AWS::RedshiftServerless::Namespace": "namespaceName",
};

type Connection = Record<string, Json>;

async function connectionOf(SecretId: Json | undefined, ctx: ResourceContext): Promise<Connection | undefined> {
  const found = await ifThere(ctx.call<{ SecretString?: string }>(SERVICE, "GetSecretValue", { SecretId }));
  return found && (JSON.parse(found.SecretString ?? "{}") as Connection);
}

// Differs from AWS: databases are modelled, so only the target's identifier is added; host, port and engine stay as they are.
async function attach(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { SecretId, TargetType, TargetId } = desired;
  const member = IDENTIFIERS[String(TargetType)];
  const before = (await connectionOf(SecretId, ctx)) ?? {};
  const SecretString = JSON.stringify({
    ...before,
    ...(member && TargetId !== undefined ? { [member]: TargetId } : {}),
  });
  const { ARN } = await ctx.call<{ ARN: string }>(SERVICE, "UpdateSecret", { SecretId, SecretString });
  return { ...desired, Id: ARN };
}

export default defineResource({
  create: attach,
  async read(actual, ctx) {
    const value = await connectionOf(actual.Id, ctx);
    const member = IDENTIFIERS[String(actual.TargetType)];
    if (!value || (member !== undefined && value[member] === undefined)) return undefined;
    return { ...actual, SecretId: actual.SecretId ?? (actual.Id as string) };
  },
  update: (desired, _actual, ctx) => attach(desired, ctx),
  async delete({ Id, TargetType }, ctx) {
    const value = await connectionOf(Id, ctx);
    const member = IDENTIFIERS[String(TargetType)];
    if (!value || member === undefined || !(member in value)) return;
    const { [member]: _, ...kept } = value;
    await ctx.call(SERVICE, "UpdateSecret", { SecretId: Id, SecretString: JSON.stringify(kept) });
  },
  async list() {
    return [];
  },
});
