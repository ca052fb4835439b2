/** Performs the actions of an update expression on an item. */
import { attributeOf, type Item, setElements, typeOf, type Value, validation } from "../attribute-value.js";
import { addNumbers } from "../decimal.js";
import { valueAt } from "./evaluate.js";
import type { Action, Operand, Path } from "./syntax.js";

const invalidPath = () => validation("The document path provided in the update expression is invalid for update");
const wrongType = () => validation("An operand in the update expression has an incorrect data type");

/** The item after some actions; all operands are those before it. @throws AwsError `ValidationException` */
export function applyUpdate(item: Item, actions: readonly Action[]): Item {
  const changes = actions.map((action) => ({ path: action.path, value: changedValue(action, item) }));
  let updated = item;
  for (const { path, value } of changes) if (value) updated = withMember(updated, path, 0, value);
  // From the back, so that the indexes of list elements still to be removed stay what they are.
  const removals = changes.filter(({ value }) => value === undefined).map(({ path }) => path);
  for (const path of removals.sort(laterIndexFirst)) updated = withMember(updated, path, 0, undefined);
  return updated;
}

function laterIndexFirst(a: Path, b: Path): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a[i], b[i]];
    if (typeof x === "number" && typeof y === "number" && x !== y) return y - x;
  }
  return 0;
}

/** What an action puts in the place of its path; `undefined` to remove it. */
function changedValue({ section, path, operand }: Action, item: Item): Value | undefined {
  if (section === "REMOVE") return undefined;
  if (section === "SET") return evaluate(operand as Operand, item);
  const value = evaluate(operand as Operand, item);
  const before = valueAt(item, path);
  return section === "ADD" ? addTo(before, value) : deleteFrom(before, value);
}

function evaluate(operand: Operand, item: Item): Value {
  if (operand.kind === "value") return operand.value;
  if (operand.kind === "path") {
    const value = valueAt(item, operand.path);
    if (!value) throw validation("The provided expression refers to an attribute that does not exist in the item");
    return value;
  }
  const [first, second] = operand.operands as [Operand, Operand];
  if (operand.name === "if_not_exists") {
    return (first.kind === "path" ? valueAt(item, first.path) : undefined) ?? evaluate(second, item);
  }
  const [a, b] = [evaluate(first, item), evaluate(second, item)];
  if (operand.name === "list_append") {
    if (!a.L || !b.L) throw wrongType();
    return { L: [...a.L, ...b.L] };
  }
  if (a.N === undefined || b.N === undefined) throw wrongType();
  return { N: addNumbers(a.N, b.N, operand.name === "-") };
}

/** ADD: a number to a number, or elements to a set. @throws AwsError `ValidationException` */
export function addTo(before: Value | undefined, value: Value): Value {
  if (!before) return value;
  if (before.N !== undefined && value.N !== undefined) return { N: addNumbers(before.N, value.N) };
  const type = typeOf(value);
  if (typeOf(before) !== type || !(type === "SS" || type === "NS" || type === "BS")) throw wrongType();
  return { [type]: [...new Map([...setElements(before), ...setElements(value)]).values()] };
}

/** DELETE: takes elements from a set; nothing is left of an empty one. @throws AwsError `ValidationException` */
export function deleteFrom(before: Value | undefined, value: Value): Value | undefined {
  if (!before) return undefined;
  const type = typeOf(value);
  if (typeOf(before) !== type || !(type === "SS" || type === "NS" || type === "BS")) throw wrongType();
  const gone = setElements(value);
  const left = [...setElements(before)].filter(([key]) => !gone.has(key)).map(([, element]) => element);
  return left.length > 0 ? { [type]: left } : undefined;
}

function withMember(map: Item, path: Path, depth: number, value: Value | undefined): Item {
  const name = path[depth];
  if (typeof name !== "string") throw invalidPath();
  const before = attributeOf(map, name);
  if (depth === path.length - 1) {
    if (value) return { ...map, [name]: value };
    if (!before) return map;
    const { [name]: _, ...rest } = map;
    return rest;
  }
  if (!before) throw invalidPath();
  return { ...map, [name]: withPart(before, path, depth + 1, value) };
}

function withPart(container: Value, path: Path, depth: number, value: Value | undefined): Value {
  const part = path[depth];
  if (container.M && typeof part === "string") return { M: withMember(container.M, path, depth, value) };
  if (!container.L || typeof part !== "number") throw invalidPath();
  const list = [...container.L];
  const before = list[part];
  if (depth < path.length - 1) {
    if (!before) throw invalidPath();
    list[part] = withPart(before, path, depth + 1, value);
  } else if (!value) list.splice(part, 1);
  // An index past the end appends.
  else list[Math.min(part, list.length)] = value;
  return { L: list };
}
