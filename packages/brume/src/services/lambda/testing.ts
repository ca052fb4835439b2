/** For the tests of this service: deployment packages made of text, and functions made of them. */
import * as sdk from "@aws-sdk/client-lambda";
import { ZipFile } from "yazl";
import type { RunningCloud } from "../../index.js";

export const Role = "arn:aws:iam::000000000000:role/service/worker";

/** A zip archive of files; a value may say the file's mode. */
export function zip(
  files: Record<string, string | Buffer | { content: string | Buffer; mode: number }>,
): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, value] of Object.entries(files)) {
    const { content, mode } = typeof value === "object" && "mode" in value ? value : { content: value, mode: 0o100644 };
    archive.addBuffer(Buffer.from(content as string), name, { mode });
  }
  archive.end();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    archive.outputStream.on("data", (chunk: Buffer) => chunks.push(chunk));
    archive.outputStream.on("end", () => resolve(Buffer.concat(chunks)));
    archive.outputStream.on("error", reject);
  });
}

type Files = Parameters<typeof zip>[0];

/** What an invocation answered, with its payload and log as text. */
export interface Invoked extends sdk.InvokeCommandOutput {
  readonly log: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the handler returned
  readonly result: any;
}

/** Makes and invokes functions with the official SDK client. */
export class Functions {
  readonly client: sdk.LambdaClient;
  #count = 0;

  constructor(cloud: RunningCloud) {
    this.client = cloud.client(sdk.LambdaClient);
  }

  newName(): string {
    return `f${this.#count++}`;
  }

  /** Creates a function from its files, or from the text of its only module. */
  async create(source: string | Files, more: Partial<sdk.CreateFunctionCommandInput> = {}): Promise<string> {
    const FunctionName = this.newName();
    const module = more.Runtime?.startsWith("python") ? "index.py" : "index.js";
    const ZipFile = await zip(typeof source === "string" ? { [module]: source } : source);
    const base = { FunctionName, Role, Runtime: "nodejs20.x" as const, Handler: "index.handler", Code: { ZipFile } };
    await this.client.send(new sdk.CreateFunctionCommand({ ...base, ...more }));
    return FunctionName;
  }

  async invoke(
    FunctionName: string,
    event: unknown = {},
    more: Partial<sdk.InvokeCommandInput> = {},
  ): Promise<Invoked> {
    const Payload = Buffer.from(JSON.stringify(event));
    const output = await this.client.send(new sdk.InvokeCommand({ FunctionName, Payload, LogType: "Tail", ...more }));
    return {
      ...output,
      log: output.LogResult ? Buffer.from(output.LogResult, "base64").toString() : "",
      result: JSON.parse(output.Payload?.transformToString() || "null"),
    };
  }
}
