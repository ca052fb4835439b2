/** Patch operations: how every `Update…` operation says what it changes. See "PatchOperation" in the API Reference. */
import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import { badRequest } from "./tables.js";

type Kind = "text" | "number" | "boolean" | "list";
/** What stands at a path, and where in the row, if not there. */
type Rule = Kind | { readonly kind: Kind | "all"; readonly at: (names: readonly string[]) => readonly string[] };
/** Paths that can be patched; `{}` stands for a name. */
export type Rules = Readonly<Record<string, Rule>>;

type Tree = Record<string, unknown>;

/** The row after the operations, in order. @throws AwsError `BadRequestException` */
export function patched<Row extends object>(
  row: Row,
  operations: readonly PatchOperation[] | undefined,
  rules: Rules,
): Row {
  const copy = structuredClone(row) as Tree;
  for (const operation of operations ?? []) {
    const { op = "replace", path = "", value, from } = operation;
    const segments = path.split("/").slice(1).map(unescaped);
    const found = findRule(rules, segments);
    if (!path.startsWith("/") || !found) throw unknownPath(path, op, rules);
    const { kind, at } = found;
    if (op === "copy" || op === "move") {
      const source = findRule(rules, (from ?? "").split("/").slice(1).map(unescaped));
      if (!source) throw unknownPath(from ?? "", op, rules);
      set(copy, at, structuredClone(get(copy, source.at)));
      if (op === "move") remove(copy, source.at);
    } else if (kind === "list") patchList(copy, at, segments, op, value);
    else if (op === "remove") remove(copy, at);
    else set(copy, at, typed(kind, value ?? "", path));
  }
  return copy as Row;
}

const unescaped = (segment: string) => segment.replaceAll("~1", "/").replaceAll("~0", "~");

function findRule(
  rules: Rules,
  segments: readonly string[],
): { kind: Kind | "all"; at: readonly string[] } | undefined {
  for (const [pattern, rule] of Object.entries(rules)) {
    const parts = pattern.split("/").slice(1);
    if (parts.length !== segments.length) continue;
    if (!parts.every((part, index) => part === "{}" || part === segments[index])) continue;
    if (typeof rule === "string") return { kind: rule, at: segments };
    return { kind: rule.kind, at: rule.at(segments.filter((_, index) => parts[index] === "{}")) };
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
    node = node[name] as Tree;
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
function patchList(
  tree: Tree,
  at: readonly string[],
  segments: readonly string[],
  op: string,
  value: string | undefined,
): void {
  const list = get(tree, at);
  const named = !Array.isArray(list) && Array.isArray(get(tree, at.slice(0, -1)));
  const where = named || segments.length > 1 ? at.slice(0, -1) : at;
  const member = named || segments.length > 1 ? (at.at(-1) as string) : value;
  const before = (get(tree, where) ?? []) as string[];
  if (op === "remove") set(tree, where, member === undefined ? [] : before.filter((one) => one !== member));
  else if (op === "replace" && where !== at)
    set(
      tree,
      where,
      before.map((one) => (one === member ? (value ?? "") : one)),
    );
  else if (op === "replace") set(tree, where, [value]);
  else if (member !== undefined && !before.includes(member)) set(tree, where, [...before, member]);
}
