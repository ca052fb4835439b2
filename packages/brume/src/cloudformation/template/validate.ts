/** Checks a template as a whole, before anything is made: references, conditions, types, properties, cycles. */
import type { Json } from "../../kernel/resource.js";
import { checkProperties } from "../schema/check-properties.js";
import type { Spec } from "../schema/spec.js";
import { invalidAt, invalidTemplate } from "./errors.js";
import { findCycle } from "./graph.js";
import { isPseudoParameter } from "./pseudo-parameters.js";
import { attributeArgument, dependenciesOf, type Reference, referencesIn } from "./references.js";
import { isObject, type Template } from "./template.js";

const FUNCTIONS = new Set([
  "Fn::And",
  "Fn::Base64",
  "Fn::Cidr",
  "Fn::Equals",
  "Fn::FindInMap",
  "Fn::ForEach",
  "Fn::GetAZs",
  "Fn::GetAtt",
  "Fn::If",
  "Fn::ImportValue",
  "Fn::Join",
  "Fn::Length",
  "Fn::Not",
  "Fn::Or",
  "Fn::Select",
  "Fn::Split",
  "Fn::Sub",
  "Fn::ToJsonString",
  "Fn::Transform",
]);

/** The limits of a template. See "CloudFormation quotas". */
const LIMITS = { resources: 500, parameters: 200, outputs: 200, mappings: 200 };

/** Whether a type is one that templates define for themselves, with a Lambda function or topic behind it. */
export function isCustomType(type: string): boolean {
  return type.startsWith("Custom::") || type === "AWS::CloudFormation::CustomResource";
}

/** Types that the engine knows although no schema is published for them. */
const ENGINE_TYPES = new Set([
  "AWS::CDK::Metadata",
  "AWS::CloudFormation::WaitConditionHandle",
  "AWS::CloudFormation::WaitCondition",
]);

/** Types that have a schema, but exist only until their transform has made others of them. */
const SERVERLESS = "AWS::Serverless::";

/** Whether a type exists. */
export function isKnownType(spec: Spec, type: string): boolean {
  if (type.startsWith(SERVERLESS)) return false;
  return isCustomType(type) || ENGINE_TYPES.has(type) || type.endsWith("::MODULE") || spec.names.has(type);
}

/** @throws AwsError `ValidationError` with AWS's message for the first mistake found */
export function validateTemplate(template: Template, spec: Spec): void {
  checkLimits(template);
  checkTransforms(template);
  checkTypes(template, spec);
  checkReferences(template, spec);
  checkConditions(template);
  checkCycle(template);
  checkPolicies(template);
  for (const [id, resource] of Object.entries(template.resources)) {
    const schema = isCustomType(resource.Type) ? undefined : spec.schema(resource.Type);
    if (schema) checkProperties(template, id, schema);
  }
}

function checkLimits(template: Template): void {
  for (const [name, limit] of Object.entries(LIMITS) as [keyof typeof LIMITS, number][]) {
    const count = Object.keys(template[name]).length;
    if (count <= limit) continue;
    throw invalidTemplate(
      `Template format error: Number of ${name}, ${count}, is greater than maximum allowed, ${limit}`,
    );
  }
}

const POLICIES = {
  DeletionPolicy: ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"],
  UpdateReplacePolicy: ["Delete", "Retain", "Snapshot"],
} as const;

/** Types of which a snapshot can be kept. See "DeletionPolicy attribute". */
const WITH_SNAPSHOTS = new Set([
  "AWS::DocDB::DBCluster",
  "AWS::EC2::Volume",
  "AWS::ElastiCache::CacheCluster",
  "AWS::ElastiCache::ReplicationGroup",
  "AWS::Neptune::DBCluster",
  "AWS::RDS::DBCluster",
  "AWS::RDS::DBInstance",
  "AWS::Redshift::Cluster",
]);

function checkPolicies(template: Template): void {
  for (const [id, resource] of Object.entries(template.resources)) {
    for (const [name, values] of Object.entries(POLICIES) as [keyof typeof POLICIES, readonly string[]][]) {
      const policy = resource[name];
      if (policy === undefined) continue;
      const at = ["Resources", id, name];
      if (!values.includes(String(policy)))
        throw invalidAt(
          template,
          at,
          `Template format error: Unrecognized ${name} ${String(policy)} for resource ${id}`,
        );
      if (policy === "Snapshot" && !WITH_SNAPSHOTS.has(resource.Type)) {
        const kind = name === "DeletionPolicy" ? "deletion" : "update replace";
        throw invalidAt(
          template,
          at,
          `Template error: resource type ${resource.Type} does not support ${kind} policy Snapshot`,
        );
      }
    }
  }
}

function checkTransforms(template: Template): void {
  const [transform] = template.transforms;
  const within = Object.keys(template.resources).some((id) => id.startsWith("Fn::"));
  if (transform === undefined && !within) return;
  throw invalidTemplate(`brume does not expand the transform ${transform ?? "Fn::ForEach"} yet.`);
}

function checkTypes(template: Template, spec: Spec): void {
  const unknown = Object.entries(template.resources).filter(([, { Type }]) => !isKnownType(spec, Type));
  const [first] = unknown;
  if (!first) return;
  const types = [...new Set(unknown.map(([, { Type }]) => Type))];
  throw invalidAt(
    template,
    ["Resources", first[0], "Type"],
    `Template format error: Unrecognized resource types: [${types.join(", ")}]`,
  );
}

