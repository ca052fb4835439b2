/** The operations on documents. See the Systems Manager API Reference. */
import type { DocumentFormat, DocumentType } from "@aws-sdk/client-ssm";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, pageOf, validation } from "./constraints.js";
import { checkContent, contentAs, type Document, type DocumentVersion, describeContent, hashOf } from "./document.js";
import { documents, documentVersions } from "./tables.js";
import { setTags, tagList } from "./tags.js";

type Ssm = typeof import("@aws-sdk/client-ssm");

const NAME = /^[a-zA-Z0-9_\-.]{3,128}$/;
const VERSION = /([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)/;
const MAX_DOCUMENTS = 500;
const MAX_VERSIONS = 1000;
const FORMATS = ["JSON", "YAML", "TEXT"];
const TYPES = [
  "ApplicationConfiguration",
  "ApplicationConfigurationSchema",
  "AutoApprovalPolicy",
  "Automation",
  "Automation.ChangeTemplate",
  "ChangeCalendar",
  "CloudFormation",
  "Command",
  "ConformancePackTemplate",
  "DeploymentStrategy",
  "ManualApprovalPolicy",
  "Package",
  "Policy",
  "ProblemAnalysis",
  "ProblemAnalysisTemplate",
  "QuickSetup",
  "Session",
];

// Differs from AWS: there are no documents of Amazon's own, such as AWS-RunShellScript.
const noDocument = (name: string | undefined) =>
  new AwsError("InvalidDocument", `Document with name ${name} does not exist.`);
const noVersion = () => new AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.");

interface Found {
  readonly document: Document;
  readonly account: string;
}

/** A document by its name or, if another account shares it, its ARN. @throws AwsError `InvalidDocument` */
function getDocument(ctx: Context, name: string | undefined): Found {
  check("name", name, { pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/ });
  const arn = parseArn(name as string);
  const account = arn?.account || ctx.account;
  const key = arn ? arn.resource.replace(/^document\//, "") : (name as string);
  const document = ctx.table(documents, { account }).get(key);
  const isShared = account === ctx.account || document?.shares.all !== undefined || document?.shares[ctx.account];
  if (!document || !isShared) throw noDocument(name);
  return { document, account };
}

/** A document of the account itself. @throws AwsError `InvalidDocument` */
export function getOwnDocument(ctx: Context, name: string | undefined): Document {
  check("name", name, { pattern: NAME });
  const document = ctx.table(documents).get(name as string);
  if (!document) throw noDocument(name);
  return document;
}

/** A version by its number, `$LATEST` or `$DEFAULT`, or by its name. @throws AwsError `InvalidDocumentVersion` */
function getVersion(
  ctx: Context,
  { document, account }: Found,
  wanted = "$DEFAULT",
  versionName?: string,
): DocumentVersion {
  const table = ctx.table(documentVersions, { account });
  const { name, latestVersion, defaultVersion } = document;
  if (versionName !== undefined) {
    const named = table.rows({ prefix: [name] }).find((one) => one.versionName === versionName);
    if (!named) throw noVersion();
    return named;
  }
  check("documentVersion", wanted, { pattern: VERSION });
  const number = wanted === "$LATEST" ? latestVersion : wanted === "$DEFAULT" ? defaultVersion : Number(wanted);
  const version = Number.isSafeInteger(number) ? table.get(name, number) : undefined;
  if (!version) throw noVersion();
  return version;
}

const nameOf = (ctx: Context, { document, account }: Found) =>
  account === ctx.account ? document.name : ctx.arn(`document/${document.name}`, "ssm", { account });

/** How lists show a document. */
function identifier(ctx: Context, found: Found, version: DocumentVersion) {
  const { document, account } = found;
  const { PlatformTypes, SchemaVersion } = describeContent(version);
  return {
    Name: nameOf(ctx, found),
    CreatedDate: new Date(version.createdAt),
    DisplayName: version.displayName,
    Owner: account,
    VersionName: version.versionName,
    PlatformTypes,
    DocumentVersion: String(version.version),
    DocumentType: document.type,
    SchemaVersion,
    DocumentFormat: version.format,
    TargetType: version.targetType,
    Tags: tagList(document.tags),
    Requires: version.requires?.map(({ Name, Version }) => ({ Name, Version })),
    Author: version.author,
  };
}

/** How answers show a document. */
function description(ctx: Context, found: Found, version: DocumentVersion, status: "Active" | "Creating" = "Active") {
  const { document } = found;
  return {
    ...identifier(ctx, found, version),
    ...describeContent(version),
    Hash: hashOf(version),
    HashType: "Sha256" as const,
    Status: status,
    LatestVersion: String(document.latestVersion),
    DefaultVersion: String(document.defaultVersion),
  };
}

interface VersionInput {
  Content?: string | undefined;
  DisplayName?: string | undefined;
  VersionName?: string | undefined;
  DocumentFormat?: DocumentFormat | undefined;
  TargetType?: string | undefined;
  Attachments?: readonly object[] | undefined;
  Requires?: readonly { Name: string | undefined; Version?: string | undefined }[] | undefined;
}

function newVersion(ctx: Context, input: VersionInput, type: DocumentType, version: number): DocumentVersion {
  const format = (input.DocumentFormat ?? "JSON") as DocumentFormat;
  check("documentFormat", format, { oneOf: FORMATS });
  if (input.VersionName !== undefined) check("versionName", input.VersionName, { pattern: /^[a-zA-Z0-9_\-.]{1,128}$/ });
  // Differs from AWS: nothing fetches the files that a package is made of.
  if (input.Attachments?.length) throw validation("Attachments are not supported.");
  const content = input.Content as string;
  checkContent(content, format, type);
  return {
    version,
    versionName: input.VersionName,
    displayName: input.DisplayName,
    targetType: input.TargetType,
    format,
    content,
    requires: input.Requires?.map(({ Name, Version }) => ({ Name, Version })),
    createdAt: ctx.now(),
    author: ctx.principal.arn,
  };
}

export const createDocument: Handler<Ssm, "CreateDocument"> = (input, ctx) => {
  const name = input.Name as string;
  const type = (input.DocumentType ?? "Command") as DocumentType;
  check("documentType", type, { oneOf: TYPES });
  if (/^(aws|amazon|amzn)/i.test(name))
    throw validation(`Document name ${name} cannot begin with a reserved prefix: aws, amazon, amzn.`);
  const version = newVersion(ctx, input, type, 1);
  const table = ctx.table(documents);
  if (table.has(name)) throw new AwsError("DocumentAlreadyExists", "The specified document already exists.");
  if (table.count({ limit: MAX_DOCUMENTS }) >= MAX_DOCUMENTS)
    throw new AwsError(
      "DocumentLimitExceeded",
      `You can have at most ${MAX_DOCUMENTS} active Systems Manager documents.`,
    );
  const document: Document = {
    name,
    type,
    createdAt: ctx.now(),
    latestVersion: 1,
    defaultVersion: 1,
    tags: setTags({}, input.Tags ?? []),
    shares: {},
  };
  table.put([name], document);
  ctx.table(documentVersions).put([name, 1], version);
  return { DocumentDescription: description(ctx, { document, account: ctx.account }, version, "Creating") };
};

export const updateDocument: Handler<Ssm, "UpdateDocument"> = (input, ctx) => {
  const before = getOwnDocument(ctx, input.Name);
  const found = { document: before, account: ctx.account };
  const from = getVersion(ctx, found, input.DocumentVersion ?? "$LATEST");
  if (input.DocumentVersion !== undefined && from.version !== before.latestVersion) throw noVersion();
  const version = newVersion(
    ctx,
    { TargetType: from.targetType, DisplayName: from.displayName, Requires: from.requires, ...input },
    before.type,
    before.latestVersion + 1,
  );
  if (hashOf(from) === hashOf(version) && from.targetType === version.targetType) {
    throw new AwsError(
      "DuplicateDocumentContent",
      "The content of the association document matches another document. Change the content of the document and try again.",
    );
  }
  const table = ctx.table(documentVersions);
  const others = table.rows({ prefix: [before.name] });
  if (version.versionName !== undefined && others.some(({ versionName }) => versionName === version.versionName)) {
    throw new AwsError(
      "DuplicateDocumentVersionName",
      "The version name has already been used in this document. Specify a different version name, and then try again.",
    );
  }
  if (others.length >= MAX_VERSIONS) {
    throw new AwsError(
      "DocumentVersionLimitExceeded",
      "The document has too many versions. Delete one or more document versions and try again.",
    );
  }
  const document = { ...before, latestVersion: version.version };
  ctx.table(documents).put([before.name], document);
  table.put([before.name, version.version], version);
  return { DocumentDescription: description(ctx, { document, account: ctx.account }, version) };
};

export const updateDocumentDefaultVersion: Handler<Ssm, "UpdateDocumentDefaultVersion"> = (input, ctx) => {
  const document = getOwnDocument(ctx, input.Name);
  check("documentVersion", input.DocumentVersion, { pattern: /^[1-9][0-9]*$/ });
  const { version, versionName } = getVersion(ctx, { document, account: ctx.account }, input.DocumentVersion);
  ctx.table(documents).put([document.name], { ...document, defaultVersion: version });
  return {
    Description: { Name: document.name, DefaultVersion: String(version), DefaultVersionName: versionName },
  };
};

export const describeDocument: Handler<Ssm, "DescribeDocument"> = (input, ctx) => {
  const found = getDocument(ctx, input.Name);
  const version = getVersion(ctx, found, input.DocumentVersion, input.VersionName);
  return { Document: description(ctx, found, version) };
};

export const getDocumentContent: Handler<Ssm, "GetDocument"> = (input, ctx) => {
  const wanted = (input.DocumentFormat ?? "JSON") as DocumentFormat;
  check("documentFormat", wanted, { oneOf: FORMATS });
  const found = getDocument(ctx, input.Name);
  const version = getVersion(ctx, found, input.DocumentVersion, input.VersionName);
  const format = version.format === "TEXT" ? "TEXT" : wanted;
  return {
    Name: nameOf(ctx, found),
    CreatedDate: new Date(version.createdAt),
    DisplayName: version.displayName,
    VersionName: version.versionName,
    DocumentVersion: String(version.version),
    Status: "Active",
    Content: contentAs(version, format),
    DocumentType: found.document.type,
    DocumentFormat: format,
    Requires: version.requires?.map(({ Name, Version }) => ({ Name, Version })),
  };
};

export const deleteDocument: Handler<Ssm, "DeleteDocument"> = (input, ctx) => {
  const document = getOwnDocument(ctx, input.Name);
  const found = { document, account: ctx.account };
  const { name } = document;
  const table = ctx.table(documentVersions);
  if (input.DocumentVersion !== undefined || input.VersionName !== undefined) {
    const { version } = getVersion(ctx, found, input.DocumentVersion, input.VersionName);
    if (version === document.defaultVersion)
      throw new AwsError("InvalidDocumentOperation", "Default version of the document can't be deleted.");
    table.delete(name, version);
    const latest = Math.max(...table.rows({ prefix: [name] }).map((one) => one.version));
    ctx.table(documents).put([name], { ...document, latestVersion: latest });
    return {};
  }
  if (Object.keys(document.shares).length > 0) {
    throw new AwsError(
      "InvalidDocumentOperation",
      "You attempted to delete a document while it is still shared. You must stop sharing the document before you can delete it.",
    );
  }
  table.clear({ prefix: [name] });
  ctx.table(documents).delete(name);
  return {};
};

export const listDocumentVersions: Handler<Ssm, "ListDocumentVersions"> = (input, ctx) => {
  const found = getDocument(ctx, input.Name);
  const { document, account } = found;
  const rows = ctx.table(documentVersions, { account }).rows({ prefix: [document.name], reverse: true });
  const { items, NextToken } = pageOf(rows, ({ version }) => String(version), input, 50);
  return {
    DocumentVersions: items.map((version) => ({
      Name: nameOf(ctx, found),
      DisplayName: version.displayName,
      DocumentVersion: String(version.version),
      VersionName: version.versionName,
      CreatedDate: new Date(version.createdAt),
      IsDefaultVersion: version.version === document.defaultVersion,
      DocumentFormat: version.format,
      Status: "Active" as const,
    })),
    NextToken,
  };
};

interface Filter {
  readonly key: string;
  readonly values: readonly string[];
}

/** What a document is to a filter's key. */
const FILTERS: Readonly<Record<string, (document: Document, value: string) => boolean>> = {
  DocumentType: ({ type }, value) => type === value,
  Name: ({ name }, value) => name.startsWith(value),
  // There are documents of the account's own only.
  Owner: ({ shares }, value) => ["Self", "All"].includes(value) || (value === "Public") === "all" in shares,
  PlatformTypes: (_, value) => ["Windows", "Linux", "MacOS"].includes(value),
  SearchKeyword: ({ name }, value) => name.toLowerCase().includes(value.toLowerCase()),
};

function matches(document: Document, { key, values }: Filter): boolean {
  const tag = key.startsWith("tag:") ? document.tags[key.slice("tag:".length)] : undefined;
  return values.some((value) => (key.startsWith("tag:") ? tag === value : FILTERS[key]?.(document, value)));
}

export const listDocuments: Handler<Ssm, "ListDocuments"> = (input, ctx) => {
  const old = (input.DocumentFilterList ?? []).map(({ key = "", value = "" }) => ({
    key: String(key),
    values: [value],
  }));
  const filters: Filter[] = [
    ...old,
    ...(input.Filters ?? []).map(({ Key = "", Values = [] }) => ({ key: Key, values: Values })),
  ];
  const unknown = filters.find(({ key }) => !key.startsWith("tag:") && !Object.hasOwn(FILTERS, key));
  if (unknown) throw new AwsError("InvalidFilterKey", `The specified key ${unknown.key} is not valid.`);
  const rows = ctx
    .table(documents)
    .rows()
    .filter((document) => filters.every((filter) => matches(document, filter)));
  const { items, NextToken } = pageOf(rows, ({ name }) => name, input, 50);
  return {
    DocumentIdentifiers: items.map((document) => {
      const found = { document, account: ctx.account };
      return identifier(ctx, found, getVersion(ctx, found));
    }),
    NextToken,
  };
};

/** The ARN of the document that an input names, for authorization. */
export function documentArn({ Name = "*" }: { Name?: string | undefined }, ctx: Context): string {
  return Name.startsWith("arn:") ? Name : ctx.arn(`document/${Name}`, "ssm");
}
