/** The unmodified CDK CLI against a cloud, with nothing but the endpoint and a key set. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../src/index.js";
import { type AppCopy, copyExample, repository } from "./app-copy.js";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

let cloud: RunningCloud;
let app: AppCopy;
beforeAll(async () => {
  cloud = await startCloud({ account: "111122223333", region: "eu-west-1" });
  app = await copyExample("hit-counter");
});
afterAll(async () => {
  await cloud.close();
  await app.remove();
});

async function cdk(...parameters: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: app.folder, CI: "true", CDK_VALIDATION: "false", ...cloud.env };
  try {
    const { stdout, stderr } = await run(
      process.execPath,
      [join(repository, "node_modules/aws-cdk/bin/cdk"), ...parameters],
      { cwd: app.folder, env, maxBuffer: 64 * 1024 * 1024 },
    );
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    throw new Error(`cdk ${parameters.join(" ")} exited with ${code}:\n${stdout}\n${stderr}`);
  }
}
const deploy = () => cdk("deploy", "--require-approval", "never");

describe("cdk", () => {
  it("bootstraps, twice", { timeout: TIMEOUT_MS }, async () => {
    expect(await cdk("bootstrap", "aws://111122223333/eu-west-1")).toContain("bootstrapped");
    expect(await cdk("bootstrap", "aws://111122223333/eu-west-1")).toContain("bootstrapped (no changes)");
  });

  it("deploys, and what it deployed answers", { timeout: TIMEOUT_MS }, async () => {
    const printed = await deploy();
    const url = /HitCounterStack\.Url = (\S+)/.exec(printed)?.[1] as string;
    const response = await fetch(`${url}hello`);
    expect([response.headers.get("x-hits"), await response.text()]).toEqual(["1", "Hello, CDK! You've hit /hello\n"]);
  });

  it("sees no differences, then those that an edit makes", { timeout: TIMEOUT_MS }, async () => {
    expect(await cdk("diff")).toContain("Number of stacks with differences: 0");
    app.edit(
      "lib/hit-counter-stack.ts",
      'new Queue(this, "Inbox")',
      'new Queue(this, "Inbox", { queueName: "renamed" })',
    );
    app.edit("lambda/hello.js", "You've hit", "You have hit");
    const differences = await cdk("diff");
    expect(differences).toContain("Number of stacks with differences: 1");
    expect(differences).toMatch(/AWS::SQS::Queue .*replace/);
  });

  it("deploys the change: the function in place, the queue by replacement", { timeout: TIMEOUT_MS }, async () => {
    const printed = await deploy();
    expect(printed).toContain(`InboxUrl = ${cloud.endpoint}/111122223333/renamed`);
    const url = /HitCounterStack\.Url = (\S+)/.exec(printed)?.[1] as string;
    expect(await (await fetch(`${url}hello`)).text()).toBe("Hello, CDK! You have hit /hello\n");
  });

  it("shows why a deployment failed, and that it was rolled back", { timeout: TIMEOUT_MS }, async () => {
    app.edit("lib/hit-counter-stack.ts", 'queueName: "renamed"', 'queueName: "not a name"');
    await expect(deploy()).rejects.toThrow(/UPDATE_FAILED[\s\S]*alphanumeric/);
    app.edit("lib/hit-counter-stack.ts", 'queueName: "not a name"', 'queueName: "renamed"');
    expect(await deploy()).toContain("(no changes)");
  });

  it("finds no drift, then what another client changed", { timeout: TIMEOUT_MS }, async () => {
    expect(await cdk("drift")).toContain("Number of resources with drift: 0");
    const sqs = cloud.client(SQSClient);
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: `${cloud.endpoint}/111122223333/renamed`, Attributes: { Policy: "" } }),
    );
    expect(await cdk("drift")).toMatch(/AWS::SQS::QueuePolicy/);
  });

  it("brings back what another client changed", { timeout: TIMEOUT_MS }, async () => {
    expect(await cdk("deploy", "--require-approval", "never", "--revert-drift")).toContain("UPDATE_COMPLETE");
    expect(await cdk("drift")).toContain("Number of resources with drift: 0");
  });

  it("imports a queue that was made by hand", { timeout: TIMEOUT_MS }, async () => {
    const sqs = cloud.client(SQSClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "by-hand" }));
    app.edit(
      "lib/hit-counter-stack.ts",
      "const news =",
      'new Queue(this, "ByHand", { queueName: "by-hand", removalPolicy: RemovalPolicy.RETAIN });\n    const news =',
    );
    const mapping = join(app.folder, "mapping.json");
    const [logicalId] = /ByHand[0-9A-F]{8}/.exec(await cdk("synth")) ?? [];
    writeFileSync(mapping, JSON.stringify({ [String(logicalId)]: { QueueUrl } }));
    expect(await cdk("import", "--resource-mapping", mapping)).toContain("IMPORT_COMPLETE");
    expect(await cdk("drift")).toContain("Number of resources with drift: 0");
  });

  it("leaves a failed deployment as it is when told to, and rolls it back later", { timeout: TIMEOUT_MS }, async () => {
    app.edit("lib/hit-counter-stack.ts", 'new Topic(this, "News")', 'new Topic(this, "News", { displayName: "News" })');
    const error = { code: "InjectedFailure", message: "not today" };
    cloud.kernel.faults.inject({ service: "cloudformation", operation: "update NewsE995708C", times: 1, error });
    await expect(cdk("deploy", "--require-approval", "never", "--no-rollback")).rejects.toThrow("not today");
    expect(await cdk("rollback", "HitCounterStack")).toContain("UPDATE_ROLLBACK_COMPLET");
    await deploy();
  });

  it("destroys", { timeout: TIMEOUT_MS }, async () => {
    expect(await cdk("destroy", "--force")).toContain("destroyed");
  });
});
