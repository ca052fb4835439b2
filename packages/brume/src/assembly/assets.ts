/** Reads which assets a stack has, and publishes its files: zips folders, and stores what the bucket does not have yet. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { isAwsError, UserError } from "../kernel/errors.js";
import type { CloudClient, Place } from "./cloud-client.js";
import type { ImageAsset, ImageSource } from "./images/image-asset.js";

/** Asset files are addressed by their content: their times are all the same, so that equal content makes equal zips. */
const EPOCH = new Date("1980-01-01T00:00:00Z");

interface Destination {
  bucketName: string;
  objectKey: string;
  region?: string;
}

interface ImageTarget {
  repositoryName: string;
  imageTag: string;
  region?: string;
}

interface AssetManifest {
  files?: Record<
    string,
    {
      displayName?: string;
      source: { path?: string; packaging?: string; executable?: string[] };
      destinations: Record<string, Destination>;
    }
  >;
  dockerImages?: Record<
    string,
    { displayName?: string; source: ImageSource; destinations: Record<string, ImageTarget> }
  >;
}

/** A file asset and where it goes. */
export interface FileAsset {
  readonly name: string;
  readonly path: string;
  readonly zip: boolean;
  readonly bucket: string;
  readonly key: string;
  readonly place: Place;
}

/** Replaces the placeholders of a destination by an account, region and partition. */
function fill(text: string, { account, region }: Place): string {
  return text
    .replaceAll("${AWS::AccountId}", account)
    .replaceAll("${AWS::Region}", region)
    .replaceAll("${AWS::Partition}", "aws");
}

const readManifest = (file: string) => JSON.parse(readFileSync(file, "utf8")) as AssetManifest;

/** The place of a destination, which may name a region of its own. */
const placeOf = (place: Place, region: string | undefined): Place => ({
  ...place,
  region: region ? fill(region, place) : place.region,
});

const byCommand = (name: string, where: string) =>
  new UserError("AssetExecutable", `The asset ${name} is made by a command, and brume does not run that yet.`, {
    where,
  });

/** The container image assets of some manifests. @throws UserError for assets of a kind that brume does not publish */
export function imageAssets(manifestFiles: readonly string[], place: Place): ImageAsset[] {
  return manifestFiles.flatMap((file) =>
    Object.entries(readManifest(file).dockerImages ?? {}).flatMap(([id, { source, destinations, displayName }]) =>
      Object.values(destinations).map(({ repositoryName, imageTag, region }): ImageAsset => {
        const name = displayName ?? id;
        if (source.executable || source.directory === undefined) throw byCommand(name, file);
        const at = placeOf(place, region);
        return {
          name,
          source: { ...source, directory: resolve(file, "..", source.directory) },
          repository: fill(repositoryName, at),
          tag: fill(imageTag, at),
          place: at,
        };
      }),
    ),
  );
}

/** The file assets of some manifests. @throws UserError for assets of a kind that brume does not publish */
export function fileAssets(manifestFiles: readonly string[], place: Place): FileAsset[] {
  return manifestFiles.flatMap((file) => {
    return Object.entries(readManifest(file).files ?? {}).flatMap(([id, { source, destinations, displayName }]) =>
      Object.values(destinations).map(({ bucketName, objectKey, region }): FileAsset => {
        const name = displayName ?? id;
        if (source.executable) throw byCommand(name, file);
        const at = placeOf(place, region);
        return {
          name,
          path: join(file, "..", source.path ?? ""),
          zip: source.packaging === "zip",
          bucket: fill(bucketName, at),
          key: fill(objectKey, at),
          place: at,
        };
      }),
    );
  });
}

/** Stores an asset unless it is there already. @returns the bytes that were stored */
export async function publishAsset(cloud: CloudClient, asset: FileAsset): Promise<number> {
  if (await isPublished(cloud, asset)) return 0;
  if (!existsSync(asset.path))
    throw new UserError("AssetMissing", `The asset ${asset.name} is not there.`, {
      where: asset.path,
      hint: "Synthesize the app again.",
    });
  const content = asset.zip ? await zipFolder(asset.path) : readFileSync(asset.path);
  await cloud.upload(asset.bucket, asset.key, content, asset.place);
  return content.length;
}

async function isPublished(cloud: CloudClient, { bucket, key, place }: FileAsset): Promise<boolean> {
  try {
    await cloud.call("s3", "HeadObject", { Bucket: bucket, Key: key }, place);
    return true;
  } catch (error) {
    if (isAwsError(error, "NotFound", "NoSuchKey")) return false;
    throw error;
  }
}

/** Zips a folder, its files in order of their names. */
export async function zipFolder(folder: string): Promise<Buffer> {
  const zip = new ZipFile();
  for (const file of filesIn(folder)) {
    zip.addFile(file, relative(folder, file).replaceAll("\\", "/"), {
      mtime: EPOCH,
      mode: statSync(file).mode & 0o777 ? (statSync(file).mode & 0o777) | 0o100000 : 0o100644,
    });
  }
  zip.end();
  return buffer(zip.outputStream as NodeJS.ReadableStream);
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    const directory = entry.isDirectory() || (entry.isSymbolicLink() && statSync(path).isDirectory());
    return directory ? filesIn(path) : [path];
  });
}
