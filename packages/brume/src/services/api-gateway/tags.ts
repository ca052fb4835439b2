/** Tags of APIs, stages, keys, plans, domain names and certificates, by the ARN of each. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import type { TableDefinition } from "../../kernel/store.js";
import { domainNames } from "./shared/domains.js";
import { apiKeys, badRequest, clientCertificates, notFound, restApis, stages, usagePlans } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");
interface Tagged {
  readonly tags?: Record<string, string> | undefined;
}

/** What can be tagged: the path in its ARN, whose groups are its key. */
const TAGGABLE: readonly [RegExp, TableDefinition<object>][] = [
  [/^\/restapis\/([^/]+)$/, restApis],
  [/^\/restapis\/([^/]+)\/stages\/([^/]+)$/, stages],
  [/^\/apikeys\/([^/]+)$/, apiKeys],
  [/^\/usageplans\/([^/]+)$/, usagePlans],
  [/^\/domainnames\/([^/]+)$/, domainNames],
  [/^\/clientcertificates\/([^/]+)$/, clientCertificates],
];

function find(ctx: Context, arn: string | undefined) {
  const path = /^arn:[^:]+:apigateway:[^:]*:[^:]*:(\/.+)$/.exec(arn ?? "")?.[1];
  if (path === undefined) throw badRequest("Invalid resource ARN specified");
  for (const [pattern, table] of TAGGABLE) {
    const key = pattern.exec(path)?.slice(1);
    if (!key) continue;
    const row = ctx.table(table).get(...key) as Tagged | undefined;
    if (!row) break;
    return { row, put: (tags: Record<string, string>) => ctx.table(table).put(key, { ...row, tags }) };
  }
  throw notFound("Invalid resource specified");
}

export const tagResource: Handler<Sdk, "TagResource"> = (input, ctx) => {
  const { row, put } = find(ctx, input.resourceArn);
  const tags = { ...row.tags, ...input.tags };
  if (Object.keys(tags).length > 50) throw badRequest("The number of tags exceeds the limit of 50");
  put(tags);
  return {};
};

export const untagResource: Handler<Sdk, "UntagResource"> = (input, ctx) => {
  const { row, put } = find(ctx, input.resourceArn);
  put(Object.fromEntries(Object.entries(row.tags ?? {}).filter(([key]) => !input.tagKeys?.includes(key))));
  return {};
};

export const getTags: Handler<Sdk, "GetTags"> = (input, ctx) => ({
  tags: { ...find(ctx, input.resourceArn).row.tags },
});
