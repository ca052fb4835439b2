/** The trust and permission policies that SAM writes itself. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";

const VERSION = "2012-10-17";

/** Lets a service assume a role. */
export function trustPolicy(service: string): JsonObject {
  return {
    Version: VERSION,
    Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: [service] } }],
  };
}

function inline(name: string, ...statements: JsonObject[]): JsonObject {
  return { PolicyName: name, PolicyDocument: { Statement: statements } };
}

/** A statement that allows. */
export function allow(action: Json, resource: Json): JsonObject {
  return { Action: action, Effect: "Allow", Resource: resource };
}

/** Inline policies that let a role deliver to a destination, by its type. `id` begins the policy's name. */
export const DELIVERY_POLICIES = {
  SQS: (arn: Json, id: string) => inline(`${id}SQSPolicy`, allow("sqs:SendMessage", arn)),
  SNS: (arn: Json, id: string) => inline(`${id}SNSPolicy`, allow("sns:publish", arn)),
  EventBridge: (arn: Json, id: string) => inline(`${id}EventBridgePolicy`, allow("events:PutEvents", arn)),
  Lambda: (arn: Json, id: string) => inline(`${id}LambdaPolicy`, allow("lambda:InvokeFunction", arn)),
  S3: (arn: Json, id: string) =>
    inline(`${id}S3Policy`, allow("s3:PutObject", { "Fn::Join": ["/", [arn, "*"]] }), allow("s3:ListBucket", arn)),
  StateMachine: (arn: Json, id: string) => inline(`${id}StartExecutionPolicy`, allow("states:StartExecution", arn)),
} satisfies Record<string, (arn: Json, id: string) => JsonObject>;

/** Lets a function send the events it failed on to its dead-letter queue. */
export function deadLetterPolicy(action: string, arn: Json): JsonObject {
  const statement = { Action: action, Resource: arn, Effect: "Allow" };
  return { PolicyName: "DeadLetterQueuePolicy", PolicyDocument: { Version: VERSION, Statement: [statement] } };
}

/** A queue's policy that lets a principal send to it on behalf of one source. */
export function queuePolicy(principal: Json, source: Json, queueArn: Json): JsonObject {
  const statement = {
    Action: "sqs:SendMessage",
    Effect: "Allow",
    Principal: principal,
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": source } },
  };
  return { Version: VERSION, Statement: [statement] };
}

/** A statement that lets a role read a secret. */
export function readSecret(arn: Json): JsonObject {
  return allow(["secretsmanager:GetSecretValue"], arn);
}
