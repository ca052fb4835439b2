/** The SAM transform: a document with `AWS::Serverless` resources becomes a plain CloudFormation one. */
import { isObject, type JsonObject } from "../../template/template.js";
import { expandApi } from "./api.js";
import { expandApplication } from "./application.js";
import { expandCapacityProvider } from "./capacity-provider.js";
import { embeddedConnectors, expandConnector } from "./connector.js";
import { addDeployments } from "./deployment-preference.js";
import { invalidDocument, invalidStructure, Mistake, StructureMistake, TRANSFORM } from "./errors.js";
import { type Expansion, type Made, type ServerlessScope, type Source, sourceOf, toResource } from "./expansion.js";
import { expandFunction } from "./function.js";
import { mergeGlobals } from "./globals.js";
import { expandGraphQlApi } from "./graphql-api.js";
import { expandHttpApi } from "./http-api.js";
import { addImplicitApis, normalizeOpenApiVersions } from "./implicit-apis.js";
import { expandLayerVersion } from "./layer-version.js";
import { knownValues } from "./parameters.js";
import { listOf, mapOf } from "./plain.js";
import { checkProperties } from "./property-types.js";
import { replaceDependency, resolveReferable, resolveRenamed } from "./references.js";
import { expandSimpleTable } from "./simple-table.js";
import { expandStateMachine } from "./state-machine.js";
import { SharedUsagePlan } from "./usage-plan.js";
import { expandWebSocketApi } from "./web-socket-api.js";

export { TRANSFORM as SERVERLESS_TRANSFORM } from "./errors.js";
export type { ServerlessScope } from "./expansion.js";

type Expander = (source: Source, expansion: Expansion) => Made[];

/** In the order of expansion: events of functions and state machines add paths to APIs, connectors join what is made. */
const EXPANDERS: Readonly<Record<string, Expander>>[] = [
  { "AWS::Serverless::Function": expandFunction },
  { "AWS::Serverless::StateMachine": expandStateMachine },
  {
    "AWS::Serverless::Api": expandApi,
    "AWS::Serverless::HttpApi": expandHttpApi,
    "AWS::Serverless::WebSocketApi": expandWebSocketApi,
  },
  {
    "AWS::Serverless::Application": expandApplication,
    "AWS::Serverless::CapacityProvider": expandCapacityProvider,
    "AWS::Serverless::GraphQLApi": expandGraphQlApi,
    "AWS::Serverless::LayerVersion": expandLayerVersion,
    "AWS::Serverless::SimpleTable": expandSimpleTable,
  },
  { "AWS::Serverless::Connector": expandConnector },
];

/** What `<id>.<name>` refers to, by the type that is expanded: the resource made of the type given. */
const REFERABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "AWS::Serverless::Function": {
    Alias: "AWS::Lambda::Alias",
    Version: "AWS::Lambda::Version",
    DestinationTopic: "AWS::SNS::Topic",
    DestinationQueue: "AWS::SQS::Queue",
  },
  "AWS::Serverless::Api": {
    Stage: "AWS::ApiGateway::Stage",
    Deployment: "AWS::ApiGateway::Deployment",
    DomainName: "AWS::ApiGateway::DomainName",
    DomainNameV2: "AWS::ApiGateway::DomainNameV2",
    UsagePlan: "AWS::ApiGateway::UsagePlan",
    UsagePlanKey: "AWS::ApiGateway::UsagePlanKey",
    ApiKey: "AWS::ApiGateway::ApiKey",
  },
  "AWS::Serverless::HttpApi": {
    Stage: "AWS::ApiGatewayV2::Stage",
    DomainName: "AWS::ApiGatewayV2::DomainName",
  },
  "AWS::Serverless::WebSocketApi": {
    Stage: "AWS::ApiGatewayV2::Stage",
    DomainName: "AWS::ApiGatewayV2::DomainName",
  },
};

/** Types of made resources that may have the id of one in the document, and that one's type. */
const REPLACES: Readonly<Record<string, readonly string[]>> = {
  "AWS::ApiGateway::BasePathMapping": ["AWS::ApiGateway::BasePathMapping"],
  "AWS::ApiGateway::BasePathMappingV2": ["AWS::ApiGateway::BasePathMappingV2"],
  "AWS::ApiGateway::DomainName": ["AWS::ApiGateway::DomainName"],
  "AWS::ApiGateway::DomainNameV2": ["AWS::ApiGateway::DomainNameV2"],
  "AWS::ApiGateway::RestApi": ["AWS::Serverless::Api"],
  "AWS::ApiGatewayV2::Api": ["AWS::Serverless::HttpApi", "AWS::Serverless::WebSocketApi"],
  "AWS::AppSync::GraphQLApi": ["AWS::Serverless::GraphQLApi"],
  "AWS::CloudFormation::Stack": ["AWS::Serverless::Application"],
  "AWS::Cognito::UserPool": ["AWS::Cognito::UserPool"],
  "AWS::DynamoDB::Table": ["AWS::Serverless::SimpleTable"],
  "AWS::Lambda::CapacityProvider": ["AWS::Serverless::CapacityProvider"],
  "AWS::Lambda::Function": ["AWS::Serverless::Function"],
  "AWS::Lambda::LayerVersion": ["AWS::Serverless::LayerVersion"],
  "AWS::S3::Bucket": ["AWS::S3::Bucket"],
  "AWS::SNS::Topic": ["AWS::SNS::Topic"],
  "AWS::StepFunctions::StateMachine": ["AWS::Serverless::StateMachine"],
};

