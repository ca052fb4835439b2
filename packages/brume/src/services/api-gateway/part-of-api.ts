/** What is alike in the things that an API consists of: each is found, listed, patched and deleted in the same way. */
import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import type { Context } from "../../kernel/context.js";
import type { TableDefinition } from "../../kernel/store.js";
import { patched, type Rules } from "./patch.js";
import { getApi, getRow, page } from "./tables.js";

export interface PartOfApi<Row> {
  readonly table: TableDefinition<Row>;
  /** What AWS says when there is none of that id. */
  readonly complaint: string;
  readonly rules: Rules;
}

/** @throws AwsError `NotFoundException` */
export function getPart<Row>(ctx: Context, part: PartOfApi<Row>, api: string | undefined, id: string | undefined): Row {
  getApi(ctx, api);
  return getRow(ctx, part.table, part.complaint, api, id);
}

export function listParts<Row>(
  ctx: Context,
  part: PartOfApi<Row>,
  input: { restApiId: string | undefined; position?: string | undefined; limit?: number | undefined },
): { items: Row[]; position?: string } {
  const api = getApi(ctx, input.restApiId);
  return page(ctx.table(part.table).rows({ prefix: [api.id] }), input);
}

export function updatePart<Row extends object>(
  ctx: Context,
  part: PartOfApi<Row>,
  input: { restApiId: string | undefined; patchOperations?: PatchOperation[] | undefined },
  id: string | undefined,
): Row {
  const after = patched(getPart(ctx, part, input.restApiId, id), input.patchOperations, part.rules);
  ctx.table(part.table).put([input.restApiId as string, id as string], after);
  return after;
}

export function deletePart<Row>(ctx: Context, part: PartOfApi<Row>, api: string | undefined, id: string | undefined) {
  getPart(ctx, part, api, id);
  ctx.table(part.table).delete(api as string, id as string);
  return {};
}
