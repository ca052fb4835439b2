import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TarInput, writeTar } from "../../kernel/tar.js";
import { ImageRoot } from "./image-layers.js";

let folder: string;
let root: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "brume-layers-")));
  root = join(folder, "deep/er/root");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (path: string, text = path): TarInput => ({ path, type: "file", mode: 0o644, content: Buffer.from(text) });
const link = (path: string, target: string): TarInput => ({ path, type: "symlink", mode: 0o777, target });
const directory = (path: string): TarInput => ({ path, type: "directory", mode: 0o755 });
const tar = (...entries: TarInput[]) => buffer(Readable.from(writeTar(entries)));

/** A hard link: what no image of ours has, and others do. */
async function hardlink(path: string, target: string): Promise<Buffer> {
  const bytes = await tar(link(path, target));
  bytes.write("1", 156);
  let sum = 0;
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 0x20 : (bytes[i] as number);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes.subarray(0, 512);
}

async function unpack(...layers: Buffer[]): Promise<void> {
  const image = new ImageRoot(root);
  for (const layer of layers) await image.add(Readable.from([layer]));
  image.finish();
}

const read = (path: string) => readFileSync(join(root, path), "utf8");

describe("ImageRoot", () => {
  it("lays layers over each other, gzip or not", async () => {
    await unpack(
      await tar(directory("a"), file("a/one", "1"), file("a/two", "1"), file("b", "1")),
      gzipSync(await tar(file("a/two", "2"), directory("b"), file("b/c", "2"))),
    );
    expect([read("a/one"), read("a/two"), read("b/c")]).toEqual(["1", "2", "2"]);
  });

  it("takes away what whiteouts name", async () => {
    await unpack(
      await tar(file("a/one"), file("a/two"), file("b/three"), file("b/four"), link("b/five", "three"), link("c", "b")),
      await tar(file("a/.wh.one", ""), file("b/new"), file("b/.wh..wh..opq", ""), file(".wh.c", "")),
    );
    expect(readdirSync(join(root, "a"))).toEqual(["two"]);
    expect(readdirSync(join(root, "b"))).toEqual(["new"]);
    expect(existsSync(join(root, "c"))).toBe(false);
  });

  it("follows links within the image", async () => {
    await unpack(
      await tar(directory("usr/bin"), link("bin", "usr/bin"), link("abs", "/usr"), file("usr/bin/sh", "shell")),
      await tar(file("bin/tool", "tool"), file("abs/other", "other")),
    );
    expect([read("usr/bin/tool"), read("usr/other"), read("bin/sh"), read("abs/bin/sh")]).toEqual([
      "tool",
      "other",
      "shell",
      "shell",
    ]);
  });

  it("keeps hard links, and replaces links by files", async () => {
    await unpack(
      await tar(file("a", "1"), link("l", "a")),
      Buffer.concat([await hardlink("b", "a"), await hardlink("m", "l"), await tar(file("l", "own"))]),
    );
    expect([read("a"), read("b"), read("l"), read("m")]).toEqual(["1", "1", "own", "1"]);
  });

  it("lets nothing out of its folder", async () => {
    writeFileSync(join(folder, "outside"), "untouched");
    await unpack(
      await tar(
        file("../../../outside", "up"),
        file("/absolute", "absolute"),
        link("up", "../../../.."),
        file("up/outside", "through a link"),
        link("root", "/"),
        link("deep/a/b", "../../../../../../outside"),
        link("chain", "up"),
        file("chain/written", "x"),
        link("outside-link", `${folder}/outside`),
        file("outside-link", "replaced"),
        file("x/.wh...", ""),
      ),
    );
    expect(readFileSync(join(folder, "outside"), "utf8")).toBe("untouched");
    expect(readdirSync(folder).sort()).toEqual(["deep", "outside"]);
    expect(readdirSync(join(folder, "deep/er"))).toEqual(["root"]);
    expect([read("outside"), read("absolute"), read("written"), read("outside-link")]).toEqual([
      "through a link",
      "absolute",
      "x",
      "replaced",
    ]);
    for (const name of ["up", "root", "chain"]) expect(realpathSync(join(root, name))).toBe(root);
    expect(lstatSync(join(root, "deep/a/b")).isSymbolicLink()).toBe(true);
    expect(realpathSync(join(root, "deep/a/b"))).toBe(join(root, "outside"));
  });

  it("refuses what it cannot unpack", async () => {
    await expect(unpack(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]))).rejects.toThrow("compressed with zstd");
    await expect(unpack(Buffer.alloc(1024, "x"))).rejects.toThrow("not a tar archive");
    await expect(unpack(gzipSync(await tar(file("a"))).subarray(0, 40))).rejects.toThrow("unexpected end of file");
    await expect(unpack(await hardlink("b", "none"))).rejects.toThrow("which is not there");
    await expect(unpack(await tar(link("a", "b"), link("b", "a"), file("a/x")))).rejects.toThrow("leads nowhere");
  });
});
