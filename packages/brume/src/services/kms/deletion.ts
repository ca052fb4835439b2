/** How keys are deleted: after a waiting period, which a primary key begins only when its replicas are gone. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { grants } from "./grant.js";
import { forgetImports } from "./imports.js";
import { stateOf } from "./key.js";
import {
  aliases,
  changeKey,
  checkOwn,
  DAY_MS,
  type Found,
  findKey,
  getKey,
  getOwnKey,
  isReplica,
  keys,
  relatedOf,
  setRotation,
} from "./tables.js";
import { lastUsages } from "./usage.js";

type Kms = typeof import("@aws-sdk/client-kms");

const timerId = ({ arn }: Found) => `kms/delete/${arn}`;

export const scheduleKeyDeletion: Handler<Kms, "ScheduleKeyDeletion"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  const days = input.PendingWindowInDays ?? 30;
  check("pendingWindowInDays", days, { min: 7, max: 30 });
  const waitsForReplicas = (found.key.multiRegion?.replicas.length ?? 0) > 0 && !isReplica(found);
  if (waitsForReplicas) changeKey(ctx, found, { deletion: { days }, enabled: false });
  else begin(ctx, found, days);
  const key = findKey(ctx, found.key.id, found.account)?.key ?? found.key;
  return {
    KeyId: found.arn,
    DeletionDate: key.deletion?.at === undefined ? undefined : new Date(key.deletion.at),
    KeyState: stateOf(key),
    PendingWindowInDays: days,
  };
};

/** Begins the waiting period. */
function begin(ctx: Context, found: Found, days: number): void {
  const at = ctx.now() + days * DAY_MS;
  changeKey(ctx, found, { deletion: { days, at }, enabled: false });
  const { account, region } = found;
  ctx.schedule({ at, kind: "delete", payload: { keyId: found.key.id, account, region }, id: timerId(found) });
}

export const cancelKeyDeletion: Handler<Kms, "CancelKeyDeletion"> = (input, ctx) => {
  const found = checkOwn(ctx, getKey(ctx, input.KeyId));
  if (!found.key.deletion) throw new AwsError("KMSInvalidStateException", `${found.arn} is not pending deletion.`);
  changeKey(ctx, found, { deletion: undefined });
  ctx.cancel(timerId(found));
  return { KeyId: found.arn };
};

/** Where a timer's key is. */
export interface KeyAddress {
  keyId: string;
  account: string;
  region: string;
}

/** The timer that deletes a key at the end of its waiting period. */
export function deleteKey({ keyId, account, region }: KeyAddress, ctx: Context): void {
  const found = findKey(ctx, keyId, account, region);
  if (found?.key.deletion?.at === undefined) return;
  leaveRelated(ctx, found);
  const scope = { account, region };
  ctx.table(keys, scope).delete(keyId);
  const aliasTable = ctx.table(aliases, scope);
  for (const alias of aliasTable.rows()) if (alias.keyId === keyId) aliasTable.delete(alias.name);
  ctx.table(grants, scope).clear({ prefix: [keyId] });
  ctx.table(lastUsages, scope).delete(keyId);
  forgetImports(ctx, found);
}

/** Tells the other keys of the same id that this one is gone. */
function leaveRelated(ctx: Context, found: Found): void {
  if (!isReplica(found)) {
    setRotation(ctx, found, undefined);
    return;
  }
  for (const related of relatedOf(ctx, found)) {
    const { multiRegion, deletion } = related.key;
    if (!multiRegion) continue;
    const replicas = multiRegion.replicas.filter((region) => region !== found.region);
    const key = changeKey(ctx, related, { multiRegion: { ...multiRegion, replicas } });
    const isFree = replicas.length === 0 && !isReplica(related);
    if (isFree && deletion && deletion.at === undefined) begin(ctx, { ...related, key }, deletion.days);
  }
}
