/** Metrics that log events bring along themselves. See "Embedded metric format specification" in the CloudWatch User Guide. */

/** A metric's data, as PutMetricData takes it. */
export interface EmbeddedDatum {
  readonly MetricName: string;
  readonly Unit?: string | undefined;
  readonly StorageResolution?: number | undefined;
  readonly Timestamp: Date;
  readonly Dimensions: readonly { Name: string; Value: string }[];
  readonly Values: readonly number[];
}

/** What an event has to hold to bring metrics along. */
const MARK = '"CloudWatchMetrics"';
const MAX_DIRECTIVES = 100;
const MAX_METRICS = 100;
const MAX_VALUES = 100;
const MAX_DIMENSIONS = 30;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Whether a message may bring metrics along. */
export const mayEmbed = (message: string): boolean => message.includes(MARK);

/** The metrics that a message brings along, by their namespaces; what is not as it should be is left out. */
export function embeddedMetrics(message: string): Map<string, EmbeddedDatum[]> {
  const found = new Map<string, EmbeddedDatum[]>();
  const root = parse(message);
  const metadata = root?._aws;
  if (!root || !isObject(metadata) || !Number.isFinite(metadata.Timestamp)) return found;
  const Timestamp = new Date(metadata.Timestamp as number);
  for (const directive of listOf(metadata.CloudWatchMetrics).slice(0, MAX_DIRECTIVES)) {
    if (!isObject(directive) || typeof directive.Namespace !== "string") continue;
    const sets = dimensionSets(root, directive.Dimensions);
    const data = listOf(directive.Metrics)
      .slice(0, MAX_METRICS)
      .flatMap((metric) => dataOf(root, metric, sets, Timestamp));
    found.set(directive.Namespace, [...(found.get(directive.Namespace) ?? []), ...data]);
  }
  return found;
}

function parse(message: string): Record<string, unknown> | undefined {
  try {
    const root: unknown = JSON.parse(message.slice(message.indexOf("{")));
    return isObject(root) ? root : undefined;
  } catch {
    return undefined;
  }
}

/** The dimensions of each set whose values are all there; without any set there is one that is empty. */
function dimensionSets(root: Record<string, unknown>, sets: unknown): EmbeddedDatum["Dimensions"][] {
  if (sets === undefined || listOf(sets).length === 0) return [[]];
  return listOf(sets).flatMap((names) => {
    const dimensions = listOf(names).map((name) => ({ Name: String(name), Value: root[String(name)] }));
    const isWhole = dimensions.every(({ Value }) => typeof Value === "string" && Value !== "");
    return isWhole && dimensions.length <= MAX_DIMENSIONS ? [dimensions as { Name: string; Value: string }[]] : [];
  });
}

function dataOf(
  root: Record<string, unknown>,
  metric: unknown,
  sets: readonly EmbeddedDatum["Dimensions"][],
  Timestamp: Date,
): EmbeddedDatum[] {
  if (!isObject(metric) || typeof metric.Name !== "string") return [];
  const { Name: MetricName, Unit, StorageResolution } = metric;
  const Values = [root[MetricName]].flat().filter((value) => typeof value === "number" && Number.isFinite(value));
  if (Values.length === 0 || Values.length > MAX_VALUES) return [];
  return sets.map((Dimensions) => ({
    MetricName,
    Unit: typeof Unit === "string" ? Unit : undefined,
    StorageResolution: StorageResolution === 1 ? 1 : undefined,
    Timestamp,
    Dimensions,
    Values: Values as number[],
  }));
}
