/** Lambda functions made of the text of their only module. */
import { CreateFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { ZipFile } from "yazl";

export class Functions {
  readonly #client: LambdaClient;
  #count = 0;

  constructor(client: LambdaClient) {
    this.#client = client;
  }

  /** Creates a function from the text of its only module. */
  async create(source: string): Promise<string> {
    const FunctionName = `bench-${this.#count++}`;
    await this.#client.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: "arn:aws:iam::111122223333:role/bench",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Timeout: 10,
        // Each has code of its own, so that nothing of another's can be used.
        Code: { ZipFile: await zip("index.js", `${source}\n// ${FunctionName}`) },
      }),
    );
    return FunctionName;
  }
}

/** An archive of one file. */
export async function zip(name: string, content: string): Promise<Buffer> {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(content), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
