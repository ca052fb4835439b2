/** Bundles the sources of packages/brume into packages/brume/dist. */
import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { build } from "esbuild";

const brume = new URL("../packages/brume/", import.meta.url);
const path = (name: string) => new URL(name, brume).pathname;

// A build that fails leaves the one before where it is.
rmSync(path("dist.new"), { recursive: true, force: true });
await build({
  entryPoints: { index: path("src/index.ts"), cli: path("src/cli.ts"), docker: path("src/docker.ts") },
  outdir: path("dist.new"),
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // What is left outside: native code, and the SDK's clients, which only Lambda functions load.
  external: ["lmdb", "@aws-sdk/client-*"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  legalComments: "linked",
  minifySyntax: true,
  logLevel: "error",
});
// The program of the validator's process, and those that Lambda processes run are files of their own.
cpSync(path("src/cloudformation/validation/worker.mjs"), path("dist.new/cloudformation/validation/worker.mjs"));
for (const runtime of ["node", "python", "bin"]) {
  if (existsSync(path(`src/runtimes/${runtime}`)))
    cpSync(path(`src/runtimes/${runtime}`), path(`dist.new/runtimes/${runtime}`), {
      recursive: true,
      filter: (file) => !file.endsWith(".ts"),
    });
}
rmSync(path("dist"), { recursive: true, force: true });
renameSync(path("dist.new"), path("dist"));
