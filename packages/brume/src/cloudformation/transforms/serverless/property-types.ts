/** Which properties the `AWS::Serverless` types have, and what they may be. See "AWS SAM resources and properties". */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import type { Source } from "./expansion.js";

/**
 * Property names by what they may be: `text`, `map`, `list`, `number`, `flag`, `any`; `list<…>` and `map<…>` say what
 * is inside. `!` at the end marks properties that are required, `=` those that no function may stand for.
 */
export type PropertyTypes = Readonly<Record<string, string>>;

const TYPES: Readonly<Record<string, PropertyTypes>> = {
  "AWS::Serverless::Function": {
    "text|map": "FunctionName",
    any: `Handler Runtime CodeUri ImageUri PackageType InlineCode Description MemorySize Timeout VpcConfig RolePath
      KmsKeyArn ReservedConcurrentExecutions EphemeralStorage VersionDescription ProvisionedConcurrencyConfig
      FileSystemConfigs ImageConfig CodeSigningConfigArn Architectures RuntimeManagementConfig LoggingConfig
      RecursiveLoop SourceKMSKeyArn PublishToLatestPublished TenancyConfig`,
    map: `DeadLetterQueue AssumeRolePolicyDocument Tags DeploymentPreference EventInvokeConfig SnapStart
      FunctionUrlConfig CapacityProviderConfig FunctionScalingConfig DurableConfig`,
    text: "Role PermissionsBoundary AutoPublishAlias AutoPublishCodeSha256 VersionDeletionPolicy",
    "text|map|list<text|map>": "Policies",
    "map<map>": "Environment Events",
    flag: "PropagateTags",
    "map|text": "Tracing",
    "list<text|map>": "Layers",
    "flag=": "AutoPublishAliasAllProperties",
  },
  "AWS::Serverless::CapacityProvider": {
    "text|map=": "CapacityProviderName OperatorRole KmsKeyArn",
    "map=!": "VpcConfig",
    "map=": "Tags InstanceRequirements ScalingConfig",
    "flag=": "PropagateTags",
  },
  "AWS::Serverless::Api": {
    flag: "__MANAGE_SWAGGER PropagateTags CacheClusterEnabled TracingEnabled FailOnWarnings DisableExecuteApiEndpoint",
    "text|map": "Name DefinitionUri EndpointConfiguration Cors Policy",
    "text|map!": "StageName",
    map: "Tags DefinitionBody Variables Auth GatewayResponses AccessLogSetting CanarySetting Models Domain",
    "flag=": "MergeDefinitions AlwaysDeploy",
    text: "CacheClusterSize OpenApiVersion Description Mode ApiKeySourceType SecurityPolicy EndpointAccessMode",
    list: "MethodSettings BinaryMediaTypes",
    number: "MinimumCompressionSize",
  },
  "AWS::Serverless::HttpApi": {
    flag: "__MANAGE_SWAGGER PropagateTags FailOnWarnings DisableExecuteApiEndpoint",
    any: "Name",
    "text|map": "StageName DefinitionUri",
    map: `Tags DefinitionBody StageVariables AccessLogSettings DefaultRouteSettings Auth RouteSettings Domain`,
    "flag|map": "CorsConfiguration",
    text: "Description",
  },
  "AWS::Serverless::WebSocketApi": {
    text: "ApiKeySelectionExpression Description IpAddressType Name",
    map: "AccessLogSettings Auth DefaultRouteSettings Domain RouteSettings StageVariables Tags",
    flag: "DisableExecuteApiEndpoint DisableSchemaValidation FailOnWarnings PropagateTags",
    "map!": "Routes",
    "text!": "RouteSelectionExpression",
    "text|map": "StageName",
  },
  "AWS::Serverless::SimpleTable": {
    any: "PointInTimeRecoverySpecification",
    "map<text>": "PrimaryKey",
    "map<number|map>": "ProvisionedThroughput",
    "text|map": "TableName",
    map: "Tags SSESpecification",
  },
  "AWS::Serverless::Application": {
    "text|map": "Location",
    text: "TemplateUrl",
    map: "Parameters Tags",
    "list<text|map>": "NotificationARNs",
    number: "TimeoutInMinutes",
  },
  "AWS::Serverless::LayerVersion": {
    "text|map": "LayerName",
    text: "Description LicenseInfo RetentionPolicy",
    flag: "PublishLambdaVersion",
    "text|map!": "ContentUri",
    "list<text|map>": "CompatibleArchitectures CompatibleRuntimes",
  },
  "AWS::Serverless::StateMachine": {
    map: "Definition Logging DefinitionSubstitutions Tags Tracing",
    "text|map": "DefinitionUri",
    text: "Role Name Type PermissionsBoundary",
    any: "RolePath AutoPublishAlias DeploymentPreference",
    "map<map>": "Events",
    flag: "PropagateTags",
    "text|list<text|map>": "Policies",
    "flag=": "UseAliasAsEventTarget",
  },
  "AWS::Serverless::Connector": {
    "map!": "Source",
    "map|list<map>!": "Destination",
    "list<text>!": "Permissions",
  },
  "AWS::Serverless::GraphQLApi": {
    any: "Name XrayEnabled Visibility OwnerContact IntrospectionConfig QueryDepthLimit ResolverCountLimit",
    "map=": "Tags DataSources Functions Resolvers ApiKeys DomainName Cache",
    "map=!": "Auth",
    "text=": "SchemaInline SchemaUri",
    "map|flag=": "Logging",
  },
};

