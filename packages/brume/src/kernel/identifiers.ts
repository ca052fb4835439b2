/** Identifiers as AWS makes them, and the only source of randomness. */
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";

const LOWER = "abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function pick(alphabet: string, length: number): string {
  const bytes = randomBytes(length);
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet[(bytes[i] as number) % alphabet.length];
  return text;
}

/** A version 4 UUID. */
export const uuid = (): string => randomUUID();
/** `length` random lower-case letters and digits. */
export const randomLower = (length: number): string => pick(LOWER, length);
/** `length` random upper-case letters and digits. */
export const randomUpper = (length: number): string => pick(UPPER, length);
/** `length` random hexadecimal digits. */
export const randomHex = (length: number): string =>
  randomBytes(Math.ceil(length / 2))
    .toString("hex")
    .slice(0, length);
/** `length` random base-32 characters, as in access keys and unique ids of IAM. */
export const randomBase32 = (length: number): string => pick(BASE32, length);
/** `bytes` random bytes, as base64. */
export const randomBase64 = (bytes: number): string => randomBytes(bytes).toString("base64");
/** A random integer from 0 (inclusive) to `limit` (exclusive). */
export const randomBelow = (limit: number): number => randomInt(limit);

/** `length` characters that depend on `seed` alone: the same seed gives the same characters, after a crash too. */
export function derived(seed: string, length: number, alphabet: "lower" | "upper" = "upper"): string {
  const letters = alphabet === "lower" ? LOWER : UPPER;
  const bytes = createHash("sha512").update(seed).digest();
  let text = "";
  for (let i = 0; i < length; i++) text += letters[(bytes[i % bytes.length] as number) % letters.length];
  return text;
}
