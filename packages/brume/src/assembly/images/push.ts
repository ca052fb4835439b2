/** Pushes an image to the cloud's registry, as any client does: over the registry's own protocol. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { request } from "node:http";
import type { Readable } from "node:stream";
import type { CloudClient, Place } from "../cloud-client.js";
import { type BuiltImage, MANIFEST_TYPE } from "./build.js";

/** Where an image goes. */
export interface ImageDestination {
  readonly repository: string;
  readonly tag: string;
  readonly place: Place;
}

/** The password of a registry, as `docker login` takes it. */
export async function registryPassword(cloud: CloudClient, place: Place): Promise<string> {
  const { authorizationData } = await cloud.call<{ authorizationData: { authorizationToken: string }[] }>(
    "ecr",
    "GetAuthorizationToken",
    {},
    place,
  );
  const token = authorizationData[0]?.authorizationToken ?? "";
  return Buffer.from(token, "base64").toString().replace(/^AWS:/, "");
}

/** @returns the bytes that were sent @throws Error when the registry refuses */
export async function pushImage(cloud: CloudClient, image: BuiltImage, destination: ImageDestination): Promise<number> {
  const { repository, tag, place } = destination;
  const credentials = Buffer.from(`AWS:${await registryPassword(cloud, place)}`).toString("base64");
  const send = (method: string, path: string, body?: Readable | string, headers: Record<string, string> = {}) =>
    exchange(new URL(path, cloud.endpoint), method, { authorization: `Basic ${credentials}`, ...headers }, body);
  const base = `/v2/${repository}`;
  const pushBlob = async (digest: string, bytes: number, open: () => Readable | string) => {
    if ((await send("HEAD", `${base}/blobs/${digest}`)).status === 200) return 0;
    const { location } = await expected(202, send("POST", `${base}/blobs/uploads/`));
    const length = { "content-length": String(bytes), "content-type": "application/octet-stream" };
    await expected(201, send("PUT", `${location}?digest=${encodeURIComponent(digest)}`, open(), length));
    return bytes;
  };
  const { layer, configuration } = image;
  const digest = `sha256:${createHash("sha256").update(configuration).digest("hex")}`;
  const sent =
    (await pushBlob(layer.digest, layer.bytes, () => createReadStream(layer.file))) +
    (await pushBlob(digest, Buffer.byteLength(configuration), () => configuration));
  await expected(
    201,
    send("PUT", `${base}/manifests/${tag}`, image.manifest, {
      "content-type": MANIFEST_TYPE,
      "content-length": String(Buffer.byteLength(image.manifest)),
    }),
  );
  return sent;
}

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly body: string;
}

async function expected(status: number, answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  if (answer.status === status) return answer;
  throw new Error(`The registry answered with ${answer.status}: ${answer.body}`);
}

function exchange(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: Readable | string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? "",
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on("error", reject);
    if (body === undefined || typeof body === "string") outgoing.end(body);
    else body.on("error", reject).pipe(outgoing);
  });
}
