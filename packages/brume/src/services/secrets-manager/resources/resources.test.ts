import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const typeOf = (name: string) => resourceType(cloud, service, `AWS::SecretsManager::${name}`);
const stringOf = async (SecretId: unknown) =>
  (await cloud.call<{ SecretString: string }>("secrets-manager", "GetSecretValue", { SecretId })).SecretString;

describe("AWS::SecretsManager::Secret", () => {
  it("makes up a value in a template, keeps it, and makes another when asked for another", async () => {
    const secret = await typeOf("Secret");
    const before = {
      GenerateSecretString: {
        SecretStringTemplate: '{"username":"admin"}',
        GenerateStringKey: "password",
        ExcludePunctuation: "true",
        PasswordLength: "20",
      },
      ReplicaRegions: [{ Region: "eu-west-1" }],
      Tags: [{ Key: "a", Value: "1" }],
    };
    const made = await secret.create(before);
    expect(made).toMatchObject(before);
    expect(made.Id).toMatch(`:secret:${made.Name as string}-`);
    const first = await stringOf(made.Id);
    expect(JSON.parse(first)).toEqual({ username: "admin", password: expect.stringMatching(/^\w{20}$/) });
    expect(await secret.list()).toContainEqual({ Id: made.Id });

    const { GenerateSecretString } = before;
    const after = { GenerateSecretString, Description: "d", Tags: [{ Key: "b", Value: "2" }] };
    const updated = await secret.update(after, made, before);
    expect(updated).toEqual({ Id: made.Id, Name: made.Name, ...after });
    expect(await stringOf(made.Id)).toBe(first);
    await secret.update({ GenerateSecretString: { PasswordLength: 5 } }, updated, after);
    expect(await stringOf(made.Id)).toHaveLength(5);
    await secret.delete(made);
    expect(await secret.read(made)).toBeUndefined();
  });

  it("is deleted for good, its replicas too", async () => {
    const secret = await typeOf("Secret");
    const desired = { Name: "again", SecretString: "s", ReplicaRegions: [{ Region: "eu-west-1" }] };
    await secret.delete(await secret.create(desired));
    const made = await secret.create(desired);
    expect(await stringOf(made.Id)).toBe("s");
  });
});

describe("AWS::SecretsManager::ResourcePolicy", () => {
  it("puts a policy on a secret and takes it off", async () => {
    const { Id: SecretId } = await (await typeOf("Secret")).create({ SecretString: "s" });
    const policy = await typeOf("ResourcePolicy");
    const Statement = [{ Effect: "Allow", Principal: { AWS: "1" }, Action: "*", Resource: "*" }];
    const desired = { SecretId: SecretId as string, ResourcePolicy: { Statement } };
    const made = await policy.create(desired);
    expect(await policy.read(made)).toEqual({ ...desired, Id: SecretId });
    await policy.delete(made);
    expect(await policy.read(made)).toBeUndefined();
  });
});

describe("AWS::SecretsManager::SecretTargetAttachment", () => {
  it("adds what names the target to the secret, and takes it away", async () => {
    const { Id: SecretId } = await (await typeOf("Secret")).create({ SecretString: '{"username":"u"}' });
    const attachment = await typeOf("SecretTargetAttachment");
    const desired = { SecretId: SecretId as string, TargetType: "AWS::RDS::DBInstance", TargetId: "db" };
    const made = await attachment.create(desired);
    expect(JSON.parse(await stringOf(SecretId))).toEqual({ username: "u", dbInstanceIdentifier: "db" });
    expect(await attachment.read(made)).toEqual({ ...desired, Id: SecretId });
    await attachment.delete(made);
    expect(await stringOf(SecretId)).toBe('{"username":"u"}');
  });

  it("adds how to connect to a database of the stack", async () => {
    const Ref = (name: string) => ({ Ref: name });
    const [stack] = await cloud.deploy({
      Resources: {
        Secret: {
          Type: "AWS::SecretsManager::Secret",
          Properties: {
            GenerateSecretString: { SecretStringTemplate: '{"username":"admin"}', GenerateStringKey: "password" },
          },
        },
        Database: {
          Type: "AWS::RDS::DBInstance",
          Properties: { Engine: "mysql", DBInstanceClass: "db.t4g.micro", DBName: "app", AllocatedStorage: "20" },
        },
        Attachment: {
          Type: "AWS::SecretsManager::SecretTargetAttachment",
          Properties: { SecretId: Ref("Secret"), TargetId: Ref("Database"), TargetType: "AWS::RDS::DBInstance" },
        },
      },
      Outputs: {
        Secret: { Value: Ref("Attachment") },
        Host: { Value: { "Fn::GetAtt": ["Database", "Endpoint.Address"] } },
      },
    });
    expect(JSON.parse(await stringOf(stack?.outputs.Secret))).toMatchObject({
      username: "admin",
      engine: "mysql",
      dbname: "app",
      host: stack?.outputs.Host,
      dbInstanceIdentifier: expect.any(String),
    });
  });
});

describe("AWS::SecretsManager::RotationSchedule", () => {
  it("refuses a function that is not there", async () => {
    const { Id: SecretId } = await (await typeOf("Secret")).create({ SecretString: "s" });
    const RotationLambdaARN = "arn:aws:lambda:us-east-1:000000000000:function:none";
    const desired = { SecretId: SecretId as string, RotationLambdaARN };
    await expect((await typeOf("RotationSchedule")).create(desired)).rejects.toThrow("Function not found");
  });

  it("keeps the schedule of a hosted function", async () => {
    const { Id: SecretId } = await (await typeOf("Secret")).create({ SecretString: "s" });
    const schedule = await typeOf("RotationSchedule");
    const HostedRotationLambda = { RotationType: "PostgreSQLSingleUser" };
    const made = await schedule.create({ SecretId: SecretId as string, HostedRotationLambda });
    expect(await schedule.read(made)).toEqual({ SecretId, HostedRotationLambda, Id: SecretId });
    await schedule.delete(made);
  });
});
