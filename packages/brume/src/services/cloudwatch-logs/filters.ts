/** The operations on metric filters and subscription filters. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler, Input } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, invalid, notFound, page } from "./constraints.js";
import { checkDestination } from "./destinations.js";
import { compileFilter } from "./filter-pattern.js";
import { checkTransformation } from "./metric-values.js";
import { changeGroup, getGroup } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

type MetricTransformations = NonNullable<Input<Logs, "PutMetricFilter">["metricTransformations"]>;

export interface MetricFilter {
  readonly filterName: string;
  readonly filterPattern: string;
  readonly logGroupName: string;
  readonly creationTime: number;
  readonly metricTransformations: MetricTransformations;
  readonly applyOnTransformedLogs?: boolean | undefined;
  readonly fieldSelectionCriteria?: string | undefined;
  readonly emitSystemFieldDimensions?: string[] | undefined;
}

export interface SubscriptionFilter {
  readonly filterName: string;
  readonly filterPattern: string;
  readonly logGroupName: string;
  readonly destinationArn: string;
  readonly roleArn?: string | undefined;
  readonly distribution: "ByLogStream" | "Random";
  readonly creationTime: number;
  readonly applyOnTransformedLogs?: boolean | undefined;
  readonly fieldSelectionCriteria?: string | undefined;
  readonly emitSystemFields?: string[] | undefined;
}

/** [group, filter] */
export const metricFilters = defineTable<MetricFilter>("logs/metric-filters");
/** [group, filter] */
export const subscriptionFilters = defineTable<SubscriptionFilter>("logs/subscription-filters");

const MAX_METRIC_FILTERS = 100;
const MAX_SUBSCRIPTIONS = 2;
const FILTER_NAME = /^[^:*]*$/;

function checkFilter(name: string | undefined, pattern: string | undefined): void {
  check("filterName", name, { min: 1, max: 512, pattern: FILTER_NAME });
  check("filterPattern", pattern, { max: 1024 });
  compileFilter(pattern);
}

export const putMetricFilter: Handler<Logs, "PutMetricFilter"> = (input, ctx) => {
  checkFilter(input.filterName, input.filterPattern);
  const transformations = input.metricTransformations ?? [];
  const [transformation] = transformations;
  if (!transformation || transformations.length > 1)
    throw invalid("A metric filter has exactly one metric transformation.");
  checkTransformation(input.filterPattern ?? "", transformation);
  const group = getGroup(ctx, input.logGroupName);
  const filterName = input.filterName as string;
  const table = ctx.table(metricFilters);
  const existing = table.get(group.name, filterName);
  if (!existing) {
    if (group.metricFilters >= MAX_METRIC_FILTERS)
      throw new AwsError("LimitExceededException", "Resource limit exceeded.");
    changeGroup(ctx, group, { metricFilters: group.metricFilters + 1 });
  }
  table.put([group.name, filterName], {
    filterName,
    filterPattern: input.filterPattern ?? "",
    logGroupName: group.name,
    creationTime: existing?.creationTime ?? ctx.now(),
    metricTransformations: transformations,
    applyOnTransformedLogs: input.applyOnTransformedLogs,
    fieldSelectionCriteria: input.fieldSelectionCriteria,
    emitSystemFieldDimensions: input.emitSystemFieldDimensions,
  });
  return {};
};

export const describeMetricFilters: Handler<Logs, "DescribeMetricFilters"> = (input, ctx) => {
  const { logGroupName, filterNamePrefix = "", metricName, metricNamespace } = input;
  if (logGroupName !== undefined) getGroup(ctx, logGroupName);
  const found = ctx
    .table(metricFilters)
    .rows(logGroupName === undefined ? {} : { prefix: [logGroupName] })
    .filter(({ filterName }) => filterName.startsWith(filterNamePrefix))
    .filter(({ metricTransformations: list }) =>
      list.some(
        (one) =>
          (metricName === undefined || one.metricName === metricName) &&
          (metricNamespace === undefined || one.metricNamespace === metricNamespace),
      ),
    );
  const { items, nextToken } = page(found, input);
  return { metricFilters: items.map((filter) => ({ ...filter })), nextToken };
};

export const deleteMetricFilter: Handler<Logs, "DeleteMetricFilter"> = (input, ctx) => {
  const group = getGroup(ctx, input.logGroupName);
  if (!ctx.table(metricFilters).delete(group.name, input.filterName ?? ""))
    throw notFound("The specified metric filter does not exist.");
  return changeGroup(ctx, group, { metricFilters: group.metricFilters - 1 });
};

export const testMetricFilter: Handler<Logs, "TestMetricFilter"> = (input) => {
  check("filterPattern", input.filterPattern, { max: 1024 });
  const match = compileFilter(input.filterPattern);
  const matches = (input.logEventMessages ?? []).flatMap((eventMessage, index) => {
    const extractedValues = match(eventMessage);
    return extractedValues === undefined ? [] : [{ eventNumber: index + 1, eventMessage, extractedValues }];
  });
  return { matches };
};

export const putSubscriptionFilter: Handler<Logs, "PutSubscriptionFilter"> = (input, ctx) => {
  checkFilter(input.filterName, input.filterPattern);
  const group = getGroup(ctx, input.logGroupName);
  const filterName = input.filterName as string;
  const destinationArn = input.destinationArn ?? "";
  checkDestination(ctx, destinationArn, group.name);
  const table = ctx.table(subscriptionFilters);
  const existing = table.get(group.name, filterName);
  if (!existing) {
    if (group.subscriptions >= MAX_SUBSCRIPTIONS) {
      throw new AwsError("LimitExceededException", "Resource limit exceeded.");
    }
    changeGroup(ctx, group, { subscriptions: group.subscriptions + 1 });
  }
  table.put([group.name, filterName], {
    filterName,
    filterPattern: input.filterPattern ?? "",
    logGroupName: group.name,
    destinationArn,
    roleArn: input.roleArn,
    distribution: input.distribution ?? "ByLogStream",
    creationTime: existing?.creationTime ?? ctx.now(),
    applyOnTransformedLogs: input.applyOnTransformedLogs,
    fieldSelectionCriteria: input.fieldSelectionCriteria,
    emitSystemFields: input.emitSystemFields,
  });
  return {};
};

export const describeSubscriptionFilters: Handler<Logs, "DescribeSubscriptionFilters"> = (input, ctx) => {
  const group = getGroup(ctx, input.logGroupName);
  const found = ctx
    .table(subscriptionFilters)
    .rows({ prefix: [group.name] })
    .filter(({ filterName }) => filterName.startsWith(input.filterNamePrefix ?? ""));
  const { items, nextToken } = page(found, input);
  return { subscriptionFilters: items.map((filter) => ({ ...filter })), nextToken };
};

export const deleteSubscriptionFilter: Handler<Logs, "DeleteSubscriptionFilter"> = (input, ctx) => {
  const group = getGroup(ctx, input.logGroupName);
  if (!ctx.table(subscriptionFilters).delete(group.name, input.filterName ?? ""))
    throw notFound("The specified subscription filter does not exist.");
  return changeGroup(ctx, group, { subscriptions: group.subscriptions - 1 });
};
