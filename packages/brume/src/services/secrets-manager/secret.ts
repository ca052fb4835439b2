/** The model of a secret: its versions, and how staging labels move between them. */

/** One version of a secret; its value is kept apart. */
export interface Version {
  readonly createdAt: number;
  readonly stages: readonly string[];
  readonly kmsKeyId?: string | undefined;
  /** The day of the last access. */
  readonly accessedOn?: number | undefined;
}

/** What a version holds. */
export interface Value {
  readonly text?: string | undefined;
  readonly binary?: Uint8Array | undefined;
}

export interface Rules {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly Duration?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
}

export interface Rotation {
  readonly enabled: boolean;
  readonly lambdaArn?: string | undefined;
  readonly rules?: Rules | undefined;
  /** When the next rotation begins, and by when it is to be done. */
  readonly next?: { readonly start: number; readonly end: number } | undefined;
  readonly externalMetadata?: readonly { Key: string | undefined; Value: string | undefined }[] | undefined;
  readonly externalRoleArn?: string | undefined;
}

export interface Replica {
  readonly region: string;
  readonly kmsKeyId?: string | undefined;
  /** Why the secret could not be copied there. */
  readonly failure?: string | undefined;
}

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly owningService?: string | undefined;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly accessedOn?: number | undefined;
  readonly rotatedAt?: number | undefined;
  /** When the secret will be gone, for one that is marked for deletion. */
  readonly deletedAt?: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, Version>>;
  readonly rotation?: Rotation | undefined;
  readonly policy?: string | undefined;
  /** Where it was made, once it has been replicated. */
  readonly primaryRegion?: string | undefined;
  readonly replicas: readonly Replica[];
}

export const CURRENT = "AWSCURRENT";
export const PREVIOUS = "AWSPREVIOUS";
export const PENDING = "AWSPENDING";

const DAY_MS = 86_400_000;
const KEPT_VERSIONS = 100;

/** The day that a time belongs to: accesses are known by the day only. */
export const dayOf = (now: number): number => now - (now % DAY_MS);

/** The version that a staging label is attached to. */
export function versionAt(secret: Secret, stage: string): string | undefined {
  return Object.keys(secret.versions).find((id) => secret.versions[id]?.stages.includes(stage));
}

type Versions = Readonly<Record<string, Version>>;

/** Versions after a label is moved to one of them, or to none. The current version that is left becomes the previous. */
export function moveStage(versions: Versions, stage: string, to: string | undefined): Versions {
  const moved: Record<string, Version> = {};
  let left: string | undefined;
  for (const [id, version] of Object.entries(versions)) {
    const had = version.stages.includes(stage);
    if (had && id !== to) left = id;
    const stages = version.stages.filter((other) => other !== stage || id === to);
    moved[id] = { ...version, stages: id === to && !had ? [...stages, stage] : stages };
  }
  return stage === CURRENT && left !== undefined ? moveStage(moved, PREVIOUS, left) : moved;
}

/** Versions that go when there are too many: those without a label that are older than a day. */
export function outdated(versions: Versions, now: number): string[] {
  const over = Object.keys(versions).length - KEPT_VERSIONS;
  if (over <= 0) return [];
  return Object.entries(versions)
    .filter(([, { stages, createdAt }]) => stages.length === 0 && createdAt <= now - DAY_MS)
    .sort(([, a], [, b]) => a.createdAt - b.createdAt)
    .slice(0, over)
    .map(([id]) => id);
}

/** Versions with a label, and their labels. */
export function labelled(versions: Versions): Record<string, string[]> | undefined {
  const pairs = Object.entries(versions).filter(([, { stages }]) => stages.length > 0);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs.map(([id, { stages }]) => [id, [...stages]]));
}

/** Whether two values are the same. */
export function sameValue(a: Value | undefined, b: Value): boolean {
  if (!a) return false;
  return a.text === b.text && Buffer.compare(Buffer.from(a.binary ?? []), Buffer.from(b.binary ?? [])) === 0;
}
