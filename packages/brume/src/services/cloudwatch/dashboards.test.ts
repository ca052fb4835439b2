import * as sdk from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: sdk.CloudWatchClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.CloudWatchClient);
});
afterAll(() => cloud.close());

const put = (DashboardName: string, DashboardBody = "{}") =>
  client.send(new sdk.PutDashboardCommand({ DashboardName, DashboardBody }));
const get = (DashboardName: string) => client.send(new sdk.GetDashboardCommand({ DashboardName }));

describe("PutDashboard, GetDashboard, ListDashboards, DeleteDashboards", () => {
  it("keeps dashboards", async () => {
    await put("d-1", '{"widgets":[]}');
    await put("d-2");
    const DashboardArn = "arn:aws:cloudwatch::000000000000:dashboard/d-1";
    expect(await get("d-1")).toMatchObject({ DashboardArn, DashboardBody: '{"widgets":[]}' });
    const list = async () =>
      (await client.send(new sdk.ListDashboardsCommand({ DashboardNamePrefix: "d-" }))).DashboardEntries;
    expect(await list()).toMatchObject([{ DashboardName: "d-1", Size: 14 }, { DashboardName: "d-2" }]);
    const remove = (...DashboardNames: string[]) => client.send(new sdk.DeleteDashboardsCommand({ DashboardNames }));
    await expect(remove("d-1", "none")).rejects.toThrow("Dashboard none does not exist");
    await remove("d-1");
    expect(await list()).toHaveLength(1);
    // The SDK calls the error by the code that the Query protocol has for it.
    await expect(get("d-1")).rejects.toMatchObject({
      name: "ResourceNotFound",
      message: "Dashboard d-1 does not exist",
    });
  });

  it("refuses what is no dashboard", async () => {
    await expect(put("a b")).rejects.toThrow(sdk.DashboardInvalidInputError);
    await expect(put("ok", "[")).rejects.toThrow("must be a valid JSON object");
  });
});

describe("TagResource, UntagResource, ListTagsForResource", () => {
  it("keeps tags of what is here", async () => {
    await put("tagged");
    const ResourceARN = "arn:aws:cloudwatch::000000000000:dashboard/tagged";
    const Tags = [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ];
    await client.send(new sdk.TagResourceCommand({ ResourceARN, Tags }));
    await client.send(new sdk.UntagResourceCommand({ ResourceARN, TagKeys: ["a"] }));
    expect((await client.send(new sdk.ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual(Tags.slice(1));
    const none = new sdk.ListTagsForResourceCommand({ ResourceARN: "arn:aws:cloudwatch:us-east-1:0:alarm:none" });
    await expect(client.send(none)).rejects.toThrow(sdk.ResourceNotFoundException);
  });
});
