/** The operations on keys themselves: how they are made, shown, enabled and disabled. See the KMS API Reference. */
import { AwsError } from "../../kernel/errors.js";
import { randomHex, uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { check, page, unsupported, validation } from "./constraints.js";
import { defaultPolicy, generateSecret, type Key, SPECS, type Usage } from "./key.js";
import { newMaterial } from "./material.js";
import { metadata } from "./metadata.js";
import { checkPolicy } from "./policies.js";
import { resumeRotation } from "./rotation.js";
import { changeKey, getKey, getOwnKey, keyArn, keys, refuseStates } from "./tables.js";
import { setTags } from "./tags.js";

type Kms = typeof import("@aws-sdk/client-kms");

const ORIGINS = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];

function checkOrigin(origin: string, customKeyStoreId: string | undefined): asserts origin is Key["origin"] {
  check("origin", origin, { oneOf: ORIGINS });
  if (customKeyStoreId !== undefined) {
    throw new AwsError("CustomKeyStoreNotFoundException", `Custom key store ${customKeyStoreId} does not exist.`);
  }
  if (origin !== "AWS_KMS" && origin !== "EXTERNAL")
    throw validation(`A custom key store ID is required for keys of origin ${origin}.`);
}

export const createKey: Handler<Kms, "CreateKey"> = async (input, ctx) => {
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
  const traits = Object.hasOwn(SPECS, spec) ? SPECS[spec] : undefined;
  if (!traits) throw unsupported(`Unsupported KeySpec: ${spec}`);
  const origin: string = input.Origin ?? "AWS_KMS";
  checkOrigin(origin, input.CustomKeyStoreId);
  const usage = input.KeyUsage ?? (spec === "SYMMETRIC_DEFAULT" ? "ENCRYPT_DECRYPT" : undefined);
  if (usage === undefined)
    throw validation(`You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.`);
  if (!traits.usages.includes(usage as Usage))
    throw validation(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  const policy = input.Policy === undefined ? defaultPolicy(ctx.partition, ctx.account) : checkPolicy(input.Policy);
  const tags = setTags({}, input.Tags);
  const id = input.MultiRegion ? `mrk-${randomHex(32)}` : uuid();
  const materials = origin === "EXTERNAL" ? [] : [newMaterial(id, await generateSecret(spec))];
  const key: Key = {
    id,
    createdAt: ctx.now(),
    spec,
    usage,
    description: input.Description ?? "",
    enabled: true,
    manager: "CUSTOMER",
    origin,
    multiRegion: input.MultiRegion ? { primary: ctx.region, replicas: [] } : undefined,
    policy,
    tags,
    materials,
  };
  ctx.table(keys).put([id], key);
  const { account, region } = ctx;
  return { KeyMetadata: metadata(ctx, { key, account, region, arn: keyArn(ctx, id) }) };
};

export const describeKey: Handler<Kms, "DescribeKey"> = (input, ctx) => ({
  KeyMetadata: metadata(ctx, getKey(ctx, input.KeyId)),
});

export const listKeys: Handler<Kms, "ListKeys"> = (input, ctx) => {
  const { items, ...more } = page(ctx.table(keys).rows(), ({ id }) => id, input, [100, 1000]);
  return { Keys: items.map(({ id }) => ({ KeyId: id, KeyArn: keyArn(ctx, id) })), ...more };
};

export const enableKey: Handler<Kms, "EnableKey"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  refuseStates(found, "PendingImport");
  changeKey(ctx, found, { enabled: true });
  resumeRotation(ctx, found);
  return {};
};

export const disableKey: Handler<Kms, "DisableKey"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  refuseStates(found, "PendingImport");
  changeKey(ctx, found, { enabled: false });
  return {};
};

export const updateKeyDescription: Handler<Kms, "UpdateKeyDescription"> = (input, ctx) => {
  check("description", input.Description, { max: 8192 });
  changeKey(ctx, getOwnKey(ctx, input.KeyId), { description: input.Description as string });
  return {};
};
