/** AWS CloudFormation: the service in front of the engine. */

import { constrained } from "../kernel/input-constraints.js";
import { defineService, operation } from "../kernel/service.js";
import constraints from "./constraints.json" with { type: "json" };
import { publishNotification } from "./notifications.js";
import { allStacksEndpoint } from "./operations/all-stacks.js";
import * as changeSetAnswers from "./operations/change-set-answers.js";
import * as changeSets from "./operations/change-sets.js";
import * as drift from "./operations/drift.js";
import * as events from "./operations/events.js";
import { giveUpCreation, performOperation } from "./operations/perform.js";
import * as resources from "./operations/resources.js";
import * as rollbacks from "./operations/rollbacks.js";
import * as stacks from "./operations/stacks.js";
import { responseEndpoint } from "./providers/responses.js";
import { stackArn } from "./stack.js";

export default defineService<typeof import("@aws-sdk/client-cloudformation")>({
  id: "cloudformation",
  iamPrefix: "cloudformation",
  operations: constrained(constraints, "ValidationError", {
    CancelUpdateStack: operation(rollbacks.cancelUpdateStack, stackArn),
    ContinueUpdateRollback: operation(rollbacks.continueUpdateRollback, stackArn),
    CreateChangeSet: operation(changeSets.createChangeSet, stackArn),
    CreateStack: operation(stacks.createStack, stackArn),
    DeleteChangeSet: operation(changeSets.deleteChangeSet, stackArn),
    DeleteStack: operation(stacks.deleteStack, stackArn),
    DescribeEvents: operation(events.describeEvents, stackArn),
    DescribeChangeSet: operation(changeSetAnswers.describeChangeSet, stackArn),
    DescribeStackDriftDetectionStatus: operation(drift.describeStackDriftDetectionStatus, "*"),
    DescribeStackEvents: operation(events.describeStackEvents, stackArn),
    DescribeStackResource: operation(resources.describeStackResource, stackArn),
    DescribeStackResourceDrifts: operation(drift.describeStackResourceDrifts, stackArn),
    DescribeStackResources: operation(resources.describeStackResources, stackArn),
    DescribeStacks: operation(stacks.describeStacks, stackArn),
    DetectStackDrift: operation(drift.detectStackDrift, stackArn),
    DetectStackResourceDrift: operation(drift.detectStackResourceDrift, stackArn),
    ExecuteChangeSet: operation(changeSets.executeChangeSet, stackArn),
    GetStackPolicy: operation(stacks.getStackPolicy, stackArn),
    GetTemplate: operation(resources.getTemplate, stackArn),
    GetTemplateSummary: operation(resources.getTemplateSummary, stackArn),
    ListChangeSets: operation(changeSetAnswers.listChangeSets, stackArn),
    ListExports: operation(resources.listExports, "*"),
    ListImports: operation(resources.listImports, "*"),
    ListStackResources: operation(resources.listStackResources, stackArn),
    ListStacks: operation(stacks.listStacks, "*"),
    RollbackStack: operation(rollbacks.rollbackStack, stackArn),
    SetStackPolicy: operation(stacks.setStackPolicy, stackArn),
    SignalResource: operation(rollbacks.signalResourceOperation, stackArn),
    UpdateStack: operation(stacks.updateStack, stackArn),
    UpdateTerminationProtection: operation(stacks.updateTerminationProtection, stackArn),
    ValidateTemplate: operation(resources.validateTemplateOperation, "*"),
  }),
  timers: { operation: performOperation, timeout: giveUpCreation, notification: publishNotification },
  endpoints: { responses: responseEndpoint, stacks: allStacksEndpoint },
  unsupported: {
    "hooks are not built yet": ["DescribeChangeSetHooks", "GetHookResult", "ListHookResults"],
    "stack refactoring is not built yet": [
      "CreateStackRefactor",
      "DescribeStackRefactor",
      "ExecuteStackRefactor",
      "ListStackRefactorActions",
      "ListStackRefactors",
    ],
    "the template generator and resource scans are not built yet": [
      "CreateGeneratedTemplate",
      "DeleteGeneratedTemplate",
      "DescribeGeneratedTemplate",
      "DescribeResourceScan",
      "GetGeneratedTemplate",
      "ListGeneratedTemplates",
      "ListResourceScanRelatedResources",
      "ListResourceScanResources",
      "ListResourceScans",
      "StartResourceScan",
      "UpdateGeneratedTemplate",
    ],
    "stack sets are not built yet": [
      "ActivateOrganizationsAccess",
      "CreateStackInstances",
      "CreateStackSet",
      "DeactivateOrganizationsAccess",
      "DeleteStackInstances",
      "DeleteStackSet",
      "DescribeOrganizationsAccess",
      "DescribeStackInstance",
      "DescribeStackSet",
      "DescribeStackSetOperation",
      "DetectStackSetDrift",
      "ImportStacksToStackSet",
      "ListStackInstanceResourceDrifts",
      "ListStackInstances",
      "ListStackSetAutoDeploymentTargets",
      "ListStackSetOperationResults",
      "ListStackSetOperations",
      "ListStackSets",
      "StopStackSetOperation",
      "UpdateStackInstances",
      "UpdateStackSet",
    ],
    "the registry of extensions is not built yet": [
      "ActivateType",
      "BatchDescribeTypeConfigurations",
      "DeactivateType",
      "DeregisterType",
      "DescribePublisher",
      "DescribeType",
      "DescribeTypeRegistration",
      "ListTypeRegistrations",
      "ListTypeVersions",
      "ListTypes",
      "PublishType",
      "RecordHandlerProgress",
      "RegisterPublisher",
      "RegisterType",
      "SetTypeConfiguration",
      "SetTypeDefaultVersion",
      "TestType",
    ],
    "accounts have no limits here, and cost nothing": ["DescribeAccountLimits", "EstimateTemplateCost"],
  },
});
