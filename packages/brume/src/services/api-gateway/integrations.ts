/** Integrations: what a method's requests are handed to, and what their answers become. */
import type { Integration } from "@aws-sdk/client-api-gateway";
import type { Handler } from "../../kernel/service.js";
import { patched, type Rules } from "./patch.js";
import { badRequest, defined, getMethod, type Method, notFound, putMethodRow } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const TYPES = ["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"];
const DEFAULT_TIMEOUT_MS = 29_000;

export const putIntegration: Handler<Sdk, "PutIntegration"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const { restApiId = "", resourceId, httpMethod: _, integrationHttpMethod, ...given } = input;
  const integration: Integration = defined({
    passthroughBehavior: "WHEN_NO_MATCH" as string | undefined,
    timeoutInMillis: DEFAULT_TIMEOUT_MS,
    cacheNamespace: resourceId,
    cacheKeyParameters: [],
    ...defined(given),
    httpMethod: integrationHttpMethod,
  });
  check(integration);
  // Responses of an integration that was there before do not outlive it.
  putMethodRow(ctx, restApiId, resource, { ...method, methodIntegration: integration });
  return integration;
};

function check({
  type,
  uri = "",
  httpMethod,
  timeoutInMillis = DEFAULT_TIMEOUT_MS,
  passthroughBehavior = "",
}: Integration): void {
  if (!TYPES.includes(type ?? "")) {
    throw badRequest(
      `1 validation error detected: Value '${type}' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [${TYPES.join(", ")}]`,
    );
  }
  if (!["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"].includes(passthroughBehavior)) {
    throw badRequest(
      "Invalid passthrough behavior specified. Valid options are 'WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', and 'NEVER'.",
    );
  }
  // Differs from AWS: longer timeouts are taken without a raised quota.
  if (timeoutInMillis < 50 || timeoutInMillis > 300_000)
    throw badRequest("Timeout should be between 50 ms and 29000 ms");
  if (type === "MOCK") return;
  if (!httpMethod) throw badRequest("Enumeration value for HttpMethod must be non-empty");
  if (type?.startsWith("HTTP") && !/^https?:\/\/[^/]/.test(uri))
    throw badRequest("Invalid HTTP endpoint specified for URI");
  if (type?.startsWith("AWS") && !/^arn:[^:]+:apigateway:[^:]+:[^:]+:(path|action)\/./.test(uri)) {
    throw badRequest("Invalid ARN specified in the request");
  }
}

function integrationOf(method: Method): Integration {
  if (!method.methodIntegration) throw notFound("Invalid Integration identifier specified");
  return method.methodIntegration;
}

export const getIntegration: Handler<Sdk, "GetIntegration"> = (input, ctx) =>
  integrationOf(getMethod(ctx, input).method);

const RULES: Rules = {
  "/type": "text",
  "/httpMethod": "text",
  "/uri": "text",
  "/credentials": "text",
  "/connectionType": "text",
  "/connectionId": "text",
  "/passthroughBehavior": "text",
  "/contentHandling": "text",
  "/timeoutInMillis": "number",
  "/cacheNamespace": "text",
  "/cacheKeyParameters/{}": "list",
  "/requestParameters/{}": "text",
  "/requestTemplates/{}": "text",
  "/tlsConfig/insecureSkipVerification": "boolean",
  "/responseTransferMode": "text",
};

export const updateIntegration: Handler<Sdk, "UpdateIntegration"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const integration = patched(integrationOf(method), input.patchOperations, RULES);
  check(integration);
  putMethodRow(ctx, input.restApiId as string, resource, { ...method, methodIntegration: integration });
  return integration;
};

export const deleteIntegration: Handler<Sdk, "DeleteIntegration"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  integrationOf(method);
  const { methodIntegration: _, ...rest } = method;
  putMethodRow(ctx, input.restApiId as string, resource, rest);
  return {};
};

export const putIntegrationResponse: Handler<Sdk, "PutIntegrationResponse"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const integration = integrationOf(method);
  const { statusCode = "", selectionPattern, responseParameters, responseTemplates, contentHandling } = input;
  if (!method.methodResponses?.[statusCode]) throw notFound("Invalid Response status code specified");
  const response = defined({ statusCode, selectionPattern, responseParameters, responseTemplates, contentHandling });
  const integrationResponses = { ...integration.integrationResponses, [statusCode]: response };
  putMethodRow(ctx, input.restApiId as string, resource, {
    ...method,
    methodIntegration: { ...integration, integrationResponses },
  });
  return response;
};

function responseOf(method: Method, statusCode: string | undefined) {
  const response = integrationOf(method).integrationResponses?.[statusCode ?? ""];
  if (!response) throw notFound("Invalid Response status code specified");
  return response;
}

export const getIntegrationResponse: Handler<Sdk, "GetIntegrationResponse"> = (input, ctx) =>
  responseOf(getMethod(ctx, input).method, input.statusCode);

export const updateIntegrationResponse: Handler<Sdk, "UpdateIntegrationResponse"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  const response = patched(responseOf(method, input.statusCode), input.patchOperations, {
    "/selectionPattern": "text",
    "/contentHandling": "text",
    "/responseParameters/{}": "text",
    "/responseTemplates/{}": "text",
  });
  const integration = integrationOf(method);
  const integrationResponses = { ...integration.integrationResponses, [input.statusCode as string]: response };
  putMethodRow(ctx, input.restApiId as string, resource, {
    ...method,
    methodIntegration: { ...integration, integrationResponses },
  });
  return response;
};

export const deleteIntegrationResponse: Handler<Sdk, "DeleteIntegrationResponse"> = (input, ctx) => {
  const { resource, method } = getMethod(ctx, input);
  responseOf(method, input.statusCode);
  const integration = integrationOf(method);
  const { [input.statusCode as string]: _, ...integrationResponses } = integration.integrationResponses ?? {};
  putMethodRow(ctx, input.restApiId as string, resource, {
    ...method,
    methodIntegration: { ...integration, integrationResponses },
  });
  return {};
};
