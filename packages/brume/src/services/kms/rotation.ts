/** How keys get new material: at intervals, and on demand. */
import { randomBytes } from "node:crypto";
import type { RotationType } from "@aws-sdk/client-kms";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, page, unsupported } from "./constraints.js";
import type { KeyAddress } from "./deletion.js";
import { stateOf } from "./key.js";
import { currentOf, type Material, newMaterial } from "./material.js";
import {
  changeKey,
  checkEnabled,
  checkOwn,
  DAY_MS,
  type Found,
  findKey,
  getKey,
  getLiveKey,
  getOwnKey,
  isReplica,
  relatedOf,
  setRotation,
} from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

const MAX_ON_DEMAND = 25;
const SECRET_BYTES = 32;

function checkSymmetric(found: Found): Found {
  if (found.key.spec !== "SYMMETRIC_DEFAULT") throw unsupported("");
  return found;
}

/** A key whose rotation can be set: it makes its material itself. */
function checkAutomatic(found: Found): Found {
  checkSymmetric(found);
  if (found.key.origin === "EXTERNAL")
    throw unsupported(`${found.arn} origin is EXTERNAL which is not valid for this operation.`);
  return found;
}

function checkPrimary(found: Found): Found {
  if (isReplica(found)) throw unsupported(`${found.arn} is a replica key. Rotation is set on the primary key.`);
  return found;
}

export const enableKeyRotation: Handler<Kms, "EnableKeyRotation"> = (input, ctx) => {
  const periodDays = input.RotationPeriodInDays;
  if (periodDays !== undefined) check("rotationPeriodInDays", periodDays, { min: 90, max: 2560 });
  const found = checkPrimary(checkAutomatic(getOwnKey(ctx, input.KeyId)));
  checkEnabled(found);
  const days = periodDays ?? 365;
  setRotation(ctx, found, { periodDays: days, nextAt: ctx.now() + days * DAY_MS });
  return {};
};

export const disableKeyRotation: Handler<Kms, "DisableKeyRotation"> = (input, ctx) => {
  const found = checkPrimary(checkAutomatic(getOwnKey(ctx, input.KeyId)));
  checkEnabled(found);
  setRotation(ctx, found, undefined);
  return {};
};

export const getKeyRotationStatus: Handler<Kms, "GetKeyRotationStatus"> = (input, ctx) => {
  const { key } = checkAutomatic(getKey(ctx, input.KeyId));
  const { rotation } = key;
  if (!rotation || key.deletion) return { KeyRotationEnabled: false, KeyId: key.id };
  return {
    KeyRotationEnabled: true,
    KeyId: key.id,
    RotationPeriodInDays: rotation.periodDays,
    NextRotationDate: new Date(rotation.nextAt),
  };
};

/** Brings new material into use, in every region that has the key. */
function rotate(ctx: Context, found: Found, rotation: RotationType): void {
  const rotated = { rotatedAt: ctx.now(), rotation };
  const made = { ...newMaterial(found.key.id, randomBytes(SECRET_BYTES)), ...rotated };
  for (const related of relatedOf(ctx, found)) {
    const { materials } = related.key;
    const after = isPending(found.key.materials)
      ? materials.map((one) => (one.isPending ? { ...one, isPending: false, ...rotated } : one))
      : [...materials, made];
    changeKey(ctx, related, { materials: after });
  }
}

const isPending = (materials: readonly Material[]) => materials.at(-1)?.isPending === true;

/** The timer that rotates a key. One that cannot be used is rotated when it can be again. */
export function rotateKey({ keyId, account, region }: KeyAddress, ctx: Context): void {
  const found = findKey(ctx, keyId, account, region);
  if (found?.key.rotation && stateOf(found.key) === "Enabled") rotateWhenDue(ctx, found);
}

function rotateWhenDue(ctx: Context, found: Found): void {
  const { rotation } = found.key;
  if (!rotation || rotation.nextAt > ctx.now()) return;
  rotate(ctx, found, "AUTOMATIC");
  setRotation(ctx, found, { ...rotation, nextAt: ctx.now() + rotation.periodDays * DAY_MS });
}

/** Makes up for the rotation that fell due while a key was disabled. */
export function resumeRotation(ctx: Context, found: Found): void {
  if (!isReplica(found)) rotateWhenDue(ctx, found);
}

export const rotateKeyOnDemand: Handler<Kms, "RotateKeyOnDemand"> = (input, ctx) => {
  const found = checkPrimary(checkSymmetric(checkOwn(ctx, getLiveKey(ctx, input.KeyId))));
  checkEnabled(found);
  const { materials, origin } = found.key;
  if (materials.filter(({ rotation }) => rotation === "ON_DEMAND").length >= MAX_ON_DEMAND) {
    throw new AwsError(
      "LimitExceededException",
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${found.key.id}`,
    );
  }
  if (origin === "EXTERNAL" && !relatedOf(ctx, found).every(({ key }) => hasPending(key.materials))) {
    throw new AwsError(
      "KMSInvalidStateException",
      `No available key material pending rotation for the key: ${found.arn}.`,
    );
  }
  rotate(ctx, found, "ON_DEMAND");
  return { KeyId: found.key.id };
};

const hasPending = (materials: readonly Material[]) => isPending(materials) && materials.at(-1)?.secret !== undefined;

export const listKeyRotations: Handler<Kms, "ListKeyRotations"> = (input, ctx) => {
  const found = checkSymmetric(getKey(ctx, input.KeyId));
  const { materials } = found.key;
  const everywhere = relatedOf(ctx, found).every(({ key }) => hasPending(key.materials));
  const entries = materials
    .map((material, index) => ({ index: String(index).padStart(6, "0"), material }))
    .filter(({ material }) => input.IncludeKeyMaterial === "ALL_KEY_MATERIAL" || material.rotatedAt !== undefined);
  const { items, ...more } = page(entries, ({ index }) => index, input, [100, 1000]);
  return {
    Rotations: items.map(({ material }) => ({
      KeyId: found.key.id,
      KeyMaterialId: material.id,
      KeyMaterialState: material.isPending
        ? everywhere
          ? ("PENDING_ROTATION" as const)
          : ("PENDING_MULTI_REGION_IMPORT_AND_ROTATION" as const)
        : material === currentOf(materials)
          ? ("CURRENT" as const)
          : ("NON_CURRENT" as const),
      RotationDate: material.rotatedAt === undefined ? undefined : new Date(material.rotatedAt),
      RotationType: material.rotation,
      ...(found.key.origin === "EXTERNAL" ? importOf(material) : {}),
    })),
    ...more,
  };
};

function importOf({ secret, validTo, description }: Material) {
  return {
    ImportState: secret ? ("IMPORTED" as const) : ("PENDING_IMPORT" as const),
    KeyMaterialDescription: description,
    ExpirationModel:
      secret === undefined
        ? undefined
        : validTo === undefined
          ? ("KEY_MATERIAL_DOES_NOT_EXPIRE" as const)
          : ("KEY_MATERIAL_EXPIRES" as const),
    ValidTo: secret && validTo !== undefined ? new Date(validTo) : undefined,
  };
}
