/** Resources as Cloud Control shows them: found by type and primary identifier. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Properties, ResourceContext, ResourceProvider } from "../../kernel/resource.js";
import type { Handler } from "../../kernel/service.js";
import { handlerErrorCode } from "../failure.js";
import { spec } from "../operations/start.js";
import { requestContext } from "../providers/engine-context.js";
import { providerOf } from "../providers/provider-of.js";
import { modelOfIdentifier, primaryIdentifierOf } from "../schema/identifiers.js";
import type { ResourceSchema } from "../schema/spec.js";

type CloudControl = typeof import("@aws-sdk/client-cloudcontrol");

const PAGE = 100;
/** Types that are parts of a stack, and nothing outside one. */
const STACK_PARTS =
  /^AWS::CloudFormation::(?:Stack|CustomResource|WaitCondition|WaitConditionHandle|Macro)$|^AWS::CDK::/;

/** A type that Cloud Control can act on: its schema and provider. */
export interface Manageable {
  readonly schema: ResourceSchema;
  readonly provider: ResourceProvider;
}

/** @throws AwsError `ValidationException`, `TypeNotFoundException`, `UnsupportedActionException` */
export async function manageable(ctx: Context, type: string | undefined, action: string): Promise<Manageable> {
  if (!type || !/^[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}(::MODULE)?$/.test(type)) {
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '${(type ?? "null").slice(0, 200)}' at 'typeName' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}(::MODULE){0,1}`,
    );
  }
  const schema = ctx.memory(spec).schema(type);
  if (!schema) throw new AwsError("TypeNotFoundException", `The type '${type}' cannot be found.`);
  if (STACK_PARTS.test(type) || schema.primaryIdentifier.length === 0)
    throw new AwsError("UnsupportedActionException", `Resource type ${type} does not support ${action} action`);
  return { schema, provider: (await providerOf(ctx, ctx.memory(spec), type)).provider };
}

/** The resource of an identifier as it is. @throws AwsError `ResourceNotFoundException` */
export async function readResource(
  { schema, provider }: Manageable,
  identifier: string,
  ctx: ResourceContext,
): Promise<Properties> {
  const guess = modelOfIdentifier(schema, identifier);
  if (!guess) {
    throw new AwsError(
      "ValidationException",
      `Identifier ${identifier.slice(0, 200)} is not valid for identifier [${schema.primaryIdentifier.map((path) => `/properties/${path}`).join(", ")}]`,
    );
  }
  const model = await orMissing(provider.read(guess, ctx));
  if (model) return model;
  throw new AwsError(
    "ResourceNotFoundException",
    `Resource of type '${schema.type}' with identifier '${identifier}' was not found.`,
  );
}

/** Providers say that a resource is gone by reading nothing; their services, when asked for another's parts, by an error. */
async function orMissing(reading: Promise<Properties | undefined>): Promise<Properties | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isAwsError(error) && handlerErrorCode(error.code) === "NotFound") return undefined;
    throw error;
  }
}

export const getResource: Handler<CloudControl, "GetResource"> = async (input, ctx) => {
  const found = await manageable(ctx, input.TypeName, "READ");
  const identifier = input.Identifier ?? "";
  const model = await readResource(found, identifier, requestContext(ctx, found.schema.type, ctx.requestId));
  const Identifier = primaryIdentifierOf(found.schema, model) ?? identifier;
  return { TypeName: input.TypeName, ResourceDescription: { Identifier, Properties: JSON.stringify(model) } };
};

export const listResources: Handler<CloudControl, "ListResources"> = async (input, ctx) => {
  const { schema, provider } = await manageable(ctx, input.TypeName, "LIST");
  const models = await provider.list(requestContext(ctx, schema.type, ctx.requestId));
  const described = models
    .map((model) => ({ Identifier: primaryIdentifierOf(schema, model) ?? "", Properties: JSON.stringify(model) }))
    .sort((a, b) => (a.Identifier < b.Identifier ? -1 : 1));
  const after = input.NextToken === undefined ? "" : Buffer.from(input.NextToken, "base64url").toString();
  const rest = described.filter(({ Identifier }) => Identifier > after);
  const page = rest.slice(0, input.MaxResults ?? PAGE);
  const last = page.at(-1)?.Identifier ?? "";
  return {
    TypeName: input.TypeName,
    ResourceDescriptions: page,
    ...(page.length < rest.length && { NextToken: Buffer.from(last).toString("base64url") }),
  };
};
