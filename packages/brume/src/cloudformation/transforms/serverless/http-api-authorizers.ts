/** The authorizers of HTTP APIs: JSON web tokens, Lambda functions and IAM. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { expectFlag, expectMap, expectTexts, invalidResource, invalidStructure } from "./errors.js";
import { sub } from "./intrinsics.js";
import { hasIntegration, methodAlternatives, pathItems, pathsOf } from "./open-api.js";
import { compact, says } from "./plain.js";

const EXTENSION = "x-amazon-apigateway-authorizer";

export interface HttpAuthorizer {
  /** Its scheme in a definition. */
  readonly scheme: JsonObject;
  readonly scopes: Json;
  /** The function that needs a permission to be invoked by the API. */
  readonly functionArn?: Json | undefined;
}

/** Which members belong to which kind of authorizer, and how the mistake calls the kind. */
const TOKEN_MEMBERS: Readonly<Record<string, string>> = {
  AuthorizationScopes: "OAuth2 Authorizer",
  JwtConfiguration: "OAuth2 Authorizer",
  IdentitySource: "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead",
};
const FUNCTION_MEMBERS = [
  "FunctionArn",
  "FunctionInvokeRole",
  "Identity",
  "AuthorizerPayloadFormatVersion",
  "EnableSimpleResponses",
  "EnableFunctionDefaultPermissions",
];

const IDENTITY: readonly (readonly [prefix: string, member: string])[] = [
  ["$request.header.", "Headers"],
  ["$request.querystring.", "QueryStrings"],
  ["$stageVariables.", "StageVariables"],
  ["$context.", "Context"],
];

/** An API's authorizers by name. @throws Mistake */
export function readHttpAuthorizers(id: string, auth: JsonObject, partition: string): Record<string, HttpAuthorizer> {
  const read: Record<string, HttpAuthorizer> = {};
  if (auth.EnableIamAuthorizer === true) {
    const iam = { type: "apiKey", name: "Authorization", in: "header", "x-amazon-apigateway-authtype": "awsSigv4" };
    read.AWS_IAM = { scheme: iam, scopes: [] };
  }
  if (!says(auth.Authorizers)) return read;
  for (const [name, value] of Object.entries(expectMap(auth.Authorizers, { id, path: "Auth.Authorizers" }))) {
    const authorizer = expectMap(value, { id, path: `Auth.Authorizers.${name}` });
    if (authorizer.OpenIdConnectUrl !== undefined) {
      throw invalidResource(
        id,
        `'OpenIdConnectUrl' is no longer a supported property for authorizer '${name}'. Please refer to the AWS SAM documentation.`,
      );
    }
    const scopes = authorizer.AuthorizationScopes;
    if (scopes !== undefined && !Array.isArray(scopes)) {
      throw invalidResource(id, "AuthorizationScopes must be a list.");
    }
    const byToken = says(authorizer.JwtConfiguration);
    checkMembers(id, authorizer, byToken);
    const scheme = byToken ? tokenScheme(id, name, authorizer) : functionScheme(id, name, authorizer, partition);
    const permitted = says(authorizer.EnableFunctionDefaultPermissions);
    read[name] = { scheme, scopes: scopes ?? [], functionArn: permitted ? authorizer.FunctionArn : undefined };
  }
  return read;
}

function checkMembers(id: string, authorizer: JsonObject, byToken: boolean): void {
  for (const name of [...Object.keys(TOKEN_MEMBERS), ...FUNCTION_MEMBERS]) {
    const ofToken = TOKEN_MEMBERS[name];
    if (authorizer[name] === undefined || (ofToken !== undefined) === byToken) continue;
    throw invalidResource(id, `${name} is only supported for ${ofToken ?? "Lambda Authorizer"}.`);
  }
}

function tokenScheme(id: string, name: string, authorizer: JsonObject): JsonObject {
  const configuration = expectMap(authorizer.JwtConfiguration, { id, path: "JwtConfiguration" });
  if (!says(authorizer.IdentitySource)) {
    throw invalidResource(id, `${name} OAuth2 Authorizer must define 'IdentitySource'.`);
  }
  const lower = Object.fromEntries(Object.entries(configuration).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    type: "oauth2",
    [EXTENSION]: { jwtConfiguration: lower, identitySource: authorizer.IdentitySource, type: "jwt" },
  };
}

function functionScheme(id: string, name: string, authorizer: JsonObject, partition: string): JsonObject {
  const { FunctionArn: arn, FunctionInvokeRole: role, AuthorizerPayloadFormatVersion: version } = authorizer;
  if (!says(arn)) throw invalidResource(id, `${name} Lambda Authorizer must define 'FunctionArn'.`);
  if (!says(version)) {
    throw invalidResource(id, `${name} Lambda Authorizer must define 'AuthorizerPayloadFormatVersion'.`);
  }
  if (authorizer.EnableFunctionDefaultPermissions !== undefined) {
    const path = `Authorizers.${name}.EnableFunctionDefaultPermissions`;
    expectFlag(authorizer.EnableFunctionDefaultPermissions, { id, path });
  }
  const path = "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
  return {
    type: "apiKey",
    name: "Unused",
    in: "header",
    [EXTENSION]: compact({
      type: "request",
      authorizerUri: sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`, { __FunctionArn__: arn }),
      authorizerCredentials: says(role) && role !== "NONE" ? role : undefined,
      ...identity(id, name, authorizer.Identity),
      authorizerPayloadFormatVersion: version,
      enableSimpleResponses: says(authorizer.EnableSimpleResponses) ? authorizer.EnableSimpleResponses : undefined,
    }),
  };
}

function identity(id: string, name: string, given: Json | undefined): JsonObject {
  if (!says(given)) return {};
  const members = expectMap(given, { id, path: `Auth.Authorizers.${name}.Identity` });
  const sources = IDENTITY.flatMap(([prefix, member]) => {
    if (!says(members[member])) return [];
    const path = `Authorizers.${name}.Identity.${member}`;
    return expectTexts(members[member], { id, path }).map((one) => prefix + one);
  });
  return compact({ authorizerResultTtlInSeconds: members.ReauthorizeEvery, identitySource: sources });
}

/** Requires an authorizer of all routes that say nothing of their own; in place. */
export function requireDefault(definition: JsonObject, name: string, scopes: Json): void {
  for (const path of Object.keys(pathsOf(definition))) {
    for (const item of pathItems(definition, path)) {
      for (const [method, value] of Object.entries(item)) {
        if (method === "parameters" || method.toLowerCase() === "options") continue;
        for (const one of methodAlternatives(value, path, method)) {
          if (!isObject(one)) throw invalidStructure(`Could not find ${method} in ${path} within DefinitionBody.`);
          if (hasIntegration(one) && !says(one.security)) one.security = [{ [name]: structuredClone(scopes) }];
        }
      }
    }
  }
}
