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
