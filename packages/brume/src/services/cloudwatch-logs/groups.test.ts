import * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Role, zip } from "../lambda/testing.js";

let cloud: RunningCloud;
let logs: sdk.CloudWatchLogsClient;
beforeAll(async () => {
  cloud = await startCloud();
  logs = cloud.client(sdk.CloudWatchLogsClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newGroup(more: Partial<sdk.CreateLogGroupCommandInput> = {}): Promise<string> {
  const logGroupName = `/test/groups-${count++}`;
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName, ...more }));
  return logGroupName;
}
const describeGroup = async (name: string) =>
  (await logs.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: name }))).logGroups?.[0];

describe("CreateLogGroup, DescribeLogGroups, ListLogGroups, DeleteLogGroup", () => {
  it("keep groups by name, page by page", async () => {
    const names = [];
    for (const letter of ["a", "b", "c"]) names.push(await newGroup({ logGroupName: `paged/${letter}` }));
    const input = { logGroupNamePrefix: "paged/", limit: 2 };
    const first = await logs.send(new sdk.DescribeLogGroupsCommand(input));
    const second = await logs.send(new sdk.DescribeLogGroupsCommand({ ...input, nextToken: first.nextToken }));
    const found = [...(first.logGroups ?? []), ...(second.logGroups ?? [])].map((group) => group.logGroupName);
    expect(found).toEqual(["paged/a", "paged/b", "paged/c"]);
    const listed = await logs.send(new sdk.ListLogGroupsCommand({ logGroupNamePattern: "^paged/a|^paged/b" }));
    expect(listed.logGroups).toHaveLength(2);
    expect(await describeGroup("paged/a")).toMatchObject({
      arn: "arn:aws:logs:us-east-1:000000000000:log-group:paged/a:*",
      logGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:paged/a",
      logGroupClass: "STANDARD",
    });
    await logs.send(new sdk.DeleteLogGroupCommand({ logGroupName: "paged/a" }));
    expect(await describeGroup("paged/a")).toBeUndefined();
  });

  it("reject a name that is taken, malformed or not there", async () => {
    const logGroupName = await newGroup();
    await expect(newGroup({ logGroupName })).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log group already exists",
    });
    await expect(newGroup({ logGroupName: "a b" })).rejects.toThrow(
      "Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern",
    );
    await expect(logs.send(new sdk.DeleteLogGroupCommand({ logGroupName: "none" }))).rejects.toThrow(
      "The specified log group does not exist.",
    );
  });
});

describe("PutRetentionPolicy, DeleteRetentionPolicy", () => {
  it("take the periods that there are", async () => {
    const logGroupName = await newGroup();
    await logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
    expect((await describeGroup(logGroupName))?.retentionInDays).toBe(14);
    await expect(logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 }))).rejects.toThrow(
      "Member must satisfy enum value set",
    );
    await logs.send(new sdk.DeleteRetentionPolicyCommand({ logGroupName }));
    expect((await describeGroup(logGroupName))?.retentionInDays).toBeUndefined();
  });
});

describe("AssociateKmsKey, DisassociateKmsKey, PutLogGroupDeletionProtection", () => {
  it("change the group", async () => {
    const logGroupName = await newGroup();
    const kmsKeyId = "arn:aws:kms:us-east-1:000000000000:key/k";
    await logs.send(new sdk.AssociateKmsKeyCommand({ logGroupName, kmsKeyId }));
    expect((await describeGroup(logGroupName))?.kmsKeyId).toBe(kmsKeyId);
    await logs.send(new sdk.DisassociateKmsKeyCommand({ logGroupName }));
    const protect = (deletionProtectionEnabled: boolean) =>
      logs.send(
        new sdk.PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: logGroupName, deletionProtectionEnabled }),
      );
    await protect(true);
    await expect(logs.send(new sdk.DeleteLogGroupCommand({ logGroupName }))).rejects.toThrow("deletion protection");
    await protect(false);
    await logs.send(new sdk.DeleteLogGroupCommand({ logGroupName }));
  });
});

describe("PutDataProtectionPolicy, GetDataProtectionPolicy, DeleteDataProtectionPolicy", () => {
  it("keep the policy", async () => {
    const logGroupIdentifier = await newGroup();
    await logs.send(new sdk.PutDataProtectionPolicyCommand({ logGroupIdentifier, policyDocument: "{}" }));
    const got = () => logs.send(new sdk.GetDataProtectionPolicyCommand({ logGroupIdentifier }));
    expect((await got()).policyDocument).toBe("{}");
    await logs.send(new sdk.DeleteDataProtectionPolicyCommand({ logGroupIdentifier }));
    expect((await got()).policyDocument).toBeUndefined();
  });
});

