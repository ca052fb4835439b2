/** `S3`: notifications of a bucket of the same template. */
import type { Json } from "../../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectList, expectMap, invalidResource } from "../errors.js";
import { type Made, make } from "../expansion.js";
import { ifElse, ref } from "../intrinsics.js";
import { compact, listOf, mapOf, same } from "../plain.js";
import type { EventKind, FunctionEvent } from "./event.js";
import { makePermission } from "./event.js";

export const s3: EventKind = {
  properties: { "text!": "Bucket", "text|list<text>=!": "Events", "map<text>": "Filter" },
  expand,
};

function expand(event: FunctionEvent): Made[] {
  const { name, properties, expansion } = event;
  const bucketId = mapOf(properties.Bucket).Ref;
  if (bucketId !== undefined && typeof bucketId !== "string") {
    throw new EventMistake(name, "'Ref' value in S3 events is not a valid string.");
  }
  const bucket = bucketId === undefined ? undefined : expansion.sources[bucketId];
  if (bucketId === undefined || !isObject(bucket)) {
    throw new EventMistake(name, "S3 events must reference an S3 bucket in the same template.");
  }
  const permission = makePermission(event, {
    principal: "s3.amazonaws.com",
    sourceAccount: ref("AWS::AccountId"),
  });
  const bucketProperties = expectMap(
    bucket.Properties ?? {},
    { id: bucketId, path: "" },
    "Properties should be a map.",
  );
  bucket.Properties = bucketProperties;
  dependOn(permission, bucketId, bucket, bucketProperties);
  notify(event, bucketId, bucketProperties);
  const { Type, Properties: _, DependsOn, ...attributes } = bucket;
  return [permission, make(bucketId, String(Type), bucketProperties, attributes, DependsOn)];
}

/** S3 checks that it may invoke the function when it is told to: the permission comes before the bucket. */
function dependOn(permission: Made, bucketId: string, bucket: JsonObject, properties: JsonObject): void {
  const condition = permission.attributes.Condition;
  if (condition === undefined) {
    bucket.DependsOn = [...new Set([...listOf(bucket.DependsOn), permission.id])];
    return;
  }
  // A dependency cannot have a condition, but a reference within a tag can.
  const tags = expectList(properties.Tags ?? [], { id: bucketId, path: "Tags" });
  const value = ifElse(condition, ref(permission.id), "no dependency");
  properties.Tags = [...tags, { Key: `sam:ConditionalDependsOn:${permission.id}`, Value: value }];
}

function notify({ properties, target }: FunctionEvent, bucketId: string, bucket: JsonObject): void {
  const path = "NotificationConfiguration";
  const configuration = expectMap(bucket.NotificationConfiguration ?? {}, { id: bucketId, path });
  const present = configuration.LambdaConfigurations ?? [];
  if (!Array.isArray(present)) {
    throw invalidResource(bucketId, "Invalid type for LambdaConfigurations. Must be a list.");
  }
  const all: Json[] = [...present];
  for (const type of listOf(properties.Events)) {
    const one = compact({ Function: target.arn, Filter: properties.Filter, Event: type });
    const { Condition: condition } = target.shared;
    const added = condition === undefined ? one : ifElse(condition, one);
    if (!all.some((other) => same(other, added))) all.push(added);
  }
  bucket.NotificationConfiguration = { ...configuration, LambdaConfigurations: all };
}
