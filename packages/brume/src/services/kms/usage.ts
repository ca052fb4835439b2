/** When keys were last used, and for what. */
import type { KeyLastUsageTrackingOperation } from "@aws-sdk/client-kms";
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { validation } from "./constraints.js";
import { type Found, getKey } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

interface LastUsage {
  readonly operation: KeyLastUsageTrackingOperation;
  readonly at: number;
  readonly eventId: string;
  readonly requestId: string;
}

/** [key id] */
export const lastUsages = defineTable<LastUsage>("kms/last-usages");

/** Records that a cryptographic operation has used a key; a call that fails records nothing. */
export function recordUsage(ctx: Context, ...used: Found[]): void {
  for (const { key, account, region } of used) {
    ctx.table(lastUsages, { account, region }).put([key.id], {
      operation: ctx.operation as KeyLastUsageTrackingOperation,
      at: ctx.now(),
      eventId: ctx.cloud.newId(),
      requestId: ctx.requestId,
    });
  }
}

export const getKeyLastUsage: Handler<Kms, "GetKeyLastUsage"> = (input, ctx) => {
  if (input.KeyId?.includes("alias/")) throw validation("Alias names are not supported.");
  const { key, account, region } = getKey(ctx, input.KeyId);
  const last = ctx.table(lastUsages, { account, region }).get(key.id);
  return {
    KeyId: key.id,
    KeyCreationDate: new Date(key.createdAt),
    TrackingStartDate: new Date(key.createdAt),
    KeyLastUsage: last && {
      Operation: last.operation,
      Timestamp: new Date(last.at),
      CloudTrailEventId: last.eventId,
      KmsRequestId: last.requestId,
    },
  };
};
