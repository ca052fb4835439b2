/** The tags of functions, event source mappings and code signing configurations. See the Lambda API Reference. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { functionArn, invalidParameter, notFound, parseFunctionName, validationError } from "./names.js";
import { codeSigningConfigs, eventSourceMappings, functions } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");
type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;

/** Tags after some are set. @throws AwsError `InvalidParameterValueException` */
export function checkTags(before: Tags, set: Tags): Tags {
  for (const [key, value] of Object.entries(set)) {
    if (key.length < 1 || key.length > 128 || value.length > 256) {
      throw invalidParameter("Tag keys have 1 to 128 characters, and tag values at most 256.");
    }
    if (/^aws:/i.test(key)) throw invalidParameter("Your system tags are not allowed: aws: prefix is reserved.");
  }
  const tags = { ...before, ...set };
  if (Object.keys(tags).length > MAX_TAGS) throw invalidParameter("Number of tags exceeds function tag limit");
  return tags;
}

/** What has tags: how they are read and written. */
interface Tagged {
  readonly tags: Tags;
  put(tags: Tags): void;
}

function find(ctx: Context, arn: string | undefined): Tagged {
  if (!arn?.startsWith("arn:")) {
    throw validationError(
      arn,
      "resource",
      "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:…",
    );
  }
  const [, kind, id] = /:(event-source-mapping|code-signing-config):([^:]+)$/.exec(arn) ?? [];
  if (kind && id) {
    const definition = kind === "event-source-mapping" ? eventSourceMappings : codeSigningConfigs;
    const table = ctx.table<{ tags?: Record<string, string> }>(definition);
    const row = table.get(id);
    if (!row) throw notFound("The resource you requested does not exist.");
    return { tags: row.tags ?? {}, put: (tags) => table.put([id], { ...row, tags: { ...tags } }) };
  }
  const name = parseFunctionName(ctx, arn);
  if (name.qualifier !== undefined) {
    throw invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  const table = ctx.table(functions, name);
  const row = table.get(name.name);
  if (!row) throw notFound(`Function not found: ${functionArn(ctx, name)}`);
  return { tags: row.tags, put: (tags) => table.put([name.name], { ...row, tags }) };
}

/** The ARN in an input's `Resource`, for authorization. */
export const taggedResource = (input: { Resource?: string | undefined }): string => input.Resource ?? "*";

export const listTags: Handler<Lambda, "ListTags"> = (input, ctx) => ({ Tags: { ...find(ctx, input.Resource).tags } });

export const tagResource: Handler<Lambda, "TagResource"> = (input, ctx) => {
  const found = find(ctx, input.Resource);
  found.put(checkTags(found.tags, input.Tags ?? {}));
  return {};
};

export const untagResource: Handler<Lambda, "UntagResource"> = (input, ctx) => {
  const found = find(ctx, input.Resource);
  const gone = new Set(input.TagKeys);
  found.put(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !gone.has(key))));
  return {};
};
