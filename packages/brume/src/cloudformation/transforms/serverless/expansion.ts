/** The state of one expansion, and the resources that it reads and makes. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import type { DeploymentPreference } from "./deployment-preference.js";
import { invalidResource, type Mistake } from "./errors.js";
import type { Known } from "./parameters.js";
import { compact, pick, says, tagList } from "./plain.js";
import type { SharedUsagePlan } from "./usage-plan.js";

/** Where, and with which parameters, a document is expanded. */
export interface ServerlessScope {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  readonly parameters: Readonly<Record<string, Json>>;
}

/** One document on its way from SAM to CloudFormation. */
export interface Expansion {
  readonly scope: ServerlessScope;
  readonly known: Known;
  /** The document's resources as written, with globals merged in; APIs gather their paths here. */
  readonly sources: JsonObject;
  /** The resources of the result: at first all of the document's. */
  readonly resources: JsonObject;
  /** The conditions of the result; undefined where the document has none. */
  conditions: JsonObject | undefined;
  readonly mistakes: Mistake[];
  readonly deployments: Map<string, DeploymentPreference>;
  readonly usagePlan: SharedUsagePlan;
  /** Record set groups by logical id: APIs in one hosted zone share one. */
  readonly recordSetGroups: Map<string, Made>;
  /** What `Ref` and `Fn::GetAtt` of `<id>.<name>` mean. */
  readonly referable: Map<string, Record<string, string>>;
  /** Logical ids that the expansion changed. */
  readonly renamed: Map<string, string>;
}

/** A resource of the result. */
export interface Made {
  id: string;
  readonly type: string;
  readonly properties: JsonObject;
  dependsOn?: Json;
  /** `Condition`, `DeletionPolicy` and the like. */
  attributes: JsonObject;
}

/** A resource that is being expanded. */
export interface Source {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: Json | undefined;
  /** All attributes: they go to the resource that takes this one's place. */
  readonly attributes: JsonObject;
  /** Those that all resources made from this one share. */
  readonly shared: JsonObject;
}

const ATTRIBUTES = ["DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"];
const SHARED_ATTRIBUTES = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

export function sourceOf(id: string, resource: JsonObject): Source {
  const { Type, Properties, DependsOn } = resource;
  if (Properties !== undefined && Properties !== null && !isObject(Properties)) {
    throw invalidResource(id, "Properties of a resource must be an object.");
  }
  return {
    id,
    type: String(Type),
    properties: isObject(Properties) ? Properties : {},
    dependsOn: DependsOn,
    attributes: pick(resource, ATTRIBUTES),
    shared: pick(resource, SHARED_ATTRIBUTES),
  };
}

/** Makes a resource; properties without a value are left out. @throws Mistake for an id that is none */
export function make(
  id: string,
  type: string,
  properties: Record<string, Json | undefined>,
  attributes: JsonObject = {},
  dependsOn?: Json,
): Made {
  if (!/^[A-Za-z0-9]+$/.test(id)) throw invalidResource(id, "Logical ids must be alphanumeric.");
  return { id, type, properties: compact(properties), attributes: { ...attributes }, dependsOn };
}

/** Makes the resource that takes a source's place. */
export function makeInPlace(source: Source, type: string, properties: Record<string, Json | undefined>): Made {
  return make(source.id, type, properties, source.attributes, source.dependsOn);
}

export function toResource({ type, properties, dependsOn, attributes }: Made): JsonObject {
  return { Type: type, ...(says(dependsOn) ? { DependsOn: dependsOn } : {}), ...attributes, Properties: properties };
}

/** Types whose tags are a map, and those that have none although their neighbours do. */
const TAG_MAPS = new Set(["AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::DomainName"]);
const TAGGED = new Set([
  "AWS::ApiGateway::ApiKey",
  "AWS::ApiGateway::DomainName",
  "AWS::ApiGateway::DomainNameAccessAssociation",
  "AWS::ApiGateway::DomainNameV2",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::ApiGateway::UsagePlan",
  "AWS::IAM::Role",
  "AWS::IoT::TopicRule",
  "AWS::Lambda::Function",
  "AWS::S3::Bucket",
  "AWS::SNS::Topic",
  "AWS::SQS::Queue",
  "AWS::StepFunctions::StateMachine",
]);

/** Gives the tags of a resource to all that was made from it, in place of those they have. */
export function propagateTags(made: readonly Made[], tags: Json | undefined, propagate: Json | undefined): void {
  if (!says(propagate) || !says(tags)) return;
  for (const { type, properties } of made) {
    if (TAG_MAPS.has(type)) properties.Tags = tags;
    else if (TAGGED.has(type)) properties.Tags = tagList(tags);
  }
}
