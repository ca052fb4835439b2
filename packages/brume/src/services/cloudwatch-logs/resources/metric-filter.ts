/** AWS::Logs::MetricFilter */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { orGone } from "./group-part.js";

interface Transformation {
  MetricName: string;
  MetricNamespace: string;
  MetricValue: string | number;
  DefaultValue?: number | string;
  Unit?: string;
  Dimensions?: { Key: string; Value: string }[];
}
interface StoredTransformation {
  metricName: string;
  metricNamespace: string;
  metricValue: string;
  defaultValue?: number;
  unit?: string;
  dimensions?: Record<string, string>;
}
interface Stored {
  filterName: string;
  filterPattern: string;
  logGroupName: string;
  metricTransformations: StoredTransformation[];
}

const toApi = (transformation: Transformation): StoredTransformation => ({
  metricName: transformation.MetricName,
  metricNamespace: transformation.MetricNamespace,
  metricValue: String(transformation.MetricValue),
  defaultValue: transformation.DefaultValue === undefined ? undefined : Number(transformation.DefaultValue),
  unit: transformation.Unit,
  dimensions:
    transformation.Dimensions && Object.fromEntries(transformation.Dimensions.map(({ Key, Value }) => [Key, Value])),
});

function fromApi(transformation: StoredTransformation): Properties {
  const { metricName, metricNamespace, metricValue, defaultValue, unit, dimensions } = transformation;
  const properties: Properties = { MetricName: metricName, MetricNamespace: metricNamespace, MetricValue: metricValue };
  if (defaultValue !== undefined) properties.DefaultValue = defaultValue;
  if (unit !== undefined) properties.Unit = unit;
  if (dimensions) properties.Dimensions = Object.entries(dimensions).map(([Key, Value]) => ({ Key, Value }));
  return properties;
}

async function put(FilterName: string, desired: Properties, ctx: ResourceContext): Promise<Properties> {
  await ctx.call("cloudwatch-logs", "PutMetricFilter", {
    logGroupName: desired.LogGroupName,
    filterName: FilterName,
    filterPattern: desired.FilterPattern ?? "",
    metricTransformations: ((desired.MetricTransformations ?? []) as unknown as Transformation[]).map(toApi),
    applyOnTransformedLogs:
      desired.ApplyOnTransformedLogs === undefined ? undefined : String(desired.ApplyOnTransformedLogs) === "true",
    fieldSelectionCriteria: desired.FieldSelectionCriteria,
    emitSystemFieldDimensions: desired.EmitSystemFieldDimensions,
  });
  return { ...desired, FilterName };
}

export default defineResource({
  create: (desired, ctx) =>
    put((desired.FilterName as string | undefined) ?? ctx.physicalName({ maxLength: 512 }), desired, ctx),
  async read(actual, ctx) {
    const found = await orGone(
      ctx.call<{ metricFilters: Stored[] }>("cloudwatch-logs", "DescribeMetricFilters", {
        logGroupName: actual.LogGroupName,
        filterNamePrefix: actual.FilterName,
      }),
    );
    const filter = found?.metricFilters.find(({ filterName }) => filterName === actual.FilterName);
    if (!filter) return undefined;
    return {
      ...actual,
      FilterPattern: filter.filterPattern,
      MetricTransformations: filter.metricTransformations.map(fromApi) as Json[],
    };
  },
  update: (desired, actual, ctx) => put(actual.FilterName as string, desired, ctx),
  async delete({ LogGroupName, FilterName }, ctx) {
    const input = { logGroupName: LogGroupName, filterName: FilterName };
    await orGone(ctx.call("cloudwatch-logs", "DeleteMetricFilter", input));
  },
  async list(ctx) {
    const { metricFilters } = await ctx.call<{ metricFilters: Stored[] }>(
      "cloudwatch-logs",
      "DescribeMetricFilters",
      {},
    );
    return metricFilters.map(({ filterName, logGroupName }) => ({
      FilterName: filterName,
      LogGroupName: logGroupName,
    }));
  },
});
