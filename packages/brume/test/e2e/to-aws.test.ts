/** `--to aws`: the way to AWS itself, for which a second cloud stands that is reached over HTTP alone. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../src/index.js";
import { type AppCopy, copyExample, repository } from "./app-copy.js";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

let aws: RunningCloud;
let app: AppCopy;
beforeAll(async () => {
  aws = await startCloud({ account: "111122223333", region: "eu-west-1" });
  app = await copyExample("hit-counter");
});
afterAll(async () => {
  await aws.close();
  await app.remove();
});

interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

async function start(program: string, parameters: string[]): Promise<Finished> {
  const env = { PATH: process.env.PATH, HOME: app.folder, CI: "true", CDK_VALIDATION: "false", ...aws.env };
  try {
    const { stdout, stderr } = await run(process.execPath, [join(repository, program), ...parameters], {
      cwd: app.folder,
      env: { ...env, BRUME_PORT: "1" },
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Finished;
  }
}
const brume = (...parameters: string[]) => start("packages/brume/bin/brume.mjs", parameters);

describe("brume --to aws", { timeout: TIMEOUT_MS }, () => {
  it("knows no other place, and does nothing that nobody confirmed", async () => {
    expect(await brume("deploy", "--to", "mars")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--to aws"),
    });
    await start("node_modules/aws-cdk/bin/cdk", ["bootstrap", "aws://111122223333/eu-west-1"]);
    const unconfirmed = await brume("deploy", "--to", "aws");
    expect(unconfirmed).toMatchObject({ code: 1, stderr: expect.stringMatching(/Nothing was done[\s\S]*--yes/) });
    expect(unconfirmed.stdout + unconfirmed.stderr).toContain("AWS::Lambda::Function");
    expect(await brume("destroy", "--to", "aws")).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") });
  });

  it("deploys, and what was deployed answers", async () => {
    const { code, stdout, stderr } = await brume("deploy", "--to", "aws", "--yes", "--json");
    expect(code, stderr).toBe(0);
    const { outputs } = JSON.parse(stdout);
    const response = await fetch(`${outputs.HitCounterStack.Url}hello`);
    expect(await response.text()).toBe("Hello, CDK! You've hit /hello\n");
  });

  it("compares, tells drift, and destroys", async () => {
    expect(await brume("diff", "--to", "aws", "--fail")).toMatchObject({ code: 0 });
    app.edit(
      "lib/hit-counter-stack.ts",
      'new Queue(this, "Inbox")',
      'new Queue(this, "Inbox", { queueName: "named" })',
    );
    expect(await brume("diff", "--to", "aws", "--fail")).toMatchObject({ code: 1 });
    expect(await brume("drift", "--to", "aws")).toMatchObject({ code: 0 });
    expect(await brume("destroy", "--to", "aws", "--yes")).toMatchObject({ code: 0 });
    const { Stacks } = await aws.call<{ Stacks: { StackName: string }[] }>("cloudformation", "DescribeStacks", {});
    expect(Stacks.map(({ StackName }) => StackName)).toEqual(["CDKToolkit"]);
  });
});
