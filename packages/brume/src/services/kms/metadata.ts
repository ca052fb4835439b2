/** How answers show a key. */
import type { KeyMetadata } from "@aws-sdk/client-kms";
import type { Context } from "../../kernel/context.js";
import { algorithmsOf, type Key, stateOf } from "./key.js";
import { currentOf, type Material } from "./material.js";
import { type Found, isReplica, keyArn } from "./tables.js";

/** When the first of the materials that belong to an imported key for good expires. */
function validTo(materials: readonly Material[]): number | undefined {
  const times = materials.flatMap(({ secret, isPending, validTo }) => (secret && !isPending && validTo) || []);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function importOf({ materials }: Key) {
  if (!currentOf(materials)?.secret) return {};
  const ends = validTo(materials);
  if (ends === undefined) return { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" as const };
  return { ExpirationModel: "KEY_MATERIAL_EXPIRES" as const, ValidTo: new Date(ends) };
}

function multiRegionOf(ctx: Context, found: Found) {
  const { key, account } = found;
  if (!key.multiRegion) return { MultiRegion: false };
  const regional = (region: string) => ({ Arn: keyArn(ctx, key.id, account, region), Region: region });
  return {
    MultiRegion: true,
    MultiRegionConfiguration: {
      MultiRegionKeyType: isReplica(found) ? ("REPLICA" as const) : ("PRIMARY" as const),
      PrimaryKey: regional(key.multiRegion.primary),
      ReplicaKeys: key.multiRegion.replicas.map(regional),
    },
  };
}

/** The metadata of a key. */
export function metadata(ctx: Context, found: Found): KeyMetadata {
  const { key, account, arn } = found;
  const state = stateOf(key);
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: arn,
    CreationDate: new Date(key.createdAt),
    Enabled: state === "Enabled",
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    DeletionDate: key.deletion?.at === undefined ? undefined : new Date(key.deletion.at),
    PendingDeletionWindowInDays: state === "PendingReplicaDeletion" ? key.deletion?.days : undefined,
    Origin: key.origin,
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec as "SYMMETRIC_DEFAULT",
    KeySpec: key.spec,
    CurrentKeyMaterialId: key.spec === "SYMMETRIC_DEFAULT" ? currentOf(key.materials)?.id : undefined,
    ...(key.origin === "EXTERNAL" ? importOf(key) : {}),
    ...multiRegionOf(ctx, found),
    ...algorithmsOf(key),
  };
}
