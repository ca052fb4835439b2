/** The rules of a bucket's lifecycle: whom they hold for, and when. See "Lifecycle configuration elements". */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { malformedXml } from "./documents.js";
import type { ObjectVersion } from "./object.js";
import { configuration } from "./tables.js";

interface Transition {
  readonly Days?: number;
  readonly Date?: Date;
  readonly StorageClass: string;
}
interface NoncurrentTransition {
  readonly NoncurrentDays?: number;
  readonly NewerNoncurrentVersions?: number;
  readonly StorageClass: string;
}
interface Filter {
  readonly Prefix?: string;
  readonly Tag?: Tag;
  readonly Tags?: readonly Tag[];
  readonly ObjectSizeGreaterThan?: number;
  readonly ObjectSizeLessThan?: number;
}
interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}

/** A rule as the SDK types it. */
export interface LifecycleRule {
  readonly ID?: string;
  readonly Status?: string;
  readonly Prefix?: string;
  readonly Filter?: Filter & { readonly And?: Filter };
  readonly Expiration?: {
    readonly Days?: number;
    readonly Date?: Date;
    readonly ExpiredObjectDeleteMarker?: boolean;
  };
  readonly Transitions?: readonly Transition[];
  readonly NoncurrentVersionExpiration?: {
    readonly NoncurrentDays?: number;
    readonly NewerNoncurrentVersions?: number;
  };
  readonly NoncurrentVersionTransitions?: readonly NoncurrentTransition[];
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation?: number };
}

