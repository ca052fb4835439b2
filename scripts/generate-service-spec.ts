/** Compacts the CloudFormation service spec into packages/brume/gen/spec: an index and one file per service. */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadAwsServiceSpec } from "@aws-cdk/aws-service-spec";

type SpecType = {
  type: string;
  element?: SpecType;
  types?: SpecType[];
  reference?: { $ref: string };
  allowedValues?: string[];
};
type SpecProperty = {
  type: SpecType;
  required?: boolean;
  causesReplacement?: "yes" | "no" | "maybe";
  defaultValue?: unknown;
};

const out = new URL("../packages/brume/gen/spec/", import.meta.url);
mkdirSync(out, { recursive: true });
const spec = await loadAwsServiceSpec();

function compactType(type: SpecType, use: (id: string) => string): unknown {
  if (type.reference) return { ref: use(type.reference.$ref) };
  if (type.type === "array" && type.element) return { list: compactType(type.element, use) };
  if (type.type === "map" && type.element) return { map: compactType(type.element, use) };
  if (type.type === "union" && type.types) return { union: type.types.map((one) => compactType(one, use)) };
  return type.allowedValues ? { enum: type.allowedValues } : type.type;
}

function compactProperties(properties: Record<string, SpecProperty>, use: (id: string) => string) {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const replacement = property.causesReplacement === "no" ? undefined : property.causesReplacement;
      const compact = {
        type: compactType(property.type, use),
        ...(property.required ? { required: true } : {}),
        ...(replacement ? { replacement } : {}),
        ...(property.defaultValue !== undefined ? { default: property.defaultValue } : {}),
      };
      return [name, compact];
    }),
  );
}

const services = new Map<string, { types: Record<string, object>; definitions: Record<string, object> }>();
for (const resource of spec.all("resource")) {
  const file = resource.cloudFormationType.split("::").slice(0, 2).join("-").toLowerCase();
  const service = services.get(file) ?? { types: {}, definitions: {} };
  services.set(file, service);
  const use = (id: string): string => {
    if (!service.definitions[id]) {
      service.definitions[id] = {};
      const definition = spec.get("typeDefinition", id);
      service.definitions[id] = {
        name: definition.name,
        properties: compactProperties(definition.properties as Record<string, SpecProperty>, use),
      };
    }
    return id;
  };
  const attributes = Object.entries(resource.attributes).map(([name, attribute]) => [
    name,
    compactType(attribute.type as SpecType, use),
  ]);
  service.types[resource.cloudFormationType] = {
    properties: compactProperties(resource.properties as Record<string, SpecProperty>, use),
    attributes: Object.fromEntries(attributes),
    primaryIdentifier: resource.primaryIdentifier ?? [],
    ref: (resource as { cfnRefIdentifier?: string[] }).cfnRefIdentifier,
    arn: resource.arnTemplate,
    tags: resource.tagInformation && {
      property: resource.tagInformation.tagPropertyName,
      map: resource.tagInformation.variant === "map" || undefined,
    },
  };
}

const names = [...services.values()].flatMap((service) => Object.keys(service.types)).sort();
writeFileSync(new URL("index.json", out), JSON.stringify(names));
for (const [file, service] of services) writeFileSync(new URL(`${file}.json`, out), JSON.stringify(service));
