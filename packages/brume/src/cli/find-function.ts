/** Finds a function by its name, its logical id or its construct path. */
import type { CloudClient, Place } from "../assembly/cloud-client.js";
import { isAwsError, UserError } from "../kernel/errors.js";

interface Resource {
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceType: string;
}

/** The physical name of a function. @throws UserError when there is none, or more than one */
export async function findFunction(cloud: CloudClient, given: string, place: Place): Promise<string> {
  try {
    await cloud.call("lambda", "GetFunctionConfiguration", { FunctionName: given }, place);
    return given;
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException", "ValidationException", "InvalidParameterValueException"))
      throw error;
  }
  const { Stacks } = await cloud.call<{ Stacks: { StackName: string }[] }>(
    "cloudformation",
    "DescribeStacks",
    {},
    place,
  );
  const candidates: { label: string; name: string }[] = [];
  for (const { StackName } of Stacks) {
    const { StackResources } = await cloud.call<{ StackResources: Resource[] }>(
      "cloudformation",
      "DescribeStackResources",
      { StackName },
      place,
    );
    const functions = StackResources.filter(({ ResourceType }) => ResourceType === "AWS::Lambda::Function");
    if (functions.length === 0) continue;
    const { TemplateBody } = await cloud.call<{ TemplateBody: string }>(
      "cloudformation",
      "GetTemplate",
      { StackName },
      place,
    );
    for (const { LogicalResourceId: id, PhysicalResourceId: name } of functions) {
      const path = pathOf(TemplateBody, id);
      if (name && (id === given || path === given || path === `${given}/Resource`)) return name;
      if (name) candidates.push({ label: path?.replace(/\/Resource$/, "") ?? id, name });
    }
  }
  const close = candidates.filter(({ label }) => label.endsWith(`/${given}`));
  if (close.length === 1) return (close[0] as { name: string }).name;
  throw new UserError(
    "NoSuchFunction",
    close.length > 1
      ? `${given} is the end of more than one construct path.`
      : `There is no function ${given} in ${place.account}/${place.region}.`,
    {
      hint:
        candidates.length > 0
          ? `Functions: ${candidates.map(({ label }) => label).join(" ")}`
          : "No stack has a function.",
    },
  );
}

function pathOf(template: string, id: string): string | undefined {
  try {
    const { Resources } = JSON.parse(template) as { Resources: Record<string, { Metadata?: Record<string, string> }> };
    return Resources[id]?.Metadata?.["aws:cdk:path"];
  } catch {
    return undefined;
  }
}
