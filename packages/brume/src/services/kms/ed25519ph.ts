/** Ed25519 over a digest that the caller made (Ed25519ph), which node:crypto cannot do. See RFC 8032, sections 5.1 and 6. */
import { createHash, type KeyObject } from "node:crypto";

const P = 2n ** 255n - 19n;
/** The order of the base point. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (value: bigint, modulus = P): bigint => ((value % modulus) + modulus) % modulus;

function power(base: bigint, exponent: bigint): bigint {
  let [result, square, left] = [1n, mod(base), exponent];
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

const inverse = (value: bigint): bigint => power(value, P - 2n);
const D = mod(-121665n * inverse(121666n));
const SQRT_MINUS_ONE = power(2n, (P - 1n) / 4n);

/** Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. */
type Point = readonly [x: bigint, y: bigint, z: bigint, t: bigint];

const fromAffine = (x: bigint, y: bigint): Point => [x, y, 1n, mod(x * y)];
const NEUTRAL: Point = [0n, 1n, 1n, 0n];

function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function multiply(point: Point, scalar: bigint): Point {
  let [result, double, left] = [NEUTRAL, point, scalar];
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) result = add(result, double);
    double = add(double, double);
  }
  return result;
}

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex") || "0"}`);
const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();

function encode([x, y, z]: Point): Buffer {
  const scale = inverse(z);
  return toBytes(mod(y * scale) | (mod(x * scale) & 1n ? 1n << 255n : 0n));
}

/** The point that 32 bytes stand for; `undefined` for bytes that stand for none. */
function decode(bytes: Uint8Array): Point | undefined {
  const whole = toNumber(bytes);
  const sign = whole >> 255n;
  const y = whole & ((1n << 255n) - 1n);
  if (y >= P) return undefined;
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * SQRT_MINUS_ONE);
  if (mod(x * x) !== square || (x === 0n && sign === 1n)) return undefined;
  return fromAffine((x & 1n) === sign ? x : P - x, y);
}

const baseY = mod(4n * inverse(5n));
const BASE = decode(toBytes(baseY)) ?? NEUTRAL;
/** What sets these signatures apart from those of messages. */
const DOMAIN = Buffer.concat([Buffer.from("SigEd25519 no Ed25519 collisions"), Buffer.from([1, 0])]);

const hash = (...parts: Uint8Array[]): Buffer => {
  const sha = createHash("sha512");
  for (const part of parts) sha.update(part);
  return sha.digest();
};
const scalarOf = (...parts: Uint8Array[]): bigint => toNumber(hash(DOMAIN, ...parts)) % L;
const jwkBytes = (key: KeyObject, member: "d" | "x"): Buffer =>
  Buffer.from(key.export({ format: "jwk" })[member] ?? "", "base64url");

/** Signs a SHA-512 digest with a private key. */
export function signPrehashed(privateKey: KeyObject, digest: Uint8Array): Buffer {
  const expanded = hash(jwkBytes(privateKey, "d"));
  const secret = (toNumber(expanded.subarray(0, 32)) & ~7n & ((1n << 254n) - 1n)) | (1n << 254n);
  const r = scalarOf(expanded.subarray(32), digest);
  const commitment = encode(multiply(BASE, r));
  const k = scalarOf(commitment, jwkBytes(privateKey, "x"), digest);
  return Buffer.concat([commitment, toBytes(mod(r + k * secret, L))]);
}

/** Whether a signature is one of a SHA-512 digest. */
export function verifyPrehashed(publicKey: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const commitment = signature.subarray(0, 32);
  const s = toNumber(signature.subarray(32));
  const encodedKey = jwkBytes(publicKey, "x");
  const key = decode(encodedKey);
  if (!key || s >= L) return false;
  const k = scalarOf(commitment, encodedKey, digest);
  const negated = multiply([mod(-key[0]), key[1], key[2], mod(-key[3])], k);
  return encode(add(multiply(BASE, s), negated)).equals(commitment);
}
