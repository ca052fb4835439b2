/** Lifecycle and replication rules between the template's form and the API's. */
import type { Json, Properties } from "../../../kernel/resource.js";
import { toNumber } from "../../../kernel/template-values.js";
import { type ApiFilter, date, filterFromApi, filterToApi } from "./template-values.js";

interface Lifecycle {
  readonly Rules: readonly Properties[];
  readonly TransitionDefaultMinimumObjectSize?: string;
}

/** A list that templates may also write as one document under a singular name. */
function listOf(many: Json | undefined, one: Json | undefined): Properties[] {
  return (many ?? (one ? [one] : [])) as Properties[];
}

const unlessEmpty = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined);

function transitionToApi({ StorageClass, TransitionInDays, TransitionDate }: Properties) {
  const Class = StorageClass === "Glacier" ? "GLACIER" : StorageClass;
  return { StorageClass: Class, Days: toNumber(TransitionInDays), Date: date(TransitionDate) };
}

function noncurrentToApi({ StorageClass, TransitionInDays, NewerNoncurrentVersions }: Properties) {
  return {
    StorageClass: StorageClass === "Glacier" ? "GLACIER" : StorageClass,
    NoncurrentDays: toNumber(TransitionInDays),
    NewerNoncurrentVersions: toNumber(NewerNoncurrentVersions),
  };
}

function ruleToApi(rule: Properties) {
  const { NoncurrentVersionExpiration, NoncurrentVersionExpirationInDays, AbortIncompleteMultipartUpload } = rule;
  const noncurrent = (NoncurrentVersionExpiration ??
    (NoncurrentVersionExpirationInDays && { NoncurrentDays: NoncurrentVersionExpirationInDays })) as
    | Properties
    | undefined;
  const expiration = {
    Days: toNumber(rule.ExpirationInDays),
    Date: date(rule.ExpirationDate),
    ExpiredObjectDeleteMarker: rule.ExpiredObjectDeleteMarker && String(rule.ExpiredObjectDeleteMarker) === "true",
  };
  const expires = Object.values(expiration).some((value) => value !== undefined);
  const sizes = {
    ObjectSizeGreaterThan: toNumber(rule.ObjectSizeGreaterThan),
    ObjectSizeLessThan: toNumber(rule.ObjectSizeLessThan),
  };
  const abort = AbortIncompleteMultipartUpload as Properties | undefined;
  return {
    ID: rule.Id,
    Status: rule.Status,
    Filter: filterToApi(rule.Prefix, rule.TagFilters, sizes) ?? { Prefix: "" },
    Expiration: expires ? expiration : undefined,
    Transitions: unlessEmpty(listOf(rule.Transitions, rule.Transition).map(transitionToApi)),
    NoncurrentVersionTransitions: unlessEmpty(
      listOf(rule.NoncurrentVersionTransitions, rule.NoncurrentVersionTransition).map(noncurrentToApi),
    ),
    NoncurrentVersionExpiration: noncurrent && {
      NoncurrentDays: toNumber(noncurrent.NoncurrentDays),
      NewerNoncurrentVersions: toNumber(noncurrent.NewerNoncurrentVersions),
    },
    AbortIncompleteMultipartUpload: abort && { DaysAfterInitiation: toNumber(abort.DaysAfterInitiation) },
  };
}

export function lifecycleToApi({ Rules, TransitionDefaultMinimumObjectSize }: Lifecycle) {
  return { LifecycleConfiguration: { Rules: Rules.map(ruleToApi) }, TransitionDefaultMinimumObjectSize };
}

interface ApiRule {
  readonly ID?: string;
  readonly Status?: string;
  readonly Filter?: ApiFilter;
  readonly Expiration?: { Days?: number; Date?: Date; ExpiredObjectDeleteMarker?: boolean };
  readonly Transitions?: readonly { StorageClass: string; Days?: number; Date?: Date }[];
  readonly NoncurrentVersionTransitions?: readonly {
    StorageClass: string;
    NoncurrentDays?: number;
    NewerNoncurrentVersions?: number;
  }[];
  readonly NoncurrentVersionExpiration?: object;
  readonly AbortIncompleteMultipartUpload?: object;
}

const USUAL_MINIMUM = "all_storage_classes_128K";

export function lifecycleFromApi(output: { Rules: readonly ApiRule[]; TransitionDefaultMinimumObjectSize?: string }) {
  const { Rules, TransitionDefaultMinimumObjectSize: minimum } = output;
  return {
    TransitionDefaultMinimumObjectSize: minimum === USUAL_MINIMUM ? undefined : minimum,
    Rules: Rules.map((rule) => {
      const { Prefix, ...filter } = filterFromApi(rule.Filter);
      return {
        Id: rule.ID,
        Status: rule.Status,
        Prefix: Prefix || undefined,
        ...filter,
        ExpirationInDays: rule.Expiration?.Days,
        ExpirationDate: rule.Expiration?.Date,
        ExpiredObjectDeleteMarker: rule.Expiration?.ExpiredObjectDeleteMarker,
        Transitions: rule.Transitions?.map((transition) => ({
          StorageClass: transition.StorageClass,
          TransitionInDays: transition.Days,
          TransitionDate: transition.Date,
        })),
        NoncurrentVersionTransitions: rule.NoncurrentVersionTransitions?.map(
          ({ StorageClass, NoncurrentDays, NewerNoncurrentVersions }) => ({
            StorageClass,
            TransitionInDays: NoncurrentDays,
            NewerNoncurrentVersions,
          }),
        ),
        NoncurrentVersionExpiration: rule.NoncurrentVersionExpiration,
        AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload,
      };
    }),
  };
}

interface Replication {
  readonly Role: string;
  readonly Rules: readonly Properties[];
}

export function replicationToApi({ Role, Rules }: Replication) {
  return {
    ReplicationConfiguration: {
      Role,
      Rules: Rules.map(({ Id, Priority, Filter, ...rest }) => ({
        ...rest,
        ID: Id,
        Priority: toNumber(Priority),
        Filter: Filter && replicationFilter(Filter as Properties),
      })),
    },
  };
}

function replicationFilter({ Prefix, TagFilter, And }: Properties): object {
  const { Prefix: both, TagFilters } = (And ?? {}) as Properties;
  if (And) return { And: { Prefix: both, Tags: TagFilters } };
  return TagFilter ? { Tag: TagFilter } : { Prefix };
}

export function replicationFromApi(output: { ReplicationConfiguration: Replication }) {
  const { Role, Rules } = output.ReplicationConfiguration;
  return {
    Role,
    Rules: Rules.map(({ ID, Filter, ...rest }) => {
      const { And, Tag, Prefix } = (Filter ?? {}) as { And?: Properties; Tag?: Json; Prefix?: Json };
      const joined = And && { Prefix: And.Prefix, TagFilters: And.Tags };
      return { ...rest, Id: ID, Filter: Filter && { Prefix, TagFilter: Tag, And: joined } };
    }),
  };
}
