/** XXH3 of 64 and of 128 bits. See the xxHash specification; a seed and a secret of one's own are not here. */
import type { Crc } from "./crc.js";
import {
  avalanche64,
  bigEndian,
  PRIME64_1,
  PRIME64_2,
  PRIME64_3,
  PRIME64_4,
  PRIME64_5,
  rotateLeft,
  u64,
  xorShift,
} from "./xxh64.js";

const PRIME32_1 = 0x9e3779b1n;
const PRIME32_2 = 0x85ebca77n;
const PRIME32_3 = 0xc2b2ae3dn;
const MIX_1 = 0x165667919e3779f9n;
const MIX_2 = 0x9fb21c651e98df25n;
const LOW_32 = 0xffffffffn;
const SECRET = Buffer.from(
  "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c" +
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364" +
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e",
  "hex",
);
const secret64 = (at: number) => SECRET.readBigUInt64LE(at);
const secret32 = (at: number) => BigInt(SECRET.readUInt32LE(at));
const swap64 = (value: bigint) => bigEndian(value).readBigUInt64LE();

const avalanche = (hash: bigint) => xorShift(u64(xorShift(hash, 37n) * MIX_1), 32n);

/** Both halves of a product of 128 bits. */
interface Wide {
  low: bigint;
  high: bigint;
}
function multiply(a: bigint, b: bigint): Wide {
  const product = a * b;
  return { low: u64(product), high: product >> 64n };
}
function fold(a: bigint, b: bigint): bigint {
  const { low, high } = multiply(a, b);
  return low ^ high;
}

/** Inputs up to this length are hashed as a whole. */
const SHORT = 240;
const STRIPE = 64;
const STRIPES_OF_BLOCK = 16;
const SCRAMBLE_AT = 128;

const mix16 = (input: Buffer, at: number, secret: number) =>
  fold(input.readBigUInt64LE(at) ^ secret64(secret), input.readBigUInt64LE(at + 8) ^ secret64(secret + 8));

function mix32(sum: Wide, input: Buffer, first: number, second: number, secret: number): Wide {
  const words = (at: number) => u64(input.readBigUInt64LE(at) + input.readBigUInt64LE(at + 8));
  return {
    low: u64(sum.low + mix16(input, first, secret)) ^ words(second),
    high: u64(sum.high + mix16(input, second, secret + 16)) ^ words(first),
  };
}

/** One to three bytes as a word. */
function tiny(input: Buffer): bigint {
  const { length } = input;
  const [first, middle, last] = [input[0], input[length >> 1], input[length - 1]].map((byte) => BigInt(byte as number));
  return ((first as bigint) << 16n) | ((middle as bigint) << 24n) | (last as bigint) | (BigInt(length) << 8n);
}

