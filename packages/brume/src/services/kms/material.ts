/** What keys are made of: secrets that may come and go, in the order in which they came into use. */
import { createHash } from "node:crypto";
import type { RotationType } from "@aws-sdk/client-kms";

export interface Material {
  readonly id: string;
  /** A secret, or a private key (PKCS #8). Imported material may not have come yet, or may be gone again. */
  readonly secret?: Uint8Array | undefined;
  /** When it replaced the material before it, and who wanted that. */
  readonly rotatedAt?: number;
  readonly rotation?: RotationType;
  /** Whether it waits for RotateKeyOnDemand to come into use. */
  readonly isPending?: boolean;
  /** Of imported material: when it expires, if it does. */
  readonly validTo?: number | undefined;
  readonly description?: string | undefined;
}

/** The same secret in the same key always has the same id. */
export function materialId(keyId: string, secret: Uint8Array): string {
  return createHash("sha256").update(keyId).update(secret).digest("hex");
}

/** Material that comes into use at once. */
export const newMaterial = (keyId: string, secret: Uint8Array): Material => ({
  id: materialId(keyId, secret),
  secret,
});

/** The material that encrypts; none of an imported key that has had none yet. */
export function currentOf(materials: readonly Material[]): Material | undefined {
  return materials.findLast(({ isPending }) => !isPending);
}

/** The secret that is in use. It is there unless the key waits for an import. */
export function secretOf(materials: readonly Material[]): Uint8Array {
  const secret = currentOf(materials)?.secret;
  if (!secret) throw new Error("A key that waits for its material has been used.");
  return secret;
}

/** Whether any material that belongs to a key for good is missing. */
export function isIncomplete(materials: readonly Material[]): boolean {
  const inUse = materials.filter(({ isPending }) => !isPending);
  return inUse.length === 0 || inUse.some(({ secret }) => secret === undefined);
}
