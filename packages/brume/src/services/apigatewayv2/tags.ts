/** Tags of APIs, stages and domain names, by the ARN of each. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import type { TableDefinition } from "../../kernel/store.js";
import { domainNames } from "../api-gateway/shared/domains.js";
import { apis, badRequest, notFound, stages } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");
type Tagged = Readonly<Record<string, Record<string, string> | undefined>>;

/** What can be tagged: the path in its ARN, whose groups are its key; its table, and the member that holds the tags. */
const TAGGABLE: readonly [RegExp, TableDefinition<object>, member: "Tags" | "tags"][] = [
  [/^\/apis\/([^/]+)$/, apis, "Tags"],
  [/^\/apis\/([^/]+)\/stages\/([^/]+)$/, stages, "Tags"],
  [/^\/domainnames\/([^/]+)$/, domainNames, "tags"],
];

function find(ctx: Context, arn: string | undefined) {
  const path = /^arn:[^:]+:apigateway:[^:]*:[^:]*:(\/.+)$/.exec(arn ?? "")?.[1];
  if (path === undefined) throw badRequest("Invalid resource ARN specified in the request");
  for (const [pattern, table, member] of TAGGABLE) {
    const key = pattern.exec(path)?.slice(1);
    if (!key) continue;
    const row = ctx.table(table).get(...key) as Tagged | undefined;
    if (!row) break;
    const put = (tags: Record<string, string>) => ctx.table(table).put(key, { ...row, [member]: tags });
    return { tags: row[member] ?? {}, put };
  }
  throw notFound("Invalid resource identifier specified");
}

export const tagResource: Handler<Sdk, "TagResource"> = (input, ctx) => {
  const { tags: before, put } = find(ctx, input.ResourceArn);
  const tags = { ...before, ...input.Tags };
  if (Object.keys(tags).length > 50) throw badRequest("The number of tags exceeds the limit of 50");
  put(tags);
  return {};
};

export const untagResource: Handler<Sdk, "UntagResource"> = (input, ctx) => {
  const { tags, put } = find(ctx, input.ResourceArn);
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))));
  return {};
};

export const getTags: Handler<Sdk, "GetTags"> = (input, ctx) => ({
  Tags: { ...find(ctx, input.ResourceArn).tags },
});
