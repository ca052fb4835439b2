/** Who calls: the principal, account and region that a request's signature stands for. */
import { findAccessKey } from "../kernel/access-keys.js";
import { partitionOf } from "../kernel/arn.js";
import { type Cloud, defineMemory } from "../kernel/cloud.js";
import { AwsError } from "../kernel/errors.js";
import { anonymous, type Principal, rootOf } from "../kernel/principal.js";
import { type Signature, type SignedRequest, verifySignature } from "./signature.js";
import { verifyUrlSignature } from "./url-signature.js";

/** The account of every key that is neither ours nor an account id. */
export const DEFAULT_ACCOUNT = "000000000000";
export const DEFAULT_REGION = "us-east-1";

export interface Identity {
  readonly principal: Principal;
  readonly account: string;
  readonly region: string;
  /** The secret to check the signature with; absent for keys that this cloud did not issue. */
  readonly secretAccessKey?: string;
}

/**
 * Finds out who signed. Keys that this cloud issued stand for their principal; any other key for the root of its
 * account: the key itself where it is twelve digits, `000000000000` otherwise.
 * @throws AwsError `InvalidClientTokenId` or `ExpiredToken` for keys of ours that are no longer good
 */
export function identify(cloud: Cloud, signature: Signature | undefined): Identity {
  if (!signature) {
    return { principal: anonymous(DEFAULT_ACCOUNT), account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
  }
  const { accessKeyId, region } = signature;
  const key = findAccessKey(cloud.store, accessKeyId);
  if (!key) return rootIdentity(cloud, accessKeyId, region);
  if (!key.active || key.sessionToken !== signature.sessionToken) {
    throw new AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", {
      status: 403,
    });
  }
  if (key.expiresAt !== undefined && key.expiresAt <= cloud.clock.now()) {
    throw new AwsError("ExpiredToken", "The security token included in the request is expired", { status: 403 });
  }
  const { principal, secretAccessKey } = key;
  return { principal, account: principal.account, region, secretAccessKey };
}

/** The identities that foreign keys stand for. */
const roots = defineMemory("gateway/roots", () => new Map<string, Identity>());
const MAX_ROOTS = 1000;

function rootIdentity(cloud: Cloud, accessKeyId: string, region: string): Identity {
  const known = cloud.memory(roots);
  const name = `${accessKeyId}/${region}`;
  let identity = known.get(name);
  if (!identity) {
    const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT;
    identity = { principal: rootOf(account, partitionOf(region).name, accessKeyId), account, region };
    if (known.size >= MAX_ROOTS) known.clear();
    known.set(name, identity);
  }
  return identity;
}

/** Checks the signature of a key that this cloud issued; any other key is taken at its word. */
export function checkSignature(
  cloud: Cloud,
  identity: Identity,
  signature: Signature | undefined,
  request: SignedRequest,
): void {
  if (!signature || identity.secretAccessKey === undefined) return;
  const now = cloud.clock.now();
  if (signature.expiresAt !== undefined) {
    verifyUrlSignature(signature, signature.expiresAt, request, identity.secretAccessKey, now);
    return;
  }
  verifySignature(signature, request, identity.secretAccessKey, now, now - cloud.clock.offset);
}
