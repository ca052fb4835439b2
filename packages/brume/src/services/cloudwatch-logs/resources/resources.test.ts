import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties } from "../../../kernel/resource.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
  await cloud.call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "g" });
});
afterAll(() => cloud.close());

const of = (type: string) => resourceType(cloud, service, `AWS::Logs::${type}`);

describe("AWS::Logs::LogGroup", () => {
  it("is created, updated to what is desired, and deleted", async () => {
    const group = await of("LogGroup");
    const first = { LogGroupName: "/a", RetentionInDays: "7", Tags: [{ Key: "a", Value: "1" }] };
    const created = await group.create(first);
    expect(created).toMatchObject({ ...first, RetentionInDays: 7 });
    expect(created.Arn).toBe("arn:aws:logs:us-east-1:000000000000:log-group:/a:*");
    const policies = {
      DataProtectionPolicy: { Name: "p" },
      FieldIndexPolicies: [{ Fields: ["a", "b"] }],
      ResourcePolicyDocument: { Version: "2012-10-17", Statement: [] },
    };
    const updated = await group.update(policies, created, first);
    expect(updated).toMatchObject(policies);
    const bare = await group.update({}, updated, policies);
    for (const gone of Object.keys(policies)) expect(bare).not.toHaveProperty(gone);
    for (const gone of ["RetentionInDays", "Tags"]) expect(updated).not.toHaveProperty(gone);
    expect(await group.list()).toContainEqual({ LogGroupName: "/a" });
    await group.delete(updated);
    expect(await group.read(updated)).toBeUndefined();
  });
});

describe("AWS::Logs::LogStream, AWS::Logs::MetricFilter, AWS::Logs::SubscriptionFilter, AWS::Logs::ResourcePolicy, AWS::Logs::QueryDefinition, AWS::Logs::AccountPolicy, AWS::Logs::Destination", () => {
  const cases: [string, Properties][] = [
    ["LogStream", { LogGroupName: "g", LogStreamName: "s" }],
    [
      "MetricFilter",
      {
        LogGroupName: "g",
        FilterPattern: "{ $.a = * }",
        MetricTransformations: [
          { MetricName: "m", MetricNamespace: "n", MetricValue: "1", Dimensions: [{ Key: "a", Value: "$.a" }] },
        ],
      },
    ],
    [
      "SubscriptionFilter",
      {
        LogGroupName: "g",
        FilterPattern: "",
        DestinationArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
        Distribution: "Random",
      },
    ],
    ["ResourcePolicy", { PolicyName: "p", PolicyDocument: "{}" }],
    [
      "AccountPolicy",
      { PolicyName: "p", PolicyType: "FIELD_INDEX_POLICY", PolicyDocument: '{"Fields":["a"]}', Scope: "ALL" },
    ],
    [
      "Destination",
      {
        DestinationName: "d",
        TargetArn: "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        RoleArn: "arn:aws:iam::000000000000:role/r",
        DestinationPolicy: "{}",
      },
    ],
    ["QueryDefinition", { Name: "q", QueryString: "fields @message", LogGroupNames: ["g"] }],
  ];
  it.each(cases)("%s is created, read, updated and deleted", async (type, desired) => {
    const resource = await of(type);
    const created = await resource.create(desired);
    expect(await resource.read(created)).toMatchObject(desired);
    expect(await resource.update(desired, created, desired)).toMatchObject(desired);
    await resource.delete(created);
    expect(await resource.read(created)).toBeUndefined();
  });
});
