/** `Auth` of an event that is a route of an HTTP API. */
import type { Json } from "../../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap, invalidStructure } from "../errors.js";
import { integratedMethods } from "../open-api.js";
import { listOf, mapOf, says, shown } from "../plain.js";

/** One route of an HTTP API, as an event says it. */
export interface Route {
  /** The event's name. */
  readonly event: string;
  readonly apiId: string;
  /** The API's properties as written. */
  readonly api: JsonObject;
  readonly path: string;
  readonly method: string;
}

/** Applies an event's `Auth` to its route in a definition; in place. @throws Mistake */
export function applyRouteAuth(definition: JsonObject, auth: JsonObject, route: Route): void {
  const { event, apiId, api, path, method } = route;
  const apiAuth = expectMap(api.Auth ?? {}, { id: apiId, path: "Auth" });
  const authorizer = says(auth.Authorizer) ? auth.Authorizer : apiAuth.DefaultAuthorizer;
  if (!says(authorizer)) {
    throw new EventMistake(
      event,
      "'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured on the HttpApi.",
    );
  }
  checkAuthorizer(authorizer, apiAuth, route);
  const scopes = auth.AuthorizationScopes;
  if (says(scopes) && !Array.isArray(scopes)) {
    throw new EventMistake(
      event,
      `Unable to set Authorizer on API method [${method}] for path [${path}] because 'AuthorizationScopes' must be a list of strings.`,
    );
  }
  const name = String(authorizer);
  for (const one of integratedMethods(definition, path, method)) {
    const requirement: JsonObject = { [name]: scopesOf(name, mapOf(apiAuth.Authorizers), scopes) };
    if (one.security !== undefined && !Array.isArray(one.security)) {
      throw invalidStructure(`Type of security for path ${path} method ${method} must be a list`);
    }
    one.security = [...listOf(one.security), requirement];
  }
}

function scopesOf(name: string, authorizers: JsonObject, scopes: Json | undefined): Json {
  if (name === "NONE" || name === "AWS_IAM") return [];
  const authorizer = authorizers[name];
  if (!isObject(authorizer)) throw invalidStructure(`Type of authorizer '${name}' must be a dictionary`);
  const own = says(scopes) ? scopes : authorizer.AuthorizationScopes;
  return says(own) ? own : [];
}

function checkAuthorizer(authorizer: Json, apiAuth: JsonObject, { event, path, method }: Route): void {
  const { Authorizers: given, DefaultAuthorizer: fallback, EnableIamAuthorizer: withIam } = apiAuth;
  const authorizers = says(apiAuth) ? given : {};
  const on = `on API method [${method}] for path [${path}]`;
  if (authorizer === "NONE") {
    if (says(fallback)) return;
    throw new EventMistake(
      event,
      `Unable to set Authorizer ${on} because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
    );
  }
  if (authorizer === "AWS_IAM" && withIam === true) return;
  const refuse = (why: string) =>
    new EventMistake(event, `Unable to set Authorizer [${shown(authorizer)}] ${on}${why}`);
  if (typeof authorizer !== "string" || !isObject(authorizers)) {
    throw refuse(". The method authorizer must be a string with a corresponding dict entry in the api authorizer.");
  }
  if (!says(authorizers)) throw refuse(" because the related API does not define any Authorizers.");
  if (!says(authorizers[authorizer])) throw refuse(" because it wasn't defined in the API's Authorizers.");
}
