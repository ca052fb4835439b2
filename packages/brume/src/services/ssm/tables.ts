/** Where parameters are kept, and how one is found. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineTable } from "../../kernel/store.js";
import type { Document, DocumentVersion } from "./document.js";
import { type Parameter, type ParameterVersion, parseReference } from "./parameter.js";
import { publicParameter } from "./public-parameters.js";

/** [name] */
export const parameters = defineTable<Parameter>("ssm/parameters");
/** [name, version] */
export const versions = defineTable<ParameterVersion>("ssm/parameter-versions");

/** [name] */
export const documents = defineTable<Document>("ssm/documents");
/** [name, version] */
export const documentVersions = defineTable<DocumentVersion>("ssm/document-versions");
/** [tier]: how many parameters of it there are */
export const tierCounts = defineTable<number>("ssm/tier-counts");

/** AWS answers this error without a message. */
export const notFound = () => new AwsError("ParameterNotFound", "");

/** The ARN of a parameter: a name that is a path has its slash in common with the ARN. */
export function parameterArn(ctx: Context, name: string, scope: { region?: string; account?: string } = {}): string {
  return ctx.arn(`parameter${name.startsWith("/") ? "" : "/"}${name}`, "ssm", scope);
}

/** The ARN of what a caller names, for authorization. */
export function referenceArn(ctx: Context, text = ""): string {
  const { name, account, region } = parseReference(text);
  return parameterArn(ctx, name, { account: account ?? ctx.account, region: region ?? ctx.region });
}

/** A parameter's version and where it was found. */
export interface Found {
  readonly name: string;
  readonly selector?: string | undefined;
  readonly version: ParameterVersion;
  readonly arn: string;
}

/**
 * The version of a parameter that a reference means; `undefined` when there is no such parameter.
 * @throws AwsError `ParameterVersionNotFound`
 */
export function findVersion(ctx: Context, text: string): Found | undefined {
  const reference = parseReference(text);
  const scope = { account: reference.account ?? ctx.account, region: reference.region ?? ctx.region };
  const table = ctx.table(parameters, scope);
  // An ARN does not say whether the name has a leading slash.
  const names =
    reference.account === undefined ? [reference.name] : [reference.name, reference.name.replace(/^\//, "")];
  const parameter = names.map((name) => table.get(name)).find((row) => row !== undefined);
  const { selector } = reference;
  if (!parameter) {
    const value = publicParameter(ctx, reference.name, scope.region);
    if (value === undefined) return undefined;
    const version: ParameterVersion = {
      version: 1,
      type: "String",
      value,
      dataType: value.startsWith("ami-") ? "aws:ec2:image" : "text",
      tier: "Standard",
      modifiedAt: PUBLISHED_AT,
      modifiedBy: `arn:${ctx.partition}:iam::amazon:root`,
    };
    return { name: reference.name, version, arn: parameterArn(ctx, reference.name, { ...scope, account: "" }) };
  }
  const number =
    selector === undefined ? parameter.version : /^\d+$/.test(selector) ? Number(selector) : parameter.labels[selector];
  const version = number === undefined ? undefined : ctx.table(versions, scope).get(parameter.name, number);
  if (!version) {
    throw new AwsError(
      "ParameterVersionNotFound",
      `Systems Manager could not find version ${selector} of ${parameter.name}. Verify the version and try again.`,
    );
  }
  return { name: parameter.name, selector, version, arn: parameterArn(ctx, parameter.name, scope) };
}

const PUBLISHED_AT = Date.UTC(2026, 0, 5);

/** @throws AwsError `ParameterNotFound` */
export function getParameterRow(ctx: Context, name: string | undefined): Parameter {
  const row = name ? ctx.table(parameters).get(name) : undefined;
  if (!row) throw notFound();
  return row;
}

/** The latest version of a parameter. */
export function latest(ctx: Context, parameter: Parameter): ParameterVersion {
  const version = ctx.table(versions).get(parameter.name, parameter.version);
  if (!version) throw new Error(`Parameter ${parameter.name} has no version ${parameter.version}.`);
  return version;
}
