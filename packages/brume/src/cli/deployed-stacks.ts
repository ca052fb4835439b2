/** The names of deployed stacks that a command is for. */
import type { CloudClient, Place } from "../assembly/cloud-client.js";
import { describeStack } from "../assembly/deployed-stack.js";
import { UserError } from "../kernel/errors.js";

/**
 * The names of the given stacks (a construct path stands for the name that the CDK makes of it), or of all stacks of the
 * place but the bootstrap's.
 * @throws UserError for one that is not there
 */
export async function deployedStacks(cloud: CloudClient, names: readonly string[], place: Place): Promise<string[]> {
  const found: string[] = [];
  for (const given of names) {
    const name = given.replaceAll("/", "-");
    if (await describeStack(cloud, name, place)) {
      found.push(name);
      continue;
    }
    throw new UserError("NoSuchStack", `There is no stack ${given} in ${place.account}/${place.region}.`, {
      hint: "See the stacks that there are with brume status.",
    });
  }
  if (names.length > 0) return found;
  const { Stacks } = await cloud.call<{ Stacks: { StackName: string }[] }>(
    "cloudformation",
    "DescribeStacks",
    {},
    place,
  );
  return Stacks.map(({ StackName }) => StackName).filter((name) => !name.startsWith("CDKToolkit"));
}
