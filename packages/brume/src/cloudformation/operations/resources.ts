/** The operations that tell of a stack's resources, template and exports. */

import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { textAt } from "../../kernel/store.js";
import { getChangeSet } from "../change-set.js";
import { resourceDrifts } from "../drift.js";
import { importersOf } from "../exports.js";
import { exports_, getStack, type Stack, type StackResource, stackResources, stacks } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { checkDefinitions } from "../template/parameters.js";
import { parseTemplate } from "../template/parse.js";
import type { Template } from "../template/template.js";
import { validateTemplate } from "../template/validate.js";
import { iamTypesIn, requiredCapabilities } from "./capabilities.js";
import { templateText } from "./source.js";
import { spec } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

const PAGE = 100;

function present(ctx: Context, stack: Stack, resource: StackResource) {
  const drift = ctx.table(resourceDrifts).get(stack.id, resource.logicalId);
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    ResourceStatus: resource.status as "CREATE_COMPLETE",
    ResourceStatusReason: resource.statusReason,
    DriftInformation: {
      StackResourceDriftStatus: drift?.status ?? ("NOT_CHECKED" as const),
      ...(drift && { LastCheckTimestamp: new Date(drift.at) }),
    },
  };
}

export const describeStackResource: Handler<Cfn, "DescribeStackResource"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  const resource = ctx.table(stackResources).get(stack.id, input.LogicalResourceId ?? "");
  if (!resource) throw invalidTemplate(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
  return {
    StackResourceDetail: {
      ...present(ctx, stack, resource),
      LastUpdatedTimestamp: new Date(resource.updatedAt),
      Metadata: resource.metadata,
    },
  };
};

