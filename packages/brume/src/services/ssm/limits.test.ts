import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import * as sdk from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let ssm: sdk.SSMClient;
beforeAll(async () => {
  cloud = await startCloud();
  ssm = cloud.client(sdk.SSMClient);
});
afterAll(() => cloud.close());

const put = (Name: string, Value: string, more: Partial<sdk.PutParameterCommandInput> = {}) =>
  ssm.send(new sdk.PutParameterCommand({ Name, Value, Type: "String", ...more }));
const get = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.send(new sdk.GetParameterCommand({ Name, WithDecryption }))).Parameter;
const describeOne = async (name: string) =>
  (await ssm.send(new sdk.DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: [name] }] })))
    .Parameters?.[0];

describe("PutParameter", () => {
  it("keeps a hundred versions, and the oldest as long as it has a label", async () => {
    const Name = "/versions/a";
    await put(Name, "1");
    for (let i = 2; i <= 101; i++) await put(Name, String(i), { Overwrite: true });
    await expect(get(`${Name}:1`)).rejects.toMatchObject({ name: "ParameterVersionNotFound" });
    await ssm.send(new sdk.LabelParameterVersionCommand({ Name, ParameterVersion: 2, Labels: ["keep"] }));
    await expect(put(Name, "102", { Overwrite: true })).rejects.toThrow(sdk.ParameterMaxVersionLimitExceeded);
    const page = await ssm.send(new sdk.GetParameterHistoryCommand({ Name, MaxResults: 50 }));
    const next = await ssm.send(new sdk.GetParameterHistoryCommand({ Name, NextToken: page.NextToken }));
    expect([page.Parameters?.[0]?.Version, next.Parameters?.at(-1)?.Version]).toEqual([2, 101]);
    expect(next.NextToken).toBeUndefined();
  });

  it("encrypts secure strings under a key of KMS", async () => {
    const kms = cloud.client(KMSClient);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId as string;
    await put("/secure/a", "hush", { Type: "SecureString", KeyId });
    await put("/secure/large", "x".repeat(8000), { Type: "SecureString", KeyId, Tier: "Advanced" });
    expect((await get("/secure/a"))?.Value).not.toContain(Buffer.from("hush").toString("base64"));
    expect((await get("/secure/large", true))?.Value).toBe("x".repeat(8000));
    const { Parameters } = await ssm.send(
      new sdk.GetParametersCommand({ Names: ["/secure/a", "/secure/large"], WithDecryption: true }),
    );
    expect(Parameters?.map(({ Value }) => Value?.length)).toEqual([4, 8000]);
    const history = await ssm.send(new sdk.GetParameterHistoryCommand({ Name: "/secure/a", WithDecryption: true }));
    expect(history.Parameters?.[0]).toMatchObject({ Value: "hush", KeyId });
    await kms.send(new DisableKeyCommand({ KeyId }));
    await expect(get("/secure/a", true)).rejects.toMatchObject({
      name: "InvalidKeyId",
      message: expect.stringContaining("is disabled."),
    });
    await expect(put("/secure/b", "x", { Type: "SecureString", KeyId: "nonsense" })).rejects.toThrow(
      "Invalid keyId 'nonsense'",
    );
  });

  it("lets an advanced parameter expire by the clock", async () => {
    const Timestamp = new Date(cloud.clock.now() + 10 * 86_400_000).toISOString();
    const Policies = JSON.stringify([
      { Type: "Expiration", Version: "1.0", Attributes: { Timestamp } },
      { Type: "ExpirationNotification", Version: "1.0", Attributes: { Before: "4", Unit: "Days" } },
      { Type: "NoChangeNotification", Version: "1.0", Attributes: { After: "8", Unit: "Hours" } },
    ]);
    await expect(put("/policy/a", "1", { Policies })).rejects.toThrow("only supported for advanced parameters");
    await put("/policy/a", "1", { Policies, Tier: "Advanced" });
    await cloud.clock.advance({ days: 1 });
    await put("/policy/a", "2", { Overwrite: true });
    const statuses = async () => (await describeOne("/policy/a"))?.Policies?.map(({ PolicyStatus }) => PolicyStatus);
    expect(await statuses()).toEqual(["Pending", "Pending", "Pending"]);
    await cloud.clock.advance({ days: 6 });
    expect(await statuses()).toEqual(["Pending", "Finished", "Finished"]);
    await cloud.clock.advance({ days: 3 });
    await expect(get("/policy/a")).rejects.toThrow(sdk.ParameterNotFound);
  });

  const refused = [
    [[{ Type: "Nonsense" }], "InvalidPolicyTypeException"],
    [[{ Type: "Expiration", Attributes: { Timestamp: "yesterday" } }], "InvalidPolicyAttributeException"],
    [[{ Type: "NoChangeNotification", Attributes: { After: "1", Unit: "Years" } }], "InvalidPolicyAttributeException"],
    [[{ Type: "ExpirationNotification", Attributes: { Before: "1", Unit: "Days" } }], "IncompatiblePolicyException"],
  ] as const;
  it.each(refused)("rejects the policies %j", async (policies, name) => {
    const more = { Policies: JSON.stringify(policies), Tier: "Advanced" as const };
    await expect(put("/policy/b", "1", more)).rejects.toMatchObject({ name });
  });

  it("forgets the policies when it is told to", async () => {
    const Timestamp = new Date(cloud.clock.now() + 86_400_000).toISOString();
    const Policies = JSON.stringify([{ Type: "Expiration", Attributes: { Timestamp } }]);
    await put("/policy/c", "1", { Policies, Tier: "Advanced" });
    await put("/policy/c", "2", { Overwrite: true, Policies: "[{}]" });
    await cloud.clock.advance({ days: 2 });
    expect((await get("/policy/c"))?.Value).toBe("2");
  });

  it("takes no value that names another parameter", async () => {
    await expect(put("/nested", "{{ssm:other}}")).rejects.toThrow("can't nest another parameter");
  });
});

