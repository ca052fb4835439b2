/** `brume status`. */
import { findCloud } from "../connect.js";
import type { Action } from "../main.js";
import { size, table } from "../output.js";
import { placeOf } from "../place.js";

interface StackSummary {
  StackName: string;
  StackStatus: string;
}

export const status: Action = async (_parameters, options, output) => {
  const found = await findCloud(options);
  if (!found) {
    output.line("No cloud runs.");
    output.result({ running: false });
    return 1;
  }
  const { cloud, status: state } = found;
  const { Stacks } = await cloud.call<{ Stacks: StackSummary[] }>(
    "cloudformation",
    "DescribeStacks",
    {},
    placeOf(options),
  );
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
  output.line(Stacks.length === 0 ? "no stacks" : "stacks");
  for (const line of table(Stacks.map(({ StackName, StackStatus }) => [`  ${StackName}`, StackStatus])))
    output.line(line);
  output.result({
    running: true,
    ...state,
    stacks: Stacks.map(({ StackName, StackStatus }) => ({ name: StackName, status: StackStatus })),
  });
};
