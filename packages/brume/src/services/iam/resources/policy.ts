/** AWS::IAM::Policy: one inline policy on several roles, users and groups. */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { completing, documentJson, documentText, type EntityKind, orGone, texts } from "./entity.js";

const KINDS = ["Role", "User", "Group"] as const satisfies EntityKind[];

interface Target {
  kind: EntityKind;
  name: string;
}

const targetsOf = (properties: Properties): Target[] =>
  KINDS.flatMap((kind) => texts(properties[`${kind}s`]).map((name) => ({ kind, name })));

async function put({ PolicyName, PolicyDocument }: Properties, targets: Target[], ctx: ResourceContext) {
  const document = documentText(PolicyDocument);
  for (const { kind, name } of targets) {
    await ctx.call("iam", `Put${kind}Policy`, { [`${kind}Name`]: name, PolicyName, PolicyDocument: document });
  }
}

async function take({ PolicyName }: Properties, targets: Target[], ctx: ResourceContext) {
  for (const { kind, name } of targets) {
    await orGone(ctx.call("iam", `Delete${kind}Policy`, { [`${kind}Name`]: name, PolicyName }));
  }
}

export default defineResource({
  async create(desired, ctx) {
    const targets = targetsOf(desired);
    await completing(
      () => put(desired, targets, ctx),
      () => take(desired, targets, ctx),
    );
    return { ...desired, Id: ctx.physicalName({ maxLength: 128 }) };
  },
  async read(actual, ctx) {
    const { PolicyName } = actual;
    const model: Properties = { ...actual };
    let found = false;
    for (const kind of KINDS) {
      const names: string[] = [];
      for (const name of texts(actual[`${kind}s`])) {
        const policy = await orGone(
          ctx.call<{ PolicyDocument: string }>("iam", `Get${kind}Policy`, { [`${kind}Name`]: name, PolicyName }),
        );
        if (!policy) continue;
        names.push(name);
        model.PolicyDocument = documentJson(policy.PolicyDocument);
        found = true;
      }
      if (actual[`${kind}s`] !== undefined) model[`${kind}s`] = names;
    }
    return found ? model : undefined;
  },
  async update(desired, actual, ctx) {
    const targets = targetsOf(desired);
    await put(desired, targets, ctx);
    const renamed = desired.PolicyName !== actual.PolicyName;
    const isKept = (one: Target) => targets.some(({ kind, name }) => kind === one.kind && name === one.name);
    await take(
      actual,
      targetsOf(actual).filter((target) => renamed || !isKept(target)),
      ctx,
    );
    return { ...desired, Id: actual.Id as string };
  },
  async delete(actual, ctx) {
    await take(actual, targetsOf(actual), ctx);
  },
  async list() {
    return [];
  },
});
