/** The operations on virtual MFA devices, which make codes from the time. */
import { randomBytes } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, checkName, checkPath, iamArn, removeTags, setTags, type Tags, tagsIfAny } from "./entity.js";
import { claimName, releaseName } from "./names.js";
import { codeAt, stepOf, toBase32 } from "./one-time-codes.js";
import { page, tagPage } from "./paging.js";
import { alreadyExists, deleteConflict, getEntity, limitExceeded, noSuchEntity } from "./tables.js";
import { callingUser, enabledDevices, namedUser, userById } from "./user-credentials.js";
import { userAnswer } from "./users.js";

type Iam = typeof import("@aws-sdk/client-iam");

interface VirtualDevice {
  readonly serial: string;
  readonly name: string;
  /** What the codes are made from. */
  readonly seed: Uint8Array;
  readonly tags: Tags;
  /** Whose it is, once it is enabled. */
  readonly userId?: string | undefined;
  readonly enabledAt?: number | undefined;
}
/** [serial number] */
export const devices = defineTable<VirtualDevice>("iam/virtual-mfa-devices", "account");

const SEED_BYTES = 40;
const MAX_DEVICES = 8;
/** How many steps a device's clock may be off. */
const TOLERANCE = 2;
interface Codes {
  AuthenticationCode1?: string | undefined;
  AuthenticationCode2?: string | undefined;
}

/** @throws AwsError `InvalidAuthenticationCodeException` unless the codes follow each other, about now */
function checkCodes(ctx: Context, { seed }: VirtualDevice, { AuthenticationCode1, AuthenticationCode2 }: Codes): void {
  check("authenticationCode1", AuthenticationCode1, { min: 6, max: 6, pattern: /^\d+$/ });
  check("authenticationCode2", AuthenticationCode2, { min: 6, max: 6, pattern: /^\d+$/ });
  const now = stepOf(ctx.now());
  for (let step = now - TOLERANCE; step <= now + TOLERANCE; step++) {
    if (codeAt(seed, step) === AuthenticationCode1 && codeAt(seed, step + 1) === AuthenticationCode2) return;
  }
  throw new AwsError("InvalidAuthenticationCodeException", "Authentication code for device is not valid");
}

function getDevice(ctx: Context, serial: string | undefined): VirtualDevice {
  check("serialNumber", serial, { min: 9, max: 256, pattern: /^[\w+=/:,.@-]+$/ });
  const device = ctx.table(devices).get(serial as string);
  if (!device) throw noSuchEntity(`VirtualMFADevice with serial number ${serial} doesn't exist.`);
  return device;
}

export const createVirtualMFADevice: Handler<Iam, "CreateVirtualMFADevice"> = (input, ctx) => {
  const name = checkName("virtualMFADeviceName", input.VirtualMFADeviceName, 226);
  const path = checkPath(input.Path);
  const tags = setTags({}, input.Tags);
  claimName(ctx, "mfa", name, () => alreadyExists("MFADevice entity at the same path and name already exists."));
  const device: VirtualDevice = { serial: iamArn(ctx, "mfa", path, name), name, seed: randomBytes(SEED_BYTES), tags };
  ctx.table(devices).put([device.serial], device);
  return {
    VirtualMFADevice: {
      SerialNumber: device.serial,
      // Differs from AWS: there is no picture (QRCodePNG) of the seed to be photographed.
      Base32StringSeed: Buffer.from(toBase32(device.seed)),
      Tags: tagsIfAny(tags),
    },
  };
};

export const enableMFADevice: Handler<Iam, "EnableMFADevice"> = (input, ctx) => {
  const user = getEntity(ctx, "user", input.UserName);
  const device = getDevice(ctx, input.SerialNumber);
  if (device.userId !== undefined) throw alreadyExists("MFA Device is already in use.");
  checkCodes(ctx, device, input);
  const table = ctx.table(enabledDevices);
  if (table.count({ prefix: [user.id] }) >= MAX_DEVICES)
    throw limitExceeded(`Cannot exceed quota for MfaDevicesPerUser: ${MAX_DEVICES}`);
  table.put([user.id, device.serial], ctx.now());
  ctx.table(devices).put([device.serial], { ...device, userId: user.id, enabledAt: ctx.now() });
  return {};
};

