/** Methods and their responses. */

import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { patched, type Rules } from "./patch.js";
import {
  authorizers,
  badRequest,
  conflict,
  defined,
  getMethod,
  getResource,
  getRow,
  type Method,
  models,
  notFound,
  putMethodRow,
  resources,
  validators,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const VERBS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "ANY"];
const AUTHORIZATION_TYPES = ["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"];

export const putMethod: Handler<Sdk, "PutMethod"> = (input, ctx) => {
  const resource = getResource(ctx, input.restApiId, input.resourceId);
  const { restApiId = "", resourceId: _, ...given } = input;
  const httpMethod = (input.httpMethod ?? "").toUpperCase();
  if (!VERBS.includes(httpMethod)) throw badRequest(`Invalid HTTP method specified: ${input.httpMethod}`);
  if (resource.resourceMethods[httpMethod]) throw conflict("Method already exists for this resource");
  const method = defined({ apiKeyRequired: false, ...given, httpMethod }) as Method;
  check(ctx, restApiId, method);
  putMethodRow(ctx, restApiId, resource, method);
  return method;
};

function check(ctx: Context, api: string, method: Method): void {
  const type = method.authorizationType ?? "";
  if (!AUTHORIZATION_TYPES.includes(type)) {
    throw badRequest(
      "Invalid authorization type specified. Valid options are 'NONE', 'AWS_IAM', 'CUSTOM', and 'COGNITO_USER_POOLS'.",
    );
  }
  if (type === "CUSTOM" || type === "COGNITO_USER_POOLS") {
    if (!method.authorizerId || !ctx.table(authorizers).get(api, method.authorizerId))
      throw badRequest(
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
      );
  }
  if (method.requestValidatorId) {
    if (!ctx.table(validators).get(api, method.requestValidatorId))
      throw badRequest("Invalid Request Validator identifier specified");
  }
  for (const name of Object.values(method.requestModels ?? {})) {
    if (!ctx.table(models).get(api, name)) throw badRequest(`Invalid model identifier specified: ${name}`);
  }
  for (const name of Object.keys(method.requestParameters ?? {})) {
    if (!/^method\.request\.(path|querystring|header|multivaluequerystring|multivalueheader)\.[^\s]+$/.test(name)) {
      throw badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${name}]`,
      );
    }
  }
}

export const getMethodHandler: Handler<Sdk, "GetMethod"> = (input, ctx) => getMethod(ctx, input).method;

const RULES: Rules = {
  "/apiKeyRequired": "boolean",
  "/authorizationType": "text",
  "/authorizerId": "text",
  "/operationName": "text",
  "/requestValidatorId": "text",
  "/authorizationScopes": "list",
  "/requestParameters/{}": "boolean",
  "/requestModels/{}": "text",
};

export const updateMethod: Handler<Sdk, "UpdateMethod"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const after = patched(method, input.patchOperations, RULES);
  check(ctx, input.restApiId as string, after);
  putMethodRow(ctx, input.restApiId as string, resource, after);
  return after;
};

export const deleteMethod: Handler<Sdk, "DeleteMethod"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const { [method.httpMethod]: _, ...resourceMethods } = resource.resourceMethods;
  ctx.table(resources).put([input.restApiId as string, resource.id], { ...resource, resourceMethods });
  return {};
};

const statusOf = (statusCode: string | undefined): string => {
  if (!/^[1-5]\d\d$/.test(statusCode ?? "")) throw badRequest("Invalid status code specified");
  return statusCode as string;
};

export const putMethodResponse: Handler<Sdk, "PutMethodResponse"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const statusCode = statusOf(input.statusCode);
  if (method.methodResponses?.[statusCode]) throw conflict("Response already exists for this resource");
  const api = input.restApiId as string;
  for (const name of Object.values(input.responseModels ?? {})) {
    getRow(ctx, models, `Invalid model identifier specified: ${name}`, api, name);
  }
  const { responseParameters, responseModels } = input;
  const response = defined({ statusCode, responseParameters, responseModels });
  const methodResponses = { ...method.methodResponses, [statusCode]: response };
  putMethodRow(ctx, api, resource, { ...method, methodResponses });
  return response;
};

function responseOf(method: Method, statusCode: string | undefined) {
  const response = method.methodResponses?.[statusCode ?? ""];
  if (!response) throw notFound("Invalid Response status code specified");
  return response;
}

export const getMethodResponse: Handler<Sdk, "GetMethodResponse"> = (input, ctx) =>
  responseOf(getMethod(ctx, input).method, input.statusCode);

export const updateMethodResponse: Handler<Sdk, "UpdateMethodResponse"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const rules: Rules = { "/responseParameters/{}": "boolean", "/responseModels/{}": "text" };
  const response = patched(responseOf(method, input.statusCode), input.patchOperations, rules);
  const methodResponses = { ...method.methodResponses, [input.statusCode as string]: response };
  putMethodRow(ctx, input.restApiId as string, resource, { ...method, methodResponses });
  return response;
};

export const deleteMethodResponse: Handler<Sdk, "DeleteMethodResponse"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  responseOf(method, input.statusCode);
  const { [input.statusCode as string]: _, ...methodResponses } = method.methodResponses ?? {};
  putMethodRow(ctx, input.restApiId as string, resource, { ...method, methodResponses });
  return {};
};
