/** What the engine asks of every provider of a service: an answer in time, and one that is a resource. */
import type { Context } from "../../kernel/context.js";
import type { Properties, ResourceContext, ResourceProvider } from "../../kernel/resource.js";
import { ResourceFailure } from "../failure.js";

/**
 * How long a handler may take.
 * @see https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html `timeoutInMinutes`
 */
const LIMIT_MS = 120 * 60_000;

/** A provider whose handlers fail when they take too long, or answer with what is no model. */
export function bounded(engine: Context, type: string, provider: ResourceProvider): ResourceProvider {
  return {
    async create(desired, ctx) {
      return checked(type, await inTime(engine, ctx, (limited) => provider.create(desired, limited)));
    },
    async update(desired, actual, ctx, previous) {
      return checked(type, await inTime(engine, ctx, (limited) => provider.update(desired, actual, limited, previous)));
    },
    delete: (actual, ctx) => inTime(engine, ctx, (limited) => provider.delete(actual, limited)),
    read: (actual, ctx) => provider.read(actual, ctx),
    list: (ctx) => provider.list(ctx),
  };
}

function checked(type: string, model: Properties): Properties {
  if (typeof model === "object" && model !== null && !Array.isArray(model)) return model;
  throw new Error(`The provider of ${type} answered with ${JSON.stringify(model)}, which is no model of a resource.`);
}

const timedOut = () => new ResourceFailure("NotStabilized", "Resource timed out waiting for completion");

/** Does a handler's work while the time lasts. What goes on of it afterwards can do nothing more. */
async function inTime<T>(
  engine: Context,
  ctx: ResourceContext,
  work: (limited: ResourceContext) => Promise<T>,
): Promise<T> {
  const { clock } = engine.cloud;
  const overdue = new AbortController();
  const over = new Promise<never>((_, reject) => {
    overdue.signal.addEventListener("abort", () => reject(timedOut()));
  });
  const alarm = clock.alarm(clock.now() + LIMIT_MS, () => overdue.abort());
  const signal = AbortSignal.any([ctx.signal, overdue.signal]);
  const limited: ResourceContext = {
    ...ctx,
    signal,
    wait: (milliseconds) => engine.wait(milliseconds, signal),
    call: async (...args) => {
      if (overdue.signal.aborted) throw timedOut();
      return ctx.call(...args);
    },
  };
  try {
    return await Promise.race([work(limited), over]);
  } finally {
    alarm.cancel();
  }
}
