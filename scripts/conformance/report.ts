/** What a run found, as tables. */
import type { Failure } from "./phases.js";

export interface Result {
  readonly name: string;
  readonly source: string;
  readonly kind: string;
  readonly failure: Failure | undefined;
  /** Why AWS would refuse the template too, where it would. */
  readonly expected: string | undefined;
}

/** How many templates of each source and kind came through. */
export function summaryTable(results: readonly Result[]): string {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = `${result.source} | ${result.kind}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, own]) => row(key, own));
  const head = [
    "| source | kind | templates | completed | expected failures | failures |",
    "|---|---|---:|---:|---:|---:|",
  ];
  return [...head, ...rows, row("all | ", results)].join("\n");
}

function row(key: string, results: readonly Result[]): string {
  const completed = results.filter(({ failure }) => !failure).length;
  const expected = results.filter(({ failure, expected: reason }) => failure && reason).length;
  const share = key.startsWith("all") ? ` (${((completed / results.length) * 100).toFixed(1)} %)` : "";
  return `| ${key} | ${results.length} | ${completed}${share} | ${expected} | ${results.length - completed - expected} |`;
}

/** Every template that did not come through, and why. */
export function failureTable(results: readonly Result[], expected: boolean): string {
  const failed = results.filter(({ failure, expected: reason }) => failure && (reason !== undefined) === expected);
  if (failed.length === 0) return "None.";
  const rows = failed.map(({ name, failure, expected: reason }) => {
    const said = `${failure?.phase}: ${steady(failure?.reason ?? "")}`;
    return `| \`${name}\` | ${cell(reason ?? said)} |`;
  });
  return ["| template | reason |", "|---|---|", ...rows].join("\n");
}

/** A reason without what is another at every run. */
function steady(reason: string): string {
  return reason
    .replace(/\b(conformance-\w+?)-[A-Za-z0-9]{12}\b/g, "$1-…")
    .replace(/\b\d{4}\/\d{2}\/\d{2}\/\[\$LATEST\]\w+/g, "…")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "…")
    .slice(0, 300);
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** The page of the repository. */
export function page(results: readonly Result[], measured: string): string {
  return `# Conformance

Real templates, none of them written for brume, taken through five phases each: created; updated without a change; updated
so that one property of every resource that can be changed in place is; updated so that it fails half-way and rolls back
(templates, physical ids and properties have to be what they were, and drift detection has to find nothing); deleted
(nothing may be left but what the template keeps). \`npm run conformance\` runs them, \`scripts/conformance/\` holds how.

With \`--every-step\` there is a sixth phase before the deletion: each step of an update is made to fail once, and then each
step of the rollback of one that fails half-way, which has to be gone on with. After each, the stack has to be what it was.

What the templates refer to and do not carry is provided as whoever deploys them would: values for parameters, code at the
places where code should be, included files and nested templates, secrets, parameters, exports and macros.

${summaryTable(results)}

${measured}

## Failures

${failureTable(results, false)}

## Expected failures

AWS would refuse these too. They count as not completed.

${failureTable(results, true)}
`;
}
