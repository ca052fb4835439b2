/**
 * Checks what no compiler does, and writes the coverage page: every operation is handled or given a reason, every handler
 * has a test that names it, and the house rules that a search can find are kept.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { identifierOverrides, replacementOverrides } from "../packages/brume/src/cloudformation/schema/overrides.js";
import { serviceDescriptors } from "../packages/brume/src/protocol/model.js";
import { registry } from "../packages/brume/src/registry.js";

const root = new URL("..", import.meta.url).pathname;
const source = join(root, "packages/brume/src");
const page = join(root, "docs/coverage.md");
const problems: string[] = [];

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Names a file as people know it: from the root of the repository. */
const named = (file: string): string => relative(root, file);

// Rules that a search can find.

interface Rule {
  readonly pattern: RegExp;
  readonly what: string;
  /** Files that the rule is not for. */
  readonly except: RegExp;
}

const RULES: readonly Rule[] = [
  {
    pattern: /\bDate\.now\b|\bMath\.random\b/,
    what: "reads time or chance outside the kernel",
    except: /src\/(kernel|cli|assembly)\/|runtimes\/(node|python)\/|\.test\.ts$/,
  },
  {
    pattern: /(?<![.\w])setTimeout\(/,
    what: "waits outside the kernel",
    except: /src\/(kernel|runtimes)\/|\.test\.ts$/,
  },
  { pattern: /\bTODO\b|\bFIXME\b|\bXXX\b/, what: "holds a note to do something later", except: /^$/ },
];

const FOLDER_NAMES = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.test)?\.(?:ts|mjs|cjs|py)$/;
const BANNED_NAMES = /^(?:utils?|helpers?|common|types|constants)\.ts$/;

const sources = filesIn(source);
for (const file of sources) {
  const name = basename(file);
  if (name.endsWith(".ts") && !FOLDER_NAMES.test(name)) problems.push(`${named(file)}: file names are kebab-case`);
  if (BANNED_NAMES.test(name)) problems.push(`${named(file)}: things live where they are used`);
  if (!file.endsWith(".ts")) continue;
  const lines = readFileSync(file, "utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    for (const { pattern, what, except } of RULES) {
      if (pattern.test(line) && !except.test(file)) problems.push(`${named(file)}:${index + 1}: ${what}`);
    }
  }
  if (!file.endsWith(".test.ts") && !lines[0]?.startsWith("/**"))
    problems.push(`${named(file)}:1: a file opens with a sentence that says what it is for`);
}

// Services.

const rows: string[] = [];
const reasons: string[] = [];
const liveTypes: string[] = [];
/** The services of the engine are in its folder. */
const ENGINE: Readonly<Record<string, string>> = {
  cloudformation: "cloudformation",
  cloudcontrol: "cloudformation/cloud-control",
};
const folderOf = (id: string) => join(source, ENGINE[id] ?? `services/${id}`);

for (const [id, entry] of Object.entries(registry)) {
  const service = (await entry.load()).default;
  const all = serviceDescriptors()[id]?.operations ?? [];
  const handled = Object.keys(service.operations);
  const unsupported = new Map(
    Object.entries(service.unsupported).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
  );
  for (const name of all) {
    if (!handled.includes(name) && !unsupported.has(name))
      problems.push(`${id}: ${name} is neither handled nor given a reason`);
    if (handled.includes(name) && unsupported.has(name))
      problems.push(`${id}: ${name} is handled and given a reason as well`);
  }
  const tests = filesIn(folderOf(id)).filter((file) => file.endsWith(".test.ts"));
  const described = tests.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\bdescribe(?:\.\w+)?\(\s*["'`]([^"'`]*)/g)].map(
      ([, title]) => title as string,
    ),
  );
  const words = new Set(described.flatMap((title) => title.split(/[\s,:;/]+/)));
  for (const name of handled)
    if (!words.has(name)) problems.push(`${id}: ${name} has no test that names it (describe("${name}", …))`);
  for (const type of Object.keys(service.resources)) {
    liveTypes.push(type);
    const provider = await (service.resources[type] as () => Promise<{ default: object }>)();
    for (const handler of ["create", "read", "update", "delete", "list"]) {
      if (typeof (provider.default as Record<string, unknown>)[handler] !== "function")
        problems.push(`${id}: the provider of ${type} has no ${handler}`);
    }
  }
  rows.push(`| ${id} | ${handled.length} | ${all.length} | ${Object.keys(service.resources).length} |`);
  if (unsupported.size > 0) {
    reasons.push(`### ${id}\n`);
    for (const [reason, names] of Object.entries(service.unsupported))
      reasons.push(`- ${reason}: ${[...names].sort().join(", ")}`);
    reasons.push("");
  }
}

