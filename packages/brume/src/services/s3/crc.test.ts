import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Crc, crc32c, crc64nvme, joinCrcs } from "./crc.js";

const CHECK = Buffer.from("123456789");

function over(start: () => Crc, ...chunks: Uint8Array[]): string {
  const crc = start();
  for (const chunk of chunks) crc.update(chunk);
  return crc.digest().toString("hex");
}

describe("crc32c, crc64nvme", () => {
  it("give the published check values", () => {
    expect(over(crc32c, CHECK)).toBe("e3069283");
    expect(over(crc64nvme, CHECK)).toBe("ae8b14860a799888");
  });

  it("do not depend on where the content is cut", () => {
    const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7919) % 256));
    for (const start of [crc32c, crc64nvme]) {
      const whole = over(start, content);
      for (const at of [0, 1, 7, 8, 9, 500, 999]) {
        expect(over(start, content.subarray(0, at), content.subarray(at))).toBe(whole);
      }
    }
  });
});

describe("joinCrcs", () => {
  it("gives the CRC of the whole from those of the parts", () => {
    const [a, b] = [Buffer.alloc(100_001, "abc"), Buffer.alloc(77, "xyz")];
    const whole = Buffer.concat([a, b]);
    const zlib = () => {
      let value = 0;
      return {
        update: (chunk: Uint8Array) => {
          value = crc32(chunk, value);
        },
        digest: () => Buffer.from(value.toString(16).padStart(8, "0"), "hex"),
      };
    };
    for (const [name, start] of [
      ["CRC32", zlib],
      ["CRC32C", crc32c],
      ["CRC64NVME", crc64nvme],
    ] as const) {
      const parts = [a, b].map((content) => ({ crc: Buffer.from(over(start, content), "hex"), size: content.length }));
      expect(joinCrcs(name, parts).toString("hex")).toBe(over(start, whole));
    }
  });
});
