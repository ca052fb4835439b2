/** `AWS::Serverless::LayerVersion`: a layer version, whose logical id changes with what it holds. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { codeLocation } from "./code-location.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { isIntrinsic } from "./intrinsics.js";
import { resolveParameters } from "./parameters.js";
import { digest, listOf, says } from "./plain.js";

const RESOLVED = ["LayerName", "LicenseInfo", "Description", "RetentionPolicy"];
const RETENTION = ["Retain", "Delete"];

/** Expands a layer. @throws Mistake */
export function expandLayerVersion(source: Source, expansion: Expansion): Made[] {
  const { id, attributes } = source;
  const properties: JsonObject = { ...source.properties };
  for (const name of RESOLVED) {
    const value = resolveParameters(properties[name], expansion.known);
    if (value !== undefined) properties[name] = value;
  }
  const retention = retentionOf(id, properties.RetentionPolicy);
  checkArchitectures(id, properties.CompatibleArchitectures);
  const deletion = retention ?? source.shared.DeletionPolicy ?? "Retain";
  const { Condition, UpdateReplacePolicy } = source.shared;
  const made = make(
    id + digest(hashed(source, properties)),
    "AWS::Lambda::LayerVersion",
    {
      Content: codeLocation(properties.ContentUri ?? null, id, "ContentUri"),
      Description: properties.Description,
      LayerName: says(properties.LayerName) ? properties.LayerName : id,
      CompatibleArchitectures: properties.CompatibleArchitectures,
      CompatibleRuntimes: properties.CompatibleRuntimes,
      LicenseInfo: properties.LicenseInfo,
    },
    {
      ...(Condition === undefined ? {} : { Condition }),
      DeletionPolicy: deletion,
      ...(UpdateReplacePolicy === undefined ? {} : { UpdateReplacePolicy }),
      ...(attributes.Metadata === undefined ? {} : { Metadata: attributes.Metadata }),
    },
    source.dependsOn,
  );
  expansion.renamed.set(id, made.id);
  return [made];
}

/** What makes a layer another one when it changes: the resource as SAM has it, without what says how it is kept. */
function hashed({ id, type, attributes, dependsOn }: Source, properties: JsonObject): JsonObject {
  const { DeletionPolicy: _, UpdateReplacePolicy: __, Metadata: ___, ...rest } = attributes;
  const resource = {
    Type: type,
    ...(says(dependsOn) ? { DependsOn: dependsOn } : {}),
    ...rest,
    Properties: properties,
  };
  return { [id]: resource as JsonObject };
}

function retentionOf(id: string, policy: Json | undefined): string | undefined {
  const options = `['Retain', 'Delete']`;
  if (isIntrinsic(policy)) {
    throw invalidResource(
      id,
      `'RetentionPolicy' does not accept intrinsic functions, please use one of the following options: ${options}`,
    );
  }
  if (policy === undefined) return undefined;
  const option = RETENTION.find((one) => one.toLowerCase() === String(policy).toLowerCase());
  if (option !== undefined) return option;
  throw invalidResource(id, `'RetentionPolicy' must be one of the following options: ${options}.`);
}

function checkArchitectures(id: string, architectures: Json | undefined): void {
  if (isIntrinsic(architectures)) return;
  const valid = (one: Json) => isIntrinsic(one) || one === "arm64" || one === "x86_64";
  if (listOf(architectures).every(valid)) return;
  throw invalidResource(id, "CompatibleArchitectures needs to be a list of 'x86_64' or 'arm64'");
}
