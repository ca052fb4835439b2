import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import type { Crc } from "./crc.js";
import { TestCloud } from "./test-cloud.js";
import { xxh3, xxh128 } from "./xxh3.js";
import { xxh64 } from "./xxh64.js";

/** Lengths, and what the reference implementation makes of the first bytes of `CONTENT`. */
const EXPECTED: readonly [length: number, xxh64: string, xxh3: string, xxh128: string][] = [
  [0, "ef46db3751d8e999", "2d06800538d394c2", "99aa06d3014798d86001c324468d497f"],
  [1, "e934a84adb052768", "c44bdff4074eecdb", "a6cd5e9392000f6ac44bdff4074eecdb"],
  [3, "a83378d1eb86ec62", "6811538b444fc6dc", "c925ae1797c3998f6811538b444fc6dc"],
  [4, "9882e57ed36c4cfc", "ed503340c589a28b", "6ae518c60df23fcadb9cecd5eb59a7f1"],
  [8, "a5bc8d8944331fe7", "e5b43ab074c9c13b", "63f350efc0ba3e2e5b3f49d0f38f9d7d"],
  [9, "17006424a894094a", "089b8d25b20fb877", "83c871b1014e6f76d8a20b5b7aa68a37"],
  [16, "9cb21df76892d962", "0a0ec5ae8679cb7f", "248181305d3c1039adebb1d9d080b69c"],
  [17, "8839744da5ebce07", "57c52d21ce492c1e", "825a0db7d0afe2c0cfea252f6b7ed7e9"],
  [32, "333288d992cf3b16", "8e62a5f67100f10d", "49412a76e9b6a22603504df8fe9f5aee"],
  [33, "379b60150f2cfc7f", "bc16fc6b42571f75", "d1fad6434c06e9ad17580ff25b93b223"],
  [64, "60a3644ca073e2cb", "7714914b0d794113", "ecceaabe1fb6f9ffcfa5d95a3b689b2c"],
  [65, "8a8d527218171f2e", "dd1752f723801bbc", "188e082b3b260ab511609fe0d1f6230f"],
  [96, "ad9804e173e0e75e", "7f316343f379455b", "e88af0bba2a3824dc6be04da8ac97912"],
  [97, "5a12f8f43c9e6147", "0c5de55821283dde", "f26536f5ef52d772a408415b79ba85d8"],
  [128, "a2a5c849215e5023", "696069c4f1e6a91a", "08df79f520370b525cfea347ea4bb687"],
  [129, "668fb4edffc61825", "b1ada52285757beb", "fc1d02037be48a62821740ece8839b64"],
  [160, "ae4a6666ae5dade5", "71dd5a1a41c505ee", "33fe39a6a767b4d34656f5513beed585"],
  [240, "12bea757f6df82c0", "b80284837259eee4", "8406fbd017acdf4e687f00a7f64e46db"],
  [241, "127d3d4871da38a2", "44dbd3180a664e27", "d894c74b1b3ea28f44dbd3180a664e27"],
  [256, "94fd43830a500b9c", "266a2c816cbb31c5", "b997d11012dfe96d266a2c816cbb31c5"],
  [1023, "b39386e60ed43568", "f7eb9806eb4ad2fd", "af3e31d19ed9a0faf7eb9806eb4ad2fd"],
  [1024, "0ce1d4e6af18d023", "d1abb5dbd52032f9", "54680c079a49361cd1abb5dbd52032f9"],
  [1025, "4a42a2ffd8c2d3d2", "a3908b116ddf0191", "4010f40cb0ea5efda3908b116ddf0191"],
  [2048, "cbceede3272992d5", "597cefa098478059", "7d5e551fefb47c21597cefa098478059"],
  [5000, "3ec87c4f931c1f9c", "4df419ab59e5a7ad", "4f42ac926fb7748c4df419ab59e5a7ad"],
  [100000, "d5d25b5ad1ad1f41", "3a0109e04c9ff5ba", "98a827951405297c3a0109e04c9ff5ba"],
];
const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 131 + (i >> 8) * 7) & 255));

function hexOf(hash: Crc, content: Buffer, step = content.length || 1): string {
  for (let at = 0; at < content.length; at += step) hash.update(content.subarray(at, at + step));
  return hash.digest().toString("hex");
}

describe("xxh64, xxh3, xxh128", () => {
  it.each(EXPECTED)("are those of the reference implementation for %i bytes", (length, ...expected) => {
    const content = CONTENT.subarray(0, length);
    expect([xxh64(), xxh3(), xxh128()].map((hash) => hexOf(hash, content))).toEqual(expected);
  });

  it("do not depend on where the content is cut", () => {
    for (const step of [1, 63, 64, 65, 239, 240, 1000]) {
      const content = CONTENT.subarray(0, 3000);
      for (const make of [xxh64, xxh3, xxh128]) expect(hexOf(make(), content, step)).toBe(hexOf(make(), content));
    }
  });
});

describe("objects with such checksums", () => {
  const test = new TestCloud();

  it("are checked against them, and answer with them", async () => {
    const Bucket = await test.newBucket();
    const digest = (hash: Crc) => Buffer.from(hexOf(hash, Buffer.from("hello")), "hex").toString("base64");
    const members = {
      ChecksumXXHASH64: digest(xxh64()),
      ChecksumXXHASH3: digest(xxh3()),
      ChecksumXXHASH128: digest(xxh128()),
    };
    for (const [name, value] of Object.entries(members)) {
      await test.put(Bucket, "k", "hello", { [name]: value });
      const head = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
      expect(head).toMatchObject({ [name]: value, ChecksumType: "FULL_OBJECT" });
      await expect(test.put(Bucket, "k", "other", { [name]: value })).rejects.toMatchObject({ name: "BadDigest" });
    }
  });
});
