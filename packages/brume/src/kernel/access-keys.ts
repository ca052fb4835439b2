/** The access keys that this cloud issued: what signatures are checked against, and whom they stand for. */
import type { Principal } from "./principal.js";
import { defineTable, encodeKey, type Store, type Transaction, tablePrefix } from "./store.js";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
  /** When temporary credentials end, in ms since the epoch. */
  readonly expiresAt?: number;
  readonly active: boolean;
  readonly principal: Principal;
}

const accessKeys = defineTable<AccessKey>("kernel/access-keys", "cloud", { cached: true });
const PREFIX = tablePrefix(accessKeys, "", "");

/** Makes a key known, or changes it, in a transaction. */
export function putAccessKey(transaction: Transaction, key: AccessKey): void {
  transaction.table(accessKeys, "", "").put([key.accessKeyId], key);
}

/** A key that this cloud issued. Asked at every request, so it goes the shortest way. */
export function findAccessKey(store: Store, accessKeyId: string): AccessKey | undefined {
  return store.readCached(PREFIX, PREFIX + encodeKey([accessKeyId])) as AccessKey | undefined;
}

export function deleteAccessKey(transaction: Transaction, accessKeyId: string): void {
  transaction.table(accessKeys, "", "").delete(accessKeyId);
}
