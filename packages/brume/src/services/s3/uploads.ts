/** Multipart uploads that are under way: their rows, and how one is found and removed. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineTable } from "../../kernel/store.js";
import { deleteBodies } from "./bodies.js";
import type { ObjectSettings, Segment } from "./object.js";

/** An upload as it is stored: what the object will be, but for its content. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly startedAt: number;
  readonly account: string;
  readonly initiator: string;
  readonly settings: ObjectSettings;
  readonly algorithm: string;
  readonly checksumType: "FULL_OBJECT" | "COMPOSITE";
  /** Whether the client chose the algorithm, so that parts must keep to it. */
  readonly chosen: boolean;
}

export interface Part {
  readonly number: number;
  readonly etag: string;
  readonly segment: Segment;
  readonly checksum: string;
  readonly modifiedAt: number;
}

/** [bucket, key, upload id] */
export const uploads = defineTable<Upload>("s3/uploads", "cloud");
/** [bucket, upload id, part number] */
export const parts = defineTable<Part>("s3/parts", "cloud");

/** @throws AwsError `NoSuchUpload` */
export function getUpload(
  ctx: Context,
  bucket: string,
  input: { Key?: string | undefined; UploadId?: string | undefined },
): Upload {
  const upload = ctx.table(uploads).get(bucket, input.Key ?? "", input.UploadId ?? "");
  if (upload) return upload;
  throw new AwsError(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { members: { UploadId: input.UploadId ?? "" }, status: 404 },
  );
}

/** Removes an upload and its parts; the bodies of those that are kept live on in an object. */
export function removeUpload(
  ctx: Context,
  bucket: string,
  upload: Upload,
  keptBodies: ReadonlySet<string> = new Set(),
): void {
  for (const part of ctx.table(parts).rows({ prefix: [bucket, upload.id] })) {
    if (!keptBodies.has(part.segment.id)) deleteBodies(ctx, [part.segment]);
    ctx.table(parts).delete(bucket, upload.id, part.number);
  }
  ctx.table(uploads).delete(bucket, upload.key, upload.id);
}
