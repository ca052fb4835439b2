/** Layers as the registry hands them out: whole or in part. */
import { createReadStream, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Endpoint } from "../../../kernel/service.js";
import { isLayerUrl } from "../authorization.js";
import { type Layer, layerFile, layers } from "../layer.js";
import { DIGEST } from "../manifest.js";
import { getRepository } from "../repository.js";
import { authorize, type Exchange, RegistryError } from "./exchange.js";

function findLayer({ ctx, repositoryName, reference }: Exchange): Layer {
  const { repository, account } = getRepository(ctx, { repositoryName });
  if (!DIGEST.test(reference))
    throw new RegistryError("DIGEST_INVALID", "provided digest did not match uploaded content", 400);
  const layer = ctx.table(layers, { account }).get(repository.name, reference);
  if (!layer) throw new RegistryError("BLOB_UNKNOWN", "blob unknown to registry", 404);
  return layer;
}

/** GET or HEAD of a layer. */
export async function getBlob(exchange: Exchange): Promise<void> {
  const { request, response, ctx, reference } = exchange;
  authorize(exchange, request.method === "HEAD" ? "ecr:BatchCheckLayerAvailability" : "ecr:GetDownloadUrlForLayer");
  const { bytes } = findLayer(exchange);
  const headers = { "docker-distribution-api-version": "registry/2.0", "docker-content-digest": reference };
  await sendFile(response, layerFile(ctx.cloud, reference), bytes, headers);
}

/** What a range header asks for; `undefined` for the whole, `false` for what is not there. */
function rangeOf(header: string | undefined, bytes: number): { start: number; end: number } | undefined | false {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  return start > end ? false : { start, end };
}

async function sendFile(response: ServerResponse, file: string, bytes: number, more: Record<string, string>) {
  const { method, headers } = response.req;
  const range = rangeOf(headers.range, bytes);
  if (range === false) {
    response.writeHead(416, { ...more, "content-range": `bytes */${bytes}`, "content-length": "0" }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  response.writeHead(range ? 206 : 200, {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    "content-length": String(end - start + 1),
    ...(range ? { "content-range": `bytes ${start}-${end}/${bytes}` } : {}),
    ...more,
  });
  if (method === "HEAD" || bytes === 0) response.end();
  // A client that goes away while it reads is no failure.
  else await pipeline(createReadStream(file, { start, end }), response).catch(() => {});
}

/** Answers the links that GetDownloadUrlForLayer gives. */
export const layerDownload: Endpoint = async (_request, response, ctx, { groups, query }) => {
  const digest = groups.digest as string;
  const file = layerFile(ctx.cloud, digest);
  const bytes = isLayerUrl(ctx, digest, new URLSearchParams(query)) && statSync(file, { throwIfNoEntry: false })?.size;
  if (bytes) await sendFile(response, file, bytes, {});
  else response.writeHead(403, { "content-length": "0" }).end();
};
