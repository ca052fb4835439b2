/** Where the code, content or definition of a resource is: in S3, or on the disk of whoever wrote the template. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { compact, says } from "./plain.js";

/** The bucket that stands for the folder of a template that was never packaged. */
export const LOCAL_BUCKET = "sam-local-artifacts";

interface Location {
  readonly bucket: Json;
  readonly key: Json;
  readonly version: Json | undefined;
}

/** A location as Lambda writes it. @throws Mistake for what is no location */
export function codeLocation(value: Json, id: string, property: string): JsonObject {
  const { bucket, key, version } = read(value, id, property);
  return compact({ S3Bucket: bucket, S3Key: key, S3ObjectVersion: version });
}

/** A location as API Gateway and Step Functions write it. @throws Mistake for what is no location */
export function definitionLocation(value: Json, id: string, property: string): JsonObject {
  const { bucket, key, version } = read(value, id, property);
  return compact({ Bucket: bucket, Key: key, Version: version });
}

function read(value: Json, id: string, property: string): Location {
  if (isObject(value)) {
    const { Bucket: bucket, Key: key, Version: version } = value;
    if (!says(bucket) || !says(key)) {
      throw invalidResource(id, `'${property}' requires Bucket and Key properties to be specified.`);
    }
    return { bucket, key, version };
  }
  if (typeof value !== "string") throw invalidResource(id, `'${property}' must be of type dict or string.`);
  if (/\{\{resolve:(ssm|ssm-secure|secretsmanager):[a-zA-Z0-9_.\-/]*\//.test(value)) {
    throw invalidResource(
      id,
      `Unsupported dynamic reference detected in '${property}'. Please consider using alternative 'FunctionCode' object format.`,
    );
  }
  const [, bucket, key, query] = /^s3:\/\/([^/?#]+)\/([^?#]+)(?:\?([^#]*))?/i.exec(value) ?? [];
  if (bucket && key) {
    const version = new URLSearchParams(query ?? "").getAll("versionId");
    return { bucket, key: key.replace(/^\/+/, ""), version: version.length === 1 ? version[0] : undefined };
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(value)) {
    throw invalidResource(
      id,
      `'${property}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.`,
    );
  }
  // Differs from AWS: a local path is refused there; here it names an object that a harness or command puts in place.
  return { bucket: LOCAL_BUCKET, key: localKey(value), version: undefined };
}

/** A path without what the template's own folder adds to it. */
function localKey(path: string): string {
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  return steps.join("/") || ".";
}
