/** The operations on aliases. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, page, validation } from "./constraints.js";
import { type Key, SPECS } from "./key.js";
import {
  type Alias,
  aliasArn,
  aliases,
  findKey,
  getKey,
  getLiveKey,
  keyArn,
  MANAGED_ALIASES,
  notFound,
} from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

const MAX_ALIASES = 50;

function checkAliasName(name: string | undefined): string {
  check("aliasName", name, { min: 1, max: 256 });
  const text = name as string;
  if (!text.startsWith("alias/")) throw validation("Invalid identifier");
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(text)) {
    throw validation(
      `1 validation error detected: Value '${text}' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$`,
    );
  }
  if (text.startsWith("alias/aws/")) throw new AwsError("NotAuthorizedException", "");
  return text;
}

function checkTarget(ctx: Context, keyId: string | undefined): string {
  const arnOrId = keyId ?? "";
  if (arnOrId.startsWith("alias/") || arnOrId.includes(":alias/"))
    throw validation("Aliases must refer to keys. Not aliases");
  const { key, account } = getLiveKey(ctx, keyId);
  if (account !== ctx.account)
    throw new AwsError("AccessDeniedException", "An alias and its key are of the same account.");
  return key.id;
}

function checkCount(ctx: Context, keyId: string): void {
  const count = ctx
    .table(aliases)
    .rows()
    .filter((alias) => alias.keyId === keyId).length;
  if (count >= MAX_ALIASES)
    throw new AwsError("LimitExceededException", `The key has ${MAX_ALIASES} aliases already, which is the most.`);
}

/** What kind of key a key is, as far as its aliases go. */
function kindOf({ spec, usage }: Key): string {
  const kind = spec === "SYMMETRIC_DEFAULT" ? "symmetric" : SPECS[spec]?.bytes === undefined ? "asymmetric" : "HMAC";
  return `${kind} ${usage}`;
}

/** An alias goes on meaning a key of the same kind. */
function checkSameKind(ctx: Context, before: string, after: string): void {
  const [from, to] = [findKey(ctx, before, ctx.account), findKey(ctx, after, ctx.account)];
  if (from && to && kindOf(from.key) !== kindOf(to.key))
    throw validation("The current and new KMS key must be the same type, and they must have the same key usage.");
}

export const createAlias: Handler<Kms, "CreateAlias"> = (input, ctx) => {
  const name = checkAliasName(input.AliasName);
  const keyId = checkTarget(ctx, input.TargetKeyId);
  if (ctx.table(aliases).has(name)) {
    throw new AwsError("AlreadyExistsException", `An alias with the name ${aliasArn(ctx, name)} already exists`);
  }
  checkCount(ctx, keyId);
  const now = ctx.now();
  ctx.table(aliases).put([name], { name, keyId, createdAt: now, updatedAt: now });
  return {};
};

export const updateAlias: Handler<Kms, "UpdateAlias"> = (input, ctx) => {
  const name = checkAliasName(input.AliasName);
  const alias = ctx.table(aliases).get(name);
  if (!alias) throw notFound(`Alias ${aliasArn(ctx, name)} is not found.`);
  const keyId = checkTarget(ctx, input.TargetKeyId);
  checkSameKind(ctx, alias.keyId, keyId);
  if (keyId !== alias.keyId) checkCount(ctx, keyId);
  ctx.table(aliases).put([name], { ...alias, keyId, updatedAt: ctx.now() });
  return {};
};

export const deleteAlias: Handler<Kms, "DeleteAlias"> = (input, ctx) => {
  const name = checkAliasName(input.AliasName);
  if (!ctx.table(aliases).delete(name)) throw notFound(`Alias ${aliasArn(ctx, name)} is not found.`);
  return {};
};

export const listAliases: Handler<Kms, "ListAliases"> = (input, ctx) => {
  const target = input.KeyId === undefined ? undefined : getKey(ctx, input.KeyId).key.id;
  const made = ctx.table(aliases).rows();
  // The aliases of services whose keys do not exist yet are listed without a key.
  const names = new Set(made.map(({ name }) => name));
  const others = MANAGED_ALIASES.filter((name) => !names.has(name)).map((name) => ({ name }));
  const found: (Partial<Alias> & Pick<Alias, "name">)[] =
    target === undefined ? [...made, ...others] : made.filter(({ keyId }) => keyId === target);
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, ...more } = page(found, ({ name }) => name, input, [50, 100]);
  return {
    Aliases: items.map(({ name, keyId, createdAt, updatedAt }) => ({
      AliasName: name,
      AliasArn: aliasArn(ctx, name),
      TargetKeyId: keyId,
      CreationDate: createdAt === undefined ? undefined : new Date(createdAt),
      LastUpdatedDate: updatedAt === undefined ? undefined : new Date(updatedAt),
    })),
    ...more,
  };
};

/** The ARNs of an alias and of the key that an input points it at, for authorization. */
export function aliasAndKeyOf(
  { AliasName = "", TargetKeyId }: { AliasName?: string | undefined; TargetKeyId?: string | undefined },
  ctx: Context,
): string[] {
  const id = TargetKeyId ?? ctx.table(aliases).get(AliasName)?.keyId;
  const key = id === undefined ? [] : [id.startsWith("arn:") ? id : keyArn(ctx, id)];
  return [aliasArn(ctx, AliasName), ...key];
}
