import * as sdk from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let ssm: sdk.SSMClient;
beforeAll(async () => {
  cloud = await startCloud();
  ssm = cloud.client(sdk.SSMClient);
});
afterAll(() => cloud.close());

const contentOf = (command: string) =>
  JSON.stringify({
    schemaVersion: "2.2",
    description: "Runs a command",
    parameters: { path: { type: "String", default: "/" } },
    mainSteps: [{ action: "aws:runShellScript", name: "run", inputs: { runCommand: [command] } }],
  });
const create = (Name: string, more: Partial<sdk.CreateDocumentCommandInput> = {}) =>
  ssm.send(new sdk.CreateDocumentCommand({ Name, Content: contentOf("ls"), ...more }));
const update = (Name: string, more: Partial<sdk.UpdateDocumentCommandInput> = {}) =>
  ssm.send(new sdk.UpdateDocumentCommand({ Name, Content: contentOf("pwd"), DocumentVersion: "$LATEST", ...more }));

describe("CreateDocument, DescribeDocument", () => {
  it("keep a document, and say what is in it", async () => {
    const { DocumentDescription } = await create("described", { Tags: [{ Key: "a", Value: "1" }] });
    expect(DocumentDescription).toMatchObject({ Status: "Creating", DocumentVersion: "1" });
    const { Document } = await ssm.send(new sdk.DescribeDocumentCommand({ Name: "described" }));
    expect(Document).toMatchObject({
      Status: "Active",
      DocumentType: "Command",
      SchemaVersion: "2.2",
      Description: "Runs a command",
      Parameters: [{ Name: "path", Type: "String", DefaultValue: "/" }],
      Tags: [{ Key: "a", Value: "1" }],
      Owner: "000000000000",
    });
    await expect(create("described")).rejects.toThrow(sdk.DocumentAlreadyExists);
    await expect(ssm.send(new sdk.DescribeDocumentCommand({ Name: "nobody" }))).rejects.toThrow(sdk.InvalidDocument);
  });

  const refused = [
    [{ Content: "{" }, "InvalidDocumentContent"],
    [{ Content: "{}" }, "InvalidDocumentContent"],
    [{ Content: '{"schemaVersion":"9.9"}' }, "InvalidDocumentSchemaVersion"],
    [{ Content: '{"schemaVersion":"2.2"}', DocumentType: "Automation" as const }, "InvalidDocumentSchemaVersion"],
    [{ Content: `{"schemaVersion":"2.2","a":"${"x".repeat(65_536)}"}` }, "MaxDocumentSizeExceeded"],
    [{ Name: "AWS-Mine" }, "ValidationException"],
  ] as const;
  it.each(refused)("refuse %j", async (input, name) => {
    await expect(create("refused", input)).rejects.toMatchObject({ name });
  });
});

describe("UpdateDocument, UpdateDocumentDefaultVersion, ListDocumentVersions, GetDocument", () => {
  it("count versions, of which one is the default", async () => {
    const Name = "versions";
    await create(Name);
    await expect(update(Name, { Content: contentOf("ls") })).rejects.toThrow(sdk.DuplicateDocumentContent);
    expect((await update(Name, { VersionName: "second" })).DocumentDescription).toMatchObject({
      DocumentVersion: "2",
      LatestVersion: "2",
      DefaultVersion: "1",
    });
    await expect(update(Name, { Content: contentOf("x"), DocumentVersion: "1" })).rejects.toThrow(
      sdk.InvalidDocumentVersion,
    );
    await expect(update(Name, { Content: contentOf("x"), VersionName: "second" })).rejects.toThrow(
      sdk.DuplicateDocumentVersionName,
    );
    const get = async (more: Partial<sdk.GetDocumentCommandInput> = {}) =>
      (await ssm.send(new sdk.GetDocumentCommand({ Name, ...more }))).Content;
    expect(await get()).toContain("ls");
    expect(await get({ VersionName: "second" })).toContain("pwd");
    await ssm.send(new sdk.UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: "2" }));
    expect(await get()).toContain("pwd");
    const { DocumentVersions } = await ssm.send(new sdk.ListDocumentVersionsCommand({ Name }));
    expect(DocumentVersions?.map((one) => [one.DocumentVersion, one.IsDefaultVersion])).toEqual([
      ["2", true],
      ["1", false],
    ]);
  });

  it("give YAML as JSON, and the other way", async () => {
    const Content = "schemaVersion: '2.2'\nmainSteps: []\n";
    await create("yaml", { Content, DocumentFormat: "YAML" });
    const get = async (DocumentFormat?: sdk.DocumentFormat) =>
      (await ssm.send(new sdk.GetDocumentCommand({ Name: "yaml", DocumentFormat }))).Content;
    expect(JSON.parse((await get()) ?? "")).toEqual({ schemaVersion: "2.2", mainSteps: [] });
    expect(await get("YAML")).toBe(Content);
  });
});

