/** `RequestModel` and `RequestParameters` of an event that is a method of a REST API. */
import type { Json } from "../../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap } from "../errors.js";
import { integratedMethods, isOpenApi3 } from "../open-api.js";
import { listOf, mapOf, says, shown } from "../plain.js";
import type { RestMethod } from "./api-auth.js";

const VALIDATORS = "x-amazon-apigateway-request-validators";
const VALIDATOR = "x-amazon-apigateway-request-validator";

/** Adds the model of a method's body, and what of a request is validated; in place. @throws Mistake */
export function addRequestModel(definition: JsonObject, requestModel: Json, one: RestMethod): void {
  const { event, api, path, method } = one;
  const model = expectMap(requestModel, { id: event, path: "RequestModel", of: "event" });
  if (!says(model.Model)) return;
  const at = `[${shown(model.Model)}] on API method [${method}] for path [${path}]`;
  const refuse = (why: string) => new EventMistake(event, `Unable to set RequestModel ${at} because ${why}`);
  if (!says(api.Models)) throw refuse("the related API does not define any Models.");
  if (!isObject(api.Models)) throw refuse("the related API Models defined is of invalid type.");
  if (typeof model.Model !== "string") throw refuse("the related API does not contain valid Models.");
  if (!says(api.Models[model.Model])) throw refuse("it wasn't defined in the API's Models.");
  const name = model.Model.toLowerCase();
  for (const target of integratedMethods(definition, path, method)) {
    const required: JsonObject = model.Required === undefined ? {} : { required: model.Required };
    if (definition.swagger !== undefined) {
      const parameter = { in: "body", name, schema: { $ref: `#/definitions/${name}` }, ...required };
      target.parameters = [...listOf(target.parameters), parameter];
    } else if (isOpenApi3(definition.openapi)) {
      const schema = { $ref: `#/components/schemas/${name}` };
      target.requestBody = { content: { "application/json": { schema } }, ...required };
    }
  }
  const { ValidateBody: body, ValidateParameters: parameters } = model;
  if (body === undefined && parameters === undefined) return;
  if (typeof (body ?? false) !== "boolean" || typeof (parameters ?? false) !== "boolean") {
    throw new EventMistake(
      event,
      `Unable to set Validator to RequestModel ${at} ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not supported.`,
    );
  }
  addValidator(definition, path, method, body === true, parameters === true);
}

function addValidator(definition: JsonObject, path: string, method: string, body: boolean, parameters: boolean): void {
  const name = body ? (parameters ? "body-and-params" : "body-only") : parameters ? "params-only" : "no-validation";
  definition[VALIDATORS] ??= {};
  const validators = mapOf(definition[VALIDATORS]);
  validators[name] ??= { validateRequestBody: body, validateRequestParameters: parameters };
  for (const target of integratedMethods(definition, path, method)) target[VALIDATOR] = name;
}

interface RequestParameter {
  readonly name: string;
  readonly required: Json;
  readonly cached: boolean;
}

/** Adds the parameters of a method; in place. @throws Mistake */
export function addRequestParameters(definition: JsonObject, given: Json, one: RestMethod): RequestParameter[] {
  const parameters = listOf(given).map((parameter) => readParameter(parameter, one.event));
  for (const target of integratedMethods(definition, one.path, one.method)) {
    const added = parameters.map(({ name, required }) => {
      const [location = "", ...rest] = name.replace("method.request.", "").split(".");
      return {
        in: location === "querystring" ? "query" : location,
        name: rest.join("."),
        required,
        type: "string",
      };
    });
    target.parameters = [...listOf(target.parameters), ...added];
  }
  return parameters;
}

function readParameter(parameter: Json, event: string): RequestParameter {
  const refuse = (why: string) => new EventMistake(event, `Invalid value for 'RequestParameters' property. ${why}`);
  if (typeof parameter !== "string" && !isObject(parameter)) {
    throw refuse("Property must be either a string or an object");
  }
  const [name = "", settings = {}] = isObject(parameter) ? (Object.entries(parameter)[0] ?? []) : [parameter];
  if (!/^method\.request\.(querystring|path|header)\./.test(name)) {
    throw refuse(
      "Keys must be in the format 'method.request.[querystring|path|header].{value}', e.g 'method.request.header.Authorization'.",
    );
  }
  if (!isObject(settings) || Object.keys(settings).some((key) => key !== "Required" && key !== "Caching")) {
    throw refuse("Values must be an object, e.g { Required: true, Caching: false }");
  }
  return { name, required: settings.Required ?? false, cached: says(settings.Caching) };
}
