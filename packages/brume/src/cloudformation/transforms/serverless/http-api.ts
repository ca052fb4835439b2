/** `AWS::Serverless::HttpApi`: an HTTP API, its stage, domain and authorizers. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { makeAuthorizerPermission } from "./api-authorizers.js";
import { definitionLocation } from "./code-location.js";
import { expectText, invalidResource } from "./errors.js";
import { type Expansion, type Made, make, makeInPlace, propagateTags, type Source } from "./expansion.js";
import { readHttpAuthorizers, requireDefault } from "./http-api-authorizers.js";
import { addHttpCors } from "./http-api-cors.js";
import { makeV2Domain } from "./http-api-domain.js";
import { isNoValue, ref } from "./intrinsics.js";
import { DEFAULT_PATH, isOpenApi } from "./open-api.js";
import { resolveParameters } from "./parameters.js";
import { idSuffix, listOf, mapOf, partAt, pick, same, says } from "./plain.js";

const AUTH_MEMBERS = new Set(["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"]);
const CREATED_BY = "httpapi:createdBy";
const ENDPOINT = "x-amazon-apigateway-endpoint-configuration";
const TAG_VALUE = "x-amazon-apigateway-tag-value";

/** Expands an HTTP API. @throws Mistake */
export function expandHttpApi(source: Source, expansion: Expansion): Made[] {
  const { id, properties } = source;
  const domain = resolveParameters(properties.Domain, expansion.known);
  const authorizers = readHttpAuthorizers(id, mapOf(properties.Auth), expansion.scope.partition);
  const tags = isOpenApi(properties.DefinitionBody)
    ? { ...mapOf(properties.Tags), [CREATED_BY]: "SAM" }
    : properties.Tags;
  const api = makeHttpApi(source, tags, expansion);
  const made: Made[] = [api];
  for (const [name, { functionArn }] of Object.entries(authorizers)) {
    if (functionArn === undefined) continue;
    const permissionId = `${id}${name}AuthorizerPermission`;
    made.push(makeAuthorizerPermission(permissionId, functionArn, id, "${AWS::Partition}", source.shared));
  }
  made.push(...makeV2Domain(source, domain, { [CREATED_BY]: "SAM" }, expansion));
  made.push(makeStage(source, tags));
  propagateTags(made, tags, properties.DefinitionBody !== undefined);
  return made;
}

