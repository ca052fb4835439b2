/** Request validation: the parameters and the body that a method wants, where its validator checks them. */
import type { Model } from "../tables.js";
import { type Exchange, headerOf } from "./exchange.js";
import { isValid, type Resolve } from "./json-schema.js";
import { GatewayError } from "./responses.js";

type Schema = Record<string, unknown>;

/** @throws GatewayError 400 when the request is not what the method wants */
export function validate(exchange: Exchange): void {
  const { method, snapshot } = exchange;
  const validator = snapshot.validators.find(({ id }) => id === method?.requestValidatorId);
  if (!validator) return;
  if (validator.validateRequestParameters) checkParameters(exchange);
  if (validator.validateRequestBody) checkBody(exchange);
}

function checkParameters({ method, headers, query, pathParameters }: Exchange): void {
  const sources: Record<string, (name: string) => string | undefined> = {
    header: (name) => headerOf(headers, name),
    multivalueheader: (name) => headerOf(headers, name),
    querystring: (name) => query[name],
    multivaluequerystring: (name) => query[name],
    path: (name) => pathParameters[name],
  };
  const missing = Object.entries(method?.requestParameters ?? {})
    .filter(([, wanted]) => wanted)
    .map(([expression]) => /^method\.request\.([^.]+)\.(.+)$/.exec(expression) ?? [])
    .filter(([, source = "", name = ""]) => !sources[source]?.(name))
    .map(([, , name = ""]) => name);
  if (missing.length > 0) {
    throw new GatewayError("BAD_REQUEST_PARAMETERS", `Missing required request parameters: [${missing.join(", ")}]`);
  }
}

function checkBody({ method, snapshot, headers, request }: Exchange): void {
  const named = method?.requestModels ?? {};
  const type = headerOf(headers, "Content-Type")?.split(";")[0]?.trim().toLowerCase() ?? "application/json";
  const model = snapshot.models.find(({ name }) => name === (named[type] ?? named.$default));
  if (!model?.schema) return;
  const schema = JSON.parse(model.schema) as Schema;
  // The model that every API has from the start takes anything, a missing body too.
  if (model.name === "Empty") return;
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString());
  } catch {
    throw new GatewayError("BAD_REQUEST_BODY");
  }
  if (!isValid(body, schema, resolverFor(schema, snapshot.models))) throw new GatewayError("BAD_REQUEST_BODY");
}

/** References lead to a part of the schema itself, or to another model of the API by its URL. */
function resolverFor(root: Schema, models: readonly Model[]): Resolve {
  return (reference) => {
    if (reference.startsWith("#")) {
      const names = reference
        .split("/")
        .slice(1)
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
      return names.reduce<unknown>((node, name) => (node as Schema | undefined)?.[name], root) as Schema | undefined;
    }
    const name = /\/models\/([^/]+)$/.exec(reference)?.[1];
    const model = models.find((one) => one.name === name);
    return model?.schema ? (JSON.parse(model.schema) as Schema) : undefined;
  };
}
