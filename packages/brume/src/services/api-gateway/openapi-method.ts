/** One operation of an OpenAPI document as a method with its integration. */
import type { Integration, IntegrationResponse } from "@aws-sdk/client-api-gateway";
import { badRequest, defined, type Method } from "./tables.js";

type Tree = Record<string, unknown>;

export interface Operation extends Tree {
  operationId?: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: { $ref?: string } }> };
  responses?: Record<string, Tree>;
}

interface Parameter {
  name?: string;
  in?: string;
  required?: boolean;
  schema?: { $ref?: string };
}

/** The ids of what the document names. */
export interface Ids {
  readonly validatorIds: ReadonlyMap<string, string>;
  readonly authorizerIds: ReadonlyMap<string, string>;
}

const PARAMETER_PLACES: Readonly<Record<string, string>> = { path: "path", query: "querystring", header: "header" };

const modelName = (schema: { $ref?: string } | undefined) => schema?.$ref?.split("/").at(-1);

/** The method of an operation. `item` is the path that it stands under, `document` the whole. */
export function methodOf(httpMethod: string, operation: Operation, item: Tree, document: Tree, ids: Ids): Method {
  const parameters = [...((item.parameters ?? []) as Parameter[]), ...(operation.parameters ?? [])];
  const validator =
    operation["x-amazon-apigateway-request-validator"] ?? document["x-amazon-apigateway-request-validator"];
  const requestParameters = Object.fromEntries(
    parameters
      .filter((parameter) => PARAMETER_PLACES[parameter.in ?? ""])
      .map((parameter) => [
        `method.request.${PARAMETER_PLACES[parameter.in as string]}.${parameter.name}`,
        parameter.required === true,
      ]),
  );
  const requestModels = modelsOf(operation, parameters);
  return defined({
    httpMethod,
    apiKeyRequired: false,
    ...securityOf(operation, document, ids),
    operationName: operation.operationId,
    requestValidatorId: typeof validator === "string" ? ids.validatorIds.get(validator) : undefined,
    requestParameters: Object.keys(requestParameters).length > 0 ? requestParameters : undefined,
    requestModels: Object.keys(requestModels).length > 0 ? requestModels : undefined,
    methodResponses: methodResponses(operation),
    methodIntegration: integrationOf(operation["x-amazon-apigateway-integration"] as Tree | undefined, httpMethod),
  });
}

function modelsOf(operation: Operation, parameters: Parameter[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
    const name = modelName(schema);
    if (name) found[type] = name;
  }
  const body = modelName(parameters.find((parameter) => parameter.in === "body")?.schema);
  if (body) found["application/json"] = body;
  return found;
}

function securityOf(operation: Operation, document: Tree, { authorizerIds }: Ids): Partial<Method> {
  const security = operation.security ?? (document.security as Operation["security"]) ?? [];
  const definitions = (document.securityDefinitions ??
    (document.components as Tree | undefined)?.securitySchemes ??
    {}) as Record<string, Tree>;
  const names = security.flatMap((one) => Object.entries(one));
  const authType = (operation["x-amazon-apigateway-auth"] as { type?: string } | undefined)?.type;
  const method: Partial<Method> = { authorizationType: authType?.toUpperCase() === "AWS_IAM" ? "AWS_IAM" : "NONE" };
  for (const [name, scopes] of names) {
    const scheme = definitions[name];
    const authorizerId = authorizerIds.get(name);
    if (authorizerId) {
      const cognito = scheme?.["x-amazon-apigateway-authtype"] === "cognito_user_pools";
      method.authorizationType = cognito ? "COGNITO_USER_POOLS" : "CUSTOM";
      method.authorizerId = authorizerId;
      if (scopes.length > 0) method.authorizationScopes = scopes;
    } else if (scheme?.["x-amazon-apigateway-authtype"] === "awsSigv4") method.authorizationType = "AWS_IAM";
    else if (scheme?.type === "apiKey") method.apiKeyRequired = true;
  }
  return method;
}

function methodResponses(operation: Operation): Method["methodResponses"] {
  const responses = Object.entries(operation.responses ?? {}).filter(([status]) => /^\d{3}$/.test(status));
  return Object.fromEntries(
    responses.map(([statusCode, { headers, schema, content }]) => {
      const responseParameters = Object.fromEntries(
        Object.keys((headers ?? {}) as Tree).map((name) => [`method.response.header.${name}`, false]),
      );
      const contents = Object.entries((content ?? {}) as Record<string, { schema?: { $ref?: string } }>);
      const named = [
        ...contents.map(([type, one]) => [type, modelName(one.schema)]),
        ["application/json", modelName(schema as { $ref?: string } | undefined)],
      ];
      const responseModels = Object.fromEntries(named.filter(([, name]) => name)) as Record<string, string>;
      return [statusCode, { statusCode, responseParameters, responseModels }];
    }),
  );
}

function integrationOf(given: Tree | undefined, httpMethod: string): Integration | undefined {
  if (!given) return undefined;
  const type = String(given.type ?? "").toUpperCase();
  if (!["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"].includes(type)) {
    throw badRequest(`Unable to put integration on '${httpMethod}': Invalid integration type ${String(given.type)}`);
  }
  const responses = Object.entries((given.responses ?? {}) as Record<string, Tree>).map(([pattern, response]) => {
    const statusCode = String(response.statusCode ?? "200");
    const { responseParameters, responseTemplates, contentHandling } = response;
    const selectionPattern = pattern === "default" ? undefined : pattern;
    return [
      statusCode,
      defined({ statusCode, selectionPattern, responseParameters, responseTemplates, contentHandling }),
    ] as const;
  });
  return defined({
    type: type as "MOCK",
    httpMethod: given.httpMethod as string | undefined,
    uri: given.uri as string | undefined,
    credentials: given.credentials as string | undefined,
    passthroughBehavior: String(given.passthroughBehavior ?? "when_no_match").toUpperCase(),
    contentHandling: given.contentHandling as "CONVERT_TO_TEXT" | undefined,
    timeoutInMillis: Number(given.timeoutInMillis ?? 29_000),
    requestParameters: given.requestParameters as Record<string, string> | undefined,
    requestTemplates: given.requestTemplates as Record<string, string> | undefined,
    cacheNamespace: given.cacheNamespace as string | undefined,
    cacheKeyParameters: (given.cacheKeyParameters ?? []) as string[],
    integrationResponses: Object.fromEntries(responses) as Record<string, IntegrationResponse>,
  });
}
