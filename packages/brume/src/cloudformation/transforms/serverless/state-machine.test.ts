import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../template/template.js";
import { mapOf, partAt } from "./plain.js";
import { expand, propertiesOf, refusalOf, typesOf } from "./testing.js";

const DEFINITION = {
  StartAt: "A",
  States: { A: { Type: "Task", Resource: { "Fn::GetAtt": ["F", "Arn"] }, End: true } },
};

function machine(properties: JsonObject): JsonObject {
  return { Machine: { Type: "AWS::Serverless::StateMachine", Properties: properties } };
}

describe("AWS::Serverless::StateMachine", () => {
  it("has its definition as text, with substitutions for functions", () => {
    const made = propertiesOf(expand(machine({ Definition: DEFINITION, Type: "EXPRESS" })), "Machine");
    const lines = (partAt(made.DefinitionString, "Fn::Join") as [string, string[]])[1];
    expect(JSON.parse(lines.join("\n"))).toEqual({
      StartAt: "A",
      States: { A: { Type: "Task", Resource: "${definition_substitution_1}", End: true } },
    });
    expect(made).toMatchObject({
      DefinitionSubstitutions: { definition_substitution_1: { "Fn::GetAtt": ["F", "Arn"] } },
      StateMachineType: "EXPRESS",
      RoleArn: { "Fn::GetAtt": ["MachineRole", "Arn"] },
      Tags: [{ Key: "stateMachine:createdBy", Value: "SAM" }],
    });
  });

  it("has its definition in S3, and a role with its policies", () => {
    const resources = expand(
      machine({
        DefinitionUri: "s3://b/k",
        DefinitionSubstitutions: { A: "b" },
        Policies: [{ LambdaInvokePolicy: { FunctionName: "f" } }],
        Tracing: { Enabled: true },
      }),
    );
    expect(propertiesOf(resources, "Machine")).toMatchObject({
      DefinitionS3Location: { Bucket: "b", Key: "k" },
      DefinitionSubstitutions: { A: "b" },
    });
    expect(propertiesOf(resources, "MachineRole")).toMatchObject({
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"],
      Policies: [{ PolicyName: "MachineRolePolicy0" }],
    });
  });

  it("is refused with a role and policies, or without a definition", () => {
    expect(refusalOf(machine({ DefinitionUri: "s3://b/k", Role: "arn:r", Policies: ["AWSLambdaRole"] }))).toContain(
      "Specify either 'Role' or 'Policies'",
    );
    expect(refusalOf(machine({ Role: "arn:r" }))).toContain(
      "Either 'Definition' or 'DefinitionUri' property must be specified.",
    );
  });

  it("publishes a version behind an alias", () => {
    const resources = expand(machine({ DefinitionUri: "s3://b/k", Role: "arn:r", AutoPublishAlias: "live" }));
    expect(resources.MachineVersion).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    expect(propertiesOf(resources, "MachineAliaslive")).toEqual({
      Name: "live",
      DeploymentPreference: { Type: "ALL_AT_ONCE", StateMachineVersionArn: { Ref: "MachineVersion" } },
    });
  });
});

describe("Events of state machines", () => {
  const withEvent = (type: string, properties: JsonObject) =>
    expand(
      machine({ DefinitionUri: "s3://b/k", Role: "arn:r", Events: { On: { Type: type, Properties: properties } } }),
    );

  it("start executions by rules and schedules", () => {
    const rule = withEvent("EventBridgeRule", { Pattern: { source: ["x"] } });
    expect(propertiesOf(rule, "MachineOn").Targets).toEqual([
      {
        Arn: { Ref: "Machine" },
        Id: "MachineOnStepFunctionsTarget",
        RoleArn: { "Fn::GetAtt": ["MachineOnRole", "Arn"] },
      },
    ]);
    expect(propertiesOf(rule, "MachineOnRole").Policies).toMatchObject([
      { PolicyDocument: { Statement: [{ Action: "states:StartExecution", Resource: { Ref: "Machine" } }] } },
    ]);
    expect(typesOf(withEvent("Schedule", { Schedule: "rate(1 day)" })).MachineOn).toBe("AWS::Events::Rule");
    const scheduled = withEvent("ScheduleV2", { ScheduleExpression: "rate(1 day)" });
    expect(scheduled.MachineOn?.Type).toBe("AWS::Scheduler::Schedule");
  });

  it("start executions by an API", () => {
    const resources = withEvent("Api", { Path: "/start", Method: "post" });
    const method = partAt(propertiesOf(resources, "ServerlessRestApi").Body, "paths", "/start", "post");
    const integration = mapOf(mapOf(method)["x-amazon-apigateway-integration"]);
    expect(integration).toMatchObject({
      type: "aws",
      credentials: { "Fn::GetAtt": ["MachineOnRole", "Arn"] },
      requestTemplates: {
        "application/json": {
          "Fn::Sub": `{"input": "$util.escapeJavaScript($input.json('$'))", "stateMachineArn": "\${Machine}"}`,
        },
      },
    });
  });
});
