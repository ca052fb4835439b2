/** Reduces items to the parts that paths point at. */
import { attributeOf, type Item, type Value } from "../attribute-value.js";
import type { Path } from "./syntax.js";

/** What is wanted below a name or an index; empty when all of it is. */
interface Selection {
  readonly parts: Map<string | number, Selection>;
}

/** The parts of an item at some paths. List elements close up, in their order. */
export function project(item: Item, paths: readonly Path[]): Item {
  const root: Selection = { parts: new Map() };
  for (const path of paths) {
    let selection = root;
    for (const part of path) {
      let inner = selection.parts.get(part);
      if (!inner) {
        inner = { parts: new Map() };
        selection.parts.set(part, inner);
      }
      selection = inner;
    }
  }
  return select(item, root);
}

function select(item: Item, { parts }: Selection): Item {
  const selected: Record<string, Value> = {};
  for (const [name, inner] of parts) {
    const value = typeof name === "string" ? attributeOf(item, name) : undefined;
    const part = value && selectValue(value, inner);
    if (part) selected[name] = part;
  }
  return selected;
}

function selectValue(value: Value, selection: Selection): Value | undefined {
  const { parts } = selection;
  if (parts.size === 0) return value;
  if (value.M) {
    const inner = select(value.M, selection);
    return Object.keys(inner).length > 0 ? { M: inner } : undefined;
  }
  if (!value.L) return undefined;
  const indexes = [...parts.keys()].filter((part): part is number => typeof part === "number").sort((a, b) => a - b);
  const elements: Value[] = [];
  for (const index of indexes) {
    const element = value.L[index];
    const part = element && selectValue(element, parts.get(index) as Selection);
    if (part) elements.push(part);
  }
  return elements.length > 0 ? { L: elements } : undefined;
}
