/** What is used here of packages that bring no types. */

declare module "autocannon" {
  export interface Request {
    method: string;
    path: string;
    headers: Record<string, string>;
    body: string;
    setupRequest?: (request: Request) => Request;
    onResponse?: (status: number, body: string) => void;
  }
  export interface Client {
    setRequests(requests: Request[]): void;
    on(event: "response", listener: (status: number, bytes: number, milliseconds: number) => void): void;
  }
  export interface Result {
    /** Seconds. */
    duration: number;
    errors: number;
    non2xx: number;
    requests: { total: number };
  }
  export default function autocannon(options: {
    url: string;
    connections: number;
    /** Seconds; in its place, how many requests are sent in all. */
    duration?: number;
    amount?: number;
    setupClient: (client: Client) => void;
  }): Promise<Result>;
}

declare module "dynalite" {
  export default function dynalite(options: { createTableMs: number }): import("node:http").Server;
}

declare module "s3rver" {
  interface Options {
    address: string;
    port: number;
    silent: boolean;
    directory: string;
    configureBuckets: { name: string }[];
  }
  export default class S3rver {
    constructor(options: Options);
    run(): Promise<import("node:net").AddressInfo>;
  }
}
