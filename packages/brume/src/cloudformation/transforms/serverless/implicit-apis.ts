/** The APIs that functions' events ask for without naming one, and the definitions that events add their paths to. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import {
  EventMistake,
  expectGiven,
  expectMap,
  expectText,
  invalidDocument,
  invalidResource,
  type Mistake,
} from "./errors.js";
import { anyOf, ifElse } from "./intrinsics.js";
import {
  ANY_METHOD,
  addPath,
  DEFAULT_PATH,
  isOpenApi,
  isOpenApi3,
  isSwagger,
  skeleton,
  versionText,
} from "./open-api.js";
import { mapOf, says } from "./plain.js";

/** Marks APIs whose definition SAM writes. */
export const MANAGED = "__MANAGE_SWAGGER";

/** What differs between REST and HTTP APIs. */
interface ImplicitApi {
  readonly id: string;
  readonly type: string;
  readonly eventType: string;
  /** The event's property that names its API. */
  readonly apiProperty: string;
  readonly properties: () => JsonObject;
  readonly isValid: (definition: Json | undefined) => boolean;
}

const REST: ImplicitApi = {
  id: "ServerlessRestApi",
  type: "AWS::Serverless::Api",
  eventType: "Api",
  apiProperty: "RestApiId",
  properties: () => ({ StageName: "Prod", DefinitionBody: skeleton("swagger"), [MANAGED]: true }),
  isValid: isSwagger,
};

const HTTP: ImplicitApi = {
  id: "ServerlessHttpApi",
  type: "AWS::Serverless::HttpApi",
  eventType: "HttpApi",
  apiProperty: "ApiId",
  properties: () => ({ DefinitionBody: skeleton("openapi"), [MANAGED]: true }),
  isValid: isOpenApi,
};

const EVENT_OWNERS = new Set(["AWS::Serverless::Function", "AWS::Serverless::StateMachine"]);

/** What the events of one API bring with them, from the resources that they belong to. */
interface Gathered {
  /** Conditions by path and method; undefined for a method that always is. */
  readonly conditions: Map<string, Map<string, string | undefined>>;
  readonly deletionPolicies: Json[];
  readonly replacePolicies: Json[];
}

/** Adds the implicit APIs that a document needs, and the paths of all events to the definitions SAM manages; in place. */
export function addImplicitApis(document: JsonObject): void {
  addDefinitions(document);
  for (const api of [REST, HTTP]) addImplicitApi(document, api);
}

function addDefinitions(document: JsonObject): void {
  for (const resource of Object.values(mapOf(document.Resources))) {
    const api = [REST, HTTP].find(({ type }) => mapOf(resource).Type === type);
    if (!api || !isObject(resource)) continue;
    const properties = mapOf(resource.Properties);
    if (says(properties.DefinitionBody) || says(properties.DefinitionUri)) continue;
    const { DefinitionBody } = api.properties();
    resource.Properties = { ...properties, DefinitionBody: DefinitionBody as Json, [MANAGED]: true };
  }
}

function addImplicitApi(document: JsonObject, api: ImplicitApi): void {
  const resources = mapOf(document.Resources);
  const existing = resources[api.id];
  resources[api.id] = { Type: api.type, Properties: api.properties() };
  const gathered = new Map<string, Gathered>();
  const mistakes: Mistake[] = [];
  for (const [id, resource] of Object.entries(resources)) {
    if (!isObject(resource) || !EVENT_OWNERS.has(String(resource.Type))) continue;
    try {
      for (const [eventId, event] of Object.entries(mapOf(mapOf(resource.Properties).Events))) {
        if (isObject(event) && event.Type === api.eventType)
          gatherEvent(document, api, resource, eventId, event, gathered);
      }
    } catch (error) {
      if (!(error instanceof EventMistake)) throw error;
      mistakes.push(invalidResource(id, error.message));
    }
  }
  if (mistakes.length > 0) throw invalidDocument(mistakes);
  const implicit = mapOf(resources[api.id]);
  const own = gathered.get(api.id);
  if (own) applyToApi(document, api, implicit, own);
  makePathsConditional(document, api, gathered);
  if (Object.keys(mapOf(mapOf(mapOf(implicit.Properties).DefinitionBody).paths)).length > 0) return;
  if (existing === undefined) delete resources[api.id];
  else resources[api.id] = existing;
}

function gatherEvent(
  document: JsonObject,
  api: ImplicitApi,
  owner: JsonObject,
  id: string,
  event: JsonObject,
  gathered: Map<string, Gathered>,
): void {
  if (api === REST && !says(event.Properties)) return;
  const why = "Properties should be a map.";
  const properties = expectMap(event.Properties ?? {}, { id, path: "", of: "event" }, why);
  event.Properties = properties;
  if (properties[api.apiProperty] === undefined) {
    shareTags(document, api, owner);
    properties[api.apiProperty] = { Ref: api.id };
  }
  if (api === HTTP && !says(properties.Path) && !says(properties.Method)) {
    properties.Path = DEFAULT_PATH;
    properties.Method = ANY_METHOD;
  }
  const named = properties[api.apiProperty];
  const apiId = isObject(named) && named.Ref !== undefined ? named.Ref : named;
  const given = (name: string, value = properties[name]) => {
    const place = { id, path: name, of: "event" } as const;
    return expectText(expectGiven(value, place), place);
  };
  expectGiven(properties.Path, { id, path: "Path", of: "event" });
  expectGiven(properties.Method, { id, path: "Method", of: "event" });
  const to = expectText(apiId, { id, path: api.apiProperty, of: "event" });
  const [path, method] = [given("Path"), given("Method")];
  note(gathered, to, path, method, owner);
  addToDefinition(document, api, id, to, path, method);
  if (api === HTTP && properties.RouteSettings !== undefined) {
    addRouteSettings(document, id, to, path, method, properties.RouteSettings, owner.Condition);
  }
}

