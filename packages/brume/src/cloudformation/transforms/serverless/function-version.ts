/** The version and the alias that `AutoPublishAlias` asks for. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { getAtt, ref, referredId } from "./intrinsics.js";
import { resolveParameters } from "./parameters.js";
import { digest, listOf, mapOf, says } from "./plain.js";

interface Published {
  readonly version?: Made;
  readonly alias?: Made;
  /** The alias's name. */
  readonly name?: string;
}

/** Makes a function's version and alias; neither where it is not to be published. @throws Mistake */
export function makeVersionAndAlias(source: Source, fn: Made, expansion: Expansion): Published {
  const { id, properties } = source;
  if (!says(properties.AutoPublishAlias)) return {};
  const name = resolveParameters(properties.AutoPublishAlias, expansion.known);
  if (typeof name !== "string") {
    throw invalidResource(id, "'AutoPublishAlias' must be a string or a Ref to a template parameter");
  }
  const hash = codeHash(source, expansion);
  if (hash !== undefined) describeWith(hash, fn, expansion);
  const version = makeVersion(source, fn, hash, expansion);
  return { version, alias: makeAlias(source, name, version), name };
}

function codeHash({ id, properties }: Source, { known }: Expansion): string | undefined {
  if (!says(properties.AutoPublishCodeSha256)) return undefined;
  const hash = resolveParameters(properties.AutoPublishCodeSha256, known);
  if (typeof hash === "string") return hash;
  throw invalidResource(id, "AutoPublishCodeSha256 must be a string");
}

/** Lambda publishes no version of code that did not change: the hash makes the function itself a different one. */
function describeWith(hash: string, fn: Made, { known }: Expansion): void {
  const description = resolveParameters(fn.properties.Description, known);
  if (!says(description)) fn.properties.Description = hash;
  else if (typeof description === "string") fn.properties.Description = `${description} ${hash}`;
  else fn.properties.Description = { "Fn::Join": [" ", [description, hash]] };
}

function makeVersion(source: Source, fn: Made, hash: string | undefined, expansion: Expansion): Made {
  const { id, properties, shared } = source;
  const managed = properties.CapacityProviderConfig !== undefined;
  const deletion = properties.VersionDeletionPolicy ?? (managed ? "Delete" : "Retain");
  if (deletion !== "Delete" && deletion !== "Retain") {
    throw invalidResource(id, "Property 'VersionDeletionPolicy' should be a one of the strings: 'Delete' or 'Retain'.");
  }
  const suffix = hash === undefined ? digest(versionContent(source, fn, expansion)) : hash.slice(0, 10);
  return make(
    `${id}Version${suffix}`,
    "AWS::Lambda::Version",
    {
      Description: properties.VersionDescription,
      FunctionName: ref(id),
      FunctionScalingConfig: managed ? properties.FunctionScalingConfig : undefined,
    },
    { DeletionPolicy: deletion, ...shared },
  );
}

/** What makes a version another one when it changes. */
function versionContent({ properties }: Source, fn: Made, { known, sources }: Expansion): JsonObject {
  if (says(properties.AutoPublishAliasAllProperties)) {
    const content: JsonObject = { ...fn.properties };
    for (const layer of listOf(fn.properties.Layers)) {
      const layerId = referredId(layer);
      const layerProperties = layerId === undefined ? {} : mapOf(mapOf(sources[layerId]).Properties);
      if (layerId !== undefined && says(layerProperties.PublishLambdaVersion)) content[layerId] = layerProperties;
    }
    return content;
  }
  const content: JsonObject = {
    ...resolveParameters(mapOf(fn.properties.Code), known),
    ...mapOf(fn.properties.Environment),
  };
  if (says(fn.properties.MemorySize)) content.MemorySize = fn.properties.MemorySize;
  const snapStart = fn.properties.SnapStart;
  if (isObject(snapStart) && (snapStart.ApplyOn ?? "None") !== "None") content.SnapStart = snapStart;
  return content;
}

function makeAlias({ id, properties, shared }: Source, name: string, version: Made): Made {
  if (name === "") throw invalidResource(id, "Alias name is required to create an alias");
  if (!/^(?![0-9]+$)[a-zA-Z0-9\-_]+$/.test(name)) {
    throw invalidResource(
      id,
      `AutoPublishAlias name ('${name}') must contain only alphanumeric characters, hyphens, or underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.`,
    );
  }
  const suffix = name.replaceAll("-", "D").replaceAll("_", "U");
  const concurrency: Json | undefined = properties.ProvisionedConcurrencyConfig;
  return make(
    `${id}Alias${suffix}`,
    "AWS::Lambda::Alias",
    {
      Name: name,
      FunctionName: ref(id),
      FunctionVersion: getAtt(version.id, "Version"),
      ProvisionedConcurrencyConfig: says(concurrency) ? concurrency : undefined,
    },
    shared,
  );
}
