/** Where two values of a property differ: the paths, and what is there in each. */

export interface ValueDifference {
  /** Within the property, such as `.Statement[0].Action`; empty for the whole of it. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Compares two values as change sets tell them, each as text: JSON where it is structured. */
export function valueDifferences(before: string | undefined, after: string | undefined): ValueDifference[] {
  const found: ValueDifference[] = [];
  compare("", parsed(before), parsed(after), found);
  return found;
}

function parsed(text: string | undefined): unknown {
  if (text === undefined || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function compare(path: string, before: unknown, after: unknown, found: ValueDifference[]): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index++) compare(`${path}[${index}]`, before[index], after[index], found);
    return;
  }
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(`${path}.${key}`, before[key], after[key], found);
    return;
  }
  found.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
