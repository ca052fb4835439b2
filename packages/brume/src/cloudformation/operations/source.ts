/** Reads what a request says a stack is to be made of. */

import type { Readable } from "node:stream";
import { text as readStream } from "node:stream/consumers";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError, orUndefined } from "../../kernel/errors.js";
import type { Properties } from "../../kernel/resource.js";
import { ssmLookup, templateLocation } from "../environment.js";
import type { Stack, StackSource } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { type GivenParameter, type Parameter, resolveParameters } from "../template/parameters.js";
import { parseTemplate, readDocument, section, toTemplate } from "../template/parse.js";
import { checkRules, resourcesOfRules } from "../template/rules.js";
import type { Template } from "../template/template.js";
import { validateTemplate } from "../template/validate.js";
import { expandTransforms, hasTransforms } from "../transforms/expand.js";
import { requiredCapabilities } from "./capabilities.js";
import { spec } from "./start.js";

/** The longest template that a request may carry itself. See "CloudFormation quotas". */
const MAX_BODY_BYTES = 51_200;

export interface SourceInput {
  TemplateBody?: string | undefined;
  TemplateURL?: string | undefined;
  UsePreviousTemplate?: boolean | undefined;
  Parameters?: GivenParameter[] | undefined;
  Tags?: { Key: string | undefined; Value: string | undefined }[] | undefined;
  Capabilities?: string[] | undefined;
  NotificationARNs?: string[] | undefined;
  RoleARN?: string | undefined;
}

/** A template's text, from the request, from S3, or the stack's present one. @throws AwsError `ValidationError` */
export async function templateText(
  ctx: Context,
  input: SourceInput,
  previous?: Pick<Stack, "templateBody">,
): Promise<string> {
  const { TemplateBody: body, TemplateURL: url } = input;
  if (input.UsePreviousTemplate) {
    if (!previous?.templateBody) throw invalidTemplate("UsePreviousTemplate cannot be used when creating a stack");
    return previous.templateBody;
  }
  if (body !== undefined && url !== undefined)
    throw invalidTemplate("Either Template URL or Template Body must be specified, not both.");
  if (body !== undefined) {
    if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
      throw invalidTemplate(
        `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${MAX_BODY_BYTES}`,
      );
    }
    return body;
  }
  if (url === undefined) throw invalidTemplate("Either Template URL or Template Body must be specified.");
  return textAtUrl(ctx, url);
}

/** The text that is at a URL of S3. @throws AwsError `ValidationError` */
export async function textAtUrl(ctx: Context, url: string): Promise<string> {
  try {
    const { Body } = await ctx.call<{ Body: Readable | Uint8Array | string }>(
      "s3",
      "GetObject",
      templateLocation(ctx, url),
    );
    return typeof Body === "string" || Body instanceof Uint8Array
      ? Buffer.from(Body as string).toString()
      : await readStream(Body);
  } catch (error) {
    if (isAwsError(error, "NoSuchKey", "NoSuchBucket")) throw invalidTemplate(`S3 error: ${error.message}`);
    throw error;
  }
}

/**
 * Reads and checks everything that makes a stack.
 * @throws AwsError `ValidationError` or `InsufficientCapabilitiesException`
 */
export async function readSource(
  ctx: Context,
  input: SourceInput,
  stack: Pick<Stack, "id" | "name">,
  previous?: Stack,
): Promise<{ source: StackSource; template: Template }> {
  const templateBody = await templateText(ctx, input, previous);
  const document = readDocument(templateBody);
  const expands = hasTransforms(document);
  // What a transform takes need not look like a template yet, but its parameters do.
  const declared = expands
    ? { parameters: section(document, "Parameters") as unknown as Template["parameters"] }
    : toTemplate(templateBody, document);
  const parameters = await resolveParameters(
    declared,
    input.Parameters ?? [],
    previous?.parameters ?? [],
    ssmLookup(ctx),
  );
  const notificationArns = input.NotificationARNs ?? previous?.notificationArns ?? [];
  const capabilities = input.Capabilities ?? [];
  let template = declared as Template;
  let processedBody: string | undefined;
  if (expands) {
    if (!capabilities.includes("CAPABILITY_AUTO_EXPAND")) {
      throw new AwsError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]");
    }
    const expanded = await expandTransforms(ctx, { ...stack, notificationArns }, document, parameters);
    processedBody = JSON.stringify(expanded);
    template = toTemplate(processedBody, expanded);
  }
  validateTemplate(template, ctx.memory(spec));
  checkRules(template.rules, template.parameters, parameters, await lookedUp(ctx, template, parameters));
  const missing = requiredCapabilities(template).filter(
    (one) =>
      !capabilities.includes(one) && !(one === "CAPABILITY_IAM" && capabilities.includes("CAPABILITY_NAMED_IAM")),
  );
  if (missing.length > 0)
    throw new AwsError("InsufficientCapabilitiesException", `Requires capabilities : [${missing.join(", ")}]`);
  const source: StackSource = {
    templateBody,
    processedBody,
    description: template.description,
    parameters,
    tags: input.Tags === undefined ? (previous?.tags ?? {}) : checkTags(input.Tags),
    capabilities,
    notificationArns,
    roleArn: input.RoleARN ?? previous?.roleArn,
  };
  return { source, template };
}

/** The properties of the resources that the rules of a template ask about, by their ids. */
async function lookedUp(
  ctx: Context,
  { rules, parameters: definitions }: Template,
  parameters: readonly Parameter[],
): Promise<Map<string, Properties>> {
  const found = new Map<string, Properties>();
  for (const { parameter, type, id } of resourcesOfRules(rules, definitions, parameters)) {
    const asked = { TypeName: type, Identifier: id };
    const getting = ctx.call<{ ResourceDescription: { Properties: string } }>("cloudcontrol", "GetResource", asked);
    const answer = await orUndefined(getting, "ResourceNotFoundException");
    if (!answer)
      throw invalidTemplate(
        `Parameter validation failed: parameter value ${id} for parameter name ${parameter} does not exist`,
      );
    found.set(id, JSON.parse(answer.ResourceDescription.Properties) as Properties);
  }
  return found;
}

/** The template of a source, as it is deployed. */
export function templateOf(source: Pick<StackSource, "templateBody" | "processedBody">): Template {
  return parseTemplate(source.processedBody ?? source.templateBody);
}

function checkTags(tags: NonNullable<SourceInput["Tags"]>): Record<string, string> {
  if (tags.length > 50) throw invalidTemplate("Stack tags must be at most 50");
  const checked: Record<string, string> = {};
  for (const { Key, Value = "" } of tags) {
    if (!Key || Key.length > 128 || Value.length > 256)
      throw invalidTemplate("Tag keys must have 1 to 128 characters, tag values at most 256.");
    if (Key.startsWith("aws:")) throw invalidTemplate("aws: prefixed tag key names are not allowed for external use.");
    checked[Key] = Value;
  }
  return checked;
}
