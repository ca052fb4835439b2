/** AWS::SSM::Document */
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, same, tagsOf, toText } from "../../../kernel/template-values.js";

interface Answer {
  Content: string;
  DocumentFormat: string;
  DocumentType: string;
  VersionName?: string;
  Requires?: Json;
}
interface Description {
  Document: { Tags?: Json[]; TargetType?: string; LatestVersion: string };
}

const contentText = (content: Json | undefined) => (typeof content === "object" ? JSON.stringify(content) : content);

const inputOf = (desired: Properties) => ({
  Content: contentText(desired.Content),
  DocumentFormat: toText(desired.DocumentFormat),
  TargetType: toText(desired.TargetType),
  VersionName: toText(desired.VersionName),
  Attachments: desired.Attachments,
  Requires: desired.Requires,
});

async function read(
  { Name, Content, UpdateMethod }: Properties,
  ctx: ResourceContext,
): Promise<Properties | undefined> {
  try {
    const latest = { Name, DocumentVersion: "$LATEST" };
    const { Document } = await ctx.call<Description>("ssm", "DescribeDocument", latest);
    const { DocumentFormat } = Document as unknown as { DocumentFormat: string };
    const document = await ctx.call<Answer>("ssm", "GetDocument", { ...latest, DocumentFormat });
    // A template that wrote the content as an object is shown it as one.
    const asObject = typeof Content === "object" && /^\s*\{/.test(document.Content);
    return defined({
      Name,
      Content: asObject ? (JSON.parse(document.Content) as Json) : document.Content,
      DocumentFormat: document.DocumentFormat,
      DocumentType: document.DocumentType,
      TargetType: Document.TargetType,
      VersionName: document.VersionName,
      Requires: document.Requires,
      UpdateMethod,
      Tags: Document.Tags?.length ? Document.Tags : undefined,
    });
  } catch (error) {
    if (isAwsError(error, "InvalidDocument")) return undefined;
    throw error;
  }
}

const VERSIONED = ["Content", "DocumentFormat", "TargetType", "VersionName", "Requires", "Attachments"];

export default defineResource({
  async create(desired, ctx) {
    const Name = toText(desired.Name) ?? ctx.physicalName({ maxLength: 128 });
    const input = { ...inputOf(desired), Name, DocumentType: toText(desired.DocumentType), Tags: tagsOf(desired) };
    await ctx.call("ssm", "CreateDocument", input);
    return (await read({ ...desired, Name }, ctx)) ?? { Name };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const Name = actual.Name as string;
    if (VERSIONED.some((name) => !same(desired[name], previous[name]))) {
      const input = { ...inputOf(desired), Name, DocumentVersion: "$LATEST" };
      const updating = ctx.call<{ DocumentDescription: { DocumentVersion: string } }>("ssm", "UpdateDocument", input);
      const updated = await orUndefined(updating, "DuplicateDocumentContent");
      const DocumentVersion = updated?.DocumentDescription.DocumentVersion;
      if (DocumentVersion) await ctx.call("ssm", "UpdateDocumentDefaultVersion", { Name, DocumentVersion });
    }
    const target = { ResourceType: "Document", ResourceId: Name };
    const Tags = tagsOf(desired);
    const TagKeys = tagsOf(actual)
      .map(({ Key }) => Key)
      .filter((key) => !Tags.some(({ Key }) => Key === key));
    if (TagKeys.length > 0) await ctx.call("ssm", "RemoveTagsFromResource", { ...target, TagKeys });
    if (Tags.length > 0) await ctx.call("ssm", "AddTagsToResource", { ...target, Tags });
    return (await read({ ...desired, Name }, ctx)) ?? { Name };
  },
  async delete({ Name }, ctx) {
    await orUndefined(ctx.call("ssm", "DeleteDocument", { Name }), "InvalidDocument");
  },
  async list(ctx) {
    const names: Properties[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ctx.call<{ DocumentIdentifiers: { Name: string }[]; NextToken?: string }>(
        "ssm",
        "ListDocuments",
        { NextToken },
      );
      names.push(...page.DocumentIdentifiers.map(({ Name }) => ({ Name })));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return names;
  },
});
