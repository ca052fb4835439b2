/** Calls functions on behalf of an API, and sees to it that nothing takes longer than it may. */
import { parseArn } from "../../../kernel/arn.js";
import type { Context } from "../../../kernel/context.js";

const INVOCATION = /:lambda:path\/[^/]+\/functions\/(.+)\/invocations$/;

/** The function that an integration or authorizer URI names: by its own ARN, or by that of its invocation. */
export function functionOf(uri: string): string | undefined {
  return INVOCATION.exec(uri)?.[1] ?? (/^arn:[^:]+:lambda:/.test(uri) ? uri : undefined);
}

export interface Invocation {
  readonly payload: string;
  readonly failed: boolean;
}

/** Invokes a function, as API Gateway. @throws AwsError when it cannot be invoked */
export async function invokeFunction(
  ctx: Context,
  functionArn: string,
  event: object,
  type = "RequestResponse",
): Promise<Invocation> {
  const arn = parseArn(functionArn);
  const { Payload, FunctionError } = await ctx.call<{ Payload?: Uint8Array | string; FunctionError?: string }>(
    "lambda",
    "Invoke",
    { FunctionName: functionArn, InvocationType: type, Payload: Buffer.from(JSON.stringify(event)) },
    arn ? { account: arn.account, region: arn.region } : {},
  );
  const payload = typeof Payload === "string" ? Payload : Buffer.from(Payload ?? []).toString();
  return { payload, failed: FunctionError !== undefined };
}

/** An outcome; fails with `tooLate` when it takes longer, in cloud time. */
export async function withinTimeout<T>(
  ctx: Context,
  milliseconds: number,
  work: Promise<T>,
  tooLate: () => Error,
): Promise<T> {
  const done = new AbortController();
  const timeout = ctx.wait(milliseconds, done.signal).then(() => {
    if (!done.signal.aborted) throw tooLate();
    return work;
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    done.abort();
    timeout.catch(() => undefined);
    work.catch(() => undefined);
  }
}
