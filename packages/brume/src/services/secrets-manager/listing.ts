/** Finding secrets: filters, order and pages. See "Find secrets in AWS Secrets Manager". */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { descriptionOf } from "./description.js";
import { labelled, type Secret } from "./secret.js";
import { secrets } from "./tables.js";

type SecretsManager = typeof import("@aws-sdk/client-secrets-manager");

interface Filter {
  Key?: string | undefined;
  Values?: readonly string[] | undefined;
}
interface Request {
  Filters?: readonly Filter[] | undefined;
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
  SortBy?: string | undefined;
  SortOrder?: string | undefined;
  IncludePlannedDeletion?: boolean | undefined;
}

const MAX_RESULTS = 100;

const wordsOf = (text: string) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
const startsWith = (texts: readonly (string | undefined)[], value: string) =>
  texts.some((text) => text?.startsWith(value));

/** Whether a secret matches one value of a filter. */
const FILTERS: Readonly<Record<string, (secret: Secret, value: string) => boolean>> = {
  description: ({ description = "" }, value) => {
    const wanted = value.toLowerCase();
    return description.toLowerCase().startsWith(wanted) || startsWith(wordsOf(description), wanted);
  },
  name: ({ name }, value) => startsWith([name], value),
  "tag-key": ({ tags }, value) => startsWith(Object.keys(tags), value),
  "tag-value": ({ tags }, value) => startsWith(Object.values(tags), value),
  "primary-region": ({ primaryRegion }, value) => startsWith([primaryRegion], value),
  "owning-service": ({ owningService }, value) => startsWith([owningService], value),
  all: ({ name, description = "", tags, primaryRegion = "" }, value) => {
    const text = [name, description, ...Object.entries(tags).flat(), primaryRegion].join(" ");
    return wordsOf(value).every((word) => startsWith(wordsOf(text), word));
  },
};

function matches(secret: Secret, { Key: key = "", Values: filterValues = [] }: Filter): boolean {
  const test = FILTERS[key];
  return filterValues.some((value) =>
    value.startsWith("!") ? !test?.(secret, value.slice(1)) : test?.(secret, value),
  );
}

const ORDERS: Readonly<Record<string, (a: Secret, b: Secret) => number>> = {
  "created-date": (a, b) => a.createdAt - b.createdAt,
  "last-accessed-date": (a, b) => (a.accessedOn ?? 0) - (b.accessedOn ?? 0),
  "last-changed-date": (a, b) => a.changedAt - b.changedAt,
  name: (a, b) => (a.name < b.name ? -1 : 1),
};

/** One page of the secrets that pass all filters. @throws AwsError */
export function listing(ctx: Context, request: Request): { items: Secret[]; NextToken: string | undefined } {
  const { Filters = [], MaxResults: limit = MAX_RESULTS, SortBy = "created-date", SortOrder = "desc" } = request;
  check("maxResults", limit, { min: 1, max: MAX_RESULTS });
  check("sortBy", SortBy, { oneOf: Object.keys(ORDERS) });
  check("sortOrder", SortOrder, { oneOf: ["asc", "desc"] });
  Filters.forEach(({ Key, Values = [] }, index) => {
    check(`filters.${index + 1}.member.key`, Key, { oneOf: Object.keys(FILTERS) });
    if (Values.length === 0) throw new AwsError("InvalidParameterException", `Invalid filter values for key: ${Key}`);
  });
  const start = request.NextToken === undefined ? 0 : Number(Buffer.from(request.NextToken, "base64url").toString());
  if (!Number.isInteger(start)) throw new AwsError("InvalidNextTokenException", "Invalid token.");
  const order = ORDERS[SortBy] as (a: Secret, b: Secret) => number;
  const found = ctx
    .table(secrets)
    .rows()
    .filter((secret) => request.IncludePlannedDeletion || secret.deletedAt === undefined)
    .filter((secret) => Filters.every((filter) => matches(secret, filter)))
    .sort(SortOrder === "asc" ? order : (a, b) => order(b, a));
  const end = start + limit;
  return {
    items: found.slice(start, end),
    NextToken: end < found.length ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}

export const listSecrets: Handler<SecretsManager, "ListSecrets"> = (input, ctx) => {
  const { items, NextToken } = listing(ctx, input);
  const SecretList = items.map((secret) => ({
    ...descriptionOf(secret),
    SecretVersionsToStages: labelled(secret.versions),
  }));
  return { SecretList, NextToken };
};
