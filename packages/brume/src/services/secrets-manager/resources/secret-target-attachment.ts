/** AWS::SecretsManager::SecretTargetAttachment */
import { isAwsError } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined } from "../../../kernel/template-values.js";
import { ifThere } from "./template-values.js";

const SERVICE = "secrets-manager";

/** What of a target goes into the secret: the member that names it, and what its properties say of the connection. */
interface Target {
  readonly identifier: string;
  readonly connection: (target: Properties) => Record<string, unknown>;
}

/** A member of a property that is an object, such as `Endpoint.Address`. */
const within = (value: Json | undefined, member: string): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value[member] : undefined;
const portOf = (value: Json | undefined): number | undefined => (value === undefined ? undefined : Number(value));
/** Secrets name engines without their editions: `aurora-mysql` is `mysql` to who connects. */
const engineOf = (engine: Json | undefined): string | undefined =>
  engine === undefined
    ? undefined
    : String(engine)
        .replace(/^aurora-/, "")
        .replace("postgresql", "postgres");

const TARGETS: Readonly<Record<string, Target>> = {
  "AWS::RDS::DBInstance": {
    identifier: "dbInstanceIdentifier",
    connection: ({ Engine, Endpoint, DBName }) => ({
      engine: engineOf(Engine),
      host: within(Endpoint, "Address"),
      port: portOf(within(Endpoint, "Port")),
      dbname: DBName,
    }),
  },
  "AWS::RDS::DBCluster": {
    identifier: "dbClusterIdentifier",
    connection: ({ Engine, Endpoint, DatabaseName }) => ({
      engine: engineOf(Engine),
      host: within(Endpoint, "Address"),
      port: portOf(within(Endpoint, "Port")),
      dbname: DatabaseName,
    }),
  },
  "AWS::RDS::DBProxy": {
    identifier: "dbProxyName",
    connection: ({ Endpoint, EngineFamily }) => ({
      engine: engineOf(EngineFamily && String(EngineFamily).toLowerCase()),
      host: Endpoint,
    }),
  },
  "AWS::DocDB::DBInstance": {
    identifier: "dbInstanceIdentifier",
    connection: ({ Endpoint, Port }) => ({ engine: "mongo", host: Endpoint, port: portOf(Port), ssl: true }),
  },
  "AWS::DocDB::DBCluster": {
    identifier: "dbClusterIdentifier",
    connection: ({ Endpoint, Port }) => ({ engine: "mongo", host: Endpoint, port: portOf(Port), ssl: true }),
  },
  "AWS::Redshift::Cluster": {
    identifier: "dbClusterIdentifier",
    connection: ({ Endpoint, DBName }) => ({
      engine: "redshift",
      host: within(Endpoint, "Address"),
      port: portOf(within(Endpoint, "Port")),
      dbname: DBName,
    }),
  },
  "AWS::RedshiftServerless::Namespace": {
    identifier: "namespaceName",
    connection: ({ DbName }) => ({ engine: "redshift", dbname: DbName }),
  },
};

type Connection = Record<string, Json>;

async function connectionOf(SecretId: Json | undefined, ctx: ResourceContext): Promise<Connection | undefined> {
  const found = await ifThere(ctx.call<{ SecretString?: string }>(SERVICE, "GetSecretValue", { SecretId }));
  return found && (JSON.parse(found.SecretString ?? "{}") as Connection);
}

/** The properties of a target, live or modelled; none, where there is no such resource in this account. */
async function targetOf({ TargetType, TargetId }: Properties, ctx: ResourceContext): Promise<Properties> {
  try {
    const input = { TypeName: TargetType, Identifier: TargetId };
    const found = await ctx.call<{ ResourceDescription: { Properties: string } }>("cloudcontrol", "GetResource", input);
    return JSON.parse(found.ResourceDescription.Properties) as Properties;
  } catch (error) {
    if (!isAwsError(error)) throw error;
    return {};
  }
}

async function attach(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { SecretId, TargetType, TargetId } = desired;
  const target = TARGETS[String(TargetType)];
  const before = (await connectionOf(SecretId, ctx)) ?? {};
  const added = target
    ? defined({ ...target.connection(await targetOf(desired, ctx)), [target.identifier]: TargetId })
    : {};
  const SecretString = JSON.stringify({ ...before, ...added });
  const { ARN } = await ctx.call<{ ARN: string }>(SERVICE, "UpdateSecret", { SecretId, SecretString });
  return { ...desired, Id: ARN };
}

export default defineResource({
  create: attach,
  async read(actual, ctx) {
    const value = await connectionOf(actual.Id, ctx);
    const member = TARGETS[String(actual.TargetType)]?.identifier;
    if (!value || (member !== undefined && value[member] === undefined)) return undefined;
    return { ...actual, SecretId: actual.SecretId ?? (actual.Id as string) };
  },
  update: (desired, _actual, ctx) => attach(desired, ctx),
  async delete({ Id, TargetType }, ctx) {
    const value = await connectionOf(Id, ctx);
    const target = TARGETS[String(TargetType)];
    if (!value || !target || !(target.identifier in value)) return;
    const taken = [target.identifier, ...Object.keys(target.connection({}))];
    const kept = Object.fromEntries(Object.entries(value).filter(([member]) => !taken.includes(member)));
    await ctx.call(SERVICE, "UpdateSecret", { SecretId: Id, SecretString: JSON.stringify(kept) });
  },
  async list() {
    return [];
  },
});
