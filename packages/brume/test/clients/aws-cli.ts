/** The AWS CLI as a user runs it: in a home of its own, against one cloud. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RunningCloud } from "../../src/index.js";
import { clientEnvironment, findAwsCli } from "./python-tools.js";

const cli = await findAwsCli();
/** The major version of the AWS CLI of this machine, such as `2`; `undefined` where there is none. */
export const awsCliVersion = cli?.version;
if (!cli) process.emitWarning("What needs the AWS CLI is skipped: this machine has none (pip install awscli).");

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly complaint: string;
}

export class AwsCli implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), "brume-aws-cli-"));
  readonly #endpoint: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #waiting = new Map<number, (code: number) => void>();
  #server: ChildProcess | undefined;
  #commands = 0;
  #names = 0;

  constructor(cloud: RunningCloud) {
    this.#endpoint = cloud.endpoint;
    // Version 1 would fetch what an address that is a parameter points to.
    this.file(".aws/config", "[default]\ncli_follow_urlparam = false\n");
    this.#env = { ...clientEnvironment(cloud, this.home), AWS_DEFAULT_OUTPUT: "json" };
  }

  /** What a command prints. @throws Error with its complaint when it fails */
  async text(...parameters: string[]): Promise<string> {
    const { code, output, complaint } = await this.#run(parameters);
    if (code !== 0) throw new Error(`aws ${parameters.join(" ")} exited with ${code}: ${complaint}${output}`);
    return output;
  }

  /** The document that a command prints; empty when it prints nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service answers
  async json(...parameters: string[]): Promise<any> {
    return JSON.parse((await this.text(...parameters)) || "{}");
  }

  /** What a command that has to fail says. */
  async refusal(...parameters: string[]): Promise<string> {
    const { code, output, complaint } = await this.#run(parameters);
    if (code === 0) throw new Error(`aws ${parameters.join(" ")} did not fail: ${output}`);
    return complaint;
  }

  /** Writes a file into the home. @returns its path */
  file(name: string, content: string | Buffer): string {
    const path = join(this.home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** A name that no other resource has. */
  unique(word: string): string {
    return `${word}-${++this.#names}`;
  }

  #run(given: string[]): Promise<Ended> {
    // Version 1 knows SQS by its old address, for which the environment's endpoint does not stand.
    const parameters = given[0] === "sqs" ? ["--endpoint-url", this.#endpoint, ...given] : given;
    return cli?.python ? this.#runInFork(cli.python, parameters) : this.#runInProcess(parameters);
  }

  #runInProcess(parameters: string[]): Promise<Ended> {
    const options = { env: this.#env, cwd: this.home, maxBuffer: 64 * 1024 * 1024 };
    return new Promise((resolve) => {
      execFile("aws", parameters, options, (error, output, complaint) => {
        const code = error ? (typeof error.code === "number" ? error.code : -1) : 0;
        resolve({ code, output, complaint });
      });
    });
  }

  async #runInFork(python: string, parameters: string[]): Promise<Ended> {
    const id = this.#commands++;
    const [output, complaint] = [join(this.home, `${id}.output`), join(this.home, `${id}.complaint`)];
    this.#server ??= this.#startServer(python);
    const code = await new Promise<number>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#server?.stdin?.write(`${JSON.stringify({ id, parameters, output, complaint })}\n`);
    });
    return { code, output: readFileSync(output, "utf8"), complaint: readFileSync(complaint, "utf8") };
  }

  #startServer(python: string): ChildProcess {
    const script = fileURLToPath(new URL("python/aws_cli.py", import.meta.url));
    const env = { ...this.#env, PYTHONDONTWRITEBYTECODE: "1" };
    const child = spawn(python, [script], { env, cwd: this.home, stdio: ["pipe", "pipe", "inherit"] });
    createInterface(child.stdout).on("line", (line) => {
      const { id, code } = JSON.parse(line) as { id: number; code: number };
      this.#waiting.get(id)?.(code);
      this.#waiting.delete(id);
    });
    return child;
  }

  [Symbol.dispose](): void {
    this.#server?.kill();
    rmSync(this.home, { recursive: true, force: true });
  }
}
