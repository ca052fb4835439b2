/** `brume start` and `brume stop`. */
import { setTimeout as delay } from "node:timers/promises";
import { readLock } from "../../kernel/data-directory.js";
import { UserError } from "../../kernel/errors.js";
import { type CloudOptions, DEFAULT_PORT, defaultDataDirectory, findCloud, startDetached } from "../connect.js";
import type { Action } from "../main.js";

export const start: Action = async (_parameters, options, output) => {
  const data = options.ephemeral ? undefined : (options.data ?? defaultDataDirectory());
  const port = options.port ?? DEFAULT_PORT;
  const ready = (endpoint: string) => {
    const readyMs = Math.round(performance.now());
    output.line(`ready ${endpoint} in ${readyMs} ms`);
    output.result({ endpoint, data, readyMs });
  };
  if (options.detach) {
    if (data === undefined)
      throw new UserError("EphemeralDetached", "A detached cloud needs a data directory.", {
        hint: "Leave out --ephemeral or --detach.",
      });
    await refuseSecond({ port: options.port, data });
    ready(await startDetached({ port, data }));
    return;
  }
  const { startCloud } = await import("../../index.js");
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const cloud = await startCloud({ port, host: options.host, data, onStop: stop });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  ready(cloud.endpoint);
  await stopped;
  await cloud.close();
  // What functions left running must not keep the command alive.
  process.exit(0);
};

async function refuseSecond(options: CloudOptions): Promise<void> {
  const running = await findCloud(options);
  if (running)
    throw new UserError(
      "AlreadyRunning",
      `A cloud runs already at ${running.status.endpoint} (data in ${running.status.directory}).`,
      { hint: "Stop it with brume stop, or choose another --port and --data." },
    );
}

export const stop: Action = async (_parameters, options, output) => {
  const found = await findCloud(options);
  if (!found) {
    output.line("No cloud runs.");
    output.result({ stopped: false });
    return;
  }
  const { cloud, status } = found;
  await cloud.control("POST", "stop", {});
  cloud.close();
  while (readLock(status.directory)?.pid === status.pid) await delay(10);
  output.line(`stopped ${status.endpoint}`);
  output.result({ stopped: true, endpoint: status.endpoint });
};
