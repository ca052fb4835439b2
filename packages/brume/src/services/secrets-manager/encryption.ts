/** The keys of KMS that secrets are encrypted under: whoever reads and writes a secret has to be able to use its key. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";

/** The key of Secrets Manager itself, which everybody of the account can use through it. */
export const DEFAULT_KEY = "alias/aws/secretsmanager";

const FAILURES = {
  GenerateDataKey: [
    "EncryptionFailure",
    "Secrets Manager can't encrypt the protected secret text using the specified KMS key. Check that the KMS key is available, enabled, and not in an invalid state.",
  ],
  Decrypt: ["DecryptionFailure", "Secrets Manager can't decrypt the secret value using the provided KMS key."],
} as const;

/** What finding out needs beside the key: nothing is encrypted, so there is no ciphertext. */
const INPUTS = {
  GenerateDataKey: { KeySpec: "AES_256" },
  Decrypt: { DryRunModifiers: ["IGNORE_CIPHERTEXT"] },
} as const;

const isOwn = (keyId: string | undefined): boolean => keyId !== undefined && !keyId.endsWith(DEFAULT_KEY);

/** Finds out whether the caller can use a key. @throws AwsError `AccessDeniedException`, or a failure of its own name */
async function tryKey(ctx: Context, operation: keyof typeof FAILURES, KeyId: string, region: string): Promise<void> {
  try {
    await ctx.call("kms", operation, { KeyId, DryRun: true, ...INPUTS[operation] }, { region });
  } catch (error) {
    if (isAwsError(error, "DryRunOperationException")) return;
    if (isAwsError(error, "AccessDeniedException"))
      throw new AwsError("AccessDeniedException", "Access to KMS is not allowed", { cause: error });
    if (!isAwsError(error)) throw error;
    const [code, message] = FAILURES[operation];
    throw new AwsError(code, message, { cause: error });
  }
}

/** Does some work when the caller can encrypt under a key: at once, where that is the default key. */
export function encrypting<T>(ctx: Context, keyId: string | undefined, work: () => T): T | Promise<T> {
  return isOwn(keyId) ? tryKey(ctx, "GenerateDataKey", keyId as string, ctx.region).then(work) : work();
}

/** Does some work when the caller can decrypt under a key: at once, where that is the default key. */
export function decrypting<T>(ctx: Context, keyId: string | undefined, work: () => T): T | Promise<T> {
  return isOwn(keyId) ? tryKey(ctx, "Decrypt", keyId as string, ctx.region).then(work) : work();
}

/** Why a secret cannot be encrypted under a key of another region; `undefined` if it can. */
export async function replicaFailure(
  ctx: Context,
  keyId: string | undefined,
  region: string,
): Promise<string | undefined> {
  if (!isOwn(keyId)) return undefined;
  try {
    await tryKey(ctx, "GenerateDataKey", keyId as string, region);
    return undefined;
  } catch (error) {
    if (!isAwsError(error)) throw error;
    return `Replication failed: Secrets Manager can't use the KMS key ${keyId} in region ${region}: ${error.message}`;
  }
}
