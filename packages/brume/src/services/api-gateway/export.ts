/** Exporting what a stage serves as an OpenAPI document. */
import type { Handler } from "../../kernel/service.js";
import { writeDocument } from "./shared/document-text.js";
import { getStageRow } from "./stages.js";
import { badRequest, defined, getApi, type Method, notFound, type Snapshot, snapshots } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");
type Tree = Record<string, unknown>;

export const getExport: Handler<Sdk, "GetExport"> = async (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const stage = getStageRow(ctx, input.restApiId, input.stageName);
  const { exportType = "", accepts = "application/json" } = input;
  if (exportType !== "oas30" && exportType !== "swagger") throw badRequest(`No API exporter for type '${exportType}'`);
  const [, format] = /^application\/(json|yaml)$/.exec(accepts) ?? [];
  if (format !== "json" && format !== "yaml") throw badRequest(`Invalid export format specified: ${accepts}`);
  const snapshot = ctx.table(snapshots).get(api.id, stage.deploymentId);
  if (!snapshot) throw notFound("Invalid Deployment identifier specified");
  const integrations = /integrations/.test(input.parameters?.extensions ?? "");
  const paths = pathsOf(snapshot, integrations, exportType === "oas30");
  const info = defined({
    title: api.name,
    description: api.description,
    version: api.version ?? stage.createdDate?.toISOString(),
  });
  const host = `${api.id}.execute-api.${ctx.region}.${ctx.urlSuffix}`;
  const schemas = Object.fromEntries(
    snapshot.models.map(({ name, schema }) => [name, JSON.parse(schema ?? "{}") as Tree]),
  );
  const document =
    exportType === "oas30"
      ? {
          openapi: "3.0.1",
          info,
          servers: [{ url: `https://${host}/${stage.stageName}` }],
          paths,
          components: { schemas },
        }
      : {
          swagger: "2.0",
          info,
          host,
          basePath: `/${stage.stageName}`,
          schemes: ["https"],
          paths,
          definitions: schemas,
        };
  const fileName = `${exportType}_${new Date(ctx.now()).toISOString()}.${format}`;
  return {
    contentType: "application/octet-stream",
    contentDisposition: `attachment; filename="${fileName}"`,
    body: await writeDocument(document, format),
  };
};

function pathsOf({ resources }: Snapshot, integrations: boolean, isOpenApi3: boolean): Record<string, Tree> {
  const used = resources.filter(({ resourceMethods }) => Object.keys(resourceMethods).length > 0);
  return Object.fromEntries(
    used.map(({ path, resourceMethods }) => [
      path,
      Object.fromEntries(
        Object.entries(resourceMethods).map(([verb, method]) => [
          verb === "ANY" ? "x-amazon-apigateway-any-method" : verb.toLowerCase(),
          operationOf(method, integrations, isOpenApi3),
        ]),
      ),
    ]),
  );
}

const PLACES: Readonly<Record<string, string>> = { path: "path", querystring: "query", header: "header" };

function operationOf(method: Method, integrations: boolean, isOpenApi3: boolean): Tree {
  const parameters = Object.entries(method.requestParameters ?? {}).map(([expression, required]) => {
    const [, , place = "", ...name] = expression.split(".");
    const type = isOpenApi3 ? { schema: { type: "string" } } : { type: "string" };
    return { name: name.join("."), in: PLACES[place], required, ...type };
  });
  const responses = Object.keys(method.methodResponses ?? {}).map((status) => [
    status,
    { description: `${status} response` },
  ]);
  return defined({
    operationId: method.operationName,
    parameters: parameters.length > 0 ? parameters : undefined,
    responses: Object.fromEntries(responses) as Tree,
    "x-amazon-apigateway-integration": integrations ? integrationOf(method) : undefined,
  });
}

function integrationOf({ methodIntegration }: Method): Tree | undefined {
  if (!methodIntegration) return undefined;
  const {
    integrationResponses,
    type,
    passthroughBehavior,
    cacheKeyParameters: _,
    cacheNamespace: __,
    ...rest
  } = methodIntegration;
  const responses = Object.values(integrationResponses ?? {}).map(({ selectionPattern, ...response }) => [
    selectionPattern ?? "default",
    response,
  ]);
  return defined({
    ...rest,
    type: type?.toLowerCase(),
    passthroughBehavior: passthroughBehavior?.toLowerCase(),
    responses: responses.length > 0 ? (Object.fromEntries(responses) as Tree) : undefined,
  });
}
