/** AWS::IAM::VirtualMFADevice */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, tagsOf, toText } from "../../../kernel/template-values.js";
import { codeAt, fromBase32, stepOf } from "../one-time-codes.js";
import { orGone, syncTags, type Tag, texts } from "./entity.js";

interface Device {
  SerialNumber: string;
  Base32StringSeed?: Uint8Array;
  User?: { UserName: string };
  Tags?: Tag[];
}

async function listDevices(ctx: ResourceContext): Promise<Device[]> {
  const input = { MaxItems: 1000 };
  return (await ctx.call<{ VirtualMFADevices: Device[] }>("iam", "ListVirtualMFADevices", input)).VirtualMFADevices;
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = (await listDevices(ctx)).find(({ SerialNumber }) => SerialNumber === actual.SerialNumber);
  if (!found) return undefined;
  const [, path = "/", name = ""] = /:mfa(\/.*?)([^/]+)$/.exec(found.SerialNumber) ?? [];
  return defined({
    SerialNumber: found.SerialNumber,
    VirtualMfaDeviceName: name,
    Path: path,
    Users: found.User ? [found.User.UserName] : [],
    Tags: found.Tags?.map(({ Key, Value }) => ({ Key, Value })),
  });
}

export default defineResource({
  async create(desired, ctx) {
    const VirtualMFADeviceName = toText(desired.VirtualMfaDeviceName) ?? ctx.physicalName({ maxLength: 226 });
    const input = { VirtualMFADeviceName, Path: toText(desired.Path), Tags: tagsOf(desired) };
    const { VirtualMFADevice: made } = await ctx.call<{ VirtualMFADevice: Device }>(
      "iam",
      "CreateVirtualMFADevice",
      input,
    );
    const { SerialNumber } = made;
    // Whoever has the seed can enable the device: the stack has it here, and nobody after it.
    const seed = fromBase32(Buffer.from(made.Base32StringSeed ?? []).toString());
    const step = stepOf(ctx.now());
    const codes = { AuthenticationCode1: codeAt(seed, step - 1), AuthenticationCode2: codeAt(seed, step) };
    for (const UserName of texts(desired.Users))
      await ctx.call("iam", "EnableMFADevice", { UserName, SerialNumber, ...codes });
    return (await read({ SerialNumber }, ctx)) ?? { SerialNumber };
  },
  read,
  async update(desired, actual, ctx) {
    await syncTags("MFADevice", { SerialNumber: actual.SerialNumber as string }, desired, actual, ctx);
    return (await read(actual, ctx)) ?? actual;
  },
  async delete({ SerialNumber, Users }, ctx) {
    for (const UserName of texts(Users))
      await orGone(ctx.call("iam", "DeactivateMFADevice", { UserName, SerialNumber }));
    await orGone(ctx.call("iam", "DeleteVirtualMFADevice", { SerialNumber }));
  },
  async list(ctx) {
    return (await listDevices(ctx)).map(({ SerialNumber }) => ({ SerialNumber }));
  },
});
