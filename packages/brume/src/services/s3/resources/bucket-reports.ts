/** Analytics, inventory, metrics and intelligent-tiering documents between the template's form and the API's. */
import type { Json, Properties } from "../../../kernel/resource.js";
import { toBoolean, toNumber } from "../../../kernel/template-values.js";
import { type ApiFilter, filterFromApi, filterToApi } from "./template-values.js";

type Api = Record<string, Json>;

function destinationToApi({ BucketArn, BucketAccountId, Format, Prefix }: Properties) {
  return { S3BucketDestination: { Bucket: BucketArn, AccountId: BucketAccountId, Format, Prefix } };
}

function destinationFromApi({ S3BucketDestination }: { S3BucketDestination: Api }) {
  const { Bucket, AccountId, Format, Prefix } = S3BucketDestination;
  return { BucketArn: Bucket, BucketAccountId: AccountId, Format, Prefix };
}

export function analyticsToApi({ Id, Prefix, TagFilters, StorageClassAnalysis }: Properties) {
  const { DataExport } = (StorageClassAnalysis ?? {}) as { DataExport?: Properties };
  return {
    Id,
    Filter: filterToApi(Prefix, TagFilters),
    StorageClassAnalysis: DataExport
      ? {
          DataExport: {
            OutputSchemaVersion: DataExport.OutputSchemaVersion,
            Destination: destinationToApi(DataExport.Destination as Properties),
          },
        }
      : {},
  };
}

interface ApiAnalytics {
  readonly Id: string;
  readonly Filter?: ApiFilter;
  readonly StorageClassAnalysis?: { DataExport?: { OutputSchemaVersion: string; Destination: never } };
}

export function analyticsFromApi({ Id, Filter, StorageClassAnalysis }: ApiAnalytics) {
  const { DataExport } = StorageClassAnalysis ?? {};
  return {
    Id,
    ...filterFromApi(Filter),
    StorageClassAnalysis: DataExport
      ? { DataExport: { ...DataExport, Destination: destinationFromApi(DataExport.Destination) } }
      : {},
  };
}

export function inventoryToApi(inventory: Properties) {
  const { Id, Enabled, Destination, IncludedObjectVersions, OptionalFields, Prefix, ScheduleFrequency } = inventory;
  return {
    Id,
    IsEnabled: toBoolean(Enabled),
    Destination: destinationToApi(Destination as Properties),
    IncludedObjectVersions,
    OptionalFields,
    Filter: Prefix === undefined ? undefined : { Prefix },
    Schedule: { Frequency: ScheduleFrequency },
  };
}

interface ApiInventory extends Omit<Api, "Destination" | "Filter" | "Schedule"> {
  readonly Destination: never;
  readonly Filter: never;
  readonly Schedule: never;
}

export function inventoryFromApi(inventory: ApiInventory) {
  const { Id, IsEnabled, Destination, IncludedObjectVersions, OptionalFields, Filter, Schedule } = inventory;
  return {
    Id,
    Enabled: IsEnabled,
    Destination: destinationFromApi(Destination),
    IncludedObjectVersions,
    OptionalFields,
    Prefix: (Filter as { Prefix?: string } | undefined)?.Prefix,
    ScheduleFrequency: (Schedule as { Frequency?: string } | undefined)?.Frequency,
  };
}

export function metricsToApi({ Id, Prefix, TagFilters, AccessPointArn }: Properties) {
  const more = { AccessPointArn: AccessPointArn as string | undefined };
  return { Id, Filter: filterToApi(Prefix, TagFilters, more) };
}

export function metricsFromApi({ Id, Filter }: { Id: string; Filter?: ApiFilter & { AccessPointArn?: string } }) {
  return { Id, ...filterFromApi(Filter), AccessPointArn: Filter?.AccessPointArn };
}

export function tieringToApi({ Id, Prefix, Status, TagFilters, Tierings }: Properties) {
  return {
    Id,
    Status,
    Filter: filterToApi(Prefix, TagFilters),
    Tierings: (Tierings as Properties[]).map(({ AccessTier, Days }) => ({ AccessTier, Days: toNumber(Days) })),
  };
}

export function tieringFromApi(output: { Id: string; Status: string; Filter?: ApiFilter; Tierings: Json }) {
  const { Id, Status, Filter, Tierings } = output;
  return { Id, Status, ...filterFromApi(Filter), Tierings };
}
