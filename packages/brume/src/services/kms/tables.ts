/** Where keys and aliases are kept, and how a key is found. */
import { randomBytes } from "node:crypto";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import { defineTable } from "../../kernel/store.js";
import { check } from "./constraints.js";
import { checkGrantTokens } from "./grant.js";
import { defaultPolicy, type Key, stateOf, type Usage } from "./key.js";
import { newMaterial } from "./material.js";

export interface Alias {
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** [id] */
export const keys = defineTable<Key>("kms/keys");
/** [name] */
export const aliases = defineTable<Alias>("kms/aliases");

export const notFound = (message: string) => new AwsError("NotFoundException", message);

export const keyArn = (ctx: Context, id: string, account = ctx.account, region = ctx.region) =>
  ctx.arn(`key/${id}`, "kms", { account, region });
export const aliasArn = (ctx: Context, name: string, account = ctx.account) => ctx.arn(name, "kms", { account });

/** A key, and the account and region that it belongs to. */
export interface Found {
  readonly key: Key;
  readonly account: string;
  readonly region: string;
  readonly arn: string;
}
const found = (ctx: Context, key: Key, account: string, region = ctx.region): Found => ({
  key,
  account,
  region,
  arn: keyArn(ctx, key.id, account, region),
});

/** A key by its id. */
export function findKey(ctx: Context, id: string, account: string, region = ctx.region): Found | undefined {
  const key = ctx.table(keys, { account, region }).get(id);
  return key && found(ctx, key, account, region);
}

const KEY_ID = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/**
 * The key that an id, an alias or the ARN of either means.
 * @throws AwsError `NotFoundException`
 */
export function getKey(ctx: Context, keyId: string | undefined): Found {
  check("keyId", keyId, { min: 1, max: 2048 });
  const given = keyId as string;
  const arn = parseArn(given);
  if (arn && arn.region !== ctx.region) throw notFound(`Invalid arn ${arn.region}`);
  const account = arn?.account || ctx.account;
  const resource = arn?.resource ?? given;
  if (resource.startsWith("alias/")) return getByAlias(ctx, resource, account);
  const id = resource.replace(/^key\//, "");
  if (!arn && !KEY_ID.test(id)) throw notFound(`Invalid keyId '${id}'`);
  const known = findKey(ctx, id, account);
  if (!known) throw notFound(`Key '${keyArn(ctx, id, account)}' does not exist`);
  return known;
}

function getByAlias(ctx: Context, name: string, account: string): Found {
  const alias = ctx.table(aliases, { account }).get(name);
  const known = alias && findKey(ctx, alias.keyId, account);
  if (known) return known;
  if (MANAGED_ALIASES.includes(name)) return makeManaged(ctx, name, account);
  throw notFound(`Alias ${aliasArn(ctx, name, account)} is not found.`);
}

/** The aliases of the keys that services have of their own. */
export const MANAGED_ALIASES: readonly string[] = (
  "acm airflow appflow apprunner aps athena auditmanager awstransfer backup bedrock chatbot cloudtrail codeartifact " +
  "codebuild codecommit codewhisperer connect dms dynamodb ebs ec2 ecr eks elasticache elasticfilesystem es events " +
  "finspace firehose fsx gamelift glacier glue healthlake imagebuilder inspector2 kafka kinesis kinesisvideo lambda " +
  "lex lightsail logs lookoutmetrics memorydb mq neptune personalize pipes qbusiness rds redshift " +
  "redshift-serverless route53resolver s3 sagemaker secretsmanager securityhub sns sqs ssm states storagegateway " +
  "synthetics timestream transcribe transfer workmail workspaces xray"
)
  .split(" ")
  .map((service) => `alias/aws/${service}`);

export const DAY_MS = 24 * 60 * 60 * 1000;
/** AWS rotates its own keys every year. */
const MANAGED_PERIOD_DAYS = 365;

/** A service's own key comes into being when it is first asked for. */
function makeManaged(ctx: Context, name: string, account: string): Found {
  const now = ctx.now();
  const id = uuid();
  const key: Key = {
    id,
    createdAt: now,
    spec: "SYMMETRIC_DEFAULT",
    usage: "ENCRYPT_DECRYPT",
    description: `Default key that protects my ${name.slice("alias/aws/".length)} data when no other key is defined`,
    enabled: true,
    manager: "AWS",
    origin: "AWS_KMS",
    policy: defaultPolicy(ctx.partition, account),
    tags: {},
    materials: [newMaterial(id, randomBytes(32))],
  };
  ctx.table(aliases, { account }).put([name], { name, keyId: id, createdAt: now, updatedAt: now });
  const made = found(ctx, key, account);
  changeKey(ctx, made, {});
  setRotation(ctx, made, { periodDays: MANAGED_PERIOD_DAYS, nextAt: now + MANAGED_PERIOD_DAYS * DAY_MS });
  return made;
}

/** Stores a key with some of its members changed. */
export function changeKey(ctx: Context, { key, account, region }: Found, change: Partial<Key>): Key {
  const changed = { ...key, ...change };
  ctx.table(keys, { account, region }).put([key.id], changed);
  return changed;
}

/** A key and, of a multi-Region key, all others of its id: the primary first. As they are now, not as they were found. */
export function relatedOf(ctx: Context, { key, account, region }: Found): Found[] {
  const { primary, replicas } = key.multiRegion ?? { primary: region, replicas: [] };
  return [primary, ...replicas].flatMap((one) => findKey(ctx, key.id, account, one) ?? []);
}

export const isReplica = ({ key, region }: Found): boolean =>
  key.multiRegion !== undefined && key.multiRegion.primary !== region;

/** Sets when a key rotates by itself, if it does. */
export function setRotation(ctx: Context, known: Found, rotation: Key["rotation"]): void {
  for (const related of relatedOf(ctx, known)) changeKey(ctx, related, { rotation });
  const { key, account } = known;
  const region = key.multiRegion?.primary ?? known.region;
  // A multi-Region key has one timer, wherever its primary is.
  const id = `kms/rotate/${account}/${key.multiRegion ? "" : region}/${key.id}`;
  if (rotation) ctx.schedule({ at: rotation.nextAt, kind: "rotate", payload: { keyId: key.id, account, region }, id });
  else ctx.cancel(id);
}

/** @throws AwsError `KMSInvalidStateException` if the key is in one of these states */
export function refuseStates({ key, arn }: Found, ...refused: ReturnType<typeof stateOf>[]): void {
  const state = stateOf(key);
  if (refused.includes(state)) throw new AwsError("KMSInvalidStateException", `${arn} ${STATE_TEXTS[state]}.`);
}

const STATE_TEXTS: Readonly<Record<ReturnType<typeof stateOf>, string>> = {
  PendingReplicaDeletion: "is pending replica deletion",
  PendingDeletion: "is pending deletion",
  PendingImport: "is pending import",
  Enabled: "is enabled",
  Disabled: "is disabled",
};

/** A key that is not about to be deleted. @throws AwsError `KMSInvalidStateException` */
export function getLiveKey(ctx: Context, keyId: string | undefined): Found {
  const known = getKey(ctx, keyId);
  refuseStates(known, "PendingDeletion", "PendingReplicaDeletion");
  return known;
}

export function checkOwn(ctx: Context, found: Found): Found {
  if (found.key.manager === "AWS") {
    const message = `User: ${ctx.principal.arn} is not authorized to perform: kms:${ctx.operation} on resource: ${found.arn}`;
    throw new AwsError("AccessDeniedException", message);
  }
  return found;
}

/** A key that may be managed: AWS's own may not. */
export function getOwnKey(ctx: Context, keyId: string | undefined): Found {
  return checkOwn(ctx, getLiveKey(ctx, keyId));
}

/** A key that can be used for something now. @throws AwsError `DisabledException`, `InvalidKeyUsageException` */
export function getUsableKey(ctx: Context, { KeyId, GrantTokens }: KeyInput, usage: Usage): Found {
  checkGrantTokens(ctx, GrantTokens);
  return checkUsable(ctx, getKey(ctx, KeyId), usage);
}

/** What inputs have that name a key to be used. */
export interface KeyInput {
  KeyId?: string | undefined;
  GrantTokens?: string[] | undefined;
}

/** @throws AwsError `KMSInvalidStateException`, `DisabledException` */
export function checkEnabled(found: Found): void {
  refuseStates(found, "PendingDeletion", "PendingReplicaDeletion", "PendingImport");
  if (!found.key.enabled) throw new AwsError("DisabledException", `${found.arn} is disabled.`);
}

export function checkUsable(ctx: Context, found: Found, usage: Usage): Found {
  checkEnabled(found);
  const { key, arn } = found;
  if (key.usage !== usage) {
    throw new AwsError(
      "InvalidKeyUsageException",
      `${arn} key usage is ${key.usage} which is not valid for ${ctx.operation}.`,
    );
  }
  return found;
}

/** Ends a call that is only to find out whether it would succeed. */
export function endDryRun(dryRun: boolean | undefined): void {
  if (dryRun)
    throw new AwsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}

/** The ARN of the key that an input names, for authorization; what names none is authorized as it stands. */
export function keyOf({ KeyId }: { KeyId?: string | undefined }, ctx: Context): string {
  try {
    return getKey(ctx, KeyId).arn;
  } catch {
    return KeyId?.startsWith("arn:") ? KeyId : keyArn(ctx, KeyId ?? "*");
  }
}
