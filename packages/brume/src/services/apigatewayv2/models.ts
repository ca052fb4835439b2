/** Models: JSON schemas that an API keeps. They describe; HTTP and WebSocket APIs hold no request against them. */
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { modelTemplate } from "../api-gateway/shared/model-template.js";
import { deletePart, getPart, listParts, type PartOfApi, putPart, updatePart } from "./part-of-api.js";
import { badRequest, conflict, getApiRow, type Model, models, required } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

const MODEL: PartOfApi<Model> = {
  table: models,
  noun: "Model",
  check(ctx, apiId, model) {
    if (!/^[A-Za-z0-9]{1,128}$/.test(model.Name)) throw badRequest("Model name must be alphanumeric");
    const others = ctx.table(models).rows({ prefix: [apiId] });
    if (others.some(({ Name, ModelId }) => Name === model.Name && ModelId !== model.ModelId)) {
      throw conflict("Model name already exists for this Api");
    }
    try {
      JSON.parse(model.Schema ?? "");
    } catch {
      throw badRequest("Invalid model schema specified: Unsupported schema. Only JSON schema is supported.");
    }
  },
};

export const createModel: Handler<Sdk, "CreateModel"> = ({ ApiId, ...given }, ctx) => {
  const { ApiId: id } = getApiRow(ctx, ApiId);
  const ModelId = randomLower(6);
  const Name = required(given.Name, "Name");
  return putPart(ctx, MODEL, [id, ModelId], { ContentType: "application/json", ...given, Name, ModelId });
};
export const getModel: Handler<Sdk, "GetModel"> = ({ ApiId, ModelId }, ctx) => getPart(ctx, MODEL, [ApiId, ModelId]);
export const getModels: Handler<Sdk, "GetModels"> = (input, ctx) => listParts(ctx, MODEL, [input.ApiId], input);
export const getModelTemplate: Handler<Sdk, "GetModelTemplate"> = ({ ApiId, ModelId }, ctx) => {
  const { Schema = "{}" } = getPart(ctx, MODEL, [ApiId, ModelId]);
  const others = ctx.table(models).rows({ prefix: [ApiId as string] });
  const resolve = (reference: string) => {
    const named = others.find(({ Name }) => Name === reference.split("/").at(-1))?.Schema;
    return named === undefined ? undefined : (JSON.parse(named) as object);
  };
  return { Value: modelTemplate(JSON.parse(Schema) as object, resolve) };
};
export const updateModel: Handler<Sdk, "UpdateModel"> = ({ ApiId, ModelId, ...changes }, ctx) =>
  updatePart(ctx, MODEL, [ApiId, ModelId], changes as Partial<Model>);
export const deleteModel: Handler<Sdk, "DeleteModel"> = ({ ApiId, ModelId }, ctx) =>
  deletePart(ctx, MODEL, [ApiId, ModelId]);
