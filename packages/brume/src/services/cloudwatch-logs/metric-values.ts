/** What a metric filter makes of a log event: a value and dimensions, taken from the filter or from the event. */
import { invalid } from "./constraints.js";
import { type compileFilter, invalidPattern } from "./filter-pattern.js";
import type { MetricFilter } from "./filters.js";
import { selector } from "./json-filter.js";

type Transformation = MetricFilter["metricTransformations"][number];
type Extract = (message: string, fields: Readonly<Record<string, string>>) => unknown;

export interface Measured {
  readonly value: number;
  readonly dimensions: readonly { Name: string; Value: string }[];
}

const MAX_DIMENSIONS = 3;
const NAME = /^[^:*$]*$/;
/** Units of CloudWatch metrics, but for their prefixes and "per second". */
const UNIT =
  /^(None|Count|Percent|Seconds|Microseconds|Milliseconds|((Kilo|Mega|Giga|Tera)?(bytes|bits)|Bytes|Bits)(\/Second)?|Count\/Second)$/;
const SYSTEM_FIELDS: Readonly<Record<string, "account" | "region">> = {
  "@aws.account": "account",
  "@aws.region": "region",
};

/** @throws AwsError `InvalidParameterException` for a transformation that makes no metric of events of this pattern */
export function checkTransformation(
  pattern: string,
  { metricName, metricNamespace, metricValue, defaultValue, dimensions, unit }: Transformation,
): void {
  for (const [name, value] of Object.entries({ metricName, metricNamespace })) {
    if (!value || value.length > 255 || !NAME.test(value)) throw invalid(`Invalid ${name} in metricTransformations.`);
  }
  if (!metricValue || metricValue.length > 100) throw invalid("Invalid metricValue in metricTransformations.");
  if (unit !== undefined && !UNIT.test(unit)) throw invalid("Invalid unit in metricTransformations.");
  checkSource(pattern, metricValue, "metricValue");
  const names = Object.keys(dimensions ?? {});
  if (names.length === 0) return;
  if (names.length > MAX_DIMENSIONS)
    throw invalid(`A metric transformation can have at most ${MAX_DIMENSIONS} dimensions.`);
  if (defaultValue !== undefined)
    throw invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.");
  if (!/^\s*[{[]/.test(pattern))
    throw invalid("Dimensions are only supported for JSON and space-delimited filter patterns.");
  for (const source of Object.values(dimensions ?? {})) checkSource(pattern, source, "dimensions");
}

/** @throws AwsError unless a value can be had from events of this pattern, where it is not a number itself */
function checkSource(pattern: string, source: string, member: string): void {
  if (!source.startsWith("$")) {
    if (member === "metricValue" && !Number.isFinite(Number(source)))
      throw invalid(`Invalid metric transformation: ${member} ${source} is neither a number nor a field.`);
    return;
  }
  const isJson = /^\s*\{/.test(pattern);
  const fits = isJson ? /^\$[.[]/.test(source) : /^\s*\[/.test(pattern) && /^\$[\w.-]+$/.test(source);
  if (!fits) throw invalidPattern();
}

/** Makes the function that measures the events that a filter matches; it finds none where the value is no number. */
export function compileMeasure(
  { metricTransformations: [transformation], emitSystemFieldDimensions = [] }: MetricFilter,
  place: { account: string; region: string },
): (message: string, fields: NonNullable<ReturnType<ReturnType<typeof compileFilter>>>) => Measured | undefined {
  const value = compileSource(transformation?.metricValue ?? "");
  const dimensions = Object.entries(transformation?.dimensions ?? {}).map(
    ([Name, source]) => [Name, compileSource(source)] as const,
  );
  const fixed = emitSystemFieldDimensions.flatMap((Name) => {
    const part = SYSTEM_FIELDS[Name];
    return part ? [{ Name, Value: place[part] }] : [];
  });
  return (message, fields) => {
    const found = value(message, fields);
    const number = typeof found === "string" && found.trim() !== "" ? Number(found) : found;
    if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
    const own = dimensions.flatMap(([Name, source]) => {
      const Value = source(message, fields);
      return isText(Value) ? [{ Name, Value: String(Value).slice(0, 1024) }] : [];
    });
    // Differs from AWS: an event that lacks some of the dimensions is measured without all of them.
    return { value: number, dimensions: own.length < dimensions.length ? fixed : [...fixed, ...own] };
  };
}

const isText = (value: unknown) =>
  (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "boolean";

function compileSource(source: string): Extract {
  if (!source.startsWith("$")) return () => source;
  if (!/^\$[.[]/.test(source)) return (_message, fields) => fields[source];
  const select = selector(source);
  return (message) => select(JSON.parse(message))[0];
}
