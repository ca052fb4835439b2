/** The operation that reads many metrics, and computes with them. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { fillLabel } from "./labels.js";
import type { Series } from "./math/series.js";
import { checkPeriod } from "./metric-statistics.js";
import { type Query, runQueries } from "./queries.js";
import { missing, page, validationError } from "./tables.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");

const MAX_QUERIES = 500;
const MAX_POINTS = 100_800;

/** What a series is called: by its query, by what was found, or by what it is. */
function labelOf(ctx: Context, query: Query, { label: found, points }: Series, timezone: string | undefined): string {
  const { Label, Expression, MetricStat, Id } = query;
  const label = found ?? (Expression === undefined ? MetricStat?.Metric?.MetricName : Id) ?? "";
  if (Label === undefined) return label;
  if (!Label.includes("${")) return found === undefined ? Label : `${Label} ${found}`;
  const { Metric, Stat, Period } = MetricStat ?? {};
  const properties = {
    AccountId: ctx.account,
    AccountLabel: ctx.account,
    Region: ctx.region,
    MetricName: Metric?.MetricName,
    Namespace: Metric?.Namespace,
    Stat,
    Period: Period === undefined ? undefined : String(Period),
    ...Object.fromEntries((Metric?.Dimensions ?? []).map(({ Name, Value }) => [`Dim.${Name}`, Value])),
  };
  return fillLabel(Label, { label, points, properties, timezone }, ctx.now());
}

export const getMetricData: Handler<CloudWatch, "GetMetricData"> = (input, ctx) => {
  const { MetricDataQueries: queries = [], StartTime, EndTime, ScanBy = "TimestampDescending" } = input;
  if (queries.length === 0) throw missing("MetricDataQueries");
  if (queries.length > MAX_QUERIES)
    throw validationError(`The collection MetricDataQueries must not have a size greater than ${MAX_QUERIES}.`);
  if (!StartTime) throw missing("StartTime");
  if (!EndTime) throw missing("EndTime");
  if (StartTime >= EndTime) throw validationError("The parameter StartTime must be less than the parameter EndTime.");
  for (const { MetricStat } of queries) if (MetricStat) checkPeriod(MetricStat.Period, "MetricStat.Period");
  const span = { from: StartTime.getTime(), before: EndTime.getTime(), aligned: true };
  const answers = runQueries(ctx, queries, span);
  const rows = queries
    .filter(({ ReturnData }) => ReturnData ?? true)
    .flatMap((query) => {
      const id = query.Id as string;
      const series = answers.get(id)?.series ?? [];
      const isSearch = query.Expression !== undefined && /\bSEARCH\s*\(/i.test(query.Expression);
      const shown = series.length > 0 || isSearch ? series : [{ points: new Map<number, number>() }];
      const timezone = input.LabelOptions?.Timezone;
      return shown.map((one) => ({ id, label: labelOf(ctx, query, one, timezone), points: [...one.points] }));
    });
  // A page holds so many points, counted over all series by their place in time.
  const limit = Math.max(1, Math.floor((input.MaxDatapoints ?? MAX_POINTS) / Math.max(1, rows.length)));
  let NextToken: string | undefined;
  const MetricDataResults = rows.map(({ id, label, points }) => {
    if (ScanBy === "TimestampDescending") points.reverse();
    const shown = page(points, limit, input.NextToken);
    NextToken = shown.NextToken ?? NextToken;
    return {
      Id: id,
      Label: label,
      Timestamps: shown.items.map(([time]) => new Date(time)),
      Values: shown.items.map(([, value]) => value),
      StatusCode: shown.NextToken === undefined ? ("Complete" as const) : ("PartialData" as const),
    };
  });
  return { MetricDataResults, NextToken, Messages: [] };
};
