/** `brume rollback`. */
import { describeStack, ended } from "../../assembly/deployed-stack.js";
import { UserError } from "../../kernel/errors.js";
import { requireCloud } from "../connect.js";
import { deployedStacks } from "../deployed-stacks.js";
import type { Action } from "../main.js";
import { placeOf } from "../place.js";

/** What takes a stack back from each status in which it can be stuck. */
const OPERATIONS: Readonly<Record<string, string>> = {
  CREATE_FAILED: "RollbackStack",
  UPDATE_FAILED: "RollbackStack",
  UPDATE_ROLLBACK_FAILED: "ContinueUpdateRollback",
};

export const rollback: Action = async ([names = []], options, output) => {
  const cloud = await requireCloud(options);
  const place = placeOf(options);
  const results: { stack: string; status: string }[] = [];
  for (const StackName of await deployedStacks(cloud, names as string[], place)) {
    const before = (await describeStack(cloud, StackName, place))?.StackStatus ?? "";
    const operation = OPERATIONS[before];
    if (!operation) {
      output.line(`${StackName}: nothing to roll back (${before})`);
      results.push({ stack: StackName, status: before });
      continue;
    }
    const ResourcesToSkip = operation === "ContinueUpdateRollback" ? options.orphan : undefined;
    await cloud.call("cloudformation", operation, { StackName, ResourcesToSkip }, place);
    const { StackStatus, StackStatusReason } = await ended(cloud, StackName, place);
    if (!/ROLLBACK_COMPLETE$/.test(StackStatus)) {
      throw new UserError(
        "RollbackFailed",
        `${StackName} could not be rolled back: ${StackStatusReason ?? StackStatus}`,
        {
          where: StackName,
          hint: `See why with brume events ${StackName}; leave a resource as it is with --orphan LOGICALID.`,
        },
      );
    }
    output.line(`${StackName}: ${StackStatus}`);
    results.push({ stack: StackName, status: StackStatus });
  }
  cloud.close();
  output.result(results);
};
