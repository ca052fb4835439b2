/** The real templates that lie beside the repository, and the templates that they refer to. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { PREPARATIONS, type Preparation } from "./preparations.js";

/** A template to be run. */
export interface Sample {
  /** What it is called: `source/file`. */
  readonly name: string;
  readonly source: string;
  /** `cdk`, `sam` or `cfn`. */
  readonly kind: string;
  readonly text: string;
  /** The text of a template that this one refers to by a relative path; undefined where nobody has it. */
  readonly neighbour: (path: string) => string | undefined;
  readonly preparation?: Preparation | undefined;
}

const FOLDER = new URL("../../../shared/templates/", import.meta.url).pathname;

/** Where the corpus keeps a file: its folders are parts of its name. */
const flattened = (path: string): string => path.replaceAll("/", "__");

/** Whether the templates are there. */
export function hasCorpus(): boolean {
  return existsSync(FOLDER);
}

/** The templates whose names hold a text, in the order of the index. */
export function corpus(only = ""): Sample[] {
  const lines = readFileSync(`${FOLDER}index.tsv`, "utf8").trim().split("\n").slice(1);
  return lines.flatMap((line) => {
    const [name = "", kind = ""] = line.split("\t");
    return name.includes(only) ? [sampleOf(name, kind)] : [];
  });
}

function sampleOf(name: string, kind: string): Sample {
  const slash = name.indexOf("/");
  const [source, path] = [name.slice(0, slash), name.slice(slash + 1).replaceAll("__", "/")];
  const neighbour = (to: string) => {
    const file = `${FOLDER + source}/${flattened(posix.join(posix.dirname(path), to))}`;
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };
  const text = readFileSync(FOLDER + name, "utf8");
  return { name, source, kind, text, neighbour, preparation: PREPARATIONS[name] };
}

/** The templates in a folder of our own. */
export function samplesIn(folder: URL): Sample[] {
  const files = readdirSync(folder).filter((name) => /\.(json|ya?ml)$/.test(name));
  return files.map((name) => {
    const neighbour = (to: string) => {
      const file = new URL(to, folder);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    };
    return { name, source: "brume", kind: "own", text: readFileSync(new URL(name, folder), "utf8"), neighbour };
  });
}
