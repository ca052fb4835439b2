/** Reads one page of a table or index: what Query and Scan have in common. */
import type { Context } from "../../kernel/context.js";
import type { Range } from "../../kernel/store.js";
import { withJson } from "../../protocol/answer.js";
import { type Item, validation } from "./attribute-value.js";
import { consumedCapacity, readUnits, type Units } from "./capacity.js";
import { matches, valueAt } from "./expressions/evaluate.js";
import { project } from "./expressions/project.js";
import type { Condition, Path } from "./expressions/syntax.js";
import { type KeySchema, keyAttributes, keyOf } from "./keys.js";
import { indexItems, items } from "./storage.js";
import { fromStored, itemJson, parseItem, readStored, type StoredItem } from "./stored-item.js";
import type { IndexLayout, TableLayout } from "./table.js";
import type { AttributeMap } from "./writes.js";

/** The bytes of items after which a page ends. */
const PAGE_BYTES = 1024 * 1024;

/** What Query and Scan take alike. */
export interface PageInput {
  IndexName?: string | undefined;
  Select?: string | undefined;
  Limit?: number | undefined;
  ConsistentRead?: boolean | undefined;
  ReturnConsumedCapacity?: string | undefined;
  ProjectionExpression?: string | undefined;
  AttributesToGet?: string[] | undefined;
}

/** What is read: a table, or an index of it. */
export interface Source {
  readonly table: TableLayout;
  readonly index: IndexLayout | undefined;
  readonly schema: KeySchema;
  readonly prefix: string;
}

/** The table or index that a request reads. @throws AwsError `ValidationException` */
export function sourceOf(table: TableLayout, input: PageInput): Source {
  const { IndexName: name } = input;
  if (name === undefined) return { table, index: undefined, schema: table.schema, prefix: table.prefix };
  const index = table.indexes.find((one) => one.name === name);
  if (!index) throw validation(`The table does not have the specified index: ${name}`);
  if (index.global && input.ConsistentRead) {
    throw validation("Consistent reads are not supported on global secondary indexes");
  }
  return { table, index, schema: index.schema, prefix: index.prefix };
}

/** Checks `Select` against the other parameters. @throws AwsError `ValidationException` */
export function checkSelect(input: PageInput, kind: "Querying" | "Scanning"): void {
  const { Select: select, IndexName, ProjectionExpression, AttributesToGet } = input;
  const parameter = ProjectionExpression !== undefined ? "ProjectionExpression" : "AttributesToGet";
  const projects = ProjectionExpression !== undefined || AttributesToGet !== undefined;
  if (select === "SPECIFIC_ATTRIBUTES" && !projects) {
    throw validation(
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    );
  }
  if (projects && select !== undefined && select !== "SPECIFIC_ATTRIBUTES") {
    const what = select === "COUNT" ? "only the Count" : select;
    throw validation(`Cannot specify the ${parameter} when choosing to get ${what}`);
  }
  if (select === "ALL_PROJECTED_ATTRIBUTES" && IndexName === undefined) {
    throw validation(`ALL_PROJECTED_ATTRIBUTES can be used only when ${kind} using an IndexName`);
  }
}

