/** What AWS::IAM::RolePolicy, UserPolicy and GroupPolicy have in common: one inline policy of one entity. */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { documentJson, documentText, type EntityKind, orGone } from "./entity.js";

/** The provider for the inline policies of a kind of entity. */
export function inlinePolicyOf(kind: EntityKind) {
  const member = `${kind}Name`;
  const target = (properties: Properties) => ({
    [member]: properties[member] as string,
    PolicyName: properties.PolicyName as string,
  });

  async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
    const PolicyDocument = documentText(desired.PolicyDocument);
    await ctx.call("iam", `Put${kind}Policy`, { ...target(desired), PolicyDocument });
    return { ...desired };
  }

  return defineResource({
    create: put,
    async read(actual, ctx) {
      const found = await orGone(ctx.call<{ PolicyDocument: string }>("iam", `Get${kind}Policy`, target(actual)));
      return found && { ...target(actual), PolicyDocument: documentJson(found.PolicyDocument) };
    },
    update: (desired, actual, ctx) => put({ ...target(actual), PolicyDocument: desired.PolicyDocument ?? {} }, ctx),
    async delete(actual, ctx) {
      await orGone(ctx.call("iam", `Delete${kind}Policy`, target(actual)));
    },
    async list() {
      return [];
    },
  });
}
