/** A container image in the place of one that a template names: files of a function on what looks like a base image. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { writeTar } from "../../packages/brume/src/kernel/tar.js";
import type { Account } from "./account.js";

const OCI = "application/vnd.oci.image";
const CONFIGURATION = Buffer.from(
  JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: {
      Env: ["PATH=/var/lang/bin:/usr/bin", "LAMBDA_TASK_ROOT=/var/task"],
      Entrypoint: ["/lambda-entrypoint.sh"],
      Cmd: ["index.handler"],
      WorkingDir: "/var/task",
      Labels: { "brume.base-image": "public.ecr.aws/lambda/nodejs:20" },
    },
  }),
);
const HANDLER = Buffer.from("exports.handler = async () => ({});\n");

const descriptor = (mediaType: string, blob: Buffer) => ({
  mediaType: `${OCI}.${mediaType}`,
  digest: `sha256:${createHash("sha256").update(blob).digest("hex")}`,
  size: blob.length,
});

/** Pushes an image to a repository of the account, which is made where it is not there. */
export async function pushImage(account: Account, repositoryName: string, imageTag: string): Promise<void> {
  const call = <T>(operation: string, input: object) => account.call<T>("ecr", operation, { repositoryName, ...input });
  const isNew = await call("CreateRepository", {}).then(
    () => true,
    () => false,
  );
  if (isNew) account.later(() => call("DeleteRepository", { force: true }));
  const file = { path: "var/task/index.js", type: "file" as const, mode: 0o644, content: HANDLER };
  const layer = await buffer(Readable.from(writeTar([file])));
  const [config, content] = [descriptor("config.v1+json", CONFIGURATION), descriptor("layer.v1.tar", layer)];
  for (const [{ digest }, layerPartBlob] of [
    [config, CONFIGURATION],
    [content, layer],
  ] as const) {
    const { uploadId } = await call<{ uploadId: string }>("InitiateLayerUpload", {});
    const part = { uploadId, partFirstByte: 0, partLastByte: layerPartBlob.length - 1, layerPartBlob };
    await call("UploadLayerPart", part);
    await call("CompleteLayerUpload", { uploadId, layerDigests: [digest] }).catch(alreadyThere);
  }
  const manifest = { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: [content] };
  await call("PutImage", { imageManifest: JSON.stringify(manifest), imageTag });
}

function alreadyThere(error: { code?: string }): void {
  if (error.code !== "LayerAlreadyExistsException") throw error;
}