describe("GetServiceSetting, UpdateServiceSetting, ResetServiceSetting", () => {
  it("set the tier that parameters have", async () => {
    const SettingId = "/ssm/parameter-store/default-parameter-tier";
    expect((await ssm.send(new sdk.GetServiceSettingCommand({ SettingId }))).ServiceSetting).toMatchObject({
      SettingValue: "Standard",
      Status: "Default",
    });
    const update = (SettingValue: string) => ssm.send(new sdk.UpdateServiceSettingCommand({ SettingId, SettingValue }));
    await expect(update("Best")).rejects.toMatchObject({ name: "ValidationException" });
    await update("Advanced");
    expect((await put("/tier/a", "1")).Tier).toBe("Advanced");
    const reset = await ssm.send(new sdk.ResetServiceSettingCommand({ SettingId }));
    expect(reset.ServiceSetting).toMatchObject({ SettingValue: "Standard", Status: "Default" });
    await expect(ssm.send(new sdk.GetServiceSettingCommand({ SettingId: "/ssm/none" }))).rejects.toThrow(
      sdk.ServiceSettingNotFound,
    );
  });
});

describe("PutResourcePolicy, GetResourcePolicies, DeleteResourcePolicy", () => {
  it("keep the policies of advanced parameters, by their hashes", async () => {
    await put("/shared/a", "1");
    const ResourceArn = "arn:aws:ssm:us-east-1:000000000000:parameter/shared/a";
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    const putting = (input: Partial<sdk.PutResourcePolicyCommandInput> = {}) =>
      ssm.send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy, ...input }));
    await expect(putting()).rejects.toThrow(sdk.ResourcePolicyInvalidParameterException);
    await put("/shared/a", "1", { Overwrite: true, Tier: "Advanced" });
    await expect(putting({ Policy: "{}" })).rejects.toThrow(sdk.MalformedResourcePolicyDocumentException);
    await expect(putting({ ResourceArn: `${ResourceArn}x` })).rejects.toThrow(sdk.ResourceNotFoundException);
    const { PolicyId, PolicyHash } = await putting();
    await expect(putting({ PolicyId, PolicyHash: "x" })).rejects.toThrow(sdk.ResourcePolicyConflictException);
    const { Policies } = await ssm.send(new sdk.GetResourcePoliciesCommand({ ResourceArn }));
    expect(Policies).toEqual([{ PolicyId, PolicyHash, Policy }]);
    await ssm.send(new sdk.DeleteResourcePolicyCommand({ ResourceArn, PolicyId, PolicyHash }));
    await expect(ssm.send(new sdk.DeleteResourcePolicyCommand({ ResourceArn, PolicyId, PolicyHash }))).rejects.toThrow(
      sdk.ResourcePolicyNotFoundException,
    );
  });
});
