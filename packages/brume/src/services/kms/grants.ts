/** The operations on grants. */
import type { GrantConstraints, GrantOperation } from "@aws-sdk/client-kms";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBase64, randomHex } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, page, validation } from "./constraints.js";
import { endDryRun, getKey, getLiveKey, keyArn, notFound } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

export interface Grant {
  readonly id: string;
  readonly token: string;
  readonly keyId: string;
  readonly name?: string | undefined;
  readonly createdAt: number;
  readonly granteePrincipal: string;
  readonly retiringPrincipal?: string | undefined;
  readonly issuingAccount: string;
  readonly operations: readonly GrantOperation[];
  readonly constraints?: GrantConstraints | undefined;
}

/** [key id, grant id] */
export const grants = defineTable<Grant>("kms/grants");

export const createGrant: Handler<Kms, "CreateGrant"> = (input, ctx) => {
  const { key, account, arn } = getLiveKey(ctx, input.KeyId);
  if (!key.enabled) throw new AwsError("DisabledException", `${arn} is disabled.`);
  check("granteePrincipal", input.GranteePrincipal, { min: 1, max: 256 });
  const operations = (input.Operations ?? []) as GrantOperation[];
  if (operations.length === 0) throw validation("At least one operation must be specified in the grant.");
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
  const grant: Grant = same ?? {
    id: randomHex(64),
    token: randomBase64(96),
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
  if (!ctx.table(grants, { account }).delete(key.id, grantId ?? "")) throw notFound(`Grant ID ${grantId} not found`);
}

export const revokeGrant: Handler<Kms, "RevokeGrant"> = (input, ctx) => {
  endDryRun(input.DryRun);
  remove(ctx, input.KeyId, input.GrantId);
  return {};
};

export const retireGrant: Handler<Kms, "RetireGrant"> = (input, ctx) => {
  endDryRun(input.DryRun);
  if (input.GrantToken === undefined) {
    remove(ctx, input.KeyId, input.GrantId);
    return {};
  }
  const grant = ctx
    .table(grants)
    .rows()
    .find(({ token }) => token === input.GrantToken);
  if (!grant) throw new AwsError("InvalidGrantTokenException", "The specified grant token is not valid.");
  ctx.table(grants).delete(grant.keyId, grant.id);
  return {};
};
