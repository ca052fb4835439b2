/** What guards an update, and what follows it: stack policies, rollback triggers, time limits, notifications, events. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failStep } from "../../../test/fail-step.js";
import { type RunningCloud, startCloud } from "../../index.js";
import { deniedBy, parseStackPolicy } from "../stack-policy.js";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
});
afterAll(() => cloud.close());

const queues = (timeout: number, more: object = {}) =>
  JSON.stringify({
    Resources: {
      A: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: timeout } },
      B: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: timeout } },
      ...more,
    },
  });
const create = async (StackName: string, more: Partial<cfn.CreateStackCommandInput> = {}) => {
  await client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: queues(1), ...more }));
  await cloud.idle();
};
const update = async (StackName: string, TemplateBody: string, more: Partial<cfn.UpdateStackCommandInput> = {}) => {
  await client.send(new cfn.UpdateStackCommand({ StackName, TemplateBody, ...more }));
  await cloud.idle();
};
const stack = async (StackName: string) =>
  (await client.send(new cfn.DescribeStacksCommand({ StackName }))).Stacks?.[0] as cfn.Stack;
const failures = async (StackName: string) => {
  const events = new cfn.DescribeEventsCommand({ StackName, Filters: { FailedEvents: true } });
  return (await client.send(events)).OperationEvents ?? [];
};

const allow = { Effect: "Allow", Action: "Update:*", Principal: "*", Resource: "*" };
const deny = (action: string, resource: string) => ({
  Effect: "Deny",
  Action: action,
  Principal: "*",
  Resource: `LogicalResourceId/${resource}`,
});
const policy = (...Statement: object[]) => JSON.stringify({ Statement });

describe("SetStackPolicy, GetStackPolicy", () => {
  it("keep an update from what the policy denies, and the update is rolled back", async () => {
    await create("policed", { StackPolicyBody: policy(allow, deny("Update:Modify", "B")) });
    await update("policed", queues(2));
    expect((await stack("policed")).StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect((await failures("policed"))[0]).toMatchObject({
      LogicalResourceId: "B",
      ResourceStatusReason:
        "Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/B]",
    });
    const { StackPolicyBody } = await client.send(new cfn.GetStackPolicyCommand({ StackName: "policed" }));
    expect(StackPolicyBody).toBe(policy(allow, deny("Update:Modify", "B")));
  });

  it("keep resources in the stack, too", async () => {
    await create("kept", { StackPolicyBody: policy(allow, deny("Update:Delete", "B")) });
    const { A } = JSON.parse(queues(1)).Resources;
    await update("kept", JSON.stringify({ Resources: { A } }));
    expect((await stack("kept")).StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
  });

  it("can be put aside for one update", async () => {
    await create("aside", { StackPolicyBody: policy(deny("Update:*", "*")) });
    await update("aside", queues(2), { StackPolicyDuringUpdateBody: policy(allow) });
    expect((await stack("aside")).StackStatus).toBe("UPDATE_COMPLETE");
    await update("aside", queues(3));
    expect((await stack("aside")).StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    await client.send(new cfn.SetStackPolicyCommand({ StackName: "aside", StackPolicyBody: policy(allow) }));
    await update("aside", queues(4));
    expect((await stack("aside")).StackStatus).toBe("UPDATE_COMPLETE");
  });

  it.each([
    ["nope", /Invalid JSON/],
    ["{}", /no Statement/],
    [policy({ ...allow, Effect: "Maybe" }), /\[#1\] has an Effect/],
    [policy({ ...allow, Principal: "me" }), /Principal/],
    [policy({ ...allow, Resource: "A" }), /names A/],
    [policy({ ...allow, NotAction: "Update:*" }), /one of Action and NotAction/],
    [policy({ ...allow, Condition: { StringEquals: { Nope: "x" } } }), /condition/],
    [" ".repeat(16_385), /^1 validation error detected: .*length less than or equal to 16384$/],
  ])("refuse %s", async (StackPolicyBody, message) => {
    const setting = client.send(new cfn.SetStackPolicyCommand({ StackName: "aside", StackPolicyBody }));
    await expect(setting).rejects.toMatchObject({ name: "ValidationError", message: expect.stringMatching(message) });
  });
});

describe("a stack policy", () => {
  const db = { logicalId: "Db", type: "AWS::RDS::DBInstance" };
  it.each([
    ["what no statement allows", policy(deny("Update:Delete", "X")), "Update:Modify", true],
    ["what one allows", policy(allow), "Update:Replace", false],
    ["what one allows and another denies", policy(allow, deny("Update:*", "D*")), "Update:Replace", true],
    ["another action", policy(allow, deny("Update:Replace", "Db")), "Update:Modify", false],
    [
      "all but one action",
      policy({ Effect: "Allow", NotAction: "Update:Delete", Principal: "*", Resource: "*" }),
      "Update:Delete",
      true,
    ],
    [
      "all but one resource",
      policy({ Effect: "Allow", Action: "*", Principal: "*", NotResource: "LogicalResourceId/Db" }),
      "Update:Modify",
      true,
    ],
    [
      "a type",
      policy(allow, { ...deny("Update:*", "*"), Condition: { StringLike: { ResourceType: ["AWS::RDS::*"] } } }),
      "Update:Modify",
      true,
    ],
    [
      "another type",
      policy(allow, { ...deny("Update:*", "*"), Condition: { StringEquals: { ResourceType: "AWS::S3::Bucket" } } }),
      "Update:Modify",
      false,
    ],
  ] as const)("denies, or not, %s", (_, text, action, denied) => {
    expect(deniedBy(parseStackPolicy(text), action, db) !== undefined).toBe(denied);
  });
});

describe("rollback triggers", () => {
  const cloudwatch = () => cloud.client(CloudWatchClient);
  async function alarm(AlarmName: string): Promise<cfn.RollbackConfiguration> {
    await cloudwatch().send(
      new PutMetricAlarmCommand({
        AlarmName,
        MetricName: "m",
        Namespace: "n",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "ignore",
      }),
    );
    const Arn = `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${AlarmName}`;
    return { RollbackTriggers: [{ Arn, Type: "AWS::CloudWatch::Alarm" }], MonitoringTimeInMinutes: 10 };
  }
  const ring = (AlarmName: string) =>
    cloudwatch().send(new SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason: "test" }));

  it("roll an update back when an alarm rings in the time after it", async () => {
    await create("watched");
    await update("watched", queues(2), { RollbackConfiguration: await alarm("bell") });
    expect((await stack("watched")).StackStatus).toBe("UPDATE_IN_PROGRESS");
    await cloud.clock.advance({ minutes: 5 });
    await ring("bell");
    await cloud.clock.advance({ minutes: 1 });
    expect(await stack("watched")).toMatchObject({
      StackStatus: "UPDATE_ROLLBACK_COMPLETE",
      RollbackConfiguration: { MonitoringTimeInMinutes: 10 },
    });
  });

  it("let an update be when none does", async () => {
    await create("quiet");
    await update("quiet", queues(2), { RollbackConfiguration: await alarm("silent") });
    await cloud.clock.advance({ minutes: 11 });
    expect((await stack("quiet")).StackStatus).toBe("UPDATE_COMPLETE");
  });

  it("roll a creation back at once when an alarm is not there", async () => {
    const Arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:absent";
    const RollbackConfiguration = { RollbackTriggers: [{ Arn, Type: "AWS::CloudWatch::Alarm" }] };
    await create("unwatched", { RollbackConfiguration });
    expect((await stack("unwatched")).StackStatus).toBe("ROLLBACK_COMPLETE");
  });

  it.each([
    [{ MonitoringTimeInMinutes: 181 }, /Member must have value less than or equal to 180$/],
    [{ RollbackTriggers: [{ Arn: "arn:aws:sqs:us-east-1:1:q", Type: "AWS::CloudWatch::Alarm" }] }, /not a valid/],
    [{ RollbackTriggers: [{ Arn: "x", Type: "AWS::SQS::Queue" }] }, /not supported/],
  ])("are refused: %j", async (RollbackConfiguration, message) => {
    const creating = create("refused", { RollbackConfiguration });
    await expect(creating).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });
});

describe("a creation with a time limit", () => {
  it("is rolled back when the time is up", async () => {
    const waiting = {
      Handle: { Type: "AWS::CloudFormation::WaitConditionHandle" },
      Wait: {
        Type: "AWS::CloudFormation::WaitCondition",
        Properties: { Handle: { Ref: "Handle" }, Timeout: "43200", Count: 1 },
      },
    };
    await create("limited", { TemplateBody: queues(1, waiting), TimeoutInMinutes: 5 });
    await cloud.clock.advance({ minutes: 6 });
    const { StackStatus, TimeoutInMinutes } = await stack("limited");
    expect({ StackStatus, TimeoutInMinutes }).toEqual({ StackStatus: "ROLLBACK_COMPLETE", TimeoutInMinutes: 5 });
    const { StackEvents } = await client.send(new cfn.DescribeStackEventsCommand({ StackName: "limited" }));
    const reasons = StackEvents?.map(({ ResourceStatusReason }) => ResourceStatusReason);
    expect(reasons).toContain("Stack creation time exceeded the specified timeout. Rollback requested by user.");
  });
});

describe("notifications", () => {
  it("tell the stack's topics of each event", async () => {
    const { TopicArn = "" } = await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: "events" }));
    const sqs = cloud.client(SQSClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "told" }));
    const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
    const Endpoint = (await sqs.send(attributes)).Attributes?.QueueArn;
    await cloud.client(SNSClient).send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
    await create("telling", { NotificationARNs: [TopicArn] });
    const texts: string[] = [];
    for (let Messages = [{}]; Messages.length > 0; ) {
      const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      Messages = received.Messages ?? [];
      texts.push(...(received.Messages ?? []).map(({ Body = "" }) => JSON.parse(Body).Message));
    }
    const statuses = texts.map((text) => /ResourceStatus='(\w+)'/.exec(text)?.[1]);
    expect(statuses.filter((status) => status === "CREATE_COMPLETE")).toHaveLength(3);
    expect(texts[0]).toMatch(/^StackId='arn:.*'\nTimestamp='.*'\nEventId='/);
    expect(texts[0]).toContain("StackName='telling'\n");
  });
});

describe("DescribeEvents", () => {
  it("tells the events of one operation, and of what failed", async () => {
    await create("told");
    const [creation] = (await stack("told")).LastOperations ?? [];
    expect(creation?.OperationType).toBe("CREATE_STACK");
    failStep(cloud, "update A");
    await update("told", queues(2));
    const [latest] = (await stack("told")).LastOperations ?? [];
    const ofUpdate = await client.send(new cfn.DescribeEventsCommand({ OperationId: latest?.OperationId }));
    expect(ofUpdate.OperationEvents?.[0]).toMatchObject({
      EventType: "STACK_EVENT",
      OperationType: "UPDATE_STACK",
      OperationStatus: "FAILED",
      ResourceStatus: "UPDATE_ROLLBACK_COMPLETE",
    });
    const failed = await failures("told");
    expect(failed).toMatchObject([
      { EventType: "PROVISIONING_ERROR", LogicalResourceId: "A", ResourceStatusReason: "on demand" },
    ]);
    const absent = client.send(new cfn.DescribeEventsCommand({ OperationId: "absent" }));
    await expect(absent).rejects.toMatchObject({ name: "ValidationError" });
  });
});

describe("UpdatePolicy", () => {
  const group = (LaunchConfigurationName: string, WillReplace: boolean) =>
    JSON.stringify({
      Resources: {
        Group: {
          Type: "AWS::AutoScaling::AutoScalingGroup",
          Properties: { MinSize: "0", MaxSize: "1", AvailabilityZones: ["us-east-1a"], LaunchConfigurationName },
          UpdatePolicy: { AutoScalingReplacingUpdate: { WillReplace } },
        },
      },
    });
  const groupOf = async (StackName: string) => {
    const { StackResources } = await client.send(new cfn.DescribeStackResourcesCommand({ StackName }));
    return StackResources?.[0]?.PhysicalResourceId;
  };

  it("replaces an Auto Scaling group where it says so, and says so before", async () => {
    const StackName = "replacing";
    await create(StackName, { TemplateBody: group("one", true) });
    const before = await groupOf(StackName);
    await client.send(
      new cfn.CreateChangeSetCommand({ StackName, ChangeSetName: "two", TemplateBody: group("two", true) }),
    );
    const { Changes } = await client.send(new cfn.DescribeChangeSetCommand({ StackName, ChangeSetName: "two" }));
    expect(Changes?.[0]?.ResourceChange?.Replacement).toBe("True");
    await update(StackName, group("two", true));
    const after = await groupOf(StackName);
    expect(after).not.toBe(before);
    await update(StackName, group("three", false));
    expect(await groupOf(StackName)).toBe(after);
  });
});

describe("a property whose change may replace its resource", () => {
  it("is said to, and is changed in place", async () => {
    const StackName = "maybe";
    const instance = (InstanceType: string) =>
      JSON.stringify({
        Resources: { I: { Type: "AWS::EC2::Instance", Properties: { ImageId: "ami-1", InstanceType } } },
      });
    await create(StackName, { TemplateBody: instance("t3.micro") });
    const input = { StackName, ChangeSetName: "larger", TemplateBody: instance("t3.large") };
    await client.send(new cfn.CreateChangeSetCommand(input));
    const { Changes } = await client.send(new cfn.DescribeChangeSetCommand(input));
    expect(Changes?.[0]?.ResourceChange).toMatchObject({
      Replacement: "Conditional",
      Details: [{ Target: { Name: "InstanceType", RequiresRecreation: "Conditionally" } }],
    });
    const id = async () =>
      (await client.send(new cfn.DescribeStackResourcesCommand({ StackName }))).StackResources?.[0];
    const before = await id();
    await client.send(new cfn.ExecuteChangeSetCommand(input));
    await cloud.idle();
    expect((await id())?.PhysicalResourceId).toBe(before?.PhysicalResourceId);
    expect((await id())?.ResourceStatus).toBe("UPDATE_COMPLETE");
  });
});
