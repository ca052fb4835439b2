/** Responses that come over HTTP: of custom resources, and the signals of wait conditions. */

import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { readBody } from "../../kernel/endpoint-request.js";
import type { Endpoint } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";

/** [token, number]: the documents that were put to the address with the token. */
export const responses = defineTable<{ body: string }>("cloudformation/responses", "cloud");
/** [token]: the addresses that take documents. */
export const openTokens = defineTable<{ createdAt: number }>("cloudformation/response-tokens", "cloud");

const MAX_BODY_BYTES = 64 * 1024;

/** Wakes those who wait for a document. */
class Arrivals {
  readonly #waiting = new Map<string, Set<() => void>>();

  announce(token: string): void {
    for (const wake of this.#waiting.get(token) ?? []) wake();
  }

  /** A signal that ends when the next document arrives. */
  next(token: string): { signal: AbortSignal; stop: () => void } {
    const controller = new AbortController();
    const wake = () => controller.abort();
    const waiting = this.#waiting.get(token) ?? new Set();
    this.#waiting.set(token, waiting);
    waiting.add(wake);
    return {
      signal: controller.signal,
      stop: () => {
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(token);
      },
    };
  }
}
export const arrivals = defineMemory("cloudformation/arrivals", () => new Arrivals());

/** Opens an address that takes documents, and returns it. */
export function openResponseUrl(ctx: Context, token: string): string {
  ctx.table(openTokens).put([token], { createdAt: ctx.now() });
  ctx.publish();
  return `${ctx.cloud.endpoint}/_aws/cloudformation-response/${token}`;
}

/** The documents that an address has taken so far. */
export function responsesTo(ctx: Context, token: string): string[] {
  return ctx
    .table(responses)
    .rows({ prefix: [token] })
    .map(({ body }) => body);
}

/** Closes an address and forgets what it took. */
export function closeResponseUrl(ctx: Context, token: string): void {
  ctx.table(openTokens).delete(token);
  ctx.table(responses).clear({ prefix: [token] });
  ctx.publish();
}

/** Waits, in cloud time, until an address has taken `count` documents, the deadline has come or the signal ends. */
export async function awaitResponses(
  ctx: Context,
  token: string,
  count: number,
  deadline: number,
  signal: AbortSignal,
): Promise<string[]> {
  for (;;) {
    const next = ctx.memory(arrivals).next(token);
    try {
      const found = responsesTo(ctx, token);
      if (found.length >= count || ctx.now() >= deadline || signal.aborted) return found;
      await ctx.wait(deadline - ctx.now(), AbortSignal.any([next.signal, signal]));
    } finally {
      next.stop();
    }
  }
}

/** `PUT /_aws/cloudformation-response/TOKEN`: takes a document. */
export const responseEndpoint: Endpoint = async (request, response, ctx, { groups }) => {
  const token = groups.token ?? "";
  const body = (await readBody(request, MAX_BODY_BYTES))?.toString();
  const known = ctx.table(openTokens).has(token);
  const status = request.method !== "PUT" ? 405 : !known ? 404 : body === undefined ? 413 : 200;
  if (status === 200 && body !== undefined) {
    const number = ctx.table(responses).count({ prefix: [token] });
    ctx.table(responses).put([token, number], { body });
    ctx.publish();
    ctx.memory(arrivals).announce(token);
  }
  response.writeHead(status, { "content-length": "0" });
  response.end();
};
