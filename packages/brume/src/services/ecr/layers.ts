/** The operations on layers, which the registry's own protocol is made of as well. See the ECR API Reference. */
import { writeFileSync } from "node:fs";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { layerUrl } from "./authorization.js";
import { appendToUpload, digestOfUpload, getUpload, keepLayer, layers, putUpload, uploadFile } from "./layer.js";
import { DIGEST } from "./manifest.js";
import { getRepository, invalid } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

/** What clients are told to cut layers into, in bytes. */
const PART_BYTES = 20 * 1024 * 1024;
const MAX_DIGESTS = 100;

export const initiateLayerUpload: Handler<Ecr, "InitiateLayerUpload"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const uploadId = uuid();
  putUpload(ctx, repository.name, account, { id: uploadId, bytes: 0 });
  writeFileSync(uploadFile(ctx.cloud, uploadId), "");
  return { uploadId, partSize: PART_BYTES };
};

/** The error for a part that does not follow what has arrived. */
export function outOfPlace(upload: { id: string; bytes: number }, repositoryName: string, registryId: string) {
  return new AwsError(
    "InvalidLayerPartException",
    `The layer part does not follow the last byte that was received, ${upload.bytes - 1}`,
    { members: { uploadId: upload.id, repositoryName, registryId, lastValidByteReceived: upload.bytes - 1 } },
  );
}

// Differs from AWS: parts may be of any size.
export const uploadLayerPart: Handler<Ecr, "UploadLayerPart"> = async (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const upload = getUpload(ctx, name, account, input.uploadId);
  const blob = input.layerPartBlob;
  if (blob === undefined || blob.length === 0) throw invalid("layerPartBlob", "must not be null");
  const { partFirstByte, partLastByte } = input;
  if (partFirstByte === undefined) throw invalid("partFirstByte", "must not be null");
  if (partLastByte === undefined) throw invalid("partLastByte", "must not be null");
  if (partFirstByte !== upload.bytes || partLastByte - partFirstByte + 1 !== blob.length)
    throw outOfPlace(upload, name, account);
  await appendToUpload(ctx.cloud, upload.id, upload.bytes, only(blob));
  const now = getUpload(ctx, name, account, upload.id);
  if (now.bytes !== upload.bytes) throw outOfPlace(now, name, account);
  putUpload(ctx, name, account, { ...upload, bytes: upload.bytes + blob.length });
  return { registryId: account, repositoryName: name, uploadId: upload.id, lastByteReceived: partLastByte };
};

async function* only(blob: Uint8Array): AsyncGenerator<Uint8Array> {
  yield blob;
}

export const completeLayerUpload: Handler<Ecr, "CompleteLayerUpload"> = async (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const upload = getUpload(ctx, name, account, input.uploadId);
  const [expected] = input.layerDigests ?? [];
  if (expected === undefined || !DIGEST.test(expected))
    throw invalid("layerDigests", "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  if (upload.bytes === 0) {
    throw new AwsError("EmptyUploadException", `The upload with ID '${upload.id}' does not contain any layer parts`);
  }
  const layerDigest = await digestOfUpload(ctx.cloud, upload);
  if (layerDigest !== expected) {
    throw new AwsError(
      "InvalidLayerException",
      `The layer with digest '${layerDigest}' does not have the digest that was given, '${expected}'`,
    );
  }
  getRepository(ctx, input);
  if (ctx.table(layers, { account }).has(name, layerDigest)) {
    throw new AwsError(
      "LayerAlreadyExistsException",
      `Layer with digest '${layerDigest}' already exists in the repository with name '${name}' in registry with id '${account}'`,
    );
  }
  keepLayer(ctx, name, account, getUpload(ctx, name, account, upload.id), layerDigest);
  return { registryId: account, repositoryName: name, uploadId: upload.id, layerDigest };
};

export const batchCheckLayerAvailability: Handler<Ecr, "BatchCheckLayerAvailability"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const digests = input.layerDigests ?? [];
  if (digests.length === 0) throw invalid("layerDigests", "must have length greater than or equal to 1");
  if (digests.length > MAX_DIGESTS) throw invalid("layerDigests", "must have length less than or equal to 100");
  const table = ctx.table(layers, { account });
  const wrong = digests.filter((digest) => !DIGEST.test(digest));
  return {
    layers: digests
      .filter((digest) => DIGEST.test(digest))
      .map((layerDigest) => {
        const layer = table.get(repository.name, layerDigest);
        return layer
          ? { layerDigest, layerAvailability: "AVAILABLE" as const, layerSize: layer.bytes }
          : { layerDigest, layerAvailability: "UNAVAILABLE" as const };
      }),
    failures: wrong.map((layerDigest) => ({
      layerDigest,
      failureCode: "InvalidLayerDigest" as const,
      failureReason:
        "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    })),
  };
};

export const getDownloadUrlForLayer: Handler<Ecr, "GetDownloadUrlForLayer"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { layerDigest } = input;
  if (layerDigest === undefined || !DIGEST.test(layerDigest))
    throw invalid("layerDigest", "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  if (!ctx.table(layers, { account }).has(repository.name, layerDigest)) {
    throw new AwsError(
      "LayersNotFoundException",
      `Layers with digests '[${layerDigest}]' do not exist in the repository with name '${repository.name}' in the registry with id '${account}'`,
    );
  }
  return { downloadUrl: layerUrl(ctx, layerDigest), layerDigest };
};
