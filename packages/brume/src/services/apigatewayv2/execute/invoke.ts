/** Calls functions on behalf of an API. */
import type { Context } from "../../../kernel/context.js";
import * as shared from "../../api-gateway/shared/invoke.js";

export { withinTimeout } from "../../api-gateway/shared/invoke.js";

/** The function that an integration or authorizer URI names: by its own ARN, or by that of its invocation. */
export function functionOf(uri: string): string | undefined {
  return shared.functionOf(uri) ?? (/^arn:[^:]+:lambda:/.test(uri) ? uri : undefined);
}

export interface Invocation {
  readonly payload: string;
  readonly failed: boolean;
}

/** Invokes a function with an event, as API Gateway. @throws AwsError when it cannot be invoked */
export async function invokeFunction(ctx: Context, functionArn: string, event: object): Promise<Invocation> {
  const { payload, failed } = await shared.invokeFunction(ctx, functionArn, Buffer.from(JSON.stringify(event)));
  return { payload: payload.toString(), failed };
}
