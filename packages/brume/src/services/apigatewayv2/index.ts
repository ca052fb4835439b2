/** Amazon API Gateway: HTTP and WebSocket APIs. */
import type { Context } from "../../kernel/context.js";
import { defineService, type Operation } from "../../kernel/service.js";
import * as apis from "./apis.js";
import * as authorizers from "./authorizers.js";
import * as deployments from "./deployments.js";
import * as domainNames from "./domain-names.js";
import { customDomain, executeApi } from "./execute/endpoint.js";
import * as exports from "./export.js";
import * as imports from "./import.js";
import * as integrations from "./integrations.js";
import * as models from "./models.js";
import * as routes from "./routes.js";
import * as routingRules from "./routing-rules.js";
import * as stages from "./stages.js";
import * as tags from "./tags.js";
import { connect, connectByDomain } from "./websocket/upgrade.js";

type Ids = Record<string, string | undefined>;

/** An operation, the verb that IAM knows it by, and the path of what it touches; names stand for the input's members. */
function rest<I, O>(verb: string, path: string, handler: (input: I, ctx: Context) => O | Promise<O>): Operation<I, O> {
  const resources = (input: I, ctx: Context) =>
    `arn:${ctx.partition}:apigateway:${ctx.region}::${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (input as Ids)[name] ?? "*")}`;
  return { handler, resources, actions: [`apigateway:${verb}`] };
}

function tagged<I extends { ResourceArn?: string | undefined }, O>(
  verb: string,
  handler: (input: I, ctx: Context) => O | Promise<O>,
): Operation<I, O> {
  const resources = ({ ResourceArn = "" }: I, ctx: Context) =>
    `arn:${ctx.partition}:apigateway:${ctx.region}::/tags/${encodeURIComponent(ResourceArn)}`;
  return { handler, resources, actions: [`apigateway:${verb}`] };
}

const API = "/apis/{ApiId}";
const ROUTE = `${API}/routes/{RouteId}`;
const INTEGRATION = `${API}/integrations/{IntegrationId}`;
const STAGE = `${API}/stages/{StageName}`;
const DOMAIN = "/domainnames/{DomainName}";
const RULES = `${DOMAIN}/routingrules`;
const RULE = `${RULES}/{RoutingRuleId}`;