describe("DeleteDocument, ModifyDocumentPermission, DescribeDocumentPermission", () => {
  it("keep a document that is shared, and the default version", async () => {
    const Name = "shared";
    await create(Name);
    await update(Name);
    const other = cloud.client(sdk.SSMClient, { credentials: { accessKeyId: "111111111111", secretAccessKey: "x" } });
    const reading = () =>
      other.send(new sdk.GetDocumentCommand({ Name: "arn:aws:ssm:us-east-1:000000000000:document/shared" }));
    await expect(reading()).rejects.toThrow(sdk.InvalidDocument);
    const share = { Name, PermissionType: "Share" as const };
    await ssm.send(new sdk.ModifyDocumentPermissionCommand({ ...share, AccountIdsToAdd: ["111111111111"] }));
    expect((await reading()).Content).toContain("ls");
    const { AccountIds } = await ssm.send(new sdk.DescribeDocumentPermissionCommand(share));
    expect(AccountIds).toEqual(["111111111111"]);
    await expect(ssm.send(new sdk.DeleteDocumentCommand({ Name }))).rejects.toThrow(sdk.InvalidDocumentOperation);
    await expect(ssm.send(new sdk.DeleteDocumentCommand({ Name, DocumentVersion: "1" }))).rejects.toThrow(
      "Default version of the document can't be deleted.",
    );
    await ssm.send(new sdk.DeleteDocumentCommand({ Name, DocumentVersion: "2" }));
    await ssm.send(new sdk.ModifyDocumentPermissionCommand({ ...share, AccountIdsToRemove: ["111111111111"] }));
    await ssm.send(new sdk.DeleteDocumentCommand({ Name }));
    await expect(ssm.send(new sdk.DescribeDocumentCommand({ Name }))).rejects.toThrow(sdk.InvalidDocument);
  });
});

describe("ListDocuments", () => {
  it("filters, page by page", async () => {
    for (const name of ["list-a", "list-b", "list-c"]) await create(name, { Tags: [{ Key: "set", Value: "x" }] });
    await create("list-d", { Content: '{"schemaVersion":"0.3"}', DocumentType: "Automation" });
    const list = (input: sdk.ListDocumentsCommandInput) => ssm.send(new sdk.ListDocumentsCommand(input));
    const names = (page: sdk.ListDocumentsCommandOutput) => page.DocumentIdentifiers?.map(({ Name }) => Name);
    const Filters = [{ Key: "tag:set", Values: ["x"] }];
    const first = await list({ Filters, MaxResults: 2 });
    const second = await list({ Filters, MaxResults: 2, NextToken: first.NextToken });
    expect([names(first), names(second)]).toEqual([["list-a", "list-b"], ["list-c"]]);
    expect(names(await list({ DocumentFilterList: [{ key: "DocumentType", value: "Automation" }] }))).toEqual([
      "list-d",
    ]);
    await expect(list({ Filters: [{ Key: "Colour", Values: ["red"] }] })).rejects.toThrow(sdk.InvalidFilterKey);
    await expect(list({ NextToken: "x" })).rejects.toThrow(sdk.InvalidNextToken);
  });
});
