/** Finds a function by its name, its logical id or its construct path, in whichever account and region it is. */
import type { HttpCloudClient, Place } from "../assembly/cloud-client.js";
import { deployedPaths, labelOf } from "../assembly/construct-paths.js";
import { isAwsError, UserError } from "../kernel/errors.js";
import type { Options } from "./main.js";
import { placeOf } from "./place.js";

/** A function's physical name, and where it is. */
export interface FoundFunction {
  readonly name: string;
  readonly place: Place;
}

interface Resource {
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceType: string;
}

/** @throws UserError when there is no such function, or more than one */
export async function findFunction(cloud: HttpCloudClient, given: string, options: Options): Promise<FoundFunction> {
  const chosen = placeOf(options);
  if (await isFunction(cloud, given, chosen)) return { name: given, place: chosen };
  const stacks = (await cloud.stacks()).filter(
    ({ account, region }) => (options.account ?? account) === account && (options.region ?? region) === region,
  );
  const candidates: (FoundFunction & { label: string })[] = [];
  for (const { name: StackName, account, region } of stacks) {
    const place = { account, region };
    const { StackResources } = await cloud.call<{ StackResources: Resource[] }>(
      "cloudformation",
      "DescribeStackResources",
      { StackName },
      place,
    );
    const functions = StackResources.filter(({ ResourceType }) => ResourceType === "AWS::Lambda::Function");
    if (functions.length === 0) continue;
    const paths = await deployedPaths(cloud, StackName, place);
    for (const { LogicalResourceId: id, PhysicalResourceId: name } of functions) {
      const path = paths.get(id);
      if (!name) continue;
      if ([name, id, path].includes(given) || path === `${given}/Resource`) return { name, place };
      candidates.push({ label: labelOf(path ?? id), name, place });
    }
  }
  const [close, another] = candidates.filter(({ label }) => label.endsWith(`/${given}`));
  if (close && !another) return close;
  const what = another ? `${given} is the end of more than one construct path.` : `There is no function ${given}.`;
  throw new UserError("NoSuchFunction", what, {
    hint:
      candidates.length > 0
        ? `Functions: ${candidates.map(({ label }) => label).join(" ")}`
        : "No stack has a function.",
  });
}

async function isFunction(cloud: HttpCloudClient, FunctionName: string, place: Place): Promise<boolean> {
  try {
    await cloud.call("lambda", "GetFunctionConfiguration", { FunctionName }, place);
    return true;
  } catch (error) {
    // A construct path is no name that Lambda takes.
    if (isAwsError(error, "ResourceNotFoundException", "ValidationException", "InvalidParameterValueException"))
      return false;
    throw error;
  }
}
