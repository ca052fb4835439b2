/** Layers: which repository has which, and the files that hold them, one for each digest. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineTable } from "../../kernel/store.js";
import { blobsOf, parseManifest } from "./manifest.js";
import { images } from "./repository.js";

export interface Layer {
  readonly digest: string;
  readonly bytes: number;
  readonly addedAt: number;
}

/** An upload that has begun: what has arrived so far is in a file of its own. */
export interface Upload {
  readonly id: string;
  readonly bytes: number;
}

/** [repository, digest] */
export const layers = defineTable<Layer>("ecr/layers");
/** [digest, account, region, repository]: who has a layer's file. */
const holders = defineTable<true>("ecr/layer-holders", "cloud");
/** [repository, upload id] */
export const uploads = defineTable<Upload>("ecr/uploads");

/** How long an upload may take, and a layer be there that no image refers to. */
const GRACE_MS = 24 * 60 * 60 * 1000;

const folder = (cloud: Cloud, name: string) => join(cloud.directory, "ecr", name);

/** The file that holds a layer. */
export const layerFile = (cloud: Cloud, digest: string): string =>
  join(folder(cloud, "layers"), digest.replace("sha256:", ""));

/** The file that holds what has arrived of an upload. */
export const uploadFile = (cloud: Cloud, id: string): string => join(folder(cloud, "uploads"), id);

/** @throws AwsError `UploadNotFoundException` */
export function getUpload(ctx: Context, repository: string, account: string, id: string | undefined): Upload {
  const upload = ctx.table(uploads, { account }).get(repository, id ?? "");
  if (upload) return upload;
  throw new AwsError(
    "UploadNotFoundException",
    `The upload with ID '${id}' does not exist in the repository with name '${repository}' in the registry with id '${account}'`,
  );
}

/** When an upload that nobody completes is given up. */
export const uploadTimer = (id: string): string => `ecr/upload/${id}`;

export function putUpload(ctx: Context, repository: string, account: string, upload: Upload): void {
  mkdirSync(folder(ctx.cloud, "uploads"), { recursive: true });
  ctx.table(uploads, { account }).put([repository, upload.id], upload);
  const payload = { account, repository, id: upload.id };
  ctx.schedule({ at: ctx.now() + GRACE_MS, kind: "expireUpload", payload, id: uploadTimer(upload.id) });
}

/** Forgets an upload; its file stays where it is. */
export function dropUpload(ctx: Context, repository: string, account: string, id: string): void {
  ctx.table(uploads, { account }).delete(repository, id);
  ctx.cancel(uploadTimer(id));
}

export function expireUpload(payload: { account: string; repository: string; id: string }, ctx: Context): void {
  ctx.table(uploads, { account: payload.account }).delete(payload.repository, payload.id);
  rmSync(uploadFile(ctx.cloud, payload.id), { force: true });
}

/** Appends to an upload's file, from a position on. @returns the bytes that were written */
export async function appendToUpload(
  cloud: Cloud,
  id: string,
  position: number,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  const file = await open(uploadFile(cloud, id), existsSync(uploadFile(cloud, id)) ? "r+" : "w");
  let written = 0;
  try {
    for await (const chunk of content) {
      await file.write(chunk, 0, chunk.length, position + written);
      written += chunk.length;
    }
  } finally {
    await file.close();
  }
  return written;
}

/** The digest of what an upload has brought; what a broken attempt left behind it is cut off. */
export async function digestOfUpload(cloud: Cloud, { id, bytes }: Upload): Promise<string> {
  await truncate(uploadFile(cloud, id), bytes);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(uploadFile(cloud, id))) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}

/** Makes an upload's file a layer of a repository: file and row in one turn, so that no sweep comes in between. */
export function keepLayer(ctx: Context, repository: string, account: string, upload: Upload, digest: string): void {
  mkdirSync(folder(ctx.cloud, "layers"), { recursive: true });
  renameSync(uploadFile(ctx.cloud, upload.id), layerFile(ctx.cloud, digest));
  dropUpload(ctx, repository, account, upload.id);
  addLayer(ctx, repository, account, { digest, bytes: upload.bytes });
  ctx.publish();
}

/** Gives a repository a layer whose file is there. */
export function addLayer(
  ctx: Context,
  repository: string,
  account: string,
  layer: Pick<Layer, "digest" | "bytes">,
): void {
  const { digest, bytes } = layer;
  ctx.table(layers, { account }).put([repository, digest], { digest, bytes, addedAt: ctx.now() });
  ctx.table(holders).put([digest, account, ctx.region, repository], true);
}

function dropLayers(ctx: Context, repository: string, account: string, digests: readonly string[]): void {
  for (const digest of digests) {
    ctx.table(layers, { account }).delete(repository, digest);
    ctx.table(holders).delete(digest, account, ctx.region, repository);
  }
}

/** Lets the layers of a repository that is deleted go. */
export function dropRepositoryLayers(ctx: Context, repository: string, account: string): void {
  const digests = ctx
    .table(layers, { account })
    .rows({ prefix: [repository] })
    .map(({ digest }) => digest);
  if (digests.length === 0) return;
  dropLayers(ctx, repository, account, digests);
  ctx.schedule({ at: ctx.now() + GRACE_MS, kind: "removeLayers", payload: { digests } });
}

/** Has the layers of a repository looked through, once its images have become fewer. */
export function scheduleSweep(ctx: Context, repository: string, account: string): void {
  const id = `ecr/sweep/${account}/${ctx.region}/${repository}`;
  ctx.schedule({ at: ctx.now() + GRACE_MS, kind: "sweepLayers", payload: { account, repository }, id });
}

/** Lets layers go that no image of a repository refers to, unless they have only just come. */
export function sweepLayers({ account, repository }: { account: string; repository: string }, ctx: Context): void {
  const used = new Set(
    ctx
      .table(images, { account })
      .rows({ prefix: [repository] })
      .flatMap(({ manifest }) => blobsOf(parseManifest(manifest)).map(({ digest }) => digest)),
  );
  const digests = ctx
    .table(layers, { account })
    .rows({ prefix: [repository] })
    .filter(({ digest, addedAt }) => !used.has(digest) && addedAt <= ctx.now() - GRACE_MS)
    .map(({ digest }) => digest);
  dropLayers(ctx, repository, account, digests);
  removeLayers({ digests }, ctx);
}

/** Removes the files of layers that no repository has any more. */
export function removeLayers({ digests }: { digests: readonly string[] }, ctx: Context): void {
  for (const digest of digests) {
    if (ctx.table(holders).count({ prefix: [digest], limit: 1 }) > 0) continue;
    rmSync(layerFile(ctx.cloud, digest), { force: true });
  }
}
