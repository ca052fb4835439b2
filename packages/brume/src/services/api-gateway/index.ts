/** Amazon API Gateway: REST APIs. */
import type { Context } from "../../kernel/context.js";
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, type Operation } from "../../kernel/service.js";
import * as account from "./account.js";
import * as apiKeys from "./api-keys.js";
import * as authorizers from "./authorizers.js";
import * as certificates from "./client-certificates.js";
import constraints from "./constraints.json" with { type: "json" };
import * as deployments from "./deployments.js";
import * as documentation from "./documentation.js";
import * as domainNames from "./domain-names.js";
import { customDomain, executeApi } from "./execute/endpoint.js";
import * as exports from "./export.js";
import * as gatewayResponses from "./gateway-responses.js";
import * as imports from "./import.js";
import { importApiKeys } from "./import-api-keys.js";
import * as integrations from "./integrations.js";
import * as methods from "./methods.js";
import * as models from "./models.js";
import { refusal } from "./refusal.js";
import * as resources from "./resources.js";
import * as apis from "./rest-apis.js";
import * as stages from "./stages.js";
import * as tags from "./tags.js";
import { testInvokeAuthorizer } from "./test-authorizer.js";
import * as testing from "./test-invoke.js";
import * as usagePlans from "./usage-plans.js";

type Ids = Record<string, string | undefined>;

/** An operation, the verb that IAM knows it by, and the path of what it touches; names stand for the input's members. */
function rest<I, O>(verb: string, path: string, handler: (input: I, ctx: Context) => O | Promise<O>): Operation<I, O> {
  const resources = (input: I, ctx: Context) =>
    `arn:${ctx.partition}:apigateway:${ctx.region}::${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (input as Ids)[name] ?? "*")}`;
  return { handler, resources, actions: [`apigateway:${verb}`] };
}

const API = "/restapis/{restApiId}";
const RESOURCE = `${API}/resources/{resourceId}`;
const METHOD = `${RESOURCE}/methods/{httpMethod}`;
const RESPONSE = `${METHOD}/responses/{statusCode}`;
const INTEGRATION = `${METHOD}/integration`;
const INTEGRATION_RESPONSE = `${INTEGRATION}/responses/{statusCode}`;
const DEPLOYMENT = `${API}/deployments/{deploymentId}`;
const STAGE = `${API}/stages/{stageName}`;

