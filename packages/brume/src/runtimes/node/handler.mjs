/** Finds and loads the handler that a function names, as the Node.js runtime of Lambda does. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runtimeError } from "./errors.mjs";
import { withAdvice } from "./missing-sdk.mjs";

const NAME = /^([^.]*)\.(.+)$/;

/** @throws an error named `Runtime.…` for what Lambda reports so, otherwise what the module itself threw */
export async function loadHandler(taskRoot, handler) {
  const slash = handler.lastIndexOf("/");
  const match = NAME.exec(handler.slice(slash + 1));
  if (handler.includes("..")) {
    throw runtimeError(
      "Runtime.MalformedHandlerName",
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  if (!match) throw runtimeError("Runtime.MalformedHandlerName", "Bad handler");
  const [, file, path] = match;
  const module = await loadModule(
    join(taskRoot, handler.slice(0, slash + 1), file),
    taskRoot,
    handler.slice(0, slash + 1) + file,
  );
  const found =
    path.split(".").reduce((from, key) => from?.[key], module) ??
    path.split(".").reduce((from, key) => from?.[key], module?.default);
  if (found === undefined) throw runtimeError("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof found !== "function") throw runtimeError("Runtime.HandlerNotFound", `${handler} is not a function`);
  return found;
}

async function loadModule(base, taskRoot, name) {
  const require = createRequire(join(taskRoot, "index.js"));
  try {
    if (existsSync(`${base}.js`))
      return isModule(`${base}.js`) ? await importFile(`${base}.js`) : require(`${base}.js`);
    if (existsSync(`${base}.mjs`)) return await importFile(`${base}.mjs`);
    if (existsSync(`${base}.cjs`)) return require(`${base}.cjs`);
    return require(require.resolve(existsSync(base) ? base : name, { paths: [taskRoot, dirname(resolve(base))] }));
  } catch (error) {
    throw describeFailure(error);
  }
}

const importFile = (file) => import(pathToFileURL(file).href);

/** Whether the nearest package.json makes `.js` files modules. */
function isModule(file) {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).type === "module";
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ENOTDIR") return false;
    }
    if (folder === dirname(folder)) return false;
  }
}

function describeFailure(error) {
  if (error instanceof SyntaxError) return runtimeError("Runtime.UserCodeSyntaxError", String(error), error);
  if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
    return runtimeError("Runtime.ImportModuleError", withAdvice(String(error)), error);
  }
  return error;
}
