import { describe, expect, it } from "vitest";
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { listOf, mapOf, partAt } from "../plain.js";
import { expand, fn, propertiesOf, refusalOf } from "../testing.js";

/** What a function with one event becomes. */
function withEvent(type: string, properties: JsonObject, others: JsonObject = {}): Record<string, JsonObject> {
  return expand({ ...others, Fn: fn({ Events: { On: { Type: type, Properties: properties } } }) });
}

function refusedEvent(type: string, properties: JsonObject): string {
  return refusalOf({ Fn: fn({ Events: { On: { Type: type, Properties: properties } } }) });
}

const FN_ARN = { "Fn::GetAtt": ["Fn", "Arn"] };

describe("S3", () => {
  const event = { Bucket: { Ref: "Bucket" }, Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"] };

  it("tells the bucket of the function, after the function may be told", () => {
    const resources = withEvent("S3", event, { Bucket: { Type: "AWS::S3::Bucket", DependsOn: "Other" } });
    expect(resources.Bucket).toEqual({
      Type: "AWS::S3::Bucket",
      DependsOn: ["Other", "FnOnPermission"],
      Properties: {
        NotificationConfiguration: {
          LambdaConfigurations: [
            { Function: FN_ARN, Event: "s3:ObjectCreated:*" },
            { Function: FN_ARN, Event: "s3:ObjectRemoved:*" },
          ],
        },
      },
    });
    expect(propertiesOf(resources, "FnOnPermission")).toEqual({
      Action: "lambda:InvokeFunction",
      FunctionName: { Ref: "Fn" },
      Principal: "s3.amazonaws.com",
      SourceAccount: { Ref: "AWS::AccountId" },
    });
  });

  it("needs a bucket of the same template", () => {
    expect(refusedEvent("S3", event)).toContain("S3 events must reference an S3 bucket in the same template.");
  });
});

describe("SNS", () => {
  const topic = { Ref: "Topic" };

  it("subscribes the function", () => {
    const resources = withEvent("SNS", { Topic: topic, FilterPolicy: { a: ["b"] } });
    expect(propertiesOf(resources, "FnOn")).toEqual({
      TopicArn: topic,
      Protocol: "lambda",
      Endpoint: FN_ARN,
      FilterPolicy: { a: ["b"] },
    });
    expect(propertiesOf(resources, "FnOnPermission")).toMatchObject({
      Principal: "sns.amazonaws.com",
      SourceArn: topic,
    });
  });

  it("goes through a queue that is made", () => {
    const fifo = { Topic: { Type: "AWS::SNS::Topic", Properties: { FifoTopic: true } } };
    const resources = withEvent("SNS", { Topic: topic, SqsSubscription: true }, fifo);
    const queueArn = { "Fn::GetAtt": ["FnOnQueue", "Arn"] };
    expect(propertiesOf(resources, "FnOnQueue")).toEqual({ FifoQueue: true });
    expect(propertiesOf(resources, "FnOn")).toMatchObject({ Protocol: "sqs", Endpoint: queueArn });
    expect(propertiesOf(resources, "FnOnEventSourceMapping")).toEqual({
      EventSourceArn: queueArn,
      FunctionName: { Ref: "Fn" },
      BatchSize: 10,
      Enabled: true,
    });
    expect(propertiesOf(resources, "FnOnQueuePolicy")).toMatchObject({ Queues: [{ Ref: "FnOnQueue" }] });
  });

  it("goes through a queue that is named", () => {
    const queue = { QueueArn: "arn:q", QueueUrl: "https://q", QueuePolicyLogicalId: "Mine", BatchSize: 5 };
    const resources = withEvent("SNS", { Topic: topic, SqsSubscription: queue });
    expect(propertiesOf(resources, "Mine").Queues).toEqual(["https://q"]);
    expect(propertiesOf(resources, "FnOnEventSourceMapping").BatchSize).toBe(5);
    expect(refusedEvent("SNS", { Topic: topic, SqsSubscription: { QueueArn: "arn:q" } })).toContain(
      "No QueueARN or QueueURL provided.",
    );
  });
});

describe("SQS, Kinesis, DynamoDB", () => {
  it.each([
    ["SQS", "Queue", "AWSLambdaSQSQueueExecutionRole"],
    ["Kinesis", "Stream", "AWSLambdaKinesisExecutionRole"],
    ["DynamoDB", "Stream", "AWSLambdaDynamoDBExecutionRole"],
  ])("%s is polled, and the function may read it", (type, property, policy) => {
    const starting: JsonObject = type === "SQS" ? {} : { StartingPosition: "LATEST" };
    const filters = { Filters: [{ Pattern: "{}" }] };
    const resources = withEvent(type, { [property]: "arn:x", BatchSize: 7, FilterCriteria: filters, ...starting });
    expect(propertiesOf(resources, "FnOn")).toEqual({
      EventSourceArn: "arn:x",
      FunctionName: { Ref: "Fn" },
      BatchSize: 7,
      FilterCriteria: filters,
      ...starting,
    });
    expect(propertiesOf(resources, "FnRole").ManagedPolicyArns).toEqual([
      "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
      `arn:aws:iam::aws:policy/service-role/${policy}`,
    ]);
  });

  it("let the function send what it fails on elsewhere", () => {
    const onFailure = { Type: "SNS", Destination: "arn:topic" };
    const properties = { Stream: "arn:x", StartingPosition: "LATEST", DestinationConfig: { OnFailure: onFailure } };
    const resources = withEvent("Kinesis", properties);
    expect(propertiesOf(resources, "FnOn").DestinationConfig).toEqual({ OnFailure: { Destination: "arn:topic" } });
    expect(propertiesOf(resources, "FnRole").Policies).toMatchObject([
      { PolicyDocument: { Statement: [{ Resource: "arn:topic" }] } },
    ]);
  });

  it("are refused without a source, or with settings of others", () => {
    expect(refusedEvent("SQS", {})).toContain("Resource with id [FnOn] is invalid. Missing required property 'Queue'.");
    expect(refusedEvent("SQS", { Queue: "arn:q", ConsumerGroupId: "g" })).toContain(
      "Property ConsumerGroupId not defined for resource of type SQS.",
    );
  });
});

describe("MSK, MQ, SelfManagedKafka, DocumentDB", () => {
  const access = (...types: string[]) => types.map((Type) => ({ Type, URI: `arn:${Type}` }));
  const actionsOf = (resources: Record<string, JsonObject>): Json => {
    const [policy] = listOf(propertiesOf(resources, "FnRole").Policies);
    return listOf(partAt(policy, "PolicyDocument", "Statement")).flatMap((one) => listOf(mapOf(one).Action));
  };

  it("MSK has its consumer group", () => {
    const resources = withEvent("MSK", {
      Stream: "arn:msk",
      StartingPosition: "LATEST",
      Topics: ["t"],
      ConsumerGroupId: "g",
    });
    expect(propertiesOf(resources, "FnOn")).toMatchObject({
      Topics: ["t"],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: "g" },
    });
  });

  it("MQ reads its secret", () => {
    const configurations = access("BASIC_AUTH", "VIRTUAL_HOST");
    const resources = withEvent("MQ", {
      Broker: "arn:mq",
      Queues: ["q"],
      SourceAccessConfigurations: configurations,
      SecretsManagerKmsKeyId: "key",
    });
    expect(actionsOf(resources)).toEqual(["secretsmanager:GetSecretValue", "mq:DescribeBroker", "kms:Decrypt"]);
    expect(refusedEvent("MQ", { Broker: "arn:mq", Queues: ["q"] })).toContain(
      "No SourceAccessConfigurations for Amazon MQ event provided.",
    );
  });

  it("SelfManagedKafka has its servers, and reaches them within a VPC", () => {
    const resources = withEvent("SelfManagedKafka", {
      KafkaBootstrapServers: ["a:9092"],
      Topics: ["t"],
      SourceAccessConfigurations: access("SASL_SCRAM_512_AUTH", "VPC_SUBNET", "VPC_SECURITY_GROUP"),
    });
    expect(propertiesOf(resources, "FnOn").SelfManagedEventSource).toEqual({
      Endpoints: { KafkaBootstrapServers: ["a:9092"] },
    });
    expect(actionsOf(resources)).toContain("ec2:CreateNetworkInterface");
    const alone = {
      KafkaBootstrapServers: ["a:9092"],
      Topics: ["t"],
      SourceAccessConfigurations: access("VPC_SUBNET"),
    };
    expect(refusedEvent("SelfManagedKafka", alone)).toContain("must be both provided.");
  });

  it("DocumentDB names its database", () => {
    const resources = withEvent("DocumentDB", {
      Cluster: "arn:cluster",
      DatabaseName: "d",
      SourceAccessConfigurations: access("BASIC_AUTH"),
    });
    expect(propertiesOf(resources, "FnOn")).toMatchObject({
      EventSourceArn: "arn:cluster",
      DocumentDBEventSourceConfig: { DatabaseName: "d" },
    });
  });
});

