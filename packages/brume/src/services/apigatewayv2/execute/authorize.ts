/** Decides whether a request may reach its route. */
import { AwsError } from "../../../kernel/errors.js";
import type { Authorizer } from "../tables.js";
import { authorizerFor, decoded, type Exchange, invokeArn } from "./exchange.js";
import { evaluate, sourcesOf } from "./expressions.js";
import { ApiFailure } from "./failure.js";
import { acceptToken } from "./jwt-authorizer.js";
import { decide, permits } from "./lambda-authorizer.js";
import { requestParts1, requestParts2 } from "./lambda-event.js";

/** Lets a request through, or not. @throws ApiFailure 401, 403 or 500 */
export async function authorize(exchange: Exchange): Promise<void> {
  const { route, snapshot } = exchange;
  const type = route?.AuthorizationType ?? "NONE";
  if (!route || type === "NONE") return;
  if (type === "AWS_IAM") return requireCaller(exchange);
  const authorizer = authorizerFor(snapshot, route);
  if (!authorizer) throw new ApiFailure(500, { reason: "AUTHORIZER_CONFIGURATION_ERROR" });
  if (type === "JWT") exchange.authorizer = { jwt: await acceptToken(exchange, authorizer) };
  else await askFunction(exchange, authorizer);
}

function arnOf({ ctx, snapshot, stage, request }: Exchange): string {
  return invokeArn(ctx, snapshot.api, stage, `${request.method}${decoded(request.path)}`);
}

/** The request has to be signed by somebody whose policies let them. */
function requireCaller(exchange: Exchange): void {
  const { caller } = exchange;
  const { type, account, arn, userId, accessKeyId } = caller.principal;
  if (type === "anonymous") throw new ApiFailure(403, { reason: "The request is not signed." });
  try {
    caller.cloud.authorizer?.(caller, ["execute-api:Invoke"], [arnOf(exchange)]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new ApiFailure(403, { reason: error.message });
  }
  exchange.authorizer = {
    iam: {
      accessKey: accessKeyId ?? null,
      accountId: account,
      callerId: userId,
      cognitoIdentity: null,
      principalOrgId: null,
      userArn: arn,
      userId,
    },
  };
}

async function askFunction(exchange: Exchange, authorizer: Authorizer): Promise<void> {
  const { ctx, snapshot, stage } = exchange;
  const sources = sourcesOf(exchange);
  const identity = (authorizer.IdentitySource ?? []).map((source) => evaluate(source, sources) ?? "");
  if (identity.includes("")) throw new ApiFailure(401, { reason: "An identity source is missing." });
  const arn = arnOf(exchange);
  const event =
    authorizer.AuthorizerPayloadFormatVersion === "2.0"
      ? { version: "2.0", type: "REQUEST", routeArn: arn, identitySource: identity, ...requestParts2(exchange) }
      : {
          version: "1.0",
          type: "REQUEST",
          methodArn: arn,
          identitySource: identity.join(","),
          authorizationToken: identity.join(","),
          ...requestParts1(exchange),
        };
  const verdict = await decide({ ctx, apiId: snapshot.api.ApiId, stage, authorizer, identity, event });
  if (!permits(verdict, arn)) throw new ApiFailure(403, { reason: "The authorizer does not allow it." });
  const principal = verdict.principalId === undefined ? {} : { principalId: verdict.principalId };
  exchange.authorizer = { lambda: { ...principal, ...verdict.context } };
}
