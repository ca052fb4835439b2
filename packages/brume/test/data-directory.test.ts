import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCloud, UserError } from "../src/index.js";

const command = ["--import", "tsx", new URL("../src/cli.ts", import.meta.url).pathname];
const repository = new URL("../../../", import.meta.url).pathname;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "brume-data-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What the command prints and its exit code. */
async function run(...parameters: string[]): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn(process.execPath, [...command, ...parameters], {
    cwd: repository,
    // The command must not find a cloud of this user, nor be told where one is.
    env: { ...process.env, XDG_DATA_HOME: directory, BRUME_DATA: undefined, BRUME_PORT: undefined },
  });
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = "";
    for await (const chunk of stream) text += chunk;
    return text;
  };
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, error, code] = await Promise.all([read(child.stdout), read(child.stderr), closed]);
  return { code, out, error };
}

/** The mistake that starting a cloud makes known. */
async function mistakeOf(options: Parameters<typeof startCloud>[0]): Promise<UserError> {
  const error = await startCloud(options).then(
    async (cloud) => {
      await cloud.close();
      throw new Error("It started.");
    },
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

/** One sentence, and what to do. */
const SENTENCE = /^error: [^\n]+\.\n {2}[^\n]+\.\n$/;

async function occupied(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

describe("a port that is in use", () => {
  it("is said, and what to do; the data directory is free again", async () => {
    const { server, port } = await occupied();
    const error = await mistakeOf({ port, data: directory });
    expect(error).toMatchObject({
      code: "PortInUse",
      message: `Port ${port} on 127.0.0.1 is in use by another process.`,
    });
    expect(error.hint).toContain("--port");
    const { code, out, error: text } = await run("start", "--port", String(port), "--data", directory);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(text).toMatch(SENTENCE);
    expect(text).toContain(`Port ${port}`);
    server.close();
    await using _cloud = await startCloud({ port, data: directory });
  });
});

describe("a data directory", () => {
  it("of a newer format is refused, and left as it is", async () => {
    writeFileSync(join(directory, "format.json"), '{"format":1000000}');
    expect(await mistakeOf({ data: directory })).toMatchObject({
      code: "DataDirectoryFormat",
      message: expect.stringContaining("has format 1000000"),
      hint: expect.stringContaining("--data"),
    });
    const { code, error } = await run("start", "--port", "0", "--data", directory);
    expect(code).toBe(1);
    expect(error).toMatch(SENTENCE);
    expect(readdirSync(directory)).toEqual(["format.json"]);
  });

  it.each(["", "{", "[]", "null", '"1"', '{"format":"1"}', "{}"])(
    "whose format is said as %j is refused",
    async (text) => {
      writeFileSync(join(directory, "format.json"), text);
      expect((await mistakeOf({ data: directory })).code).toBe("DataDirectoryFormat");
    },
  );

  it("that another process holds is refused, and said by whom", async () => {
    await using cloud = await startCloud({ data: directory });
    expect(await mistakeOf({ data: directory })).toMatchObject({
      code: "DataDirectoryInUse",
      message: `The data directory ${directory} is held by process ${process.pid}.`,
      hint: expect.stringContaining("brume stop"),
    });
    const { code, error } = await run("start", "--port", "0", "--data", directory);
    expect(code).toBe(1);
    expect(error).toMatch(SENTENCE);
    const { code: jsonCode, out } = await run("start", "--port", "0", "--data", directory, "--json");
    expect(jsonCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "DataDirectoryInUse", message: expect.any(String) } });
    // Those who were refused took nothing from who holds it.
    expect(JSON.parse(readFileSync(join(directory, "lock.json"), "utf8"))).toMatchObject({
      pid: process.pid,
      endpoint: cloud.endpoint,
    });
  });

  it("is let go when its cloud closes, and when it does not start", async () => {
    await (await startCloud({ data: directory })).close();
    expect(existsSync(join(directory, "lock.json"))).toBe(false);
    await (await startCloud({ data: directory })).close();
  });

  it.each([
    ["a process that is gone", '{"pid":4194304}'],
    ["this process's number, before it was this process's", JSON.stringify({ pid: process.pid, since: 0 })],
    ["nobody", ""],
    ["half a lock", '{"pid":'],
    ["no process", '{"pid":-1}'],
  ])("held by %s is free", async (_name, lock) => {
    writeFileSync(join(directory, "lock.json"), lock);
    await using cloud = await startCloud({ data: directory });
    expect(JSON.parse(readFileSync(join(directory, "lock.json"), "utf8"))).toMatchObject({ endpoint: cloud.endpoint });
  });

  it("that is a file, or in one, or cannot be made is refused", async () => {
    const file = join(directory, "file");
    writeFileSync(file, "");
    for (const data of [file, join(file, "below")]) {
      expect(await mistakeOf({ data })).toMatchObject({
        code: "DataDirectoryUnusable",
        message: `The data directory ${data} is not a directory.`,
      });
    }
    const { code, error } = await run("start", "--port", "0", "--data", file);
    expect(code).toBe(1);
    expect(error).toMatch(SENTENCE);
  });

  it.each([
    ["other bytes", "not a store ".repeat(10_000)],
    ["a few bytes", "x"],
    ["zeros, as a full disk leaves them", "\0".repeat(20_000)],
  ])("whose store is damaged is refused: %s", async (_name, content) => {
    await (await startCloud({ data: directory })).close();
    writeFileSync(join(directory, "store.lmdb"), content);
    expect(await mistakeOf({ data: directory })).toMatchObject({
      code: "DataDirectoryDamaged",
      hint: expect.stringContaining("--data"),
    });
  });
});

describe("brume status, outputs and stop", () => {
  it("say where no cloud runs, and what to do", async () => {
    const { code, error } = await run("outputs", "--data", directory);
    expect(code).toBe(1);
    expect(error).toMatch(SENTENCE);
    expect(error).toContain(directory);
  });

  it("say so of a port at which something else answers", async () => {
    const { server, port } = await occupied();
    server.on("connection", (socket) => socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
    const { code, error } = await run("outputs", "--port", String(port));
    expect(code).toBe(1);
    expect(error).toMatch(SENTENCE);
    server.close();
  });
});
