/** What is sent back, before it meets a socket. */
import type { Readable } from "node:stream";

/** Header names and values, one after the other, as `writeHead` takes them. */
export type HeaderList = string[];

export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string | Uint8Array | Readable;
}

/** What a handler may say about the HTTP answer beside the output's members. */
export interface HttpDetails {
  status?: number;
  headers?: Record<string, string>;
  /** A body in place of the one that the schema describes. */
  body?: { content: string | Uint8Array | Readable; type?: string };
}

const details = Symbol("http");

/** Attaches HTTP details to an output: a status such as 206, or headers that the schema does not know. */
export function withHttp<Output extends object>(output: Output, http: HttpDetails): Output {
  return Object.assign(output, { [details]: http });
}

/** The HTTP details of an output, if it has any. */
export function httpOf(output: object): HttpDetails | undefined {
  return (output as { [details]?: HttpDetails })[details];
}

const texts = Symbol("json");

/**
 * Adds a member to an output whose JSON is known before its value is: answers in JSON take it as it is, and whoever else
 * looks at the member has its value made then.
 */
export function withJson<Output extends object, Name extends string, Value>(
  output: Output,
  name: Name,
  json: string,
  value: () => Value,
): Output & Record<Name, Value> {
  let made: Value | undefined;
  const get = () => {
    made ??= value();
    return made;
  };
  Object.defineProperty(output, name, { get, enumerable: true, configurable: true });
  return Object.assign(output as Output & Record<Name, Value>, { [texts]: { ...jsonOf(output), [name]: json } });
}

/** The members of an output whose JSON is known, by name. */
export function jsonOf(output: object): Readonly<Record<string, string>> | undefined {
  return (output as { [texts]?: Record<string, string> })[texts];
}
