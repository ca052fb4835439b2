/** AWS::Logs::MetricFilter */
import type { Properties } from "../../../kernel/resource.js";
import { filterResource, type StoredFilter } from "./filter.js";

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
interface Stored extends StoredFilter {
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

export default filterResource<Stored>({
  noun: "Metric",
  toApi: (desired) => ({
    metricTransformations: ((desired.MetricTransformations ?? []) as unknown as Transformation[]).map(toApi),
    emitSystemFieldDimensions: desired.EmitSystemFieldDimensions,
  }),
  fromApi: ({ metricTransformations }) => ({ MetricTransformations: metricTransformations.map(fromApi) }),
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
