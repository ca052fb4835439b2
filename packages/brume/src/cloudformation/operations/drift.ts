/** The operations of drift detection. */
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { detectDrift, type ResourceDrift, resourceDrifts } from "../drift.js";
import { tellDrift } from "../service-events.js";
import { getStack, type Stack, stackResources, stacks } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { spec } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

interface Detection {
  readonly id: string;
  readonly stackId: string;
  readonly at: number;
  readonly status: "DRIFTED" | "IN_SYNC" | "NOT_CHECKED";
  readonly drifted: number;
}

/** [detection id] */
const detections = defineTable<Detection>("cloudformation/drift-detections");

export const detectStackDrift: Handler<Cfn, "DetectStackDrift"> = async (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  if (!/_COMPLETE$|_FAILED$/.test(stack.status) || stack.status === "DELETE_COMPLETE") {
    throw invalidTemplate(
      `Drift detection cannot be performed on stack [${stack.id}] while it is in ${stack.status} state.`,
    );
  }
  const wanted = input.LogicalResourceIds;
  const resources = ctx.table(stackResources).rows({ prefix: [stack.id] });
  const chosen = resources.filter(({ logicalId }) => !wanted || wanted.includes(logicalId));
  const id = ctx.cloud.newId();
  const { status: last = "NOT_CHECKED" } = stack.drift ?? {};
  tellDrift(ctx, { id, stackId: stack.id, status: last, drifted: -1 }, "DETECTION_IN_PROGRESS");
  const found = await Promise.all(chosen.map((resource) => detectDrift(ctx, ctx.memory(spec), stack, resource)));
  for (const drift of found) ctx.table(resourceDrifts).put([stack.id, drift.logicalId], drift);
  const drifted = found.filter(isDrifted).length;
  const checked = found.some(({ status }) => status !== "NOT_CHECKED");
  const status = drifted > 0 ? "DRIFTED" : checked ? "IN_SYNC" : "NOT_CHECKED";
  const detection = { id, stackId: stack.id, at: ctx.now(), status, drifted } as const;
  ctx.table(detections).put([id], detection);
  tellDrift(ctx, detection, "DETECTION_COMPLETE");
  ctx.table(stacks).put([stack.id], { ...getStack(ctx, stack.id), drift: { status, at: ctx.now() } });
  return { StackDriftDetectionId: id };
};

function isDrifted({ status }: ResourceDrift): boolean {
  return status === "MODIFIED" || status === "DELETED";
}

export const describeStackDriftDetectionStatus: Handler<Cfn, "DescribeStackDriftDetectionStatus"> = (input, ctx) => {
  const detection = ctx.table(detections).get(input.StackDriftDetectionId ?? "");
  if (!detection) throw invalidTemplate(`Drift detection id [${input.StackDriftDetectionId}] does not exist`);
  return {
    StackId: detection.stackId,
    StackDriftDetectionId: detection.id,
    StackDriftStatus: detection.status,
    DetectionStatus: "DETECTION_COMPLETE",
    DriftedStackResourceCount: detection.drifted,
    Timestamp: new Date(detection.at),
  };
};

export const describeStackResourceDrifts: Handler<Cfn, "DescribeStackResourceDrifts"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  const wanted = input.StackResourceDriftStatusFilters;
  const drifts = ctx.table(resourceDrifts).rows({ prefix: [stack.id] });
  const shown = drifts.filter(({ status }) => status !== "NOT_CHECKED" && (!wanted?.length || wanted.includes(status)));
  return { StackResourceDrifts: shown.map((drift) => present(stack, drift)) };
};

export const detectStackResourceDrift: Handler<Cfn, "DetectStackResourceDrift"> = async (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  const resource = ctx.table(stackResources).get(stack.id, input.LogicalResourceId ?? "");
  if (!resource) throw invalidTemplate(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
  const drift = await detectDrift(ctx, ctx.memory(spec), stack, resource);
  if (drift.status === "NOT_CHECKED")
    throw invalidTemplate(`Drift detection is not supported for resource type ${drift.type}`);
  ctx.table(resourceDrifts).put([stack.id, drift.logicalId], drift);
  return { StackResourceDrift: present(stack, drift) };
};

function present(stack: Stack, drift: ResourceDrift) {
  const text = (value: unknown) =>
    value === undefined ? "null" : typeof value === "string" ? value : JSON.stringify(value);
  return {
    StackId: stack.id,
    LogicalResourceId: drift.logicalId,
    PhysicalResourceId: drift.physicalId,
    ResourceType: drift.type,
    ExpectedProperties: JSON.stringify(drift.expected),
    ActualProperties: drift.actual && JSON.stringify(drift.actual),
    PropertyDifferences: drift.differences.map(({ path, expected, actual, kind }) => ({
      PropertyPath: path,
      ExpectedValue: text(expected),
      ActualValue: text(actual),
      DifferenceType: kind,
    })),
    StackResourceDriftStatus: drift.status,
    Timestamp: new Date(drift.at),
  };
}
