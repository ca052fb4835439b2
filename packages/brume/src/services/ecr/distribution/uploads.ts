/** Layers as the registry takes them: in one piece, in several, or from another repository. */
import { rmSync } from "node:fs";
import { isAwsError } from "../../../kernel/errors.js";
import { createOnPush } from "../creation-templates.js";
import {
  addLayer,
  appendToUpload,
  dropUpload,
  getUpload,
  layers,
  putUpload,
  type Upload,
  uploadFile,
} from "../layer.js";
import { outOfPlace } from "../layers.js";
import { accountSetting } from "../registry-settings.js";
import { getRepository } from "../repository.js";
import { answer, authorize, type Exchange } from "./exchange.js";

const blobPath = (name: string, digest: string) => `/v2/${name}/blobs/${digest}`;

/** How an upload's state is told. */
const stateOf = (name: string, { id, bytes }: Upload) => ({
  location: `/v2/${name}/blobs/uploads/${id}`,
  range: `0-${Math.max(0, bytes - 1)}`,
  "docker-upload-uuid": id,
});

async function initiate({ ctx, repositoryName }: Exchange): Promise<string> {
  const begin = () => ctx.call<{ uploadId: string }>("ecr", "InitiateLayerUpload", { repositoryName });
  try {
    return (await begin()).uploadId;
  } catch (error) {
    if (!isAwsError(error, "RepositoryNotFoundException") || !(await createOnPush(ctx, repositoryName))) throw error;
    return (await begin()).uploadId;
  }
}

/** POST: begins an upload, which may be a whole one already, or a layer that another repository has. */
export async function beginUpload(exchange: Exchange): Promise<void> {
  const { ctx, repositoryName, query } = exchange;
  const uploadId = await initiate(exchange);
  const [mount, from, digest] = ["mount", "from", "digest"].map((name) => query.get(name));
  if (mount && from && (await mountLayer(exchange, uploadId, mount, from))) {
    answer(exchange, 201, { location: blobPath(repositoryName, mount), "docker-content-digest": mount });
  } else if (digest) await completeUpload({ ...exchange, reference: uploadId });
  else {
    exchange.request.resume();
    answer(exchange, 202, stateOf(repositoryName, getUpload(ctx, repositoryName, ctx.account, uploadId)));
  }
}

/** Takes over another repository's layer. See "Blob mounting in Amazon ECR". */
async function mountLayer({ ctx, repositoryName }: Exchange, uploadId: string, digest: string, from: string) {
  if (accountSetting(ctx, "BLOB_MOUNTING") !== "ENABLED") return false;
  await ctx.call("ecr", "BatchCheckLayerAvailability", { repositoryName: from, layerDigests: [digest] });
  const layer = ctx.table(layers).get(from, digest);
  if (!layer) return false;
  dropUpload(ctx, repositoryName, ctx.account, uploadId);
  rmSync(uploadFile(ctx.cloud, uploadId), { force: true });
  addLayer(ctx, repositoryName, ctx.account, layer);
  return true;
}

/** Adds the request's body to an upload. */
async function append(exchange: Exchange): Promise<Upload> {
  const { ctx, repositoryName, reference, request } = exchange;
  authorize(exchange, "ecr:UploadLayerPart");
  getRepository(ctx, { repositoryName });
  const upload = getUpload(ctx, repositoryName, ctx.account, reference);
  const [, first] = /^(?:bytes )?(\d+)-\d+/.exec(request.headers["content-range"] ?? "") ?? [];
  if (first !== undefined && Number(first) !== upload.bytes) throw outOfPlace(upload, repositoryName, ctx.account);
  const written = await appendToUpload(ctx.cloud, upload.id, upload.bytes, request);
  if (written === 0) return upload;
  const now = getUpload(ctx, repositoryName, ctx.account, reference);
  if (now.bytes !== upload.bytes) throw outOfPlace(now, repositoryName, ctx.account);
  const longer = { ...upload, bytes: upload.bytes + written };
  putUpload(ctx, repositoryName, ctx.account, longer);
  return longer;
}

/** PATCH: a part, or the whole, of a layer. */
export async function continueUpload(exchange: Exchange): Promise<void> {
  answer(exchange, 202, stateOf(exchange.repositoryName, await append(exchange)));
}

/** PUT: the end of a layer, and what its digest has to be. */
export async function completeUpload(exchange: Exchange): Promise<void> {
  const { ctx, repositoryName, reference: uploadId, query } = exchange;
  await append(exchange);
  await ctx.commit();
  const digest = query.get("digest") ?? "";
  try {
    await ctx.call("ecr", "CompleteLayerUpload", { repositoryName, uploadId, layerDigests: [digest] });
  } catch (error) {
    // Two clients may push the same layer at once: it is there, which is what both want.
    if (!isAwsError(error, "LayerAlreadyExistsException")) throw error;
    cancel(exchange);
  }
  answer(exchange, 201, { location: blobPath(repositoryName, digest), "docker-content-digest": digest });
}

/** GET: how far an upload has come. */
export async function describeUpload(exchange: Exchange): Promise<void> {
  const { ctx, repositoryName, reference } = exchange;
  authorize(exchange, "ecr:UploadLayerPart");
  answer(exchange, 204, stateOf(repositoryName, getUpload(ctx, repositoryName, ctx.account, reference)));
}

/** DELETE: gives an upload up. */
export async function cancelUpload(exchange: Exchange): Promise<void> {
  authorize(exchange, "ecr:UploadLayerPart");
  cancel(exchange);
  answer(exchange, 204, {});
}

function cancel({ ctx, repositoryName, reference }: Exchange): void {
  getUpload(ctx, repositoryName, ctx.account, reference);
  dropUpload(ctx, repositoryName, ctx.account, reference);
  rmSync(uploadFile(ctx.cloud, reference), { force: true });
}
