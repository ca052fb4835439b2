/** Patch operations: how every `Update…` operation says what it changes. See "PatchOperation" in the API Reference. */
import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import { badRequest } from "./tables.js";

type Kind = "text" | "number" | "boolean" | "list";
/** What stands at a path, and where in the row, if not there. */
type Rule = Kind | { readonly kind: Kind | "all"; readonly target: (names: readonly string[]) => readonly string[] };
/** Paths that can be patched; `{}` stands for a name. */
export type Rules = Readonly<Record<string, Rule>>;

type Tree = Record<string, unknown>;

const OPERATIONS: readonly string[] = ["add", "remove", "replace", "copy", "move"];

/** The row after the operations, in order. @throws AwsError `BadRequestException` */
export function patched<Row extends object>(
  row: Row,
  operations: readonly PatchOperation[] | undefined,
  rules: Rules,
): Row {
  const copy = structuredClone(row) as Tree;
  for (const operation of operations ?? []) {
    const { op = "replace", path = "", value, from } = operation;
    if (!OPERATIONS.includes(op)) {
      throw badRequest(`Invalid patch operation specified: ${op}. Must be one of: [${OPERATIONS.join(", ")}]`);
    }
    const segments = path.split("/").slice(1).map(unescaped);
    const found = findRule(rules, segments);
    if (!path.startsWith("/") || !found) throw unknownPath(path, op, rules);
    const { kind, at } = found;
    if (op === "copy" || op === "move") {
      const source = findRule(rules, (from ?? "").split("/").slice(1).map(unescaped));
      if (!source) throw unknownPath(from ?? "", op, rules);
      set(copy, at, structuredClone(get(copy, source.at)));
      if (op === "move") remove(copy, source.at);
    } else if (kind === "list") patchList(copy, found, op, value);
    else if (op === "remove") remove(copy, at);
    else set(copy, at, typed(kind, value ?? "", path));
  }
  return copy as Row;
}

const unescaped = (segment: string) => segment.replaceAll("~1", "/").replaceAll("~0", "~");

interface Found {
  readonly kind: Kind | "all";
  readonly at: readonly string[];
  /** Whether the path names a member of a list, and not the list. */
  readonly isMember: boolean;
}

function findRule(rules: Rules, segments: readonly string[]): Found | undefined {
  for (const [pattern, rule] of Object.entries(rules)) {
    const parts = pattern.split("/").slice(1);
    if (parts.length !== segments.length) continue;
    if (!parts.every((part, index) => part === "{}" || part === segments[index])) continue;
    const isMember = pattern.endsWith("/{}");
    if (typeof rule === "string") return { kind: rule, at: segments, isMember };
    return { kind: rule.kind, at: rule.target(segments.filter((_, index) => parts[index] === "{}")), isMember };
  }
  return undefined;
}

function unknownPath(path: string, op: string, rules: Rules) {
  const paths = Object.keys(rules).map((pattern) => pattern.replaceAll("{}", "{name}"));
  return badRequest(`Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [${paths.join(", ")}]`);
}

function typed(kind: Kind | "all", value: string, path: string): unknown {
  if (kind === "boolean") {
    if (!/^(true|false)$/i.test(value)) throw badRequest(`Invalid patch value specified: ${value} for path ${path}`);
    return value.toLowerCase() === "true";
  }
  if (kind !== "number") return value;
  if (!Number.isFinite(Number(value)) || value === "") {
    throw badRequest(`Invalid patch value specified: ${value} for path ${path}`);
  }
  return Number(value);
}

function get(tree: Tree, at: readonly string[]): unknown {
  return at.reduce<unknown>((node, name) => (node as Tree | undefined)?.[name], tree);
}

function set(tree: Tree, at: readonly string[], value: unknown): void {
  let node = tree;
  for (const name of at.slice(0, -1)) {
    if (!Object.hasOwn(node, name) || node[name] === undefined) own(node, name, {});
    const next = node[name];
    if (typeof next !== "object" || next === null) throw badRequest(`Invalid patch path  '/${at.join("/")}' specified`);
    node = next as Tree;
  }
  own(node, at.at(-1) as string, value);
}

const own = (node: Tree, name: string, value: unknown) =>
  Object.defineProperty(node, name, { value, enumerable: true, writable: true, configurable: true });

function remove(tree: Tree, at: readonly string[]): void {
  const node = get(tree, at.slice(0, -1)) as Tree | undefined;
  if (node) delete node[at.at(-1) as string];
}

/** A list's member is named by the path's last part, or by the value where the path is the list's. */
function patchList(tree: Tree, { at, isMember }: Found, op: string, value: string | undefined): void {
  const where = isMember ? at.slice(0, -1) : at;
  const member = isMember ? at.at(-1) : value;
  const before = (get(tree, where) ?? []) as string[];
  const without = before.filter((one) => one !== member);
  if (op === "remove") set(tree, where, member === undefined ? [] : without);
  else if (op === "replace") set(tree, where, isMember ? [...without, value ?? member] : [value]);
  else if (member !== undefined) set(tree, where, [...without, member]);
}
