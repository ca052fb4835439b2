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

const ONE = "exports.handler = async () => 1;";

describe("PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency, GetAccountSettings", () => {
  it("reserve executions out of the account's", async () => {
    const FunctionName = await functions.create(ONE);
    const put = (ReservedConcurrentExecutions: number) =>
      lambda.send(new sdk.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    await put(100);
    expect(await lambda.send(new sdk.GetFunctionConcurrencyCommand({ FunctionName }))).toMatchObject({
      ReservedConcurrentExecutions: 100,
    });
    const { AccountLimit } = await lambda.send(new sdk.GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900 });
    await expect(put(901)).rejects.toThrow("below its minimum value of [100]");
    await put(0);
    await expect(functions.invoke(FunctionName)).rejects.toThrow("Rate Exceeded.");
    await lambda.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect((await functions.invoke(FunctionName)).result).toBe(1);
  });
});

describe("PutProvisionedConcurrencyConfig, GetProvisionedConcurrencyConfig, ListProvisionedConcurrencyConfigs, DeleteProvisionedConcurrencyConfig", () => {
  it("record what is asked for a version", async () => {
    const FunctionName = await functions.create(ONE, { Publish: true });
    const version = { FunctionName, Qualifier: "1" };
    const put = { ...version, ProvisionedConcurrentExecutions: 2 };
    expect((await lambda.send(new sdk.PutProvisionedConcurrencyConfigCommand(put))).Status).toBe("READY");
    const list = await lambda.send(new sdk.ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
    expect(list.ProvisionedConcurrencyConfigs?.[0]).toMatchObject({ RequestedProvisionedConcurrentExecutions: 2 });
    await lambda.send(new sdk.DeleteProvisionedConcurrencyConfigCommand(version));
    const gone = lambda.send(new sdk.GetProvisionedConcurrencyConfigCommand(version));
    await expect(gone).rejects.toThrow(sdk.ProvisionedConcurrencyConfigNotFoundException);
    const latest = new sdk.PutProvisionedConcurrencyConfigCommand({ ...put, Qualifier: "$LATEST" });
    await expect(lambda.send(latest)).rejects.toThrow("cannot be applied to unpublished function versions");
  });
});

describe("PutFunctionRecursionConfig, GetFunctionRecursionConfig, PutRuntimeManagementConfig, GetRuntimeManagementConfig", () => {
  it("keep what is set", async () => {
    const FunctionName = await functions.create(ONE);
    expect((await lambda.send(new sdk.GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop).toBe(
      "Terminate",
    );
    await lambda.send(new sdk.PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: "Allow" }));
    expect((await lambda.send(new sdk.GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop).toBe(
      "Allow",
    );
    await lambda.send(new sdk.PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: "FunctionUpdate" }));
    const { UpdateRuntimeOn } = await lambda.send(new sdk.GetRuntimeManagementConfigCommand({ FunctionName }));
    expect(UpdateRuntimeOn).toBe("FunctionUpdate");
  });
});

describe("CreateCodeSigningConfig, GetCodeSigningConfig, UpdateCodeSigningConfig, DeleteCodeSigningConfig, ListCodeSigningConfigs, PutFunctionCodeSigningConfig, GetFunctionCodeSigningConfig, DeleteFunctionCodeSigningConfig, ListFunctionsByCodeSigningConfig", () => {
  it("make a configuration, attach it, and delete it when it is free", async () => {
    const FunctionName = await functions.create(ONE);
    const AllowedPublishers = {
      SigningProfileVersionArns: ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/abcdefghij"],
    };
    const made = await lambda.send(new sdk.CreateCodeSigningConfigCommand({ AllowedPublishers, Description: "a" }));
    const CodeSigningConfigArn = made.CodeSigningConfig?.CodeSigningConfigArn as string;
    await lambda.send(new sdk.UpdateCodeSigningConfigCommand({ CodeSigningConfigArn, Description: "b" }));
    const { CodeSigningConfig } = await lambda.send(new sdk.GetCodeSigningConfigCommand({ CodeSigningConfigArn }));
    expect(CodeSigningConfig).toMatchObject({ Description: "b", AllowedPublishers });
    expect((await lambda.send(new sdk.ListCodeSigningConfigsCommand({}))).CodeSigningConfigs).toHaveLength(1);
    await lambda.send(new sdk.PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn }));
    const of = await lambda.send(new sdk.GetFunctionCodeSigningConfigCommand({ FunctionName }));
    expect(of.CodeSigningConfigArn).toBe(CodeSigningConfigArn);
    const users = await lambda.send(new sdk.ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn }));
    expect(users.FunctionArns).toHaveLength(1);
    const inUse = lambda.send(new sdk.DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
    await expect(inUse).rejects.toThrow(sdk.ResourceConflictException);
    await lambda.send(new sdk.DeleteFunctionCodeSigningConfigCommand({ FunctionName }));
    await lambda.send(new sdk.DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
    const gone = lambda.send(new sdk.GetCodeSigningConfigCommand({ CodeSigningConfigArn }));
    await expect(gone).rejects.toThrow(sdk.CodeSigningConfigNotFoundException);
  });
});
