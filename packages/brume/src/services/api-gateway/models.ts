/** Models and request validators: what a method's requests must look like. */
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { deletePart, getPart, listParts, type PartOfApi, updatePart } from "./part-of-api.js";
import { modelTemplate } from "./shared/model-template.js";
import {
  badRequest,
  conflict,
  defined,
  getApi,
  type Model,
  models,
  resources,
  type Validator,
  validators,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const MODEL: PartOfApi<Model> = {
  table: models,
  complaint: "Invalid Model Name specified",
  rules: { "/schema": "text", "/description": "text" },
};

function checkSchema(schema: string | undefined): void {
  if (schema === undefined) return;
  try {
    JSON.parse(schema);
  } catch {
    throw badRequest("Model schema is not valid: Invalid JSON");
  }
}

export const createModel: Handler<Sdk, "CreateModel"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const { name = "", contentType = "" } = input;
  if (!/^[a-zA-Z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`);
  if (contentType === "") throw badRequest("No content type specified");
  if (ctx.table(models).get(api.id, name)) throw conflict("Model name already exists for this REST API");
  checkSchema(input.schema);
  const model: Model = {
    ...defined({ description: input.description, schema: input.schema }),
    id: randomLower(6),
    name,
    contentType,
  };
  ctx.table(models).put([api.id, name], model);
  return model;
};

export const getModel: Handler<Sdk, "GetModel"> = (input, ctx) => getPart(ctx, MODEL, input.restApiId, input.modelName);
export const getModels: Handler<Sdk, "GetModels"> = (input, ctx) => listParts(ctx, MODEL, input);

export const getModelTemplate: Handler<Sdk, "GetModelTemplate"> = (input, ctx) => {
  const model = getPart(ctx, MODEL, input.restApiId, input.modelName);
  const resolve = (reference: string) => {
    const name = reference.split("/").at(-1) ?? "";
    const schema = ctx.table(models).get(input.restApiId as string, name)?.schema;
    return schema === undefined ? undefined : (JSON.parse(schema) as object);
  };
  return { value: modelTemplate(JSON.parse(model.schema ?? "{}") as object, resolve) };
};
export const updateModel: Handler<Sdk, "UpdateModel"> = (input, ctx) => {
  const model = updatePart(ctx, MODEL, input, input.modelName);
  checkSchema(model.schema);
  return model;
};

export const deleteModel: Handler<Sdk, "DeleteModel"> = (input, ctx) => {
  getPart(ctx, MODEL, input.restApiId, input.modelName);
  const users = ctx
    .table(resources)
    .rows({ prefix: [input.restApiId as string] })
    .flatMap(({ resourceMethods }) => Object.values(resourceMethods))
    .filter(({ requestModels }) => Object.values(requestModels ?? {}).includes(input.modelName as string));
  if (users.length > 0) {
    throw conflict(
      `Cannot delete model '${input.modelName}', is referenced in method request: ${users[0]?.httpMethod}`,
    );
  }
  return deletePart(ctx, MODEL, input.restApiId, input.modelName);
};

const VALIDATOR: PartOfApi<Validator> = {
  table: validators,
  complaint: "Invalid Request Validator identifier specified",
  rules: { "/name": "text", "/validateRequestBody": "boolean", "/validateRequestParameters": "boolean" },
};

export const createRequestValidator: Handler<Sdk, "CreateRequestValidator"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const id = randomLower(6);
  const { name, validateRequestBody = false, validateRequestParameters = false } = input;
  const validator: Validator = defined({ id, name, validateRequestBody, validateRequestParameters });
  ctx.table(validators).put([api.id, id], validator);
  return validator;
};

export const getRequestValidator: Handler<Sdk, "GetRequestValidator"> = (input, ctx) =>
  getPart(ctx, VALIDATOR, input.restApiId, input.requestValidatorId);
export const getRequestValidators: Handler<Sdk, "GetRequestValidators"> = (input, ctx) =>
  listParts(ctx, VALIDATOR, input);
export const updateRequestValidator: Handler<Sdk, "UpdateRequestValidator"> = (input, ctx) =>
  updatePart(ctx, VALIDATOR, input, input.requestValidatorId);
export const deleteRequestValidator: Handler<Sdk, "DeleteRequestValidator"> = (input, ctx) =>
  deletePart(ctx, VALIDATOR, input.restApiId, input.requestValidatorId);
