/** A copy of an example that a test may change, with the repository's packages in reach. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const repository = new URL("../../../../", import.meta.url).pathname;

export interface AppCopy {
  readonly folder: string;
  /** Replaces text in a file, which must hold it. */
  edit(file: string, from: string, to: string): void;
  remove(): Promise<void>;
}

export async function copyExample(name: string): Promise<AppCopy> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const source = join(repository, "examples", name);
  cpSync(source, folder, { recursive: true, filter: (file) => !/cdk\.out|node_modules/.test(file) });
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  return {
    folder,
    edit(file, from, to) {
      const text = readFileSync(join(folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      writeFileSync(join(folder, file), text.replace(from, to));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
