/** Shows what validation found. */
import type { Finding } from "../cloudformation/validation/validator.js";
import type { Output } from "./output.js";

/** The findings in one template. */
export interface FoundIn {
  readonly name: string;
  readonly file: string;
  readonly findings: readonly Finding[];
}

/** Whether AWS would refuse what was found. */
export const isBad = ({ severity }: Finding): boolean => severity === "FATAL" || severity === "ERROR";

/** One finding a line: how bad it is, where, what, and what to do. */
export function showFindings({ file, findings }: FoundIn, output: Output): void {
  for (const finding of findings) {
    const { severity, rule, message, path, logicalId, property, line, fix } = finding;
    const color = isBad(finding) ? "red" : "yellow";
    const where = path ?? (line === undefined ? file : `${file}:${line}`);
    const what = [where, path === undefined ? logicalId : undefined, property].filter(Boolean).join(" ");
    output.line(`  ${output.style(color, severity.toLowerCase())} ${what}`);
    output.line(`    ${message} (${rule})`);
    if (fix !== undefined) output.line(`    ${fix}`);
  }
}
