/** Filter patterns on log events that are fields between spaces: `[ip, user, ..., status = 4*, bytes > 1000]`. */
import { type Comparison, compare, invalidPattern, type Matcher } from "./filter-pattern.js";
import { operand } from "./json-filter.js";

interface Field {
  name: string;
  test: (value: string) => boolean;
}

/** A field of a log event: in brackets, in quotes, or up to the next space. */
const VALUE = /\[([^\]]*)\]|"([^"]*)"|(\S+)/g;
const CONDITION = /^\s*([\w.-]+)\s*(=|!=|<=|>=|<|>)\s*("(?:\\.|[^"\\])*"|%(?:\\.|[^%\\])*%|\S+)\s*$/;
const ANY_NUMBER = "...";

/** Makes a matcher of a pattern in brackets. @throws AwsError `InvalidParameterException` */
export function compileFields(pattern: string): Matcher {
  if (!pattern.endsWith("]")) throw invalidPattern();
  const parts = pattern
    .slice(1, -1)
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((part) => part.trim());
  const gap = parts.indexOf(ANY_NUMBER);
  const before = (gap < 0 ? parts : parts.slice(0, gap)).map(compileField);
  const after = gap < 0 ? [] : parts.slice(gap + 1).map(compileField);
  return (message) => {
    const values = [...message.matchAll(VALUE)].map(
      ([, bracketed, quoted, plain]) => bracketed ?? quoted ?? plain ?? "",
    );
    const fixed = before.length + after.length;
    if (gap < 0 ? values.length !== fixed : values.length < fixed) return undefined;
    const extracted: Record<string, string> = {};
    const tail = values.slice(values.length - after.length);
    const pairs = [
      ...before.map((field, index) => [field, values[index]] as const),
      ...after.map((field, index) => [field, tail[index]] as const),
    ];
    for (const [{ name, test }, value = ""] of pairs) {
      if (!test(value)) return undefined;
      extracted[`$${name}`] = value;
    }
    return extracted;
  };
}

function compileField(part: string, position: number): Field {
  const name = /^[\w.-]+/.exec(part)?.[0] ?? String(position + 1);
  if (part === "" || /^[\w.-]+$/.test(part)) return { name, test: () => true };
  const alternatives = part.split("||").map((alternative) => alternative.split("&&").map(compileCondition));
  return { name, test: (value) => alternatives.some((all) => all.every((test) => test(value))) };
}

function compileCondition(text: string): (value: string) => boolean {
  const [, , comparison, right] = CONDITION.exec(text) ?? [];
  if (!comparison || right === undefined) throw invalidPattern();
  return compare(comparison as Comparison, operand(right));
}
