/** The two ends of a connector: resources of the document, or of elsewhere, and what is known of them. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { getAtt, ref, referredId } from "./intrinsics.js";
import { listOf, mapOf, same } from "./plain.js";

/** One end of a connector. */
export interface Connected {
  readonly id: string | undefined;
  readonly type: string;
  readonly arn: Json | undefined;
  readonly roleName: Json | undefined;
  readonly queueUrl: Json | undefined;
  readonly resourceId: Json | undefined;
  readonly name: Json | undefined;
  readonly qualifier: Json | undefined;
}

const EXPANDED: Readonly<Record<string, string>> = {
  "AWS::Serverless::Function": "AWS::Lambda::Function",
  "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
  "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
  "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
  "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
};

/** What a resource's own reference yields, where it is not the ARN's attribute that does. */
const ARN_IS_REF = new Set([
  "AWS::AppSync::DataSource",
  "AWS::AppSync::GraphQLApi",
  "AWS::SNS::Topic",
  "AWS::StepFunctions::StateMachine",
]);

const HAS_ARN = new Set([
  ...ARN_IS_REF,
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGatewayV2::Api",
  "AWS::DynamoDB::Table",
  "AWS::Events::EventBus",
  "AWS::Events::Rule",
  "AWS::Lambda::Function",
  "AWS::Location::PlaceIndex",
  "AWS::S3::Bucket",
  "AWS::SQS::Queue",
]);

/** The property with a resource's role. */
const ROLE: Readonly<Record<string, string>> = {
  "AWS::AppSync::DataSource": "ServiceRoleArn",
  "AWS::Lambda::Function": "Role",
  "AWS::StepFunctions::StateMachine": "RoleArn",
};

/**
 * Reads one end of a connector; `other` is the other end as written, which says what target of a rule is meant.
 * @throws Mistake
 */
export function readConnected(
  connector: string,
  given: JsonObject,
  other: JsonObject,
  resources: JsonObject,
): Connected {
  const refuse = (why: string) => invalidResource(connector, why);
  const { Id: id, Type, ...rest } = given;
  const named = Object.keys(given).some((key) => key !== "Id" && key !== "Qualifier");
  if ((id !== undefined) === named) {
    throw refuse("Must provide 'Id' (with optional 'Qualifier') or a supported combination of other properties.");
  }
  if (id === undefined) {
    if (typeof Type !== "string" || Type === "") throw refuse("'Type' is missing or not a string.");
    const { Arn, RoleName, QueueUrl, ResourceId, Name, Qualifier } = rest;
    return {
      id: undefined,
      type: EXPANDED[Type] ?? Type,
      arn: Arn,
      roleName: RoleName,
      queueUrl: QueueUrl,
      resourceId: ResourceId,
      name: Name,
      qualifier: Qualifier,
    };
  }
  if (typeof id !== "string" || id === "") throw refuse("'Id' is missing or not a string.");
  const resource = resources[id];
  if (!isObject(resource)) throw refuse(`Unable to find resource with logical ID '${id}'.`);
  if (typeof resource.Type !== "string" || resource.Type === "") throw refuse("'Type' is missing or not a string.");
  return describe(id, resource.Type, mapOf(resource.Properties), given, other);
}

function describe(id: string, type: string, properties: JsonObject, given: JsonObject, other: JsonObject): Connected {
  const isApi = type === "AWS::ApiGateway::RestApi" || type === "AWS::ApiGatewayV2::Api";
  const byAttribute = type === "AWS::AppSync::GraphQLApi" ? getAtt(id, "ApiId") : undefined;
  return {
    id,
    type,
    arn: HAS_ARN.has(type) ? (ARN_IS_REF.has(type) ? ref(id) : getAtt(id, "Arn")) : undefined,
    roleName: roleName(type, properties, other),
    queueUrl: type === "AWS::SQS::Queue" ? ref(id) : undefined,
    resourceId: isApi ? ref(id) : byAttribute,
    name: type === "AWS::StepFunctions::StateMachine" ? getAtt(id, "Name") : undefined,
    qualifier: given.Qualifier ?? (isApi ? "*" : undefined),
  };
}

function roleName(type: string, properties: JsonObject, other: JsonObject): JsonObject | undefined {
  const property = ROLE[type];
  const role = type === "AWS::Events::Rule" ? roleOfTarget(properties, other) : property && properties[property];
  const id = referredId(role);
  return id === undefined ? undefined : ref(id);
}

function roleOfTarget(rule: JsonObject, other: JsonObject): Json | undefined {
  const target = listOf(rule.Targets).find((one) => {
    const arn = mapOf(one).Arn;
    const id = referredId(arn);
    return (id !== undefined && id === other.Id) || same(arn, other.Arn);
  });
  return mapOf(target).RoleArn;
}
