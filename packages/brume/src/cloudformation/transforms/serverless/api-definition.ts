/** The definition of a REST API: what its events gathered, and what its properties add. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { authorizerScheme } from "./api-authorizers.js";
import { addCors } from "./api-cors.js";
import { expectMap, invalidResource, invalidStructure } from "./errors.js";
import type { Source } from "./expansion.js";
import { isIntrinsic } from "./intrinsics.js";
import { isOpenApi3, isSwagger, pathItems, pathsOf } from "./open-api.js";
import { listOf, mapOf, pythonType, says } from "./plain.js";
import { addCustomStatements, addResourcePolicy } from "./resource-policy.js";
import { addApiKeyScheme, addSchemes, requireDefaultApiKey, requireDefaultAuthorizer } from "./swagger-security.js";

const AUTH_MEMBERS = new Set([
  "Authorizers",
  "DefaultAuthorizer",
  "InvokeRole",
  "AddDefaultAuthorizerToCorsPreflight",
  "AddApiKeyRequiredToCorsPreflight",
  "ApiKeyRequired",
  "ResourcePolicy",
  "UsagePlan",
]);

const RESPONSE_MEMBERS = ["ResponseParameters", "ResponseTemplates", "StatusCode"];
const RESPONSE_PARAMETERS: Readonly<Record<string, string>> = {
  Headers: "header.",
  Paths: "path.",
  QueryStrings: "querystring.",
};
const ENDPOINT = "x-amazon-apigateway-endpoint-configuration";

/** What of an API's properties is already read when its definition is completed. */
export interface DefinitionSettings {
  readonly auth: JsonObject;
  readonly authorizers: Readonly<Record<string, JsonObject>>;
  readonly binaryMediaTypes: Json | undefined;
  readonly partition: string;
}

/** Completes an API's definition with what its properties say; undefined where it has none. @throws Mistake */
export function completeDefinition(source: Source, settings: DefinitionSettings): Json | undefined {
  const { id, properties } = source;
  const definition = properties.DefinitionBody;
  if (says(properties.Cors)) addCors(id, properties.Cors, definition);
  if (says(settings.auth)) addAuth(source, definition, settings);
  if (says(properties.GatewayResponses)) addGatewayResponses(id, properties.GatewayResponses, definition);
  if (says(settings.binaryMediaTypes) && isObject(definition)) {
    definition["x-amazon-apigateway-binary-media-types"] = withSlashes(settings.binaryMediaTypes);
  }
  if (says(properties.Models)) addModels(id, properties.Models, definition);
  if (properties.DisableExecuteApiEndpoint !== undefined) {
    disableEndpoint(id, properties.DisableExecuteApiEndpoint, definition);
  }
  if (isObject(definition)) toOpenApi3(definition, properties.OpenApiVersion);
  return definition;
}

/** @throws Mistake for no inline definition */
function inline(id: string, what: string, definition: Json | undefined, added: string): JsonObject {
  if (!says(definition)) {
    throw invalidResource(id, `${what} works only with inline Swagger specified in 'DefinitionBody' property.`);
  }
  if (isSwagger(definition)) return definition;
  throw invalidResource(
    id,
    `Unable to add ${added} because 'DefinitionBody' does not contain a valid Swagger definition.`,
  );
}

function addAuth({ id, properties }: Source, body: Json | undefined, settings: DefinitionSettings): void {
  const { auth, authorizers, partition } = settings;
  if (says(body) && !Object.keys(auth).every((name) => AUTH_MEMBERS.has(name))) {
    throw invalidResource(id, "Invalid value for 'Auth' property");
  }
  const definition = inline(id, "Auth", body, "Auth configuration");
  const byDefault = auth.DefaultAuthorizer;
  const schemes: JsonObject = {};
  for (const [name, authorizer] of Object.entries(authorizers)) {
    schemes[name] = authorizerScheme(id, name, authorizer, partition);
  }
  if (says(schemes) || byDefault === "AWS_IAM") {
    addSchemes(definition, schemes, true);
    if (says(byDefault)) addDefaultAuthorizer(id, byDefault, definition, settings);
  }
  if (says(auth.ApiKeyRequired)) {
    addApiKeyScheme(definition);
    requireDefaultApiKey(definition, (auth.AddApiKeyRequiredToCorsPreflight ?? true) !== false);
  }
  if (!says(auth.ResourcePolicy)) return;
  const policy = auth.ResourcePolicy;
  if (!isObject(policy)) throw invalidStructure("ResourcePolicy must be a map (ResourcePolicyStatement).");
  for (const path of Object.keys(pathsOf(definition))) {
    addResourcePolicy(definition, policy, path, properties.StageName ?? null);
  }
  if (says(policy.CustomStatements)) addCustomStatements(definition, policy.CustomStatements);
}

function addDefaultAuthorizer(id: string, name: Json, definition: JsonObject, settings: DefinitionSettings): void {
  const { auth, authorizers } = settings;
  if (typeof name !== "string") throw invalidResource(id, "DefaultAuthorizer is not a string.");
  if (authorizers[name] === undefined && name !== "AWS_IAM") {
    throw invalidResource(id, `Unable to set DefaultAuthorizer because '${name}' was not defined in 'Authorizers'.`);
  }
  const scopes = Object.fromEntries(
    Object.entries(authorizers).map(([one, authorizer]) => [one, authorizer.AuthorizationScopes ?? []]),
  );
  const ofPreflight = (auth.AddDefaultAuthorizerToCorsPreflight ?? true) !== false;
  requireDefaultAuthorizer(definition, name, scopes, ofPreflight);
}

