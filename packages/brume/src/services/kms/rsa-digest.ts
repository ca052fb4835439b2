/** RSA signatures over a digest that the caller made: node:crypto hashes messages itself. See RFC 8017, section 9. */
import { constants, createHash, type KeyObject, privateEncrypt, publicDecrypt, randomBytes } from "node:crypto";

/** What precedes a digest in a PKCS #1 v1.5 signature: the DER that names the hash. */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

const digestInfo = (hash: string, digest: Uint8Array) =>
  Buffer.concat([Buffer.from(DIGEST_INFO[hash] ?? "", "hex"), digest]);

/** Signs by PKCS #1 v1.5. */
export function signPkcs1(key: KeyObject, hash: string, digest: Uint8Array): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, digest));
}

export function verifyPkcs1(key: KeyObject, hash: string, digest: Uint8Array, signature: Uint8Array): boolean {
  return recover(key, constants.RSA_PKCS1_PADDING, signature)?.equals(digestInfo(hash, digest)) ?? false;
}

/** What was signed; `undefined` when the signature is none at all. */
function recover(key: KeyObject, padding: number, signature: Uint8Array): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding }, signature);
  } catch {
    return undefined;
  }
}

/** The mask generation function of RFC 8017, B.2.1, applied to data. */
function masked(data: Uint8Array, hash: string, seed: Uint8Array): Buffer {
  const mask: Buffer[] = [];
  for (let counter = 0, length = 0; length < data.length; counter++) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const block = createHash(hash).update(seed).update(count).digest();
    mask.push(block);
    length += block.length;
  }
  const bytes = Buffer.concat(mask);
  return Buffer.from(data.map((byte, index) => byte ^ (bytes[index] ?? 0)));
}

const PREFIX = Buffer.alloc(8);
const LAST_BYTE = 0xbc;

const saltedHash = (hash: string, digest: Uint8Array, salt: Uint8Array) =>
  createHash(hash).update(PREFIX).update(digest).update(salt).digest();

/** Signs by PSS, with a salt as long as the digest. */
export function signPss(key: KeyObject, hash: string, digest: Uint8Array): Buffer {
  const bytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const salt = randomBytes(digest.length);
  const digested = saltedHash(hash, digest, salt);
  const padding = Buffer.alloc(bytes - salt.length - digested.length - 2);
  const block = masked(Buffer.concat([padding, Buffer.from([1]), salt]), hash, digested);
  // The number that is signed has to be less than the modulus.
  block.writeUInt8(block.readUInt8(0) & 0x7f, 0);
  const encoded = Buffer.concat([block, digested, Buffer.from([LAST_BYTE])]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
}

export function verifyPss(key: KeyObject, hash: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const encoded = recover(key, constants.RSA_NO_PADDING, signature);
  if (!encoded || encoded.at(-1) !== LAST_BYTE || encoded.readUInt8(0) > 0x7f) return false;
  const split = encoded.length - digest.length - 1;
  const digested = encoded.subarray(split, -1);
  const block = masked(encoded.subarray(0, split), hash, digested);
  block.writeUInt8(block.readUInt8(0) & 0x7f, 0);
  const saltAt = block.length - digest.length;
  const isPadded = block.subarray(0, saltAt - 1).every((byte) => byte === 0) && block[saltAt - 1] === 1;
  return isPadded && saltedHash(hash, digest, block.subarray(saltAt)).equals(digested);
}
