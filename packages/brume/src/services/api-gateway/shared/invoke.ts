/** How APIs of both versions call functions, and see to it that nothing takes longer than it may. */
import { parseArn } from "../../../kernel/arn.js";
import type { Context } from "../../../kernel/context.js";

const INVOCATION = /:lambda:path\/[^/]+\/functions\/(.+)\/invocations$/;

/** The function whose invocation a URI names. */
export function functionOf(uri: string): string | undefined {
  return INVOCATION.exec(uri)?.[1];
}

export interface Invocation {
  readonly payload: Buffer;
  readonly failed: boolean;
}

/** Invokes a function, as API Gateway. @throws AwsError when it cannot be invoked */
export async function invokeFunction(
  ctx: Context,
  functionArn: string,
  payload: Buffer,
  type = "RequestResponse",
): Promise<Invocation> {
  const arn = parseArn(functionArn);
  const { Payload, FunctionError } = await ctx.call<{ Payload?: Uint8Array | string; FunctionError?: string }>(
    "lambda",
    "Invoke",
    { FunctionName: functionArn, InvocationType: type, Payload: payload },
    arn ? { account: arn.account, region: arn.region } : {},
  );
  const bytes = typeof Payload === "string" ? Buffer.from(Payload) : Buffer.from(Payload ?? []);
  return { payload: bytes, failed: FunctionError !== undefined };
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
