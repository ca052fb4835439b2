/** Splits an address range into blocks, as `Fn::Cidr` does. */
import { invalidTemplate } from "./errors.js";

/** @throws AwsError when the range is none, or cannot hold that many blocks */
export function cidrBlocks(block: string, count: number, bits?: number): string[] {
  const [address = "", lengthText = ""] = block.split("/");
  const v6 = address.includes(":");
  const width = v6 ? 128 : 32;
  const cidrBits = bits ?? (v6 ? 64 : 8);
  const length = Number(lengthText);
  const newLength = width - cidrBits;
  const start = v6 ? parseV6(address) : parseV4(address);
  if (start === undefined || !Number.isInteger(length) || lengthText === "" || length > width) {
    throw invalidTemplate(`Template error: Fn::Cidr expects a valid CIDR block, not ${block}.`);
  }
  if (!Number.isInteger(count) || count < 1 || count > 256)
    throw invalidTemplate("Template error: Fn::Cidr expects a count from 1 to 256.");
  if (newLength < length || BigInt(count) > 1n << BigInt(newLength - length)) {
    throw invalidTemplate(`Template error: Fn::Cidr cannot generate ${count} blocks of ${cidrBits} bits in ${block}.`);
  }
  const size = 1n << BigInt(cidrBits);
  const base = (start >> BigInt(width - length)) << BigInt(width - length);
  return Array.from({ length: count }, (_, index) => {
    const value = base + BigInt(index) * size;
    return `${v6 ? formatV6(value) : formatV4(value)}/${newLength}`;
  });
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  if (gap < 0) return undefined;
  const groups = [...left, ...Array<string>(gap).fill("0"), ...right];
  if (groups.length !== 8 || groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(Number.parseInt(group, 16)), 0n);
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => Number((value >> shift) & 255n)).join(".");
}

function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  return groups.join(":").replace(/(^|:)0(:0)+(:|$)/, "::");
}
