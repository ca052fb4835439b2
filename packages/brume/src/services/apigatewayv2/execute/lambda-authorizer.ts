/** Lambda authorizers at work: a function says who the caller is and what the caller may do. */
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { effectOn, type Statement } from "../../api-gateway/shared/policy.js";
import type { Authorizer, Stage } from "../tables.js";
import { withStageVariables } from "./exchange.js";
import { ApiFailure } from "./failure.js";
import { functionOf, invokeFunction } from "./invoke.js";

/** What a function said of a caller. */
export interface Verdict {
  /** Whether the caller may do all there is, or what the statements of a policy say. */
  readonly allows: boolean | readonly Statement[];
  readonly principalId: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
}

/** What a function is asked. */
export interface Question {
  readonly ctx: Context;
  readonly apiId: string;
  readonly stage: Stage;
  readonly authorizer: Authorizer;
  /** The values of the identity sources. */
  readonly identity: readonly string[];
  readonly event: object;
}

const verdicts = defineMemory(
  "apigatewayv2/verdicts",
  () => new Map<string, { verdict: Verdict; expiresAt: number }>(),
);

/** A function's verdict, or what it said of the same identity a while ago. @throws ApiFailure 401 or 500 */
export async function decide({ ctx, apiId, stage, authorizer, identity, event }: Question): Promise<Verdict> {
  const { AuthorizerId, AuthorizerResultTtlInSeconds: ttl = 0 } = authorizer;
  const key = JSON.stringify([apiId, stage.StageName, stage.DeploymentId, AuthorizerId, ...identity]);
  const held = ctx.memory(verdicts);
  const known = held.get(key);
  if (known && known.expiresAt > ctx.now()) return known.verdict;
  held.delete(key);
  const name = functionOf(withStageVariables(authorizer.AuthorizerUri ?? "", stage));
  if (name === undefined) throw new ApiFailure(500, { reason: "The authorizer names no function." });
  const verdict = readVerdict(await ask(ctx, name, event), authorizer.EnableSimpleResponses === true);
  if (ttl > 0) held.set(key, { verdict, expiresAt: ctx.now() + ttl * 1000 });
  return verdict;
}

async function ask(ctx: Context, name: string, event: object): Promise<unknown> {
  try {
    const { payload, failed } = await invokeFunction(ctx, name, event);
    const answer = JSON.parse(payload) as { errorMessage?: string } | null;
    if (!failed) return answer;
    // The one error that a function can raise to say that the caller is unknown.
    if (answer?.errorMessage === "Unauthorized") throw new ApiFailure(401);
  } catch (error) {
    if (error instanceof ApiFailure) throw error;
    if (!(error instanceof AwsError) && !(error instanceof SyntaxError)) throw error;
  }
  throw new ApiFailure(500, { reason: "AUTHORIZER_FAILURE" });
}

function readVerdict(answer: unknown, simple: boolean): Verdict {
  const { isAuthorized, principalId, policyDocument, context } = (answer ?? {}) as Record<string, unknown>;
  const entries = Object.entries((context ?? {}) as object);
  const base = {
    principalId: principalId === undefined ? undefined : String(principalId),
    context: Object.fromEntries(entries),
  };
  if (simple) {
    if (typeof isAuthorized !== "boolean") throw new ApiFailure(500, { reason: "AUTHORIZER_CONFIGURATION_ERROR" });
    return { ...base, allows: isAuthorized };
  }
  const statements = (policyDocument as { Statement?: Statement | Statement[] } | undefined)?.Statement;
  if (statements === undefined) throw new ApiFailure(500, { reason: "AUTHORIZER_CONFIGURATION_ERROR" });
  return { ...base, allows: [statements].flat() };
}

/** Whether a verdict lets the caller do what an ARN says. */
export function permits({ allows }: Verdict, arn: string): boolean {
  if (typeof allows === "boolean") return allows;
  return effectOn(allows, arn) === "Allow";
}

/** Forgets what authorizers said of the callers of a stage. */
export function flushVerdicts(ctx: Context, apiId: string, stage: string): void {
  const prefix = JSON.stringify([apiId, stage]).slice(0, -1);
  const held = ctx.memory(verdicts);
  for (const key of [...held.keys()]) if (key.startsWith(prefix)) held.delete(key);
}
