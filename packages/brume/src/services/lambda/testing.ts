/** For the tests of this service: deployment packages made of text. */
import { ZipFile } from "yazl";

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
