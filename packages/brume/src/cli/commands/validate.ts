/** `brume validate`. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { type Assembly, selectStacks } from "../../assembly/manifest.js";
import type { Finding } from "../../cloudformation/validation/validator.js";
import { UserError } from "../../kernel/errors.js";
import { ensureCloud } from "../connect.js";
import { type FoundIn, isBad, showFindings } from "../findings.js";
import type { Action, Options } from "../main.js";
import type { Output } from "../output.js";
import { placeOf } from "../place.js";
import { synthesizeHere } from "../synthesis.js";

interface Subject {
  /** The stack's name, or the file. */
  readonly name: string;
  readonly file: string;
}

export const validate: Action = async ([patterns = []], options, output) => {
  const { cloud } = await ensureCloud(options);
  const subjects = options.template
    ? options.template.map((file) => ({ name: file, file }))
    : stacksOf(
        (await synthesizeHere(options, placeOf(options), async () => cloud, output)).assembly,
        patterns,
        options,
      );
  const found: FoundIn[] = [];
  for (const { name, file } of subjects) {
    const body = { file: shortest(file), template: readTemplate(file), wait: true };
    const { findings } = await cloud.control<{ findings: Finding[] }>("POST", "validate", body);
    found.push({ name, file: body.file, findings });
  }
  cloud.close();
  for (const one of found) show(one, options, output);
  output.result(found);
  return found.some(({ findings }) => findings.some(isBad)) ? 1 : 0;
};

function show(found: FoundIn, options: Options, output: Output): void {
  const shown = found.findings.filter(({ severity }) => options.info || (severity !== "INFO" && severity !== "DEBUG"));
  const bad = found.findings.filter(isBad).length;
  const warnings = found.findings.filter(({ severity }) => severity === "WARN").length;
  output.line(output.style("bold", `${found.name}: ${count(bad, "error")}, ${count(warnings, "warning")}`));
  showFindings({ ...found, findings: shown }, output);
}

/** A file as it is shortest to read: from here, or as it was given. */
function shortest(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith("..") || fromHere === "" ? file : fromHere;
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;

function stacksOf(assembly: Assembly, patterns: string[], options: Options): Subject[] {
  const all = options.all ?? patterns.length === 0;
  const stacks = selectStacks(assembly, patterns, { ...options, all });
  return stacks.map(({ displayName, templateFile }) => ({ name: displayName, file: templateFile }));
}

function readTemplate(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError("TemplateNotFound", `The template ${file} cannot be read.`, {
      hint: "Give the path of a template in JSON or YAML.",
      cause: error,
    });
  }
}
