/** Authorizers: who decides whether a request may reach its route. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { flushVerdicts } from "./execute/lambda-authorizer.js";
import { deletePart, getPart, listParts, type PartOfApi, putPart, updatePart } from "./part-of-api.js";
import { getStageRow } from "./stages.js";
import { type Authorizer, authorizers, badRequest, conflict, getApiRow, required, routes } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

const SOURCE =
  /^(?:\$\{?(?:request\.(?:header|querystring)|context|stageVariables)\.[^\s,]+|route\.request\.(?:header|querystring)\.[^\s,]+|(?:context|stageVariables)\.[^\s,]+)$/;

const AUTHORIZER: PartOfApi<Authorizer> = {
  table: authorizers,
  noun: "Authorizer",
  check(ctx, apiId, authorizer) {
    const isHttp = getApiRow(ctx, apiId).ProtocolType === "HTTP";
    const { AuthorizerType: type, IdentitySource: sources = [], AuthorizerResultTtlInSeconds: ttl = 0 } = authorizer;
    if (type !== "REQUEST" && (type !== "JWT" || !isHttp))
      throw badRequest(`Invalid authorizer type specified: ${type}`);
    const others = ctx.table(authorizers).rows({ prefix: [apiId] });
    if (others.some(({ Name, AuthorizerId }) => Name === authorizer.Name && AuthorizerId !== authorizer.AuthorizerId)) {
      throw conflict("Authorizer name must be unique. Authorizer with this name already exists in this Api.");
    }
    if (ttl < 0 || ttl > 3600) throw badRequest("Authorizer result TTL must be between 0 and 3600");
    if (type === "JWT") return checkJwt(authorizer, sources);
    if (!authorizer.AuthorizerUri) throw badRequest("AuthorizerUri is required for REQUEST authorizers");
    const format = authorizer.AuthorizerPayloadFormatVersion;
    if (isHttp && format !== "1.0" && format !== "2.0") {
      throw badRequest("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer");
    }
    if (authorizer.EnableSimpleResponses && format !== "2.0") {
      throw badRequest("EnableSimpleResponses is supported only for AuthorizerPayloadFormatVersion 2.0");
    }
    if (ttl > 0 && sources.length === 0) throw badRequest("IdentitySource is required where results are cached");
    const odd = sources.find((source) => !SOURCE.test(source));
    if (odd !== undefined) throw badRequest(`Invalid mapping expression specified: ${odd}`);
  },
};

function checkJwt({ JwtConfiguration }: Authorizer, sources: readonly string[]): void {
  if (!JwtConfiguration?.Issuer) throw badRequest("Issuer is a required parameter for JWT authorizer");
  if (!JwtConfiguration.Audience?.length)
    throw badRequest("Audience list must have at least 1 item for JWT Authorizer");
  if (sources.length !== 1) throw badRequest("JWT authorizers take one identity source");
}

/** Makes an authorizer. @throws AwsError */
export function newAuthorizer(ctx: Context, apiId: string, given: Omit<Authorizer, "AuthorizerId">): Authorizer {
  const AuthorizerId = randomLower(6);
  return putPart(ctx, AUTHORIZER, [apiId, AuthorizerId], { ...given, AuthorizerId });
}

export const createAuthorizer: Handler<Sdk, "CreateAuthorizer"> = ({ ApiId, ...given }, ctx) => {
  const { ApiId: id } = getApiRow(ctx, ApiId);
  const Name = required(given.Name, "Name");
  const AuthorizerType = required(given.AuthorizerType, "AuthorizerType") as Authorizer["AuthorizerType"];
  return newAuthorizer(ctx, id, { ...given, Name, AuthorizerType });
};
export const getAuthorizer: Handler<Sdk, "GetAuthorizer"> = ({ ApiId, AuthorizerId }, ctx) =>
  getPart(ctx, AUTHORIZER, [ApiId, AuthorizerId]);
export const getAuthorizers: Handler<Sdk, "GetAuthorizers"> = (input, ctx) =>
  listParts(ctx, AUTHORIZER, [input.ApiId], input);
export const updateAuthorizer: Handler<Sdk, "UpdateAuthorizer"> = ({ ApiId, AuthorizerId, ...changes }, ctx) =>
  updatePart(ctx, AUTHORIZER, [ApiId, AuthorizerId], changes as Partial<Authorizer>);

export const deleteAuthorizer: Handler<Sdk, "DeleteAuthorizer"> = ({ ApiId, AuthorizerId }, ctx) => {
  getPart(ctx, AUTHORIZER, [ApiId, AuthorizerId]);
  const user = ctx
    .table(routes)
    .rows({ prefix: [ApiId as string] })
    .find((route) => route.AuthorizerId === AuthorizerId);
  if (user) {
    throw conflict(`Cannot delete Authorizer '${AuthorizerId}' because it is referenced by Route '${user.RouteId}'.`);
  }
  return deletePart(ctx, AUTHORIZER, [ApiId, AuthorizerId]);
};

export const resetAuthorizersCache: Handler<Sdk, "ResetAuthorizersCache"> = ({ ApiId, StageName }, ctx) => {
  const stage = getStageRow(ctx, ApiId, StageName);
  flushVerdicts(ctx, ApiId as string, stage.StageName);
  return {};
};