describe("CreateLogStream, DescribeLogStreams, DeleteLogStream", () => {
  it("order streams by name or by their latest event", async () => {
    const logGroupName = await newGroup();
    for (const [index, logStreamName] of ["b", "a"].entries()) {
      await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName }));
      const logEvents = [{ timestamp: cloud.clock.now() + index, message: "m" }];
      await logs.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    }
    const names = async (input: Partial<sdk.DescribeLogStreamsCommandInput>) =>
      (await logs.send(new sdk.DescribeLogStreamsCommand({ logGroupName, ...input }))).logStreams?.map(
        ({ logStreamName }) => logStreamName,
      );
    expect(await names({})).toEqual(["a", "b"]);
    expect(await names({ orderBy: "LastEventTime", descending: true })).toEqual(["a", "b"]);
    expect(await names({ orderBy: "LastEventTime" })).toEqual(["b", "a"]);
    await expect(names({ orderBy: "LastEventTime", logStreamNamePrefix: "a" })).rejects.toThrow(
      "Cannot order by LastEventTime with a logStreamNamePrefix.",
    );
    await expect(logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName: "a" }))).rejects.toThrow(
      "The specified log stream already exists",
    );
    await logs.send(new sdk.DeleteLogStreamCommand({ logGroupName, logStreamName: "a" }));
    expect(await names({})).toEqual(["b"]);
  });
});

describe("TagResource, UntagResource, ListTagsForResource, TagLogGroup, UntagLogGroup, ListTagsLogGroup", () => {
  it("keep the tags", async () => {
    const logGroupName = await newGroup({ tags: { a: "1" } });
    const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    await logs.send(new sdk.TagResourceCommand({ resourceArn, tags: { b: "2" } }));
    await logs.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    await logs.send(new sdk.TagLogGroupCommand({ logGroupName, tags: { c: "3", d: "4" } }));
    await logs.send(new sdk.UntagLogGroupCommand({ logGroupName, tags: ["d"] }));
    const expected = { b: "2", c: "3" };
    expect((await logs.send(new sdk.ListTagsForResourceCommand({ resourceArn }))).tags).toEqual(expected);
    expect((await logs.send(new sdk.ListTagsLogGroupCommand({ logGroupName }))).tags).toEqual(expected);
  });
});

describe("PutMetricFilter, DescribeMetricFilters, DeleteMetricFilter", () => {
  it("keep filters and count them", async () => {
    const logGroupName = await newGroup();
    const metricTransformations = [{ metricName: "errors", metricNamespace: "app", metricValue: "1" }];
    const input = { logGroupName, filterName: "f", filterPattern: "ERROR", metricTransformations };
    await logs.send(new sdk.PutMetricFilterCommand(input));
    const { metricFilters } = await logs.send(new sdk.DescribeMetricFiltersCommand({ logGroupName }));
    expect(metricFilters?.[0]).toMatchObject(input);
    expect((await describeGroup(logGroupName))?.metricFilterCount).toBe(1);
    await logs.send(new sdk.DeleteMetricFilterCommand({ logGroupName, filterName: "f" }));
    expect((await describeGroup(logGroupName))?.metricFilterCount).toBe(0);
  });
});

describe("PutSubscriptionFilter, DescribeSubscriptionFilters, DeleteSubscriptionFilter", () => {
  const destinationArn = "arn:aws:lambda:us-east-1:000000000000:function:consumer";

  it("keep two filters a group", async () => {
    const logGroupName = await newGroup();
    const put = (filterName: string) =>
      logs.send(new sdk.PutSubscriptionFilterCommand({ logGroupName, filterName, filterPattern: "", destinationArn }));
    await put("a");
    await put("b");
    await expect(put("c")).rejects.toThrow(sdk.LimitExceededException);
    const { subscriptionFilters } = await logs.send(new sdk.DescribeSubscriptionFiltersCommand({ logGroupName }));
    expect(subscriptionFilters?.map(({ filterName }) => filterName)).toEqual(["a", "b"]);
    await logs.send(new sdk.DeleteSubscriptionFilterCommand({ logGroupName, filterName: "a" }));
    await put("c");
  });

  it("deliver what matches, zipped, to the function", async () => {
    const code = `
      const { gunzipSync } = require("node:zlib");
      exports.handler = async ({ awslogs }) => console.log(gunzipSync(Buffer.from(awslogs.data, "base64")).toString());`;
    await cloud.call("lambda", "CreateFunction", {
      FunctionName: "consumer",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Role,
      Code: { ZipFile: await zip({ "index.js": code }) },
    });
    const logGroupName = await newGroup();
    await logs.send(
      new sdk.PutSubscriptionFilterCommand({ logGroupName, filterName: "f", filterPattern: "ERROR", destinationArn }),
    );
    await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
    const logEvents = ["INFO", "ERROR"].map((message) => ({ timestamp: cloud.clock.now(), message }));
    await logs.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName: "s", logEvents }));
    const received = async () => {
      const { events = [] } = await logs.send(
        new sdk.FilterLogEventsCommand({ logGroupName: "/aws/lambda/consumer", filterPattern: "DATA_MESSAGE" }),
      );
      return events.map(({ message = "" }) => JSON.parse(message.slice(message.indexOf("{"))));
    };
    // The timer rings as soon as the event loop is free; what it starts counts as in flight.
    await cloud.clock.advance({ milliseconds: 1 });
    await cloud.idle();
    expect(await received()).toMatchObject([
      {
        owner: "000000000000",
        logGroup: logGroupName,
        logStream: "s",
        subscriptionFilters: ["f"],
        logEvents: [{ message: "ERROR" }],
      },
    ]);
  });
});

