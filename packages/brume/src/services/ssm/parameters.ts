/** The operations that write and read parameters. See the Systems Manager API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, validation } from "./constraints.js";
import {
  checkName,
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
import { type Found, findVersion, latest, notFound, parameterArn, parameters, versions } from "./tables.js";
import { setTags } from "./tags.js";

type Ssm = typeof import("@aws-sdk/client-ssm");
type PutInput = Parameters<Handler<Ssm, "PutParameter">>[0];

const DATA_TYPES = ["text", "aws:ec2:image", "aws:ssm:integration"];
const DEFAULT_KEY = "alias/aws/ssm";

export const putParameter: Handler<Ssm, "PutParameter"> = (input, ctx) => {
  const name = checkName(input.Name);
  const existing = ctx.table(parameters).get(name);
  if (existing && !input.Overwrite) {
    throw new AwsError(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  if (existing && input.Tags && input.Tags.length > 0) {
    throw validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  const before = existing && latest(ctx, existing);
  const next = nextVersion(ctx, input, existing, before);
  const parameter: Parameter = existing
    ? { ...existing, version: next.version, type: next.type }
    : { name, version: 1, firstVersion: 1, type: next.type, tags: setTags({}, input.Tags ?? []), labels: {} };
  ctx.table(versions).put([name, next.version], next);
  ctx.table(parameters).put([name], dropOldest(ctx, parameter));
  return { Version: next.version, Tier: next.tier };
};

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
  const asked = (input.Tier ?? (before?.tier === "Advanced" ? "Advanced" : "Standard")) as Tier;
  check("tier", asked, { oneOf: TIERS });
  if (before?.tier === "Advanced" && asked === "Standard") {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  const needsAdvanced = Buffer.byteLength(value) > MAX_VALUE_BYTES.Standard || hasPolicies(input.Policies);
  const tier = asked === "Intelligent-Tiering" ? (needsAdvanced ? "Advanced" : "Standard") : asked;
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
  if (input.Description !== undefined) check("description", input.Description, { max: 1024 });
  if (input.AllowedPattern !== undefined) check("allowedPattern", input.AllowedPattern, { max: 1024 });
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
    policies: checkPolicies(input.Policies ?? before?.policies),
    modifiedAt: ctx.now(),
    modifiedBy: ctx.principal.arn,
  };
}

const hasPolicies = (policies: string | undefined) =>
  policies !== undefined && policies.trim() !== "" && policies.trim() !== "[]" && policies.trim() !== "[{}]";

// Differs from AWS: policies are stored and shown, but nothing expires and nobody is notified.
function checkPolicies(policies: string | undefined): string | undefined {
  if (!hasPolicies(policies)) return undefined;
  try {
    if (Array.isArray(JSON.parse(policies as string))) return policies;
  } catch {
    // Answered below, as for JSON that is no list.
  }
  throw new AwsError(
    "InvalidPolicyTypeException",
    "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.",
  );
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

/** How answers show a parameter's value. */
export function valueAnswer({ name, version, arn, selector }: Found, decrypt: boolean | undefined) {
  const hidden = version.type === "SecureString" && !decrypt;
  return {
    Name: name,
    Type: version.type,
    // Differs from AWS: what stands for an encrypted value is not a ciphertext of KMS.
    Value: hidden ? Buffer.from(`kms:${version.keyId}:${version.value}`).toString("base64") : version.value,
    Version: version.version,
    Selector: selector === undefined ? undefined : `:${selector}`,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: arn,
    DataType: version.dataType,
  };
}

export const getParameter: Handler<Ssm, "GetParameter"> = (input, ctx) => {
  check("name", input.Name, { min: 1, max: 2048 });
  const found = findVersion(ctx, input.Name as string);
  if (!found) throw notFound();
  return { Parameter: valueAnswer(found, input.WithDecryption) };
};

export const getParameters: Handler<Ssm, "GetParameters"> = (input, ctx) => {
  const names = input.Names ?? [];
  if (names.length < 1 || names.length > 10) {
    throw validation(
      `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy constraint: Member must have length ${names.length < 1 ? "greater than or equal to 1" : "less than or equal to 10"}`,
    );
  }
  const found: Found[] = [];
  const invalid: string[] = [];
  for (const name of new Set(names)) {
    const one = tryFind(ctx, name);
    if (one) found.push(one);
    else invalid.push(name);
  }
  return { Parameters: found.map((one) => valueAnswer(one, input.WithDecryption)), InvalidParameters: invalid };
};

function tryFind(ctx: Context, name: string): Found | undefined {
  try {
    return findVersion(ctx, name);
  } catch (error) {
    if (isAwsError(error, "ParameterVersionNotFound")) return undefined;
    throw error;
  }
}

function remove(ctx: Context, name: string): boolean {
  const row = ctx.table(parameters).get(name);
  if (!row) return false;
  ctx.table(versions).clear({ prefix: [name] });
  return ctx.table(parameters).delete(name);
}

export const deleteParameter: Handler<Ssm, "DeleteParameter"> = (input, ctx) => {
  check("name", input.Name, { min: 1, max: 2048 });
  if (!remove(ctx, input.Name as string)) throw notFound();
  return {};
};

export const deleteParameters: Handler<Ssm, "DeleteParameters"> = (input, ctx) => {
  const names = [...new Set(input.Names ?? [])];
  if (names.length < 1 || names.length > 10) {
    throw validation(
      `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy constraint: Member must have length ${names.length < 1 ? "greater than or equal to 1" : "less than or equal to 10"}`,
    );
  }
  const deleted = names.filter((name) => remove(ctx, name));
  return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
};

export const getParameterHistory: Handler<Ssm, "GetParameterHistory"> = (input, ctx) => {
  const row = input.Name ? ctx.table(parameters).get(input.Name) : undefined;
  if (!row) throw notFound();
  const limit = input.MaxResults ?? 50;
  check("maxResults", limit, { min: 1, max: 50 });
  const from = input.NextToken === undefined ? row.firstVersion : Number(input.NextToken);
  if (!Number.isInteger(from)) throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  const found = ctx.table(versions).rows({ prefix: [row.name], from: [from], limit });
  const last = found.at(-1)?.version ?? row.version;
  return {
    Parameters: found.map((version) => ({
      ...metadataAnswer(row, version),
      Value: valueAnswer({ name: row.name, version, arn: "" }, input.WithDecryption).Value,
      Labels: Object.entries(row.labels)
        .filter(([, number]) => number === version.version)
        .map(([label]) => label),
    })),
    NextToken: last < row.version ? String(last + 1) : undefined,
  };
};

/** How answers show what a parameter is, without its value. */
export function metadataAnswer({ name }: Parameter, version: ParameterVersion) {
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
    Policies: policiesAnswer(version.policies),
    DataType: version.dataType,
  };
}

function policiesAnswer(policies: string | undefined) {
  const list = (policies === undefined ? [] : JSON.parse(policies)) as { Type?: string }[];
  return list.map((policy) => ({
    PolicyText: JSON.stringify(policy),
    PolicyType: policy.Type,
    PolicyStatus: "Pending",
  }));
}

/** The ARN of the parameter with a name, in this account and region. */
export const arnOf = (ctx: Context, name: string | undefined) => parameterArn(ctx, name ?? "");