export default defineService<typeof import("@aws-sdk/client-api-gateway")>({
  id: "api-gateway",
  iamPrefix: "apigateway",
  operations: constrained(constraints, refusal, {
    CreateApiKey: rest("POST", "/apikeys", apiKeys.createApiKey),
    CreateAuthorizer: rest("POST", `${API}/authorizers`, authorizers.createAuthorizer),
    CreateBasePathMapping: rest(
      "POST",
      "/domainnames/{domainName}/basepathmappings",
      domainNames.createBasePathMapping,
    ),
    CreateDeployment: rest("POST", `${API}/deployments`, deployments.createDeployment),
    CreateDocumentationPart: rest("POST", `${API}/documentation/parts`, documentation.createDocumentationPart),
    CreateDocumentationVersion: rest("POST", `${API}/documentation/versions`, documentation.createDocumentationVersion),
    CreateDomainName: rest("POST", "/domainnames", domainNames.createDomainName),
    CreateModel: rest("POST", `${API}/models`, models.createModel),
    CreateRequestValidator: rest("POST", `${API}/requestvalidators`, models.createRequestValidator),
    CreateResource: rest("POST", `${API}/resources/{parentId}`, resources.createResource),
    CreateRestApi: rest("POST", "/restapis", apis.createRestApi),
    CreateStage: rest("POST", `${API}/stages`, stages.createStage),
    CreateUsagePlan: rest("POST", "/usageplans", usagePlans.createUsagePlan),
    CreateUsagePlanKey: rest("POST", "/usageplans/{usagePlanId}/keys", usagePlans.createUsagePlanKey),
    DeleteApiKey: rest("DELETE", "/apikeys/{apiKey}", apiKeys.deleteApiKey),
    DeleteAuthorizer: rest("DELETE", `${API}/authorizers/{authorizerId}`, authorizers.deleteAuthorizer),
    DeleteBasePathMapping: rest(
      "DELETE",
      "/domainnames/{domainName}/basepathmappings/{basePath}",
      domainNames.deleteBasePathMapping,
    ),
    DeleteClientCertificate: rest(
      "DELETE",
      "/clientcertificates/{clientCertificateId}",
      certificates.deleteClientCertificate,
    ),
    DeleteDeployment: rest("DELETE", DEPLOYMENT, deployments.deleteDeployment),
    DeleteDocumentationPart: rest(
      "DELETE",
      `${API}/documentation/parts/{documentationPartId}`,
      documentation.deleteDocumentationPart,
    ),
    DeleteDocumentationVersion: rest(
      "DELETE",
      `${API}/documentation/versions/{documentationVersion}`,
      documentation.deleteDocumentationVersion,
    ),
    DeleteDomainName: rest("DELETE", "/domainnames/{domainName}", domainNames.deleteDomainName),
    DeleteGatewayResponse: rest(
      "DELETE",
      `${API}/gatewayresponses/{responseType}`,
      gatewayResponses.deleteGatewayResponse,
    ),
    DeleteIntegration: rest("DELETE", INTEGRATION, integrations.deleteIntegration),
    DeleteIntegrationResponse: rest("DELETE", INTEGRATION_RESPONSE, integrations.deleteIntegrationResponse),
    DeleteMethod: rest("DELETE", METHOD, methods.deleteMethod),
    DeleteMethodResponse: rest("DELETE", RESPONSE, methods.deleteMethodResponse),
    DeleteModel: rest("DELETE", `${API}/models/{modelName}`, models.deleteModel),
    DeleteRequestValidator: rest(
      "DELETE",
      `${API}/requestvalidators/{requestValidatorId}`,
      models.deleteRequestValidator,
    ),
    DeleteResource: rest("DELETE", RESOURCE, resources.deleteResource),
    DeleteRestApi: rest("DELETE", API, apis.deleteRestApi),
    DeleteStage: rest("DELETE", STAGE, stages.deleteStage),
    DeleteUsagePlan: rest("DELETE", "/usageplans/{usagePlanId}", usagePlans.deleteUsagePlan),
    DeleteUsagePlanKey: rest("DELETE", "/usageplans/{usagePlanId}/keys/{keyId}", usagePlans.deleteUsagePlanKey),
    FlushStageAuthorizersCache: rest("DELETE", `${STAGE}/cache/authorizers`, stages.flushStageAuthorizersCache),
    FlushStageCache: rest("DELETE", `${STAGE}/cache/data`, stages.flushStageCache),
    GenerateClientCertificate: rest("POST", "/clientcertificates", certificates.generateClientCertificate),
    GetAccount: rest("GET", "/account", account.getAccount),
    GetApiKey: rest("GET", "/apikeys/{apiKey}", apiKeys.getApiKey),
    GetApiKeys: rest("GET", "/apikeys", apiKeys.getApiKeys),
    GetAuthorizer: rest("GET", `${API}/authorizers/{authorizerId}`, authorizers.getAuthorizer),
    GetAuthorizers: rest("GET", `${API}/authorizers`, authorizers.getAuthorizers),
    GetBasePathMapping: rest(
      "GET",
      "/domainnames/{domainName}/basepathmappings/{basePath}",
      domainNames.getBasePathMapping,
    ),
    GetBasePathMappings: rest("GET", "/domainnames/{domainName}/basepathmappings", domainNames.getBasePathMappings),
    GetClientCertificate: rest("GET", "/clientcertificates/{clientCertificateId}", certificates.getClientCertificate),
    GetClientCertificates: rest("GET", "/clientcertificates", certificates.getClientCertificates),
    GetDeployment: rest("GET", DEPLOYMENT, deployments.getDeployment),
    GetDeployments: rest("GET", `${API}/deployments`, deployments.getDeployments),
    GetDocumentationPart: rest(
      "GET",
      `${API}/documentation/parts/{documentationPartId}`,
      documentation.getDocumentationPart,
    ),
    GetDocumentationParts: rest("GET", `${API}/documentation/parts`, documentation.getDocumentationParts),
    GetDocumentationVersion: rest(
      "GET",
      `${API}/documentation/versions/{documentationVersion}`,
      documentation.getDocumentationVersion,
    ),
    GetDocumentationVersions: rest("GET", `${API}/documentation/versions`, documentation.getDocumentationVersions),
    GetDomainName: rest("GET", "/domainnames/{domainName}", domainNames.getDomainName),
    GetDomainNames: rest("GET", "/domainnames", domainNames.getDomainNames),
    GetExport: rest("GET", `${STAGE}/exports/{exportType}`, exports.getExport),
    GetGatewayResponse: rest("GET", `${API}/gatewayresponses/{responseType}`, gatewayResponses.getGatewayResponse),
    GetGatewayResponses: rest("GET", `${API}/gatewayresponses`, gatewayResponses.getGatewayResponses),
    GetIntegration: rest("GET", INTEGRATION, integrations.getIntegration),
    GetIntegrationResponse: rest("GET", INTEGRATION_RESPONSE, integrations.getIntegrationResponse),
    GetMethod: rest("GET", METHOD, methods.getMethodHandler),
    GetMethodResponse: rest("GET", RESPONSE, methods.getMethodResponse),
    GetModel: rest("GET", `${API}/models/{modelName}`, models.getModel),
    GetModelTemplate: rest("GET", `${API}/models/{modelName}/default_template`, models.getModelTemplate),
    GetModels: rest("GET", `${API}/models`, models.getModels),
    GetRequestValidator: rest("GET", `${API}/requestvalidators/{requestValidatorId}`, models.getRequestValidator),
    GetRequestValidators: rest("GET", `${API}/requestvalidators`, models.getRequestValidators),
    GetResource: rest("GET", RESOURCE, resources.getResourceHandler),
    GetResources: rest("GET", `${API}/resources`, resources.getResources),
    GetRestApi: rest("GET", API, apis.getRestApi),
    GetRestApis: rest("GET", "/restapis", apis.getRestApis),
    GetStage: rest("GET", STAGE, stages.getStage),
    GetStages: rest("GET", `${API}/stages`, stages.getStages),
    GetTags: rest("GET", "/tags/{resourceArn}", tags.getTags),
    GetUsage: rest("GET", "/usageplans/{usagePlanId}/usage", usagePlans.getUsage),
    GetUsagePlan: rest("GET", "/usageplans/{usagePlanId}", usagePlans.getUsagePlan),
    GetUsagePlanKey: rest("GET", "/usageplans/{usagePlanId}/keys/{keyId}", usagePlans.getUsagePlanKey),
    GetUsagePlanKeys: rest("GET", "/usageplans/{usagePlanId}/keys", usagePlans.getUsagePlanKeys),
    GetUsagePlans: rest("GET", "/usageplans", usagePlans.getUsagePlans),
    ImportApiKeys: rest("POST", "/apikeys", importApiKeys),
    ImportDocumentationParts: rest("PUT", `${API}/documentation/parts`, documentation.importDocumentationParts),
    ImportRestApi: rest("POST", "/restapis", imports.importRestApi),
    PutGatewayResponse: rest("PUT", `${API}/gatewayresponses/{responseType}`, gatewayResponses.putGatewayResponse),
    PutIntegration: rest("PUT", INTEGRATION, integrations.putIntegration),
    PutIntegrationResponse: rest("PUT", INTEGRATION_RESPONSE, integrations.putIntegrationResponse),
    PutMethod: rest("PUT", METHOD, methods.putMethod),
    PutMethodResponse: rest("PUT", RESPONSE, methods.putMethodResponse),
    PutRestApi: rest("PUT", API, imports.putRestApi),
    TagResource: rest("PUT", "/tags/{resourceArn}", tags.tagResource),
    TestInvokeAuthorizer: rest("POST", `${API}/authorizers/{authorizerId}`, testInvokeAuthorizer),
    TestInvokeMethod: rest("POST", METHOD, testing.testInvokeMethod),
    UntagResource: rest("DELETE", "/tags/{resourceArn}", tags.untagResource),
    UpdateAccount: rest("PATCH", "/account", account.updateAccount),
    UpdateApiKey: rest("PATCH", "/apikeys/{apiKey}", apiKeys.updateApiKey),
    UpdateAuthorizer: rest("PATCH", `${API}/authorizers/{authorizerId}`, authorizers.updateAuthorizer),
    UpdateBasePathMapping: rest(
      "PATCH",
      "/domainnames/{domainName}/basepathmappings/{basePath}",
      domainNames.updateBasePathMapping,
    ),
    UpdateClientCertificate: rest(
      "PATCH",
      "/clientcertificates/{clientCertificateId}",
      certificates.updateClientCertificate,
    ),
    UpdateDeployment: rest("PATCH", DEPLOYMENT, deployments.updateDeployment),
    UpdateDocumentationPart: rest(
      "PATCH",
      `${API}/documentation/parts/{documentationPartId}`,
      documentation.updateDocumentationPart,
    ),
    UpdateDocumentationVersion: rest(
      "PATCH",
      `${API}/documentation/versions/{documentationVersion}`,
      documentation.updateDocumentationVersion,
    ),
    UpdateDomainName: rest("PATCH", "/domainnames/{domainName}", domainNames.updateDomainName),
    UpdateGatewayResponse: rest(
      "PATCH",
      `${API}/gatewayresponses/{responseType}`,
      gatewayResponses.updateGatewayResponse,
    ),
    UpdateIntegration: rest("PATCH", INTEGRATION, integrations.updateIntegration),
    UpdateIntegrationResponse: rest("PATCH", INTEGRATION_RESPONSE, integrations.updateIntegrationResponse),
    UpdateMethod: rest("PATCH", METHOD, methods.updateMethod),
    UpdateMethodResponse: rest("PATCH", RESPONSE, methods.updateMethodResponse),
    UpdateModel: rest("PATCH", `${API}/models/{modelName}`, models.updateModel),
    UpdateRequestValidator: rest(
      "PATCH",
      `${API}/requestvalidators/{requestValidatorId}`,
      models.updateRequestValidator,
    ),
    UpdateResource: rest("PATCH", RESOURCE, resources.updateResource),
    UpdateRestApi: rest("PATCH", API, apis.updateRestApi),
    UpdateStage: rest("PATCH", STAGE, stages.updateStage),
    UpdateUsage: rest("PATCH", "/usageplans/{usagePlanId}/keys/{keyId}/usage", usagePlans.updateUsage),
    UpdateUsagePlan: rest("PATCH", "/usageplans/{usagePlanId}", usagePlans.updateUsagePlan),
  }),
  resources: {
    "AWS::ApiGateway::Account": () => import("./resources/account.js"),
    "AWS::ApiGateway::ApiKey": () => import("./resources/api-key.js"),
    "AWS::ApiGateway::Authorizer": () => import("./resources/authorizer.js"),
    "AWS::ApiGateway::BasePathMapping": () => import("./resources/base-path-mapping.js"),
    "AWS::ApiGateway::ClientCertificate": () => import("./resources/client-certificate.js"),
    "AWS::ApiGateway::Deployment": () => import("./resources/deployment.js"),
    "AWS::ApiGateway::DocumentationPart": () => import("./resources/documentation-part.js"),
    "AWS::ApiGateway::DocumentationVersion": () => import("./resources/documentation-version.js"),
    "AWS::ApiGateway::DomainName": () => import("./resources/domain-name.js"),
    "AWS::ApiGateway::GatewayResponse": () => import("./resources/gateway-response.js"),
    "AWS::ApiGateway::Method": () => import("./resources/method.js"),
    "AWS::ApiGateway::Model": () => import("./resources/model.js"),
    "AWS::ApiGateway::RequestValidator": () => import("./resources/request-validator.js"),
    "AWS::ApiGateway::Resource": () => import("./resources/resource.js"),
    "AWS::ApiGateway::RestApi": () => import("./resources/rest-api.js"),
    "AWS::ApiGateway::Stage": () => import("./resources/stage.js"),
    "AWS::ApiGateway::UsagePlan": () => import("./resources/usage-plan.js"),
    "AWS::ApiGateway::UsagePlanKey": () => import("./resources/usage-plan-key.js"),
  },
  endpoints: {
    "execute-api by path": executeApi,
    "execute-api by host": executeApi,
    "domain name by path": customDomain,
    "domain name by host": customDomain,
  },
  unsupported: {
    "VPC links lead into networks that are not here": [
      "CreateVpcLink",
      "DeleteVpcLink",
      "GetVpcLink",
      "GetVpcLinks",
      "UpdateVpcLink",
    ],
    "private domain names lead into networks that are not here": [
      "CreateDomainNameAccessAssociation",
      "DeleteDomainNameAccessAssociation",
      "GetDomainNameAccessAssociations",
      "RejectDomainNameAccessAssociation",
    ],
    "SDKs are not generated": ["GetSdk", "GetSdkType", "GetSdkTypes"],
  },
});
