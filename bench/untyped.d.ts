/** What is used here of packages that bring no types. */

declare module "autocannon" {
  export interface Request {
    method: string;
    path: string;
    headers: Record<string, string>;
    body: string;
  }
  export interface Client {
    setRequests(requests: Request[]): void;
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
    duration: number;
    setupClient: (client: Client) => void;
  }): Promise<Result>;
}

declare module "dynalite" {
  export default function dynalite(options: { createTableMs: number }): import("node:http").Server;
}
