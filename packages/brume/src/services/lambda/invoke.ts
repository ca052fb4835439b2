/** The operations that run functions. See "Invoke" in the Lambda API Reference. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { enqueue } from "./asynchronous.js";
import { collect } from "./code.js";
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

export const invoke: Handler<Lambda, "Invoke"> = async (input, ctx) => {
  const type = input.InvocationType ?? "RequestResponse";
  const found = getVersion(ctx, input.FunctionName, input.Qualifier);
  const given = await collect(input.Payload ?? NO_PAYLOAD);
  const payload = given.length > 0 ? given : NO_PAYLOAD;
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