function short64(input: Buffer): bigint {
  const size = input.length;
  const length = BigInt(size);
  if (size === 0) return avalanche64(secret64(56) ^ secret64(64));
  if (size <= 3) return avalanche64(tiny(input) ^ secret32(0) ^ secret32(4));
  if (size <= 8) {
    const word = BigInt(input.readUInt32LE(size - 4)) + (BigInt(input.readUInt32LE(0)) << 32n);
    const keyed = word ^ secret64(8) ^ secret64(16);
    const mixed = u64((keyed ^ rotateLeft(keyed, 49n) ^ rotateLeft(keyed, 24n)) * MIX_2);
    return xorShift(u64((mixed ^ ((mixed >> 35n) + length)) * MIX_2), 28n);
  }
  if (size <= 16) {
    const low = input.readBigUInt64LE(0) ^ secret64(24) ^ secret64(32);
    const high = input.readBigUInt64LE(size - 8) ^ secret64(40) ^ secret64(48);
    return avalanche(u64(length + swap64(low) + high + fold(low, high)));
  }
  let sum = length * PRIME64_1;
  if (size <= 128) {
    for (let i = (size - 1) >> 5; i >= 0; i--) {
      sum += mix16(input, 16 * i, 32 * i) + mix16(input, size - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(u64(sum));
  }
  for (let i = 0; i < 8; i++) sum += mix16(input, 16 * i, 16 * i);
  sum = avalanche(u64(sum));
  for (let i = 8; i < size >> 4; i++) sum += mix16(input, 16 * i, 16 * (i - 8) + 3);
  return avalanche(u64(sum + mix16(input, size - 16, 119)));
}

function short128(input: Buffer): Wide {
  const size = input.length;
  const length = BigInt(size);
  if (size === 0) {
    return { low: avalanche64(secret64(64) ^ secret64(72)), high: avalanche64(secret64(80) ^ secret64(88)) };
  }
  if (size <= 3) {
    const word = tiny(input);
    const swapped = swap64(word) >> 32n;
    const turned = ((swapped << 13n) | (swapped >> 19n)) & LOW_32;
    return {
      low: avalanche64(word ^ secret32(0) ^ secret32(4)),
      high: avalanche64(turned ^ secret32(8) ^ secret32(12)),
    };
  }
  if (size <= 8) {
    const word = BigInt(input.readUInt32LE(0)) + (BigInt(input.readUInt32LE(size - 4)) << 32n);
    const product = multiply(word ^ secret64(16) ^ secret64(24), u64(PRIME64_1 + (length << 2n)));
    const high = u64(product.high + (product.low << 1n));
    const low = xorShift(product.low ^ (high >> 3n), 35n);
    return { low: xorShift(u64(low * MIX_2), 28n), high: avalanche(high) };
  }
  if (size <= 16) return short16(input);
  let sum: Wide = { low: u64(length * PRIME64_1), high: 0n };
  if (size <= 128) {
    for (let i = (size - 1) >> 5; i >= 0; i--) sum = mix32(sum, input, 16 * i, size - 16 * (i + 1), 32 * i);
  } else {
    for (let i = 32; i < 160; i += 32) sum = mix32(sum, input, i - 32, i - 16, i - 32);
    sum = { low: avalanche(sum.low), high: avalanche(sum.high) };
    for (let i = 160; i <= size; i += 32) sum = mix32(sum, input, i - 32, i - 16, i - 157);
    sum = mix32(sum, input, size - 16, size - 32, 103);
  }
  const high = u64(sum.low * PRIME64_1 + sum.high * PRIME64_4 + length * PRIME64_2);
  return { low: avalanche(u64(sum.low + sum.high)), high: u64(-avalanche(high)) };
}

function short16(input: Buffer): Wide {
  const size = input.length;
  const first = input.readBigUInt64LE(0);
  const last = input.readBigUInt64LE(size - 8);
  const product = multiply(first ^ last ^ secret64(32) ^ secret64(40), PRIME64_1);
  const keyed = last ^ secret64(48) ^ secret64(56);
  const high = u64(product.high + keyed + (keyed & LOW_32) * (PRIME32_2 - 1n));
  const low = u64(product.low + (BigInt(size - 1) << 54n)) ^ swap64(high);
  const mixed = multiply(low, PRIME64_2);
  return { low: avalanche(mixed.low), high: avalanche(u64(mixed.high + high * PRIME64_2)) };
}

/** Holds back what may be the end: the last stripe is hashed in another way than those before it. */
class Xxh3 implements Crc {
  readonly #wide: boolean;
  readonly #lanes = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1];
  #rest: Buffer = Buffer.alloc(0);
  /** The stripe before what is held back, which the last one may reach into. */
  #before: Buffer = Buffer.alloc(0);
  #stripes = 0;
  #length = 0;

  constructor(wide: boolean) {
    this.#wide = wide;
  }

  update(chunk: Uint8Array): void {
    this.#length += chunk.length;
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (this.#length <= SHORT) return;
    let at = 0;
    for (; at + STRIPE < this.#rest.length; at += STRIPE) this.#take(this.#rest, at);
    if (at > 0) this.#before = Buffer.from(this.#rest.subarray(at - STRIPE, at));
    this.#rest = this.#rest.subarray(at);
  }

  #take(input: Buffer, at: number): void {
    this.#accumulate(input, at, 8 * (this.#stripes % STRIPES_OF_BLOCK));
    this.#stripes++;
    if (this.#stripes % STRIPES_OF_BLOCK !== 0) return;
    for (const [i, lane] of this.#lanes.entries()) {
      this.#lanes[i] = u64((xorShift(lane, 47n) ^ secret64(SCRAMBLE_AT + 8 * i)) * PRIME32_1);
    }
  }

  #accumulate(input: Buffer, at: number, secret: number): void {
    const lanes = this.#lanes;
    for (let i = 0; i < 8; i++) {
      const value = input.readBigUInt64LE(at + 8 * i);
      const keyed = value ^ secret64(secret + 8 * i);
      lanes[i ^ 1] = u64((lanes[i ^ 1] as bigint) + value);
      lanes[i] = u64((lanes[i] as bigint) + (keyed & LOW_32) * (keyed >> 32n));
    }
  }

  #merge(secret: number, start: bigint): bigint {
    let sum = start;
    for (let i = 0; i < 4; i++) {
      const [a, b] = [this.#lanes[2 * i] as bigint, this.#lanes[2 * i + 1] as bigint];
      sum += fold(a ^ secret64(secret + 16 * i), b ^ secret64(secret + 16 * i + 8));
    }
    return avalanche(u64(sum));
  }

  digest(): Buffer {
    if (this.#length <= SHORT) {
      if (!this.#wide) return bigEndian(short64(this.#rest));
      const { low, high } = short128(this.#rest);
      return bigEndian(high, low);
    }
    const held = Buffer.concat([this.#before, this.#rest]);
    this.#accumulate(held, held.length - STRIPE, 121);
    const length = BigInt(this.#length);
    const low = this.#merge(11, u64(length * PRIME64_1));
    return this.#wide ? bigEndian(this.#merge(117, u64(~(length * PRIME64_2))), low) : bigEndian(low);
  }
}

export const xxh3 = (): Crc => new Xxh3(false);
export const xxh128 = (): Crc => new Xxh3(true);
