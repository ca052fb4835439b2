/** brume's own requests, under `/_brume/`: status, events, clock, faults, outbox and stop. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { validator } from "../cloudformation/validation/validator.js";
import type { Duration } from "../kernel/clock.js";
import type { Cloud } from "../kernel/cloud.js";
import { UserError } from "../kernel/errors.js";
import type { Fault } from "../kernel/faults.js";
import { emptyOutbox, readOutbox } from "../kernel/outbox.js";

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
    await cloud.clock.advance(durationOf(body));
    return clockStatus(cloud);
  },
  "POST /_brume/faults": (cloud, body) => {
    cloud.faults.inject(faultOf(body));
    return {};
  },
  "DELETE /_brume/faults": (cloud) => {
    cloud.faults.clear();
    return {};
  },
  "GET /_brume/outbox": (cloud) => ({ messages: readOutbox(cloud) }),
  "DELETE /_brume/outbox": (cloud) => {
    emptyOutbox(cloud);
    return {};
  },
  "POST /_brume/validate": async (cloud, { file, template, wait }) => {
    if (typeof file !== "string" || typeof template !== "string")
      throw new UserError("InvalidBody", "A validation needs the name of a file, and its template.");
    const found = cloud.memory(validator);
    // Who does not wait gets findings only where there are some at once; the next one will.
    if (wait !== true && !found.warm) {
      found.warmUp();
      return { warm: false, findings: [] };
    }
    return { warm: true, findings: await found.validate(file, template) };
  },
  "POST /_brume/stop": (_cloud, _body, stop) => {
    setImmediate(stop);
    return { stopping: true };
  },
};

const UNITS = ["days", "hours", "minutes", "seconds", "milliseconds"] as const;

/** @throws UserError for what is not a duration */
function durationOf(body: Record<string, unknown>): Duration {
  for (const [unit, amount] of Object.entries(body)) {
    if (!UNITS.includes(unit as keyof Duration) || typeof amount !== "number" || amount < 0) {
      throw new UserError("InvalidDuration", `A duration has numbers of ${UNITS.join(", ")}, none of them negative.`);
    }
  }
  return body;
}

/** @throws UserError for what is not a fault */
function faultOf(body: Record<string, unknown>): Fault {
  const is = (value: unknown, type: string) => value === undefined || typeof value === type;
  const { service, operation, times, delayMs, error } = body;
  const { code, message, status } = (error ?? {}) as Record<string, unknown>;
  const isError = error === undefined || (typeof code === "string" && is(message, "string") && is(status, "number"));
  const isFault =
    typeof service === "string" && is(operation, "string") && is(times, "number") && is(delayMs, "number");
  if (isFault && isError) return body as unknown as Fault;
  throw new UserError(
    "InvalidFault",
    "A fault has a service, and may have an operation, a number of times, delayMs, and an error with a code, a message and a status.",
  );
}

const MAX_BODY_BYTES = 64 * 1024;
/** Templates are longer than other bodies. */
const MAX_TEMPLATE_BYTES = 8 * 1024 * 1024;

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
  const limit = path === "/_brume/validate" ? MAX_TEMPLATE_BYTES : MAX_BODY_BYTES;
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else if (!response.headersSent) answer(response, 413, { message: "The request body is too long." });
  });
  request.on("end", async () => {
    if (response.headersSent) return;
    try {
      answer(response, 200, await control(cloud, parseBody(Buffer.concat(chunks)), stop));
    } catch (error) {
      answer(response, 400, { message: error instanceof Error ? error.message : String(error) });
    }
  });
}

/** @throws UserError for a body that is no JSON object */
function parseBody(content: Buffer): Record<string, unknown> {
  if (content.length === 0) return {};
  try {
    const body: unknown = JSON.parse(content.toString());
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new UserError("InvalidBody", "The request body has to be a JSON object.");
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
