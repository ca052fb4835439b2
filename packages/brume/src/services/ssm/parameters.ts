/** The operations that write and delete parameters. See the Systems Manager API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, validation } from "./constraints.js";
import {
  checkName,
  checkNames,
  checkPattern,
  MAX_VALUE_BYTES,
  MAX_VERSIONS,
  type Parameter,
  type ParameterType,
  type ParameterVersion,
  TIERS,
  type Tier,
  TYPES,
} from "./parameter.js";
import { checkPolicies, expiryOf, hasPolicies } from "./policies.js";
import { forgetPolicies } from "./resource-policies.js";
import { seal } from "./secure-strings.js";
import { DEFAULT_TIER, settingOf } from "./settings.js";
import { latest, notFound, parameterArn, parameters, tierCounts, versions } from "./tables.js";
import { setTags } from "./tags.js";

type Ssm = typeof import("@aws-sdk/client-ssm");
type PutInput = Parameters<Handler<Ssm, "PutParameter">>[0];

const DATA_TYPES = ["text", "aws:ec2:image", "aws:ssm:integration"];
const DEFAULT_KEY = "alias/aws/ssm";
/** The most parameters of a tier in an account and region. */
const MAX_PARAMETERS = { Standard: 10_000, Advanced: 100_000 } as const;

export const putParameter: Handler<Ssm, "PutParameter"> = (input, ctx) => {
  const { next } = plan(ctx, input);
  return next.keyId === undefined ? write(ctx, input, next) : writeSecure(ctx, input, next);
};

async function writeSecure(ctx: Context, input: PutInput, { keyId = DEFAULT_KEY, value }: ParameterVersion) {
  const sealed = await seal(ctx, parameterArn(ctx, input.Name as string), keyId, value);
  // Meanwhile the parameter may have become another.
  const { next } = plan(ctx, input);
  return write(ctx, input, { ...next, keyId, value: sealed });
}

