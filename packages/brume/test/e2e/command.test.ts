/** The command, as a person at a terminal or a script uses it: real processes, a real data directory. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppCopy, copyExample, repository } from "./app-copy.js";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

let app: AppCopy;
let data: string;
let port: number;
beforeAll(async () => {
  app = await copyExample("hit-counter");
  data = await mkdtemp(join(tmpdir(), "brume-command-"));
  port = await freePort();
});
afterAll(async () => {
  await brume("stop");
  await app.remove();
  await rm(data, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

const command = [join(repository, "packages/brume/bin/brume.mjs")];
const environment = () => ({ ...process.env, BRUME_PORT: String(port), BRUME_DATA: data });

async function brume(...parameters: string[]): Promise<Finished> {
  try {
    const { stdout, stderr } = await run(process.execPath, [...command, ...parameters], {
      cwd: app.folder,
      env: environment(),
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Finished;
    return { code, stdout, stderr };
  }
}

describe("brume", { timeout: TIMEOUT_MS }, () => {
  it("says what there is, and what is wrong with a command line", async () => {
    expect((await brume("--help")).stdout).toContain("deploy [options] [stacks...]");
    for (const name of [
      "start",
      "stop",
      "status",
      "deploy",
      "diff",
      "destroy",
      "ls",
      "outputs",
      "invoke",
      "logs",
      "outbox",
      "exec",
    ]) {
      expect((await brume(name, "--help")).stdout, name).toContain("--json");
    }
    expect(await brume("deploy", "--nope")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown option '--nope'"),
    });
    expect(await brume("start", "--port", "x")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("It must be a whole number."),
    });
  });

  it("has no cloud at first", async () => {
    expect(await brume("status")).toMatchObject({ code: 1, stdout: "No cloud runs.\n" });
    expect(await brume("invoke", "f")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: No cloud runs on port \d+\.\n {2}Start one with brume start/),
    });
  });

  it("lists and deploys, starting a cloud by itself", async () => {
    expect((await brume("ls")).stdout).toBe("HitCounterStack\n");
    const outputsFile = join(data, "outputs.json");
    const deployed = await brume("deploy", "--outputs-file", outputsFile);
    expect(deployed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("HitCounterStack.SeededPath = /welcome"),
    });
    expect(JSON.parse(await readFile(outputsFile, "utf8")).HitCounterStack.SeededPath).toBe("/welcome");
  });

  it("invokes by construct path, logical id and name, and shows the log", async () => {
    const event = JSON.stringify({ path: "/by-path" });
    const answered = await brume("invoke", "HitCounterStack/HelloHandler", "--event", event);
    expect(JSON.parse(answered.stdout).body).toBe("Hello, CDK! You've hit /by-path\n");
    expect(answered.stderr).toContain("REPORT RequestId:");
    const file = join(data, "event.json");
    await writeFile(file, event);
    const json = JSON.parse((await brume("invoke", "HelloHandler", "--event", `@${file}`, "--json")).stdout);
    expect(json.payload.statusCode).toBe(200);
    expect((await brume("invoke", json.function, "--event", event)).code).toBe(0);
    expect((await brume("logs", "HelloHandler")).stdout).toContain("START RequestId:");
    expect(await brume("invoke", "Nobody")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("There is no function Nobody"),
    });
    expect(await brume("invoke", "HelloHandler", "--event", "{")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("The event is not valid JSON"),
    });
  });

  it("runs any command against the cloud, and hands on its exit code", async () => {
    const script =
      "const r = await fetch(process.env.AWS_ENDPOINT_URL + '/_brume/status'); console.log(r.status, process.env.AWS_REGION); process.exit(7)";
    expect(await brume("exec", "--", process.execPath, "--input-type=module", "-e", script)).toMatchObject({
      code: 7,
      stdout: "200 us-east-1\n",
    });
    expect(await brume("exec", "--", "no-such-command")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("There is no command no-such-command"),
    });
  });

  it("tells the AWS CLI the endpoint as an option, also from within scripts", async () => {
    await writeFile(join(data, "aws"), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    const told = /^--endpoint-url http:\/\/127\.0\.0\.1:\d+ sqs list-queues\n$/;
    const path = process.env.PATH;
    process.env.PATH = `${data}:${path}`;
    try {
      expect((await brume("exec", "--", "aws", "sqs", "list-queues")).stdout).toMatch(told);
      expect((await brume("exec", "--", "sh", "-c", "aws sqs list-queues")).stdout).toMatch(told);
    } finally {
      process.env.PATH = path;
    }
  });

  it("shows what a change would do, and does nothing without one", async () => {
    expect((await brume("diff")).stdout).toContain("There were no differences\n0 stacks with differences");
    expect((await brume("deploy")).stdout).toContain("HitCounterStack: no changes");
    app.edit("lib/hit-counter-stack.ts", 'new Topic(this, "News")', 'new Topic(this, "News", { topicName: "daily" })');
    const differences = await brume("diff", "--fail");
    expect(differences).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("[~] AWS::SNS::Topic HitCounterStack/News/Resource NewsE995708C (replaced)"),
    });
  });

  it("validates the app's templates, and any other", async () => {
    const good = await brume("validate", "--json");
    expect(good.code).toBe(0);
    const [found] = JSON.parse(good.stdout);
    expect(found).toMatchObject({ name: "HitCounterStack", findings: expect.any(Array) });
    expect(found.findings.find(({ path }: { path?: string }) => path?.startsWith("HitCounterStack/"))).toBeDefined();
    const file = join(data, "bad.yaml");
    await writeFile(
      file,
      "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: 999999\n",
    );
    const bad = await brume("validate", "--template", file);
    expect(bad).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("bad.yaml:5 Q Properties.VisibilityTimeout"),
    });
    const absent = await brume("validate", "--template", join(data, "absent.yaml"));
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be read") });
  });

  it("explains a deployment that failed, and an app that does not synthesize", async () => {
    app.edit("lib/hit-counter-stack.ts", '{ topicName: "daily" }', '{ topicName: "not a name" }');
    const failed = await brume("deploy");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /error: HitCounterStack failed: NewsE995708C \(AWS::SNS::Topic\): [^\n]*\n {2}at HitCounterStack\/News\/Resource\n {2}The stack is in UPDATE_ROLLBACK_COMPLETE\./,
    );
    app.edit(
      "lib/hit-counter-stack.ts",
      "export class HitCounterStack",
      "throw new Error('app bug');\nexport class HitCounterStack",
    );
    expect(await brume("deploy")).toMatchObject({ code: 1, stderr: expect.stringContaining("app bug") });
    app.edit("lib/hit-counter-stack.ts", "throw new Error('app bug');\n", "");
  });

  it("lets a step fail on demand, leaves the stack as it failed, and takes it back", async () => {
    app.edit("lib/hit-counter-stack.ts", '{ topicName: "not a name" }', '{ topicName: "weekly" }');
    const failed = await brume("deploy", "--fail", "NewsE995708C:update", "--no-rollback");
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("Failed on demand") });
    expect((await brume("status")).stdout).toMatch(/HitCounterStack +UPDATE_FAILED/);
    expect((await brume("events", "HitCounterStack")).stdout).toMatch(
      /UPDATE_FAILED +AWS::SNS::Topic +HitCounterStack\/News +Failed on demand/,
    );
    expect((await brume("rollback", "HitCounterStack")).stdout).toBe("HitCounterStack: UPDATE_ROLLBACK_COMPLETE\n");
    expect((await brume("deploy")).code).toBe(0);
  });

  it("tells what drifted", async () => {
    expect(await brume("drift", "HitCounterStack", "--fail")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("HitCounterStack: IN_SYNC"),
    });
    const { HitCounterStack } = JSON.parse((await brume("outputs", "--json")).stdout);
    const script = `const { SQSClient, SetQueueAttributesCommand } = require("@aws-sdk/client-sqs"); new SQSClient().send(new SetQueueAttributesCommand({ QueueUrl: process.argv[1], Attributes: { Policy: "" } }))`;
    await brume("exec", "--", process.execPath, "-e", script, HitCounterStack.InboxUrl);
    const drifted = await brume("drift", "--fail");
    expect(drifted).toMatchObject({ code: 1, stdout: expect.stringContaining("DELETED AWS::SQS::QueuePolicy") });
  });

  it("shows the outputs, the status, and keeps everything over a restart", async () => {
    const before = JSON.parse((await brume("outputs", "--json")).stdout);
    expect((await brume("status")).stdout).toMatch(/HitCounterStack +UPDATE_COMPLETE/);
    expect((await brume("stop")).stdout).toMatch(/^stopped http/);
    expect((await brume("start", "--detach")).stdout).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+ in \d+ ms\n$/);
    expect(JSON.parse((await brume("outputs", "--json")).stdout)).toEqual(before);
    const response = await fetch(`${before.HitCounterStack.Url}welcome`);
    expect(response.headers.get("x-hits")).toBe("42");
  });

  it("refuses a second cloud on the same port or data, in one sentence", async () => {
    const again = await brume("start");
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: The data directory \S+ is held by process \d+\.\n {2}Stop that cloud/),
    });
    const behind = await brume("start", "--detach", "--port", String(await freePort()));
    expect(behind).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: The data directory \S+ is held by process \d+\.\n {2}Stop that cloud/),
    });
    const elsewhere = await brume("start", "--ephemeral");
    expect(elsewhere).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: Port \d+ on 127\.0\.0\.1 is in use by another process\.\n {2}Choose another/,
      ),
    });
  });

  it("destroys", async () => {
    expect(await brume("destroy", "--force")).toMatchObject({ code: 0, stdout: "HitCounterStack: destroyed\n" });
    expect(JSON.parse((await brume("outputs", "--json")).stdout)).toEqual({});
  });

  it("runs in the foreground until it is told to stop", async () => {
    const other = await freePort();
    const child = spawn(process.execPath, [...command, "start", "--ephemeral", "--port", String(other)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const line = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())),
    );
    expect(line).toMatch(new RegExp(`^ready http://127\\.0\\.0\\.1:${other} in \\d+ ms\n$`));
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
  });
});
