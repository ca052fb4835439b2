/** How commands speak: to a person at a terminal, to a pipe, or as one JSON document. */
import { AwsError, UserError } from "../kernel/errors.js";

const RESET = "\u001b[0m";
const STYLES = {
  bold: "\u001b[1m",
  dim: "\u001b[2m",
  red: "\u001b[31m",
  green: "\u001b[32m",
  yellow: "\u001b[33m",
  blue: "\u001b[34m",
};
export type Style = keyof typeof STYLES;

export class Output {
  readonly json: boolean;
  /** Whether a person watches, so that lines may be redrawn. */
  readonly live: boolean;
  readonly #colors: boolean;
  #drawn = 0;

  constructor(json: boolean) {
    this.json = json;
    this.live = process.stdout.isTTY === true && !json && process.env.TERM !== "dumb";
    this.#colors = this.live && process.env.NO_COLOR === undefined;
  }

  style(style: Style, text: string): string {
    return this.#colors ? STYLES[style] + text + RESET : text;
  }

  /** A line for people; nothing with `--json`. */
  line(text = ""): void {
    if (this.json) return;
    this.#erase();
    process.stdout.write(`${text}\n`);
  }

  /** A line beside the result: what is being done, notes and warnings. */
  note(text: string): void {
    if (this.json) return;
    this.#erase();
    process.stderr.write(`${text}\n`);
  }

  /** The result as one JSON document; nothing without `--json`. */
  result(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Lines that stand below all others and are redrawn; only where a person watches. */
  redraw(lines: readonly string[]): void {
    if (!this.live) return;
    this.#erase();
    const width = process.stdout.columns ?? 80;
    for (const line of lines) process.stdout.write(`${clip(line, width - 1)}\n`);
    this.#drawn = lines.length;
  }

  /** One clear message: what, where, and what to do. */
  error(error: unknown): void {
    this.#erase();
    const { code, message, where, hint } = explain(error);
    if (this.json) {
      process.stdout.write(`${JSON.stringify({ error: { code, message, where, hint } }, null, 2)}\n`);
      return;
    }
    process.stderr.write(`${this.style("red", "error")}: ${message}\n`);
    if (where) process.stderr.write(`  at ${where}\n`);
    if (hint) process.stderr.write(`  ${hint}\n`);
  }

  #erase(): void {
    if (this.#drawn > 0) process.stdout.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }
}

interface Explained {
  code: string;
  message: string;
  where?: string;
  hint?: string;
}

function explain(error: unknown): Explained {
  if (error instanceof UserError)
    return { code: error.code, message: error.message, where: error.where, hint: error.hint };
  if (error instanceof AwsError) return { code: error.code, message: `${error.code}: ${error.message}` };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "Bug", message: text, hint: "This is a defect of brume. Please report it with what is above." };
}

function clip(text: string, width: number): string {
  // Colours take no room.
  let visible = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\u001b") i = text.indexOf("m", i);
    else if (++visible > width) return `${text.slice(0, i)}${RESET}`;
  }
  return text;
}

/** Columns side by side, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join("  "),
  );
}

/** Milliseconds as people read them. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Bytes as people read them. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
