import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { startCloud } from "../../index.js";

describe("bodies", () => {
  it("outlive a restart, which removes what belongs to no object", async () => {
    const data = mkdtempSync(join(tmpdir(), "brume-bodies-"));
    const content = Buffer.alloc(200_000, "content ");
    try {
      {
        await using cloud = await startCloud({ data });
        const s3 = cloud.client(sdk.S3Client);
        await s3.send(new sdk.CreateBucketCommand({ Bucket: "kept" }));
        await s3.send(new sdk.PutObjectCommand({ Bucket: "kept", Key: "large", Body: content }));
        await s3.send(new sdk.PutObjectCommand({ Bucket: "kept", Key: "small", Body: "small" }));
      }
      // As a crash in the middle of an upload leaves it.
      const orphan = join(data, "s3", "bodies", "00", "00orphan");
      mkdirSync(join(orphan, ".."), { recursive: true });
      writeFileSync(orphan, "half a body");
      await using cloud = await startCloud({ data });
      const s3 = cloud.client(sdk.S3Client);
      const get = async (Key: string) =>
        (await s3.send(new sdk.GetObjectCommand({ Bucket: "kept", Key }))).Body?.transformToString();
      expect(await get("large")).toBe(content.toString());
      expect(await get("small")).toBe("small");
      expect(existsSync(orphan)).toBe(false);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  });
});