/** Whether more of each item is wanted than an index holds. @throws AwsError where a global index cannot give that */
function wantsWholeItem(
  { index }: Source,
  select: string | undefined,
  projection: readonly Path[] | undefined,
): boolean {
  const projected = index?.projected;
  if (!index || !projected) return false;
  if (select === "ALL_ATTRIBUTES") {
    if (!index.global) return true;
    throw validation(
      `One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  const missing = (projection ?? []).map(([name]) => name as string).filter((name) => !projected.has(name));
  if (missing.length === 0) return false;
  if (!index.global) return true;
  throw validation(
    `One or more parameter values were invalid: Global secondary index ${index.name} does not project [${missing.join(", ")}]`,
  );
}

/** The attributes that an `ExclusiveStartKey` of a source has. */
export function startKeyNames({ table, index }: Source): string[] {
  const attributes = [...keyAttributes(table.schema), ...(index ? keyAttributes(index.schema) : [])];
  return [...new Set(attributes.map(({ name }) => name))];
}

export interface PageRequest {
  readonly source: Source;
  readonly range: Range;
  readonly filter: Condition | undefined;
  readonly projection: readonly Path[] | undefined;
}

interface PageOutput {
  Items?: AttributeMap[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: AttributeMap;
  ConsumedCapacity?: ReturnType<typeof consumedCapacity>;
}

/** Reads up to a limit of items or bytes. */
export function readPage(
  ctx: Context,
  input: PageInput,
  { source, range, filter, projection }: PageRequest,
): PageOutput {
  const { table, index } = source;
  const whole = wantsWholeItem(source, input.Select, projection);
  const found: string[] = [];
  let [count, scanned, bytes, fetched] = [0, 0, 0, 0];
  let last: StoredItem | undefined;
  let more = false;
  for (const { row } of ctx.table(index ? indexItems : items, table).entries(range)) {
    const [size] = row;
    if (scanned > 0 && bytes + size > PAGE_BYTES) {
      more = true;
      break;
    }
    bytes += size;
    scanned++;
    last = row;
    const stored = whole ? (readStored(ctx, table, fromStored(row)) ?? row) : row;
    if (whole) fetched += readUnits(stored[0], input.ConsistentRead);
    const item = filter || projection ? fromStored(stored) : undefined;
    if (!filter || matches(filter, item as Item)) {
      count++;
      if (input.Select !== "COUNT") found.push(projection ? itemJson(project(item as Item, projection)) : stored[1]);
    }
    // Like DynamoDB, a page that is full has a next one, even when that turns out to be empty.
    if (scanned === input.Limit || bytes >= PAGE_BYTES) {
      more = true;
      break;
    }
  }
  const schemas = index ? [table.schema, index.schema] : [table.schema];
  const used = readUnits(bytes, input.ConsistentRead);
  const units: Units = index ? { table: fetched, indexes: { [index.name]: used } } : { table: used, indexes: {} };
  const capacity = consumedCapacity(input.ReturnConsumedCapacity, table, units);
  const output: PageOutput = { Count: count, ScannedCount: scanned };
  if (more && last) output.LastEvaluatedKey = keyOf(fromStored(last), schemas) as AttributeMap;
  if (capacity) output.ConsumedCapacity = capacity;
  if (input.Select === "COUNT") return output;
  return withJson(output, "Items", `[${found.join(",")}]`, () => found.map(parseItem) as AttributeMap[]);
}

/** Paths into key attributes, which are scalars, lead nowhere. @throws AwsError `ValidationException` */
export function checkScalarKeys(paths: readonly Path[], { schema, indexes }: TableLayout): void {
  const nested = paths.filter((path) => path.length > 1).map(([name]) => name as string);
  if (nested.length === 0) return;
  for (const [kind, one] of [
    ["Key", schema] as const,
    ...indexes.map((index) => ["IndexKey", index.schema] as const),
  ]) {
    const key = keyAttributes(one).find(({ name }) => nested.includes(name));
    if (!key) continue;
    throw validation(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${key.name}`,
    );
  }
}

/** The paths that a condition looks at. */
export function pathsOf(condition: Condition): Path[] {
  if (condition.kind === "and" || condition.kind === "or") {
    return [...pathsOf(condition.left), ...pathsOf(condition.right)];
  }
  if (condition.kind === "not") return pathsOf(condition.condition);
  return condition.operands.flatMap((operand) => {
    if (operand.kind === "path") return [operand.path];
    if (operand.kind === "value") return [];
    return operand.operands.flatMap((inner) => (inner.kind === "path" ? [inner.path] : []));
  });
}

/** Whether all attributes of a key are there. */
export const hasAll = (item: Item, names: readonly string[]): boolean =>
  names.every((name) => valueAt(item, [name]) !== undefined);
