/** S3 PUT and GET of small objects and of a large one, against the least that a server can do, and against s3rver. */
import { once } from "node:events";
import { request as open } from "node:http";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  type AccessKey,
  type CapturedRequest,
  captureAnswer,
  captureRequest,
  clientConfiguration,
} from "./captured.js";
import { type Figure, median, medianFigure } from "./figure.js";
import { CONNECTIONS, compare } from "./load.js";
import { loadFigures } from "./load-figures.js";
import type { Bench, Measurement } from "./measurement.js";
import { ServerProcess } from "./server-process.js";

const Bucket = "bench";
const SMALL_BYTES = 1024;
const LARGE_BYTES = 100_000_000;
const QUICK_LARGE_BYTES = 10_000_000;
const KEYS_PER_CONNECTION = 16;
const MB = 1e6;
/** How often a large object goes in and out in a round: one transfer takes less than the machine's own pauses. */
const TRANSFERS = 5;
/** The only key that s3rver knows. */
const S3RVER: AccessKey = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

/** Makes the bucket in a cloud. */
export async function createBucket(endpoint: string): Promise<void> {
  const client = new S3Client(clientConfiguration(endpoint));
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
}

const put = (Key: string, bytes: number) => new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(bytes, "x") });
const get = (Key: string) => new GetObjectCommand({ Bucket, Key });

/** What each connection sends to put or to get small objects, each under keys of its own. The objects are there then. */
export async function smallRequests(
  endpoint: string,
  kind: "put" | "get",
  credentials?: AccessKey,
): Promise<(connection: number) => CapturedRequest[]> {
  const capture = (command: object) => captureRequest(S3Client, endpoint, command, credentials);
  const sets: CapturedRequest[][] = [];
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    const set: CapturedRequest[] = [];
    for (let index = 0; index < KEYS_PER_CONNECTION; index++) {
      const key = `objects/${connection}/${index}`;
      const sent = await capture(put(key, SMALL_BYTES));
      await captureAnswer(endpoint, sent);
      set.push(kind === "put" ? sent : await capture(get(key)));
    }
    sets.push(set);
  }
  return (connection) => sets[connection] ?? [];
}

export const s3: Measurement = async (bench) => {
  const { scratch } = bench;
  await using server = await ServerProcess.startBrume(scratch);
  await createBucket(server.url);
  await using other = await ServerProcess.startPeer(scratch, "s3rver", scratch.directory("s3rver"));
  const figures: Figure[] = [];
  for (const kind of ["put", "get"] as const) {
    const requests = await smallRequests(server.url, kind);
    const [first] = requests(0) as [CapturedRequest];
    const answer = await captureAnswer(server.url, first);
    await using bare = await ServerProcess.startPeer(scratch, "echo", JSON.stringify(answer));
    const toOther = await smallRequests(other.url, kind, S3RVER);
    const { brume, echo, s3rver } = await compare(
      {
        echo: { server: bare, requests },
        brume: { server, requests },
        s3rver: { server: other, requests: toOther },
      },
      bench,
    );
    const peers = [
      { name: "bare node:http", load: echo, cpuAtLeast: 0.2 },
      { name: "s3rver", load: s3rver, throughputAtLeast: 3 },
    ];
    figures.push(...loadFigures(`S3 ${kind.toUpperCase()} (1 KB)`, brume, peers));
  }
  return [...figures, ...(await largeObjects(bench, server, other))];
};

/** One object after the other, over one connection. */
async function largeObjects({ rounds, quick, scratch }: Bench, server: ServerProcess, other: ServerProcess) {
  const bytes = quick ? QUICK_LARGE_BYTES : LARGE_BYTES;
  await using bare = await ServerProcess.startPeer(scratch, "stream", String(bytes));
  const capture = async (endpoint: string, credentials?: AccessKey) => ({
    endpoint,
    put: await captureRequest(S3Client, endpoint, put("large", bytes), credentials),
    get: await captureRequest(S3Client, endpoint, get("large"), credentials),
    rates: { put: [] as number[], get: [] as number[] },
  });
  const servers = {
    bare: await capture(bare.url),
    brume: await capture(server.url),
    s3rver: await capture(other.url, S3RVER),
  };
  for (let i = 0; i <= rounds * TRANSFERS; i++) {
    for (const { endpoint, rates, ...requests } of Object.values(servers)) {
      for (const kind of ["put", "get"] as const) {
        const rate = await transfer(endpoint, requests[kind], bytes);
        // The first is to warm up.
        if (i > 0) rates[kind].push(rate);
      }
    }
  }
  const what = `${bytes / MB} MB`;
  return (["put", "get"] as const).flatMap((kind): Figure[] => {
    const beside = (name: string, samples: number[]) => ({ peer: { name, value: median(samples) } });
    const name = `S3 ${kind.toUpperCase()} (${what})`;
    const { bare, brume, s3rver } = servers;
    return [
      medianFigure(name, "MB/s", brume.rates[kind], beside("bare node:http", bare.rates[kind])),
      medianFigure(name, "MB/s", brume.rates[kind], {
        ...beside("s3rver", s3rver.rates[kind]),
        aim: { of: "ratio", atLeast: 1 },
      }),
    ];
  });
}

/** Sends a request, and takes its answer. @returns megabytes a second */
async function transfer(endpoint: string, { method, path, headers, body }: CapturedRequest, bytes: number) {
  const content = Buffer.from(body, "latin1");
  const length = content.length > 0 ? { "content-length": content.length } : {};
  const started = performance.now();
  const request = open(endpoint + path, { method, headers: { ...headers, ...length }, agent: false });
  const answered = once(request, "response");
  request.end(content);
  const [response] = await answered;
  let received = 0;
  for await (const chunk of response) received += (chunk as Buffer).length;
  const seconds = (performance.now() - started) / 1000;
  if (response.statusCode !== 200 || (method === "GET" && received !== bytes))
    throw new Error(`${endpoint}${path} answered ${response.statusCode} with ${received} bytes.`);
  return bytes / MB / seconds;
}
