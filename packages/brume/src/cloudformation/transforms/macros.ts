/** Macros: Lambda functions that rewrite templates, and `AWS::Include`. See "Perform custom processing with macros". */
import type { Readable } from "node:stream";
import { text as readStream } from "node:stream/consumers";
import type { Context } from "../../kernel/context.js";
import type { Json } from "../../kernel/resource.js";
import { templateLocation } from "../environment.js";
import { stackResources, stacks } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { readDocument } from "../template/parse.js";
import { isObject, type JsonObject } from "../template/template.js";

/** A transform as a template names it. */
export interface TransformCall {
  readonly name: string;
  readonly parameters: JsonObject;
}

/** Reads a transform's name and parameters. */
export function transformCall(value: Json): TransformCall {
  if (typeof value === "string") return { name: value, parameters: {} };
  if (!isObject(value) || typeof value.Name !== "string")
    throw invalidTemplate("Template format error: every transform must have a Name.");
  return { name: value.Name, parameters: isObject(value.Parameters) ? value.Parameters : {} };
}

/** Performs a macro (or an include) on a part of a template. */
export async function performMacro(
  ctx: Context,
  call: TransformCall,
  fragment: Json,
  parameterValues: JsonObject,
): Promise<Json> {
  if (call.name === "AWS::Include") return include(ctx, call, fragment);
  const FunctionName = macroFunction(ctx, call.name);
  const event = {
    region: ctx.region,
    accountId: ctx.account,
    fragment,
    transformId: `${ctx.account}::${call.name}`,
    params: call.parameters,
    requestId: ctx.cloud.newId(),
    templateParameterValues: parameterValues,
  };
  const { FunctionError, Payload } = await ctx.call<{ FunctionError?: string; Payload?: Uint8Array }>(
    "lambda",
    "Invoke",
    {
      FunctionName,
      Payload: Buffer.from(JSON.stringify(event)),
    },
  );
  const answer = parseAnswer(Payload);
  if (FunctionError || answer.status?.toLowerCase() !== "success" || answer.fragment === undefined) {
    throw invalidTemplate(
      `Transform ${call.name} failed with: ${answer.errorMessage ?? answer.status ?? "an answer without a fragment"}.`,
    );
  }
  return answer.fragment;
}

interface MacroAnswer {
  status?: string;
  fragment?: Json;
  errorMessage?: string;
}

function parseAnswer(payload: Uint8Array | undefined): MacroAnswer {
  try {
    return (JSON.parse(Buffer.from(payload ?? []).toString()) as MacroAnswer | null) ?? {};
  } catch {
    return {};
  }
}

/** The function behind a macro: macros are resources of stacks. */
function macroFunction(ctx: Context, name: string): string {
  for (const stack of ctx.table(stacks).rows()) {
    if (stack.status === "DELETE_COMPLETE") continue;
    for (const { type, properties } of ctx.table(stackResources).rows({ prefix: [stack.id] })) {
      if (type === "AWS::CloudFormation::Macro" && properties.Name === name) return String(properties.FunctionName);
    }
  }
  throw invalidTemplate(`No transform named ${ctx.account}::${name} found.`);
}

async function include(ctx: Context, { parameters }: TransformCall, fragment: Json): Promise<Json> {
  const { Location } = parameters;
  if (typeof Location !== "string")
    throw invalidTemplate(
      "Transform AWS::Include failed with: The value of parameter Location under transform Include must resolve to a string, number, boolean or a list of any of these.",
    );
  const place = /^s3:\/\/([^/]+)\/(.+)$/.exec(Location);
  const object = place ? { Bucket: place[1], Key: place[2] } : templateLocation(ctx, Location);
  try {
    const { Body } = await ctx.call<{ Body: Readable | Uint8Array | string }>("s3", "GetObject", object);
    const content =
      typeof Body === "string" || Body instanceof Uint8Array
        ? Buffer.from(Body as string).toString()
        : await readStream(Body);
    const included = readDocument(content);
    return isObject(fragment) ? { ...fragment, ...included } : included;
  } catch (error) {
    throw invalidTemplate(
      `Transform AWS::Include failed with: S3 bucket or key: ${Location}: ${(error as Error).message}.`,
    );
  }
}
