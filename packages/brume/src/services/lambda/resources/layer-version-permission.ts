/** AWS::Lambda::LayerVersionPermission */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toText } from "../../../kernel/template-values.js";
import { ifThere } from "./template-values.js";

interface Statement {
  readonly Sid: string;
  readonly Action: string;
  readonly Principal: string | { readonly AWS: string };
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string>> };
}

function parse(arn: Json | undefined): { LayerName: string; VersionNumber: number } {
  const text = String(arn);
  const colon = text.lastIndexOf(":");
  return { LayerName: text.slice(0, colon), VersionNumber: Number(text.slice(colon + 1)) };
}

/** The identifier has both the layer version and the statement: `arn#sid`. */
const split = (id: Json | undefined) => String(id).split("#") as [arn: string, sid: string];

async function read({ Id }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const [LayerVersionArn, sid] = split(Id);
  const found = await ifThere(ctx.call<{ Policy: string }>("lambda", "GetLayerVersionPolicy", parse(LayerVersionArn)));
  const statements = found ? (JSON.parse(found.Policy) as { Statement: Statement[] }).Statement : [];
  const statement = statements.find(({ Sid }) => Sid === sid);
  if (!statement) return undefined;
  const { Action, Principal, Condition } = statement;
  const principal = typeof Principal === "string" ? Principal : Principal.AWS;
  return defined({
    Id,
    LayerVersionArn,
    Action,
    Principal: principal.replace(/^arn:[^:]+:iam::(\d{12}):root$/, "$1"),
    OrganizationId: Condition?.StringEquals["aws:PrincipalOrgID"],
  });
}

export default defineResource({
  async create(desired, ctx) {
    const StatementId = ctx.physicalName({ maxLength: 100 });
    await ctx.call("lambda", "AddLayerVersionPermission", {
      ...parse(desired.LayerVersionArn),
      StatementId,
      Action: desired.Action,
      Principal: toText(desired.Principal),
      OrganizationId: toText(desired.OrganizationId),
    });
    return { ...desired, Id: `${desired.LayerVersionArn}#${StatementId}` };
  },
  read,
  // Every property is replaced when it changes.
  update: async (_desired, actual) => actual,
  async delete({ Id }, ctx) {
    const [arn, StatementId] = split(Id);
    await ifThere(ctx.call("lambda", "RemoveLayerVersionPermission", { ...parse(arn), StatementId }));
  },
  // Differs from AWS, which cannot list them either: there is no operation that would tell.
  list: async () => [],
});
