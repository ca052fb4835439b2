/** Documentation of an API: parts, and versions of it. They are kept; nothing is published from them. */
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { deletePart, getPart, listParts, type PartOfApi, updatePart } from "./part-of-api.js";
import { badRequest, conflict, defined, documentationParts, documentationVersions, getApi, page } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const PART = {
  table: documentationParts,
  complaint: "Invalid Documentation part identifier specified",
  rules: { "/properties": "text" },
} as const;

export const createDocumentationPart: Handler<Sdk, "CreateDocumentationPart"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const { location, properties } = input;
  if (!location?.type) throw badRequest("Documentation part location must have a type");
  const id = randomLower(6);
  const part = defined({ id, location, properties });
  ctx.table(documentationParts).put([api.id, id], part);
  return part;
};

export const getDocumentationPart: Handler<Sdk, "GetDocumentationPart"> = (input, ctx) =>
  getPart(ctx, PART, input.restApiId, input.documentationPartId);

export const getDocumentationParts: Handler<Sdk, "GetDocumentationParts"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const parts = ctx
    .table(documentationParts)
    .rows({ prefix: [api.id] })
    .filter(({ location }) => !input.type || location?.type === input.type)
    .filter(({ location }) => !input.path || location?.path === input.path)
    .filter(({ location }) => !input.nameQuery || location?.name?.includes(input.nameQuery));
  return page(parts, input);
};

export const updateDocumentationPart: Handler<Sdk, "UpdateDocumentationPart"> = (input, ctx) =>
  updatePart(ctx, PART, input, input.documentationPartId);
export const deleteDocumentationPart: Handler<Sdk, "DeleteDocumentationPart"> = (input, ctx) =>
  deletePart(ctx, PART, input.restApiId, input.documentationPartId);

const VERSION: PartOfApi<{ version: string; createdDate?: Date | undefined; description?: string | undefined }> = {
  table: documentationVersions as PartOfApi<{ version: string }>["table"],
  complaint: "Invalid Documentation version specified",
  rules: { "/description": "text" },
};

export const createDocumentationVersion: Handler<Sdk, "CreateDocumentationVersion"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const version = input.documentationVersion ?? "";
  if (version === "") throw badRequest("Documentation version must be provided");
  if (ctx.table(documentationVersions).get(api.id, version)) throw conflict("Documentation version already exists");
  const row = defined({ version, description: input.description, createdDate: new Date(ctx.now()) });
  ctx.table(documentationVersions).put([api.id, version], row);
  return row;
};

export const getDocumentationVersion: Handler<Sdk, "GetDocumentationVersion"> = (input, ctx) =>
  getPart(ctx, VERSION, input.restApiId, input.documentationVersion);
export const getDocumentationVersions: Handler<Sdk, "GetDocumentationVersions"> = (input, ctx) =>
  listParts(ctx, VERSION, input);
export const updateDocumentationVersion: Handler<Sdk, "UpdateDocumentationVersion"> = (input, ctx) =>
  updatePart(ctx, VERSION, input, input.documentationVersion);
export const deleteDocumentationVersion: Handler<Sdk, "DeleteDocumentationVersion"> = (input, ctx) =>
  deletePart(ctx, VERSION, input.restApiId, input.documentationVersion);
