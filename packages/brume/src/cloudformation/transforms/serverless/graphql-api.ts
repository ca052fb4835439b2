/** `AWS::Serverless::GraphQLApi`: an AppSync API, its schema, keys, data sources, functions and resolvers. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { connect } from "./connector.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, makeInPlace, type Source } from "./expansion.js";
import { makeDataSources } from "./graphql-data-sources.js";
import { apiIdOf, connectorOf, makePart } from "./graphql-part.js";
import { makeFunctions, makeResolvers } from "./graphql-resolvers.js";
import { getAtt, ref, sub } from "./intrinsics.js";
import { compact, listOf, mapOf, pick, says, tagList } from "./plain.js";
import { trustPolicy } from "./policy-documents.js";

/** The property with an authorizer's settings in SAM, and in AppSync, by the authorizer's type. */
const AUTHORIZERS: Readonly<Record<string, readonly [given: string, made: string]>> = {
  AWS_LAMBDA: ["LambdaAuthorizer", "LambdaAuthorizerConfig"],
  OPENID_CONNECT: ["OpenIDConnect", "OpenIDConnectConfig"],
  AMAZON_COGNITO_USER_POOLS: ["UserPool", "UserPoolConfig"],
};

/** Expands a GraphQL API. @throws Mistake */
export function expandGraphQlApi(source: Source, expansion: Expansion): Made[] {
  const { properties } = source;
  const { settings, lambdaArns } = authentication(source);
  const logging = loggingOf(source);
  const api = makeInPlace(source, "AWS::AppSync::GraphQLApi", {
    Name: properties.Name ?? source.id,
    ...pick(properties, [
      "XrayEnabled",
      "Visibility",
      "OwnerContact",
      "IntrospectionConfig",
      "QueryDepthLimit",
      "ResolverCountLimit",
    ]),
    ...settings,
    LogConfig: logging.config,
    Tags: tagList({ ...mapOf(properties.Tags), "graphqlapi:createdBy": "SAM" }),
  });
  const schema = makeSchema(source);
  const data = makeDataSources(source, expansion);
  const functions = makeFunctions(source, data.names);
  const none = functions.none ? [functions.none] : [];
  return [
    api,
    schema,
    ...lambdaArns.flatMap((arn, index) => connectAuthorizer(source, arn, index + 1, expansion)),
    ...logging.made,
    ...makeKeys(source),
    ...makeCache(source),
    ...data.made,
    ...makeDomain(source),
    ...functions.made,
    ...makeResolvers(source, functions.ids, schema.id),
    ...none,
  ];
}

function authentication({ id, properties }: Source): { settings: JsonObject; lambdaArns: Json[] } {
  const auth = mapOf(properties.Auth);
  const lambdaArns: Json[] = [];
  const one = (given: JsonObject, path: string): JsonObject => {
    const { Type: type, Additional: _, ...rest } = given;
    if (Object.keys(rest).length > 1) {
      throw invalidResource(id, `'${path}' has more than one authentication configuration defined.`);
    }
    const names = AUTHORIZERS[String(type)];
    if (!names) return compact({ AuthenticationType: type });
    const config = rest[names[0]];
    if (config === undefined) throw invalidResource(id, `'${names[0]}' must be defined if type is '${String(type)}'.`);
    const arn = mapOf(config).AuthorizerUri;
    if (type === "AWS_LAMBDA" && arn !== undefined) lambdaArns.push(arn);
    return { AuthenticationType: type as Json, [names[1]]: config };
  };
  const settings = one(auth, "Auth");
  const additional = listOf(auth.Additional).map((given, index) => {
    const made = one(mapOf(given), `Auth.Additional.${index}`);
    const { DefaultAction: _, ...pool } = mapOf(made.UserPoolConfig);
    return made.UserPoolConfig === undefined ? made : { ...made, UserPoolConfig: pool };
  });
  if (additional.length > 0) settings.AdditionalAuthenticationProviders = additional;
  return { settings, lambdaArns };
}

function connectAuthorizer(source: Source, arn: Json, number: number, expansion: Expansion): Made[] {
  const { id } = source;
  const connector = connectorOf(`${id}ToLambdaAuthConnector${number}`, ["Write"]);
  const from = { Type: "AWS::AppSync::GraphQLApi", Arn: ref(id), ResourceId: getAtt(id, "ApiId") };
  return connect(connector, from, { Type: "AWS::Lambda::Function", Arn: arn }, "", expansion);
}

function loggingOf(source: Source): { config?: JsonObject; made: Made[] } {
  const { id, properties } = source;
  const { Logging: logging } = properties;
  if (logging === false) return { made: [] };
  const { ExcludeVerboseContent, FieldLogLevel, CloudWatchLogsRoleArn: given } = mapOf(logging);
  const role = makePart(source, `${id}CloudWatchRole`, "AWS::IAM::Role", {
    AssumeRolePolicyDocument: trustPolicy("appsync.amazonaws.com"),
    ManagedPolicyArns: [sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs")],
  });
  const config = compact({
    ExcludeVerboseContent: says(ExcludeVerboseContent) ? ExcludeVerboseContent : undefined,
    FieldLogLevel: says(FieldLogLevel) ? FieldLogLevel : "ALL",
    CloudWatchLogsRoleArn: says(given) ? given : getAtt(role.id, "Arn"),
  });
  return { config, made: says(given) ? [] : [role] };
}

function makeSchema(source: Source): Made {
  const { id, properties } = source;
  const { SchemaInline: inline, SchemaUri: uri } = properties;
  if (!says(inline) && !says(uri)) throw invalidResource(id, "One of 'SchemaInline' or 'SchemaUri' must be set.");
  if (says(inline) && says(uri)) {
    throw invalidResource(id, "Both 'SchemaInline' and 'SchemaUri' cannot be defined at the same time.");
  }
  return makePart(source, `${id}Schema`, "AWS::AppSync::GraphQLSchema", {
    ApiId: apiIdOf(source),
    Definition: inline,
    DefinitionS3Location: uri,
  });
}

function makeKeys(source: Source): Made[] {
  return Object.entries(mapOf(source.properties.ApiKeys)).map(([name, key]) => {
    const { ApiKeyId, Description, ExpiresOn: Expires } = mapOf(key);
    const properties = { ApiId: apiIdOf(source), ApiKeyId, Description, Expires };
    return makePart(source, source.id + name, "AWS::AppSync::ApiKey", properties);
  });
}

function makeCache(source: Source): Made[] {
  const { Cache: cache } = source.properties;
  if (!says(cache)) return [];
  const properties = { ApiId: apiIdOf(source), ...mapOf(cache) };
  return [makePart(source, `${source.id}ApiCache`, "AWS::AppSync::ApiCache", properties)];
}

function makeDomain(source: Source): Made[] {
  const { id, properties } = source;
  if (!says(properties.DomainName)) return [];
  const domain = makePart(source, `${id}DomainName`, "AWS::AppSync::DomainName", mapOf(properties.DomainName));
  const association = { ApiId: apiIdOf(source), DomainName: ref(domain.id) };
  return [
    domain,
    makePart(source, `${id}DomainNameApiAssociation`, "AWS::AppSync::DomainNameApiAssociation", association),
  ];
}
