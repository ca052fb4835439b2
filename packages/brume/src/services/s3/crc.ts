/** Cyclic redundancy checks that Node lacks: CRC-32C and CRC-64/NVME, eight bytes a step, and joining the CRCs of parts. */

export interface Crc {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

/** Reversed polynomials. */
const CRC32 = 0xedb88320n;
const CRC32C = 0x82f63b78n;
const CRC64NVME = 0x9a6c9329ac4bc9b5n;

interface Tables {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

/** Eight tables of 256 entries, one after the other; `high` holds the upper halves of a 64-bit CRC. */
function makeTables(polynomial: bigint): Tables {
  const entries = new BigUint64Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    entries[byte] = crc;
  }
  for (let index = 256; index < entries.length; index++) {
    const before = entries[index - 256] as bigint;
    entries[index] = (before >> 8n) ^ (entries[Number(before & 0xffn)] as bigint);
  }
  return {
    low: Uint32Array.from(entries, (entry) => Number(entry & 0xffffffffn)),
    high: Uint32Array.from(entries, (entry) => Number(entry >> 32n)),
  };
}

const CRC32C_TABLES = makeTables(CRC32C);
const CRC64NVME_TABLES = makeTables(CRC64NVME);

export function crc32c(): Crc {
  const { low: table } = CRC32C_TABLES;
  const at = (index: number) => table[index] as number;
  let crc = 0xffffffff;
  return {
    update(chunk) {
      const words = chunk.length & ~7;
      let i = 0;
      for (; i < words; i += 8) {
        const first =
          crc ^
          ((chunk[i] as number) |
            ((chunk[i + 1] as number) << 8) |
            ((chunk[i + 2] as number) << 16) |
            ((chunk[i + 3] as number) << 24));
        crc =
          at(1792 + (first & 255)) ^
          at(1536 + ((first >>> 8) & 255)) ^
          at(1280 + ((first >>> 16) & 255)) ^
          at(1024 + (first >>> 24)) ^
          at(768 + (chunk[i + 4] as number)) ^
          at(512 + (chunk[i + 5] as number)) ^
          at(256 + (chunk[i + 6] as number)) ^
          at(chunk[i + 7] as number);
      }
      for (; i < chunk.length; i++) crc = at((crc ^ (chunk[i] as number)) & 255) ^ (crc >>> 8);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(~crc >>> 0);
      return bytes;
    },
  };
}

export function crc64nvme(): Crc {
  const { low, high } = CRC64NVME_TABLES;
  let crcLow = 0xffffffff;
  let crcHigh = 0xffffffff;
  return {
    update(chunk) {
      const words = chunk.length & ~7;
      let i = 0;
      for (; i < words; i += 8) {
        let nextLow = 0;
        let nextHigh = 0;
        for (let byte = 0; byte < 8; byte++) {
          const half = byte < 4 ? crcLow : crcHigh;
          const index = (7 - byte) * 256 + (((half >>> ((byte & 3) * 8)) & 255) ^ (chunk[i + byte] as number));
          nextLow ^= low[index] as number;
          nextHigh ^= high[index] as number;
        }
        crcLow = nextLow;
        crcHigh = nextHigh;
      }
      for (; i < chunk.length; i++) {
        const index = (crcLow ^ (chunk[i] as number)) & 255;
        crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ (low[index] as number);
        crcHigh = (crcHigh >>> 8) ^ (high[index] as number);
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~crcHigh >>> 0);
      bytes.writeUInt32BE(~crcLow >>> 0, 4);
      return bytes;
    },
  };
}

const POLYNOMIALS: Readonly<Record<string, [polynomial: bigint, bits: number]>> = {
  CRC32: [CRC32, 32],
  CRC32C: [CRC32C, 32],
  CRC64NVME: [CRC64NVME, 64],
};

/** Whether the checksum of a whole can be had from those of its parts. */
export const isJoinable = (algorithm: string): boolean => Object.hasOwn(POLYNOMIALS, algorithm);

/** The CRC of contents that follow each other, from the CRC and length of each. */
export function joinCrcs(algorithm: string, parts: readonly { crc: Buffer; size: number }[]): Buffer {
  const [polynomial, bits] = POLYNOMIALS[algorithm] as [bigint, number];
  let joined = 0n;
  for (const { crc, size } of parts) {
    joined = appendZeros(joined, size, polynomial, bits) ^ BigInt(`0x${crc.toString("hex")}`);
  }
  return Buffer.from(joined.toString(16).padStart(bits / 4, "0"), "hex");
}

/** Multiplies by x^(8·size) modulo the polynomial: what that many zero bytes do to a CRC. */
function appendZeros(crc: bigint, size: number, polynomial: bigint, bits: number): bigint {
  let result = crc;
  let power = 1n << BigInt(bits - 9);
  for (let left = size; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(result, power, polynomial, bits);
    power = multiply(power, power, polynomial, bits);
  }
  return result;
}

/** Multiplies two reflected polynomials: the highest bit is x^0. */
function multiply(a: bigint, b: bigint, polynomial: bigint, bits: number): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = BigInt(bits - 1); bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}