function makeHttpApi(source: Source, tags: Json | undefined, expansion: Expansion): Made {
  const { id, properties } = source;
  const { DefinitionUri: uri, DefinitionBody: body, FailOnWarnings: failOnWarnings } = properties;
  if (says(uri) && says(body)) {
    throw invalidResource(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
  }
  completeDefinition(source, tags, expansion);
  if (!says(uri) && !says(body)) {
    throw invalidResource(
      id,
      "'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.",
    );
  }
  return makeInPlace(source, "AWS::ApiGatewayV2::Api", {
    Body: says(uri) ? undefined : body,
    BodyS3Location: says(uri) ? definitionLocation(uri, id, "DefinitionUri") : undefined,
    FailOnWarnings: says(failOnWarnings) ? failOnWarnings : undefined,
  });
}

/** Adds to an API's definition what its properties say; in place. */
function completeDefinition(source: Source, tags: Json | undefined, expansion: Expansion): void {
  const { id, properties } = source;
  const definition = properties.DefinitionBody;
  const cors = resolveParameters(properties.CorsConfiguration, expansion.known);
  if (says(cors)) addHttpCors(id, cors, definition);
  if (says(properties.Auth)) addAuth(source, mapOf(properties.Auth), expansion);
  if (says(properties.Tags)) requireOpenApi(id, "Tags", "`Tags`", definition);
  if (isOpenApi(definition)) addTags(id, definition, mapOf(tags));
  if (properties.DisableExecuteApiEndpoint !== undefined) {
    if (!says(definition)) {
      throw invalidResource(id, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
    }
    disableEndpoint(mapOf(definition), properties.DisableExecuteApiEndpoint);
  }
  addInfo(id, definition, "Name", "title", properties.Name);
  addInfo(id, definition, "Description", "description", properties.Description);
  const paths = mapOf(mapOf(definition).paths);
  if (!says(properties.FailOnWarnings) || paths[DEFAULT_PATH] === undefined) return;
  // API Gateway warns of a path without a slash, which would then be a failure.
  paths[`/${DEFAULT_PATH}`] = paths[DEFAULT_PATH];
  delete paths[DEFAULT_PATH];
}

/** @throws Mistake where an API has no inline definition */
function requireOpenApi(id: string, what: string, added: string, definition: Json | undefined): JsonObject {
  if (!says(definition)) {
    throw invalidResource(id, `${what} works only with inline OpenApi specified in the 'DefinitionBody' property.`);
  }
  if (isOpenApi(definition)) return definition;
  throw invalidResource(
    id,
    `Unable to add ${added} because 'DefinitionBody' does not contain a valid OpenApi definition.`,
  );
}

function addAuth({ id, properties }: Source, auth: JsonObject, { scope }: Expansion): void {
  if (says(properties.DefinitionBody) && !Object.keys(auth).every((name) => AUTH_MEMBERS.has(name))) {
    throw invalidResource(id, "Invalid value for 'Auth' property");
  }
  const definition = requireOpenApi(id, "Auth", "Auth configuration", properties.DefinitionBody);
  const authorizers = readHttpAuthorizers(id, auth, scope.partition);
  if (says(authorizers as unknown as JsonObject)) {
    const components = mapOf(definition.components);
    const schemes = Object.fromEntries(Object.entries(authorizers).map(([name, { scheme }]) => [name, scheme]));
    components.securitySchemes = { ...mapOf(components.securitySchemes), ...schemes };
    definition.components = components;
  }
  const { DefaultAuthorizer: byDefault } = auth;
  if (!says(byDefault) || isNoValue(byDefault)) return;
  const name = expectText(byDefault, { id, path: "Auth.DefaultAuthorizer" });
  const authorizer = authorizers[name];
  if (!authorizer) {
    throw invalidResource(id, `Unable to set DefaultAuthorizer because '${name}' was not defined in 'Authorizers'.`);
  }
  requireDefault(definition, name, authorizer.scopes);
}

function addTags(id: string, definition: JsonObject, tags: JsonObject): void {
  const { tags: given = [] } = definition;
  if (!Array.isArray(given)) {
    throw invalidResource(id, "Tags in OpenApi DefinitionBody needs to be a list.");
  }
  const all = [...given];
  for (const [name, value] of Object.entries(tags)) {
    const existing = all.find((tag) => mapOf(tag).name === name);
    if (isObject(existing)) existing[TAG_VALUE] = value;
    else all.push({ name, [TAG_VALUE]: value });
  }
  if (all.length > 0) definition.tags = all;
}

function disableEndpoint(definition: JsonObject, disabled: Json): void {
  const servers = definition.servers === undefined ? [{}] : listOf(definition.servers);
  for (const server of servers) {
    if (!isObject(server)) continue;
    server[ENDPOINT] = { ...mapOf(server[ENDPOINT]), disableExecuteApiEndpoint: disabled };
  }
  definition.servers = servers;
}

/** The name and description of an HTTP API are its definition's. @throws Mistake where the definition has its own */
function addInfo(id: string, definition: Json | undefined, property: string, member: string, value: Json | undefined) {
  if (!says(value)) return;
  if (!isObject(definition) || !says(definition)) {
    const where = property === "Name" ? "'DefinitionBody'" : "the 'DefinitionBody'";
    throw invalidResource(id, `${property} works only with inline OpenApi specified in ${where} property.`);
  }
  const present = partAt(definition, "info", member);
  const isDefault = member === "title" ? same(present, ref("AWS::StackName")) : !says(present);
  if (!isDefault) {
    throw invalidResource(
      id,
      `Unable to set ${property} because it is already defined within inline OpenAPI specified in the 'DefinitionBody' property.`,
    );
  }
  definition.info = { ...mapOf(definition.info), [member]: value };
}

function makeStage({ id, properties, shared }: Source, tags: Json | undefined): Made {
  const given = says(properties.StageName) ? properties.StageName : DEFAULT_PATH;
  const name = typeof given === "string" ? given : "";
  const stageId =
    name === DEFAULT_PATH
      ? `${id}ApiGatewayDefaultStage`
      : /^[A-Za-z0-9]+$/.test(name)
        ? `${id}${name}Stage`
        : `${id}Stage${idSuffix(name)}`;
  return make(
    stageId,
    "AWS::ApiGatewayV2::Stage",
    {
      ApiId: ref(id),
      StageName: given,
      ...pick(properties, ["StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings"]),
      Tags: tags,
      AutoDeploy: true,
    },
    shared,
  );
}