describe("Schedule, CloudWatchEvent, EventBridgeRule", () => {
  it("become rules that may invoke the function", () => {
    const resources = withEvent("Schedule", { Schedule: "rate(5 minutes)", Enabled: false, Input: "{}", Name: "n" });
    expect(propertiesOf(resources, "FnOn")).toEqual({
      Name: "n",
      ScheduleExpression: "rate(5 minutes)",
      State: "DISABLED",
      Targets: [{ Arn: FN_ARN, Id: "FnOnLambdaTarget", Input: "{}" }],
    });
    expect(propertiesOf(resources, "FnOnPermission")).toMatchObject({
      Principal: "events.amazonaws.com",
      SourceArn: { "Fn::GetAtt": ["FnOn", "Arn"] },
    });
    const pattern = { source: ["aws.s3"] };
    const rule = withEvent("EventBridgeRule", { Pattern: pattern, EventBusName: "bus", Target: { Id: "t" } });
    expect(propertiesOf(rule, "FnOn")).toEqual({
      EventBusName: "bus",
      EventPattern: pattern,
      Targets: [{ Arn: FN_ARN, Id: "t" }],
    });
    expect(withEvent("CloudWatchEvent", { Pattern: pattern }).FnOn?.Type).toBe("AWS::Events::Rule");
  });

  it("keep what could not be delivered, in a queue that may be made", () => {
    const resources = withEvent("Schedule", { Schedule: "rate(1 hour)", DeadLetterConfig: { Type: "SQS" } });
    const arn = { "Fn::GetAtt": ["FnOnQueue", "Arn"] };
    expect(propertiesOf(resources, "FnOn").Targets).toMatchObject([{ DeadLetterConfig: { Arn: arn } }]);
    expect(propertiesOf(resources, "FnOnQueuePolicy")).toMatchObject({ Queues: [{ Ref: "FnOnQueue" }] });
    const both = { Schedule: "rate(1 hour)", DeadLetterConfig: { Type: "SQS", Arn: "arn:q" } };
    expect(refusedEvent("Schedule", both)).toContain("You can either define 'Arn' or 'Type'");
  });
});