/** @throws Mistake for properties that a resource's type does not have, that are missing, or are of another type */
export function checkProperties({ id, type, properties }: Source): void {
  const types = TYPES[type];
  if (types) checkAgainst(types, id, type, properties);
}

/** @throws Mistake for properties that the types do not allow; `id` and `type` are what the mistake names */
export function checkAgainst(types: PropertyTypes, id: string, type: string, properties: JsonObject): void {
  const kinds = kindsByName(types);
  for (const name of Object.keys(properties)) {
    if (!kinds.has(name)) throw invalidResource(id, `property ${name} not defined for resource of type ${type}`);
  }
  for (const [name, { kind, required, literal }] of kinds) {
    const value = properties[name];
    if (value === undefined || value === null) {
      if (required) throw invalidResource(id, `Missing required property '${name}'.`);
    } else if (!(isSingleMember(value) && !literal) && !isOfKind(value, kind)) {
      const only = kind === "text" ? "string" : kind === "map" ? "map" : undefined;
      const why = only ? `Property '${name}' should be a ${only}.` : `Type of property '${name}' is invalid.`;
      throw invalidResource(id, why);
    }
  }
}

interface Kind {
  readonly kind: string;
  readonly required: boolean;
  readonly literal: boolean;
}

function kindsByName(types: PropertyTypes): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const [marked, names] of Object.entries(types)) {
    const kind = marked.replace(/[=!]/g, "");
    const entry = { kind, required: marked.includes("!"), literal: marked.includes("=") };
    for (const name of names.trim().split(/\s+/)) kinds.set(name, entry);
  }
  return kinds;
}

/** What SAM takes for a function when it checks types. */
function isSingleMember(value: Json): boolean {
  return isObject(value) && Object.keys(value).length === 1;
}

const IS: Readonly<Record<string, (value: Json) => boolean>> = {
  any: () => true,
  text: (value) => typeof value === "string",
  map: (value) => isObject(value),
  list: (value) => Array.isArray(value),
  number: (value) => Number.isInteger(value) || typeof value === "boolean",
  flag: (value) => typeof value === "boolean",
};

function isOfKind(value: Json, kind: string): boolean {
  return alternatives(kind).some((one) => {
    const [, outer = one, inner] = /^(list|map)<(.*)>$/.exec(one) ?? [];
    if (!IS[outer]?.(value)) return false;
    return inner === undefined || Object.values(value as JsonObject).every((item) => isOfKind(item, inner));
  });
}

/** The parts of a kind between its outermost bars. */
function alternatives(kind: string): string[] {
  return kind.match(/(?:[^|<]|<[^>]*>)+/g) ?? [];
}
