/** Changes one property of every resource that can be changed in place, so that it stays valid. */

import type { ResourceSchema, Spec, SpecProperty } from "../../packages/brume/src/cloudformation/schema/spec.js";
import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import { isCustomType } from "../../packages/brume/src/cloudformation/template/validate.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";
import { resourcesOf } from "./references.js";

/** Another value for one that a template gives, or (undefined) leaves out; undefined where there is none. */
type Change = (before: Json | undefined) => Json | undefined;

const WORD = "changed by the conformance run";

const described: Change = (before) => {
  if (before === undefined) return WORD;
  return typeof before === "string" && !before.includes("{{") ? `${before.slice(0, 200)} (changed)` : undefined;
};
const named: Change = (before) => (before === undefined || typeof before === "string" ? "changed" : undefined);
const oneOf =
  (...values: Json[]): Change =>
  (before) =>
    typeof before === "object" ? undefined : values.find((value) => String(value) !== String(before));
/** One more, or one less where that is too much; `missing` where nothing is said. */
const stepped =
  (most: number, missing?: number): Change =>
  (before) => {
    if (before === undefined) return missing;
    if (typeof before === "object" || Number.isNaN(Number(before))) return undefined;
    return Number(before) < most ? Number(before) + 1 : Number(before) - 1;
  };
