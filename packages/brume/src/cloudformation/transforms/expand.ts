/** Expands the transforms of a template: those within it first, then those of the whole, in their order. */
import type { Context } from "../../kernel/context.js";
import type { Json } from "../../kernel/resource.js";
import { environmentOf } from "../environment.js";
import type { Stack } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { Evaluator, type Value } from "../template/evaluate.js";
import { type Parameter, parameterValue } from "../template/parameters.js";
import { isObject, type JsonObject, type ParameterDefinition, type Template } from "../template/template.js";
import { expandLoops, resolveNames, resolvePolicies } from "./language-extensions.js";
import { performMacro, transformCall } from "./macros.js";

/** Whether a template has anything to expand. */
export function hasTransforms(document: JsonObject): boolean {
  return document.Transform !== undefined || JSON.stringify(document).includes('"Fn::Transform"');
}

/** A template's document without its transforms. @throws AwsError `ValidationError` when one fails or is not there */
export async function expandTransforms(
  ctx: Context,
  stack: Pick<Stack, "id" | "name" | "notificationArns">,
  document: JsonObject,
  parameters: readonly Parameter[],
): Promise<JsonObject> {
  const definitions = (document.Parameters ?? {}) as unknown as Record<string, ParameterDefinition>;
  const values = Object.fromEntries(
    parameters.flatMap((parameter) => {
      const definition = definitions[parameter.key];
      return definition ? [[parameter.key, parameterValue(definition, parameter)]] : [];
    }),
  );
  let expanded = (await expandWithin(ctx, document, values)) as JsonObject;
  const { Transform: declared = [] } = expanded;
  for (const one of Array.isArray(declared) ? declared : [declared]) {
    const call = transformCall(one);
    const { Transform: _, ...rest } = expanded;
    if (call.name === "AWS::LanguageExtensions") {
      const evaluate = withoutResources(ctx, stack, rest, parameters);
      const unrolled = expandLoops(rest, collectionsBy(evaluate)) as JsonObject;
      expanded = resolveNames(resolvePolicies(unrolled, evaluate), evaluate) as JsonObject;
    } else if (call.name === "AWS::Serverless-2016-10-31") {
      const { expandServerless } = await import("./serverless/index.js");
      const { account, region, partition } = ctx;
      expanded = expandServerless(rest, { account, region, partition, parameters: values });
    } else {
      const made = await performMacro(ctx, call, rest, values);
      if (!isObject(made)) throw invalidTemplate(`Transform ${call.name} failed with: its fragment is no template.`);
      expanded = made;
    }
  }
  const { Transform: _, ...rest } = expanded;
  return rest;
}

/** Expands `Fn::Transform`, innermost first. */
async function expandWithin(ctx: Context, value: Json, parameters: JsonObject): Promise<Json> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => expandWithin(ctx, item, parameters)));
  if (!isObject(value)) return value;
  const entries = await Promise.all(
    Object.entries(value).map(
      async ([key, item]): Promise<[string, Json]> => [key, await expandWithin(ctx, item, parameters)],
    ),
  );
  const { "Fn::Transform": transform, ...rest } = Object.fromEntries(entries);
  if (transform === undefined) return rest;
  let fragment: Json = rest;
  for (const one of Array.isArray(transform) ? transform : [transform]) {
    const call = transformCall(one);
    const resolved = { ...call, parameters: resolveReferences(call.parameters, parameters) as JsonObject };
    fragment = await performMacro(ctx, resolved, fragment, parameters);
  }
  return fragment;
}

/** Parameters of a transform may refer to parameters of the template. */
function resolveReferences(value: Json, parameters: JsonObject): Json {
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, parameters));
  if (!isObject(value)) return value;
  if (typeof value.Ref === "string" && Object.hasOwn(parameters, value.Ref)) return parameters[value.Ref] as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveReferences(item, parameters)]));
}

/** Evaluates what may use parameters, mappings, conditions and functions, but no resources. */
function withoutResources(
  ctx: Context,
  stack: Pick<Stack, "id" | "name" | "notificationArns">,
  document: JsonObject,
  parameters: readonly Parameter[],
): (expression: Json) => Value {
  const template = {
    parameters: document.Parameters ?? {},
    mappings: document.Mappings ?? {},
    conditions: document.Conditions ?? {},
    resources: {},
    outputs: {},
  } as unknown as Template;
  const environment = {
    ...environmentOf(ctx, stack, template, parameters),
    ref: () => undefined,
    attribute: () => undefined,
  };
  const evaluator = new Evaluator(environment);
  return (expression) => evaluator.evaluate(expression);
}

function collectionsBy(evaluate: (expression: Json) => Value) {
  return (expression: Json): readonly Json[] => {
    const value = evaluate(expression);
    if (!Array.isArray(value)) throw invalidTemplate("Fn::ForEach: the collection must be a list.");
    return value;
  };
}
