import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

describe("AWS::SSM::Parameter", () => {
  it("is created, overwritten, and deleted", async () => {
    const parameter = await resourceType(cloud, service, "AWS::SSM::Parameter");
    const desired = { Name: "/cdk-bootstrap/hnb659fds/version", Type: "String", Value: "28", Tags: { a: "1" } };
    const created = await parameter.create({ ...desired, Value: 28, Description: "d" });
    expect(created).toMatchObject({ ...desired, Description: "d", Tier: "Standard" });
    expect(created.Arn).toBe("arn:aws:ssm:us-east-1:000000000000:parameter/cdk-bootstrap/hnb659fds/version");
    const updated = await parameter.update(
      { Name: desired.Name, Type: "String", Value: "29", Tags: { b: "2" } },
      created,
      { ...desired, Description: "d" },
    );
    expect(updated).toMatchObject({ Value: "29", Tags: { b: "2" } });
    expect(updated.Description ?? "").toBe("");
    expect(await parameter.list()).toEqual([{ Name: desired.Name }]);
    await parameter.delete(updated);
    expect(await parameter.read(updated)).toBeUndefined();
  });

  it("is named as CloudFormation names it when the template does not", async () => {
    const parameter = await resourceType(cloud, service, "AWS::SSM::Parameter");
    const { Name } = await parameter.create({ Type: "StringList", Value: "a,b" });
    expect(Name).toMatch(/^CFN-/);
  });
});

describe("AWS::SSM::Document", () => {
  it("is created, given another version, and deleted", async () => {
    const document = await resourceType(cloud, service, "AWS::SSM::Document");
    const step = { action: "aws:runShellScript", name: "run", inputs: { runCommand: ["ls"] } };
    const first = { Content: { schemaVersion: "2.2", mainSteps: [step] }, Tags: [{ Key: "a", Value: "1" }] };
    const created = await document.create(first);
    expect(created).toMatchObject({ ...first, DocumentType: "Command", DocumentFormat: "JSON" });
    const desired = { Content: { schemaVersion: "2.2", mainSteps: [] }, UpdateMethod: "NewVersion" };
    const updated = await document.update(desired, created, first);
    expect(updated).toMatchObject(desired);
    expect(updated.Tags).toBeUndefined();
    expect(await document.list()).toEqual([{ Name: created.Name }]);
    await document.delete(updated);
    expect(await document.read(updated)).toBeUndefined();
  });
});

describe("AWS::SSM::ResourcePolicy, AWS::SSM::ServiceSetting", () => {
  it("share a parameter", async () => {
    const parameter = await resourceType(cloud, service, "AWS::SSM::Parameter");
    const { Arn } = await parameter.create({ Name: "/shared", Type: "String", Value: "1", Tier: "Advanced" });
    const policy = await resourceType(cloud, service, "AWS::SSM::ResourcePolicy");
    const document = (Action: string) => ({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action }] });
    const first = { ResourceArn: Arn as string, Policy: document("ssm:GetParameter") };
    const created = await policy.create(first);
    const desired = { ...first, Policy: document("ssm:GetParameters") };
    const updated = await policy.update(desired, created, first);
    expect(updated.PolicyId).toBe(created.PolicyId);
    expect(await policy.read(updated)).toEqual(updated);
    await policy.delete(updated);
    expect(await policy.read(updated)).toBeUndefined();
  });

  it("change a setting, and give it back its default", async () => {
    const setting = await resourceType(cloud, service, "AWS::SSM::ServiceSetting");
    const first = { SettingId: "/ssm/parameter-store/default-parameter-tier", SettingValue: "Advanced" };
    const created = await setting.create(first);
    expect(created).toMatchObject({ ...first, Status: "Customized" });
    const desired = { ...first, SettingValue: "Intelligent-Tiering" };
    expect(await setting.update(desired, created, first)).toMatchObject(desired);
    await setting.delete(created);
    expect(await setting.read(created)).toBeUndefined();
  });
});
