/** `brume events`. */
import { labelsOf } from "../../assembly/construct-paths.js";
import { requireCloud } from "../connect.js";
import { deployedStacks } from "../deployed-stacks.js";
import type { Action } from "../main.js";
import { table } from "../output.js";
import { placeOf } from "../place.js";

interface StackEvent {
  Timestamp: number;
  LogicalResourceId: string;
  ResourceType: string;
  ResourceStatus: string;
  ResourceStatusReason?: string;
}

const DEFAULT_LIMIT = 50;

export const events: Action = async ([name], options, output) => {
  const cloud = await requireCloud(options);
  const place = placeOf(options);
  const [StackName] = await deployedStacks(cloud, [name as string], place);
  const all: StackEvent[] = [];
  const limit = options.limit ?? DEFAULT_LIMIT;
  let NextToken: string | undefined;
  do {
    const page = await cloud.call<{ StackEvents: StackEvent[]; NextToken?: string }>(
      "cloudformation",
      "DescribeStackEvents",
      { StackName, NextToken },
      place,
    );
    all.push(...page.StackEvents);
    NextToken = page.NextToken;
  } while (NextToken && all.length < limit);
  const labelOf = await labelsOf(cloud, StackName as string, place);
  cloud.close();
  const shown = all.slice(0, limit).reverse();
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
