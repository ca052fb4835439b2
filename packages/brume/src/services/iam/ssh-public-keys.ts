/** The operations on the SSH public keys of users. */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { type User, uniqueId } from "./entity.js";
import { page } from "./paging.js";
import { getEntity, limitExceeded, noSuchEntity } from "./tables.js";
import { checkStatus, namedUser, type SshKey, sshKeys } from "./user-credentials.js";

type Iam = typeof import("@aws-sdk/client-iam");

const MAX_KEYS = 5;
const KIND = "ssh-rsa";
const MIN_BITS = 2048;
const invalidKey = (message: string) => new AwsError("InvalidPublicKeyException", message);

/** A part of the blob of OpenSSH: its length, then its bytes. See RFC 4253, section 6.6. */
function part(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number that is not negative: a first bit that is set would make it so. */
const integer = (bytes: Buffer): Buffer =>
  part((bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);

function parts(blob: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length; ) {
    const end = at + 4 + blob.readUInt32BE(at);
    found.push(blob.subarray(at + 4, end));
    at = end;
  }
  return found;
}

function toOpenSsh(key: KeyObject): string {
  const { e = "", n = "" } = key.export({ format: "jwk" });
  const numbers = [e, n].map((number) => integer(Buffer.from(number, "base64url")));
  return `${KIND} ${Buffer.concat([part(Buffer.from(KIND)), ...numbers]).toString("base64")}`;
}

function fromOpenSsh(text: string): KeyObject {
  const [kind, base64 = ""] = text.trim().split(/\s+/);
  const [name, e, n] = parts(Buffer.from(base64, "base64"));
  if (kind !== KIND || name?.toString() !== KIND || !e || !n) throw invalidKey("The public key is not an RSA key.");
  const encode = (number: Buffer) => (number[0] === 0 ? number.subarray(1) : number).toString("base64url");
  const jwk: JsonWebKey = { kty: "RSA", e: encode(e), n: encode(n) };
  return createPublicKey({ key: jwk, format: "jwk" });
}

/** A key in either encoding, in the form of OpenSSH. @throws AwsError `InvalidPublicKeyException` */
function parseKey(text: string): string {
  let key: KeyObject;
  try {
    key = text.startsWith("-----BEGIN") ? createPublicKey(text) : fromOpenSsh(text);
  } catch (cause) {
    throw invalidKey(cause instanceof AwsError ? cause.message : "The public key is malformed.");
  }
  if (key.asymmetricKeyType !== "rsa" || (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_BITS)
    throw invalidKey(`The public key is not an RSA key of at least ${MIN_BITS} bits.`);
  return toOpenSsh(key);
}

const fingerprintOf = (body: string): string =>
  createHash("md5")
    .update(Buffer.from(body.split(" ")[1] ?? "", "base64"))
    .digest("hex")
    .replaceAll(/(..)(?=.)/g, "$1:");

function answer({ name }: User, key: SshKey) {
  return {
    UserName: name,
    SSHPublicKeyId: key.id,
    Fingerprint: fingerprintOf(key.body),
    SSHPublicKeyBody: key.body,
    Status: key.status,
    UploadDate: new Date(key.uploadedAt),
  };
}

export const uploadSSHPublicKey: Handler<Iam, "UploadSSHPublicKey"> = (input, ctx) => {
  const user = getEntity(ctx, "user", input.UserName);
  const body = parseKey(input.SSHPublicKeyBody as string);
  const table = ctx.table(sshKeys);
  const others = table.rows({ prefix: [user.id] });
  if (others.some((key) => key.body === body))
    throw new AwsError("DuplicateSSHPublicKeyException", "The SSH public key is already associated with the user.");
  if (others.length >= MAX_KEYS) throw limitExceeded(`Cannot exceed quota for SSHPublicKeysPerUser: ${MAX_KEYS}`);
  const key: SshKey = { id: uniqueId("APKA"), body, status: "Active", uploadedAt: ctx.now() };
  table.put([user.id, key.id], key);
  return { SSHPublicKey: answer(user, key) };
};

function getKey(ctx: Context, userName: string | undefined, id: string | undefined): { user: User; key: SshKey } {
  const user = getEntity(ctx, "user", userName);
  const key = id ? ctx.table(sshKeys).get(user.id, id) : undefined;
  if (!key) throw noSuchEntity(`The Public Key with id ${id} cannot be found.`);
  return { user, key };
}

export const getSSHPublicKey: Handler<Iam, "GetSSHPublicKey"> = (input, ctx) => {
  const { user, key } = getKey(ctx, input.UserName, input.SSHPublicKeyId);
  if (input.Encoding !== "SSH" && input.Encoding !== "PEM") {
    throw new AwsError(
      "UnrecognizedPublicKeyEncodingException",
      "The public key encoding format is unsupported or unrecognized.",
    );
  }
  const pem = () => fromOpenSsh(key.body).export({ format: "pem", type: "spki" }).toString();
  return { SSHPublicKey: { ...answer(user, key), SSHPublicKeyBody: input.Encoding === "SSH" ? key.body : pem() } };
};

export const listSSHPublicKeys: Handler<Iam, "ListSSHPublicKeys"> = (input, ctx) => {
  const user = namedUser(ctx, input.UserName);
  const { items, ...more } = page(ctx.table(sshKeys).rows({ prefix: [user.id] }), ({ id }) => id, input);
  return {
    SSHPublicKeys: items.map((key) => {
      const { Fingerprint: _, SSHPublicKeyBody: __, ...listed } = answer(user, key);
      return listed;
    }),
    ...more,
  };
};

export const updateSSHPublicKey: Handler<Iam, "UpdateSSHPublicKey"> = (input, ctx) => {
  const status = checkStatus(input.Status);
  const { user, key } = getKey(ctx, input.UserName, input.SSHPublicKeyId);
  ctx.table(sshKeys).put([user.id, key.id], { ...key, status });
  return {};
};

export const deleteSSHPublicKey: Handler<Iam, "DeleteSSHPublicKey"> = (input, ctx) => {
  const { user, key } = getKey(ctx, input.UserName, input.SSHPublicKeyId);
  ctx.table(sshKeys).delete(user.id, key.id);
  return {};
};
