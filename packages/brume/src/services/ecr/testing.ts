/** For the tests of this service: repositories, and images made of text. */
import { createHash } from "node:crypto";
import * as sdk from "@aws-sdk/client-ecr";
import type { RunningCloud } from "../../index.js";

export const digestOf = (content: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

const descriptor = (content: string) => ({ digest: digestOf(content), size: Buffer.byteLength(content) });

/** The manifest of an image whose configuration and only layer are texts. */
export const manifestOf = (content: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...descriptor(`config of ${content}`) },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...descriptor(content) }],
  });

/** Makes repositories and pushes images with the official SDK client. */
export class Repositories {
  readonly client: sdk.ECRClient;
  #count = 0;

  constructor(cloud: RunningCloud) {
    this.client = cloud.client(sdk.ECRClient);
  }

  async create(more: Partial<sdk.CreateRepositoryCommandInput> = {}): Promise<string> {
    const repositoryName = `app/repository-${this.#count++}`;
    await this.client.send(new sdk.CreateRepositoryCommand({ repositoryName, ...more }));
    return repositoryName;
  }

  /** Uploads a layer in one part, unless it is there. */
  async upload(repositoryName: string, content: string | Buffer): Promise<void> {
    const layerDigests = [digestOf(content)];
    const { layers } = await this.client.send(
      new sdk.BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }),
    );
    if (layers?.[0]?.layerAvailability === "AVAILABLE") return;
    const { uploadId } = await this.client.send(new sdk.InitiateLayerUploadCommand({ repositoryName }));
    const layerPartBlob = Buffer.from(content as string);
    const part = { partFirstByte: 0, partLastByte: layerPartBlob.length - 1, layerPartBlob };
    await this.client.send(new sdk.UploadLayerPartCommand({ repositoryName, uploadId, ...part }));
    await this.client.send(new sdk.CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
  }

  /** Pushes an image made of a text. */
  async push(repositoryName: string, content: string, imageTag?: string): Promise<sdk.PutImageCommandOutput> {
    for (const blob of [content, `config of ${content}`]) await this.upload(repositoryName, blob);
    return this.client.send(new sdk.PutImageCommand({ repositoryName, imageManifest: manifestOf(content), imageTag }));
  }

  /** Pushes an image of a configuration and one layer. */
  async pushBlobs(repositoryName: string, imageTag: string, configuration: string, layer: Buffer): Promise<void> {
    for (const blob of [configuration, layer]) await this.upload(repositoryName, blob);
    const descriptor = (blob: string | Buffer) => ({ digest: digestOf(blob), size: blob.length });
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...descriptor(configuration) },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...descriptor(layer) }],
    });
    await this.client.send(new sdk.PutImageCommand({ repositoryName, imageManifest, imageTag }));
  }

  /** The tags and untagged digests of a repository. */
  async list(repositoryName: string): Promise<string[]> {
    const { imageIds = [] } = await this.client.send(new sdk.ListImagesCommand({ repositoryName }));
    return imageIds.map(({ imageTag, imageDigest }) => imageTag ?? String(imageDigest)).sort();
  }
}
