import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();

async function bucketFor(origin: string): Promise<string> {
  const Bucket = await test.newBucket();
  const rule = {
    AllowedOrigins: [origin],
    AllowedMethods: ["GET", "PUT"],
    AllowedHeaders: ["X-*"],
    ExposeHeaders: ["ETag"],
    MaxAgeSeconds: 60,
  };
  await test.cloud.call("s3", "PutBucketCors", { Bucket, CORSConfiguration: { CORSRules: [rule] } });
  await test.put(Bucket, "k");
  return Bucket;
}
const preflight = (bucket: string, headers: Record<string, string>) =>
  fetch(`${test.cloud.endpoint}/${bucket}/k`, { method: "OPTIONS", headers });

describe("preflight", () => {
  it("allows what a rule allows", async () => {
    const bucket = await bucketFor("https://*.example.com");
    const asked = {
      origin: "https://app.example.com",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "x-one, X-Two",
    };
    const answer = await preflight(bucket, asked);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": asked.origin,
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-headers": "x-one, x-two",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "ETag",
      "access-control-max-age": "60",
    });
  });

  it("refuses the rest", async () => {
    const bucket = await bucketFor("https://example.com");
    const origin = "https://example.com";
    const refused: Record<string, string>[] = [
      { origin: "https://evil.com", "access-control-request-method": "GET" },
      { origin, "access-control-request-method": "DELETE" },
      { origin, "access-control-request-method": "GET", "access-control-request-headers": "other" },
    ];
    for (const headers of refused) {
      const answer = await preflight(bucket, headers);
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("AccessForbidden")]);
    }
    expect((await preflight(bucket, {})).status).toBe(400);
    const without = await preflight(await test.newBucket(), { origin, "access-control-request-method": "GET" });
    expect(await without.text()).toContain("CORS is not enabled for this bucket.");
  });
});

describe("answers to cross-origin requests", () => {
  it("carry the headers that the rule gives", async () => {
    const bucket = await bucketFor("*");
    const answer = await fetch(`${test.cloud.endpoint}/${bucket}/k`, { headers: { origin: "https://any.org" } });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-expose-headers")).toBe("ETag");
    expect(await answer.text()).toBe("x");
    const missing = await fetch(`${test.cloud.endpoint}/${bucket}/missing`, { headers: { origin: "https://any.org" } });
    expect([missing.status, missing.headers.get("access-control-allow-origin")]).toEqual([404, "*"]);
    const plain = await fetch(`${test.cloud.endpoint}/${bucket}/k`);
    expect(plain.headers.has("access-control-allow-origin")).toBe(false);
  });
});
