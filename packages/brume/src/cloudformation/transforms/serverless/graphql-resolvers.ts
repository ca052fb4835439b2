/** The functions and pipeline resolvers of GraphQL APIs. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import type { Made, Source } from "./expansion.js";
import { apiIdOf, makePart } from "./graphql-part.js";
import { getAtt } from "./intrinsics.js";
import { compact, listOf, mapOf, says } from "./plain.js";

/** The code of a resolver that only passes on what its last function answers. */
const PASSING_ON = `export function request() { return {}; }
export function response(ctx) { return ctx.prev.result; }
`;

interface Functions {
  readonly made: Made[];
  /** AppSync's ids, by what the document calls the functions. */
  readonly ids: Map<string, Json>;
  /** The data source of functions that need none. */
  readonly none: Made | undefined;
}

/** Makes an API's functions. `dataSources` are the names that AppSync has for them. @throws Mistake */
export function makeFunctions(source: Source, dataSources: ReadonlyMap<string, Json>): Functions {
  const made: Made[] = [];
  const ids = new Map<string, Json>();
  let none: Made | undefined;
  for (const [name, value] of Object.entries(mapOf(source.properties.Functions))) {
    const given = mapOf(value);
    if (says(given.Id)) {
      if (Object.keys(given).length > 1) {
        throw invalidResource(name, "'Id' cannot be defined with other properties in Function.");
      }
      ids.set(name, given.Id);
      continue;
    }
    const isNone = typeof given.DataSource === "string" && given.DataSource.toLowerCase() === "none";
    if (isNone) none ??= makeNone(source);
    const id = source.id + name;
    made.push(
      makePart(source, id, "AWS::AppSync::FunctionConfiguration", {
        ApiId: apiIdOf(source),
        Name: says(given.Name) ? given.Name : name,
        ...codeOf(name, given),
        DataSourceName: isNone && none ? getAtt(none.id, "Name") : dataSourceOf(name, given, dataSources),
        MaxBatchSize: given.MaxBatchSize,
        Description: given.Description,
        Runtime: runtimeOf(name, given),
        SyncConfig: says(given.Sync) ? given.Sync : undefined,
      }),
    );
    ids.set(name, getAtt(id, "FunctionId"));
  }
  return { made, ids, none };
}

function makeNone(source: Source): Made {
  const id = `${source.id}NoneDataSource`;
  return makePart(source, id, "AWS::AppSync::DataSource", { ApiId: apiIdOf(source), Name: id, Type: "NONE" });
}

function dataSourceOf(name: string, { DataSource: given }: JsonObject, names: ReadonlyMap<string, Json>): Json {
  if (!says(given)) throw invalidResource(name, "'DataSource' must be set.");
  if (isObject(given)) return given;
  const known = names.get(String(given));
  if (known !== undefined) return known;
  throw invalidResource(
    name,
    `Either define DataSource '${String(given)}' in 'DataSources' or use intrinsic function like GetAtt, ImportValue, Sub or another one to reference a DataSource defined outside of this GraphQLApi resource.`,
  );
}

function codeOf(name: string, { InlineCode: inline, CodeUri: uri }: JsonObject): JsonObject {
  if (says(inline) && says(uri)) {
    throw invalidResource(name, "Both 'InlineCode' and 'CodeUri' cannot be defined at the same time.");
  }
  if (says(inline)) return { Code: inline };
  if (says(uri)) return { CodeS3Location: uri };
  throw invalidResource(name, "One of 'InlineCode' or 'CodeUri' must be set.");
}

function runtimeOf(name: string, { Runtime: runtime }: JsonObject): JsonObject {
  if (!says(runtime)) throw invalidResource(name, `'Runtime' must be defined as a property in ${name}.`);
  const { Name, Version: RuntimeVersion } = mapOf(runtime);
  return compact({ Name, RuntimeVersion });
}

/** Makes an API's resolvers. @throws Mistake */
export function makeResolvers(source: Source, functions: ReadonlyMap<string, Json>, schemaId: string): Made[] {
  return Object.entries(mapOf(source.properties.Resolvers)).flatMap(([type, fields]) =>
    Object.entries(mapOf(fields)).map(([name, value]) => {
      const given = mapOf(value);
      const hasCode = says(given.InlineCode) || says(given.CodeUri);
      const code = hasCode
        ? { ...codeOf(name, given), Runtime: runtimeOf(name, given) }
        : { Code: PASSING_ON, Runtime: { Name: "APPSYNC_JS", RuntimeVersion: "1.0.0" } };
      const made = makePart(source, source.id + type + name, "AWS::AppSync::Resolver", {
        ApiId: apiIdOf(source),
        ...code,
        FieldName: says(given.FieldName) ? given.FieldName : name,
        TypeName: type,
        Kind: "PIPELINE",
        PipelineConfig: { Functions: pipeline(name, given, functions) },
        CachingConfig: says(given.Caching) ? given.Caching : undefined,
        MaxBatchSize: says(given.MaxBatchSize) ? given.MaxBatchSize : undefined,
      });
      made.dependsOn = [schemaId];
      return made;
    }),
  );
}

function pipeline(name: string, { Pipeline: given }: JsonObject, functions: ReadonlyMap<string, Json>): Json[] {
  if (!says(given)) {
    throw invalidResource(
      name,
      `Resolver '${name}' must have Pipeline defined. Unit resolvers are not supported. If you need a Unit resolver you can use AppSync resource.`,
    );
  }
  return listOf(given).map((one) => {
    const id = functions.get(String(one));
    if (id === undefined) throw invalidResource(name, `Function '${String(one)}' does not exist.`);
    return id;
  });
}
