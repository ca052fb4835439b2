import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Repositories } from "./testing.js";

let cloud: RunningCloud;
let ecr: sdk.ECRClient;
let repositories: Repositories;
beforeAll(async () => {
  cloud = await startCloud();
  repositories = new Repositories(cloud);
  ecr = repositories.client;
});
afterAll(() => cloud.close());

const rule = (rulePriority: number, selection: object) => ({ rulePriority, selection, action: { type: "expire" } });
const policy = (...rules: object[]) => JSON.stringify({ rules });
const put = (repositoryName: string, ...rules: object[]) =>
  ecr.send(new sdk.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: policy(...rules) }));

describe("PutLifecyclePolicy, GetLifecyclePolicy, DeleteLifecyclePolicy", () => {
  it("keep the policy", async () => {
    const repositoryName = await repositories.create();
    await put(repositoryName, rule(1, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 3 }));
    const got = await ecr.send(new sdk.GetLifecyclePolicyCommand({ repositoryName }));
    expect(JSON.parse(got.lifecyclePolicyText ?? "").rules).toHaveLength(1);
    await ecr.send(new sdk.DeleteLifecyclePolicyCommand({ repositoryName }));
    await expect(ecr.send(new sdk.GetLifecyclePolicyCommand({ repositoryName }))).rejects.toThrow(
      sdk.LifecyclePolicyNotFoundException,
    );
  });

  it.each([
    ["no rules", {}, "required properties"],
    ["an action that is none", { rules: [{ ...rule(1, {}), action: { type: "keep" } }] }, "enum"],
    ["a selection without a count", { rules: [rule(1, { tagStatus: "any" })] }, '["countNumber","countType"]'],
    [
      "tags where there are none",
      {
        rules: [
          rule(1, { tagStatus: "untagged", tagPrefixList: ["a"], countType: "imageCountMoreThan", countNumber: 1 }),
        ],
      },
      "tagPrefixList",
    ],
    [
      "days for a count of images",
      { rules: [rule(1, { tagStatus: "any", countType: "imageCountMoreThan", countUnit: "days", countNumber: 1 })] },
      "countUnit",
    ],
    [
      "a rule after that for any image",
      {
        rules: [
          rule(1, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 }),
          rule(2, { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 }),
        ],
      },
      "lowest priority",
    ],
  ])("refuse %s", async (_name, document, message) => {
    const repositoryName = await repositories.create();
    const lifecyclePolicyText = JSON.stringify(document);
    const putting = ecr.send(new sdk.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    await expect(putting).rejects.toThrow(message);
  });
});

describe("lifecycle policies", () => {
  it("let the oldest images go that are too many", async () => {
    const repositoryName = await repositories.create();
    await put(repositoryName, rule(1, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 2 }));
    for (const tag of ["a", "b", "c"]) {
      await repositories.push(repositoryName, tag, tag);
      await cloud.clock.advance({ minutes: 1 });
    }
    expect(await repositories.list(repositoryName)).toEqual(["a", "b", "c"]);
    await cloud.clock.advance({ days: 1 });
    expect(await repositories.list(repositoryName)).toEqual(["b", "c"]);
  });

  it("let images go that are too old, when they are", async () => {
    const repositoryName = await repositories.create();
    const selection = { countType: "sinceImagePushed", countUnit: "days", countNumber: 14 };
    await put(repositoryName, rule(1, { tagStatus: "tagged", tagPatternList: ["*beta*"], ...selection }));
    await repositories.push(repositoryName, "one", "1-beta-x");
    await repositories.push(repositoryName, "two", "2");
    await cloud.clock.advance({ days: 7 });
    await repositories.push(repositoryName, "three", "3-beta");
    await cloud.clock.advance({ days: 6, hours: 23 });
    expect(await repositories.list(repositoryName)).toEqual(["1-beta-x", "2", "3-beta"]);
    await cloud.clock.advance({ hours: 2 });
    expect(await repositories.list(repositoryName)).toEqual(["2", "3-beta"]);
    await cloud.clock.advance({ days: 365 });
    expect(await repositories.list(repositoryName)).toEqual(["2"]);
  });

  it("leave an image to the first rule that selects it", async () => {
    const repositoryName = await repositories.create();
    await put(
      repositoryName,
      rule(1, { tagStatus: "tagged", tagPrefixList: ["keep"], countType: "imageCountMoreThan", countNumber: 5 }),
      rule(2, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 }),
    );
    for (const tag of ["keep-1", "keep-2", "other-1", "other-2"]) {
      await repositories.push(repositoryName, tag, tag);
      await cloud.clock.advance({ minutes: 1 });
    }
    await cloud.clock.advance({ days: 1 });
    expect(await repositories.list(repositoryName)).toEqual(["keep-1", "keep-2", "other-2"]);
  });
});

describe("StartLifecyclePolicyPreview, GetLifecyclePolicyPreview", () => {
  it("tell what would expire, and leave it", async () => {
    const repositoryName = await repositories.create();
    for (const tag of ["a", "b"]) {
      await repositories.push(repositoryName, tag, tag);
      await cloud.clock.advance({ minutes: 1 });
    }
    await expect(ecr.send(new sdk.GetLifecyclePolicyPreviewCommand({ repositoryName }))).rejects.toThrow(
      sdk.LifecyclePolicyPreviewNotFoundException,
    );
    await expect(ecr.send(new sdk.StartLifecyclePolicyPreviewCommand({ repositoryName }))).rejects.toThrow(
      sdk.LifecyclePolicyNotFoundException,
    );
    const lifecyclePolicyText = policy(rule(7, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 }));
    const started = await ecr.send(new sdk.StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText }));
    expect(started.status).toBe("IN_PROGRESS");
    const preview = await ecr.send(new sdk.GetLifecyclePolicyPreviewCommand({ repositoryName }));
    expect(preview).toMatchObject({
      status: "COMPLETE",
      previewResults: [{ imageTags: ["a"], action: { type: "EXPIRE" }, appliedRulePriority: 7 }],
      summary: { expiringImageTotalCount: 1 },
    });
    const filter = { tagStatus: "UNTAGGED" as const };
    const none = await ecr.send(new sdk.GetLifecyclePolicyPreviewCommand({ repositoryName, filter }));
    expect(none.previewResults).toEqual([]);
    await cloud.clock.advance({ days: 2 });
    expect(await repositories.list(repositoryName)).toEqual(["a", "b"]);
  });
});
