/** Tags of APIs, stages and domain names, by the ARN of each. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import type { TableDefinition } from "../../kernel/store.js";
import { apis, badRequest, domainNames, notFound, stages } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");
interface Tagged {
  readonly Tags?: Record<string, string> | undefined;
}

/** What can be tagged: the path in its ARN, whose groups are its key. */
const TAGGABLE: readonly [RegExp, TableDefinition<object>][] = [
  [/^\/apis\/([^/]+)$/, apis],
  [/^\/apis\/([^/]+)\/stages\/([^/]+)$/, stages],
  [/^\/domainnames\/([^/]+)$/, domainNames],
];

function find(ctx: Context, arn: string | undefined) {
  const path = /^arn:[^:]+:apigateway:[^:]*:[^:]*:(\/.+)$/.exec(arn ?? "")?.[1];
  if (path === undefined) throw badRequest("Invalid resource ARN specified in the request");
  for (const [pattern, table] of TAGGABLE) {
    const key = pattern.exec(path)?.slice(1);
    if (!key) continue;
    const row = ctx.table(table).get(...key) as Tagged | undefined;
    if (!row) break;
    return { row, put: (Tags: Record<string, string>) => ctx.table(table).put(key, { ...row, Tags }) };
  }
  throw notFound("Invalid resource identifier specified");
}

export const tagResource: Handler<Sdk, "TagResource"> = (input, ctx) => {
  const { row, put } = find(ctx, input.ResourceArn);
  const tags = { ...row.Tags, ...input.Tags };
  if (Object.keys(tags).length > 50) throw badRequest("The number of tags exceeds the limit of 50");
  put(tags);
  return {};
};

export const untagResource: Handler<Sdk, "UntagResource"> = (input, ctx) => {
  const { row, put } = find(ctx, input.ResourceArn);
  put(Object.fromEntries(Object.entries(row.Tags ?? {}).filter(([key]) => !input.TagKeys?.includes(key))));
  return {};
};

export const getTags: Handler<Sdk, "GetTags"> = (input, ctx) => ({
  Tags: { ...find(ctx, input.ResourceArn).row.Tags },
});
