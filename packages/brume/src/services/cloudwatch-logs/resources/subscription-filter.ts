/** AWS::Logs::SubscriptionFilter */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { orGone } from "./group-part.js";

interface Stored {
  filterName: string;
  filterPattern: string;
  destinationArn: string;
  roleArn?: string;
  distribution: string;
}

async function put(FilterName: string, desired: Properties, ctx: ResourceContext): Promise<Properties> {
  await ctx.call("cloudwatch-logs", "PutSubscriptionFilter", {
    logGroupName: desired.LogGroupName,
    filterName: FilterName,
    filterPattern: desired.FilterPattern ?? "",
    destinationArn: desired.DestinationArn,
    roleArn: desired.RoleArn,
    distribution: desired.Distribution,
    applyOnTransformedLogs:
      desired.ApplyOnTransformedLogs === undefined ? undefined : String(desired.ApplyOnTransformedLogs) === "true",
    fieldSelectionCriteria: desired.FieldSelectionCriteria,
    emitSystemFields: desired.EmitSystemFields,
  });
  return { ...desired, FilterName };
}

export default defineResource({
  create: (desired, ctx) =>
    put((desired.FilterName as string | undefined) ?? ctx.physicalName({ maxLength: 512 }), desired, ctx),
  async read(actual, ctx) {
    const found = await orGone(
      ctx.call<{ subscriptionFilters: Stored[] }>("cloudwatch-logs", "DescribeSubscriptionFilters", {
        logGroupName: actual.LogGroupName,
        filterNamePrefix: actual.FilterName,
      }),
    );
    const filter = found?.subscriptionFilters.find(({ filterName }) => filterName === actual.FilterName);
    if (!filter) return undefined;
    const model: Properties = {
      ...actual,
      FilterPattern: filter.filterPattern,
      DestinationArn: filter.destinationArn,
      Distribution: filter.distribution,
    };
    if (filter.roleArn !== undefined) model.RoleArn = filter.roleArn;
    return model;
  },
  update: (desired, actual, ctx) => put(actual.FilterName as string, desired, ctx),
  async delete({ LogGroupName, FilterName }, ctx) {
    const input = { logGroupName: LogGroupName, filterName: FilterName };
    await orGone(ctx.call("cloudwatch-logs", "DeleteSubscriptionFilter", input));
  },
  async list() {
    return [];
  },
});
