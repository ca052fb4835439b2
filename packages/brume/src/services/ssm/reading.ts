/** The operations that read parameters and their history. See the Systems Manager API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { checkNames, type Parameter, type ParameterVersion } from "./parameter.js";
import { policiesAnswer } from "./policies.js";
import { open } from "./secure-strings.js";
import { type Found, findVersion, notFound, parameterArn, parameters, versions } from "./tables.js";

type Ssm = typeof import("@aws-sdk/client-ssm");

/** Answers with values of versions, which are decrypted first where that is asked for and there is anything secure. */
export function withValues<T>(
  ctx: Context,
  found: readonly { version: ParameterVersion; arn: string }[],
  decrypt: boolean | undefined,
  answer: (values: string[]) => T,
): T | Promise<T> {
  if (!decrypt || !found.some(({ version }) => version.type === "SecureString"))
    return answer(found.map(({ version }) => version.value));
  const opened = found.map(({ version, arn }) =>
    version.type === "SecureString" ? open(ctx, arn, version.value) : version.value,
  );
  return Promise.all(opened).then(answer);
}

/** How answers show a parameter's value. */
export function valueAnswer({ name, version, arn, selector }: Found, value: string | undefined) {
  return {
    Name: name,
    Type: version.type,
    Value: value,
    Version: version.version,
    Selector: selector === undefined ? undefined : `:${selector}`,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: arn,
    DataType: version.dataType,
  };
}

export const getParameter: Handler<Ssm, "GetParameter"> = (input, ctx) => {
  const found = findVersion(ctx, input.Name as string);
  if (!found) throw notFound();
  return withValues(ctx, [found], input.WithDecryption, ([value]) => ({ Parameter: valueAnswer(found, value) }));
};

export const getParameters: Handler<Ssm, "GetParameters"> = (input, ctx) => {
  const found: Found[] = [];
  const invalid: string[] = [];
  for (const name of checkNames(input.Names)) {
    const one = tryFind(ctx, name);
    if (one) found.push(one);
    else invalid.push(name);
  }
  return withValues(ctx, found, input.WithDecryption, (values) => ({
    Parameters: found.map((one, index) => valueAnswer(one, values[index])),
    InvalidParameters: invalid,
  }));
};

function tryFind(ctx: Context, name: string): Found | undefined {
  try {
    return findVersion(ctx, name);
  } catch (error) {
    if (isAwsError(error, "ParameterVersionNotFound")) return undefined;
    throw error;
  }
}

export const getParameterHistory: Handler<Ssm, "GetParameterHistory"> = (input, ctx) => {
  const row = ctx.table(parameters).get(input.Name as string);
  if (!row) throw notFound();
  const limit = input.MaxResults ?? 50;
  check("maxResults", limit, { min: 1, max: 50 });
  const from = input.NextToken === undefined ? row.firstVersion : Number(input.NextToken);
  if (!Number.isSafeInteger(from) || from < 0)
    throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  const found = ctx.table(versions).rows({ prefix: [row.name], from: [from], limit });
  const last = found.at(-1)?.version ?? row.version;
  const arn = parameterArn(ctx, row.name);
  const shown = found.map((version) => ({ version, arn }));
  return withValues(ctx, shown, input.WithDecryption, (values) => ({
    Parameters: found.map((version, index) => ({
      ...metadataAnswer(ctx, row, version),
      Value: values[index],
      Labels: Object.entries(row.labels)
        .filter(([, number]) => number === version.version)
        .map(([label]) => label),
    })),
    NextToken: last < row.version ? String(last + 1) : undefined,
  }));
};

/** How answers show what a parameter is, without its value. */
export function metadataAnswer(ctx: Context, { name }: Parameter, version: ParameterVersion) {
  return {
    Name: name,
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: policiesAnswer(ctx, version),
    DataType: version.dataType,
  };
}