function addGatewayResponses(id: string, responses: Json, body: Json | undefined): void {
  const definition = inline(id, "GatewayResponses", body, "Auth configuration");
  const made: JsonObject = {};
  for (const [name, value] of Object.entries(mapOf(responses))) {
    if (isIntrinsic(value)) {
      throw invalidResource(
        id,
        "Unable to set GatewayResponses attribute because intrinsic functions are not supported for this field.",
      );
    }
    const response = expectMap(
      value,
      { id, path: `GatewayResponses.${name}` },
      `Invalid property type '${pythonType(value)}' for GatewayResponses. Expected an object of type 'GatewayResponse'.`,
    );
    const unknown = Object.keys(response).find((key) => !RESPONSE_MEMBERS.includes(key));
    if (unknown !== undefined) {
      throw invalidResource(id, `Invalid property '${unknown}' in 'GatewayResponses' property '${name}'.`);
    }
    made[name] = gatewayResponse(id, name, response);
  }
  const extension = "x-amazon-apigateway-gateway-responses";
  definition[extension] = { ...mapOf(definition[extension]), ...made };
}

function gatewayResponse(id: string, name: string, response: JsonObject): JsonObject {
  const path = `GatewayResponses.${name}.ResponseParameters`;
  const given = says(response.ResponseParameters) ? expectMap(response.ResponseParameters, { id, path }) : {};
  const unknown = Object.keys(given).find((key) => RESPONSE_PARAMETERS[key] === undefined);
  if (unknown !== undefined) throw invalidResource(id, `Invalid gateway response parameter '${unknown}'`);
  const parameters: JsonObject = {};
  for (const [kind, prefix] of Object.entries(RESPONSE_PARAMETERS)) {
    const values = expectMap(given[kind] ?? {}, { id, path: `ResponseParameters.${kind}` });
    for (const [key, value] of Object.entries(values)) parameters[`gatewayresponse.${prefix}${key}`] = value;
  }
  const status = response.StatusCode;
  if (says(status) && !/^[0-9]{1,3}$/.test(String(status))) {
    throw invalidResource(id, "Property 'StatusCode' must be numeric");
  }
  return {
    responseParameters: parameters,
    responseTemplates: says(response.ResponseTemplates) ? response.ResponseTemplates : {},
    ...(status === undefined ? {} : { statusCode: String(status) }),
  };
}

/** Slashes in media types are written as in JSON pointers where a key must not have any. */
function withSlashes(value: Json): Json {
  if (typeof value === "string") return value.replaceAll("~1", "/");
  if (Array.isArray(value)) return value.map(withSlashes);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.replaceAll("~1", "/"), withSlashes(item)]));
}

function addModels(id: string, models: Json, body: Json | undefined): void {
  const definition = inline(id, "Models", body, "Models definitions");
  const definitions: JsonObject = { ...mapOf(definition.definitions) };
  for (const [name, schema] of Object.entries(mapOf(models))) {
    if (!isObject(schema)) throw invalidResource(id, "Invalid value for 'Models' property");
    if (!says(schema.type)) throw invalidStructure("'Models' schema is missing 'type'.");
    definitions[name.toLowerCase()] = schema;
  }
  definition.definitions = definitions;
}

function disableEndpoint(id: string, disabled: Json, definition: Json | undefined): void {
  if (!isSwagger(definition)) {
    throw invalidResource(id, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
  }
  const disable = (one: JsonObject, where: string) => {
    const present = one[ENDPOINT] ?? {};
    if (!isObject(present)) {
      throw invalidStructure(`Invalid OpenAPI definition${where}: The value of '${ENDPOINT}' should be a map.`);
    }
    one[ENDPOINT] = { ...present, disableExecuteApiEndpoint: disabled };
  };
  if (!says(definition.openapi) || !isOpenApi3(definition.openapi)) return disable(definition, "");
  const servers = definition.servers === undefined ? [{}] : listOf(definition.servers);
  for (const [index, server] of servers.entries()) if (isObject(server)) disable(server, ` of 'servers[${index}]'`);
  definition.servers = servers;
}

/** Puts what OpenAPI 2 has at the top, and what SAM wrote in its way, where OpenAPI 3 wants it; in place. */
function toOpenApi3(definition: JsonObject, version: Json | undefined): void {
  if (definition.swagger !== undefined) return;
  const effective = version ?? definition.openapi;
  if (!says(effective) || !isOpenApi3(effective)) return;
  const { securityDefinitions, definitions } = definition;
  const components = mapOf(definition.components);
  if (says(securityDefinitions)) components.securitySchemes = securityDefinitions;
  if (says(definitions)) components.schemas = definitions;
  if (says(securityDefinitions) || says(definitions)) definition.components = components;
  delete definition.securityDefinitions;
  delete definition.definitions;
  for (const path of Object.keys(pathsOf(definition))) {
    for (const item of pathItems(definition, path)) if (says(item.options)) upgradeOptions(item.options, path);
  }
}

function upgradeOptions(options: Json, path: string): void {
  if (!isObject(options)) {
    throw invalidStructure(`Value of options method for path ${path} must be a dictionary according to Swagger spec.`);
  }
  delete options.produces;
  delete options.consumes;
  const headers = mapOf(mapOf(mapOf(options.responses)["200"]).headers);
  for (const [name, header] of Object.entries(headers)) {
    if (mapOf(header).schema === undefined) headers[name] = { schema: header };
  }
}