export default defineService<typeof import("@aws-sdk/client-apigatewayv2")>({
  id: "apigatewayv2",
  iamPrefix: "apigateway",
  operations: {
    CreateApi: rest("POST", "/apis", apis.createApi),
    CreateApiMapping: rest("POST", `${DOMAIN}/apimappings`, domainNames.createApiMapping),
    CreateAuthorizer: rest("POST", `${API}/authorizers`, authorizers.createAuthorizer),
    CreateDeployment: rest("POST", `${API}/deployments`, deployments.createDeployment),
    CreateDomainName: rest("POST", "/domainnames", domainNames.createDomainName),
    CreateIntegration: rest("POST", `${API}/integrations`, integrations.createIntegration),
    CreateIntegrationResponse: rest(
      "POST",
      `${INTEGRATION}/integrationresponses`,
      integrations.createIntegrationResponse,
    ),
    CreateModel: rest("POST", `${API}/models`, models.createModel),
    CreateRoute: rest("POST", `${API}/routes`, routes.createRoute),
    CreateRouteResponse: rest("POST", `${ROUTE}/routeresponses`, routes.createRouteResponse),
    CreateRoutingRule: rest("POST", RULES, routingRules.createRoutingRule),
    CreateStage: rest("POST", `${API}/stages`, stages.createStage),
    DeleteAccessLogSettings: rest("DELETE", `${STAGE}/accesslogsettings`, stages.deleteAccessLogSettings),
    DeleteApi: rest("DELETE", API, apis.deleteApi),
    DeleteApiMapping: rest("DELETE", `${DOMAIN}/apimappings/{ApiMappingId}`, domainNames.deleteApiMapping),
    DeleteAuthorizer: rest("DELETE", `${API}/authorizers/{AuthorizerId}`, authorizers.deleteAuthorizer),
    DeleteCorsConfiguration: rest("DELETE", `${API}/cors`, apis.deleteCorsConfiguration),
    DeleteDeployment: rest("DELETE", `${API}/deployments/{DeploymentId}`, deployments.deleteDeployment),
    DeleteDomainName: rest("DELETE", DOMAIN, domainNames.deleteDomainName),
    DeleteIntegration: rest("DELETE", INTEGRATION, integrations.deleteIntegration),
    DeleteIntegrationResponse: rest(
      "DELETE",
      `${INTEGRATION}/integrationresponses/{IntegrationResponseId}`,
      integrations.deleteIntegrationResponse,
    ),
    DeleteModel: rest("DELETE", `${API}/models/{ModelId}`, models.deleteModel),
    DeleteRoute: rest("DELETE", ROUTE, routes.deleteRoute),
    DeleteRouteRequestParameter: rest(
      "DELETE",
      `${ROUTE}/requestparameters/{RequestParameterKey}`,
      routes.deleteRouteRequestParameter,
    ),
    DeleteRouteResponse: rest("DELETE", `${ROUTE}/routeresponses/{RouteResponseId}`, routes.deleteRouteResponse),
    DeleteRouteSettings: rest("DELETE", `${STAGE}/routesettings/{RouteKey}`, stages.deleteRouteSettings),
    DeleteRoutingRule: rest("DELETE", RULE, routingRules.deleteRoutingRule),
    DeleteStage: rest("DELETE", STAGE, stages.deleteStage),
    ExportApi: rest("GET", "/apis/{ApiId}/exports/{Specification}", exports.exportApi),
    GetApi: rest("GET", API, apis.getApi),
    GetApiMapping: rest("GET", `${DOMAIN}/apimappings/{ApiMappingId}`, domainNames.getApiMapping),
    GetApiMappings: rest("GET", `${DOMAIN}/apimappings`, domainNames.getApiMappings),
    GetApis: rest("GET", "/apis", apis.getApis),
    GetAuthorizer: rest("GET", `${API}/authorizers/{AuthorizerId}`, authorizers.getAuthorizer),
    GetAuthorizers: rest("GET", `${API}/authorizers`, authorizers.getAuthorizers),
    GetDeployment: rest("GET", `${API}/deployments/{DeploymentId}`, deployments.getDeployment),
    GetDeployments: rest("GET", `${API}/deployments`, deployments.getDeployments),
    GetDomainName: rest("GET", DOMAIN, domainNames.getDomainName),
    GetDomainNames: rest("GET", "/domainnames", domainNames.getDomainNames),
    GetIntegration: rest("GET", INTEGRATION, integrations.getIntegration),
    GetIntegrationResponse: rest(
      "GET",
      `${INTEGRATION}/integrationresponses/{IntegrationResponseId}`,
      integrations.getIntegrationResponse,
    ),
    GetIntegrationResponses: rest("GET", `${INTEGRATION}/integrationresponses`, integrations.getIntegrationResponses),
    GetIntegrations: rest("GET", `${API}/integrations`, integrations.getIntegrations),
    GetModel: rest("GET", `${API}/models/{ModelId}`, models.getModel),
    GetModelTemplate: rest("GET", `${API}/models/{ModelId}/template`, models.getModelTemplate),
    GetModels: rest("GET", `${API}/models`, models.getModels),
    GetRoute: rest("GET", ROUTE, routes.getRoute),
    GetRouteResponse: rest("GET", `${ROUTE}/routeresponses/{RouteResponseId}`, routes.getRouteResponse),
    GetRouteResponses: rest("GET", `${ROUTE}/routeresponses`, routes.getRouteResponses),
    GetRoutes: rest("GET", `${API}/routes`, routes.getRoutes),
    GetRoutingRule: rest("GET", RULE, routingRules.getRoutingRule),
    GetStage: rest("GET", STAGE, stages.getStage),
    GetStages: rest("GET", `${API}/stages`, stages.getStages),
    GetTags: tagged("GET", tags.getTags),
    ListRoutingRules: rest("GET", RULES, routingRules.listRoutingRules),
    PutRoutingRule: rest("PUT", RULE, routingRules.putRoutingRule),
    ImportApi: rest("PUT", "/apis", imports.importApi),
    ReimportApi: rest("PUT", "/apis/{ApiId}", imports.reimportApi),
    ResetAuthorizersCache: rest("DELETE", `${STAGE}/cache/authorizers`, authorizers.resetAuthorizersCache),
    TagResource: tagged("POST", tags.tagResource),
    UntagResource: tagged("DELETE", tags.untagResource),
    UpdateApi: rest("PATCH", API, apis.updateApi),
    UpdateApiMapping: rest("PATCH", `${DOMAIN}/apimappings/{ApiMappingId}`, domainNames.updateApiMapping),
    UpdateAuthorizer: rest("PATCH", `${API}/authorizers/{AuthorizerId}`, authorizers.updateAuthorizer),
    UpdateDeployment: rest("PATCH", `${API}/deployments/{DeploymentId}`, deployments.updateDeployment),
    UpdateDomainName: rest("PATCH", DOMAIN, domainNames.updateDomainName),
    UpdateIntegration: rest("PATCH", INTEGRATION, integrations.updateIntegration),
    UpdateIntegrationResponse: rest(
      "PATCH",
      `${INTEGRATION}/integrationresponses/{IntegrationResponseId}`,
      integrations.updateIntegrationResponse,
    ),
    UpdateModel: rest("PATCH", `${API}/models/{ModelId}`, models.updateModel),
    UpdateRoute: rest("PATCH", ROUTE, routes.updateRoute),
    UpdateRouteResponse: rest("PATCH", `${ROUTE}/routeresponses/{RouteResponseId}`, routes.updateRouteResponse),
    UpdateStage: rest("PATCH", STAGE, stages.updateStage),
  },
  resources: {
    "AWS::ApiGatewayV2::Api": () => import("./resources/api.js"),
    "AWS::ApiGatewayV2::ApiGatewayManagedOverrides": () => import("./resources/managed-overrides.js"),
    "AWS::ApiGatewayV2::ApiMapping": () => import("./resources/api-mapping.js"),
    "AWS::ApiGatewayV2::Authorizer": () => import("./resources/authorizer.js"),
    "AWS::ApiGatewayV2::Deployment": () => import("./resources/deployment.js"),
    "AWS::ApiGatewayV2::DomainName": () => import("./resources/domain-name.js"),
    "AWS::ApiGatewayV2::Integration": () => import("./resources/integration.js"),
    "AWS::ApiGatewayV2::IntegrationResponse": () => import("./resources/integration-response.js"),
    "AWS::ApiGatewayV2::Model": () => import("./resources/model.js"),
    "AWS::ApiGatewayV2::Route": () => import("./resources/route.js"),
    "AWS::ApiGatewayV2::RouteResponse": () => import("./resources/route-response.js"),
    "AWS::ApiGatewayV2::RoutingRule": () => import("./resources/routing-rule.js"),
    "AWS::ApiGatewayV2::Stage": () => import("./resources/stage.js"),
  },
  endpoints: {
    "execute-api by path": executeApi,
    "execute-api by host": executeApi,
    "domain name by path": customDomain,
    "domain name by host": customDomain,
  },
  upgrades: {
    "execute-api by path": connect,
    "execute-api by host": connect,
    "domain name by path": connectByDomain,
    "domain name by host": connectByDomain,
  },
  unsupported: {
    "VPC links lead into networks that are not here": [
      "CreateVpcLink",
      "DeleteVpcLink",
      "GetVpcLink",
      "GetVpcLinks",
      "UpdateVpcLink",
    ],
    "portals are web sites that AWS hosts": [
      "CreatePortal",
      "CreatePortalProduct",
      "CreateProductPage",
      "CreateProductRestEndpointPage",
      "DeletePortal",
      "DeletePortalProduct",
      "DeletePortalProductSharingPolicy",
      "DeleteProductPage",
      "DeleteProductRestEndpointPage",
      "DisablePortal",
      "GetPortal",
      "GetPortalProduct",
      "GetPortalProductSharingPolicy",
      "GetProductPage",
      "GetProductRestEndpointPage",
      "ListPortalProducts",
      "ListPortals",
      "ListProductPages",
      "ListProductRestEndpointPages",
      "PreviewPortal",
      "PublishPortal",
      "PutPortalProductSharingPolicy",
      "UpdatePortal",
      "UpdatePortalProduct",
      "UpdateProductPage",
      "UpdateProductRestEndpointPage",
    ],
  },
});
