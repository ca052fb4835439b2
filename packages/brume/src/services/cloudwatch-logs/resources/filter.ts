/** What the filters of log groups have in common as resources. */
import {
  defineResource,
  type Properties,
  type ResourceContext,
  type ResourceProvider,
} from "../../../kernel/resource.js";
import { toBoolean } from "../../../kernel/template-values.js";
import { orGone } from "./group-part.js";

/** What a description has of every filter. */
export interface StoredFilter {
  filterName: string;
  filterPattern: string;
  logGroupName: string;
}

/** One kind of filter: what it has beside a name, a pattern and a log group, in the API and in templates. */
export interface FilterKind<Stored extends StoredFilter> {
  readonly noun: "Metric" | "Subscription";
  readonly toApi: (desired: Properties) => object;
  readonly fromApi: (stored: Stored) => Properties;
  readonly list: ResourceProvider["list"];
}

/** The provider of a kind of filter. */
export function filterResource<Stored extends StoredFilter>(kind: FilterKind<Stored>): ResourceProvider {
  const { noun, toApi, fromApi, list } = kind;
  const member = `${noun.toLowerCase()}Filters`;

  async function put(FilterName: string, desired: Properties, ctx: ResourceContext): Promise<Properties> {
    await ctx.call("cloudwatch-logs", `Put${noun}Filter`, {
      logGroupName: desired.LogGroupName,
      filterName: FilterName,
      filterPattern: desired.FilterPattern ?? "",
      applyOnTransformedLogs: toBoolean(desired.ApplyOnTransformedLogs),
      fieldSelectionCriteria: desired.FieldSelectionCriteria,
      ...toApi(desired),
    });
    return { ...desired, FilterName };
  }

  return defineResource({
    create: (desired, ctx) =>
      put((desired.FilterName as string | undefined) ?? ctx.physicalName({ maxLength: 512 }), desired, ctx),
    async read(actual, ctx) {
      const found = await orGone(
        ctx.call<Record<string, Stored[]>>("cloudwatch-logs", `Describe${noun}Filters`, {
          logGroupName: actual.LogGroupName,
          filterNamePrefix: actual.FilterName,
        }),
      );
      const filter = found?.[member]?.find(({ filterName }) => filterName === actual.FilterName);
      return filter && { ...actual, FilterPattern: filter.filterPattern, ...fromApi(filter) };
    },
    update: (desired, actual, ctx) => put(actual.FilterName as string, desired, ctx),
    async delete({ LogGroupName, FilterName }, ctx) {
      const input = { logGroupName: LogGroupName, filterName: FilterName };
      await orGone(ctx.call("cloudwatch-logs", `Delete${noun}Filter`, input));
    },
    list,
  });
}
