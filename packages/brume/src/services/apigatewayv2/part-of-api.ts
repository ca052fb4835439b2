/** What is alike in the things that an API consists of: each is found, listed, changed and deleted in the same way. */
import type { Context } from "../../kernel/context.js";
import type { TableDefinition } from "../../kernel/store.js";
import { autoDeploy } from "./deployments.js";
import { defined, getApiRow, getRow, merged, page } from "./tables.js";

export interface PartOfApi<Row> {
  readonly table: TableDefinition<Row>;
  /** What AWS calls it. */
  readonly noun: string;
  /** Members of which an update changes only the entries that it mentions. */
  readonly maps?: readonly (keyof Row)[];
  /** Whether the row may be as it is. @throws AwsError */
  readonly check: (ctx: Context, apiId: string, row: Row) => void;
}

type Id = string | undefined;

/** What lies below an API, or below something of one: the ids on the way to it. */
export type Parents = readonly [apiId: Id, ...ids: Id[]];

/** @throws AwsError `NotFoundException` */
export function getPart<Row>(ctx: Context, part: PartOfApi<Row>, [apiId, ...ids]: Parents): Row {
  getApiRow(ctx, apiId);
  return getRow(ctx, part.table, `Invalid ${part.noun} identifier specified ${ids.at(-1)}`, apiId, ...ids);
}

export function listParts<Row>(
  ctx: Context,
  part: PartOfApi<Row>,
  [apiId, ...ids]: Parents,
  input: { MaxResults?: string | undefined; NextToken?: string | undefined },
): { Items: Row[]; NextToken?: string } {
  const { ApiId } = getApiRow(ctx, apiId);
  return page(ctx.table(part.table).rows({ prefix: [ApiId, ...(ids as string[])] }), input);
}

/** Keeps a new one. @throws AwsError when it may not be as it is */
export function putPart<Row extends object>(ctx: Context, part: PartOfApi<Row>, key: readonly string[], row: Row): Row {
  const apiId = key[0] as string;
  const kept = defined(row);
  part.check(ctx, apiId, kept);
  ctx.table(part.table).put(key, kept);
  autoDeploy(ctx, apiId);
  return kept;
}

/** Changes what is there. @throws AwsError `NotFoundException`, or when it may not be as it then is */
export function updatePart<Row extends object>(
  ctx: Context,
  part: PartOfApi<Row>,
  path: Parents,
  changes: Partial<Row>,
): Row {
  const after = merged(getPart(ctx, part, path), changes, part.maps);
  return putPart(ctx, part, path as readonly string[], after);
}

export function deletePart<Row>(ctx: Context, part: PartOfApi<Row>, path: Parents): object {
  getPart(ctx, part, path);
  ctx.table(part.table).delete(...(path as readonly string[]));
  autoDeploy(ctx, path[0] as string);
  return {};
}
