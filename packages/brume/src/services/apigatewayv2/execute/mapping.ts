/** Parameter mappings: what an API changes of requests and answers on their way. See "Transform API requests". */

import type { Pairs } from "./exchange.js";
import { evaluate, type Sources } from "./expressions.js";

interface Change {
  readonly action: string;
  readonly place: string;
  readonly name: string;
  readonly value: string | undefined;
}

function changesOf(mappings: Readonly<Record<string, string>>, sources: Sources): Change[] {
  return Object.entries(mappings).map(([key, expression]) => {
    const [, action = "", place = "", name = ""] = /^(append|overwrite|remove):([a-z]+)(?:\.(.+))?$/.exec(key) ?? [];
    return { action, place, name, value: evaluate(expression, sources) };
  });
}

function changed(pairs: Pairs, changes: readonly Change[], isSame: (a: string, b: string) => boolean): Pairs {
  let after = [...pairs];
  for (const { action, name, value } of changes) {
    if (action !== "append") after = after.filter(([one]) => !isSame(one, name));
    if (action !== "remove" && value !== undefined) after.push([name, value]);
  }
  return after;
}

const sameHeader = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const at = (changes: readonly Change[], place: string) => changes.filter((change) => change.place === place);

/** What is sent in place of the request's headers and query, and the path where the mappings say one. */
export function mapRequest(
  mappings: Readonly<Record<string, string>>,
  request: { headers: Pairs; query: Pairs },
  sources: Sources,
): { headers: Pairs; query: Pairs; path: string | undefined } {
  const changes = changesOf(mappings, sources);
  return {
    headers: changed(request.headers, at(changes, "header"), sameHeader),
    query: changed(request.query, at(changes, "querystring"), (a, b) => a === b),
    path: at(changes, "path").at(-1)?.value,
  };
}

/** What is answered in place of an answer's status and headers. */
export function mapResponse<Response extends { status: number; headers: Pairs }>(
  mappings: Readonly<Record<string, string>>,
  response: Response,
  sources: Sources,
): Response {
  const changes = changesOf(mappings, sources);
  const status = Number(at(changes, "statuscode").at(-1)?.value ?? response.status);
  const headers = changed(response.headers, at(changes, "header"), sameHeader);
  return { ...response, status: Number.isInteger(status) ? status : response.status, headers };
}
