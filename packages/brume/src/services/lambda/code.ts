/** Deployment packages: where they come from, and where they are kept. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Cloud } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import { unpack } from "./archive.js";
import { invalidParameter } from "./names.js";

/** See "Lambda quotas": deployment package, zipped, for direct upload. */
const MAX_DIRECT_BYTES = 52_428_800;

/** A package that is on disk. */
export interface StoredCode {
  /** SHA-256 in hexadecimal: the name of its folder. */
  readonly hash: string;
  /** SHA-256 in base64, as the API shows it. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface CodeInput {
  ZipFile?: Uint8Array | undefined;
  S3Bucket?: string | undefined;
  S3Key?: string | undefined;
  S3ObjectVersion?: string | undefined;
}

/** The folder in which the packages of a cloud are unpacked. */
export const codeFolder = (cloud: Cloud): string => join(cloud.directory, "lambda", "code");
/** Where a package stands unpacked. */
export const codePath = (cloud: Cloud, hash: string): string => join(codeFolder(cloud), hash);
/** Where a package stands as it was uploaded. */
export const zipPath = (cloud: Cloud, hash: string): string => join(cloud.directory, "lambda", "zip", `${hash}.zip`);
/** Where clients download a package. */
export const codeLocation = (cloud: Cloud, hash: string): string =>
  `${cloud.endpoint}/_aws/lambda-url/code/${hash}.zip`;

/**
 * Fetches a package and unpacks it, unless the same one is there already.
 * @throws AwsError `InvalidParameterValueException`, `RequestTooLargeException`
 */
export async function storeCode(ctx: Context, input: CodeInput, operation: string): Promise<StoredCode> {
  const zip = await fetchCode(ctx, input, operation);
  const digest = createHash("sha256").update(zip).digest();
  const code = { hash: digest.toString("hex"), sha256: digest.toString("base64"), bytes: zip.length };
  const target = codePath(ctx.cloud, code.hash);
  if (existsSync(target)) return code;
  const temporary = `${target}.${randomHex(8)}`;
  try {
    await unpack(zip, temporary);
    await mkdir(join(ctx.cloud.directory, "lambda", "zip"), { recursive: true });
    await writeFile(`${temporary}.zip`, zip);
    await rename(`${temporary}.zip`, zipPath(ctx.cloud, code.hash));
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    await rm(`${temporary}.zip`, { force: true });
    // Another call that stored the same package has come first.
    if (!existsSync(target)) throw error;
  }
  return code;
}

async function fetchCode(ctx: Context, input: CodeInput, operation: string): Promise<Buffer> {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion } = input;
  if (ZipFile !== undefined) {
    if (S3Bucket !== undefined || S3Key !== undefined) {
      throw invalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");
    }
    if (ZipFile.length > MAX_DIRECT_BYTES) {
      throw new AwsError(
        "RequestTooLargeException",
        `Request must be smaller than 70167211 bytes for the ${operation} operation`,
        { members: { Type: "User" } },
      );
    }
    return Buffer.from(ZipFile.buffer, ZipFile.byteOffset, ZipFile.length);
  }
  if (!S3Bucket || !S3Key) throw invalidParameter("Please provide a source for function code.");
  try {
    const { Body } = await ctx.call<{ Body?: Readable | Uint8Array | string }>("s3", "GetObject", {
      Bucket: S3Bucket,
      Key: S3Key,
      ...(S3ObjectVersion ? { VersionId: S3ObjectVersion } : {}),
    });
    return await collect(Body ?? "");
  } catch (error) {
    if (!isAwsError(error)) throw error;
    throw invalidParameter(
      `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
    );
  }
}

/** The whole of a body. */
export async function collect(body: Readable | Uint8Array | string): Promise<Buffer> {
  if (!(body instanceof Readable)) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The folder that stands for `/opt`: the layers laid over each other, in their order. */
export async function layersPath(cloud: Cloud, hashes: readonly string[]): Promise<string | undefined> {
  const [first] = hashes;
  if (first === undefined) return undefined;
  if (hashes.length === 1) return codePath(cloud, first);
  const name = `layers-${createHash("sha256").update(hashes.join()).digest("hex")}`;
  const target = codePath(cloud, name);
  if (existsSync(target)) return target;
  const temporary = `${target}.${randomHex(8)}`;
  for (const hash of hashes) {
    await cp(codePath(cloud, hash), temporary, { recursive: true, force: true, verbatimSymlinks: true });
  }
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}