/** A device that is enabled for a user. @throws AwsError `NoSuchEntity` */
function getEnabled(ctx: Context, userName: string | undefined, serial: string | undefined) {
  const user = namedUser(ctx, userName);
  const device = getDevice(ctx, serial);
  if (device.userId !== user.id) throw noSuchEntity(`MFA Device ${serial} invalid for user.`);
  return { user, device };
}

export const resyncMFADevice: Handler<Iam, "ResyncMFADevice"> = (input, ctx) => {
  const { device } = getEnabled(ctx, input.UserName, input.SerialNumber);
  checkCodes(ctx, device, input);
  return {};
};

export const deactivateMFADevice: Handler<Iam, "DeactivateMFADevice"> = (input, ctx) => {
  const { user, device } = getEnabled(ctx, input.UserName, input.SerialNumber);
  ctx.table(enabledDevices).delete(user.id, device.serial);
  ctx.table(devices).put([device.serial], { ...device, userId: undefined, enabledAt: undefined });
  return {};
};

export const deleteVirtualMFADevice: Handler<Iam, "DeleteVirtualMFADevice"> = (input, ctx) => {
  const device = getDevice(ctx, input.SerialNumber);
  if (device.userId !== undefined) throw deleteConflict("MFA VirtualDevice in use. Must deactivate first.");
  releaseName(ctx, "mfa", device.name);
  ctx.table(devices).delete(device.serial);
  return {};
};

const dateOf = (time: number | undefined) => (time === undefined ? undefined : new Date(time));

export const getMFADevice: Handler<Iam, "GetMFADevice"> = (input, ctx) => {
  const device = getDevice(ctx, input.SerialNumber);
  const user = device.userId === undefined ? undefined : userById(ctx, device.userId);
  if (input.UserName !== undefined && user?.name !== input.UserName)
    throw noSuchEntity(`MFA Device ${input.SerialNumber} invalid for user.`);
  return { UserName: user?.name, SerialNumber: device.serial, EnableDate: dateOf(device.enabledAt) };
};

export const listMFADevices: Handler<Iam, "ListMFADevices"> = (input, ctx) => {
  // The root of an account has no device here.
  if (input.UserName === undefined && callingUser(ctx) === undefined) return { MFADevices: [], IsTruncated: false };
  const user = namedUser(ctx, input.UserName);
  const rows = ctx
    .table(devices)
    .rows()
    .filter(({ userId }) => userId === user.id);
  const { items, ...more } = page(rows, ({ serial }) => serial, input);
  return {
    MFADevices: items.map(({ serial, enabledAt }) => ({
      UserName: user.name,
      SerialNumber: serial,
      EnableDate: new Date(enabledAt ?? 0),
    })),
    ...more,
  };
};

export const listVirtualMFADevices: Handler<Iam, "ListVirtualMFADevices"> = (input, ctx) => {
  const status = input.AssignmentStatus ?? "Any";
  check("assignmentStatus", status, { oneOf: ["Assigned", "Unassigned", "Any"] });
  const rows = ctx
    .table(devices)
    .rows()
    .filter(({ userId }) => status === "Any" || (userId !== undefined) === (status === "Assigned"));
  const { items, ...more } = page(rows, ({ serial }) => serial, input);
  return {
    VirtualMFADevices: items.map(({ serial, userId, enabledAt, tags }) => {
      const user = userId === undefined ? undefined : userById(ctx, userId);
      return {
        SerialNumber: serial,
        User: user && userAnswer(ctx, user),
        EnableDate: dateOf(enabledAt),
        Tags: tagsIfAny(tags),
      };
    }),
    ...more,
  };
};

export const tagMFADevice: Handler<Iam, "TagMFADevice"> = (input, ctx) => {
  const device = getDevice(ctx, input.SerialNumber);
  ctx.table(devices).put([device.serial], { ...device, tags: setTags(device.tags, input.Tags) });
  return {};
};

export const untagMFADevice: Handler<Iam, "UntagMFADevice"> = (input, ctx) => {
  const device = getDevice(ctx, input.SerialNumber);
  ctx.table(devices).put([device.serial], { ...device, tags: removeTags(device.tags, input.TagKeys) });
  return {};
};

export const listMFADeviceTags: Handler<Iam, "ListMFADeviceTags"> = (input, ctx) =>
  tagPage(getDevice(ctx, input.SerialNumber).tags, input);
