/** The access keys that this cloud issued: what signatures are checked against, and whom they stand for. */
import type { Principal } from "./principal.js";
import { defineTable, type Transaction } from "./store.js";

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

const accessKeys = defineTable<AccessKey>("kernel/access-keys", "cloud");

/** Makes a key known, or changes it, in a transaction. */
export function putAccessKey(transaction: Transaction, key: AccessKey): void {
  transaction.table(accessKeys, "", "").put([key.accessKeyId], key);
}

/** A key that this cloud issued. */
export function findAccessKey(transaction: Transaction, accessKeyId: string): AccessKey | undefined {
  return transaction.table(accessKeys, "", "").get(accessKeyId);
}

export function deleteAccessKey(transaction: Transaction, accessKeyId: string): void {
  transaction.table(accessKeys, "", "").delete(accessKeyId);
}
