import * as lambda from "@aws-sdk/client-lambda";
import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { type RunningCloud, startCloud } from "../../index.js";
import { nextWindow } from "./schedule.js";

/** A rotation function as AWS's templates have it: it makes a new value from the old, and makes that current. */
const ROTATOR = `
const { SecretsManager } = require("@aws-sdk/client-secrets-manager");
const client = new SecretsManager({});
exports.handler = async ({ Step, SecretId, ClientRequestToken }) => {
  const { VersionIdsToStages } = await client.describeSecret({ SecretId });
  if (!VersionIdsToStages[ClientRequestToken].includes("AWSPENDING")) throw new Error("not pending");
  if (Step === "createSecret") {
    const { SecretString } = await client.getSecretValue({ SecretId });
    await client.putSecretValue({
      SecretId, ClientRequestToken, SecretString: SecretString + "+", VersionStages: ["AWSPENDING"],
    });
  }
  if (Step === "testSecret" && process.env.FAILS) throw new Error("test failed");
  if (Step === "finishSecret") {
    const [current] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes("AWSCURRENT"));
    await client.updateSecretVersionStage({
      SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current,
    });
  }
};`;

let cloud: RunningCloud;
let client: sdk.SecretsManagerClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.SecretsManagerClient);
});
afterAll(() => cloud.close());

let count = 0;
async function rotator(Variables: Record<string, string> = {}): Promise<string> {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(ROTATOR), "index.js");
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  const { FunctionArn } = await cloud.client(lambda.LambdaClient).send(
    new lambda.CreateFunctionCommand({
      FunctionName: `rotator${count++}`,
      Role: "arn:aws:iam::000000000000:role/rotator",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: Buffer.concat(chunks) },
      Environment: { Variables },
    }),
  );
  return FunctionArn as string;
}
const create = async () =>
  (await client.send(new sdk.CreateSecretCommand({ Name: `s${count++}`, SecretString: "p" }))).Name as string;
const rotate = (SecretId: string, more: Partial<sdk.RotateSecretCommandInput>) =>
  client.send(new sdk.RotateSecretCommand({ SecretId, ...more }));
const currentValue = async (SecretId: string) =>
  (await client.send(new sdk.GetSecretValueCommand({ SecretId }))).SecretString;
const describeSecret = (SecretId: string) => client.send(new sdk.DescribeSecretCommand({ SecretId }));

describe("RotateSecret, CancelRotateSecret", () => {
  it("rotates at once, and then by schedule until it is cancelled", async () => {
    const id = await create();
    await expect(rotate(id, {})).rejects.toThrow("No Lambda rotation function ARN is associated with this secret.");
    const RotationLambdaARN = await rotator();
    const { VersionId } = await rotate(id, { RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 10 } });
    await cloud.kernel.idle();
    expect(await client.send(new sdk.GetSecretValueCommand({ SecretId: id }))).toMatchObject({
      SecretString: "p+",
      VersionId,
    });
    const described = await describeSecret(id);
    expect(described).toMatchObject({ RotationEnabled: true, RotationLambdaARN, LastRotatedDate: expect.any(Date) });
    const days = ((described.NextRotationDate?.getTime() ?? 0) - cloud.clock.now()) / 86_400_000;
    expect(days).toBeGreaterThan(9);
    await cloud.clock.advance({ days: 10 });
    expect(await currentValue(id)).toBe("p++");
    await client.send(new sdk.CancelRotateSecretCommand({ SecretId: id }));
    await cloud.clock.advance({ days: 30 });
    expect(await currentValue(id)).toBe("p++");
    expect((await describeSecret(id)).RotationEnabled).toBe(false);
  });

  it("leaves the pending version of a rotation that fails, and tries again", async () => {
    const id = await create();
    const RotationLambdaARN = await rotator({ FAILS: "1" });
    const { VersionId } = await rotate(id, { RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 10 } });
    await cloud.kernel.idle();
    expect(await currentValue(id)).toBe("p");
    expect((await describeSecret(id)).VersionIdsToStages?.[VersionId as string]).toEqual(["AWSPENDING"]);
    await expect(rotate(id, {})).rejects.toThrow(
      "A previous rotation isn't complete. That rotation will be reattempted.",
    );
    const working = new lambda.UpdateFunctionConfigurationCommand({
      FunctionName: RotationLambdaARN,
      Environment: { Variables: {} },
    });
    await cloud.client(lambda.LambdaClient).send(working);
    await cloud.clock.advance({ minutes: 2 });
    expect(await currentValue(id)).toBe("p+");
  });

  it("only tests the function when it is not to rotate at once", async () => {
    const id = await create();
    const RotationRules = { ScheduleExpression: "rate(30 days)" };
    await rotate(id, { RotationLambdaARN: await rotator(), RotationRules, RotateImmediately: false });
    await cloud.kernel.idle();
    expect(Object.keys((await describeSecret(id)).VersionIdsToStages ?? {})).toHaveLength(1);
    expect(await currentValue(id)).toBe("p");
  });
});

describe("schedules", () => {
  const next = (ScheduleExpression: string, after: string, Duration?: string) => {
    const { start, end } = nextWindow({ ScheduleExpression, Duration }, Date.parse(after));
    return [new Date(start).toISOString().slice(0, 16), new Date(end).toISOString().slice(0, 19)];
  };

  it("open windows on the hour or at midnight", () => {
    expect(next("rate(10 days)", "2026-01-01T10:20:00Z")).toEqual(["2026-01-11T00:00", "2026-01-11T23:59:59"]);
    expect(next("rate(4 hours)", "2026-01-01T10:20:00Z")).toEqual(["2026-01-01T14:00", "2026-01-01T15:00:00"]);
    expect(next("cron(0 8 1 * ? *)", "2026-01-01T10:20:00Z", "3h")).toEqual([
      "2026-02-01T08:00",
      "2026-02-01T11:00:00",
    ]);
    expect(next("cron(0 16 ? * SAT#3 *)", "2026-01-01T00:00:00Z")[0]).toBe("2026-01-17T16:00");
    expect(next("cron(0 0/8 L 2 ? *)", "2026-02-28T08:00:00Z")[0]).toBe("2026-02-28T16:00");
    expect(next("cron(0 1 ? 1/3 SUNL *)", "2026-02-01T00:00:00Z")[0]).toBe("2026-04-26T01:00");
  });

  it("refuse what is none", () => {
    for (const expression of ["rate(3 hours)", "cron(5 8 1 * ? *)", "cron(0 25 1 * ? *)", "weekly"]) {
      expect(() => next(expression, "2026-01-01T00:00:00Z")).toThrow("Invalid schedule expression");
    }
  });
});
