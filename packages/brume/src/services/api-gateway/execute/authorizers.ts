/** Authorizers at work: a function says who the caller is and what the caller may do. */
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { functionOf, invokeFunction } from "../shared/invoke.js";
import { effectOn, type Statement } from "../shared/policy.js";
import type { Authorizer } from "../tables.js";
import { contextVariables } from "./context-variables.js";
import { type Exchange, withStageVariables } from "./exchange.js";
import { parameterValue } from "./parameters.js";
import { requestParts } from "./proxy-event.js";
import { GatewayError } from "./responses.js";

/** What a function said of a caller. */
interface Verdict {
  readonly principalId: string;
  readonly statements: readonly Statement[];
  readonly context: Readonly<Record<string, unknown>>;
  readonly usageIdentifierKey?: string | undefined;
  /** The policy as the function wrote it. */
  readonly policy: string;
}

/** Verdicts that still hold, by authorizer, stage and identity. */
const verdicts = defineMemory("api-gateway/verdicts", () => new Map<string, { verdict: Verdict; expiresAt: number }>());

/** Lets a request through, or not. @throws GatewayError 401, 403 or 500 */
export async function authorize(exchange: Exchange): Promise<void> {
  const { method, snapshot } = exchange;
  const type = method?.authorizationType;
  if (type === "AWS_IAM") return requireCaller(exchange);
  if (type !== "CUSTOM" && type !== "COGNITO_USER_POOLS") return;
  const authorizer = snapshot.authorizers.find(({ id }) => id === method?.authorizerId);
  if (!authorizer) throw new GatewayError("AUTHORIZER_CONFIGURATION_ERROR");
  if (type === "COGNITO_USER_POOLS") return acceptToken(exchange, authorizer);
  const identity = identityOf(exchange, authorizer);
  const verdict = cached(exchange, authorizer, identity) ?? (await ask(exchange, authorizer, identity));
  apply(exchange, verdict);
}

/** What an authorizer says of a request, whatever its method. @throws GatewayError 401 or 500 */
export async function verdictOn(
  exchange: Exchange,
  authorizer: Authorizer,
): Promise<{ principalId?: string; policy?: string; claims?: Record<string, string>; context: Verdict["context"] }> {
  if (authorizer.type === "COGNITO_USER_POOLS") {
    acceptToken(exchange, authorizer);
    const { claims } = exchange.authorizer as unknown as { claims: Record<string, string> };
    return { claims, context: {} };
  }
  const { principalId, policy, context } = await ask(exchange, authorizer, identityOf(exchange, authorizer));
  return { principalId, policy, context };
}

