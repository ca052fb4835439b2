/** `HttpApi`: a route of an HTTP API that a function answers. */
import type { Json } from "../../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap, invalidResource } from "../errors.js";
import type { Made } from "../expansion.js";
import { MANAGED } from "../implicit-apis.js";
import { ifElse, sub } from "../intrinsics.js";
import {
  ANY_METHOD,
  alternatives,
  DEFAULT_PATH,
  INTEGRATION,
  integrate,
  integratedMethods,
  isIntegrated,
  isOpenApi,
  pathPattern,
  setTimeoutMillis,
} from "../open-api.js";
import { compact, listOf, mapOf, says } from "../plain.js";
import { invocationUri } from "./api.js";
import type { EventKind, FunctionEvent } from "./event.js";
import { makePermission } from "./event.js";
import { applyRouteAuth, type Route } from "./http-api-auth.js";

export const httpApi: EventKind = {
  properties: {
    text: "Path Method ApiId Stage PayloadFormatVersion",
    map: "Auth RouteSettings",
    number: "TimeoutInMillis",
  },
  expand,
};

function expand(event: FunctionEvent): Made[] {
  const { name, properties, expansion } = event;
  const apiId = String(isObject(properties.ApiId) ? properties.ApiId.Ref : properties.ApiId);
  const route: Route = {
    event: name,
    apiId,
    api: mapOf(mapOf(expansion.sources[apiId]).Properties),
    path: String(properties.Path),
    method: String(properties.Method).toLowerCase(),
  };
  const definition = route.api.DefinitionBody;
  if (says(definition) && !isOpenApi(definition)) {
    throw invalidResource(
      apiId,
      "Structure of the SAM template is invalid. Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in 'DefinitionBody'.",
    );
  }
  const permitted = isDefaultOf(mapOf(definition), event.target.id) && route.path !== DEFAULT_PATH;
  const made = permitted ? [] : [permission(event, route)];
  if (isOpenApi(definition)) {
    // A mistake leaves the definition as it was: it is told once.
    const copy = structuredClone(definition);
    addTo(copy, event, route);
    route.api.DefinitionBody = copy;
  }
  return made;
}

/** Whether a function already answers all routes that no other does: its permission is enough for any. */
function isDefaultOf(definition: JsonObject, functionId: string): boolean {
  if (!isIntegrated(definition, DEFAULT_PATH, ANY_METHOD)) return false;
  const uris = integratedMethods(definition, DEFAULT_PATH, ANY_METHOD).map((method) => mapOf(method[INTEGRATION]).uri);
  return uris.every(
    (uri) =>
      isObject(uri) &&
      alternatives(uri).every((one) => {
        const text = mapOf(one)["Fn::Sub"];
        return typeof text === "string" && /([A-Za-z0-9]+)\.Arn/.exec(text)?.[1] === functionId;
      }),
  );
}

function permission(event: FunctionEvent, { path, method }: Route): Made {
  const stripped = path.replace(/^(.+)\/$/, "$1");
  const pattern = stripped === DEFAULT_PATH ? "" : pathPattern(stripped);
  const verb = method === "any" || method === ANY_METHOD ? "*" : method.toUpperCase();
  const route = method === "any" && pattern === `/${DEFAULT_PATH}` ? pattern : `/${verb}${pattern}`;
  const place = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}";
  return makePermission(event, {
    principal: "apigateway.amazonaws.com",
    sourceArn: sub(
      `${place}:\${__ApiId__}/\${__Stage__}${route}`,
      compact({ __ApiId__: event.properties.ApiId, __Stage__: "*" }),
    ),
  });
}

function addTo(definition: JsonObject, event: FunctionEvent, route: Route): void {
  const { name, properties, target } = event;
  const { api, path, method } = route;
  const present = isIntegrated(definition, path, method);
  if (present && says(api[MANAGED])) {
    throw new EventMistake(name, `API method '${method}' defined multiple times for path '${path}'.`);
  }
  if (!present) {
    const { Condition: condition } = target.shared;
    const uri = invocationUri("${AWS::Partition}", target.arn);
    const integration: JsonObject = {
      type: "aws_proxy",
      httpMethod: "POST",
      payloadFormatVersion: "2.0",
      uri: condition === undefined ? uri : ifElse(condition, uri),
    };
    integrate(definition, path, method, integration, {}, condition);
    if (path === DEFAULT_PATH && method === ANY_METHOD) {
      for (const one of integratedMethods(definition, path, method)) one.isDefaultRoute = true;
    }
  }
  if (says(properties.Auth)) {
    applyRouteAuth(definition, expectMap(properties.Auth, { id: name, path: "Auth", of: "event" }), route);
  }
  if (says(properties.TimeoutInMillis)) setTimeoutMillis(definition, path, method, properties.TimeoutInMillis);
  addPathParameters(definition, path, method);
  if (!says(properties.PayloadFormatVersion)) return;
  for (const one of integratedMethods(definition, path, method)) {
    mapOf(one[INTEGRATION]).payloadFormatVersion = properties.PayloadFormatVersion;
  }
}

function addPathParameters(definition: JsonObject, path: string, method: string): void {
  const names = [...path.matchAll(/\{(.*?)\}/g)].map(([, name = ""]) => name);
  if (names.length === 0) return;
  for (const one of integratedMethods(definition, path, method)) {
    const parameters: Json[] = listOf(one.parameters);
    for (const name of names) {
      const existing = parameters.find((parameter) => mapOf(parameter).name === name);
      if (isObject(existing)) Object.assign(existing, { in: "path", required: true });
      else parameters.push({ name, in: "path", required: true });
    }
    one.parameters = parameters;
  }
}
