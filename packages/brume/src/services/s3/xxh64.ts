/** XXH64, and the 64-bit arithmetic that the algorithms of its family share. See the xxHash specification. */
import type { Crc } from "./crc.js";

const MASK = (1n << 64n) - 1n;
export const PRIME64_1 = 0x9e3779b185ebca87n;
export const PRIME64_2 = 0xc2b2ae3d27d4eb4fn;
export const PRIME64_3 = 0x165667b19e3779f9n;
export const PRIME64_4 = 0x85ebca77c2b2ae63n;
export const PRIME64_5 = 0x27d4eb2f165667c5n;

/** The lowest 64 bits. */
export const u64 = (value: bigint): bigint => value & MASK;
export const rotateLeft = (value: bigint, bits: bigint): bigint => u64(value << bits) | (value >> (64n - bits));
export const xorShift = (value: bigint, bits: bigint): bigint => value ^ (value >> bits);

/** Mixes the bits of a result, so that each depends on all. */
export function avalanche64(hash: bigint): bigint {
  const second = u64(xorShift(hash, 33n) * PRIME64_2);
  return xorShift(u64(xorShift(second, 29n) * PRIME64_3), 32n);
}

/** A result as it is written: the highest byte first. */
export function bigEndian(...words: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(8 * words.length);
  for (const [index, word] of words.entries()) bytes.writeBigUInt64BE(word, 8 * index);
  return bytes;
}

const round = (lane: bigint, input: bigint) => u64(rotateLeft(u64(lane + input * PRIME64_2), 31n) * PRIME64_1);
const merge = (hash: bigint, lane: bigint) => u64((hash ^ round(0n, lane)) * PRIME64_1 + PRIME64_4);

const STRIPE = 32;

class Xxh64 implements Crc {
  #lanes = [u64(PRIME64_1 + PRIME64_2), PRIME64_2, 0n, u64(-PRIME64_1)];
  #rest: Buffer = Buffer.alloc(0);
  #length = 0;

  update(chunk: Uint8Array): void {
    this.#length += chunk.length;
    const input = Buffer.concat([this.#rest, chunk]);
    let at = 0;
    let [a, b, c, d] = this.#lanes as [bigint, bigint, bigint, bigint];
    for (; at + STRIPE <= input.length; at += STRIPE) {
      a = round(a, input.readBigUInt64LE(at));
      b = round(b, input.readBigUInt64LE(at + 8));
      c = round(c, input.readBigUInt64LE(at + 16));
      d = round(d, input.readBigUInt64LE(at + 24));
    }
    this.#lanes = [a, b, c, d];
    this.#rest = input.subarray(at);
  }

  digest(): Buffer {
    const rest = this.#rest;
    let hash = PRIME64_5;
    if (this.#length >= STRIPE) {
      const [a, b, c, d] = this.#lanes as [bigint, bigint, bigint, bigint];
      hash = u64(rotateLeft(a, 1n) + rotateLeft(b, 7n) + rotateLeft(c, 12n) + rotateLeft(d, 18n));
      for (const lane of this.#lanes) hash = merge(hash, lane);
    }
    hash = u64(hash + BigInt(this.#length));
    let at = 0;
    for (; at + 8 <= rest.length; at += 8) {
      hash = u64(rotateLeft(hash ^ round(0n, rest.readBigUInt64LE(at)), 27n) * PRIME64_1 + PRIME64_4);
    }
    if (at + 4 <= rest.length) {
      const word = u64(BigInt(rest.readUInt32LE(at)) * PRIME64_1);
      hash = u64(rotateLeft(hash ^ word, 23n) * PRIME64_2 + PRIME64_3);
      at += 4;
    }
    for (; at < rest.length; at++) {
      hash = u64(rotateLeft(hash ^ u64(BigInt(rest[at] as number) * PRIME64_5), 11n) * PRIME64_1);
    }
    return bigEndian(avalanche64(hash));
  }
}

export const xxh64 = (): Crc => new Xxh64();
