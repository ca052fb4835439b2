/** Where a function's code comes from. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { codeLocation, LOCAL_BUCKET } from "./code-location.js";
import { invalidResource } from "./errors.js";
import type { Source } from "./expansion.js";
import { mapOf, says } from "./plain.js";

/** The function's `Code`. @throws Mistake for properties that do not say where the code is */
export function functionCode(source: Source): JsonObject {
  const { id, properties } = source;
  const { PackageType: packageType = "Zip", SourceKMSKeyArn: key } = properties;
  if (packageType === "Image") return { ImageUri: imageUri(source) };
  if (packageType !== "Zip") throw invalidResource(id, `invalid 'PackageType' : ${String(packageType)}`);
  const code = zipCode(source);
  return says(key) ? { ...code, SourceKMSKeyArn: key } : code;
}

function zipCode({ id, properties }: Source): JsonObject {
  const { InlineCode: inline, CodeUri: uri } = properties;
  if (inline !== undefined) return { ZipFile: inline };
  // Differs from AWS: packaging puts the template's own folder where a function names none; AWS never sees that case.
  return codeLocation(uri ?? ".", id, "CodeUri");
}

function imageUri({ id, properties, attributes }: Source): Json {
  const uri = properties.ImageUri;
  // Differs from AWS: the image is one to be built, by a template that was never packaged.
  if (uri === undefined && says(mapOf(attributes.Metadata).Dockerfile))
    return `${LOCAL_BUCKET}/${id.toLowerCase()}:latest`;
  if (uri === undefined) throw invalidResource(id, "'ImageUri' must be set.");
  if (says(uri)) return uri;
  throw invalidResource(id, "'ImageUri' requires that a image hosted at a registry be specified.");
}
