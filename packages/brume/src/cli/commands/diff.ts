/** `brume diff`. */
import { diffStack, type StackDiff } from "../../assembly/diff.js";
import { selectStacks } from "../../assembly/manifest.js";
import { ensureCloud } from "../connect.js";
import type { Action } from "../main.js";
import type { Output } from "../output.js";
import { placeOf } from "../place.js";
import { synthesizeHere } from "../synthesis.js";

const SIGNS = { Add: "[+]", Modify: "[~]", Remove: "[-]" } as const;
const STYLES = { Add: "green", Modify: "yellow", Remove: "red" } as const;

export const diff: Action = async ([patterns = []], options, output) => {
  const connecting = ensureCloud(options);
  connecting.catch(() => {});
  const { assembly } = await synthesizeHere(options, placeOf(options), async () => (await connecting).cloud, output);
  const stacks = selectStacks(assembly, patterns, { ...options, all: options.all ?? patterns.length === 0 });
  const { cloud } = await connecting;
  const diffs: StackDiff[] = [];
  for (const stack of stacks) {
    const found = await diffStack(cloud, stack);
    diffs.push(found);
    show(found, output);
  }
  cloud.close();
  const differing = diffs.filter(({ changes }) => changes.length > 0).length;
  output.line(`${differing} ${differing === 1 ? "stack" : "stacks"} with differences`);
  output.result({ stacks: diffs });
  return options.fail && differing > 0 ? 1 : 0;
};

function show({ displayName, exists, changes }: StackDiff, output: Output): void {
  output.line(output.style("bold", `Stack ${displayName}${exists ? "" : " (new)"}`));
  if (changes.length === 0) output.line("There were no differences");
  for (const { Action, ResourceType, LogicalResourceId, Replacement, PolicyAction, Details = [], path } of changes) {
    const fate =
      Replacement === "True"
        ? " (replaced)"
        : Replacement === "Conditional"
          ? " (may be replaced)"
          : PolicyAction === "Retain"
            ? " (kept, by its policy)"
            : "";
    output.line(
      output.style(
        STYLES[Action],
        `${SIGNS[Action]} ${ResourceType} ${path ?? LogicalResourceId} ${LogicalResourceId}${fate}`,
      ),
    );
    for (const { Target, Evaluation, CausingEntity } of Details) {
      const { Attribute, Name, RequiresRecreation, BeforeValue, AfterValue } = Target;
      const cause = Evaluation === "Dynamic" && CausingEntity ? `, follows from ${CausingEntity}` : "";
      output.line(
        `     ${Name ?? Attribute}${RequiresRecreation === "Always" ? " (requires replacement)" : ""}${cause}`,
      );
      if (BeforeValue !== undefined) output.line(output.style("red", `       - ${BeforeValue}`));
      if (AfterValue !== undefined) output.line(output.style("green", `       + ${AfterValue}`));
    }
  }
}
