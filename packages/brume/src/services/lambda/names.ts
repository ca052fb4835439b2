/** How requests name functions, and how a function is found. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Refusal } from "../../kernel/input-constraints.js";
import { aliases, type FunctionRow, type FunctionVersion, functions, versions } from "./tables.js";

/** A function as a request names it. */
export interface FunctionName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** A version or an alias; absent for the function itself. */
  readonly qualifier?: string;
}

const PATTERN =
  /^(?:arn:[a-z-]+:lambda:)?(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_]{1,140})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;
const PATTERN_SHOWN =
  "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

/** How constraints of the API's model are answered. Runtimes and policies are looked at by themselves. */
export const refusal: Refusal = {
  code: "ValidationException",
  leaves: ["CreateFunctionRequest.Runtime", "ResourcePolicy", "UpdateFunctionConfigurationRequest.Runtime"],
};

/** An error of AWS's common form for a member that its model refuses. */
export function validationError(value: unknown, member: string, constraint: string): AwsError {
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** `InvalidParameterValueException`, with the member that AWS sends along. */
export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message, { members: { Type: "User" } });
}

/** `ResourceNotFoundException`, with the member that AWS sends along. */
export function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, { members: { Type: "User" } });
}

/** `ResourceConflictException`, with the member that AWS sends along. */
export function conflict(message: string): AwsError {
  return new AwsError("ResourceConflictException", message, { members: { Type: "User" } });
}

/** @throws AwsError `PreconditionFailedException` when a revision is asked for that is not the present one */
export function checkRevision(
  asked: string | undefined,
  actual: string | undefined,
  call = "GetFunction/GetAlias",
): void {
  if (asked === undefined || asked === actual) return;
  throw new AwsError(
    "PreconditionFailedException",
    `The Revision Id provided does not match the latest Revision Id. Call the ${call} API to retrieve the latest Revision Id`,
    { members: { Type: "User" } },
  );
}

/** Reads a function's name, partial ARN or ARN. @throws AwsError `ValidationException` */
export function parseFunctionName(ctx: Context, text: string | undefined, qualifier?: string): FunctionName {
  const groups = PATTERN.exec(text ?? "")?.groups;
  if (!groups) {
    throw validationError(
      text ?? "",
      "functionName",
      `Member must satisfy regular expression pattern: ${PATTERN_SHOWN}`,
    );
  }
  const { name, account = ctx.account, region = ctx.region } = groups as { name: string } & Record<string, string>;
  if (qualifier !== undefined && !/^(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]{1,128})$/.test(qualifier)) {
    throw validationError(
      qualifier,
      "qualifier",
      "Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    );
  }
  if (qualifier !== undefined && groups.qualifier !== undefined && qualifier !== groups.qualifier) {
    throw invalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
  }
  return { name, account, region, qualifier: qualifier ?? groups.qualifier };
}

export function functionArn(ctx: Context, { name, account, region, qualifier }: FunctionName): string {
  return ctx.arn(`function:${name}${qualifier ? `:${qualifier}` : ""}`, "lambda", { account, region });
}

/** The ARN of the function that an input names, for authorization. */
export function functionOf(
  input: { FunctionName?: string | undefined; Qualifier?: string | undefined },
  ctx: Context,
): string {
  return functionArn(ctx, parseFunctionName(ctx, input.FunctionName, input.Qualifier));
}

/** The function's own ARN, whatever version the input names. */
export function unqualifiedFunctionOf(input: { FunctionName?: string | undefined }, ctx: Context): string {
  return functionArn(ctx, { ...parseFunctionName(ctx, input.FunctionName), qualifier: undefined });
}

export interface FoundFunction {
  readonly name: FunctionName;
  readonly row: FunctionRow;
}

/** The function that an input names. @throws AwsError `ResourceNotFoundException` */
export function getFunctionRow(ctx: Context, text: string | undefined, qualifier?: string): FoundFunction {
  const name = parseFunctionName(ctx, text, qualifier);
  const row = ctx.table(functions, name).get(name.name);
  if (!row) throw notFound(`Function not found: ${functionArn(ctx, name)}`);
  return { name, row };
}

/** The version that a qualifier means; an alias with weights means its main version. */
export function findVersion(ctx: Context, { name, row }: FoundFunction): FunctionVersion | undefined {
  const { qualifier } = name;
  if (qualifier === undefined || qualifier === "$LATEST") return row;
  const alias = ctx.table(aliases, name).get(row.name, qualifier);
  const number = alias?.FunctionVersion ?? qualifier;
  if (number === "$LATEST") return row;
  return /^\d+$/.test(number) ? ctx.table(versions, name).get(row.name, Number(number)) : undefined;
}

/** The function and version that an input names. @throws AwsError `ResourceNotFoundException` */
export function getVersion(
  ctx: Context,
  text: string | undefined,
  qualifier?: string,
): FoundFunction & { version: FunctionVersion } {
  const found = getFunctionRow(ctx, text, qualifier);
  const version = findVersion(ctx, found);
  if (!version) throw notFound(`Function not found: ${functionArn(ctx, found.name)}`);
  return { ...found, version };
}
