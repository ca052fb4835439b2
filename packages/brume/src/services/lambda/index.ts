/** AWS Lambda. */
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import { deliver } from "./asynchronous.js";
import * as codeSigning from "./code-signing.js";
import constraints from "./constraints.json" with { type: "json" };
import * as eventInvokeConfigs from "./event-invoke-configs.js";
import * as mappings from "./event-source-mappings.js";
import * as functionUrls from "./function-urls.js";
import * as functions from "./functions.js";
import * as invoke from "./invoke.js";
import * as layers from "./layers.js";
import { functionOf, refusal, unqualifiedFunctionOf } from "./names.js";
import * as permissions from "./permissions.js";
import { poll } from "./polling.js";
import * as settings from "./settings.js";
import * as tags from "./tags.js";
import { functionUrl } from "./url-endpoint.js";
import * as versions from "./versions.js";

export default defineService<typeof import("@aws-sdk/client-lambda")>({
  id: "lambda",
  iamPrefix: "lambda",
  operations: constrained(constraints, refusal, {
    AddLayerVersionPermission: operation(layers.addLayerVersionPermission, layers.layerOf),
    AddPermission: operation(permissions.addPermission, functionOf),
    CreateAlias: operation(versions.createAlias, unqualifiedFunctionOf),
    CreateCodeSigningConfig: operation(codeSigning.createCodeSigningConfig, "*"),
    CreateEventSourceMapping: operation(mappings.createEventSourceMapping, "*"),
    CreateFunction: operation(functions.createFunction, unqualifiedFunctionOf),
    CreateFunctionUrlConfig: operation(functionUrls.createFunctionUrlConfig, functionOf),
    DeleteAlias: operation(versions.deleteAlias, unqualifiedFunctionOf),
    DeleteCodeSigningConfig: operation(codeSigning.deleteCodeSigningConfig, codeSigning.codeSigningConfigOf),
    DeleteEventSourceMapping: operation(mappings.deleteEventSourceMapping, mappings.mappingOf),
    DeleteFunction: operation(functions.deleteFunction, functionOf),
    DeleteFunctionCodeSigningConfig: operation(codeSigning.deleteFunctionCodeSigningConfig, unqualifiedFunctionOf),
    DeleteFunctionConcurrency: operation(settings.deleteFunctionConcurrency, unqualifiedFunctionOf),
    DeleteFunctionEventInvokeConfig: operation(eventInvokeConfigs.deleteFunctionEventInvokeConfig, functionOf),
    DeleteFunctionUrlConfig: operation(functionUrls.deleteFunctionUrlConfig, functionOf),
    DeleteLayerVersion: operation(layers.deleteLayerVersion, layers.layerOf),
    DeleteProvisionedConcurrencyConfig: operation(settings.deleteProvisionedConcurrencyConfig, functionOf),
    DeleteResourcePolicy: operation(permissions.deleteResourcePolicy, ({ ResourceArn = "*" }) => ResourceArn),
    GetAccountSettings: operation(settings.getAccountSettings, "*"),
    GetAlias: operation(versions.getAlias, unqualifiedFunctionOf),
    GetCodeSigningConfig: operation(codeSigning.getCodeSigningConfig, codeSigning.codeSigningConfigOf),
    GetEventSourceMapping: operation(mappings.getEventSourceMapping, mappings.mappingOf),
    GetFunction: operation(functions.getFunction, functionOf),
    GetFunctionCodeSigningConfig: operation(codeSigning.getFunctionCodeSigningConfig, unqualifiedFunctionOf),
    GetFunctionConcurrency: operation(settings.getFunctionConcurrency, unqualifiedFunctionOf),
    GetFunctionConfiguration: operation(functions.getFunctionConfiguration, functionOf),
    GetFunctionEventInvokeConfig: operation(eventInvokeConfigs.getFunctionEventInvokeConfig, functionOf),
    GetFunctionRecursionConfig: operation(settings.getFunctionRecursionConfig, unqualifiedFunctionOf),
    GetFunctionUrlConfig: operation(functionUrls.getFunctionUrlConfig, functionOf),
    GetLayerVersion: operation(layers.getLayerVersion, layers.layerOf),
    GetLayerVersionByArn: operation(layers.getLayerVersionByArn, ({ Arn = "*" }) => Arn, "lambda:GetLayerVersion"),
    GetLayerVersionPolicy: operation(layers.getLayerVersionPolicy, layers.layerOf),
    GetPolicy: operation(permissions.getPolicy, functionOf),
    GetProvisionedConcurrencyConfig: operation(settings.getProvisionedConcurrencyConfig, functionOf),
    GetResourcePolicy: operation(permissions.getResourcePolicy, ({ ResourceArn = "*" }) => ResourceArn),
    GetRuntimeManagementConfig: operation(settings.getRuntimeManagementConfig, functionOf),
    Invoke: operation(invoke.invoke, functionOf, "lambda:InvokeFunction"),
    InvokeAsync: operation(invoke.invokeAsync, unqualifiedFunctionOf, "lambda:InvokeFunction"),
    InvokeWithResponseStream: operation(invoke.invokeWithResponseStream, functionOf, "lambda:InvokeFunction"),
    ListAliases: operation(versions.listAliases, unqualifiedFunctionOf),
    ListCodeSigningConfigs: operation(codeSigning.listCodeSigningConfigs, "*"),
    ListEventSourceMappings: operation(mappings.listEventSourceMappings, "*"),
    ListFunctionEventInvokeConfigs: operation(eventInvokeConfigs.listFunctionEventInvokeConfigs, unqualifiedFunctionOf),
    ListFunctionUrlConfigs: operation(functionUrls.listFunctionUrlConfigs, unqualifiedFunctionOf),
    ListFunctions: operation(functions.listFunctions, "*"),
    ListFunctionsByCodeSigningConfig: operation(
      codeSigning.listFunctionsByCodeSigningConfig,
      codeSigning.codeSigningConfigOf,
    ),
    ListLayerVersions: operation(layers.listLayerVersions, "*"),
    ListLayers: operation(layers.listLayers, "*"),
    ListProvisionedConcurrencyConfigs: operation(settings.listProvisionedConcurrencyConfigs, unqualifiedFunctionOf),
    ListTags: operation(tags.listTags, tags.taggedResource),
    ListVersionsByFunction: operation(versions.listVersionsByFunction, unqualifiedFunctionOf),
    PublishLayerVersion: operation(layers.publishLayerVersion, layers.layerOf),
    PublishVersion: operation(versions.publishVersion, unqualifiedFunctionOf),
    PutFunctionCodeSigningConfig: operation(codeSigning.putFunctionCodeSigningConfig, unqualifiedFunctionOf),
    PutFunctionConcurrency: operation(settings.putFunctionConcurrency, unqualifiedFunctionOf),
    PutFunctionEventInvokeConfig: operation(eventInvokeConfigs.putFunctionEventInvokeConfig, functionOf),
    PutFunctionRecursionConfig: operation(settings.putFunctionRecursionConfig, unqualifiedFunctionOf),
    PutProvisionedConcurrencyConfig: operation(settings.putProvisionedConcurrencyConfig, functionOf),
    PutResourcePolicy: operation(permissions.putResourcePolicy, ({ ResourceArn = "*" }) => ResourceArn),
    PutRuntimeManagementConfig: operation(settings.putRuntimeManagementConfig, functionOf),
    RemoveLayerVersionPermission: operation(layers.removeLayerVersionPermission, layers.layerOf),
    RemovePermission: operation(permissions.removePermission, functionOf),
    TagResource: operation(tags.tagResource, tags.taggedResource),
    UntagResource: operation(tags.untagResource, tags.taggedResource),
    UpdateAlias: operation(versions.updateAlias, unqualifiedFunctionOf),
    UpdateCodeSigningConfig: operation(codeSigning.updateCodeSigningConfig, codeSigning.codeSigningConfigOf),
    UpdateEventSourceMapping: operation(mappings.updateEventSourceMapping, mappings.mappingOf),
    UpdateFunctionCode: operation(functions.updateFunctionCode, unqualifiedFunctionOf),
    UpdateFunctionConfiguration: operation(functions.updateFunctionConfiguration, unqualifiedFunctionOf),
    UpdateFunctionEventInvokeConfig: operation(eventInvokeConfigs.updateFunctionEventInvokeConfig, functionOf),
    UpdateFunctionUrlConfig: operation(functionUrls.updateFunctionUrlConfig, functionOf),
  }),
  resources: {
    "AWS::Lambda::Alias": () => import("./resources/alias.js"),
    "AWS::Lambda::CodeSigningConfig": () => import("./resources/code-signing-config.js"),
    "AWS::Lambda::EventInvokeConfig": () => import("./resources/event-invoke-config.js"),
    "AWS::Lambda::EventSourceMapping": () => import("./resources/event-source-mapping.js"),
    "AWS::Lambda::Function": () => import("./resources/function.js"),
    "AWS::Lambda::LayerVersion": () => import("./resources/layer-version.js"),
    "AWS::Lambda::LayerVersionPermission": () => import("./resources/layer-version-permission.js"),
    "AWS::Lambda::Permission": () => import("./resources/permission.js"),
    "AWS::Lambda::Url": () => import("./resources/url.js"),
    "AWS::Lambda::Version": () => import("./resources/version.js"),
  },
  timers: { deliver, poll },
  endpoints: { "function URL by path": functionUrl, "function URL by host": functionUrl },
  unsupported: {
    "durable executions are not built yet": [
      "CheckpointDurableExecution",
      "GetDurableExecution",
      "GetDurableExecutionHistory",
      "GetDurableExecutionState",
      "ListDurableExecutionsByFunction",
      "SendDurableExecutionCallbackFailure",
      "SendDurableExecutionCallbackHeartbeat",
      "SendDurableExecutionCallbackSuccess",
      "StopDurableExecution",
    ],
    "functions run as processes of this machine, not on managed instances": [
      "CreateCapacityProvider",
      "DeleteCapacityProvider",
      "GetCapacityProvider",
      "GetFunctionScalingConfig",
      "ListCapacityProviders",
      "ListFunctionVersionsByCapacityProvider",
      "PutFunctionScalingConfig",
      "UpdateCapacityProvider",
    ],
  },
});
