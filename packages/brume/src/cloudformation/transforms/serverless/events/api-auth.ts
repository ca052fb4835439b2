/** `Auth` of an event that is a method of a REST API. */
import type { Json } from "../../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectList, expectMap } from "../errors.js";
import { type Known, resolveParameters } from "../parameters.js";
import { mapOf, says, shown } from "../plain.js";
import { addCustomStatements, addResourcePolicy } from "../resource-policy.js";
import { requireApiKey, requireAuthorizer } from "../swagger-security.js";

/** One method of a REST API, as an event says it. */
export interface RestMethod {
  /** The event's name. */
  readonly event: string;
  readonly apiId: string;
  /** The API's properties as written. */
  readonly api: JsonObject;
  readonly path: string;
  readonly method: string;
  /** The stage that resource policies name. */
  readonly stage: string;
}

/** Applies an event's `Auth` to its method in a definition; in place. @throws Mistake */
export function applyAuth(definition: JsonObject, auth: JsonObject, one: RestMethod, known: Known): void {
  const { event, apiId, api, path, method } = one;
  const apiAuth = mapOf(resolveParameters(api.Auth, known));
  const authorizer = auth.Authorizer;
  if (says(authorizer)) checkAuthorizer(authorizer, one, apiAuth);
  if (says(auth.AuthorizationScopes)) {
    expectList(auth.AuthorizationScopes, { id: event, path: "Auth.AuthorizationScopes", of: "event" });
    if (!says(authorizer)) throw new EventMistake(event, "AuthorizationScopes works only when Authorizer is set");
  }
  const keyRequired = auth.ApiKeyRequired;
  if (keyRequired !== undefined && !says(keyRequired) && !says(apiAuth.ApiKeyRequired)) {
    throw new EventMistake(
      event,
      `Unable to set ApiKeyRequired [False] on API method [${method}] for path [${path}] because the related API does not specify any ApiKeyRequired.`,
    );
  }
  if (says(authorizer)) {
    const authorizers = mapOf(mapOf(api.Auth).Authorizers);
    requireAuthorizer(definition, path, method, String(authorizer), authorizers, auth.AuthorizationScopes);
  }
  if (keyRequired !== undefined) requireApiKey(definition, path, method, says(keyRequired));
  if (!says(auth.ResourcePolicy)) return;
  const policy = expectMap(auth.ResourcePolicy, { id: apiId, path: "Auth.ResourcePolicy" });
  addResourcePolicy(definition, policy, path, one.stage);
  if (says(policy.CustomStatements)) addCustomStatements(definition, policy.CustomStatements);
}

function checkAuthorizer(authorizer: Json, { event, apiId, path, method }: RestMethod, apiAuth: JsonObject): void {
  const { Authorizers: authorizers, DefaultAuthorizer: fallback } = apiAuth;
  if (says(authorizers)) expectMap(authorizers, { id: apiId, path: "Auth.Authorizers" });
  if (authorizer === "AWS_IAM") return;
  const on = `on API method [${method}] for path [${path}]`;
  if (authorizer === "NONE") {
    if (says(fallback)) return;
    throw new EventMistake(
      event,
      `Unable to set Authorizer ${on} because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
    );
  }
  const refuse = (why: string) =>
    new EventMistake(event, `Unable to set Authorizer [${shown(authorizer)}] ${on}${why}`);
  if (!says(authorizers)) throw refuse(" because the related API does not define any Authorizers.");
  if (typeof authorizer !== "string" || !isObject(authorizers)) {
    throw refuse(". The method authorizer must be a string with a corresponding dict entry in the api authorizer.");
  }
  if (!says(authorizers[authorizer])) throw refuse(" because it wasn't defined in the API's Authorizers.");
}
