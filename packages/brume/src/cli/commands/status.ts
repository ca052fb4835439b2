/** `brume status`. */
import { findCloud } from "../connect.js";
import type { Action } from "../main.js";
import { size, table } from "../output.js";

export const status: Action = async (_parameters, options, output) => {
  const found = await findCloud(options);
  if (!found) {
    output.line("No cloud runs.");
    output.result({ running: false });
    return 1;
  }
  const { cloud, status: state } = found;
  const stacks = await cloud.stacks();
  cloud.close();
  const clock = state.clock.paused
    ? `paused at ${state.clock.now}`
    : state.clock.offsetMs === 0
      ? "follows the machine"
      : `${state.clock.now}`;
  const rows = [
    ["address", state.endpoint],
    ["data", state.directory],
    ["process", `${state.pid}, up ${state.uptimeSeconds} s`],
    ["memory", size(state.memoryBytes)],
    ["clock", clock],
  ];
  for (const line of table(rows)) output.line(line);
  output.line(stacks.length === 0 ? "no stacks" : "stacks");
  for (const line of table(
    stacks.map(({ name, status, account, region }) => [`  ${name}`, status, `${account}/${region}`]),
  )) {
    output.line(line);
  }
  output.result({ running: true, ...state, stacks: stacks.map(({ outputs: _, ...stack }) => stack) });
};
