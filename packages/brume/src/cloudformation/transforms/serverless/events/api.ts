/** `Api`: a method of a REST API that a function answers. */
import type { Json } from "../../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap, invalidResource, invalidStructure } from "../errors.js";
import type { Expansion, Made } from "../expansion.js";
import { MANAGED } from "../implicit-apis.js";
import { ifElse, sub, withinSub } from "../intrinsics.js";
import {
  INTEGRATION,
  integrate,
  integratedMethods,
  isIntegrated,
  isSwagger,
  normalizeMethod,
  pathPattern,
  setTimeoutMillis,
  skeleton,
} from "../open-api.js";
import { compact, mapOf, says } from "../plain.js";
import { applyAuth, type RestMethod } from "./api-auth.js";
import { addRequestModel, addRequestParameters } from "./api-request.js";
import type { EventKind, FunctionEvent } from "./event.js";
import { makePermission } from "./event.js";

export const api: EventKind = {
  properties: {
    "text!": "Path Method RestApiId",
    text: "Stage ResponseTransferMode",
    map: "Auth RequestModel",
    list: "RequestParameters",
    number: "TimeoutInMillis",
  },
  expand,
};

/** The method that an event of a function or a state machine adds. @throws Mistake */
export function restMethod(name: string, properties: JsonObject, { sources }: Expansion): RestMethod {
  const given = properties.RestApiId;
  const apiId = String(isObject(given) && given.Ref !== undefined ? given.Ref : given);
  const resource = expectMap(
    sources[apiId],
    { id: name, path: "RestApiId", of: "event" },
    "RestApiId property of Api event must reference a valid resource in the same template.",
  );
  const apiProperties = expectMap(resource.Properties ?? {}, { id: apiId, path: "Properties", of: "attribute" });
  const stage = apiProperties.StageName;
  if (stage === "") throw invalidResource(apiId, "StageName cannot be empty.");
  return {
    event: name,
    apiId,
    api: apiProperties,
    path: String(properties.Path),
    method: String(properties.Method).toLowerCase(),
    stage: typeof stage === "string" ? stage : "Stage",
  };
}

function expand(event: FunctionEvent): Made[] {
  const { name, properties, expansion } = event;
  const one = restMethod(name, properties, expansion);
  const { api: target } = one;
  // A mistake leaves the definition as it was: it is told once.
  const definition = structuredClone(target.DefinitionBody);
  if (says(target[MANAGED]) && definition !== undefined) {
    addTo(definition, event, one);
    target.DefinitionBody = definition;
  } else if (says(target.MergeDefinitions) && definition !== undefined) mergeInto(target, event, one);
  const auth = mapOf(properties.Auth);
  if (says(target.DefinitionBody) && says(auth.OverrideApiAuth)) {
    if (!says(auth.Authorizer) && !says(auth.ApiKeyRequired) && !says(auth.ResourcePolicy)) {
      throw new EventMistake(
        name,
        "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.",
      );
    }
    applyAuth(mapOf(target.DefinitionBody), auth, one, expansion.known);
  }
  return [permission(event, one)];
}

function permission(event: FunctionEvent, { path, method, stage }: RestMethod): Made {
  const { properties, expansion } = event;
  const verb = method === "any" ? "*" : method.toUpperCase();
  // API Gateway drops a slash at the end of a path.
  const pattern = pathPattern(path.replace(/^(.+)\/$/, "$1"));
  const { partition } = expansion.scope;
  const arn = `arn:${partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/\${__Stage__}/${verb}${pattern}`;
  return makePermission(event, {
    principal: "apigateway.amazonaws.com",
    sourceArn: sub(arn, compact({ __ApiId__: properties.RestApiId, __Stage__: "*" })),
    suffix: stage,
  });
}

/** The URI of an integration that invokes a function. */
export function invocationUri(partition: string, functionArn: JsonObject, streams = false): JsonObject {
  const [version, call] = streams ? ["2021-11-15", "response-streaming-invocations"] : ["2015-03-31", "invocations"];
  const path = `lambda:path/${version}/functions/${withinSub(functionArn)}/${call}`;
  return sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`);
}

/** A definition with the event's method alone goes over the one that the template has. */
function mergeInto(target: JsonObject, event: FunctionEvent, one: RestMethod): void {
  const generated = skeleton("swagger");
  addTo(generated, event, one);
  const definition = mapOf(target.DefinitionBody);
  definition.paths ??= {};
  const paths = mapOf(definition.paths);
  paths[one.path] ??= {};
  const item = mapOf(paths[one.path]);
  const method = mapOf(mapOf(mapOf(generated.paths)[one.path])[normalizeMethod(one.method)]);
  item[one.method] = { ...mapOf(item[one.method]), ...method };
}

function addTo(definition: Json, event: FunctionEvent, one: RestMethod): void {
  if (!isSwagger(definition)) {
    throw invalidStructure(
      "Invalid Swagger document or the Swagger document is not explicitly defined in 'DefinitionBody'.",
    );
  }
  const { name, properties, target, expansion } = event;
  const { path, method } = one;
  if (isIntegrated(definition, path, method)) {
    throw new EventMistake(name, `API method "${method}" defined multiple times for path "${path}".`);
  }
  const auth = expectMap(properties.Auth ?? {}, { id: name, path: "Auth", of: "event" });
  const apiAuth = expectMap(one.api.Auth ?? {}, { id: one.apiId, path: "Auth" });
  const { Condition: condition } = target.shared;
  const streams = properties.ResponseTransferMode === "RESPONSE_STREAM";
  const uri = invocationUri(expansion.scope.partition, target.arn, streams);
  const integration = compact({
    type: "aws_proxy",
    httpMethod: "POST",
    uri: condition === undefined ? uri : ifElse(condition, uri),
    responseTransferMode: streams ? "STREAM" : undefined,
    credentials: credentials(auth, apiAuth, expansion.scope.partition),
  });
  integrate(definition, path, method, integration, {}, condition);
  if (says(auth)) applyAuth(definition, auth, one, expansion.known);
  if (says(properties.TimeoutInMillis)) setTimeoutMillis(definition, path, method, properties.TimeoutInMillis);
  if (says(properties.RequestModel)) addRequestModel(definition, properties.RequestModel, one);
  if (says(properties.RequestParameters)) {
    const parameters = addRequestParameters(definition, properties.RequestParameters, one);
    for (const integrated of integratedMethods(definition, path, method)) {
      const cached = parameters.filter(({ cached: is }) => is).map(({ name: parameter }) => parameter);
      if (cached.length > 0) mapOf(integrated[INTEGRATION]).cacheKeyParameters = cached;
    }
  }
}

/** With IAM, a method's integration is called by the caller, unless a role is named. */
function credentials(auth: JsonObject, apiAuth: JsonObject, partition: string): Json | undefined {
  const byIam = auth.Authorizer === "AWS_IAM" || (apiAuth.DefaultAuthorizer === "AWS_IAM" && !says(auth));
  if (!byIam) return undefined;
  const roleOf = (one: JsonObject) =>
    one.InvokeRole === undefined ? undefined : says(one.InvokeRole) ? one.InvokeRole : "NONE";
  const role = roleOf(auth) ?? roleOf(apiAuth) ?? "CALLER_CREDENTIALS";
  if (role === "NONE") return undefined;
  return role === "CALLER_CREDENTIALS" ? `arn:${partition}:iam::*:user/*` : role;
}