function note(gathered: Map<string, Gathered>, to: string, path: string, method: string, owner: JsonObject): void {
  const none: Gathered = { conditions: new Map(), deletionPolicies: [], replacePolicies: [] };
  const one = gathered.get(to) ?? none;
  gathered.set(to, one);
  const methods = one.conditions.get(path) ?? new Map<string, string | undefined>();
  one.conditions.set(path, methods);
  methods.set(method, typeof owner.Condition === "string" ? owner.Condition : undefined);
  one.deletionPolicies.push(owner.DeletionPolicy ?? null);
  one.replacePolicies.push(owner.UpdateReplacePolicy ?? null);
}

/** The tags of a function that propagates them go to the implicit API as well. */
function shareTags(document: JsonObject, api: ImplicitApi, owner: JsonObject): void {
  const globals = mapOf(mapOf(document.Globals)[String(owner.Type).replace("AWS::Serverless::", "")]);
  const properties = mapOf(owner.Properties);
  const tags = says(properties.Tags) ? properties.Tags : globals.Tags;
  const propagate = says(properties.PropagateTags) || says(globals.PropagateTags);
  if (!propagate || !says(tags)) return;
  const implicit = mapOf(mapOf(mapOf(document.Resources)[api.id]).Properties);
  implicit.Tags = { ...mapOf(implicit.Tags), ...mapOf(tags) };
  implicit.PropagateTags = true;
}

function addToDefinition(
  document: JsonObject,
  api: ImplicitApi,
  eventId: string,
  to: string,
  path: string,
  method: string,
): void {
  const target = mapOf(document.Resources)[to];
  const type = mapOf(target).Type;
  if (target === undefined || (type === HTTP.type && api !== HTTP)) {
    throw new EventMistake(
      eventId,
      `${api.apiProperty} must be a valid reference to an '${api.type}' resource in same template.`,
    );
  }
  const properties = mapOf(mapOf(target).Properties);
  if (api.isValid(properties.DefinitionBody) && says(properties[MANAGED])) {
    addPath(mapOf(properties.DefinitionBody), path, method);
  }
}

function addRouteSettings(
  document: JsonObject,
  eventId: string,
  to: string,
  path: string,
  method: string,
  settings: Json,
  condition: Json | undefined,
): void {
  const properties = mapOf(mapOf(mapOf(document.Resources)[to]).Properties);
  const all = expectMap(properties.RouteSettings ?? {}, { id: to, path: "RouteSettings" });
  const own = says(condition) ? ifElse(condition, settings) : settings;
  const route = method === ANY_METHOD ? path : `${method.toUpperCase()} ${path}`;
  const added = expectMap(own, { id: eventId, path: "RouteSettings", of: "event" });
  properties.RouteSettings = { ...all, [route]: { ...mapOf(all[route]), ...added } };
}

/** The implicit API exists under the conditions of its events, and is kept where any of them would be. */
function applyToApi(document: JsonObject, api: ImplicitApi, implicit: JsonObject, gathered: Gathered): void {
  const conditions = new Set([...gathered.conditions.values()].flatMap((methods) => [...methods.values()]));
  const condition = combine(document, [...conditions], `${api.id}Condition`);
  if (condition !== undefined) implicit.Condition = condition;
  const keep = (policies: readonly Json[], order: readonly string[]) => order.find((name) => policies.includes(name));
  const deletion = keep(gathered.deletionPolicies, ["Retain", "Delete"]);
  const replacing = keep(gathered.replacePolicies, ["Retain", "Snapshot", "Delete"]);
  if (deletion !== undefined) implicit.DeletionPolicy = deletion;
  if (replacing !== undefined) implicit.UpdateReplacePolicy = replacing;
}

/** The condition under which any of the given ones holds; undefined where something has none. */
function combine(document: JsonObject, conditions: readonly (string | undefined)[], name: string): string | undefined {
  const named = conditions.filter((condition) => condition !== undefined).sort();
  if (named.length === 0 || named.length < conditions.length) return undefined;
  if (named.length === 1) return named[0];
  document.Conditions = { ...mapOf(document.Conditions), ...anyOf(named, name) };
  return name;
}

function makePathsConditional(document: JsonObject, api: ImplicitApi, gathered: ReadonlyMap<string, Gathered>): void {
  for (const [id, resource] of Object.entries(mapOf(document.Resources))) {
    const properties = mapOf(mapOf(resource).Properties);
    if (mapOf(resource).Type !== api.type || !says(properties[MANAGED])) continue;
    const paths = mapOf(mapOf(properties.DefinitionBody).paths);
    for (const [path, methods] of gathered.get(id)?.conditions ?? []) {
      const name = path.replaceAll("/", "SLASH").replaceAll("{", "OB").replaceAll("}", "CB");
      const condition = combine(document, [...new Set(methods.values())], `${id}${name}PathCondition`);
      if (condition !== undefined && paths[path] !== undefined) paths[path] = ifElse(condition, paths[path] as Json);
    }
  }
}

/** Gives managed definitions the OpenAPI version that their API or the globals ask for; in place. */
export function normalizeOpenApiVersions(document: JsonObject): void {
  for (const resource of Object.values(mapOf(document.Resources))) {
    const properties = mapOf(mapOf(resource).Properties);
    const { OpenApiVersion: version, DefinitionBody: definition } = properties;
    if (mapOf(resource).Type !== REST.type || properties[MANAGED] === undefined || version === undefined) continue;
    if (!isOpenApi3(version)) continue;
    properties.OpenApiVersion = versionText(version);
    if (!isObject(definition)) continue;
    definition.openapi = versionText(version);
    delete definition.swagger;
  }
}
