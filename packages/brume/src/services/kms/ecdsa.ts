/** ECDSA over a digest that the caller made: node:crypto signs messages only. See FIPS 186-5, section 6. */
import { createECDH, type KeyObject } from "node:crypto";

/** The order of each curve's base point. */
const ORDERS: Readonly<Record<string, bigint>> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  secp384r1: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  secp521r1:
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
};

const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);

function toBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

/** The private number of a key, and its curve's order. */
function privateOf(key: KeyObject, curve: string): { secret: bigint; order: bigint } {
  const order = ORDERS[curve];
  const { d } = key.export({ format: "jwk" });
  if (order === undefined || d === undefined) throw new Error(`${curve} is no curve of a private key.`);
  return { secret: toInteger(Buffer.from(d, "base64url")), order };
}

/** The digest as a number: no longer than the order. */
function truncated(digest: Uint8Array, order: bigint): bigint {
  const excess = digest.length * 8 - order.toString(2).length;
  return excess > 0 ? toInteger(digest) >> BigInt(excess) : toInteger(digest);
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

/** The x coordinate of a multiple of the base point, from a public key that is uncompressed. */
const xOf = (publicKey: Buffer): bigint => toInteger(publicKey.subarray(1, 1 + (publicKey.length - 1) / 2));

function multiple(scalar: bigint, curve: string): bigint {
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(toBytes(scalar));
  return xOf(ecdh.getPublicKey());
}

/** Signs a digest; the signature is DER. */
export function signDigest(key: KeyObject, curve: string, digest: Uint8Array): Buffer {
  const { secret, order } = privateOf(key, curve);
  const z = truncated(digest, order);
  for (;;) {
    const ephemeral = createECDH(curve);
    const r = xOf(ephemeral.generateKeys()) % order;
    const s = (inverse(toInteger(ephemeral.getPrivateKey()), order) * (z + r * secret)) % order;
    if (r !== 0n && s !== 0n) return encode(r, s);
  }
}

/** Whether a DER signature is one of a digest. The private key stands in for the public one: it is at hand. */
export function verifyDigest(key: KeyObject, curve: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const { secret, order } = privateOf(key, curve);
  const [r, s] = decode(Buffer.from(signature));
  if (r <= 0n || r >= order || s <= 0n || s >= order) return false;
  const scalar = (inverse(s, order) * (truncated(digest, order) + r * secret)) % order;
  return scalar !== 0n && multiple(scalar, curve) % order === r;
}

function encode(...numbers: bigint[]): Buffer {
  const body = Buffer.concat(numbers.map(integer));
  return Buffer.concat([Buffer.from(body.length > 127 ? [0x30, 0x81, body.length] : [0x30, body.length]), body]);
}

function integer(value: bigint): Buffer {
  const bytes = toBytes(value);
  // A first bit that is set would make the number negative.
  const padded = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, padded.length]), padded]);
}

/** The two numbers of a DER signature; zeros for what is none. */
function decode(der: Buffer): [bigint, bigint] {
  const start = der[1] === 0x81 ? 3 : 2;
  const length = der[start + 1] ?? 0;
  const second = start + 2 + length;
  if (der[0] !== 0x30 || der[start] !== 0x02 || der[second] !== 0x02) return [0n, 0n];
  const r = toInteger(der.subarray(start + 2, second));
  return [r, toInteger(der.subarray(second + 2, second + 2 + (der[second + 1] ?? 0)))];
}
