/** The names of deployed stacks that a command is for. */
import type { CloudClient, Place } from "../assembly/cloud-client.js";
import { describeStack } from "../assembly/deployed-stack.js";
import { UserError } from "../kernel/errors.js";

/** The given names, or all stacks of the place but the bootstrap's. @throws UserError for a name that no stack has */
export async function deployedStacks(cloud: CloudClient, names: readonly string[], place: Place): Promise<string[]> {
  for (const name of names) {
    if (await describeStack(cloud, name, place)) continue;
    throw new UserError("NoSuchStack", `There is no stack ${name} in ${place.account}/${place.region}.`, {
      hint: "See the stacks that there are with brume status.",
    });
  }
  if (names.length > 0) return [...names];
  const { Stacks } = await cloud.call<{ Stacks: { StackName: string }[] }>(
    "cloudformation",
    "DescribeStacks",
    {},
    place,
  );
  return Stacks.map(({ StackName }) => StackName).filter((name) => !name.startsWith("CDKToolkit"));
}
