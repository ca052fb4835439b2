/** AWS::CloudWatch::Dashboard */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { tagsOf } from "../../../kernel/template-values.js";
import { setTags, tagModel } from "./alarm-model.js";

interface Dashboard {
  DashboardArn: string;
  DashboardBody: string;
}

async function find(DashboardName: string, ctx: ResourceContext): Promise<Dashboard | undefined> {
  return await orUndefined(
    ctx.call<Dashboard>("cloudwatch", "GetDashboard", { DashboardName }),
    "DashboardNotFoundError",
  );
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const DashboardName = actual.DashboardName as string;
  const found = await find(DashboardName, ctx);
  if (!found) return undefined;
  return { DashboardName, DashboardBody: found.DashboardBody, ...(await tagModel(found.DashboardArn, ctx)) };
}

async function put(DashboardName: string, desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const DashboardBody = desired.DashboardBody as string;
  await ctx.call("cloudwatch", "PutDashboard", { DashboardName, DashboardBody, Tags: tagsOf(desired) });
  return (await read({ DashboardName }, ctx)) ?? { DashboardName, DashboardBody };
}

export default defineResource({
  create: (desired, ctx) =>
    put((desired.DashboardName as string | undefined) ?? ctx.physicalName({ maxLength: 255 }), desired, ctx),
  read,
  async update(desired, actual, ctx) {
    const model = await put(actual.DashboardName as string, desired, ctx);
    const found = await find(actual.DashboardName as string, ctx);
    if (found) await setTags(found.DashboardArn, tagsOf(actual), tagsOf(desired), ctx);
    return (await read(model, ctx)) ?? model;
  },
  async delete({ DashboardName }, ctx) {
    await orUndefined(
      ctx.call("cloudwatch", "DeleteDashboards", { DashboardNames: [DashboardName] }),
      "DashboardNotFoundError",
    );
  },
  async list(ctx) {
    const { DashboardEntries } = await ctx.call<{ DashboardEntries: { DashboardName: string }[] }>(
      "cloudwatch",
      "ListDashboards",
      {},
    );
    return DashboardEntries.map(({ DashboardName }) => ({ DashboardName }));
  },
});
