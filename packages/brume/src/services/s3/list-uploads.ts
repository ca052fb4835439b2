/** ListParts and ListMultipartUploads. */
import type { Handler } from "../../kernel/service.js";
import { canonicalUser } from "./bucket.js";
import { checksumMember } from "./checksums.js";
import { abortMembers } from "./lifecycle-rules.js";
import { comesAfter, encoder, limitOf } from "./listing.js";
import { quoted, type S3 } from "./object.js";
import { getBucket } from "./tables.js";
import { getUpload, parts, type Upload, uploads } from "./uploads.js";

export const listParts: Handler<S3, "ListParts"> = (input, ctx) => {
  const { name } = getBucket(ctx, input);
  const upload = getUpload(ctx, name, input);
  const limit = limitOf(input.MaxParts, "max-parts");
  const marker = Number(input.PartNumberMarker ?? 0) || 0;
  const rows = ctx.table(parts).rows({ prefix: [name, upload.id], from: [marker + 1], limit: limit + 1 });
  const page = rows.slice(0, limit);
  return {
    Bucket: name,
    Key: upload.key,
    UploadId: upload.id,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts: limit,
    IsTruncated: rows.length > page.length,
    Parts: page.map(({ number, modifiedAt, etag, segment, checksum }) => ({
      PartNumber: number,
      LastModified: new Date(modifiedAt),
      ETag: quoted(etag),
      Size: segment.size,
      ...(upload.chosen ? checksumMember(upload.algorithm, checksum) : {}),
    })),
    Initiator: { ID: upload.initiator, DisplayName: upload.account },
    Owner: canonicalUser(upload.account),
    StorageClass: upload.settings.storageClass as "STANDARD",
    ...abortMembers(ctx, name, upload),
    ...checksumOf(upload),
  };
};

function checksumOf(upload: Upload) {
  if (!upload.chosen) return {};
  return { ChecksumAlgorithm: upload.algorithm as "CRC32", ChecksumType: upload.checksumType };
}

export const listMultipartUploads: Handler<S3, "ListMultipartUploads"> = (input, ctx) => {
  const { name } = getBucket(ctx, input);
  const { Prefix = "", Delimiter = "", KeyMarker = "", UploadIdMarker = "" } = input;
  const limit = limitOf(input.MaxUploads, "max-uploads");
  const encode = encoder(input.EncodingType);
  const found: Upload[] = [];
  const groups = new Set<string>();
  let truncated = false;
  for (const { row } of ctx.table(uploads).entries({ prefix: [name], from: [KeyMarker] })) {
    if (!row.key.startsWith(Prefix) || !follows(row, KeyMarker, UploadIdMarker)) continue;
    const at = Delimiter === "" ? -1 : row.key.indexOf(Delimiter, Prefix.length);
    const group = at < 0 ? undefined : row.key.slice(0, at + Delimiter.length);
    if (group !== undefined && (groups.has(group) || group === KeyMarker)) continue;
    truncated = found.length + groups.size === limit;
    if (truncated) break;
    if (group === undefined) found.push(row);
    else groups.add(group);
  }
  const last = found.at(-1);
  const lastGroup = [...groups].at(-1);
  const endsWithGroup = lastGroup !== undefined && (!last || comesAfter(lastGroup, last.key));
  return {
    Bucket: name,
    KeyMarker: encode(KeyMarker),
    UploadIdMarker,
    NextKeyMarker: truncated ? encode((endsWithGroup ? lastGroup : last?.key) ?? "") : undefined,
    NextUploadIdMarker: truncated && !endsWithGroup ? last?.id : undefined,
    Prefix: encode(Prefix),
    Delimiter: Delimiter === "" ? undefined : encode(Delimiter),
    MaxUploads: limit,
    IsTruncated: truncated,
    EncodingType: input.EncodingType,
    Uploads: found.map((upload) => ({
      UploadId: upload.id,
      Key: encode(upload.key),
      Initiated: new Date(upload.startedAt),
      StorageClass: upload.settings.storageClass as "STANDARD",
      Owner: canonicalUser(upload.account),
      Initiator: { ID: upload.initiator, DisplayName: upload.account },
      ...checksumOf(upload),
    })),
    CommonPrefixes: [...groups].map((group) => ({ Prefix: encode(group) })),
  };
};

/** Whether an upload stands after the markers at which the page before ended. */
function follows(upload: Upload, keyMarker: string, idMarker: string): boolean {
  if (keyMarker === "") return true;
  if (upload.key === keyMarker) return idMarker !== "" && upload.id > idMarker;
  return comesAfter(upload.key, keyMarker);
}
