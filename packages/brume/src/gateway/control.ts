/** brume's own requests, under `/_brume/`: status, events, clock, faults and stop. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duration } from "../kernel/clock.js";
import type { Cloud } from "../kernel/cloud.js";
import type { Fault } from "../kernel/faults.js";

type Control = (cloud: Cloud, body: Record<string, unknown>, stop: () => void) => object | Promise<object>;

/** What the clock says of itself. */
function clockStatus(cloud: Cloud): object {
  const { clock } = cloud;
  return {
    now: new Date(clock.now()).toISOString(),
    paused: clock.paused,
    offsetMs: clock.followsMachine ? 0 : clock.offset,
  };
}

const controls: Record<string, Control> = {
  "GET /_brume/status": (cloud) => ({
    pid: process.pid,
    endpoint: cloud.endpoint,
    directory: cloud.directory,
    memoryBytes: process.memoryUsage.rss(),
    uptimeSeconds: Math.round(process.uptime()),
    clock: clockStatus(cloud),
  }),
  "GET /_brume/clock": (cloud) => ({ ...clockStatus(cloud), upcoming: cloud.timers.upcoming() }),
  "POST /_brume/clock/pause": (cloud) => {
    cloud.clock.pause();
    return clockStatus(cloud);
  },
  "POST /_brume/clock/resume": (cloud) => {
    cloud.clock.resume();
    return clockStatus(cloud);
  },
  "POST /_brume/clock/advance": async (cloud, body) => {
    await cloud.clock.advance(body as Duration);
    return clockStatus(cloud);
  },
  "POST /_brume/faults": (cloud, body) => {
    cloud.faults.inject(body as unknown as Fault);
    return {};
  },
  "POST /_brume/stop": (_cloud, _body, stop) => {
    setImmediate(stop);
    return { stopping: true };
  },
};

const MAX_BODY_BYTES = 64 * 1024;

/** Answers a request under `/_brume/`. Pages of other sites cannot reach it: a request with a foreign origin is refused. */
export function handleControl(
  cloud: Cloud,
  request: IncomingMessage,
  response: ServerResponse,
  stop: () => void,
): void {
  const path = (request.url as string).split("?")[0] as string;
  if (!isLocal(request)) return answer(response, 403, { message: "Only this machine may control the cloud." });
  if (request.method === "GET" && path === "/_brume/events") return streamEvents(cloud, response);
  const name = `${request.method} ${path}`;
  const control = Object.hasOwn(controls, name) ? controls[name] : undefined;
  if (!control) return answer(response, 404, { message: `There is no ${request.method} ${path}.` });
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) request.destroy();
  });
  request.on("end", async () => {
    try {
      const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
      answer(response, 200, await control(cloud, body, stop));
    } catch (error) {
      answer(response, 400, { message: error instanceof Error ? error.message : String(error) });
    }
  });
}

function isLocal(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  const isOurs = (name: string) => /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(name);
  if (origin !== undefined && !isOurs(origin.replace(/^https?:\/\//, ""))) return false;
  return isOurs(host ?? "");
}

/** Every event from now on, one JSON document a line. */
function streamEvents(cloud: Cloud, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  const unsubscribe = cloud.events.subscribe((event) => {
    // A reader that cannot keep up is dropped rather than kept in memory.
    if (response.writableLength > 16 * 1024 * 1024) response.destroy();
    else response.write(`${JSON.stringify(event)}\n`);
  });
  response.once("close", unsubscribe);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
