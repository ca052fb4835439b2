/** AWS::ApiGateway::UsagePlan */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { arnOf, orGone, type PatchOperation, segment, setTags, tagList, tagMap, withoutUndefined } from "./mapped.js";

interface Throttle {
  burstLimit?: number;
  rateLimit?: number;
}
interface Plan {
  id: string;
  name?: string;
  description?: string;
  throttle?: Throttle;
  quota?: { limit?: number; offset?: number; period?: string };
  apiStages?: { apiId: string; stage: string; throttle?: Record<string, Throttle> }[];
  tags?: Record<string, string>;
}

const numberOf = (value: Json | undefined) => (value === undefined ? undefined : Number(value));

function throttleOf(value: Json | undefined): Throttle | undefined {
  if (!value) return undefined;
  const { BurstLimit, RateLimit } = value as Properties;
  return withoutUndefined({ burstLimit: numberOf(BurstLimit), rateLimit: numberOf(RateLimit) }) as Throttle;
}

function stagesOf(desired: Properties): NonNullable<Plan["apiStages"]> {
  return ((desired.ApiStages ?? []) as Properties[]).map(({ ApiId, Stage, Throttle: limits }) => {
    const throttle = Object.entries((limits ?? {}) as Properties).map(([method, one]) => [method, throttleOf(one)]);
    return {
      apiId: ApiId as string,
      stage: Stage as string,
      ...(limits ? { throttle: Object.fromEntries(throttle) as Record<string, Throttle> } : {}),
    };
  });
}

function quotaOf(value: Json | undefined): Plan["quota"] {
  if (!value) return undefined;
  const { Limit, Offset, Period } = value as Properties;
  return withoutUndefined({ limit: numberOf(Limit), offset: numberOf(Offset), period: Period }) as Plan["quota"];
}

const shownThrottle = ({ burstLimit, rateLimit }: Throttle = {}) =>
  withoutUndefined({ BurstLimit: burstLimit, RateLimit: rateLimit });

function modelOf(plan: Plan): Properties {
  const { id, name, description, throttle, quota, apiStages, tags } = plan;
  return withoutUndefined({
    Id: id,
    UsagePlanName: name,
    Description: description,
    Throttle: throttle && shownThrottle(throttle),
    Quota: quota && withoutUndefined({ Limit: quota.limit, Offset: quota.offset, Period: quota.period }),
    ApiStages: apiStages?.length
      ? apiStages.map((one) =>
          withoutUndefined({
            ApiId: one.apiId,
            Stage: one.stage,
            Throttle:
              one.throttle &&
              Object.fromEntries(Object.entries(one.throttle).map(([name, limits]) => [name, shownThrottle(limits)])),
          }),
        )
      : undefined,
    Tags: tagList(tags),
  });
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const plan = await orGone(ctx.call<Plan>("api-gateway", "GetUsagePlan", { usagePlanId: actual.Id }));
  return plan && modelOf(plan);
}

/** Sets a member that has parts, or takes it away. */
function patchParts(path: string, value: object | undefined): PatchOperation[] {
  const cleared: PatchOperation[] = [{ op: "remove", path }];
  return cleared.concat(
    Object.entries(value ?? {}).map(([name, part]) => ({
      op: "replace",
      path: `${path}/${name}`,
      value: String(part),
    })),
  );
}

function patchStages(before: NonNullable<Plan["apiStages"]>, after: NonNullable<Plan["apiStages"]>): PatchOperation[] {
  const removed = before.map(
    ({ apiId, stage }): PatchOperation => ({ op: "remove", path: "/apiStages", value: `${apiId}:${stage}` }),
  );
  const added = after.flatMap(({ apiId, stage, throttle = {} }) => {
    const name = `${apiId}:${stage}`;
    const limits = Object.entries(throttle).flatMap(([method, limit]) =>
      Object.entries(limit).map(
        ([part, value]): PatchOperation => ({
          op: "replace",
          path: `/apiStages/${name}/throttle/${segment(method)}/${part}`,
          value: String(value),
        }),
      ),
    );
    return [
      { op: "remove", path: `/apiStages/${name}/throttle` },
      { op: "add", path: "/apiStages", value: name },
      ...limits,
    ] as PatchOperation[];
  });
  return [...removed, ...added];
}

export default defineResource({
  async create(desired, ctx) {
    const plan = await ctx.call<Plan>("api-gateway", "CreateUsagePlan", {
      name: desired.UsagePlanName ?? ctx.physicalName(),
      ...withoutUndefined({ description: desired.Description }),
      throttle: throttleOf(desired.Throttle),
      quota: quotaOf(desired.Quota),
      apiStages: stagesOf(desired),
      tags: tagMap(desired.Tags),
    });
    return modelOf(plan);
  },
  read,
  async update(desired, actual, ctx) {
    const { UsagePlanName, Description } = desired;
    const before = await ctx.call<Plan>("api-gateway", "GetUsagePlan", { usagePlanId: actual.Id });
    const operations: PatchOperation[] = [
      ...(UsagePlanName ? [{ op: "replace" as const, path: "/name", value: UsagePlanName as string }] : []),
      Description === undefined
        ? { op: "remove", path: "/description" }
        : { op: "replace", path: "/description", value: Description as string },
      ...patchParts("/throttle", throttleOf(desired.Throttle)),
      ...patchParts("/quota", quotaOf(desired.Quota)),
      ...patchStages(before.apiStages ?? [], stagesOf(desired)),
    ];
    await ctx.call("api-gateway", "UpdateUsagePlan", { usagePlanId: actual.Id, patchOperations: operations });
    await setTags(arnOf(`/usageplans/${actual.Id as string}`, ctx), actual.Tags, desired.Tags, ctx);
    return (await read(actual, ctx)) ?? actual;
  },
  async delete(actual, ctx) {
    const plan = await orGone(ctx.call<Plan>("api-gateway", "GetUsagePlan", { usagePlanId: actual.Id }));
    if (!plan) return;
    // A plan goes only when it serves no stage any more; stages that are gone are no hindrance.
    const patch = patchStages(plan.apiStages ?? [], []);
    if (patch.length > 0)
      await ctx.call("api-gateway", "UpdateUsagePlan", { usagePlanId: plan.id, patchOperations: patch });
    await orGone(ctx.call("api-gateway", "DeleteUsagePlan", { usagePlanId: plan.id }));
  },
  async list(ctx) {
    const { items = [] } = await ctx.call<{ items?: Plan[] }>("api-gateway", "GetUsagePlans", { limit: 500 });
    return items.map(modelOf);
  },
});
