/** Finds the fields that a message holds: those of JSON, and those of Lambda's own lines. */
import type { Value } from "./values.js";

/** As many fields as Logs Insights takes out of one event. */
const MAX_FIELDS = 200;
const MAX_DEPTH = 50;
/** Where lines of Lambda functions come from. */
const LAMBDA = /:\/aws\/lambda\//;
const MB = 1_000_000;

/** The fields of a message, by name. */
export function discover(message: string, log: string): Map<string, Value> {
  const fields = new Map<string, Value>();
  const isLambda = LAMBDA.test(log);
  const text = message.trim();
  const json = text.startsWith("{") ? parse(text) : undefined;
  if (json) flatten(json, "", fields, 0);
  if (!isLambda) return fields;
  if (!json) {
    const embedded = parse(embeddedObject(text) ?? "");
    if (embedded) flatten(embedded, "", fields, 0);
  }
  for (const [name, value] of lambdaFields(text)) fields.set(name, value);
  return fields;
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The first object in a text, by its braces. */
function embeddedObject(text: string): string | undefined {
  const start = text.indexOf("{");
  let depth = 0;
  let isQuoted = false;
  for (let i = start; i >= 0 && i < text.length; i++) {
    const character = text[i];
    if (isQuoted) {
      if (character === "\\") i++;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return text.slice(start, i + 1);
  }
  return undefined;
}

/** Names the values within an object by the way to them, with dots. */
function flatten(value: object, prefix: string, fields: Map<string, Value>, depth: number): void {
  for (const [key, inner] of Object.entries(value)) {
    if (fields.size >= MAX_FIELDS || depth > MAX_DEPTH) return;
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (typeof inner === "object" && inner !== null) flatten(inner, name, fields, depth + 1);
    else if (inner !== null) fields.set(name, inner as Value);
  }
}

/** Numbers of REPORT lines: field, what stands before it, and what one of its unit is worth. */
const REPORTED: readonly (readonly [name: string, label: string, unit: string, worth: number])[] = [
  ["@duration", "Duration", "ms", 1],
  ["@billedDuration", "Billed Duration", "ms", 1],
  ["@memorySize", "Memory Size", "MB", MB],
  ["@maxMemoryUsed", "Max Memory Used", "MB", MB],
  ["@initDuration", "Init Duration", "ms", 1],
];
const PLATFORM = /^(START|END|REPORT) RequestId: ([0-9a-f-]{36})/;
const LOGGED = /^\S+\t([0-9a-f-]{36})\t/;
const TRACE = /XRAY TraceId: (\S+)\s+SegmentId: (\S+)/;

function lambdaFields(text: string): [string, Value][] {
  const [, type, requestId = LOGGED.exec(text)?.[1]] = PLATFORM.exec(text) ?? [];
  if (requestId === undefined) return [];
  const fields: [string, Value][] = [["@requestId", requestId]];
  if (type) fields.push(["@type", type]);
  if (type !== "REPORT") return fields;
  for (const part of text.split("\t")) {
    for (const [name, label, unit, worth] of REPORTED) {
      const [, number] = new RegExp(`^${label}: ([\\d.]+) ${unit}`).exec(part.trim()) ?? [];
      if (number !== undefined) fields.push([name, Number(number) * worth]);
    }
  }
  const [, traceId, segmentId] = TRACE.exec(text) ?? [];
  if (traceId) fields.push(["@xrayTraceId", traceId], ["@xraySegmentId", segmentId]);
  return fields;
}