// What is known to differ.

const differences = sources.flatMap((file) => {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const match = /(?:\/\/|\*)\s*Differs from AWS: (.*)$/.exec(line);
    if (!match) return [];
    let text = match[1] as string;
    for (
      let next = index + 1;
      /^\s*(?:\/\/|\*) /.test(lines[next] ?? "") && !/Differs from AWS:/.test(lines[next] ?? "");
      next++
    ) {
      text += ` ${(lines[next] as string).replace(/^\s*(?:\/\/|\*) /, "").trim()}`;
    }
    return [`- \`${relative(source, file)}\`: ${text.replace(/\s*\*\/\s*$/, "")}`];
  });
});

const index = JSON.parse(readFileSync(join(root, "packages/brume/gen/spec/index.json"), "utf8")) as string[];
// The engine's own.
liveTypes.push(
  "AWS::CloudFormation::Stack",
  "AWS::CloudFormation::CustomResource",
  "AWS::CloudFormation::WaitCondition",
  "AWS::CloudFormation::WaitConditionHandle",
);
const live = liveTypes.filter((type) => index.includes(type)).sort();

const overridden = new Set([...Object.keys(replacementOverrides), ...Object.keys(identifierOverrides)]);

/** Every published type, family by family: what stands behind it. */
function typesPage(): string {
  const families = new Map<string, string[]>();
  for (const type of [...index].sort()) {
    const [, family = "", name = ""] = type.split("::");
    const marks = [live.includes(type) ? "**live**" : "", overridden.has(type) ? "overridden" : ""].filter(Boolean);
    families.set(family, [...(families.get(family) ?? []), marks.length > 0 ? `${name} (${marks.join(", ")})` : name]);
  }
  const rows = [...families].map(([family, names]) => `- **AWS::${family}**: ${names.join(", ")}`);
  return `# Resource types

Written by \`npm run audit\` from the code: do not edit.

All ${index.length} published types deploy. **live**: a service really behaves. The others are modelled: validated, stored, given
the identifiers and attributes of their schema, found by Cloud Control and by drift detection. overridden: what the published
schema says of \`Ref\` or of replacement is wrong, and corrected in \`cloudformation/schema/overrides.ts\`.

${rows.join("\n")}
`;
}

const text = `# Coverage

Written by \`npm run audit\` from the code: do not edit.

| service | operations | of | live resource types |
|---|---|---|---|
${rows.join("\n")}

## Resource types

${index.length} published types deploy: ${live.length} live, ${index.length - live.length} modelled (validated and stored, with
the identifiers and attributes of their schema; a deployment says which).

[resource-types.md](resource-types.md) tells of each.

## Known differences from AWS

${differences.sort().join("\n")}

## What is not there, and why

${reasons.join("\n")}`;

mkdirSync(join(root, "docs"), { recursive: true });
for (const [file, content] of [
  [page, text],
  [join(root, "docs/resource-types.md"), typesPage()],
] as const) {
  const stale = existsSync(file) && readFileSync(file, "utf8") !== content;
  if (process.env.CI === "true" && stale) problems.push(`${named(file)} is out of date: run npm run audit`);
  else writeFileSync(file, content);
}

for (const problem of problems.sort()) console.error(problem);
console.log(problems.length === 0 ? "audit: nothing to say" : `audit: ${problems.length} to mend`);
process.exitCode = problems.length === 0 ? 0 : 1;
