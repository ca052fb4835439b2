import * as sdk from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
let lambda: sdk.LambdaClient;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
  lambda = functions.client;
});
afterAll(() => cloud.close());

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const statement = (Sid: string, Resource: string) => ({
  Sid,
  Effect: "Deny",
  Principal: "*",
  Action: "lambda:InvokeFunction",
  Resource,
});
const put = (ResourceArn: string, policy: unknown, RevisionId?: string) =>
  lambda.send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy: JSON.stringify(policy), RevisionId }));

describe("PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy", () => {
  it("replace the policy as a whole, which statements are added to", async () => {
    const FunctionName = await functions.create("exports.handler = async () => 1;");
    const ResourceArn = arnOf(FunctionName);
    const get = () => lambda.send(new sdk.GetResourcePolicyCommand({ ResourceArn }));
    await expect(get()).rejects.toThrow(sdk.ResourceNotFoundException);
    const policy = { Version: "2012-10-17", Id: "mine", Statement: [statement("a", ResourceArn)] };
    const first = await put(ResourceArn, policy);
    expect(JSON.parse(first.Policy ?? "")).toEqual(policy);
    await lambda.send(
      new sdk.AddPermissionCommand({
        FunctionName,
        StatementId: "b",
        Action: "lambda:InvokeFunction",
        Principal: "sns.amazonaws.com",
      }),
    );
    const both = await get();
    const { Id, Statement } = JSON.parse(both.Policy ?? "");
    expect([Id, ...Statement.map(({ Sid }: { Sid: string }) => Sid)]).toEqual(["mine", "a", "b"]);
    expect((await lambda.send(new sdk.GetPolicyCommand({ FunctionName }))).Policy).toBe(both.Policy);
    await expect(put(ResourceArn, policy, first.RevisionId)).rejects.toThrow(sdk.PreconditionFailedException);
    const remove = (RevisionId?: string) =>
      lambda.send(new sdk.DeleteResourcePolicyCommand({ ResourceArn, RevisionId }));
    await expect(remove(first.RevisionId)).rejects.toThrow(sdk.PreconditionFailedException);
    await remove(both.RevisionId);
    await expect(remove()).rejects.toThrow(sdk.ResourceNotFoundException);
  });

  it("refuse what is no policy, is too long, or is of no function", async () => {
    const ResourceArn = arnOf(await functions.create("exports.handler = async () => 1;"));
    for (const wrong of ["", 1, {}, { Statement: [] }, { Statement: [{ Effect: "Allow" }] }]) {
      await expect(put(ResourceArn, wrong)).rejects.toThrow("not a valid resource-based policy");
    }
    const Statement = Array.from({ length: 200 }, (_, index) => statement(`s${index}`, ResourceArn));
    await expect(put(ResourceArn, { Statement })).rejects.toThrow(sdk.PolicyLengthExceededException);
    await expect(put(arnOf("none"), { Statement: statement("a", arnOf("none")) })).rejects.toThrow(
      sdk.ResourceNotFoundException,
    );
    await expect(put("arn:aws:sqs:us-east-1:000000000000:q", { Statement })).rejects.toThrow(
      "at 'resourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern",
    );
  });
});
