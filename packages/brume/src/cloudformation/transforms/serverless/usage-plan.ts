/** `UsagePlan` of a REST API's `Auth`: the plan, its key, and what joins them; one for an API, or one for all. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource, invalidStructure } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { or, ref } from "./intrinsics.js";
import { pick, says } from "./plain.js";

const MEMBERS = ["CreateUsagePlan", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"];
const CREATE = ["SHARED", "PER_API", "NONE"];
const SHARED_CONDITION = "SharedUsagePlanCondition";

/** What the APIs that share one usage plan have added to it so far. */
export class SharedUsagePlan {
  readonly stages: Json[] = [];
  readonly stageKeys: Json[] = [];
  readonly apis: string[] = [];
  /** The APIs' conditions; undefined for one that always is. */
  readonly conditions = new Set<string | undefined>();
  readonly deletionPolicies = new Set<Json>();
  readonly replacePolicies = new Set<Json>();
}

/** Makes a REST API's usage plan, its key, and the key's membership. @throws Mistake */
export function makeUsagePlan(source: Source, stage: Made, auth: JsonObject, expansion: Expansion): Made[] {
  const { id, shared } = source;
  const plan = auth.UsagePlan;
  if (plan === undefined) return [];
  if (!isObject(plan)) throw invalidResource(id, "'UsagePlan' must be a dictionary");
  if (!Object.keys(plan).every((name) => MEMBERS.includes(name))) {
    throw invalidResource(id, "Invalid property for 'UsagePlan'");
  }
  const create = plan.CreateUsagePlan;
  if (create === undefined) throw invalidResource(id, "'CreateUsagePlan' is a required field for UsagePlan.");
  if (!CREATE.includes(String(create))) {
    throw invalidResource(id, `'CreateUsagePlan' accepts one of [${CREATE.map((one) => `'${one}'`).join(", ")}].`);
  }
  if (create === "NONE") return [];
  const settings = Object.fromEntries(
    Object.entries(pick(plan, ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"])).filter(([, value]) =>
      says(value),
    ),
  );
  const apiStage = { ApiId: ref(id), Stage: ref(stage.id) };
  const stageKey = { RestApiId: ref(id), StageName: ref(stage.id) };
  if (create === "PER_API") return makeTrio(id, [apiStage], [stageKey], [id], settings, shared);
  const all = expansion.usagePlan;
  all.apis.push(id);
  all.stages.push(apiStage);
  all.stageKeys.push(stageKey);
  const attributes = sharedAttributes(shared, expansion);
  return makeTrio("Serverless", [...all.stages], [...all.stageKeys], [...all.apis], settings, attributes);
}

function makeTrio(
  prefix: string,
  stages: Json[],
  stageKeys: Json[],
  apis: string[],
  settings: JsonObject,
  attributes: JsonObject,
): Made[] {
  const [planId, keyId] = [`${prefix}UsagePlan`, `${prefix}ApiKey`];
  return [
    make(planId, "AWS::ApiGateway::UsagePlan", { ApiStages: stages, ...settings }, attributes, apis),
    make(keyId, "AWS::ApiGateway::ApiKey", { Enabled: true, StageKeys: stageKeys }, attributes, [planId]),
    make(
      `${prefix}UsagePlanKey`,
      "AWS::ApiGateway::UsagePlanKey",
      { KeyId: ref(keyId), KeyType: "API_KEY", UsagePlanId: ref(planId) },
      attributes,
      [keyId],
    ),
  ];
}

/** The shared plan exists where any of its APIs does, and is kept where any of them is. */
function sharedAttributes(shared: JsonObject, expansion: Expansion): JsonObject {
  const { usagePlan } = expansion;
  const { Condition: condition, DeletionPolicy: deletion, UpdateReplacePolicy: replacing } = shared;
  if (deletion !== undefined) usagePlan.deletionPolicies.add(deletion);
  if (replacing !== undefined) usagePlan.replacePolicies.add(replacing);
  usagePlan.conditions.add(condition === undefined ? undefined : String(condition));
  const attributes: JsonObject = {};
  const keep = (policies: ReadonlySet<Json>) => ["Retain", "Snapshot", "Delete"].find((name) => policies.has(name));
  const [kept, replaced] = [keep(usagePlan.deletionPolicies), keep(usagePlan.replacePolicies)];
  if (kept !== undefined) attributes.DeletionPolicy = kept;
  if (replaced !== undefined) attributes.UpdateReplacePolicy = replaced;
  const named = [...usagePlan.conditions].filter((name) => name !== undefined);
  if (named.length < usagePlan.conditions.size) {
    const { [SHARED_CONDITION]: _, ...rest } = expansion.conditions ?? {};
    if (expansion.conditions !== undefined) expansion.conditions = rest;
    return attributes;
  }
  if (expansion.conditions === undefined) {
    throw invalidStructure("Can't have condition without having 'Conditions' section in the template");
  }
  const any = named.length === 1 ? { Condition: named[0] as string } : or(named);
  expansion.conditions = { ...expansion.conditions, [SHARED_CONDITION]: any };
  return { ...attributes, Condition: SHARED_CONDITION };
}
