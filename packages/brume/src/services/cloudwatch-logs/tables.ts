/** Where log groups, streams and events are kept, and how a group is found. */
import type { Context } from "../../kernel/context.js";
import { defineSequence } from "../../kernel/sequence.js";
import { defineTable } from "../../kernel/store.js";
import { check, invalid, notFound } from "./constraints.js";

export const CLASSES = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"] as const;

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly class: (typeof CLASSES)[number];
  readonly retentionDays?: number | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly deletionProtected: boolean;
  readonly metricFilters: number;
  readonly subscriptions: number;
  /** JSON text. */
  readonly dataProtection?: string | undefined;
  readonly indexPolicy?: { readonly document: string; readonly updatedAt: number } | undefined;
}

export interface LogStream {
  readonly name: string;
  readonly createdAt: number;
  readonly firstEventAt?: number | undefined;
  readonly lastEventAt?: number | undefined;
  readonly lastIngestionAt?: number | undefined;
  readonly storedBytes: number;
  readonly batches: number;
}

export interface StoredEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** What one PutLogEvents stored. */
export interface Batch {
  readonly sequence: number;
  readonly ingestedAt: number;
  /** In the order of their timestamps. */
  readonly events: readonly StoredEvent[];
  /** How many that stood before them have expired. */
  readonly expired?: number | undefined;
}

/** [group] */
export const logGroups = defineTable<LogGroup>("logs/groups");
/** [group, stream] */
export const logStreams = defineTable<LogStream>("logs/streams");
/** [group, stream, sequence] */
export const batches = defineTable<Batch>("logs/batches");

/** Orders batches. */
export const sequence = defineSequence("logs/sequence");

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]+$/;
const STREAM_NAME = /^[^:*]*$/;

export function checkGroupName(name: string | undefined): string {
  check("logGroupName", name, { min: 1, max: 512, pattern: GROUP_NAME });
  return name as string;
}

export function checkStreamName(name: string | undefined): string {
  check("logStreamName", name, { min: 1, max: 512, pattern: STREAM_NAME });
  return name as string;
}

/** The name of the group that a name or an ARN means. */
export function groupNameOf(identifier: string | undefined): string | undefined {
  const [, name] = /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(identifier ?? "") ?? [];
  return name ?? identifier;
}

export const groupArn = (ctx: Context, name = "") => ctx.arn(`log-group:${name}`, "logs");

/** @throws AwsError `ResourceNotFoundException` */
export function getGroup(ctx: Context, name: string | undefined): LogGroup {
  const group = ctx.table(logGroups).get(checkGroupName(name));
  if (!group) throw notFound("The specified log group does not exist.");
  return group;
}

/** The group that a request names or identifies. @throws AwsError `InvalidParameterException` where it does both */
export function groupGiven(
  ctx: Context,
  name: string | undefined,
  identifier: string | undefined,
  member = "logGroupIdentifier",
): LogGroup {
  if (name !== undefined && identifier !== undefined)
    throw invalid(`logGroupName and ${member} are mutually exclusive parameters.`);
  return getGroup(ctx, name ?? groupNameOf(identifier));
}

/** Stores a group with some of its members changed. */
export function changeGroup(ctx: Context, group: LogGroup, change: Partial<LogGroup>): Record<string, never> {
  ctx.table(logGroups).put([group.name], { ...group, ...change });
  return {};
}

export const DAY_MS = 24 * 60 * 60 * 1000;
/** What AWS counts for each event beside its message. */
const EVENT_OVERHEAD_BYTES = 26;

/** The size of events, as AWS counts it. */
export const eventBytes = (events: readonly StoredEvent[]): number =>
  events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES, 0);

/** Events from before this time have expired. */
export const expiry = (ctx: Context, { retentionDays }: LogGroup): number =>
  retentionDays === undefined ? 0 : ctx.now() - retentionDays * DAY_MS;

interface GroupInput {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
  logStreamName?: string | undefined;
}

/** The ARN of the group in an input, for authorization. */
export const groupOf = (input: GroupInput, ctx: Context) =>
  `${groupArn(ctx, groupNameOf(input.logGroupName ?? input.logGroupIdentifier))}:*`;

/** The ARNs of the groups that an input names, for authorization. */
export const groupsOf = (
  input: GroupInput & { logGroupNames?: string[] | undefined; logGroupIdentifiers?: string[] | undefined },
  ctx: Context,
) =>
  [input.logGroupName ?? [], input.logGroupNames ?? [], input.logGroupIdentifiers ?? []]
    .flat()
    .map((logGroupName) => groupOf({ logGroupName }, ctx));

/** The ARN of the stream in an input, for authorization. */
export const streamOf = (input: GroupInput, ctx: Context) =>
  `${groupArn(ctx, groupNameOf(input.logGroupName ?? input.logGroupIdentifier))}:log-stream:${input.logStreamName}`;