/**
 * Expands a document that asks for `AWS::Serverless-2016-10-31`, as SAM does: the same logical ids and properties. The
 * document is not changed.
 * @throws AwsError `ValidationError` that tells all mistakes of the document
 */
export function expandServerless(document: JsonObject, scope: ServerlessScope): JsonObject {
  // Aliases of YAML are shared parts: what is changed here must not change there as well.
  const copy = JSON.parse(JSON.stringify(document)) as JsonObject;
  try {
    return expand(copy, scope);
  } catch (error) {
    if (error instanceof Mistake) throw invalidDocument([error]);
    throw error;
  }
}

function expand(document: JsonObject, scope: ServerlessScope): JsonObject {
  checkStructure(document);
  addImplicitApis(document);
  mergeGlobals(document);
  normalizeOpenApiVersions(document);
  const expansion = begin(document, scope);
  for (const expanders of EXPANDERS) {
    for (const [id, resource] of Object.entries(expansion.sources)) {
      const expander = isObject(resource) ? expanders[String(resource.Type)] : undefined;
      if (expander) expandResource(id, resource as JsonObject, expander, expansion);
    }
  }
  addDeployments(expansion);
  if (expansion.mistakes.length > 0) throw invalidDocument(expansion.mistakes);
  return finish(document, expansion);
}

/** @throws Mistake for what is no document at all */
function checkStructure({ Resources: resources }: JsonObject): void {
  if (!isObject(resources) || Object.keys(resources).length === 0) {
    throw invalidStructure("'Resources' section is required");
  }
  if (!Object.values(resources).every((resource) => isObject(resource))) {
    throw invalidStructure("All 'Resources' must be Objects. If you're using YAML, this may be an indentation issue.");
  }
  for (const [id, resource] of Object.entries(resources)) {
    const { Type: type, Properties: properties = {} } = mapOf(resource);
    if (isObject(properties) || !String(type).startsWith("AWS::Serverless::")) continue;
    throw new Mistake(`Resource with id [${id}] is invalid. Attribute 'Properties' should be a map.`);
  }
}

function begin(document: JsonObject, scope: ServerlessScope): Expansion {
  const mistakes: Mistake[] = [];
  const sources = mapOf(document.Resources);
  Object.assign(sources, embeddedConnectors(sources, mistakes));
  return {
    scope,
    known: knownValues(document, scope),
    sources,
    resources: structuredClone(sources),
    conditions: isObject(document.Conditions) ? document.Conditions : undefined,
    mistakes,
    deployments: new Map(),
    usagePlan: new SharedUsagePlan(),
    recordSetGroups: new Map(),
    referable: new Map(),
    renamed: new Map(),
  };
}

function expandResource(id: string, resource: JsonObject, expander: Expander, expansion: Expansion): void {
  const { sources, resources, mistakes } = expansion;
  try {
    const source = sourceOf(id, resource);
    checkProperties(source);
    const made = expander(source, expansion);
    noteReferable(source, made, expansion);
    delete resources[id];
    for (const one of made) {
      const existing = sources[one.id];
      if (existing !== undefined && !REPLACES[one.type]?.includes(String(mapOf(existing).Type))) {
        mistakes.push(
          new Mistake(
            `Transforming resource with id [${id}] attempts to create a new resource with id [${one.id}] and type "${one.type}". A resource with that id already exists within this template. Please use a different id for that resource.`,
          ),
        );
      } else resources[one.id] = toResource(one);
    }
  } catch (error) {
    if (!(error instanceof Mistake) || error instanceof StructureMistake) throw error;
    mistakes.push(error);
  }
}

function noteReferable({ id, type }: Source, made: readonly Made[], { referable }: Expansion): void {
  const types = REFERABLE[type];
  if (!types) return;
  const byType = new Map(made.map((one) => [one.type, one.id]));
  const names: Record<string, string> = {};
  for (const [name, madeType] of Object.entries(types)) {
    const madeId = byType.get(madeType);
    if (madeId !== undefined) names[name] = madeId;
  }
  referable.set(id, names);
}

function finish(document: JsonObject, expansion: Expansion): JsonObject {
  const result: JsonObject = { ...document, Resources: expansion.resources };
  if (expansion.conditions !== undefined) result.Conditions = expansion.conditions;
  for (const [id, made] of expansion.renamed) replaceDependency(expansion.resources, id, [made]);
  const left = listOf(document.Transform).filter((name) => name !== TRANSFORM);
  delete result.Transform;
  if (left.length > 0) result.Transform = left;
  return resolveReferable(resolveRenamed(result, expansion.renamed), expansion.referable) as JsonObject;
}
