/** Image manifests and indexes: what they are made of, and what they refer to. See the OCI Image Specification. */
import { createHash } from "node:crypto";
import { AwsError } from "../../kernel/errors.js";
import { invalid } from "./repository.js";

/** What a manifest says of a blob or of another manifest. */
export interface Descriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  /** Where a layer is that no registry holds. */
  readonly urls?: readonly string[];
}

/** An image's manifest, or the index of several. */
export interface Manifest {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

const MAX_MANIFEST_CHARS = 4_194_304;
const DOCKER_V2 = "application/vnd.docker.distribution.manifest.v2+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** A digest as this registry takes it. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

export const sha256Digest = (content: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** @throws AwsError `InvalidParameterException` */
export function parseManifest(text: string): Manifest {
  if (text.length < 1) throw invalid("imageManifest", "must have length greater than or equal to 1");
  if (text.length > MAX_MANIFEST_CHARS)
    throw invalid("imageManifest", `must have length less than or equal to ${MAX_MANIFEST_CHARS}`);
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'imageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
      { cause },
    );
  }
  if (!isManifest(manifest)) throw invalid("imageManifest", "Invalid manifest");
  return manifest;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isTextOrAbsent = (value: unknown) => value === undefined || typeof value === "string";

function isDescriptor(value: unknown): value is Descriptor {
  if (!isObject(value)) return false;
  const { digest, size, mediaType, artifactType, urls } = value;
  return (
    typeof digest === "string" &&
    DIGEST.test(digest) &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    isTextOrAbsent(mediaType) &&
    isTextOrAbsent(artifactType) &&
    (urls === undefined || Array.isArray(urls))
  );
}

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value)) return false;
  const { mediaType, artifactType, config, layers = [], manifests = [], subject, annotations = {} } = value;
  return (
    Array.isArray(layers) &&
    Array.isArray(manifests) &&
    isTextOrAbsent(mediaType) &&
    isTextOrAbsent(artifactType) &&
    isObject(annotations) &&
    Object.values(annotations).every((one) => typeof one === "string") &&
    [config, subject].every((one) => one === undefined || isDescriptor(one)) &&
    [...layers, ...manifests].every(isDescriptor)
  );
}

/** The blobs that an image cannot do without, its configuration among them. */
export function blobsOf({ config, layers = [] }: Manifest): Descriptor[] {
  return [...(config ? [config] : []), ...layers.filter(({ urls = [] }) => urls.length === 0)];
}

/** What a manifest is, where neither its sender nor itself says so. */
export const mediaTypeOf = ({ mediaType, manifests }: Manifest): string =>
  mediaType ?? (manifests ? OCI_INDEX : DOCKER_V2);

/** What kind of artifact a manifest describes. */
export const artifactTypeOf = ({ artifactType, config }: Manifest): string | undefined =>
  artifactType ?? config?.mediaType;