export const describeStackResources: Handler<Cfn, "DescribeStackResources"> = (input, ctx) => {
  const { StackName, PhysicalResourceId, LogicalResourceId } = input;
  if (StackName === undefined && PhysicalResourceId === undefined) {
    throw invalidTemplate("At least one of [StackName,PhysicalResourceId] must be specified");
  }
  const stack = StackName ? getStack(ctx, StackName) : stackOfPhysical(ctx, PhysicalResourceId ?? "");
  const resources = ctx.table(stackResources).rows({ prefix: [stack.id] });
  const wanted = resources.filter(
    ({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId,
  );
  return {
    StackResources: wanted.map((resource) => ({
      ...present(ctx, stack, resource),
      Timestamp: new Date(resource.updatedAt),
    })),
  };
};

function stackOfPhysical(ctx: Context, physicalId: string): Stack {
  for (const stack of ctx.table(stacks).rows()) {
    const resources = ctx.table(stackResources).rows({ prefix: [stack.id] });
    if (resources.some((resource) => resource.physicalId === physicalId)) return stack;
  }
  throw invalidTemplate(`Stack for ${physicalId} does not exist`);
}

export const listStackResources: Handler<Cfn, "ListStackResources"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  const after = input.NextToken === undefined ? undefined : Buffer.from(input.NextToken, "base64url").toString();
  const entries = [...ctx.table(stackResources).entries({ prefix: [stack.id], after, limit: PAGE })];
  const last = entries.length === PAGE ? entries[PAGE - 1] : undefined;
  return {
    StackResourceSummaries: entries.map(({ row }) => ({
      ...present(ctx, stack, row),
      LastUpdatedTimestamp: new Date(row.updatedAt),
    })),
    NextToken: last && Buffer.from(last.position).toString("base64url"),
  };
};

export const getTemplate: Handler<Cfn, "GetTemplate"> = (input, ctx) => {
  const StagesAvailable: ("Original" | "Processed")[] = ["Original", "Processed"];
  const { templateBody, processedBody } = input.ChangeSetName
    ? getChangeSet(ctx, input.ChangeSetName, input.StackName).changeSet.source
    : getStack(ctx, input.StackName);
  const TemplateBody = input.TemplateStage === "Processed" ? (processedBody ?? templateBody) : templateBody;
  return { TemplateBody, StagesAvailable };
};

export const validateTemplateOperation: Handler<Cfn, "ValidateTemplate"> = async (input, ctx) => {
  const template = parseTemplate(await templateText(ctx, input));
  checkDefinitions(template);
  // Transforms are not expanded to validate a template: what they make of it is not known here.
  if (template.transforms.length === 0) validateTemplate(template, ctx.memory(spec));
  const Capabilities = requiredCapabilities(template) as "CAPABILITY_IAM"[];
  return {
    Description: template.description,
    Parameters: Object.entries(template.parameters).map(([ParameterKey, { Default, NoEcho, Description }]) => ({
      ParameterKey,
      DefaultValue: Default === undefined ? undefined : String(Default),
      NoEcho: String(NoEcho) === "true",
      Description,
    })),
    Capabilities: Capabilities.length > 0 ? Capabilities : undefined,
    CapabilitiesReason: capabilitiesReason(iamTypesIn(template)),
    DeclaredTransforms: template.transforms.length > 0 ? [...template.transforms] : undefined,
  };
};

function capabilitiesReason(types: readonly string[]): string | undefined {
  return types.length > 0 ? `The following resource(s) require capabilities: [${types.join(", ")}]` : undefined;
}

export const getTemplateSummary: Handler<Cfn, "GetTemplateSummary"> = async (input, ctx) => {
  const text = input.StackName ? getStack(ctx, input.StackName).templateBody : await templateText(ctx, input);
  const template = parseTemplate(text);
  checkDefinitions(template);
  const Capabilities = requiredCapabilities(template) as "CAPABILITY_IAM"[];
  return {
    Description: template.description,
    Parameters: Object.entries(template.parameters).map(([ParameterKey, definition]) => ({
      ParameterKey,
      ParameterType: definition.Type,
      DefaultValue: definition.Default === undefined ? undefined : String(definition.Default),
      NoEcho: String(definition.NoEcho) === "true",
      Description: definition.Description,
      ParameterConstraints: definition.AllowedValues ? { AllowedValues: definition.AllowedValues.map(String) } : {},
    })),
    Capabilities: Capabilities.length > 0 ? Capabilities : undefined,
    CapabilitiesReason: capabilitiesReason(iamTypesIn(template)),
    ResourceIdentifierSummaries: identifierSummaries(ctx, template),
    ResourceTypes: [...new Set(Object.values(template.resources).map(({ Type }) => Type))],
    Metadata: Object.keys(template.metadata).length > 0 ? JSON.stringify(template.metadata) : undefined,
    DeclaredTransforms: template.transforms.length > 0 ? [...template.transforms] : undefined,
    Version: "2010-09-09",
  };
};

/** By type: what identifies its resources to an import, and the resources of the template that are of it. */
function identifierSummaries(ctx: Context, { resources }: Template) {
  const byType = new Map<string, string[]>();
  for (const [id, { Type }] of Object.entries(resources)) byType.set(Type, [...(byType.get(Type) ?? []), id]);
  return [...byType].flatMap(([ResourceType, LogicalResourceIds]) => {
    const identifiers = ctx.memory(spec).schema(ResourceType)?.primaryIdentifier ?? [];
    return identifiers.length === 0
      ? []
      : [{ ResourceType, LogicalResourceIds, ResourceIdentifiers: [...identifiers] }];
  });
}

export const listExports: Handler<Cfn, "ListExports"> = (_input, ctx) => {
  const Exports: { ExportingStackId: string; Name: string; Value: string }[] = [];
  for (const { position, row } of ctx.table(exports_).entries()) {
    Exports.push({ ExportingStackId: row.stackId, Name: textAt(position, 0), Value: row.value });
  }
  return { Exports };
};

export const listImports: Handler<Cfn, "ListImports"> = (input, ctx) => {
  const name = input.ExportName ?? "";
  const importers = importersOf(ctx, name);
  if (importers.length === 0) throw invalidTemplate(`Export '${name}' is not imported by any stack.`);
  return { Imports: importers.map((id) => ctx.table(stacks).get(id)?.name ?? id) };
};
