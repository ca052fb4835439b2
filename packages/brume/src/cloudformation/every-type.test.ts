/** Every published resource type deploys: with the properties that its schema requires, filled in by type. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";
import { registry } from "../registry.js";
import { type ResourceSchema, Spec, type SpecProperty, type SpecType } from "./schema/spec.js";

const BATCH = 200;

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

function sample(schema: ResourceSchema, type: SpecType, depth: number): unknown {
  if (typeof type === "string") {
    if (type === "integer" || type === "number") return 1;
    if (type === "boolean") return true;
    if (type === "json") return { Version: "2012-10-17", Statement: [] };
    if (type === "tag") return { Key: "k", Value: "v" };
    return "sample";
  }
  if ("enum" in type) return type.enum[0];
  if ("list" in type) return depth > 6 ? [] : [sample(schema, type.list, depth + 1)];
  if ("map" in type) return {};
  if ("union" in type) return sample(schema, type.union[0] ?? "string", depth);
  return depth > 6 ? {} : required(schema, schema.definition(type.ref).properties, depth + 1);
}

function required(
  schema: ResourceSchema,
  properties: Readonly<Record<string, SpecProperty>>,
  depth: number,
): Record<string, unknown> {
  const needed = Object.entries(properties).filter(([, property]) => property.required);
  return Object.fromEntries(needed.map(([name, property]) => [name, sample(schema, property.type, depth)]));
}

describe("every published type", () => {
  it("deploys, gives a value for Ref and for each attribute, and is deleted", { timeout: 240_000 }, async () => {
    const spec = new Spec();
    const liveTypes = new Set<string>();
    for (const entry of Object.values(registry))
      for (const type of Object.keys((await entry.load()).default.resources)) liveTypes.add(type);
    // What has behaviour needs true values: those types have tests of their own.
    // Serverless types are there for the transform only.
    const engine = /^AWS::CloudFormation::(Stack|CustomResource|WaitCondition|WaitConditionHandle)$|^AWS::Serverless::/;
    const types = [...spec.names].filter((type) => !liveTypes.has(type) && !engine.test(type));
    expect(types.length + liveTypes.size).toBeGreaterThan(1800);
    const client = cloud.client(cfn.CloudFormationClient);
    for (let start = 0; start < types.length; start += BATCH) {
      const batch = types.slice(start, start + BATCH);
      const Resources: Record<string, object> = {};
      const Outputs: Record<string, object> = {};
      for (const [index, type] of batch.entries()) {
        const schema = spec.schema(type) as ResourceSchema;
        Resources[`R${index}`] = { Type: type, Properties: required(schema, schema.properties, 0) };
        const attributes = Object.keys(schema.attributes).map((attribute) => ({
          "Fn::GetAtt": [`R${index}`, attribute],
        }));
        Outputs[`O${index}`] = { Value: { "Fn::ToJsonString": [{ Ref: `R${index}` }, ...attributes] } };
      }
      const [result] = await cloud.deploy({ Resources, Outputs }, { stackName: `types-${start}` });
      expect(
        result?.modelled.reduce((sum, { count }) => sum + count, 0),
        `types from ${batch[0]}`,
      ).toBe(batch.length - (batch.includes("AWS::CDK::Metadata") ? 1 : 0));
      for (const [index, type] of batch.entries()) {
        const [ref] = JSON.parse(result?.outputs[`O${index}`] ?? "[]") as unknown[];
        expect(String(ref), `Ref of ${type}`).not.toBe("");
      }
      expect(await cloud.destroy(`types-${start}`)).toBe(true);
      const { StackResources } = await client.send(
        new cfn.DescribeStackResourcesCommand({ StackName: result?.stackId }),
      );
      expect(StackResources).toEqual([]);
    }
  });

  it("fails as on AWS for a type that does not exist", async () => {
    const deploying = cloud.deploy({ Resources: { A: { Type: "AWS::Nope::Nothing" } } });
    await expect(deploying).rejects.toMatchObject({
      message: expect.stringContaining("Unrecognized resource types: [AWS::Nope::Nothing]"),
    });
  });
});
