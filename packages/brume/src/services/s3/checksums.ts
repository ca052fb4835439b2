/** Checksums of objects: which were asked for, computing them as a body passes, and checking them. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { type Crc, crc32c, crc64nvme } from "./crc.js";
import { xxh3, xxh128 } from "./xxh3.js";
import { xxh64 } from "./xxh64.js";

export type ChecksumName =
  | "ChecksumCRC32"
  | "ChecksumCRC32C"
  | "ChecksumCRC64NVME"
  | "ChecksumSHA1"
  | "ChecksumSHA256"
  | "ChecksumSHA512"
  | "ChecksumMD5"
  | "ChecksumXXHASH64"
  | "ChecksumXXHASH3"
  | "ChecksumXXHASH128";

/** A checksum as it is stored: base64, followed by `-N` where it is one of part checksums. */
export interface Checksum {
  readonly algorithm: string;
  readonly value: string;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
}

function hashing(name: string): () => Crc {
  return () => {
    const hash = createHash(name);
    return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() };
  };
}

function zlibCrc32(): Crc {
  let crc = 0;
  return {
    update(chunk) {
      crc = crc32(chunk, crc);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes;
    },
  };
}

const ALGORITHMS: Readonly<Record<string, { member: ChecksumName; header: string; start: () => Crc }>> = {
  CRC32: { member: "ChecksumCRC32", header: "x-amz-checksum-crc32", start: zlibCrc32 },
  CRC32C: { member: "ChecksumCRC32C", header: "x-amz-checksum-crc32c", start: crc32c },
  CRC64NVME: { member: "ChecksumCRC64NVME", header: "x-amz-checksum-crc64nvme", start: crc64nvme },
  SHA1: { member: "ChecksumSHA1", header: "x-amz-checksum-sha1", start: hashing("sha1") },
  SHA256: { member: "ChecksumSHA256", header: "x-amz-checksum-sha256", start: hashing("sha256") },
  SHA512: { member: "ChecksumSHA512", header: "x-amz-checksum-sha512", start: hashing("sha512") },
  MD5: { member: "ChecksumMD5", header: "x-amz-checksum-md5", start: hashing("md5") },
  XXHASH64: { member: "ChecksumXXHASH64", header: "x-amz-checksum-xxhash64", start: xxh64 },
  XXHASH3: { member: "ChecksumXXHASH3", header: "x-amz-checksum-xxhash3", start: xxh3 },
  XXHASH128: { member: "ChecksumXXHASH128", header: "x-amz-checksum-xxhash128", start: xxh128 },
};

/** What S3 computes where the client names no algorithm. */
export const DEFAULT_ALGORITHM = "CRC64NVME";

/** @throws AwsError `InvalidRequest` for an algorithm that is none */
export function algorithm(name: string) {
  const found = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
  if (found) return found;
  throw new AwsError("InvalidRequest", `Checksum algorithm provided is unsupported. (${name.slice(0, 20)})`, {
    status: 400,
  });
}

export type ChecksumMembers = { [K in ChecksumName]?: string | undefined };

/** The member of an input or answer that carries a checksum. */
export function checksumMember(name: string | undefined, value: string | undefined): ChecksumMembers {
  return name === undefined || value === undefined ? {} : { [algorithm(name).member]: value };
}

/** The members of an answer for an object's checksum. */
export function checksumMembers(checksum: Checksum | undefined) {
  if (!checksum) return {};
  return { ...checksumMember(checksum.algorithm, checksum.value), ChecksumType: checksum.type };
}

/** The checksum that an input carries: `[algorithm, value]`. */
export function givenChecksum(input: ChecksumMembers): [algorithm: string, value: string] | undefined {
  for (const [name, { member }] of Object.entries(ALGORITHMS)) {
    const value = input[member];
    if (value !== undefined) return [name, value];
  }
  return undefined;
}

/** The algorithm whose checksum will follow the body in a trailer. */
function announcedTrailer(ctx: Context): string | undefined {
  const header = ctx.http?.headers["x-amz-trailer"];
  if (typeof header !== "string") return undefined;
  const trailer = header.trim().toLowerCase();
  return Object.keys(ALGORITHMS).find((name) => ALGORITHMS[name]?.header === trailer);
}

interface UploadInput extends ChecksumMembers {
  ChecksumAlgorithm?: string | undefined;
  ContentMD5?: string | undefined;
}

/** What is computed while a body comes in, and checked when it has. */
export class BodyDigest {
  readonly algorithm: string;
  /** What the client said that it uses, if it did. */
  readonly announced: string | undefined;
  readonly #md5 = createHash("md5");
  readonly #given: Map<string, string>;
  readonly #hashes = new Map<string, Crc>();
  readonly #contentMd5: string | undefined;
  readonly #trailer: string | undefined;
  readonly #ctx: Context;
  /** Hexadecimal, and the stored checksum in base64; there once `finish` was called. */
  md5 = "";
  checksum = "";

  /** @param expected the algorithm that the upload as a whole uses, where it is a part */
  constructor(ctx: Context, input: UploadInput, expected?: string) {
    this.#ctx = ctx;
    const given = givenChecksum(input);
    this.#given = new Map(given ? [given] : []);
    this.#trailer = announcedTrailer(ctx);
    const announced = given?.[0] ?? this.#trailer ?? input.ChecksumAlgorithm;
    this.announced = announced;
    this.algorithm = expected ?? announced ?? DEFAULT_ALGORITHM;
    for (const name of new Set([this.algorithm, announced ?? this.algorithm])) {
      this.#hashes.set(name, algorithm(name).start());
    }
    for (const [name, value] of this.#given) checkFormat(name, value);
    this.#contentMd5 = input.ContentMD5;
    if (this.#contentMd5 !== undefined && Buffer.from(this.#contentMd5, "base64").length !== 16) {
      throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", { status: 400 });
    }
  }

  update(chunk: Uint8Array): void {
    this.#md5.update(chunk);
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  /** @throws AwsError `BadDigest` when the content is not what the client said */
  finish(): void {
    const md5 = this.#md5.digest();
    this.md5 = md5.toString("hex");
    if (this.#contentMd5 !== undefined && this.#contentMd5 !== md5.toString("base64")) {
      throw badDigest("The Content-MD5 you specified did not match what we received.");
    }
    for (const [name, hash] of this.#hashes) {
      const computed = hash.digest().toString("base64");
      if (name === this.algorithm) this.checksum = computed;
      const trailer = this.#ctx.http?.trailers[algorithm(name).header];
      if (trailer === undefined && name === this.#trailer) throw malformedTrailer();
      const given = this.#given.get(name) ?? trailer;
      if (given !== undefined && given !== computed) {
        throw badDigest(`The ${name} you specified did not match the calculated checksum.`);
      }
    }
  }
}

const malformedTrailer = () =>
  new AwsError(
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    { status: 400 },
  );
const badDigest = (message: string) => new AwsError("BadDigest", message, { status: 400 });

function checkFormat(name: string, value: string): void {
  const length = algorithm(name).start().digest().length;
  if (Buffer.from(value, "base64").length === length) return;
  throw new AwsError("InvalidRequest", `Value for ${algorithm(name).header} header is invalid.`, { status: 400 });
}
