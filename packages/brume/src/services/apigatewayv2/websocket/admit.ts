/** Decides whether a WebSocket connection may be made: the authorizer of `$connect`. */
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { authorizerFor, invokeArn } from "../execute/exchange.js";
import { evaluate } from "../execute/expressions.js";
import { ApiFailure } from "../execute/failure.js";
import { decide, permits } from "../execute/lambda-authorizer.js";
import { handshakeParts, type Passage, requestContext, stageVariablesOf } from "./event.js";

/** What the authorizer says of the caller; `undefined` where there is none. @throws ApiFailure 401, 403 or 500 */
export async function admit(passage: Passage, caller: Context): Promise<Record<string, unknown> | undefined> {
  const { ctx, snapshot, stage, route, handshake } = passage;
  const type = route?.AuthorizationType ?? "NONE";
  if (!route || !handshake || type === "NONE") return undefined;
  const arn = invokeArn(ctx, snapshot.api, stage, route.RouteKey);
  if (type === "AWS_IAM") return requireCaller(caller, arn);
  const authorizer = authorizerFor(snapshot, route);
  if (!authorizer) throw new ApiFailure(500, { reason: "AUTHORIZER_CONFIGURATION_ERROR" });
  const headers = handshake.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const request = {
    method: "GET",
    path: "/",
    headers: Object.fromEntries(headers),
    query: Object.fromEntries(handshake.query),
    pathParameters: {},
    body: "",
  };
  const context = requestContext(passage);
  const identity = (authorizer.IdentitySource ?? []).map(
    (source) => evaluate(`\${${source.replace(/^route\./, "").replace(/^\$/, "")}}`, { request, context, stage }) ?? "",
  );
  if (identity.includes("")) throw new ApiFailure(401, { reason: "An identity source is missing." });
  const event = {
    type: "REQUEST",
    methodArn: arn,
    ...handshakeParts(passage),
    ...stageVariablesOf(passage),
    requestContext: context,
  };
  const verdict = await decide({ ctx, apiId: snapshot.api.ApiId, stage, authorizer, identity, event });
  if (!permits(verdict, arn)) throw new ApiFailure(403, { reason: "The authorizer does not allow it." });
  const principal = verdict.principalId === undefined ? {} : { principalId: verdict.principalId };
  return { ...verdict.context, ...principal, integrationLatency: ctx.now() - passage.at };
}

function requireCaller(caller: Context, arn: string): Record<string, unknown> {
  const { type, arn: userArn, userId, account } = caller.principal;
  if (type === "anonymous") throw new ApiFailure(403, { reason: "The handshake is not signed." });
  try {
    caller.cloud.authorizer?.(caller, ["execute-api:Invoke"], [arn]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new ApiFailure(403, { reason: error.message });
  }
  return { principalId: userId, userArn, accountId: account };
}
