/** Catches the requests that the official clients would send. */
import type { RunningCloud } from "../../src/index.js";
import type { RawRequest } from "../raw-http.js";

/** What a client's `requestHandler` is handed. */
interface ClientRequest {
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

// biome-ignore lint/suspicious/noExplicitAny: clients and commands of many packages, paired by hand
type Client = new (config: any) => { send(command: any): Promise<unknown> };

class Caught extends Error {
  readonly request: ClientRequest;

  constructor(request: ClientRequest) {
    super("caught");
    this.request = request;
  }
}

/** The requests that a client would send for commands. */
export async function requestsOf(
  cloud: RunningCloud,
  Client: Client,
  commands: readonly unknown[],
): Promise<RawRequest[]> {
  const handle = async (request: ClientRequest) => {
    throw new Caught(request);
  };
  const client = cloud.client(Client, { requestHandler: { handle }, requestChecksumCalculation: "WHEN_REQUIRED" });
  return Promise.all(
    commands.map(async (command) => {
      const caught = await client.send(command).catch((error: unknown) => error);
      if (!(caught instanceof Caught)) throw caught;
      return rawRequest(caught.request);
    }),
  );
}

function rawRequest({ method, path, query, headers, body }: ClientRequest): RawRequest {
  const encode = encodeURIComponent;
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ""].flat().map((one) => (one === "" ? encode(name) : `${encode(name)}=${encode(one)}`)),
  );
  const {
    host: _host,
    "content-length": _length,
    "x-amz-user-agent": _agent,
    "user-agent": _userAgent,
    "x-amz-content-sha256": _hash,
    "amz-sdk-invocation-id": _invocation,
    "amz-sdk-request": _sdk,
    ...rest
  } = headers;
  return { method, path: path + (pairs.length > 0 ? `?${pairs.join("&")}` : ""), headers: rest, body };
}

/** Commands of one service, with the client that sends them. */
export type Group = readonly [service: string, Client: Client, commands: readonly unknown[]];

/** Performs an operation within the cloud; its output is read without types, a member or two of it. */
// biome-ignore lint/suspicious/noExplicitAny: outputs of many operations
export type Call = (service: string, operation: string, input: object) => Promise<any>;

/** A policy of a resource. */
export const policy = (Resource = "*") =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "s",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["s3:GetObject", "sqs:*"],
        Resource,
        Condition: { StringEquals: { "aws:SourceAccount": "000000000000" } },
      },
    ],
  });
