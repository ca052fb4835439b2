/** `brume drift`. */
import { labelsOf } from "../../assembly/construct-paths.js";
import { UserError } from "../../kernel/errors.js";
import { requireCloud } from "../connect.js";
import { deployedStacks } from "../deployed-stacks.js";
import type { Action } from "../main.js";
import { placeOf } from "../place.js";

interface Drift {
  LogicalResourceId: string;
  PhysicalResourceId: string;
  ResourceType: string;
  StackResourceDriftStatus: "IN_SYNC" | "MODIFIED" | "DELETED";
  PropertyDifferences?: { PropertyPath: string; ExpectedValue: string; ActualValue: string; DifferenceType: string }[];
}

export const drift: Action = async ([names = []], options, output) => {
  const cloud = await requireCloud(options);
  const place = placeOf(options);
  const found: { stack: string; status: string; drifts: Drift[] }[] = [];
  const labels = new Map<string, (id: string) => string>();
  for (const StackName of await deployedStacks(cloud, names as string[], place)) {
    const { StackDriftDetectionId } = await cloud.call("cloudformation", "DetectStackDrift", { StackName }, place);
    const { StackDriftStatus } = await cloud.call(
      "cloudformation",
      "DescribeStackDriftDetectionStatus",
      { StackDriftDetectionId },
      place,
    );
    const { StackResourceDrifts } = await cloud.call<{ StackResourceDrifts: Drift[] }>(
      "cloudformation",
      "DescribeStackResourceDrifts",
      { StackName },
      place,
    );
    labels.set(StackName, await labelsOf(cloud, StackName, place));
    found.push({ stack: StackName, status: String(StackDriftStatus), drifts: StackResourceDrifts });
  }
  cloud.close();
  if (found.length === 0)
    throw new UserError("NoStacks", "No stack is deployed.", { hint: "Deploy one with brume deploy." });
  for (const { stack, status, drifts } of found) {
    output.line(output.style("bold", `${stack}: ${status}`));
    for (const { LogicalResourceId, ResourceType, StackResourceDriftStatus, PropertyDifferences = [] } of drifts) {
      if (StackResourceDriftStatus === "IN_SYNC") continue;
      output.line(
        output.style(
          "yellow",
          `  ${StackResourceDriftStatus} ${ResourceType} ${labels.get(stack)?.(LogicalResourceId)}`,
        ),
      );
      for (const { PropertyPath, ExpectedValue, ActualValue, DifferenceType } of PropertyDifferences) {
        output.line(`     ${PropertyPath} (${DifferenceType})`);
        output.line(output.style("red", `       - ${ExpectedValue}`));
        output.line(output.style("green", `       + ${ActualValue}`));
      }
    }
  }
  output.result(found);
  return options.fail && found.some(({ status }) => status === "DRIFTED") ? 1 : 0;
};
