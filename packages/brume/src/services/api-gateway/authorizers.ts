/** Authorizers: who decides whether a request may reach its method. */
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { deletePart, getPart, listParts, type PartOfApi, updatePart } from "./part-of-api.js";
import { type Authorizer, authorizers, badRequest, conflict, defined, getApi, required } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const AUTHORIZER: PartOfApi<Authorizer> = {
  table: authorizers,
  complaint: "Invalid Authorizer identifier specified",
  rules: {
    "/name": "text",
    "/type": "text",
    "/authType": "text",
    "/authorizerUri": "text",
    "/authorizerCredentials": "text",
    "/identitySource": "text",
    "/identityValidationExpression": "text",
    "/authorizerResultTtlInSeconds": "number",
    "/providerARNs": "list",
  },
};

function check({
  type,
  authorizerUri,
  identitySource,
  providerARNs,
  authorizerResultTtlInSeconds: ttl = 300,
}: Authorizer): void {
  if (!["TOKEN", "REQUEST", "COGNITO_USER_POOLS"].includes(type ?? ""))
    throw badRequest("Invalid authorizer type specified");
  if (type === "COGNITO_USER_POOLS" && !providerARNs?.length) throw badRequest("Invalid provider ARNs specified");
  if (type !== "COGNITO_USER_POOLS" && !authorizerUri) throw badRequest("Authorizer URI must be specified");
  if (ttl < 0 || ttl > 3600) throw badRequest("Authorizer result TTL must be between 0 and 3600");
  if (type === "TOKEN" && !/^method\.request\.header\.[^\s,]+$/.test(identitySource ?? ""))
    throw badRequest("Invalid identity source specified: TOKEN authorizers take one header");
  if (type === "REQUEST" && ttl > 0 && !identitySource)
    throw badRequest("Identity sources must be specified where results are cached");
}

export const createAuthorizer: Handler<Sdk, "CreateAuthorizer"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  required(input.name, "Authorizer name");
  const { restApiId: _, ...given } = input;
  if (
    ctx
      .table(authorizers)
      .rows({ prefix: [api.id] })
      .some(({ name }) => name === input.name)
  ) {
    throw conflict("Authorizer name must be unique. Authorizer with this name already exists in this RestApi.");
  }
  const id = randomLower(6);
  const authType = input.type === "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom";
  const authorizer = { authType, authorizerResultTtlInSeconds: 300, ...defined(given), id } as Authorizer;
  check(authorizer);
  ctx.table(authorizers).put([api.id, id], authorizer);
  return authorizer;
};

export const getAuthorizer: Handler<Sdk, "GetAuthorizer"> = (input, ctx) =>
  getPart(ctx, AUTHORIZER, input.restApiId, input.authorizerId);
export const getAuthorizers: Handler<Sdk, "GetAuthorizers"> = (input, ctx) => listParts(ctx, AUTHORIZER, input);
export const updateAuthorizer: Handler<Sdk, "UpdateAuthorizer"> = (input, ctx) => {
  const authorizer = updatePart(ctx, AUTHORIZER, input, input.authorizerId);
  check(authorizer);
  return authorizer;
};
export const deleteAuthorizer: Handler<Sdk, "DeleteAuthorizer"> = (input, ctx) =>
  deletePart(ctx, AUTHORIZER, input.restApiId, input.authorizerId);
