/** The operations that run functions. See "Invoke" in the Lambda API Reference. */
import type { Readable } from "node:stream";
import { AwsError } from "../../kernel/errors.js";
import type { Handler, Output } from "../../kernel/service.js";
import { enqueue } from "./asynchronous.js";
import { collect } from "./code.js";
import type { ExecutionResult } from "./execution.js";
import { invoker } from "./invoker.js";
import { functionArn, getFunctionRow, getVersion, validationError } from "./names.js";
import { chooseVersion, targetOf } from "./target.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

const MAX_SYNCHRONOUS_BYTES = 6_291_456;
const MAX_EVENT_BYTES = 1_048_576;
const MAX_CLIENT_CONTEXT = 3583;
const NO_PAYLOAD = Buffer.from("{}");

/** @throws AwsError `RequestTooLargeException` or `InvalidRequestContentException` */
function checkPayload(payload: Buffer, limit: number, operation: string): void {
  if (payload.length > limit) {
    throw new AwsError(
      "RequestTooLargeException",
      `${payload.length} byte payload is too large for the ${operation} invocation type (limit ${limit} bytes)`,
      { members: { Type: "User" } },
    );
  }
  try {
    JSON.parse(payload.toString());
  } catch (error) {
    throw new AwsError(
      "InvalidRequestContentException",
      `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`,
      { members: { Type: "User" } },
    );
  }
}

async function payloadOf({ Payload }: { Payload?: Readable | Uint8Array | undefined }): Promise<Buffer> {
  const given = await collect(Payload ?? NO_PAYLOAD);
  return given.length > 0 ? given : NO_PAYLOAD;
}

export const invoke: Handler<Lambda, "Invoke"> = async (input, ctx) => {
  const type = input.InvocationType ?? "RequestResponse";
  const found = getVersion(ctx, input.FunctionName, input.Qualifier);
  const payload = await payloadOf(input);
  if (type === "DryRun") return { StatusCode: 204 };
  if (type === "Event") {
    checkPayload(payload, MAX_EVENT_BYTES, type);
    enqueue(ctx, found, payload);
    return { StatusCode: 202 };
  }
  if (type !== "RequestResponse") {
    throw validationError(
      type,
      "invocationType",
      "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
    );
  }
  checkPayload(payload, MAX_SYNCHRONOUS_BYTES, type);
  const version = chooseVersion(ctx, found);
  const result = await ctx.memory(invoker).run(
    targetOf(ctx, found, version),
    {
      requestId: ctx.requestId,
      functionArn: functionArn(ctx, found.name),
      payload,
      clientContext: decodeClientContext(input.ClientContext),
      wantsTail: input.LogType === "Tail",
    },
    false,
  );
  return {
    StatusCode: 200,
    ExecutedVersion: version.configuration.Version,
    Payload: result.payload,
    ...(result.failed ? { FunctionError: "Unhandled" } : {}),
    ...(result.tail === undefined ? {} : { LogResult: result.tail }),
  } as never;
};

type StreamEvent =
  NonNullable<Output<Lambda, "InvokeWithResponseStream">["EventStream"]> extends AsyncIterable<infer E> ? E : never;

/** See "Response streaming for Lambda functions". What a function answers at once is a stream of one piece. */
export const invokeWithResponseStream: Handler<Lambda, "InvokeWithResponseStream"> = async (input, ctx) => {
  const type = input.InvocationType ?? "RequestResponse";
  if (type !== "RequestResponse" && type !== "DryRun") {
    throw validationError(type, "invocationType", "Member must satisfy enum value set: [RequestResponse, DryRun]");
  }
  const found = getVersion(ctx, input.FunctionName, input.Qualifier);
  const payload = await payloadOf(input);
  if (type === "DryRun") return { StatusCode: 204 };
  checkPayload(payload, MAX_SYNCHRONOUS_BYTES, type);
  const version = chooseVersion(ctx, found);
  let running: Promise<ExecutionResult> | undefined;
  const begun = await new Promise<Streamed | undefined>((resolve, reject) => {
    const work = {
      requestId: ctx.requestId,
      functionArn: functionArn(ctx, found.name),
      payload,
      clientContext: decodeClientContext(input.ClientContext),
      wantsTail: input.LogType === "Tail",
      onStream: (body: Readable, contentType: string) => resolve({ body, contentType }),
    };
    const run = ctx.memory(invoker).run(targetOf(ctx, found, version), work, false);
    // The cloud is at work until the function has ended, though this call is answered before.
    running = ctx.cloud.activity.during(run);
    running.then(() => resolve(undefined), reject);
  });
  return {
    StatusCode: 200,
    ExecutedVersion: version.configuration.Version,
    ResponseStreamContentType: begun?.contentType ?? "application/octet-stream",
    EventStream: eventsOf(begun, running as Promise<ExecutionResult>),
  };
};

interface Streamed {
  readonly body: Readable;
  readonly contentType: string;
}

async function* eventsOf(begun: Streamed | undefined, running: Promise<ExecutionResult>): AsyncGenerator<StreamEvent> {
  if (begun) {
    try {
      // A client that goes away does not end the function: the rest of its response is read and thrown away.
      for await (const Payload of begun.body.iterator({ destroyOnReturn: false })) {
        yield { PayloadChunk: { Payload: Payload as Buffer } };
      }
    } catch {
      // The function has ended in the middle of its response, which its result says.
    } finally {
      begun.body.resume();
    }
  }
  const result = await running;
  if (!begun && !result.failed) yield { PayloadChunk: { Payload: result.payload } };
  const failure = result.failed ? failureOf(result.payload) : {};
  yield { InvokeComplete: { ...failure, ...(result.tail === undefined ? {} : { LogResult: result.tail }) } };
}

function failureOf(payload: Buffer): { ErrorCode: string; ErrorDetails: string } {
  const ErrorDetails = payload.toString();
  try {
    const { errorType } = JSON.parse(ErrorDetails) as { errorType?: unknown };
    return { ErrorCode: typeof errorType === "string" ? errorType : "Unhandled", ErrorDetails };
  } catch {
    return { ErrorCode: "Unhandled", ErrorDetails };
  }
}

function decodeClientContext(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (text.length > MAX_CLIENT_CONTEXT) {
    throw validationError(text, "clientContext", `Member must have length less than or equal to ${MAX_CLIENT_CONTEXT}`);
  }
  const decoded = Buffer.from(text, "base64").toString();
  try {
    // Headers carry ASCII only.
    return JSON.stringify(JSON.parse(decoded)).replace(
      /[^\x20-\x7e]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  } catch {
    throw new AwsError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.", {
      members: { Type: "User" },
    });
  }
}

export const invokeAsync: Handler<Lambda, "InvokeAsync"> = async (input, ctx) => {
  const payload = await collect(input.InvokeArgs ?? "");
  checkPayload(payload, MAX_EVENT_BYTES, "Event");
  const found = getFunctionRow(ctx, input.FunctionName);
  enqueue(ctx, found, payload);
  return { Status: 202 };
};
