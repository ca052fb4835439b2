/** Where keys and aliases are kept, and how a key is found. */
import { randomBytes } from "node:crypto";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import { defineTable } from "../../kernel/store.js";
import { check } from "./constraints.js";
import { defaultPolicy, type Key, type Usage } from "./key.js";

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

export const keyArn = (ctx: Context, id: string, account = ctx.account) => ctx.arn(`key/${id}`, "kms", { account });
export const aliasArn = (ctx: Context, name: string, account = ctx.account) => ctx.arn(name, "kms", { account });

/** A key, and the account that it belongs to. */
export interface Found {
  readonly key: Key;
  readonly account: string;
  readonly arn: string;
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
  const key = ctx.table(keys, { account }).get(id);
  if (!key) throw notFound(`Key '${keyArn(ctx, id, account)}' does not exist`);
  return { key, account, arn: keyArn(ctx, id, account) };
}

function getByAlias(ctx: Context, name: string, account: string): Found {
  const alias = ctx.table(aliases, { account }).get(name);
  const key = alias ? ctx.table(keys, { account }).get(alias.keyId) : undefined;
  if (key) return { key, account, arn: keyArn(ctx, key.id, account) };
  if (/^alias\/aws\/[\w/-]+$/.test(name)) return makeManaged(ctx, name, account);
  throw notFound(`Alias ${aliasArn(ctx, name, account)} is not found.`);
}

/** A service's own key comes into being when it is first asked for. */
function makeManaged(ctx: Context, name: string, account: string): Found {
  const now = ctx.now();
  const key: Key = {
    id: uuid(),
    createdAt: now,
    spec: "SYMMETRIC_DEFAULT",
    usage: "ENCRYPT_DECRYPT",
    description: `Default key that protects my ${name.slice("alias/aws/".length)} data when no other key is defined`,
    enabled: true,
    manager: "AWS",
    multiRegion: false,
    policy: defaultPolicy(ctx.partition, account),
    rotation: { periodDays: 365, since: now },
    tags: {},
    materials: [randomBytes(32)],
    rotatedAt: [],
  };
  ctx.table(keys, { account }).put([key.id], key);
  ctx.table(aliases, { account }).put([name], { name, keyId: key.id, createdAt: now, updatedAt: now });
  return { key, account, arn: keyArn(ctx, key.id, account) };
}

/** Stores a key with some of its members changed. */
export function changeKey(ctx: Context, { key, account }: Found, change: Partial<Key>): Key {
  const changed = { ...key, ...change };
  ctx.table(keys, { account }).put([key.id], changed);
  return changed;
}

/** A key that is not about to be deleted. @throws AwsError `KMSInvalidStateException` */
export function getLiveKey(ctx: Context, keyId: string | undefined): Found {
  const found = getKey(ctx, keyId);
  if (found.key.deletionAt !== undefined)
    throw new AwsError("KMSInvalidStateException", `${found.arn} is pending deletion.`);
  return found;
}

/** A key that may be managed: AWS's own may not. */
export function getOwnKey(ctx: Context, keyId: string | undefined): Found {
  const found = getLiveKey(ctx, keyId);
  if (found.key.manager === "AWS") {
    const message = `User: ${ctx.principal.arn} is not authorized to perform: kms:${ctx.operation} on resource: ${found.arn}`;
    throw new AwsError("AccessDeniedException", message);
  }
  return found;
}

/** A key that can be used for something now. @throws AwsError `DisabledException`, `InvalidKeyUsageException` */
export function getUsableKey(ctx: Context, keyId: string | undefined, usage: Usage): Found {
  return checkUsable(ctx, getKey(ctx, keyId), usage);
}

export function checkUsable(ctx: Context, found: Found, usage: Usage): Found {
  const { key, arn } = found;
  if (key.deletionAt !== undefined) throw new AwsError("KMSInvalidStateException", `${arn} is pending deletion.`);
  if (!key.enabled) throw new AwsError("DisabledException", `${arn} is disabled.`);
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
