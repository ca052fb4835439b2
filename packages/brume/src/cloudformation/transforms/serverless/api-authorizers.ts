/** The authorizers of REST APIs: Cognito user pools, Lambda functions and IAM. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { expectFlag, expectList, expectMap, expectTexts, invalidResource } from "./errors.js";
import { type Made, make, type Source } from "./expansion.js";
import { ref, sub } from "./intrinsics.js";
import { compact, listOf, mapOf, says } from "./plain.js";

const EXTENSION = "x-amazon-apigateway-authorizer";

/** Where a request authorizer finds what identifies a caller, by the `Identity` member. */
const IDENTITY: Readonly<Record<string, string>> = {
  Headers: "method.request.header.",
  QueryStrings: "method.request.querystring.",
  StageVariables: "stageVariables.",
  Context: "context.",
};

/** An API's authorizers by name, checked. @throws Mistake */
export function readAuthorizers(id: string, authorizers: Json | undefined): Readonly<Record<string, JsonObject>> {
  if (!says(authorizers)) return {};
  const checked: Record<string, JsonObject> = {};
  for (const [name, value] of Object.entries(expectMap(authorizers, { id, path: "Auth.Authorizers" }))) {
    const authorizer = expectMap(value, { id, path: `Auth.Authorizers.${name}` });
    check(id, name, authorizer);
    checked[name] = authorizer;
  }
  return checked;
}

function check(id: string, name: string, authorizer: JsonObject): void {
  const { FunctionPayloadType: payload, Identity: identity } = authorizer;
  if (payload !== undefined && payload !== "TOKEN" && payload !== "REQUEST") {
    throw invalidResource(id, `${name} Authorizer has invalid 'FunctionPayloadType': ${String(payload)}.`);
  }
  if (payload === "REQUEST" && !identifies(id, name, identity)) {
    throw invalidResource(
      id,
      `${name} Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or Context.`,
    );
  }
  if (authorizer.AuthorizationScopes !== undefined) {
    expectList(authorizer.AuthorizationScopes, { id, path: `Authorizers.${name}.AuthorizationScopes` });
  }
  if (authorizer.DisableFunctionDefaultPermissions !== undefined) {
    const path = `Authorizers.${name}.DisableFunctionDefaultPermissions`;
    expectFlag(authorizer.DisableFunctionDefaultPermissions, { id, path });
  }
}

/** Whether there is an identity source, which is needed wherever answers are cached. */
function identifies(id: string, name: string, identity: Json | undefined): boolean {
  if (!says(identity)) return false;
  const given = expectMap(identity, { id, path: `Authorizer.${name}.Identity` });
  if (Object.keys(IDENTITY).some((member) => says(given[member]))) return true;
  const seconds = given.ReauthorizeEvery;
  return seconds !== undefined && Number.isInteger(Number(seconds)) && Number(seconds) <= 0;
}

/** The scheme of an authorizer in a definition. @throws Mistake */
export function authorizerScheme(id: string, name: string, authorizer: JsonObject, partition: string): JsonObject {
  const { Identity: identity } = authorizer;
  if (says(identity) && !isObject(identity)) {
    throw invalidResource(
      id,
      "Auth.Authorizers.<Authorizer>.Identity must be a dict (LambdaTokenAuthorizationIdentity, LambdaRequestAuthorizationIdentity or CognitoAuthorizationIdentity).",
    );
  }
  const byRequest = !says(authorizer.UserPoolArn) && authorizer.FunctionPayloadType === "REQUEST";
  const { Header: header, ValidationExpression: expression } = mapOf(identity);
  const scheme = (type: string, extension: JsonObject): JsonObject => ({
    type: "apiKey",
    name: byRequest ? "Unused" : says(header) ? header : "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": type,
    [EXTENSION]: compact({
      ...extension,
      identityValidationExpression: !byRequest && says(expression) ? expression : undefined,
    }),
  });
  if (says(authorizer.UserPoolArn)) {
    return scheme("cognito_user_pools", {
      type: "cognito_user_pools",
      providerARNs: listOf(authorizer.UserPoolArn),
    });
  }
  return scheme("custom", lambdaExtension(id, name, authorizer, partition, byRequest));
}

function lambdaExtension(
  id: string,
  name: string,
  authorizer: JsonObject,
  partition: string,
  byRequest: boolean,
): JsonObject {
  const { FunctionArn: arn, FunctionInvokeRole: role } = authorizer;
  const identity = mapOf(authorizer.Identity);
  const path = "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
  const source = byRequest ? identitySource(id, name, identity) : "";
  return compact({
    type: byRequest ? "request" : "token",
    authorizerUri: sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`, compact({ __FunctionArn__: arn })),
    authorizerResultTtlInSeconds: identity.ReauthorizeEvery,
    authorizerCredentials: says(role) && role !== "NONE" ? role : undefined,
    identitySource: source === "" ? undefined : source,
  });
}

function identitySource(id: string, name: string, identity: JsonObject): string {
  return Object.entries(IDENTITY)
    .flatMap(([member, prefix]) => {
      if (!says(identity[member])) return [];
      const names = expectTexts(identity[member], { id, path: `Auth.Authorizers.${name}.Identity.${member}` });
      return names.map((one) => prefix + one);
    })
    .join(", ");
}

/** Lets API Gateway invoke the functions that authorize an API's calls. */
export function authorizerPermissions(
  { id, shared }: Source,
  authorizers: Readonly<Record<string, JsonObject>>,
  partition: string,
): Made[] {
  return Object.entries(authorizers).flatMap(([name, authorizer]) => {
    const { FunctionArn: arn, DisableFunctionDefaultPermissions: disabled } = authorizer;
    if (!says(arn) || says(disabled)) return [];
    return [makeAuthorizerPermission(`${id}${name}AuthorizerPermission`, arn, id, partition, shared)];
  });
}

/** Lets an API's authorizers invoke a function. */
export function makeAuthorizerPermission(
  id: string,
  functionArn: Json,
  apiId: string,
  partition: string,
  shared: JsonObject,
): Made {
  const arn = `arn:${partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/authorizers/*`;
  return make(
    id,
    "AWS::Lambda::Permission",
    {
      Action: "lambda:InvokeFunction",
      FunctionName: functionArn,
      Principal: "apigateway.amazonaws.com",
      SourceArn: sub(arn, { __ApiId__: ref(apiId) }),
    },
    shared,
  );
}
