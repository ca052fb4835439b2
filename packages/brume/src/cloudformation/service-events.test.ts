/** What event buses would be told of stacks. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";
import type { ServiceEvent } from "../kernel/events.js";

const TemplateBody = JSON.stringify({
  Resources: { Queue: { Type: "AWS::SQS::Queue", Properties: { DelaySeconds: 1 } } },
});
let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
const told: ServiceEvent[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  cloud.kernel.events.on("service-event", (event) => told.push(event));
  client = cloud.client(cfn.CloudFormationClient);
});
afterAll(() => cloud.close());

describe("the events of a stack", () => {
  it("tell each status of it and of its resources", async () => {
    const made = new cfn.CreateStackCommand({ StackName: "told", TemplateBody, ClientRequestToken: "token" });
    const { StackId } = await client.send(made);
    await cloud.idle();
    const [first] = told;
    expect(first).toMatchObject({
      version: "0",
      source: "aws.cloudformation",
      "detail-type": "CloudFormation Stack Status Change",
      account: "000000000000",
      region: "us-east-1",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      resources: [StackId],
      detail: {
        "stack-id": StackId,
        "status-details": { status: "CREATE_IN_PROGRESS", "status-reason": "User Initiated" },
        "client-request-token": "token",
      },
    });
    const ofResources = told.filter((one) => one["detail-type"] === "CloudFormation Resource Status Change");
    expect(ofResources.at(-1)?.detail).toEqual({
      "stack-id": StackId,
      "logical-resource-id": "Queue",
      "physical-resource-id": expect.stringContaining("/told-Queue-"),
      "resource-type": "AWS::SQS::Queue",
      "status-details": { status: "CREATE_COMPLETE", "status-reason": "" },
      "client-request-token": "token",
    });
    expect(told.at(-1)).toMatchObject({ detail: { "status-details": { status: "CREATE_COMPLETE" } } });
  });

  it("tell what the detection of its drift found", async () => {
    const { StackResources } = await client.send(new cfn.DescribeStackResourcesCommand({ StackName: "told" }));
    const QueueUrl = StackResources?.[0]?.PhysicalResourceId;
    const changed = new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: "9" } });
    await cloud.client(SQSClient).send(changed);
    told.length = 0;
    const { StackDriftDetectionId } = await client.send(new cfn.DetectStackDriftCommand({ StackName: "told" }));
    const events = told.map(({ detail, ...event }) => [event["detail-type"], detail]);
    const detail = (status: string, found: string, drifted: number) => [
      "CloudFormation Drift Detection Status Change",
      {
        "stack-id": expect.stringContaining(":stack/told/"),
        "stack-drift-detection-id": StackDriftDetectionId,
        "status-details": { "stack-drift-status": found, "detection-status": status },
        "drift-detection-details": { "drifted-stack-resource-count": drifted },
        "client-request-token": "",
      },
    ];
    expect(events).toEqual([
      detail("DETECTION_IN_PROGRESS", "NOT_CHECKED", -1),
      detail("DETECTION_COMPLETE", "DRIFTED", 1),
    ]);
  });
});
