import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: sdk.SecretsManagerClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.SecretsManagerClient);
});
afterAll(() => cloud.close());

let count = 0;
const token = (name: string) => name.padEnd(32, "-");
async function create(more: Partial<sdk.CreateSecretCommandInput> = {}): Promise<string> {
  const base = { Name: `s${count++}`, SecretString: "one", ClientRequestToken: token("v1") };
  return (await client.send(new sdk.CreateSecretCommand({ ...base, ...more }))).Name as string;
}
const put = (SecretId: string, version: string, more: Partial<sdk.PutSecretValueCommandInput> = {}) =>
  client.send(
    new sdk.PutSecretValueCommand({ SecretId, SecretString: version, ClientRequestToken: token(version), ...more }),
  );
const stagesOf = async (SecretId: string) =>
  (await client.send(new sdk.DescribeSecretCommand({ SecretId }))).VersionIdsToStages;

describe("PutSecretValue", () => {
  it("moves the current label, and makes what was current the previous", async () => {
    const id = await create();
    await put(id, "v2");
    expect(await stagesOf(id)).toEqual({ [token("v1")]: ["AWSPREVIOUS"], [token("v2")]: ["AWSCURRENT"] });
    await put(id, "v3");
    expect(await stagesOf(id)).toEqual({ [token("v2")]: ["AWSPREVIOUS"], [token("v3")]: ["AWSCURRENT"] });
  });

  it("moves the labels that are named only", async () => {
    const id = await create();
    expect((await put(id, "v2", { VersionStages: ["AWSPENDING"] })).VersionStages).toEqual(["AWSPENDING"]);
    expect(await stagesOf(id)).toEqual({ [token("v1")]: ["AWSCURRENT"], [token("v2")]: ["AWSPENDING"] });
  });

  it("takes the same again, and refuses another value for a version", async () => {
    const id = await create();
    await put(id, "v2");
    await put(id, "v2");
    await expect(put(id, "v2", { SecretString: "other" })).rejects.toThrow(
      `You can't use ClientRequestToken ${token("v2")} because that value is already in use for a version of secret`,
    );
    await expect(put(id, "v3", { SecretString: undefined })).rejects.toThrow(sdk.InvalidRequestException);
  });

  it("drops the oldest versions without a label when there are more than a hundred", async () => {
    const id = await create();
    for (let i = 2; i <= 101; i++) await put(id, `v${i}`);
    const ids = async () => {
      const input = { SecretId: id, IncludeDeprecated: true };
      const { Versions = [], NextToken } = await client.send(new sdk.ListSecretVersionIdsCommand(input));
      return { total: Versions.length, more: NextToken !== undefined };
    };
    expect(await ids()).toEqual({ total: 100, more: true });
    await cloud.clock.advance({ days: 1 });
    await put(id, "v102");
    expect(await ids()).toEqual({ total: 100, more: false });
  });
});

describe("GetSecretValue, BatchGetSecretValue", () => {
  it("reads by version and by label", async () => {
    const id = await create();
    await put(id, "v2");
    const get = async (more: Partial<sdk.GetSecretValueCommandInput>) =>
      (await client.send(new sdk.GetSecretValueCommand({ SecretId: id, ...more }))).SecretString;
    expect(await get({ VersionStage: "AWSPREVIOUS" })).toBe("one");
    expect(await get({ VersionId: token("v1") })).toBe("one");
    await expect(get({ VersionId: token("v9") })).rejects.toThrow(
      `Secrets Manager can't find the specified secret value for VersionId: ${token("v9")}`,
    );
    await expect(get({ VersionId: token("v1"), VersionStage: "AWSCURRENT" })).rejects.toThrow(
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  });

  it("reads several at once, and says which could not be read", async () => {
    const ids = [await create(), await create({ SecretString: "two" }), "none"];
    const batch = (input: sdk.BatchGetSecretValueCommandInput) =>
      client.send(new sdk.BatchGetSecretValueCommand(input));
    const { SecretValues, Errors } = await batch({ SecretIdList: ids });
    expect(SecretValues?.map(({ SecretString }) => SecretString)).toEqual(["one", "two"]);
    expect(Errors).toMatchObject([{ SecretId: "none", ErrorCode: "ResourceNotFoundException" }]);
    const filtered = await batch({ Filters: [{ Key: "name", Values: [ids[1] as string] }] });
    expect(filtered.SecretValues).toMatchObject([{ SecretString: "two" }]);
    await expect(batch({})).rejects.toThrow("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  });
});

describe("ListSecretVersionIds", () => {
  it("shows versions without a label only when asked", async () => {
    const id = await create();
    await put(id, "v2");
    await put(id, "v3");
    const list = async (IncludeDeprecated: boolean) =>
      (await client.send(new sdk.ListSecretVersionIdsCommand({ SecretId: id, IncludeDeprecated }))).Versions;
    expect(await list(false)).toHaveLength(2);
    expect(await list(true)).toContainEqual(expect.objectContaining({ VersionId: token("v1") }));
  });
});

describe("UpdateSecretVersionStage", () => {
  it("moves a label from the version that has it, which must be named", async () => {
    const id = await create();
    await put(id, "v2", { VersionStages: ["AWSPENDING"] });
    const move = (VersionStage: string, RemoveFromVersionId?: string, MoveToVersionId?: string) =>
      client.send(
        new sdk.UpdateSecretVersionStageCommand({ SecretId: id, VersionStage, RemoveFromVersionId, MoveToVersionId }),
      );
    const [v1, v2] = [token("v1"), token("v2")];
    await expect(move("AWSCURRENT", undefined, v2)).rejects.toThrow(
      `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${v1}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
    await expect(move("AWSCURRENT", v1)).rejects.toThrow("can't be completely removed");
    await move("AWSCURRENT", v1, v2);
    await move("AWSPENDING", v2);
    expect(await stagesOf(id)).toEqual({ [v1]: ["AWSPREVIOUS"], [v2]: ["AWSCURRENT"] });
    await move("MINE", undefined, v1);
    expect((await stagesOf(id))?.[v1]).toEqual(["AWSPREVIOUS", "MINE"]);
  });
});
