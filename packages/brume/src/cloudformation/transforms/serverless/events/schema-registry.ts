/** What a Kafka consumer's role needs to read schemas from a registry. */
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap } from "../errors.js";
import { sub } from "../intrinsics.js";
import { resolveParameters } from "../parameters.js";
import { listOf, mapOf, says } from "../plain.js";
import { allow, readSecret } from "../policy-documents.js";
import type { FunctionEvent } from "./event.js";

/** The statements for an event's registry; none where it has none. @throws Mistake */
export function registryStatements({ name, properties, expansion }: FunctionEvent): JsonObject[] {
  if (!says(properties.SchemaRegistryConfig)) return [];
  const place = { id: name, path: "SchemaRegistryConfig", of: "event" } as const;
  const config = expectMap(properties.SchemaRegistryConfig, place);
  check(name, config);
  const statements = listOf(config.AccessConfigs).map((one) => readSecret(mapOf(one).URI ?? null));
  const uri = config.SchemaRegistryURI ?? null;
  const text = isObject(uri) ? mapOf(resolveParameters(uri, expansion.known))["Fn::Sub"] : uri;
  const registry = typeof text === "string" ? /^arn(?::[^:]*){4}:registry\/([^:]*)/.exec(text)?.[1] : undefined;
  if (registry === undefined) return statements;
  const schemas = `arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:schema/${registry}/*`;
  return [...statements, allow(["glue:GetRegistry"], uri), allow(["glue:GetSchemaVersion"], [sub(schemas)])];
}

function check(name: string, config: JsonObject): void {
  const refuse = (why: string) => new EventMistake(name, why);
  for (const field of ["SchemaRegistryURI", "EventRecordFormat", "SchemaValidationConfigs"]) {
    if (config[field] === undefined) throw refuse(`Missing required field ${field} in SchemaRegistryConfig`);
  }
  if (config.EventRecordFormat !== "JSON" && config.EventRecordFormat !== "SOURCE") {
    throw refuse("EventRecordFormat in SchemaRegistryConfig must be either 'JSON' or 'SOURCE'");
  }
  if (!Array.isArray(config.SchemaValidationConfigs)) throw refuse("SchemaValidationConfigs must be a list");
  if (!says(config.AccessConfigs)) return;
  if (!Array.isArray(config.AccessConfigs)) throw refuse("AccessConfigs in SchemaRegistryConfig must be a list");
  for (const one of config.AccessConfigs) {
    if (isObject(one) && one.Type !== undefined && one.URI !== undefined) continue;
    throw refuse("Each AccessConfig must be a dict with 'Type' and 'URI' fields");
  }
}