interface Lifecycle {
  readonly Rules: readonly LifecycleRule[];
  readonly TransitionDefaultMinimumObjectSize?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A moment some days later, at the midnight (UTC) that follows: S3 rounds up. */
export function daysAfter(time: number, days: number): number {
  return Math.ceil((time + days * DAY_MS) / DAY_MS) * DAY_MS;
}

/** The rules of a bucket that are in force. */
export function lifecycleOf(ctx: Context, bucket: string): { rules: readonly LifecycleRule[]; minimumSize?: string } {
  const document = configuration<Lifecycle>(ctx, bucket, "lifecycle");
  const rules = (document?.Rules ?? []).filter(({ Status }) => Status === "Enabled");
  return { rules, minimumSize: document?.TransitionDefaultMinimumObjectSize };
}

/** What a rule asks of an object, its several filters made one. */
function filterOf({ Prefix, Filter }: LifecycleRule): Filter {
  return Filter?.And ?? Filter ?? { Prefix };
}

const tagsOf = ({ Tag, Tags }: Filter): readonly Tag[] => Tags ?? (Tag ? [Tag] : []);
const hasSize = ({ ObjectSizeGreaterThan: more, ObjectSizeLessThan: less }: Filter) =>
  more !== undefined || less !== undefined;

/** Whether a rule holds for an object. */
export function appliesTo(rule: LifecycleRule, { key, size, tags = {}, deleteMarker }: ObjectVersion): boolean {
  const filter = filterOf(rule);
  if (!key.startsWith(filter.Prefix ?? "")) return false;
  if (deleteMarker) return tagsOf(filter).length === 0;
  const { ObjectSizeGreaterThan: more = -1, ObjectSizeLessThan: less = Number.POSITIVE_INFINITY } = filter;
  return size > more && size < less && tagsOf(filter).every(({ Key = "", Value }) => tags[Key] === Value);
}

/** When an upload that is not completed is aborted, and by which rule. */
export function abortOf(
  rules: readonly LifecycleRule[],
  { key, startedAt }: { key: string; startedAt: number },
): { at: number; rule: LifecycleRule } | undefined {
  const found = rules.flatMap((rule) => {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    const applies = days !== undefined && key.startsWith(filterOf(rule).Prefix ?? "");
    return applies ? [{ at: daysAfter(startedAt, days), rule }] : [];
  });
  return found.sort((a, b) => a.at - b.at)[0];
}

/** The members of answers that say when an upload is aborted. */
export function abortMembers(ctx: Context, bucket: string, upload: { key: string; startedAt: number }) {
  const found = abortOf(lifecycleOf(ctx, bucket).rules, upload);
  return found ? { AbortDate: new Date(found.at), AbortRuleId: found.rule.ID } : {};
}

/** Whether more may come under a rule than time alone brings: then it is looked at every day. */
export function changesOfItself(rule: LifecycleRule): boolean {
  const { Expiration, NoncurrentVersionExpiration, NoncurrentVersionTransitions = [] } = rule;
  const counts = [NoncurrentVersionExpiration, ...NoncurrentVersionTransitions];
  return (
    tagsOf(filterOf(rule)).length > 0 ||
    Expiration?.ExpiredObjectDeleteMarker === true ||
    counts.some((one) => one?.NewerNoncurrentVersions !== undefined)
  );
}

/** The fewest days after which a rule does anything to what is new. */
export function fewestDays(rule: LifecycleRule): number {
  const { Expiration, Transitions = [], NoncurrentVersionTransitions = [] } = rule;
  const days = [
    Expiration?.Days,
    ...Transitions.map(({ Days }) => Days),
    rule.NoncurrentVersionExpiration?.NoncurrentDays,
    ...NoncurrentVersionTransitions.map(({ NoncurrentDays }) => NoncurrentDays),
    rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
  ].filter((one) => one !== undefined);
  const dated = Expiration?.Date !== undefined || Transitions.some(({ Date: date }) => date !== undefined);
  return dated || changesOfItself(rule) ? 1 : Math.max(1, Math.min(...days));
}

/** When the latest version of a key expires, and by which rule; the soonest where there are several. */
export function expirationOf(
  rules: readonly LifecycleRule[],
  version: ObjectVersion,
): { at: number; rule: LifecycleRule } | undefined {
  const found = rules.flatMap((rule) => {
    const { Days, Date: date } = rule.Expiration ?? {};
    const at = Days === undefined ? date?.getTime() : daysAfter(version.modifiedAt, Days);
    return at !== undefined && appliesTo(rule, version) ? [{ at, rule }] : [];
  });
  return found.sort((a, b) => a.at - b.at)[0];
}

/** The `x-amz-expiration` of an object. */
export function expirationHeader(ctx: Context, bucket: string, version: ObjectVersion): string | undefined {
  const found = expirationOf(lifecycleOf(ctx, bucket).rules, version);
  if (!found) return undefined;
  return `expiry-date="${new Date(found.at).toUTCString()}", rule-id="${encodeURIComponent(found.rule.ID ?? "")}"`;
}

/** Storage classes, each colder than the one before it: objects move in this order only. */
const COLDER = [
  "STANDARD",
  "STANDARD_IA",
  "INTELLIGENT_TIERING",
  "ONEZONE_IA",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE",
];
const SMALL_BYTES = 128 * 1024;
const ARCHIVES = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** A move to a colder class that is to be made at a time. */
export interface Move {
  readonly at: number;
  readonly storageClass: string;
}

/** Whether a rule moves an object of that size to a class: small ones stay, unless the rule speaks of sizes. */
export function mayMove(
  rule: LifecycleRule,
  version: ObjectVersion,
  to: string,
  minimumSize: string | undefined,
): boolean {
  if (!appliesTo(rule, version) || COLDER.indexOf(to) <= COLDER.indexOf(version.storageClass)) return false;
  if (hasSize(filterOf(rule)) || version.size >= SMALL_BYTES) return true;
  return minimumSize === "varies_by_storage_class" && ARCHIVES.has(to);
}

/** The coldest of the moves that are due. */
export function coldest(moves: readonly Move[], now: number): string | undefined {
  const due = moves.filter(({ at }) => at <= now).map(({ storageClass }) => COLDER.indexOf(storageClass));
  return due.length > 0 ? COLDER[Math.max(...due)] : undefined;
}

const invalid = (message: string, code = "InvalidArgument") => new AwsError(code, message, { status: 400 });
const MIN_DAYS: Readonly<Record<string, number>> = { STANDARD_IA: 30, ONEZONE_IA: 30 };

/** @throws AwsError for rules that S3 does not take */
export function checkRules(rules: readonly LifecycleRule[]): void {
  const ids = rules.flatMap(({ ID }) => ID ?? []);
  if (new Set(ids).size < ids.length) throw invalid("Rule ID must be unique. Found same ID for one more rules");
  if (ids.some((id) => id.length > 255)) throw invalid("ID length should not exceed allowed limit of 255");
  for (const rule of rules) {
    const { Expiration, Transitions = [], NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule;
    if (rule.Status !== "Enabled" && rule.Status !== "Disabled") throw malformedXml();
    if (Expiration && Object.values(Expiration).filter((value) => value !== undefined).length !== 1)
      throw malformedXml();
    const actions = [Expiration, Transitions[0], NoncurrentVersionExpiration, AbortIncompleteMultipartUpload];
    if (![...actions, rule.NoncurrentVersionTransitions?.[0]].some(Boolean)) {
      throw invalid("At least one action needs to be specified in a rule", "InvalidRequest");
    }
    checkDays(Expiration?.Days, 1, "'Days' for Expiration action must be a positive integer");
    checkDays(
      NoncurrentVersionExpiration?.NoncurrentDays,
      1,
      "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
    );
    checkDays(
      AbortIncompleteMultipartUpload?.DaysAfterInitiation,
      1,
      "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
    );
    for (const { Days, StorageClass } of Transitions) {
      const least = MIN_DAYS[StorageClass] ?? 0;
      const message = least
        ? `'Days' in Transition action must be greater than or equal to ${least} for storageClass '${StorageClass}'`
        : "'Days' in Transition action must be nonnegative";
      checkDays(Days, least, message);
    }
    for (const date of [Expiration?.Date, ...Transitions.map((transition) => transition.Date)]) {
      if (date && date.getTime() % DAY_MS !== 0) throw invalid("'Date' must be at midnight GMT");
    }
  }
}

function checkDays(days: number | undefined, least: number, message: string): void {
  if (days !== undefined && days < least) throw invalid(message);
}
