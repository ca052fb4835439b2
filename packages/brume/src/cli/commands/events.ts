/** `brume events`. */
import { labelsOf } from "../../assembly/construct-paths.js";
import { type StackEvent, stackEvents } from "../../assembly/deployed-stack.js";
import { requireCloud } from "../connect.js";
import { deployedStacks } from "../deployed-stacks.js";
import type { Action } from "../main.js";
import { table } from "../output.js";
import { placeOf } from "../place.js";

const DEFAULT_LIMIT = 50;

export const events: Action = async ([name], options, output) => {
  const cloud = await requireCloud(options);
  const place = placeOf(options);
  const [StackName] = await deployedStacks(cloud, [name as string], place);
  const all: StackEvent[] = [];
  const limit = options.limit ?? DEFAULT_LIMIT;
  for await (const event of stackEvents(cloud, StackName as string, place)) {
    if (all.length === limit) break;
    all.push(event);
  }
  const labelOf = await labelsOf(cloud, StackName as string, place);
  cloud.close();
  const shown = all.reverse();
  const rows = shown.map(
    ({ Timestamp, ResourceStatus, ResourceType, LogicalResourceId, ResourceStatusReason = "" }) => [
      new Date(Timestamp * 1000).toISOString(),
      ResourceStatus,
      ResourceType,
      labelOf(LogicalResourceId),
      ResourceStatusReason,
    ],
  );
  for (const line of table(rows))
    output.line(/_FAILED /.test(line) ? output.style("red", line.trimEnd()) : line.trimEnd());
  output.result(shown);
};
