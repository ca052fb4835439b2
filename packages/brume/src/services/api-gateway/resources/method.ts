/** AWS::ApiGateway::Method */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { type Mapping, orGone, typed, withoutUndefined } from "./mapped.js";

type Output = Record<string, Json | undefined>;
type Table = Readonly<Record<string, Mapping>>;

const METHOD: Table = {
  ApiKeyRequired: { member: "apiKeyRequired", kind: "boolean" },
  AuthorizationScopes: { member: "authorizationScopes", kind: "any" },
  AuthorizationType: { member: "authorizationType" },
  AuthorizerId: { member: "authorizerId" },
  OperationName: { member: "operationName" },
  RequestModels: { member: "requestModels", kind: "map" },
  RequestValidatorId: { member: "requestValidatorId" },
};
const INTEGRATION: Table = {
  CacheKeyParameters: { member: "cacheKeyParameters", kind: "any" },
  CacheNamespace: { member: "cacheNamespace" },
  ConnectionId: { member: "connectionId" },
  ConnectionType: { member: "connectionType" },
  ContentHandling: { member: "contentHandling" },
  Credentials: { member: "credentials" },
  IntegrationHttpMethod: { member: "httpMethod" },
  IntegrationTarget: { member: "integrationTarget" },
  PassthroughBehavior: { member: "passthroughBehavior" },
  RequestParameters: { member: "requestParameters", kind: "map" },
  RequestTemplates: { member: "requestTemplates", kind: "map" },
  ResponseTransferMode: { member: "responseTransferMode" },
  TimeoutInMillis: { member: "timeoutInMillis", kind: "number" },
  Type: { member: "type" },
  Uri: { member: "uri" },
};
const INTEGRATION_RESPONSE: Table = {
  ContentHandling: { member: "contentHandling" },
  ResponseParameters: { member: "responseParameters", kind: "map" },
  ResponseTemplates: { member: "responseTemplates", kind: "map" },
  SelectionPattern: { member: "selectionPattern" },
  StatusCode: { member: "statusCode" },
};

const members = (properties: Properties, table: Table): Properties =>
  withoutUndefined(
    Object.fromEntries(
      Object.entries(table).map(([name, { member, kind }]) => [member, typed(properties[name], kind)]),
    ),
  );
const shown = (output: Output, table: Table): Properties =>
  withoutUndefined(Object.fromEntries(Object.entries(table).map(([name, { member }]) => [name, output[member]])));

const booleans = (map: Json | undefined): Json | undefined =>
  map && Object.fromEntries(Object.entries(map as Properties).map(([name, value]) => [name, String(value) === "true"]));

const keyOf = ({ RestApiId, ResourceId, HttpMethod }: Properties) => ({
  restApiId: RestApiId,
  resourceId: ResourceId,
  httpMethod: HttpMethod,
});

async function put(desired: Properties, ctx: ResourceContext): Promise<void> {
  const key = keyOf(desired);
  const call = (operation: string, input: object) => ctx.call("api-gateway", operation, { ...input, ...key });
  const requestParameters = booleans(desired.RequestParameters);
  await call("PutMethod", {
    authorizationType: "NONE",
    ...members(desired, METHOD),
    ...(requestParameters ? { requestParameters } : {}),
  });
  for (const response of (desired.MethodResponses ?? []) as Properties[]) {
    await call("PutMethodResponse", {
      statusCode: String(response.StatusCode),
      ...withoutUndefined({
        responseParameters: booleans(response.ResponseParameters),
        responseModels: response.ResponseModels,
      }),
    });
  }
  const integration = desired.Integration as Properties | undefined;
  if (!integration) return;
  const { httpMethod, ...rest } = members(integration, INTEGRATION);
  await call("PutIntegration", { ...rest, ...(httpMethod === undefined ? {} : { integrationHttpMethod: httpMethod }) });
  const declared = ((desired.MethodResponses ?? []) as Properties[]).map(({ StatusCode }) => String(StatusCode));
  for (const response of (integration.IntegrationResponses ?? []) as Properties[]) {
    const statusCode = String(response.StatusCode);
    // CloudFormation deploys integration responses that no method response goes with; only mapping one fails.
    const stray = !declared.includes(statusCode);
    if (stray) await call("PutMethodResponse", { statusCode });
    await call("PutIntegrationResponse", members(response, INTEGRATION_RESPONSE));
    if (stray) await call("DeleteMethodResponse", { statusCode });
  }
}

const remove = (actual: Properties, ctx: ResourceContext) =>
  orGone(ctx.call("api-gateway", "DeleteMethod", keyOf(actual)));

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const method = await orGone(ctx.call<Output>("api-gateway", "GetMethod", keyOf(actual)));
  if (!method) return undefined;
  const { RestApiId, ResourceId, HttpMethod } = actual;
  const integration = method.methodIntegration as Output | undefined;
  const responses = Object.values((method.methodResponses ?? {}) as Record<string, Output>);
  const integrationResponses = Object.values((integration?.integrationResponses ?? {}) as Record<string, Output>);
  return withoutUndefined({
    RestApiId,
    ResourceId,
    HttpMethod,
    ...shown(method, METHOD),
    RequestParameters: method.requestParameters,
    MethodResponses: responses.length
      ? responses.map(({ statusCode, responseParameters, responseModels }) =>
          withoutUndefined({
            StatusCode: statusCode,
            ResponseParameters: responseParameters,
            ResponseModels: responseModels,
          }),
        )
      : undefined,
    Integration: integration && {
      ...shown(integration, INTEGRATION),
      ...(integrationResponses.length
        ? { IntegrationResponses: integrationResponses.map((one) => shown(one, INTEGRATION_RESPONSE)) }
        : {}),
    },
  });
}

export default defineResource({
  async create(desired, ctx) {
    try {
      await put(desired, ctx);
    } catch (error) {
      // A method that is there already is somebody else's.
      if ((error as { code?: string }).code !== "ConflictException") await remove(desired, ctx);
      throw error;
    }
    return (await read(desired, ctx)) ?? desired;
  },
  read,
  async update(desired, actual, ctx) {
    // Only deployments are served, so that nobody sees the method missing meanwhile.
    await remove(actual, ctx);
    const merged = {
      ...desired,
      ...withoutUndefined({
        RestApiId: actual.RestApiId,
        ResourceId: actual.ResourceId,
        HttpMethod: actual.HttpMethod,
      }),
    };
    await put(merged, ctx);
    return (await read(merged, ctx)) ?? merged;
  },
  async delete(actual, ctx) {
    await remove(actual, ctx);
  },
  async list() {
    return [];
  },
});
