/** Lets functions find the AWS SDK, which AWS's runtimes have at hand: links to the packages that are on this machine. */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../package-root.js";
import { runtimeFile } from "../../runtimes/interpreters.js";

const SCOPES = ["@aws-sdk", "@smithy"];
/** Version 2, which the runtimes up to Node 16 had: linked where the app has it. */
const SDK_V2 = "aws-sdk";

/** `node_modules` of a folder and of those above it. */
function moduleFolders(from: string): string[] {
  const folders: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    folders.push(join(folder, "node_modules"));
    if (folder === dirname(folder)) return folders;
  }
}

/**
 * Fills `node_modules` beside the unpacked packages, where Node looks for what a function does not bring itself, by
 * `require` and `import` alike: the app's packages first, then brume's own.
 */
export function linkSdk(codeFolder: string): string {
  const target = join(codeFolder, "node_modules");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  symlinkSync(runtimeFile("node/cfn-response"), join(target, "cfn-response"), "junction");
  const sources = [...moduleFolders(process.cwd()), ...moduleFolders(fileURLToPath(packageRoot))];
  for (const scope of SCOPES) {
    mkdirSync(join(target, scope));
    const linked = new Set<string>();
    for (const source of sources) {
      const folder = join(source, scope);
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder)) {
        if (linked.has(name)) continue;
        linked.add(name);
        symlinkSync(join(folder, name), join(target, scope, name), "junction");
      }
    }
  }
  const v2 = sources.map((source) => join(source, SDK_V2)).find((folder) => existsSync(folder));
  if (v2) symlinkSync(v2, join(target, SDK_V2), "junction");
  return target;
}