const toggled: Change = (before) => {
  if (before === undefined) return true;
  return typeof before === "object" ? undefined : String(before) !== "true";
};
/** A policy whose first statement has another name. */
const renamed: Change = (before) => {
  if (typeof before === "string") {
    const changed = isJson(before) ? renamed(JSON.parse(before) as Json) : undefined;
    return changed === undefined ? undefined : JSON.stringify(changed);
  }
  if (!isObject(before)) return undefined;
  const [first, ...rest] = Array.isArray(before.Statement) ? before.Statement : [before.Statement];
  if (!isObject(first) || first.Effect === undefined) return undefined;
  return { ...before, Statement: [{ ...first, Sid: "ChangedByConformance" }, ...(rest as Json[])] };
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** What is changed of the types that behave, the first that can be. What they take depends on more than their schema. */
const LIVE: Readonly<Record<string, readonly (readonly [property: string, change: Change])[]>> = {
  "AWS::ApiGateway::Authorizer": [["AuthorizerResultTtlInSeconds", stepped(3600, 200)]],
  "AWS::ApiGateway::BasePathMapping": [],
  "AWS::ApiGateway::GatewayResponse": [["StatusCode", oneOf("403", "401")]],
  "AWS::ApiGateway::Method": [["OperationName", named]],
  "AWS::ApiGateway::RequestValidator": [["ValidateRequestParameters", toggled]],
  "AWS::ApiGatewayV2::ApiMapping": [],
  "AWS::ApiGatewayV2::Authorizer": [["Name", named]],
  "AWS::ApiGatewayV2::IntegrationResponse": [],
  "AWS::ApiGatewayV2::Route": [["OperationName", named]],
  "AWS::ApiGatewayV2::RouteResponse": [],
  "AWS::CloudFormation::Stack": [],
  "AWS::CloudWatch::Alarm": [["AlarmDescription", described]],
  "AWS::CloudWatch::CompositeAlarm": [["AlarmDescription", described]],
  "AWS::DynamoDB::GlobalTable": [],
  "AWS::IAM::AccessKey": [["Status", oneOf("Inactive", "Active")]],
  "AWS::IAM::InstanceProfile": [],
  "AWS::IAM::Role": [["MaxSessionDuration", oneOf(7200, 10_800)]],
  "AWS::IAM::User": [],
  "AWS::IAM::UserToGroupAddition": [],
  "AWS::KMS::Alias": [],
  "AWS::Lambda::EventInvokeConfig": [["MaximumRetryAttempts", oneOf(1, 0)]],
  "AWS::Lambda::EventSourceMapping": [["BatchSize", (before) => (Number(before) > 1 ? Number(before) - 1 : undefined)]],
  "AWS::Lambda::Function": [
    ["MemorySize", stepped(10_240, 256)],
    ["Description", described],
  ],
  "AWS::Lambda::Url": [["InvokeMode", oneOf("RESPONSE_STREAM", "BUFFERED")]],
  "AWS::Lambda::Version": [],
  "AWS::Logs::LogGroup": [["RetentionInDays", oneOf(14, 30)]],
  "AWS::Logs::MetricFilter": [["FilterPattern", oneOf("changed", "other")]],
  "AWS::Logs::QueryDefinition": [["QueryString", oneOf("fields @message", "fields @timestamp")]],
  "AWS::Logs::SubscriptionFilter": [["FilterPattern", oneOf("changed", "other")]],
  "AWS::S3::Bucket": [],
  "AWS::SNS::Subscription": [["FilterPolicy", (before) => (before === undefined ? { changed: ["yes"] } : undefined)]],
  "AWS::SNS::Topic": [["DisplayName", named]],
  "AWS::SQS::Queue": [["VisibilityTimeout", stepped(43_200, 31)]],
  "AWS::SSM::Parameter": [["Description", described]],
  "AWS::SecretsManager::RotationSchedule": [],
};
/** Custom resources that no function stands behind here: what they take is their own. */
const OWN = new Set(["Custom::CDKBucketDeployment", "Custom::S3BucketNotifications"]);
const DESCRIPTIONS = ["Description", "Comment"];
const POLICIES = ["PolicyDocument", "KeyPolicy", "ResourcePolicy", "AssumeRolePolicyDocument", "RepositoryPolicyText"];

/** A change of one resource. */
export interface ResourceChange {
  readonly id: string;
  readonly type: string;
  readonly property: string;
}

/** The template with a change in each of the resources that are present, and what the changes are. */
export function withChanges(
  spec: Spec,
  document: JsonObject,
  present: ReadonlySet<string>,
): { document: JsonObject; changes: ResourceChange[] } {
  const changes: ResourceChange[] = [];
  const changed = resourcesOf(document).map(([id, resource]): [string, Json] => {
    const type = String(resource.Type);
    const properties = isObject(resource.Properties) ? resource.Properties : {};
    const found = present.has(id) ? changeOf(spec, type, properties) : undefined;
    if (!found) return [id, resource];
    changes.push({ id, type, property: found.property });
    return [id, { ...resource, Properties: { ...properties, [found.property]: found.value } }];
  });
  const Resources = { ...(document.Resources as JsonObject), ...Object.fromEntries(changed) };
  return { document: { ...document, Resources }, changes };
}

function changeOf(spec: Spec, type: string, properties: JsonObject): { property: string; value: Json } | undefined {
  if (properties["Fn::Transform"] !== undefined || isFunction(properties)) return undefined;
  if (isCustomType(type)) return OWN.has(type) ? undefined : { property: "ChangedByConformance", value: "yes" };
  const schema = spec.schema(type);
  if (!schema) return undefined;
  for (const [property, change] of [...(LIVE[type] ?? generalChanges(schema, properties)), ...lastChanges(schema)]) {
    const declared = schema.properties[property];
    if (!declared || declared.replacement !== undefined) continue;
    const value = change(properties[property]);
    if (value !== undefined) return { property, value };
  }
  return undefined;
}

const isFunction = (value: Json | undefined): boolean =>
  isObject(value) && Object.keys(value).some((key) => key === "Ref" || key.startsWith("Fn::"));

/** What a schema alone says can be changed: numbers, choices and switches that the template has. */
function generalChanges(schema: ResourceSchema, properties: JsonObject): [string, Change][] {
  return Object.entries(schema.properties).flatMap(([name, declared]): [string, Change][] => {
    if (properties[name] === undefined) return [];
    const change = generalChange(declared);
    return change ? [[name, change]] : [];
  });
}

function generalChange({ type }: SpecProperty): Change | undefined {
  if (typeof type === "object" && "enum" in type) return oneOf(...type.enum);
  if (type === "integer") return stepped(Number.MAX_SAFE_INTEGER);
  return type === "boolean" ? toggled : undefined;
}

/** Descriptions, policies and tags. */
function lastChanges({ tags, properties }: ResourceSchema): [string, Change][] {
  const texts = DESCRIPTIONS.map((name): [string, Change] => [name, described]);
  const policies = POLICIES.map((name): [string, Change] => [name, renamed]);
  const type = tags && properties[tags.property]?.type;
  // Some types have tags of another form.
  const isTagged = tags?.map || (typeof type === "object" && "list" in type && type.list === "tag");
  return [...texts, ...policies, ...(tags && isTagged ? [[tags.property, tagged(tags.map)] as [string, Change]] : [])];
}

const tagged =
  (isMap = false): Change =>
  (before) => {
    if (isFunction(before)) return undefined;
    if (isMap) return { ...(isObject(before) ? before : {}), Conformance: "changed" };
    const list = before ?? [];
    if (!Array.isArray(list) || list.some(isFunction)) return undefined;
    return [...list, { Key: "Conformance", Value: "changed" }];
  };
