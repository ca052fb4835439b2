/**
 * Writes the constraints.json of services: what the members of inputs must be like, as the API models
 * say. The SDK's schemas do not carry it, and no npm package does: run by hand, with the folder `data` of a botocore
 * release as its argument, when a client package goes up.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Services of whose inputs the model says something of the document in the body only. */
const DOCUMENTS_ONLY = ["s3"];
/** Services whose inputs are checked this way, and what botocore calls them. */
const SERVICES = {
  "api-gateway": "apigateway",
  cloudformation: "cloudformation",
  cloudwatch: "cloudwatch",
  "cloudwatch-logs": "logs",
  ecr: "ecr",
  iam: "iam",
  kms: "kms",
  lambda: "lambda",
  s3: "s3",
  "secrets-manager": "secretsmanager",
  ssm: "ssm",
  sts: "sts",
};

interface Model {
  operations: Record<string, { input?: { shape: string } }>;
  shapes: Record<string, ModelShape>;
}
interface ModelShape {
  type: string;
  members?: Record<string, { shape: string; location?: string }>;
  required?: string[];
  member?: { shape: string };
  key?: { shape: string };
  value?: { shape: string };
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
  sensitive?: boolean;
}

const folderOf = (id: string): string => `packages/brume/src/${id === "cloudformation" ? id : `services/${id}`}`;
const fileOf = (id: string): string => `${folderOf(id)}/constraints.json`;

const [, , data] = process.argv;
if (!data) throw new Error("Usage: tsx scripts/extract-constraints.ts <botocore/data>");

/** The shapes of a model that constrain something, by their names. */
class Extraction {
  readonly shapes = new Map<string, object>();
  readonly #model: Model;
  readonly #known = new Map<string, boolean>();

  readonly #documentsOnly: boolean;

  constructor(model: Model, documentsOnly: boolean) {
    this.#model = model;
    this.#documentsOnly = documentsOnly;
  }

  /** Whether a shape constrains anything; then it is among the shapes. */
  take(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // What refers to itself is taken to constrain something.
    this.#known.set(name, true);
    const shape = this.#model.shapes[name] as ModelShape;
    const found = this.#constraintsOf(shape);
    const constrains = Object.keys(found).some((key) => key !== "sensitive");
    this.#known.set(name, constrains);
    if (constrains) this.shapes.set(name, found);
    return constrains;
  }

  #constraintsOf({ type, members = {}, required = [], member, key, value, sensitive, ...shape }: ModelShape): object {
    const reference = (target: { shape: string } | undefined) =>
      target !== undefined && this.take(target.shape) ? target.shape : undefined;
    const given = Object.entries(members).flatMap(([name, target]) => {
      if (this.#documentsOnly && target.location !== undefined) return [];
      const constraint = reference(target) ?? "";
      return required.includes(name) ? [[`${name}!`, constraint]] : constraint === "" ? [] : [[name, constraint]];
    });
    return JSON.parse(
      JSON.stringify({
        members: type === "structure" && given.length > 0 ? Object.fromEntries(given) : undefined,
        of: reference(member),
        keys: reference(key),
        values: reference(value),
        ...(isNumber(type) ? { least: shape.min, most: shape.max } : { min: shape.min, max: shape.max }),
        pattern: isUsable(shape.pattern) ? shape.pattern : undefined,
        oneOf: shape.enum,
        sensitive,
      }),
    );
  }
}

const isNumber = (type: string) => /^(integer|long|float|double)$/.test(type);

/** Whether a pattern says anything, and JavaScript can read it. */
function isUsable(pattern: string | undefined): boolean {
  if (pattern === undefined || pattern === ".*" || pattern === "[\\s\\S]*") return false;
  for (const flags of ["u", ""]) {
    try {
      new RegExp(pattern.replace(/^\(\?i\)/, ""), flags);
      return flags === "u" || !/\\p\{/.test(pattern);
    } catch {}
  }
  process.stderr.write(`Left out: ${pattern}\n`);
  return false;
}

for (const [id, name] of Object.entries(SERVICES)) {
  const folder = `${data}/${name}`;
  const version = readdirSync(folder).sort().at(-1);
  const model = JSON.parse(gunzipSync(readFileSync(`${folder}/${version}/service-2.json.gz`)).toString()) as Model;
  const service = (await import(`../${folderOf(id)}/index.js`)).default as { operations: object };
  const extraction = new Extraction(model, DOCUMENTS_ONLY.includes(id));
  const lines = Object.keys(service.operations)
    .sort()
    .flatMap((operation) => {
      const input = model.operations[operation]?.input?.shape;
      return input !== undefined && extraction.take(input) ? [[operation, input] as const] : [];
    });
  const target = new URL(`../${fileOf(id)}`, import.meta.url);
  const write = (entries: Iterable<readonly [string, unknown]>) =>
    [...entries].map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(",\n");
  const shapes = [...extraction.shapes].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(target, `{\n  "inputs": {\n${write(lines)}\n  },\n  "shapes": {\n${write(shapes)}\n  }\n}\n`);
}
execFileSync("npx", ["biome", "format", "--write", ...Object.keys(SERVICES).map(fileOf)]);
