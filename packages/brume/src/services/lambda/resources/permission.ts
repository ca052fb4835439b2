/** AWS::Lambda::Permission */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, toBoolean, toText } from "../../../kernel/template-values.js";
import { ifThere } from "./template-values.js";

interface Statement {
  readonly Sid: string;
  readonly Action: string;
  readonly Principal: string | { readonly Service?: string; readonly AWS?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

async function statementsOf(FunctionName: string, ctx: ResourceContext): Promise<Statement[]> {
  const found = await ifThere(ctx.call<{ Policy: string }>("lambda", "GetPolicy", { FunctionName }));
  return found ? (JSON.parse(found.Policy) as { Statement: Statement[] }).Statement : [];
}

function modelOf(FunctionName: string, { Sid, Action, Principal, Condition }: Statement): Properties {
  const equals = Condition?.StringEquals ?? {};
  const principal = typeof Principal === "string" ? Principal : (Principal.Service ?? Principal.AWS);
  return defined({
    Id: Sid,
    FunctionName,
    Action,
    Principal: principal?.replace(/^arn:[^:]+:iam::(\d{12}):root$/, "$1"),
    SourceArn: Condition?.ArnLike?.["AWS:SourceArn"],
    SourceAccount: equals["AWS:SourceAccount"],
    EventSourceToken: equals["lambda:EventSourceToken"],
    FunctionUrlAuthType: equals["lambda:FunctionUrlAuthType"],
    PrincipalOrgID: equals["aws:PrincipalOrgID"],
    InvokedViaFunctionUrl: toBoolean(Condition?.Bool?.["lambda:InvokedViaFunctionUrl"]),
  });
}

async function read({ FunctionName, Id }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const statement = (await statementsOf(String(FunctionName), ctx)).find(({ Sid }) => Sid === Id);
  return statement && modelOf(String(FunctionName), statement);
}

export default defineResource({
  async create(desired, ctx) {
    const Id = ctx.physicalName({ maxLength: 100 });
    await ctx.call("lambda", "AddPermission", {
      FunctionName: desired.FunctionName,
      StatementId: Id,
      Action: desired.Action,
      Principal: toText(desired.Principal),
      SourceArn: desired.SourceArn,
      SourceAccount: toText(desired.SourceAccount),
      EventSourceToken: desired.EventSourceToken,
      FunctionUrlAuthType: desired.FunctionUrlAuthType,
      PrincipalOrgID: desired.PrincipalOrgID,
      InvokedViaFunctionUrl: toBoolean(desired.InvokedViaFunctionUrl),
    });
    return { ...desired, Id };
  },
  read,
  // Every property of a permission is replaced when it changes.
  update: async (desired, { Id }) => ({ ...desired, Id: Id as string }),
  async delete({ FunctionName, Id }, ctx) {
    await ifThere(ctx.call("lambda", "RemovePermission", { FunctionName, StatementId: Id }));
  },
  async list(ctx) {
    const { Functions = [] } = await ctx.call<{ Functions?: { FunctionName: string }[] }>(
      "lambda",
      "ListFunctions",
      {},
    );
    const found = await Promise.all(
      Functions.map(async ({ FunctionName }) =>
        (await statementsOf(FunctionName, ctx)).map(({ Sid }) => ({ FunctionName, Id: Sid })),
      ),
    );
    return found.flat();
  },
});
