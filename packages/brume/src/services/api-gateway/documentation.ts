/** Documentation of an API: parts, and versions of it. They are kept; nothing is published from them. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { deletePart, getPart, listParts, type PartOfApi, updatePart } from "./part-of-api.js";
import { readDocument, textOf } from "./shared/document-text.js";
import {
  badRequest,
  conflict,
  defined,
  documentationParts,
  documentationVersions,
  getApi,
  page,
  required,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const PART = {
  table: documentationParts,
  complaint: "Invalid Documentation part identifier specified",
  rules: { "/properties": "text" },
} as const;

type Location = NonNullable<Parameters<typeof createDocumentationPart>[0]["location"]>;

function newPart(ctx: Context, api: string, location: Location | undefined, properties: string | undefined) {
  if (!location?.type) throw badRequest("Documentation part location must have a type");
  required(properties, "Documentation part properties");
  const id = randomLower(6);
  const part = defined({ id, location, properties });
  ctx.table(documentationParts).put([api, id], part);
  return part;
}

export const createDocumentationPart: Handler<Sdk, "CreateDocumentationPart"> = (input, ctx) =>
  newPart(ctx, getApi(ctx, input.restApiId).id, input.location, input.properties);

/** What a description says of its documentation. */
interface Described {
  readonly "x-amazon-apigateway-documentation"?: {
    readonly documentationParts?: readonly { readonly location?: Location; readonly properties?: unknown }[];
  };
}

/** Keeps the documentation that a description holds. In a merge, what is said of the same place is replaced. */
export function importParts(ctx: Context, api: string, document: unknown, overwrite: boolean): string[] {
  const parts = (document as Described | null)?.["x-amazon-apigateway-documentation"]?.documentationParts ?? [];
  if (typeof parts !== "object" || !("map" in parts)) throw badRequest("Invalid documentation specified");
  const before = ctx.table(documentationParts).rows({ prefix: [api] });
  const placeOf = (location: object | undefined) => JSON.stringify(Object.entries(location ?? {}).sort());
  const places = new Set(parts.map(({ location }) => placeOf(location)));
  for (const { id, location } of before) {
    if (overwrite || places.has(placeOf(location))) ctx.table(documentationParts).delete(api, id);
  }
  return parts.map(({ location, properties }) => {
    const text = typeof properties === "string" ? properties : JSON.stringify(properties ?? {});
    return newPart(ctx, api, location, text).id;
  });
}

export const importDocumentationParts: Handler<Sdk, "ImportDocumentationParts"> = async (input, ctx) => {
  if (!input.body) throw badRequest("Unable to parse the documentation");
  let document: unknown;
  try {
    document = await readDocument(textOf(input.body));
  } catch {
    throw badRequest("Unable to parse the documentation");
  }
  const api = getApi(ctx, input.restApiId);
  return { ids: importParts(ctx, api.id, document, input.mode === "overwrite"), warnings: [] };
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
