/** Parts the resources of a template so that an update can fail between the two parts. */
import { dependenciesOf } from "../../packages/brume/src/cloudformation/template/references.js";
import type { JsonObject, ResourceDefinition } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";
import { resourcesOf } from "./references.js";
import { FAILING } from "./stack.js";

const FAILS = { Type: "AWS::SQS::Queue", Properties: { QueueName: "not a name" } };

/**
 * A document with a resource that cannot be made: it depends on half of the others, and the rest depends on it.
 * @param processed the template of the stack as it is deployed, whose references say what depends on what
 */
export function failingHalfway(document: JsonObject, processed: JsonObject): JsonObject {
  const deployed = new Map(resourcesOf(processed));
  const needs = (id: string) =>
    [...dependenciesOf(deployed.get(id) as unknown as ResourceDefinition)].filter((one) => deployed.has(one));
  const present = resourcesOf(document).filter(([id]) => deployed.has(id));
  const certain = present.filter(([, { Condition }]) => Condition === undefined).map(([id]) => id);
  const depths = depthsOf([...deployed.keys()], needs);
  const ordered = certain.sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
  const first = ordered.slice(0, Math.ceil(ordered.length / 2));
  const before = closure(first, needs);
  const after = new Set(present.map(([id]) => id).filter((id) => !before.has(id)));
  const changed = resourcesOf(document).map(([id, resource]): [string, Json] => {
    if (!after.has(id)) return [id, resource];
    return [id, { ...resource, DependsOn: [...[resource.DependsOn ?? []].flat(), FAILING] }];
  });
  const Resources = { ...(document.Resources as JsonObject), ...Object.fromEntries(changed) };
  return { ...document, Resources: { ...Resources, [FAILING]: { ...FAILS, DependsOn: first } } };
}

/** How far each resource is from those that need nothing. */
function depthsOf(ids: readonly string[], needs: (id: string) => string[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const depth = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    depths.set(id, 0);
    const found = 1 + Math.max(0, ...needs(id).map(depth));
    depths.set(id, found);
    return found;
  };
  for (const id of ids) depth(id);
  return depths;
}

/** Some resources, and all that they need. */
function closure(ids: readonly string[], needs: (id: string) => string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    needs(id).forEach(visit);
  };
  ids.forEach(visit);
  return found;
}
