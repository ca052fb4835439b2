/** The `Globals` section: properties that all resources of a type share. See "Globals section of the AWS SAM template". */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource, Mistake } from "./errors.js";
import { isIntrinsic } from "./intrinsics.js";
import { listOf, mapOf, says } from "./plain.js";

/** The properties that may be global, by the section's name. */
const SUPPORTED: Readonly<Record<string, readonly string[]>> = {
  Function: [
    "Handler",
    "Runtime",
    "CodeUri",
    "DeadLetterQueue",
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Environment",
    "Tags",
    "PropagateTags",
    "Tracing",
    "KmsKeyArn",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "Layers",
    "DeploymentPreference",
    "RolePath",
    "PermissionsBoundary",
    "ReservedConcurrentExecutions",
    "ProvisionedConcurrencyConfig",
    "AssumeRolePolicyDocument",
    "EventInvokeConfig",
    "FileSystemConfigs",
    "CodeSigningConfigArn",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "FunctionUrlConfig",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "RecursiveLoop",
    "SourceKMSKeyArn",
    "TenancyConfig",
    "DurableConfig",
    "CapacityProviderConfig",
    "FunctionScalingConfig",
    "PublishToLatestPublished",
    "VersionDeletionPolicy",
  ],
  Api: [
    "Auth",
    "Name",
    "DefinitionUri",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "MergeDefinitions",
    "Variables",
    "EndpointConfiguration",
    "MethodSettings",
    "BinaryMediaTypes",
    "MinimumCompressionSize",
    "Cors",
    "GatewayResponses",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
    "OpenApiVersion",
    "Domain",
    "AlwaysDeploy",
    "PropagateTags",
    "SecurityPolicy",
    "EndpointAccessMode",
  ],
  HttpApi: [
    "Auth",
    "AccessLogSettings",
    "StageVariables",
    "Tags",
    "CorsConfiguration",
    "DefaultRouteSettings",
    "Domain",
    "RouteSettings",
    "FailOnWarnings",
    "PropagateTags",
  ],
  SimpleTable: ["SSESpecification"],
  StateMachine: ["PropagateTags"],
  LayerVersion: ["PublishLambdaVersion"],
  CapacityProvider: [
    "VpcConfig",
    "OperatorRole",
    "Tags",
    "InstanceRequirements",
    "ScalingConfig",
    "KmsKeyArn",
    "PropagateTags",
  ],
  WebSocketApi: [
    "AccessLogSettings",
    "ApiKeySelectionExpression",
    "DefaultRouteSettings",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "Domain",
    "FailOnWarnings",
    "IpAddressType",
    "PropagateTags",
    "RouteSelectionExpression",
    "RouteSettings",
    "StageVariables",
    "Tags",
  ],
};

/** Merges a document's globals into its resources, in place, and takes the section away. @throws Mistake */
export function mergeGlobals(document: JsonObject): void {
  const { Globals: globals } = document;
  if (globals === undefined) return;
  const sections = checkGlobals(globals);
  for (const [id, resource] of Object.entries(mapOf(document.Resources))) {
    if (!isObject(resource)) continue;
    const name = String(resource.Type).replace(/^AWS::Serverless::/, "");
    const shared = sections[name];
    if (!String(resource.Type).startsWith("AWS::Serverless::") || !isObject(shared)) continue;
    const global = withoutIgnored(id, shared, resource.IgnoreGlobals);
    resource.Properties = merge(global, mapOf(resource.Properties));
    delete resource.IgnoreGlobals;
  }
  delete document.Globals;
}

function checkGlobals(globals: Json): JsonObject {
  const refuse = (why: string) => new Mistake(`'Globals' section is invalid. ${why}`);
  const list = (names: readonly string[]) => `[${names.map((name) => `'${name}'`).join(", ")}]`;
  if (!isObject(globals)) throw refuse("It must be a non-empty dictionary");
  for (const [name, properties] of Object.entries(globals)) {
    const supported = SUPPORTED[name];
    if (!supported) {
      const names = list(Object.keys(SUPPORTED).sort());
      throw refuse(`'${name}' is not supported. Must be one of the following values - ${names}`);
    }
    if (!isObject(properties)) throw refuse("Value of ${section} must be a dictionary");
    const unknown = Object.keys(properties).find((key) => !supported.includes(key));
    if (unknown === undefined) continue;
    throw refuse(
      `'${unknown}' is not a supported property of '${name}'. Must be one of the following values - ${list(supported)}`,
    );
  }
  return globals;
}

function withoutIgnored(id: string, global: JsonObject, ignored: Json | undefined): JsonObject {
  if (!says(ignored)) return global;
  if (ignored === "*") return {};
  const refuse = (why: string) =>
    invalidResource(id, `Resource ${id} has invalid resource attribute 'IgnoreGlobals'${why}.`);
  if (!Array.isArray(ignored)) throw refuse("");
  const rest = { ...global };
  for (const key of listOf(ignored)) {
    if (typeof key !== "string" || !Object.hasOwn(rest, key)) throw refuse(` on item '${String(key)}'`);
    delete rest[key];
  }
  return rest;
}

/** Maps are merged, lists are joined with the global items first, and anything else is the resource's own. */
function merge(global: Json, own: Json): Json {
  if (isPlainMap(global) && isPlainMap(own)) {
    const merged: JsonObject = structuredClone(global);
    for (const [key, value] of Object.entries(own)) {
      const shared = global[key];
      merged[key] = shared === undefined ? value : merge(shared, value);
    }
    return merged;
  }
  if (Array.isArray(global) && Array.isArray(own)) return [...structuredClone(global), ...own];
  return own;
}

function isPlainMap(value: Json): value is JsonObject {
  return isObject(value) && !isIntrinsic(value);
}
