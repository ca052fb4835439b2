import * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Role, zip } from "../lambda/testing.js";

let cloud: RunningCloud;
let logs: sdk.CloudWatchLogsClient;
const destinationArn = "arn:aws:lambda:us-east-1:000000000000:function:consumer";
const ownGroup = "/aws/lambda/consumer";
beforeAll(async () => {
  cloud = await startCloud();
  logs = cloud.client(sdk.CloudWatchLogsClient);
  const code = `
    const { gunzipSync } = require("node:zlib");
    exports.handler = async ({ awslogs }) => {
      const { logGroup, logEvents } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")));
      for (const { message } of logEvents) console.log("GOT", logGroup, message);
    };`;
  await cloud.client(LambdaClient).send(
    new CreateFunctionCommand({
      FunctionName: "consumer",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Role,
      Code: { ZipFile: await zip({ "index.js": code }) },
    }),
  );
});
afterAll(() => cloud.close());

let count = 0;
async function newGroup(): Promise<string> {
  const logGroupName = `subscribed-${count++}`;
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName }));
  await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
  return logGroupName;
}
async function put(logGroupName: string, message: string): Promise<void> {
  const logEvents = [{ timestamp: cloud.clock.now(), message }];
  await logs.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName: "s", logEvents }));
  await cloud.clock.advance({ milliseconds: 1 });
  await cloud.idle();
}
/** What the function was sent of a group. */
async function received(group: string): Promise<string[]> {
  try {
    const { events = [] } = await logs.send(
      new sdk.FilterLogEventsCommand({ logGroupName: ownGroup, filterPattern: `"GOT ${group} "` }),
    );
    return events.map(({ message = "" }) => message.trim().split(" ").at(-1) as string);
  } catch (error) {
    if (error instanceof sdk.ResourceNotFoundException) return [];
    throw error;
  }
}
const subscribe = (logGroupName: string) =>
  logs.send(new sdk.PutSubscriptionFilterCommand({ logGroupName, filterName: "f", filterPattern: "", destinationArn }));

describe("a subscription filter", () => {
  it("delivers again what its destination was too busy for", async () => {
    const group = await newGroup();
    await subscribe(group);
    const error = { code: "TooManyRequestsException", message: "Rate exceeded" };
    cloud.kernel.faults.inject({ service: "lambda", operation: "Invoke", times: 3, error });
    await put(group, "late");
    expect(await received(group)).toEqual([]);
    await cloud.clock.advance({ seconds: 10 });
    await cloud.idle();
    expect(await received(group)).toEqual(["late"]);
  });

  it("gives up what its destination refuses", async () => {
    const group = await newGroup();
    await subscribe(group);
    const failures: string[] = [];
    const stop = cloud.kernel.events.on("log delivery failed", ({ reason }) => failures.push(reason));
    cloud.kernel.faults.inject({
      service: "lambda",
      operation: "Invoke",
      times: 1,
      error: { code: "AccessDeniedException", message: "no" },
    });
    await put(group, "lost");
    await cloud.clock.advance({ hours: 1 });
    stop();
    expect(failures).toEqual(["no"]);
    expect(await received(group)).toEqual([]);
  });

  it("may not send a function its own logs", async () => {
    await expect(subscribe(ownGroup)).rejects.toThrow("reserved for the function logs of the destination function");
  });
});

describe("PutAccountPolicy, DescribeAccountPolicies, DeleteAccountPolicy", () => {
  const policyType = "SUBSCRIPTION_FILTER_POLICY" as const;
  it("subscribe all log groups but those that are excepted", async () => {
    const [one, excepted] = [await newGroup(), await newGroup()];
    const putPolicy = (more: Partial<sdk.PutAccountPolicyCommandInput> = {}) =>
      logs.send(
        new sdk.PutAccountPolicyCommand({
          policyName: "all",
          policyType,
          policyDocument: JSON.stringify({ DestinationArn: destinationArn, FilterPattern: "ERROR" }),
          selectionCriteria: `LogGroupName NOT IN ["${excepted}"]`,
          ...more,
        }),
      );
    await putPolicy();
    await expect(putPolicy({ policyName: "second" })).rejects.toThrow(sdk.LimitExceededException);
    await expect(putPolicy({ selectionCriteria: "anything" })).rejects.toThrow("Invalid selectionCriteria.");
    await expect(putPolicy({ policyDocument: "{" })).rejects.toThrow("Policy document is not valid JSON.");
    const { accountPolicies } = await logs.send(new sdk.DescribeAccountPoliciesCommand({ policyType }));
    expect(accountPolicies).toMatchObject([{ policyName: "all", scope: "ALL", accountId: "000000000000" }]);
    for (const group of [one, excepted]) {
      await put(group, "ERROR");
      await put(group, "INFO");
    }
    expect(await received(one)).toEqual(["ERROR"]);
    expect(await received(excepted)).toEqual([]);
    await logs.send(new sdk.DeleteAccountPolicyCommand({ policyName: "all", policyType }));
    await put(one, "ERROR");
    expect(await received(one)).toEqual(["ERROR"]);
  });
});

describe("PutDestination, PutDestinationPolicy, DescribeDestinations, DeleteDestination", () => {
  it("keep destinations, to which groups can be subscribed while they are there", async () => {
    const [targetArn, roleArn] = [
      "arn:aws:kinesis:us-east-1:000000000000:stream/x",
      "arn:aws:iam::000000000000:role/r",
    ];
    const { destination } = await logs.send(
      new sdk.PutDestinationCommand({ destinationName: "d", targetArn, roleArn }),
    );
    expect(destination?.arn).toBe("arn:aws:logs:us-east-1:000000000000:destination:d");
    await logs.send(new sdk.PutDestinationPolicyCommand({ destinationName: "d", accessPolicy: "{}" }));
    const { destinations } = await logs.send(new sdk.DescribeDestinationsCommand({}));
    expect(destinations).toMatchObject([{ destinationName: "d", targetArn, roleArn, accessPolicy: "{}" }]);
    const resourceArn = destination?.arn;
    await logs.send(new sdk.TagResourceCommand({ resourceArn, tags: { a: "1", b: "2" } }));
    await logs.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    expect((await logs.send(new sdk.ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: "2" });
    const logGroupName = await newGroup();
    const input = { logGroupName, filterName: "f", filterPattern: "", destinationArn: destination?.arn };
    await logs.send(new sdk.PutSubscriptionFilterCommand(input));
    await logs.send(new sdk.DeleteDestinationCommand({ destinationName: "d" }));
    await expect(logs.send(new sdk.PutSubscriptionFilterCommand(input))).rejects.toThrow(
      "The specified destination does not exist.",
    );
  });
});