describe("PutResourcePolicy, DescribeResourcePolicies, DeleteResourcePolicy, PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition", () => {
  it("keep policies and queries", async () => {
    await logs.send(new sdk.PutResourcePolicyCommand({ policyName: "p", policyDocument: "{}" }));
    const { resourcePolicies } = await logs.send(new sdk.DescribeResourcePoliciesCommand({}));
    expect(resourcePolicies?.[0]?.policyName).toBe("p");
    await logs.send(new sdk.DeleteResourcePolicyCommand({ policyName: "p" }));
    await expect(logs.send(new sdk.DeleteResourcePolicyCommand({ policyName: "p" }))).rejects.toThrow(
      sdk.ResourceNotFoundException,
    );
    const { queryDefinitionId } = await logs.send(
      new sdk.PutQueryDefinitionCommand({ name: "q", queryString: "fields @message" }),
    );
    const { queryDefinitions } = await logs.send(new sdk.DescribeQueryDefinitionsCommand({}));
    expect(queryDefinitions?.[0]).toMatchObject({ queryDefinitionId, name: "q" });
    await logs.send(new sdk.DeleteQueryDefinitionCommand({ queryDefinitionId }));
  });
});

describe("PutIndexPolicy, DescribeIndexPolicies, DescribeFieldIndexes, DeleteIndexPolicy", () => {
  it("keep which fields are indexed", async () => {
    const logGroupIdentifier = await newGroup();
    const policyDocument = '{"Fields":["a","b"]}';
    await logs.send(new sdk.PutIndexPolicyCommand({ logGroupIdentifier, policyDocument }));
    const input = { logGroupIdentifiers: [logGroupIdentifier] };
    const { indexPolicies } = await logs.send(new sdk.DescribeIndexPoliciesCommand(input));
    expect(indexPolicies).toMatchObject([{ policyDocument, source: "LOG_GROUP" }]);
    const { fieldIndexes } = await logs.send(new sdk.DescribeFieldIndexesCommand(input));
    expect(fieldIndexes?.map(({ fieldIndexName }) => fieldIndexName)).toEqual(["a", "b"]);
    const empty = logs.send(new sdk.PutIndexPolicyCommand({ logGroupIdentifier, policyDocument: "{}" }));
    await expect(empty).rejects.toThrow(sdk.InvalidParameterException);
    await logs.send(new sdk.DeleteIndexPolicyCommand({ logGroupIdentifier }));
    expect((await logs.send(new sdk.DescribeFieldIndexesCommand(input))).fieldIndexes).toEqual([]);
  });
});

describe("PutResourcePolicy, of one log group", () => {
  it("keeps it apart from those of the account, and changes the revision that is expected only", async () => {
    const group = await newGroup();
    const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;
    const put = (expectedRevisionId?: string) =>
      logs.send(new sdk.PutResourcePolicyCommand({ resourceArn, policyDocument: "{}", expectedRevisionId }));
    const { revisionId } = await put();
    await expect(put("other")).rejects.toThrow(sdk.ValidationException);
    await put(revisionId);
    const { resourcePolicies } = await logs.send(new sdk.DescribeResourcePoliciesCommand({ resourceArn }));
    expect(resourcePolicies).toMatchObject([{ resourceArn, policyScope: "RESOURCE" }]);
    const ofAccount = await logs.send(new sdk.DescribeResourcePoliciesCommand({}));
    expect(ofAccount.resourcePolicies).toEqual([]);
    await logs.send(new sdk.DeleteResourcePolicyCommand({ resourceArn }));
  });
});
