/** DescribeChangeSet and ListChangeSets. */
import type { Handler } from "../../kernel/service.js";
import { type ChangeSet, changeSets, getChangeSet } from "../change-set.js";
import type { ChangeDetail, ResourceChange } from "../plan.js";
import { presentRollbackConfiguration } from "../rollback-triggers.js";
import { getStack } from "../stack.js";
import { KNOWN_AFTER_APPLY } from "../template/evaluate.js";
import { parametersAnswer } from "./stacks.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

/** What lists and descriptions of change sets have in common. */
function summary(changeSet: ChangeSet) {
  return {
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    CreationTime: new Date(changeSet.createdAt),
    Description: changeSet.description,
    IncludeNestedStacks: changeSet.nested,
    ParentChangeSetId: changeSet.parentId,
    RootChangeSetId: changeSet.rootId,
    ImportExistingResources: changeSet.importsExisting,
  };
}

export const describeChangeSet: Handler<Cfn, "DescribeChangeSet"> = (input, ctx) => {
  const { changeSet, stack } = getChangeSet(ctx, input.ChangeSetName, input.StackName);
  const { source } = changeSet;
  return {
    ...summary(changeSet),
    StackId: stack.id,
    StackName: stack.name,
    Parameters: parametersAnswer(source.parameters),
    NotificationARNs: [...source.notificationArns],
    RollbackConfiguration: presentRollbackConfiguration(changeSet.rollbackConfiguration),
    Capabilities: [...source.capabilities] as "CAPABILITY_IAM"[],
    Tags: Object.entries(source.tags).map(([Key, Value]) => ({ Key, Value })),
    Changes: changeSet.changes.map((change) => ({
      Type: "Resource" as const,
      ResourceChange: present(change, input.IncludePropertyValues ?? false),
    })),
    OnStackFailure: changeSet.onStackFailure as "ROLLBACK" | undefined,
    StackDriftStatus: changeSet.driftStatus,
    ...(changeSet.driftStatus && { DeploymentMode: "REVERT_DRIFT" as const }),
  };
};

function present(change: ResourceChange, withValues: boolean) {
  const { action, logicalId, physicalId, type, replacement, policyAction, details, before, after, driftStatus } =
    change;
  return {
    Action: action,
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    Replacement: replacement,
    PolicyAction: policyAction,
    Scope: [...new Set(details.map(({ attribute }) => attribute))],
    Details: details.map((detail) => presentDetail(detail, withValues)),
    ChangeSetId: change.changeSetId,
    ResourceDriftStatus: driftStatus,
    ...(withValues && before ? { BeforeContext: JSON.stringify({ Properties: before }) } : {}),
    ...(withValues && after ? { AfterContext: JSON.stringify({ Properties: after }) } : {}),
  };
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function presentDetail(detail: ChangeDetail, withValues: boolean) {
  const { drift, evaluation } = detail;
  return {
    Target: {
      Attribute: detail.attribute,
      Name: detail.name,
      RequiresRecreation: detail.recreation,
      ...(detail.name === undefined ? {} : { Path: `/Properties/${detail.name}` }),
      ...(detail.attribute === "Properties" && { AttributeChangeType: attributeChange(detail) }),
      ...(withValues && {
        BeforeValue: text(detail.before),
        AfterValue: evaluation === "Static" ? text(detail.after) : KNOWN_AFTER_APPLY,
      }),
      ...(drift && {
        BeforeValueFrom: "ACTUAL_STATE" as const,
        AfterValueFrom: "TEMPLATE" as const,
        Drift: {
          PreviousValue: text(drift.previous),
          ActualValue: text(drift.actual),
          DriftDetectionTimestamp: new Date(drift.at),
        },
      }),
    },
    Evaluation: evaluation,
    ChangeSource: drift ? ("NoModification" as const) : detail.source,
    CausingEntity: detail.causingEntity,
  };
}

function attributeChange({ before, after }: ChangeDetail): "Add" | "Modify" | "Remove" {
  if (before === undefined) return "Add";
  return after === undefined ? "Remove" : "Modify";
}

export const listChangeSets: Handler<Cfn, "ListChangeSets"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  const all = ctx.table(changeSets).rows({ prefix: [stack.id] });
  return {
    Summaries: all.map((changeSet) => ({ ...summary(changeSet), StackId: stack.id, StackName: stack.name })),
  };
};
