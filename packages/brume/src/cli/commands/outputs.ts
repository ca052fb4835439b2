/** `brume outputs`. */
import { UserError } from "../../kernel/errors.js";
import { requireCloud } from "../connect.js";
import type { Action } from "../main.js";

export const outputs: Action = async ([names = []], options, output) => {
  const cloud = await requireCloud(options);
  const all = (await cloud.stacks()).filter(
    ({ account, region }) => (options.account ?? account) === account && (options.region ?? region) === region,
  );
  cloud.close();
  const missing = (names as string[]).find((name) => !all.some((stack) => stack.name === name));
  if (missing !== undefined) {
    throw new UserError("NoSuchStack", `There is no stack ${missing}.`, {
      hint: "See the stacks that there are with brume status.",
    });
  }
  const chosen = all.filter(({ name }) => (names.length > 0 ? names.includes(name) : !name.startsWith("CDKToolkit")));
  for (const { name, outputs: values } of chosen) {
    for (const [key, value] of Object.entries(values)) output.line(`${name}.${key} = ${value}`);
  }
  output.result(Object.fromEntries(chosen.map(({ name, outputs: values }) => [name, values])));
};
