/** Carries out a bucket's lifecycle by the clock: at midnights (UTC), as often as something may be due. */
import type { Context } from "../../kernel/context.js";
import type { Bucket } from "./bucket.js";
import { isLocked } from "./delete-object.js";
import {
  abortOf,
  appliesTo,
  coldest,
  daysAfter,
  expirationOf,
  fewestDays,
  type LifecycleRule,
  lifecycleOf,
  type Move,
  mayMove,
} from "./lifecycle-rules.js";
import { announce } from "./notifications.js";
import type { ObjectVersion } from "./object.js";
import { buckets, noncurrent, objects } from "./tables.js";
import { removeUpload, type Upload, uploads } from "./uploads.js";
import { putDeleteMarker, removeVersion, replaceVersion } from "./versions.js";

const timerOf = (bucket: string) => `s3/lifecycle/${bucket}`;

/** Has the rules looked at in the coming night: called when they change. */
export function scheduleLifecycle(ctx: Context, bucket: string, at = daysAfter(ctx.now() + 1, 0)): void {
  ctx.schedule({ at, kind: "lifecycle", payload: bucket, id: timerOf(bucket) });
}

/** Has a bucket's rules looked at no more: called when it goes. */
export function cancelLifecycle(ctx: Context, bucket: string): void {
  ctx.cancel(timerOf(bucket));
}

/** The timer that does what is due, and sleeps until more may be. */
export function runLifecycle(name: string, ctx: Context): void {
  const bucket = ctx.table(buckets).get(name);
  const { rules, minimumSize } = lifecycleOf(ctx, name);
  if (!bucket || rules.length === 0) return;
  const night = new Night(ctx, bucket, rules, minimumSize);
  for (const upload of ctx.table(uploads).rows({ prefix: [name] })) night.visitUpload(upload);
  for (const latest of ctx.table(objects).rows({ prefix: [name] })) night.visitKey(latest);
  const soonest = Math.min(...rules.map(fewestDays));
  scheduleLifecycle(ctx, name, Math.min(night.next, daysAfter(ctx.now() + 1, soonest - 1)));
}

/** One walk over a bucket. */
class Night {
  readonly #ctx: Context;
  readonly #bucket: Bucket;
  readonly #rules: readonly LifecycleRule[];
  readonly #minimumSize: string | undefined;
  /** When the next of what was looked at, and left, is due. */
  next = Number.POSITIVE_INFINITY;

  constructor(ctx: Context, bucket: Bucket, rules: readonly LifecycleRule[], minimumSize: string | undefined) {
    this.#ctx = ctx;
    this.#bucket = bucket;
    this.#rules = rules;
    this.#minimumSize = minimumSize;
  }

  /** Whether a moment has come; one that has not is remembered. */
  #isDue(at: number | undefined): boolean {
    if (at === undefined) return false;
    if (at <= this.#ctx.now()) return true;
    this.next = Math.min(this.next, at);
    return false;
  }

  visitUpload(upload: Upload): void {
    if (this.#isDue(abortOf(this.#rules, upload)?.at)) removeUpload(this.#ctx, this.#bucket.name, upload);
  }

  visitKey(latest: ObjectVersion): void {
    const ctx = this.#ctx;
    const { name, versioning } = this.#bucket;
    const older = versioning ? ctx.table(noncurrent).rows({ prefix: [name, latest.key] }) : [];
    let newer = latest;
    let left = 0;
    for (const version of older) {
      // A version has been noncurrent since the next one was written. Those that stay are counted, newest first.
      if (!this.#visitNoncurrent(version, newer.modifiedAt, left)) left++;
      newer = version;
    }
    if (latest.deleteMarker) this.#visitMarker(latest, left);
    else this.#visitCurrent(latest);
  }

  #visitCurrent(version: ObjectVersion): void {
    const { versioning, name } = this.#bucket;
    if (this.#isDue(expirationOf(this.#rules, version)?.at)) {
      if (versioning) {
        const marker = putDeleteMarker(this.#ctx, this.#bucket, version.key);
        announce(this.#ctx, this.#bucket, "LifecycleExpiration:DeleteMarkerCreated", marker);
      } else this.#remove(version);
      return;
    }
    const moves = this.#rules.flatMap((rule) =>
      (rule.Transitions ?? []).flatMap(({ Days, Date: date, StorageClass }): Move[] => {
        const at = Days === undefined ? date?.getTime() : daysAfter(version.modifiedAt, Days);
        return at === undefined || !mayMove(rule, version, StorageClass, this.#minimumSize)
          ? []
          : [{ at, storageClass: StorageClass }];
      }),
    );
    this.#move(name, version, moves);
  }

  /** @returns whether the version was removed */
  #visitNoncurrent(version: ObjectVersion, since: number, newer: number): boolean {
    const held = version.retention?.until.getTime() ?? 0;
    for (const rule of this.#rules) {
      const { NoncurrentDays, NewerNoncurrentVersions = 0 } = rule.NoncurrentVersionExpiration ?? {};
      if (NoncurrentDays === undefined || newer < NewerNoncurrentVersions || !appliesTo(rule, version)) continue;
      if (!this.#isDue(Math.max(held, daysAfter(since, NoncurrentDays)))) continue;
      if (!isLocked(this.#ctx, version, false)) {
        this.#remove(version);
        return true;
      }
    }
    if (version.deleteMarker) return false;
    const moves = this.#rules.flatMap((rule) =>
      (rule.NoncurrentVersionTransitions ?? []).flatMap(
        ({ NoncurrentDays = 0, NewerNoncurrentVersions = 0, StorageClass }): Move[] =>
          newer < NewerNoncurrentVersions || !mayMove(rule, version, StorageClass, this.#minimumSize)
            ? []
            : [{ at: daysAfter(since, NoncurrentDays), storageClass: StorageClass }],
      ),
    );
    this.#move(this.#bucket.name, version, moves);
    return false;
  }

  /** A delete marker behind which no version is left goes with the objects it would have outlived. */
  #visitMarker(marker: ObjectVersion, left: number): void {
    if (left > 0) return;
    const swept = this.#rules.some(
      (rule) => rule.Expiration?.ExpiredObjectDeleteMarker === true && appliesTo(rule, marker),
    );
    const aged = expirationOf(
      this.#rules.filter(({ Expiration }) => Expiration?.Days !== undefined),
      marker,
    );
    if (swept || this.#isDue(aged?.at)) this.#remove(marker);
  }

  #remove(version: ObjectVersion): void {
    removeVersion(this.#ctx, this.#bucket.name, version.key, version.versionId);
    announce(this.#ctx, this.#bucket, "LifecycleExpiration:Delete", version);
  }

  #move(bucket: string, version: ObjectVersion, moves: readonly Move[]): void {
    const storageClass = coldest(moves, this.#ctx.now());
    for (const { at } of moves) this.#isDue(at);
    if (storageClass === undefined) return;
    replaceVersion(this.#ctx, bucket, { ...version, storageClass });
    announce(this.#ctx, this.#bucket, "LifecycleTransition", { ...version, storageClass });
  }
}
