/** `brume diff`. */
import { type Change, diffStack, type StackDiff } from "../../assembly/diff.js";
import { selectStacks } from "../../assembly/manifest.js";
import { type ValueDifference, valueDifferences } from "../../assembly/value-differences.js";
import { ensureCloud } from "../connect.js";
import type { Action } from "../main.js";
import type { Output } from "../output.js";
import { placeOf } from "../place.js";
import { synthesizeHere } from "../synthesis.js";

const SIGNS = { Add: "[+]", Modify: "[~]", Remove: "[-]" } as const;
/** What change sets write for a value that is not known yet, and what is shown for it. */
const KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}";
const KNOWN_LATER = "(known after deployment)";
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

function show({ displayName, exists, changes, iam }: StackDiff, output: Output): void {
  output.line(output.style("bold", `Stack ${displayName}${exists ? "" : " (new)"}`));
  if (changes.length === 0) output.line("There were no differences");
  if (iam.length > 0) output.line("Permissions");
  for (const { sign, of, text } of iam)
    output.line(
      output.style(
        sign === "+" ? "green" : "red",
        `[${sign}] ${text.replaceAll(KNOWN_AFTER_APPLY, KNOWN_LATER)}  (${of})`,
      ),
    );
  if (changes.length > 0) output.line("Resources");
  for (const change of changes) showChange(change, output, "");
}

function showChange(change: Change, output: Output, indent: string): void {
  const { Action, ResourceType, LogicalResourceId, Details = [], path, nested = [] } = change;
  const what = `${SIGNS[Action]} ${ResourceType} ${path ?? LogicalResourceId} ${LogicalResourceId}${fateOf(change)}`;
  output.line(indent + output.style(STYLES[Action], what));
  for (const { Target, Evaluation, CausingEntity } of Details) {
    const { Attribute, Name, RequiresRecreation, BeforeValue, AfterValue } = Target;
    const cause = Evaluation === "Dynamic" && CausingEntity ? `, follows from ${CausingEntity}` : "";
    const replaces = RequiresRecreation === "Never" ? "" : " (requires replacement)";
    for (const { path: inner, ...values } of differencesOf(BeforeValue, knownPart(change, Name) ?? AfterValue)) {
      output.line(`${indent}     ${Name ?? Attribute}${inner}${replaces}${cause}`);
      if ("before" in values) output.line(indent + output.style("red", `       - ${text(values.before)}`));
      if ("after" in values) output.line(indent + output.style("green", `       + ${text(values.after)}`));
    }
  }
  for (const inner of nested) showChange(inner, output, `${indent}  `);
}

/** The new value of a property as far as it is known, where that is only in part. */
function knownPart({ AfterContext, Details = [] }: Change, name: string | undefined): string | undefined {
  const isPart = Details.some(({ Target, Evaluation }) => Target.Name === name && Evaluation === "Dynamic");
  if (!isPart || name === undefined || AfterContext === undefined) return undefined;
  const value = (JSON.parse(AfterContext) as { Properties?: Record<string, unknown> }).Properties?.[name];
  return typeof value === "object" ? JSON.stringify(value) : undefined;
}

/** At least one line for each detail, whether its values are told or not. */
function differencesOf(before: string | undefined, after: string | undefined): ValueDifference[] {
  const differences = valueDifferences(before, after);
  return differences.length > 0 ? differences : [{ path: "" }];
}

/** What becomes of the resource, beyond being changed. */
function fateOf({ Replacement, PolicyAction }: Change): string {
  if (Replacement === "True")
    return PolicyAction === "ReplaceAndRetain" ? " (replaced; the old one is kept)" : " (replaced)";
  if (Replacement === "Conditional") return " (may be replaced)";
  if (PolicyAction === "Retain") return " (kept, by its policy)";
  return PolicyAction === "Snapshot" ? " (a snapshot is kept, by its policy)" : "";
}

const text = (value: unknown) =>
  (typeof value === "object" ? JSON.stringify(value) : String(value)).replaceAll(KNOWN_AFTER_APPLY, KNOWN_LATER);