describe("ScheduleV2", () => {
  it("becomes a schedule with a role of its own", () => {
    const resources = withEvent("ScheduleV2", { ScheduleExpression: "cron(0 9 * * ? *)", GroupName: "g" });
    expect(propertiesOf(resources, "FnOn")).toEqual({
      Name: "FnOn",
      GroupName: "g",
      ScheduleExpression: "cron(0 9 * * ? *)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: FN_ARN, RoleArn: { "Fn::GetAtt": ["FnOnRole", "Arn"] } },
    });
    expect(propertiesOf(resources, "FnOnRole").Policies).toMatchObject([
      { PolicyDocument: { Statement: [{ Action: "lambda:InvokeFunction", Resource: FN_ARN }] } },
    ]);
  });
});

describe("CloudWatchLogs, IoTRule, AlexaSkill, Cognito", () => {
  it("let their services invoke the function", () => {
    const logs = withEvent("CloudWatchLogs", { LogGroupName: "/a", FilterPattern: "x" });
    expect(logs.FnOn).toMatchObject({
      Type: "AWS::Logs::SubscriptionFilter",
      DependsOn: ["FnOnPermission"],
      Properties: { LogGroupName: "/a", FilterPattern: "x", DestinationArn: FN_ARN },
    });
    const iot = withEvent("IoTRule", { Sql: "SELECT * FROM 'a'" });
    expect(propertiesOf(iot, "FnOn").TopicRulePayload).toMatchObject({
      Actions: [{ Lambda: { FunctionArn: FN_ARN } }],
    });
    const alexa = withEvent("AlexaSkill", { SkillId: "skill" });
    expect(propertiesOf(alexa, "FnOnPermission")).toMatchObject({ EventSourceToken: "skill" });
  });

  it("make the function a trigger of the pool, once", () => {
    const pool = { Pool: { Type: "AWS::Cognito::UserPool", Properties: { UserPoolName: "p" } } };
    const resources = withEvent("Cognito", { UserPool: { Ref: "Pool" }, Trigger: ["PreSignUp"] }, pool);
    expect(propertiesOf(resources, "Pool")).toEqual({ UserPoolName: "p", LambdaConfig: { PreSignUp: FN_ARN } });
    expect(resources).toHaveProperty("FnCognitoPermission");
    const twice = { Type: "Cognito", Properties: { UserPool: { Ref: "Pool" }, Trigger: "PreSignUp" } };
    expect(refusalOf({ ...pool, Fn: fn({ Events: { A: twice, B: twice } }) })).toContain("defined multiple times.");
  });
});
