/** Names that differ only in case are the same name to IAM: which there are, of each kind of thing. */
import type { Context } from "../../kernel/context.js";
import type { AwsError } from "../../kernel/errors.js";
import { defineTable } from "../../kernel/store.js";

export type NamedKind = "user" | "group" | "role" | "policy" | "instance-profile" | "server-certificate" | "mfa";

/** [kind, name in lower case]: the name as it was given */
const names = defineTable<string>("iam/names", "account");

/** Takes a name, which frees `former` if the thing is only renamed. @throws what `taken` makes, if it is another's */
export function claimName(ctx: Context, kind: NamedKind, name: string, taken: () => AwsError, former?: string): void {
  const table = ctx.table(names);
  const holder = table.get(kind, name.toLowerCase());
  if (holder !== undefined && holder !== former) throw taken();
  if (former !== undefined) releaseName(ctx, kind, former);
  table.put([kind, name.toLowerCase()], name);
}

/** Frees a name. */
export function releaseName(ctx: Context, kind: NamedKind, name: string): void {
  ctx.table(names).delete(kind, name.toLowerCase());
}
