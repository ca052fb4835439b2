/** Shows figures as a table, and keeps the table with what is known of the machine. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { type Figure, ratioOf, type Unit, verdictOf } from "./figure.js";

/** Where and when figures were measured. */
export interface Circumstances {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly memory: string;
  /** The load of the machine before anything was measured: above about 0.3, something else was running. */
  readonly loadBefore: number;
  readonly rounds: number;
}

export function circumstances(repository: string, rounds: number): Circumstances {
  const git = (...parameters: string[]) =>
    execFileSync("git", ["-C", repository, ...parameters], { encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", "packages/brume", "bench", ":!bench/results") !== "";
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: git("rev-parse", "--short=12", "HEAD") + (changed ? ", with changes" : ""),
    node: process.version,
    cpu: `${processors[0]?.model.trim() ?? "unknown"}, ${processors.length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    rounds,
  };
}

const HEADINGS = ["", "brume", "beside it", "ratio", "aim", ""] as const;

/** The table in Markdown. A ratio above 1 is better than what stands beside it. */
export function markdown(figures: readonly Figure[]): string {
  const rows = figures.map((figure): string[] => {
    const { name, value, unit, peer } = figure;
    const ratio = ratioOf(figure);
    return [
      name,
      quantity(value, unit),
      peer ? `${quantity(peer.value, unit)} (${peer.name})` : "",
      ratio === undefined ? "" : decimal(ratio),
      aimText(figure),
      verdictText(figure),
    ];
  });
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] as string).length), 3),
  );
  const numeric = (column: number) => column === 1 || column === 3;
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] as number;
      return numeric(column) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => (numeric(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(HEADINGS), line(rule), ...rows.map(line)].join("\n");
}

function quantity(value: number, unit: Unit): string {
  const number = value >= 1000 ? Math.round(value).toLocaleString("en") : decimal(value);
  return `${number} ${unit}`.trim();
}

/** Three significant digits. */
function decimal(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function aimText({ aim, unit }: Figure): string {
  if (!aim) return "";
  const bound = aim.atLeast === undefined ? `at most ${aim.atMost}` : `at least ${aim.atLeast}`;
  return aim.of === "ratio" ? `ratio ${bound}` : `${bound} ${unit}`.trim();
}

function verdictText(figure: Figure): string {
  const verdict = verdictOf(figure);
  if (!verdict) return "";
  const percent = `${Math.round(Math.abs(verdict.margin) * 100)} %`;
  return verdict.pass ? `pass, ${percent} to spare` : `missed by ${percent}`;
}

/** Writes the figures of a complete run to `results`, under the day and as the latest. */
export function save(results: string, at: Circumstances, figures: readonly Figure[]): string[] {
  mkdirSync(results, { recursive: true });
  const page = [
    `# Figures of ${at.date.slice(0, 10)}`,
    "",
    `Commit ${at.commit}; node ${at.node}; ${at.cpu}, ${at.memory}; load before the run ${at.loadBefore}; ${at.rounds} rounds.`,
    "Everything in the table comes from one run. A ratio above 1 is better than what stands beside it.",
    "",
    markdown(figures),
    "",
  ].join("\n");
  const document = {
    ...at,
    figures: figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), pass: verdictOf(figure)?.pass })),
  };
  const day = join(results, at.date.slice(0, 10));
  const files: [string, string][] = [
    [`${day}.md`, page],
    [`${day}.json`, `${JSON.stringify(document, null, 2)}\n`],
    [join(results, "latest.md"), page],
  ];
  for (const [file, content] of files) writeFileSync(file, content);
  return files.map(([file]) => file);
}
