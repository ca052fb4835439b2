/** AWS Lambda. */
import { defineService, operation } from "../../kernel/service.js";
import { deliver } from "./asynchronous.js";
import * as functions from "./functions.js";
import * as invoke from "./invoke.js";
import * as layers from "./layers.js";
import { functionOf, unqualifiedFunctionOf } from "./names.js";
import * as permissions from "./permissions.js";
import * as settings from "./settings.js";
import * as tags from "./tags.js";
import * as versions from "./versions.js";

export default defineService<typeof import("@aws-sdk/client-lambda")>({
  id: "lambda",
  iamPrefix: "lambda",
  operations: {
    GetAccountSettings: operation(settings.getAccountSettings, "*"),
    PutFunctionConcurrency: operation(settings.putFunctionConcurrency, unqualifiedFunctionOf),
    GetFunctionConcurrency: operation(settings.getFunctionConcurrency, unqualifiedFunctionOf),
    DeleteFunctionConcurrency: operation(settings.deleteFunctionConcurrency, unqualifiedFunctionOf),
    PutFunctionRecursionConfig: operation(settings.putFunctionRecursionConfig, unqualifiedFunctionOf),
    GetFunctionRecursionConfig: operation(settings.getFunctionRecursionConfig, unqualifiedFunctionOf),
    ListProvisionedConcurrencyConfigs: operation(settings.listProvisionedConcurrencyConfigs, unqualifiedFunctionOf),
    PutProvisionedConcurrencyConfig: operation(settings.putProvisionedConcurrencyConfig, functionOf),
    GetProvisionedConcurrencyConfig: operation(settings.getProvisionedConcurrencyConfig, functionOf),
    DeleteProvisionedConcurrencyConfig: operation(settings.deleteProvisionedConcurrencyConfig, functionOf),
    PutRuntimeManagementConfig: operation(settings.putRuntimeManagementConfig, functionOf),
    GetRuntimeManagementConfig: operation(settings.getRuntimeManagementConfig, functionOf),
    AddLayerVersionPermission: operation(layers.addLayerVersionPermission, layers.layerOf),
    AddPermission: operation(permissions.addPermission, functionOf),
    CreateAlias: operation(versions.createAlias, unqualifiedFunctionOf),
    CreateFunction: operation(functions.createFunction, unqualifiedFunctionOf),
    DeleteAlias: operation(versions.deleteAlias, unqualifiedFunctionOf),
    DeleteFunction: operation(functions.deleteFunction, functionOf),
    DeleteLayerVersion: operation(layers.deleteLayerVersion, layers.layerOf),
    GetAlias: operation(versions.getAlias, unqualifiedFunctionOf),
    GetFunction: operation(functions.getFunction, functionOf),
    GetFunctionConfiguration: operation(functions.getFunctionConfiguration, functionOf),
    GetLayerVersion: operation(layers.getLayerVersion, layers.layerOf),
    GetLayerVersionByArn: operation(layers.getLayerVersionByArn, ({ Arn = "*" }) => Arn, "lambda:GetLayerVersion"),
    GetLayerVersionPolicy: operation(layers.getLayerVersionPolicy, layers.layerOf),
    GetPolicy: operation(permissions.getPolicy, functionOf),
    Invoke: operation(invoke.invoke, functionOf, "lambda:InvokeFunction"),
    InvokeAsync: operation(invoke.invokeAsync, unqualifiedFunctionOf, "lambda:InvokeFunction"),
    ListAliases: operation(versions.listAliases, unqualifiedFunctionOf),
    ListFunctions: operation(functions.listFunctions, "*"),
    ListLayerVersions: operation(layers.listLayerVersions, "*"),
    ListLayers: operation(layers.listLayers, "*"),
    ListTags: operation(tags.listTags, tags.taggedResource),
    ListVersionsByFunction: operation(versions.listVersionsByFunction, unqualifiedFunctionOf),
    PublishLayerVersion: operation(layers.publishLayerVersion, layers.layerOf),
    PublishVersion: operation(versions.publishVersion, unqualifiedFunctionOf),
    RemoveLayerVersionPermission: operation(layers.removeLayerVersionPermission, layers.layerOf),
    RemovePermission: operation(permissions.removePermission, functionOf),
    TagResource: operation(tags.tagResource, tags.taggedResource),
    UntagResource: operation(tags.untagResource, tags.taggedResource),
    UpdateAlias: operation(versions.updateAlias, unqualifiedFunctionOf),
    UpdateFunctionCode: operation(functions.updateFunctionCode, unqualifiedFunctionOf),
    UpdateFunctionConfiguration: operation(functions.updateFunctionConfiguration, unqualifiedFunctionOf),
  },
  resources: {
    "AWS::Lambda::Alias": () => import("./resources/alias.js"),
    "AWS::Lambda::Function": () => import("./resources/function.js"),
    "AWS::Lambda::LayerVersion": () => import("./resources/layer-version.js"),
    "AWS::Lambda::Permission": () => import("./resources/permission.js"),
    "AWS::Lambda::Version": () => import("./resources/version.js"),
  },
  timers: { deliver },
  unsupported: {},
});