/** The request has to be signed by somebody whose policies let them. Differs from AWS: the signature is not verified. */
function requireCaller(exchange: Exchange): void {
  const { caller } = exchange.request;
  if (!caller || caller.principal.type === "anonymous") throw new GatewayError("MISSING_AUTHENTICATION_TOKEN");
  try {
    caller.cloud.authorizer?.(caller, ["execute-api:Invoke"], [methodArn(exchange)]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new GatewayError("ACCESS_DENIED", error.message);
  }
}

/** Differs from AWS: the claims and the expiry of a user pool's token are read, its signature is not verified. */
function acceptToken(exchange: Exchange, authorizer: Authorizer): void {
  const [token = ""] = identityOf(exchange, authorizer);
  let claims: Record<string, unknown>;
  try {
    const [, payload = ""] = token.replace(/^Bearer /i, "").split(".");
    claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  } catch {
    throw new GatewayError("UNAUTHORIZED");
  }
  if (typeof claims.exp === "number" && claims.exp * 1000 < exchange.ctx.now()) {
    throw new GatewayError("UNAUTHORIZED", "The incoming token has expired");
  }
  const scopes = exchange.method?.authorizationScopes ?? [];
  const granted = typeof claims.scope === "string" ? claims.scope.split(" ") : [];
  if (scopes.length > 0 && !scopes.some((scope) => granted.includes(scope))) throw new GatewayError("UNAUTHORIZED");
  exchange.authorizer = {
    claims: Object.fromEntries(Object.entries(claims).map(([name, claim]) => [name, String(claim)])),
  };
}

/** The values of the identity sources. @throws GatewayError 401 when one is missing, or is not what it must be */
function identityOf(exchange: Exchange, authorizer: Authorizer): string[] {
  const sources = (authorizer.identitySource ?? "").split(",").map((source) => source.trim());
  const context = contextVariables(exchange);
  const values = sources
    .filter((source) => source !== "")
    .map((source) => parameterValue(source, exchange, context, undefined));
  const missing = values.some((value) => value === undefined || value === "");
  // A REQUEST authorizer that caches nothing decides itself what a missing source means.
  const lenient = authorizer.type === "REQUEST" && authorizer.authorizerResultTtlInSeconds === 0;
  if (missing && !lenient) throw new GatewayError("UNAUTHORIZED");
  const expression = authorizer.identityValidationExpression;
  if (authorizer.type === "TOKEN" && expression && !new RegExp(`^(?:${expression})$`).test(values[0] ?? "")) {
    throw new GatewayError("UNAUTHORIZED");
  }
  return values.map((value) => value ?? "");
}

function methodArn({ ctx, snapshot, stage, request }: Exchange): string {
  const path = request.path === "/" ? "/" : request.path;
  return `arn:${ctx.partition}:execute-api:${ctx.region}:${ctx.account}:${snapshot.api.id}/${stage.stageName}/${request.method}${path}`;
}

const cacheKey = ({ snapshot, stage }: Exchange, authorizer: Authorizer, identity: readonly string[]) =>
  JSON.stringify([snapshot.api.id, stage.stageName, stage.deploymentId, authorizer.id, ...identity]);

function cached(exchange: Exchange, authorizer: Authorizer, identity: readonly string[]): Verdict | undefined {
  const key = cacheKey(exchange, authorizer, identity);
  const known = exchange.ctx.memory(verdicts).get(key);
  if (!known) return undefined;
  if (known.expiresAt > exchange.ctx.now()) return known.verdict;
  exchange.ctx.memory(verdicts).delete(key);
  return undefined;
}

async function ask(exchange: Exchange, authorizer: Authorizer, identity: readonly string[]): Promise<Verdict> {
  const { ctx } = exchange;
  const name = functionOf(withStageVariables(authorizer.authorizerUri ?? "", exchange));
  if (!name) throw new GatewayError("AUTHORIZER_CONFIGURATION_ERROR");
  const base = { type: authorizer.type, methodArn: methodArn(exchange) };
  const event =
    authorizer.type === "TOKEN" ? { ...base, authorizationToken: identity[0] } : { ...base, ...requestParts(exchange) };
  const verdict = readVerdict(await invoke(exchange, name, event));
  const ttl = authorizer.authorizerResultTtlInSeconds ?? 300;
  if (ttl > 0) {
    ctx.memory(verdicts).set(cacheKey(exchange, authorizer, identity), { verdict, expiresAt: ctx.now() + ttl * 1000 });
  }
  return verdict;
}

async function invoke({ ctx }: Exchange, name: string, event: object): Promise<unknown> {
  try {
    const { payload, failed } = await invokeFunction(ctx, name, Buffer.from(JSON.stringify(event)));
    const answer = JSON.parse(payload.toString()) as { errorMessage?: string } | null;
    if (!failed) return answer;
    // The one error that a function can raise to say that the caller is unknown.
    if (answer?.errorMessage === "Unauthorized") throw new GatewayError("UNAUTHORIZED");
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (!(error instanceof AwsError) && !(error instanceof SyntaxError)) throw error;
  }
  throw new GatewayError("AUTHORIZER_FAILURE");
}

function readVerdict(answer: unknown): Verdict {
  const { principalId, policyDocument, context, usageIdentifierKey } = (answer ?? {}) as Record<string, unknown>;
  const statements = (policyDocument as { Statement?: Statement | Statement[] } | undefined)?.Statement;
  if (typeof principalId !== "string" || principalId === "" || statements === undefined) {
    throw new GatewayError("AUTHORIZER_CONFIGURATION_ERROR");
  }
  const values = Object.entries((context ?? {}) as object);
  if (values.some(([, value]) => typeof value === "object" && value !== null)) {
    throw new GatewayError("AUTHORIZER_CONFIGURATION_ERROR");
  }
  return {
    principalId,
    statements: [statements].flat(),
    policy: JSON.stringify(policyDocument),
    context: Object.fromEntries(values),
    usageIdentifierKey: typeof usageIdentifierKey === "string" ? usageIdentifierKey : undefined,
  };
}

/** Holds a verdict's policy against the method that is called. */
function apply(exchange: Exchange, verdict: Verdict): void {
  const effect = effectOn(verdict.statements, methodArn(exchange));
  if (effect === "Deny") {
    throw new GatewayError("ACCESS_DENIED", "User is not authorized to access this resource with an explicit deny");
  }
  if (effect !== "Allow") throw new GatewayError("ACCESS_DENIED");
  const texts = Object.entries(verdict.context).map(([name, value]) => [name, value === null ? null : String(value)]);
  exchange.authorizer = { ...Object.fromEntries(texts), principalId: verdict.principalId };
  exchange.usageIdentifierKey = verdict.usageIdentifierKey;
}

/** Forgets what authorizers said of the callers of a stage. */
export function flushVerdicts(ctx: Context, api: string, stage: string): void {
  const prefix = JSON.stringify([api, stage]).slice(0, -1);
  const known = ctx.memory(verdicts);
  for (const key of [...known.keys()]) if (key.startsWith(prefix)) known.delete(key);
}
