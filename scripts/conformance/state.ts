/** What a stack is: all that a rollback has to bring back. */

import { isCustomType } from "../../packages/brume/src/cloudformation/template/validate.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";
import type { Account } from "./account.js";
import { describeStack, type StackResource, stackResources } from "./stack.js";

interface Drift {
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly StackResourceDriftStatus: string;
  readonly ActualProperties?: string;
  readonly PropertyDifferences?: readonly { PropertyPath: string; ExpectedValue: string; ActualValue: string }[];
}

/** A stack as it can be seen from outside: its templates, parameters, outputs, resources and their properties. */
export type StackState = ReadonlyMap<string, string>;

/** @throws Error when a resource is not as its template says */
export async function stateOf(account: Account, StackName: string): Promise<StackState> {
  const state = new Map<string, string>();
  const note = (name: string, value: unknown) => state.set(name, JSON.stringify(value ?? null));
  const { Parameters, Outputs, Description } = await describeStack(account, StackName);
  note("description", Description);
  note("parameters", Parameters);
  note("outputs", Outputs);
  for (const TemplateStage of ["Original", "Processed"]) {
    const { TemplateBody } = await account.cloudformation("GetTemplate", { StackName, TemplateStage });
    note(`template (${TemplateStage})`, TemplateBody);
  }
  const resources = await stackResources(account, StackName);
  for (const { LogicalResourceId, ResourceType, PhysicalResourceId } of resources) {
    // Which physical resource a custom one is, its function decides anew at each update.
    note(LogicalResourceId, [ResourceType, isCustomType(ResourceType) ? undefined : PhysicalResourceId]);
  }
  for (const drift of await drifts(account, StackName)) {
    if (!/^(IN_SYNC|NOT_CHECKED)$/.test(drift.StackResourceDriftStatus)) throw new Error(driftMessage(drift));
    note(`${drift.LogicalResourceId} properties`, sorted(JSON.parse(drift.ActualProperties ?? "null") as Json));
  }
  for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of resources) {
    if (ResourceType !== "AWS::CloudFormation::Stack" || !PhysicalResourceId) continue;
    for (const [name, value] of await stateOf(account, PhysicalResourceId))
      state.set(`${LogicalResourceId}/${name}`, value);
  }
  return state;
}

async function drifts(account: Account, StackName: string): Promise<Drift[]> {
  await account.cloudformation("DetectStackDrift", { StackName });
  await account.cloud.idle();
  const { StackResourceDrifts } = await account.cloudformation<{ StackResourceDrifts: Drift[] }>(
    "DescribeStackResourceDrifts",
    { StackName },
  );
  return StackResourceDrifts;
}

function driftMessage({ ResourceType, LogicalResourceId, StackResourceDriftStatus, PropertyDifferences = [] }: Drift) {
  const [first] = PropertyDifferences;
  const where = first ? ` ${first.PropertyPath}: expected ${first.ExpectedValue}, is ${first.ActualValue}` : "";
  return `drift: ${ResourceType} ${LogicalResourceId} is ${StackResourceDriftStatus}${where}`;
}

/** Lists of services come in no order, and properties of objects neither. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** @throws Error that names the first thing that is not what it was */
export function expectSame(before: StackState, after: StackState): void {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    if (was !== is) throw new Error(`not restored: ${name} was ${was?.slice(0, 200)}, is ${is?.slice(0, 200)}`);
  }
}

/** @throws Error that names the first resource that was replaced or has gone */
export function expectSamePlaces(before: readonly StackResource[], after: readonly StackResource[]): void {
  const now = new Map(after.map((resource) => [resource.LogicalResourceId, resource.PhysicalResourceId]));
  for (const { LogicalResourceId, ResourceType, PhysicalResourceId } of before) {
    // Which physical resource a custom one is, its function decides.
    if (isCustomType(ResourceType)) continue;
    const is = now.get(LogicalResourceId);
    if (is !== PhysicalResourceId)
      throw new Error(
        `${ResourceType} ${LogicalResourceId} was replaced: ${PhysicalResourceId} became ${is ?? "nothing"}`,
      );
  }
}
