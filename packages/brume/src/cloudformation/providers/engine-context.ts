/** What the engine gives to the providers of a stack's resources. */
import type { Context } from "../../kernel/context.js";
import { derived } from "../../kernel/identifiers.js";
import { Journal } from "../../kernel/journal.js";
import type { NameOptions, ResourceContext } from "../../kernel/resource.js";
import type { Stack, StackResource } from "../stack.js";

const SUFFIX_LENGTH = 12;

/**
 * A name for a resource whose template gives none: `stack-logicalId-RANDOM`, the parts cut where it would be too long.
 * The random part depends on the stack, the logical id and the generation alone.
 */
export function physicalName(
  stack: Pick<Stack, "id" | "name">,
  resource: Pick<StackResource, "logicalId" | "generation">,
  options: NameOptions = {},
): string {
  const { maxLength = 255, lowerCase = false, prefix = "", suffix = "", alphanumeric = false } = options;
  const random = derived(
    `${stack.id}/${resource.logicalId}/${resource.generation}`,
    SUFFIX_LENGTH,
    lowerCase ? "lower" : "upper",
  );
  const room = maxLength - prefix.length - suffix.length - random.length - 1;
  if (room < 3) return prefix + random.slice(0, maxLength - prefix.length - suffix.length) + suffix;
  const stackRoom = Math.max(Math.floor((room - 1) / 2), room - 1 - resource.logicalId.length);
  const stackPart = stack.name.slice(0, stackRoom).replace(/-+$/, "");
  const idPart = resource.logicalId.slice(0, room - 1 - stackPart.length);
  const parts = alphanumeric
    ? `${stackPart}${idPart}${random}`.replaceAll(/[^A-Za-z0-9]/g, "")
    : `${stackPart}-${idPart}-${random}`;
  const name = prefix + parts + suffix;
  return lowerCase ? name.toLowerCase() : name;
}

/** The context of one step on one resource. */
export function resourceContext(
  ctx: Context,
  stack: Stack,
  resource: StackResource,
  signal: AbortSignal,
): ResourceContext {
  const principal = stack.operation?.principal ?? ctx.principal;
  const journal = new Journal(ctx, [stack.id, resource.logicalId]);
  return {
    type: resource.type,
    account: ctx.account,
    region: ctx.region,
    partition: ctx.partition,
    urlSuffix: ctx.urlSuffix,
    stackId: stack.id,
    stackName: stack.name,
    logicalId: resource.logicalId,
    path: resource.path,
    token: derived(`${stack.id}/${resource.logicalId}/${resource.generation}/token`, 32, "lower"),
    signal,
    now: () => ctx.now(),
    wait: (milliseconds) => ctx.wait(milliseconds, signal),
    call: (service, operation, input, options) => journal.call(service, operation, input, { principal, ...options }),
    physicalName: (options) => physicalName(stack, resource, options),
  };
}

/** The context of a step on a resource outside any stack. */
export function requestContext(ctx: Context, type: string, token: string, signal?: AbortSignal): ResourceContext {
  const { principal } = ctx;
  return {
    type,
    account: ctx.account,
    region: ctx.region,
    partition: ctx.partition,
    urlSuffix: ctx.urlSuffix,
    stackId: "",
    stackName: "",
    logicalId: type.split("::").at(-1) as string,
    path: undefined,
    token,
    signal: signal ?? new AbortController().signal,
    now: () => ctx.now(),
    wait: (milliseconds) => ctx.wait(milliseconds, signal),
    call: (service, operation, input, options) => ctx.call(service, operation, input, { principal, ...options }),
    physicalName: ({ maxLength = 255, prefix = "", suffix = "" } = {}) =>
      prefix + derived(token, Math.min(32, maxLength - prefix.length - suffix.length), "lower") + suffix,
  };
}
