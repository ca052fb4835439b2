/** The operations on grants. */
import type { GrantConstraints, GrantOperation } from "@aws-sdk/client-kms";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { check, page, validation } from "./constraints.js";
import { checkGrantTokens, type Grant, grantOf, grants, newToken } from "./grant.js";
import type { Key, Usage } from "./key.js";
import { checkEnabled, endDryRun, getKey, keyArn, notFound } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

const MAX_GRANTS = 50_000;
const MAX_CONTEXT_PAIRS = 8;
const PRINCIPAL = /^[\w+=,.@:/-]+$/;

/** What can be granted on any key, and what on keys of one usage. */
const OPERATIONS_OF_ALL: readonly GrantOperation[] = ["CreateGrant", "DescribeKey", "RetireGrant"];
const OPERATIONS: Readonly<Record<Usage, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ["Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"],
  SIGN_VERIFY: ["GetPublicKey", "Sign", "Verify"],
  GENERATE_VERIFY_MAC: ["GenerateMac", "VerifyMac"],
  KEY_AGREEMENT: ["DeriveSharedSecret", "GetPublicKey"],
};
const OPERATIONS_OF_SYMMETRIC: readonly GrantOperation[] = [
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
];

function grantable({ spec, usage }: Key): readonly GrantOperation[] {
  const special = spec === "SYMMETRIC_DEFAULT" ? OPERATIONS_OF_SYMMETRIC : [];
  const publicKey: GrantOperation[] = spec.startsWith("RSA_") ? ["GetPublicKey"] : [];
  return [...OPERATIONS_OF_ALL, ...OPERATIONS[usage], ...special, ...publicKey];
}

function checkOperations(key: Key, operations: readonly GrantOperation[]): void {
  if (operations.length === 0) throw validation("At least one operation must be specified in the grant.");
  const allowed = grantable(key);
  const every = [...new Set([...Object.values(OPERATIONS).flat(), ...OPERATIONS_OF_ALL, ...OPERATIONS_OF_SYMMETRIC])];
  for (const operation of operations) {
    check("operations", operation, { oneOf: every });
    if (!allowed.includes(operation))
      throw validation(`Operation ${operation} cannot be granted on keys of spec ${key.spec} and usage ${key.usage}.`);
  }
}

function checkConstraints(key: Key, constraints: GrantConstraints | undefined): void {
  if (!constraints) return;
  if (key.spec !== "SYMMETRIC_DEFAULT")
    throw validation("Encryption context constraints are for symmetric encryption keys only.");
  for (const pairs of [constraints.EncryptionContextEquals, constraints.EncryptionContextSubset]) {
    if (Object.keys(pairs ?? {}).length > MAX_CONTEXT_PAIRS)
      throw validation(`A grant constraint can include up to ${MAX_CONTEXT_PAIRS} encryption context pairs.`);
  }
}

export const createGrant: Handler<Kms, "CreateGrant"> = (input, ctx) => {
  check("granteePrincipal", input.GranteePrincipal, { min: 1, max: 256, pattern: PRINCIPAL });
  checkGrantTokens(ctx, input.GrantTokens);
  const found = getKey(ctx, input.KeyId);
  checkEnabled(found);
  const { key, account } = found;
  const operations = (input.Operations ?? []) as GrantOperation[];
  checkOperations(key, operations);
  checkConstraints(key, input.Constraints);
  endDryRun(input.DryRun);
  const table = ctx.table(grants, { account });
  const wanted = {
    keyId: key.id,
    name: input.Name,
    granteePrincipal: input.GranteePrincipal as string,
    retiringPrincipal: input.RetiringPrincipal,
    operations,
    constraints: input.Constraints,
  };
  // A grant with the same name and content is the same grant: that is how a caller tries again.
  const same = table
    .rows({ prefix: [key.id] })
    .find((one) => input.Name !== undefined && JSON.stringify({ ...one, ...wanted }) === JSON.stringify(one));
  if (!same && table.count({ prefix: [key.id], limit: MAX_GRANTS }) >= MAX_GRANTS)
    throw new AwsError("LimitExceededException", `The key has ${MAX_GRANTS} grants already.`);
  const id = randomHex(64);
  const grant: Grant = same ?? {
    id,
    token: newToken(account, key.id, id),
    createdAt: ctx.now(),
    issuingAccount: `arn:${ctx.partition}:iam::${ctx.account}:root`,
    ...wanted,
  };
  table.put([key.id, grant.id], grant);
  return { GrantId: grant.id, GrantToken: grant.token };
};

function grantAnswer(grant: Grant, arn: string) {
  return {
    KeyId: arn,
    GrantId: grant.id,
    Name: grant.name ?? "",
    CreationDate: new Date(grant.createdAt),
    GranteePrincipal: grant.granteePrincipal,
    RetiringPrincipal: grant.retiringPrincipal,
    IssuingAccount: grant.issuingAccount,
    Operations: [...grant.operations],
    Constraints: grant.constraints,
  };
}

export const listGrants: Handler<Kms, "ListGrants"> = (input, ctx) => {
  const { key, account, arn } = getKey(ctx, input.KeyId);
  const found = ctx
    .table(grants, { account })
    .rows({ prefix: [key.id] })
    .filter(({ id }) => input.GrantId === undefined || id === input.GrantId)
    .filter(
      ({ granteePrincipal }) => input.GranteePrincipal === undefined || granteePrincipal === input.GranteePrincipal,
    );
  const { items, ...more } = page(found, ({ id }) => id, input, [50, 100]);
  return { Grants: items.map((grant) => grantAnswer(grant, arn)), ...more };
};

export const listRetirableGrants: Handler<Kms, "ListRetirableGrants"> = (input, ctx) => {
  check("retiringPrincipal", input.RetiringPrincipal, { min: 1, max: 256 });
  const found = ctx
    .table(grants)
    .rows()
    .filter(({ retiringPrincipal }) => retiringPrincipal === input.RetiringPrincipal)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const { items, ...more } = page(found, ({ id }) => id, input, [50, 100]);
  return { Grants: items.map((grant) => grantAnswer(grant, keyArn(ctx, grant.keyId))), ...more };
};

function remove(ctx: Context, keyId: string | undefined, grantId: string | undefined): void {
  const { key, account } = getKey(ctx, keyId);
  check("grantId", grantId, { min: 1, max: 128 });
  const table = ctx.table(grants, { account });
  if (!table.has(key.id, grantId as string)) throw notFound(`Grant ID ${grantId} not found`);
  table.delete(key.id, grantId as string);
}

export const revokeGrant: Handler<Kms, "RevokeGrant"> = (input, ctx) => {
  remove(ctx, input.KeyId, input.GrantId);
  endDryRun(input.DryRun);
  return {};
};

export const retireGrant: Handler<Kms, "RetireGrant"> = (input, ctx) => {
  if (input.GrantToken !== undefined) {
    const { grant, account } = grantOf(ctx, input.GrantToken);
    ctx.table(grants, { account }).delete(grant.keyId, grant.id);
  } else {
    if (input.KeyId === undefined || input.GrantId === undefined)
      throw validation("Must specify either grant token or both key ID and grant ID.");
    remove(ctx, input.KeyId, input.GrantId);
  }
  endDryRun(input.DryRun);
  return {};
};
