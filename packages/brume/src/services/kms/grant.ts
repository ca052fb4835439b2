/** What a grant is, and the tokens that stand for grants. */
import type { GrantConstraints, GrantOperation } from "@aws-sdk/client-kms";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import { defineTable } from "../../kernel/store.js";
import { check, validation } from "./constraints.js";

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

const MAX_TOKENS = 10;

/** A token says where its grant is, so that whoever has it needs nothing else. */
export function newToken(account: string, keyId: string, grantId: string): string {
  return Buffer.from([account, keyId, grantId, randomHex(64)].join("/")).toString("base64");
}

/** The grant that a token stands for, and the account of its key. @throws AwsError `InvalidGrantTokenException` */
export function grantOf(ctx: Context, token: string): { grant: Grant; account: string } {
  const [account = "", keyId = "", id = ""] = Buffer.from(token, "base64").toString().split("/");
  const grant = ctx.table(grants, { account }).get(keyId, id);
  if (grant?.token !== token)
    throw new AwsError("InvalidGrantTokenException", "The specified grant token is not valid.");
  return { grant, account };
}

/** @throws AwsError `InvalidGrantTokenException` for a token of no grant there is */
export function checkGrantTokens(ctx: Context, tokens: readonly string[] | undefined): void {
  if (!tokens) return;
  if (tokens.length > MAX_TOKENS) {
    throw validation(
      `1 validation error detected: Value '[${tokens.join(", ")}]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to ${MAX_TOKENS}`,
    );
  }
  for (const token of tokens) {
    check("grantTokens", token, { min: 1, max: 8192 });
    grantOf(ctx, token);
  }
}
