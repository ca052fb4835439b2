/** `brume outputs`. */
import { describeStack } from "../../assembly/deployed-stack.js";
import { UserError } from "../../kernel/errors.js";
import { requireCloud } from "../connect.js";
import type { Action } from "../main.js";
import { placeOf } from "../place.js";

interface Stack {
  StackName: string;
  Outputs?: { OutputKey: string; OutputValue: string }[];
}

export const outputs: Action = async ([names = []], options, output) => {
  const cloud = await requireCloud(options);
  const place = placeOf(options);
  const stacks: Stack[] = [];
  if (names.length === 0) {
    const { Stacks } = await cloud.call<{ Stacks: Stack[] }>("cloudformation", "DescribeStacks", {}, place);
    stacks.push(...Stacks.filter(({ StackName }) => !StackName.startsWith("CDKToolkit")));
  }
  for (const name of names as string[]) {
    const stack = await describeStack(cloud, name, place);
    if (!stack)
      throw new UserError("NoSuchStack", `There is no stack ${name} in ${place.account}/${place.region}.`, {
        hint: "See the stacks that there are with brume status.",
      });
    stacks.push({ ...stack, StackName: name });
  }
  cloud.close();
  for (const { StackName, Outputs = [] } of stacks)
    for (const { OutputKey, OutputValue } of Outputs) output.line(`${StackName}.${OutputKey} = ${OutputValue}`);
  output.result(
    Object.fromEntries(
      stacks.map(({ StackName, Outputs = [] }) => [
        StackName,
        Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
      ]),
    ),
  );
};
