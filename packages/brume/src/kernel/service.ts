/** What a service is: its operations, resource types and timers, declared as data. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex, Readable } from "node:stream";
import type { Context } from "./context.js";
import type { ResourceProvider } from "./resource.js";

// biome-ignore lint/suspicious/noExplicitAny: the constructors of SDK commands are matched whatever they take
type Constructor = abstract new (...args: any) => unknown;

/** What a client may send as a streaming body; a handler gets the stream. */
type StreamingIn = Readable;
/** What a handler may answer as a streaming body. */
export type StreamingOut = Readable | Uint8Array | string;

type CommandInput<C> = C extends abstract new (
  input: infer I,
) => unknown
  ? NonNullable<I>
  : C extends abstract new (
        ...args: infer P
      ) => unknown
    ? NonNullable<P[0]>
    : never;
type CommandOutput<C> = C extends abstract new (
  ...args: never
) => { resolveMiddleware(...args: never): (...args: never) => Promise<{ output: infer O }> }
  ? O
  : never;

type ReceivedMember<T> = Readable extends NonNullable<T> ? StreamingIn | undefined : T;
type AnsweredMember<T> =
  NonNullable<T> extends { transformToString(...args: never): unknown } ? StreamingOut | undefined : T;

/** The names of the operations that an SDK client module has. */
export type OperationName<Sdk> = Exclude<
  {
    [K in keyof Sdk]: K extends `${infer Name}Command` ? (Sdk[K] extends Constructor ? Name : never) : never;
  }[keyof Sdk],
  "$"
> &
  string;

type Command<Sdk, Name extends string> = `${Name}Command` extends keyof Sdk ? Sdk[`${Name}Command`] : never;

/** What a handler of an operation receives. */
export type Input<Sdk, Name extends string> = {
  [K in keyof CommandInput<Command<Sdk, Name>>]: ReceivedMember<CommandInput<Command<Sdk, Name>>[K]>;
};

/** What a handler of an operation answers. */
export type Output<Sdk, Name extends string> = {
  [K in keyof Omit<CommandOutput<Command<Sdk, Name>>, "$metadata">]: AnsweredMember<
    Omit<CommandOutput<Command<Sdk, Name>>, "$metadata">[K]
  >;
};

/**
 * A handler of one operation, typed by its SDK client:
 * `const sendMessage: Handler<typeof import("@aws-sdk/client-sqs"), "SendMessage"> = (input, ctx) => …`
 */
export type Handler<Sdk, Name extends string> = (
  input: Input<Sdk, Name>,
  ctx: Context,
) => Output<Sdk, Name> | Promise<Output<Sdk, Name>>;

/** The ARNs that a call touches; `"*"` where IAM knows no resource for the operation. */
export type Access<I> = "*" | ((input: I, ctx: Context) => string | readonly string[]);

/** One operation: its handler, and what IAM is asked about before it runs. */
export interface Operation<I = never, O = unknown> {
  readonly handler: (input: I, ctx: Context) => O | Promise<O>;
  readonly resources: Access<I>;
  /** The IAM actions, where they are not the operation's own name. */
  readonly actions?: readonly string[];
}

/** Pairs a handler with the resources (and, where they differ from its name, the IAM actions) that it needs. */
export function operation<I, O>(
  handler: (input: I, ctx: Context) => O | Promise<O>,
  resources: Access<I>,
  ...actions: string[]
): Operation<I, O> {
  return actions.length > 0 ? { handler, resources, actions } : { handler, resources };
}

export type Operations<Sdk> = {
  [Name in OperationName<Sdk>]?: Operation<Input<Sdk, Name>, Output<Sdk, Name>>;
};

/** Performs a timer of the service. */
export type TimerHandler = (payload: never, ctx: Context) => void | Promise<void>;

/**
 * Answers requests that are not operations: a deployed API, a function URL, a custom resource's response. `false` says that
 * the request is none of its own, so that the next endpoint at the same address may answer it.
 */
export type Endpoint = (
  request: IncomingMessage,
  response: ServerResponse,
  ctx: Context,
  match: EndpointMatch,
) => unknown;

/** Takes over the socket of a request that asks for another protocol, such as WebSocket; `false` as with `Endpoint`. */
export type Upgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  ctx: Context,
  match: EndpointMatch,
) => unknown;

/** Where a request was found to belong: the groups of the pattern that matched, and what is left of the path. */
export interface EndpointMatch {
  readonly groups: Readonly<Record<string, string>>;
  /** The raw path that follows the part that matched, beginning with `/`; and the raw query with its `?`, or "". */
  readonly path: string;
  readonly query: string;
}

export interface Service {
  /** The name of the SDK client package without `@aws-sdk/client-`; also the folder's name. */
  readonly id: string;
  /** What IAM actions of the service begin with. */
  readonly iamPrefix: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly resources: Readonly<Record<string, () => Promise<{ default: ResourceProvider }>>>;
  readonly timers: Readonly<Record<string, TimerHandler>>;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** By the names of the endpoints at whose addresses they are. */
  readonly upgrades: Readonly<Record<string, Upgrade>>;
  /** What is not here: each reason, and the operations that it holds for. */
  readonly unsupported: Readonly<Record<string, readonly string[]>>;
}

interface ServiceDefinition<Sdk> {
  id: string;
  iamPrefix: string;
  operations: Operations<Sdk>;
  /** Live resource types: the CloudFormation type, and the file of its provider. */
  resources?: Record<string, () => Promise<{ default: ResourceProvider }>>;
  timers?: Record<string, TimerHandler>;
  endpoints?: Record<string, Endpoint>;
  upgrades?: Record<string, Upgrade>;
  unsupported: Record<string, readonly OperationName<Sdk>[]>;
}

/** Declares a service against its SDK client: `defineService<typeof import("@aws-sdk/client-sqs")>({ … })`. */
export function defineService<Sdk>(definition: ServiceDefinition<Sdk>): Service {
  return {
    resources: {},
    timers: {},
    endpoints: {},
    upgrades: {},
    ...definition,
    operations: definition.operations as Readonly<Record<string, Operation>>,
  };
}
