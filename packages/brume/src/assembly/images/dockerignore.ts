/** Which files of a build context a `.dockerignore` keeps out. See "Build context" of the Docker manuals. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Whether a path, relative to the context, is kept out. */
export type Ignore = (path: string) => boolean;

/** Reads what belongs to a Dockerfile: `<Dockerfile>.dockerignore`, or the context's own. */
export function readDockerignore(context: string, dockerfile: string): Ignore {
  const file = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((one) => existsSync(one));
  return file === undefined ? () => false : dockerignore(readFileSync(file, "utf8"));
}

/** The last pattern that a path, or a folder above it, meets decides. */
export function dockerignore(text: string): Ignore {
  const patterns = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const keeps = line.startsWith("!");
      const pattern = (keeps ? line.slice(1) : line)
        .trim()
        .replace(/^\/+|\/+$/g, "")
        .replace(/^(\.\/)+/, "");
      return { keeps, expression: toExpression(pattern) };
    });
  return (path) => {
    let ignored = false;
    const parts = path.split("/");
    const above = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    for (const { keeps, expression } of patterns) {
      if (ignored === keeps && above.some((one) => expression.test(one))) ignored = !keeps;
    }
    return ignored;
  };
}

function toExpression(pattern: string): RegExp {
  if (pattern === ".") return /^.*$/;
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]*\]|\\.|[.+^${}()|[\]\\]/g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 1) return part;
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
