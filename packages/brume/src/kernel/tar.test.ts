import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { readTar, type TarInput, writeTar } from "./tar.js";

const folder = mkdtempSync(join(tmpdir(), "brume-tar-"));
afterAll(() => rmSync(folder, { recursive: true }));

const archive = (entries: TarInput[]) => buffer(Readable.from(writeTar(entries)));

async function contents(bytes: Buffer, chunkBytes = bytes.length): Promise<unknown[]> {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  const found: unknown[] = [];
  for await (const { path, type, mode, target, body } of readTar(Readable.from(chunks))) {
    const text = (await buffer(Readable.from(body))).toString();
    found.push([path, type, mode, type === "file" ? text : target]);
  }
  return found;
}

const LONG = `${"a-long-folder/".repeat(12)}näme`;
const ENTRIES: TarInput[] = [
  { path: "folder", type: "directory", mode: 0o755 },
  { path: "folder/file", type: "file", mode: 0o644, content: Buffer.from("content") },
  { path: "folder/empty", type: "file", mode: 0o600, content: Buffer.alloc(0) },
  { path: LONG, type: "file", mode: 0o755, content: Buffer.from("x".repeat(1000)) },
  { path: "link", type: "symlink", mode: 0o777, target: "folder/file" },
];

describe("writeTar", () => {
  it("writes what tar itself reads", async () => {
    writeFileSync(join(folder, "own.tar"), await archive(ENTRIES));
    execFileSync("tar", ["xf", "own.tar"], { cwd: folder });
    expect(readFileSync(join(folder, "link"), "utf8")).toBe("content");
    expect(readFileSync(join(folder, LONG), "utf8")).toHaveLength(1000);
  });

  it("makes equal archives of equal content", async () => {
    expect((await archive(ENTRIES)).equals(await archive(ENTRIES))).toBe(true);
  });
});

describe("readTar", () => {
  it("reads what was written, in pieces of any size", async () => {
    const bytes = await archive(ENTRIES);
    const expected = [
      ["folder/", "directory", 0o755, ""],
      ["folder/file", "file", 0o644, "content"],
      ["folder/empty", "file", 0o600, ""],
      [LONG, "file", 0o755, "x".repeat(1000)],
      ["link", "symlink", 0o777, "folder/file"],
    ];
    for (const chunkBytes of [1, 100, 512, 5000]) expect(await contents(bytes, chunkBytes)).toEqual(expected);
  });

  it.each(["gnu", "pax", "ustar"])("reads archives of tar in the form %s", async (format) => {
    const source = join(folder, format);
    const name = `${"deep/".repeat(20)}file-with-a-name`;
    mkdirSync(join(source, "deep/".repeat(20)), { recursive: true });
    writeFileSync(join(source, name), "deep");
    symlinkSync(name, join(source, "link"));
    if (format === "ustar") rmSync(join(source, "link"));
    const bytes = execFileSync("tar", ["cf", "-", `--format=${format}`, "-C", source, "."]);
    const found = await contents(bytes);
    expect(found).toContainEqual([`./${name}`, "file", 0o644, "deep"]);
    if (format !== "ustar") expect(found).toContainEqual(["./link", "symlink", 0o777, name]);
  });

  it("passes over what is not read", async () => {
    const paths: string[] = [];
    for await (const { path } of readTar(Readable.from([await archive(ENTRIES)]))) paths.push(path);
    expect(paths).toHaveLength(ENTRIES.length);
  });

  it("refuses what is no archive, and one that breaks off", async () => {
    await expect(contents(Buffer.alloc(2048, "x"))).rejects.toThrow("not a tar archive");
    await expect(contents(Buffer.from("short"))).rejects.toThrow();
    const whole = await archive(ENTRIES);
    await expect(contents(whole.subarray(0, 1030))).rejects.toThrow("ends in the middle");
  });
});
