/** `brume outputs`. */
import { describeStack } from "../../assembly/deployed-stack.js";
import { requireCloud } from "../connect.js";
import { deployedStacks } from "../deployed-stacks.js";
import type { Action } from "../main.js";
import { placeOf } from "../place.js";

export const outputs: Action = async ([names = []], options, output) => {
  const cloud = await requireCloud(options);
  const place = placeOf(options);
  const found: Record<string, Record<string, string>> = {};
  for (const name of await deployedStacks(cloud, names as string[], place)) {
    const { Outputs = [] } = (await describeStack(cloud, name, place)) ?? {};
    found[name] = Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  }
  cloud.close();
  for (const [name, values] of Object.entries(found)) {
    for (const [key, value] of Object.entries(values)) output.line(`${name}.${key} = ${value}`);
  }
  output.result(found);
};