/** What a parameter's next version is to be, its value in plain. @throws AwsError when it cannot be */
function plan(ctx: Context, input: PutInput): { existing: Parameter | undefined; next: ParameterVersion } {
  const name = checkName(input.Name);
  const existing = ctx.table(parameters).get(name);
  if (existing && !input.Overwrite) {
    throw new AwsError(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  if (input.Overwrite && input.Tags && input.Tags.length > 0) {
    throw validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  return { existing, next: nextVersion(ctx, input, existing, existing && latest(ctx, existing)) };
}

function write(ctx: Context, input: PutInput, next: ParameterVersion) {
  const name = input.Name as string;
  const existing = ctx.table(parameters).get(name);
  const parameter: Parameter = existing
    ? { ...existing, version: next.version, type: next.type }
    : { name, version: 1, firstVersion: 1, type: next.type, tags: setTags({}, input.Tags ?? []), labels: {} };
  const before = existing && latest(ctx, existing).tier;
  if (before !== next.tier) {
    count(ctx, next.tier, 1);
    if (before) count(ctx, before, -1);
  }
  ctx.table(versions).put([name, next.version], next);
  ctx.table(parameters).put([name], dropOldest(ctx, parameter));
  const expiry = expiryOf(next.policies);
  if (expiry === undefined) ctx.cancel(expiryTimer(ctx, name));
  else ctx.schedule({ at: expiry, kind: "expire", payload: { name }, id: expiryTimer(ctx, name) });
  return { Version: next.version, Tier: next.tier };
}

const expiryTimer = (ctx: Context, name: string) => `ssm/expire/${parameterArn(ctx, name)}`;

/** The timer that deletes a parameter when it expires. */
export function expireParameter({ name }: { name: string }, ctx: Context): void {
  const row = ctx.table(parameters).get(name);
  const expiry = row && expiryOf(latest(ctx, row).policies);
  if (expiry !== undefined && expiry <= ctx.now()) remove(ctx, name);
}

/** Counts the parameters of a tier. @throws AwsError `ParameterLimitExceeded` */
function count(ctx: Context, tier: ParameterVersion["tier"], change: 1 | -1): void {
  const table = ctx.table(tierCounts);
  const after = (table.get(tier) ?? 0) + change;
  if (after > MAX_PARAMETERS[tier]) {
    throw new AwsError(
      "ParameterLimitExceeded",
      `You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more parameters and try again. The ${tier} tier is limited to ${MAX_PARAMETERS[tier]}.`,
    );
  }
  table.put([tier], after);
}

function nextVersion(
  ctx: Context,
  input: PutInput,
  existing: Parameter | undefined,
  before: ParameterVersion | undefined,
): ParameterVersion {
  const type = (input.Type ?? existing?.type) as ParameterType | undefined;
  if (type === undefined) throw validation("A parameter type is required when you create a parameter.");
  check("type", type, { oneOf: TYPES });
  const { Value: value = "" } = input;
  check("value", value, { min: 1 });
  if (/\{\{.*\}\}/s.test(value)) {
    throw validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
  const tier = tierOf(ctx, input, before);
  checkSize(value, tier);
  if (tier === "Standard" && hasPolicies(input.Policies)) {
    throw validation(
      "Parameter policies are only supported for advanced parameters. Use the advanced-parameter tier to add policies.",
    );
  }
  if (input.KeyId !== undefined && type !== "SecureString")
    throw validation("KeyId is required for SecureString type parameter only.");
  if (type === "StringList" && value.split(",").some((item) => item.trim() === ""))
    throw validation("Invalid value for StringList: items must not be empty.");
  const dataType = input.DataType ?? before?.dataType ?? "text";
  if (!DATA_TYPES.includes(dataType)) {
    throw validation(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`);
  }
  const allowedPattern = input.AllowedPattern ?? before?.allowedPattern;
  checkPattern(value, allowedPattern);
  return {
    version: (existing?.version ?? 0) + 1,
    type,
    value,
    description: input.Description ?? before?.description,
    keyId: type === "SecureString" ? (input.KeyId ?? before?.keyId ?? DEFAULT_KEY) : undefined,
    allowedPattern: allowedPattern || undefined,
    dataType,
    tier,
    policies: input.Policies === undefined ? before?.policies : checkPolicies(ctx, input.Policies),
    modifiedAt: ctx.now(),
    modifiedBy: ctx.principal.arn,
  };
}

/** The tier that a version has: once it is advanced, it stays so. */
function tierOf(ctx: Context, input: PutInput, before: ParameterVersion | undefined): ParameterVersion["tier"] {
  const asked = (input.Tier ?? before?.tier ?? settingOf(ctx, DEFAULT_TIER)) as Tier;
  check("tier", asked, { oneOf: TIERS });
  if (before?.tier === "Advanced" && asked === "Standard") {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  if (asked !== "Intelligent-Tiering") return asked;
  const isFull = !before && (ctx.table(tierCounts).get("Standard") ?? 0) >= MAX_PARAMETERS.Standard;
  const isLarge = Buffer.byteLength(input.Value ?? "") > MAX_VALUE_BYTES.Standard;
  const isAdvanced = before?.tier === "Advanced" || isFull || isLarge || hasPolicies(input.Policies);
  return isAdvanced ? "Advanced" : "Standard";
}

function checkSize(value: string, tier: Tier): void {
  const bytes = Buffer.byteLength(value);
  if (tier === "Standard" && bytes > MAX_VALUE_BYTES.Standard) {
    throw validation(
      `Standard tier parameters support a maximum parameter value of ${MAX_VALUE_BYTES.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
    );
  }
  if (bytes > MAX_VALUE_BYTES.Advanced) {
    throw validation(
      `Advanced tier parameters support a maximum parameter value of ${MAX_VALUE_BYTES.Advanced} characters.`,
    );
  }
}

/** Lets the oldest version go when there are too many. @throws AwsError when it has a label */
function dropOldest(ctx: Context, parameter: Parameter): Parameter {
  const { name, firstVersion, version } = parameter;
  if (version - firstVersion < MAX_VERSIONS) return parameter;
  if (Object.values(parameter.labels).includes(firstVersion)) {
    throw new AwsError(
      "ParameterMaxVersionLimitExceeded",
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${firstVersion}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  ctx.table(versions).delete(name, firstVersion);
  return { ...parameter, firstVersion: firstVersion + 1 };
}

function remove(ctx: Context, name: string): boolean {
  const row = ctx.table(parameters).get(name);
  if (!row) return false;
  count(ctx, latest(ctx, row).tier, -1);
  ctx.cancel(expiryTimer(ctx, name));
  forgetPolicies(ctx, parameterArn(ctx, name));
  ctx.table(versions).clear({ prefix: [name] });
  return ctx.table(parameters).delete(name);
}

export const deleteParameter: Handler<Ssm, "DeleteParameter"> = (input, ctx) => {
  if (!remove(ctx, input.Name as string)) throw notFound();
  return {};
};

export const deleteParameters: Handler<Ssm, "DeleteParameters"> = (input, ctx) => {
  const names = checkNames(input.Names);
  const deleted = names.filter((name) => remove(ctx, name));
  return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
};