function checkReferences(template: Template, spec: Spec): void {
  for (const [id, resource] of Object.entries(template.resources)) {
    const base = ["Resources", id, "Properties"];
    for (const reference of referencesIn(resource.Properties))
      checkReference(template, spec, base, "Resources", reference);
    for (const need of dependenciesOf({ ...resource, Properties: undefined, Metadata: undefined })) {
      if (template.resources[need]) continue;
      throw invalidAt(
        template,
        ["Resources", id, "DependsOn"],
        `Template format error: Unresolved resource dependencies [${need}] in the Resources block of the template`,
      );
    }
    checkFunctions(template, base, resource.Properties);
  }
  for (const [id, output] of Object.entries(template.outputs)) {
    if (output.Value === undefined)
      throw invalidAt(
        template,
        ["Outputs", id],
        `Template format error: Output ${id} is malformed: every Outputs member must contain a Value object`,
      );
    for (const reference of referencesIn([output.Value, output.Export?.Name ?? ""])) {
      checkReference(template, spec, ["Outputs", id], "Outputs", reference);
    }
    checkFunctions(template, ["Outputs", id], output as unknown as Json);
  }
}

function checkReference(
  template: Template,
  spec: Spec,
  base: readonly string[],
  block: string,
  reference: Reference,
): void {
  const { kind, name, attribute, path } = reference;
  const at = [...base, ...path];
  if (kind === "Condition") return;
  const resource = template.resources[name];
  if (kind === "Ref") {
    if (resource || template.parameters[name] || isPseudoParameter(name)) return;
    throw invalidAt(
      template,
      at,
      `Template format error: Unresolved resource dependencies [${name}] in the ${block} block of the template`,
    );
  }
  if (!resource)
    throw invalidAt(template, at, `Template error: instance of Fn::GetAtt references undefined resource ${name}`);
  const schema = isCustomType(resource.Type) ? undefined : spec.schema(resource.Type);
  if (!schema || attribute === undefined || resource.Type === "AWS::CloudFormation::Stack") return;
  const [first = ""] = attribute.split(".");
  const known = Object.hasOwn(schema.attributes, attribute) || Object.hasOwn(schema.attributes, first);
  // Some attributes are properties as well, and are published as those only.
  if (
    known ||
    Object.hasOwn(schema.properties, first) ||
    Object.keys(schema.attributes).some((one) => one.startsWith(`${first}.`))
  )
    return;
  throw invalidAt(
    template,
    at,
    `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`,
  );
}

/** Single-key objects that begin with `Fn::` are functions: one that does not exist is a mistake. */
function checkFunctions(template: Template, path: readonly string[], value: Json | undefined): void {
  if (typeof value !== "object" || value === null) return;
  if (isObject(value)) {
    const unknown = Object.keys(value).find(
      (key) => key.startsWith("Fn::") && !FUNCTIONS.has(key) && !key.startsWith("Fn::ForEach"),
    );
    if (unknown) throw invalidAt(template, [...path, unknown], `Template error: Unknown function ${unknown}`);
    if (Object.hasOwn(value, "Fn::GetAtt") && attributeArgument(value["Fn::GetAtt"] as Json)[0] === undefined) {
      throw invalidAt(
        template,
        path,
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
      );
    }
  }
  for (const [key, item] of Object.entries(value)) checkFunctions(template, [...path, key], item as Json);
}

function checkConditions(template: Template): void {
  const check = (name: string, at: readonly string[], owner: string) => {
    if (Object.hasOwn(template.conditions, name)) return;
    throw invalidAt(
      template,
      at,
      `Template format error: Unresolved condition dependency ${name} in the ${owner} block of the template`,
    );
  };
  for (const [id, resource] of Object.entries(template.resources)) {
    if (resource.Condition) check(resource.Condition, ["Resources", id, "Condition"], "Resources");
    for (const { kind, name, path } of referencesIn(resource.Properties)) {
      // "Condition" is an ordinary key in policy documents and the like, where its value is no string.
      if (kind === "Condition" && path.length >= 0 && isConditionalUse(resource.Properties, path))
        check(name, ["Resources", id, "Properties", ...path], "Resources");
    }
  }
  for (const [id, output] of Object.entries(template.outputs))
    if (output.Condition) check(output.Condition, ["Outputs", id, "Condition"], "Outputs");
  for (const [id, condition] of Object.entries(template.conditions)) {
    for (const { kind, name } of referencesIn(condition)) {
      if (kind === "Condition") check(name, ["Conditions", id], "Conditions");
      else if (kind === "Ref" && !template.parameters[name] && !isPseudoParameter(name)) {
        throw invalidAt(
          template,
          ["Conditions", id],
          `Template format error: Unresolved dependencies [${name}]. Cannot reference resources in the Conditions block of the template`,
        );
      }
    }
  }
}

function isConditionalUse(properties: Json | undefined, path: readonly string[]): boolean {
  let value = properties;
  for (const name of path) value = (value as Record<string, Json>)[name];
  return isObject(value) && Object.hasOwn(value, "Fn::If");
}

function checkCycle(template: Template): void {
  const graph = new Map<string, Set<string>>();
  for (const [id, resource] of Object.entries(template.resources)) {
    graph.set(id, new Set([...dependenciesOf(resource)].filter((name) => Object.hasOwn(template.resources, name))));
  }
  const cycle = findCycle(graph);
  if (!cycle) return;
  throw invalidAt(
    template,
    ["Resources", cycle[0] as string],
    `Circular dependency between resources: [${[...cycle].sort().join(", ")}]`,
  );
}
