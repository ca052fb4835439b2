/** Amazon API Gateway: REST APIs. */
import type { Context } from "../../kernel/context.js";
import { defineService, type Operation } from "../../kernel/service.js";
import * as account from "./account.js";
import * as deployments from "./deployments.js";
import { executeApi } from "./execute/endpoint.js";
import * as integrations from "./integrations.js";
import * as methods from "./methods.js";
import * as resources from "./resources.js";
import * as apis from "./rest-apis.js";
import * as stages from "./stages.js";

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
  operations: {
    CreateDeployment: rest("POST", `${API}/deployments`, deployments.createDeployment),
    CreateResource: rest("POST", `${API}/resources/{parentId}`, resources.createResource),
    CreateRestApi: rest("POST", "/restapis", apis.createRestApi),
    CreateStage: rest("POST", `${API}/stages`, stages.createStage),
    DeleteDeployment: rest("DELETE", DEPLOYMENT, deployments.deleteDeployment),
    DeleteIntegration: rest("DELETE", INTEGRATION, integrations.deleteIntegration),
    DeleteIntegrationResponse: rest("DELETE", INTEGRATION_RESPONSE, integrations.deleteIntegrationResponse),
    DeleteMethod: rest("DELETE", METHOD, methods.deleteMethod),
    DeleteMethodResponse: rest("DELETE", RESPONSE, methods.deleteMethodResponse),
    DeleteResource: rest("DELETE", RESOURCE, resources.deleteResource),
    DeleteRestApi: rest("DELETE", API, apis.deleteRestApi),
    DeleteStage: rest("DELETE", STAGE, stages.deleteStage),
    FlushStageCache: rest("DELETE", `${STAGE}/cache/data`, stages.flushStageCache),
    GetAccount: rest("GET", "/account", account.getAccount),
    GetDeployment: rest("GET", DEPLOYMENT, deployments.getDeployment),
    GetDeployments: rest("GET", `${API}/deployments`, deployments.getDeployments),
    GetIntegration: rest("GET", INTEGRATION, integrations.getIntegration),
    GetIntegrationResponse: rest("GET", INTEGRATION_RESPONSE, integrations.getIntegrationResponse),
    GetMethod: rest("GET", METHOD, methods.getMethodHandler),
    GetMethodResponse: rest("GET", RESPONSE, methods.getMethodResponse),
    GetResource: rest("GET", RESOURCE, resources.getResourceHandler),
    GetResources: rest("GET", `${API}/resources`, resources.getResources),
    GetRestApi: rest("GET", API, apis.getRestApi),
    GetRestApis: rest("GET", "/restapis", apis.getRestApis),
    GetStage: rest("GET", STAGE, stages.getStage),
    GetStages: rest("GET", `${API}/stages`, stages.getStages),
    PutIntegration: rest("PUT", INTEGRATION, integrations.putIntegration),
    PutIntegrationResponse: rest("PUT", INTEGRATION_RESPONSE, integrations.putIntegrationResponse),
    PutMethod: rest("PUT", METHOD, methods.putMethod),
    PutMethodResponse: rest("PUT", RESPONSE, methods.putMethodResponse),
    UpdateAccount: rest("PATCH", "/account", account.updateAccount),
    UpdateDeployment: rest("PATCH", DEPLOYMENT, deployments.updateDeployment),
    UpdateIntegration: rest("PATCH", INTEGRATION, integrations.updateIntegration),
    UpdateIntegrationResponse: rest("PATCH", INTEGRATION_RESPONSE, integrations.updateIntegrationResponse),
    UpdateMethod: rest("PATCH", METHOD, methods.updateMethod),
    UpdateMethodResponse: rest("PATCH", RESPONSE, methods.updateMethodResponse),
    UpdateResource: rest("PATCH", RESOURCE, resources.updateResource),
    UpdateRestApi: rest("PATCH", API, apis.updateRestApi),
    UpdateStage: rest("PATCH", STAGE, stages.updateStage),
  },
  endpoints: { "execute-api by path": executeApi, "execute-api by host": executeApi },
  unsupported: {},
});
