/** `Cognito`: a function as the trigger of a user pool of the same template. */
import { isObject } from "../../../template/template.js";
import { EventMistake, expectMap } from "../errors.js";
import { type Made, make } from "../expansion.js";
import { getAtt } from "../intrinsics.js";
import { listOf, mapOf } from "../plain.js";
import type { EventKind, FunctionEvent } from "./event.js";
import { makePermission } from "./event.js";

export const cognito: EventKind = {
  properties: { "text!": "UserPool", "text|list<text>=!": "Trigger" },
  expand,
};

function expand(event: FunctionEvent): Made[] {
  const { name, properties, target, expansion } = event;
  const poolId = mapOf(properties.UserPool).Ref;
  if (poolId !== undefined && typeof poolId !== "string") {
    throw new EventMistake(event.id, "Ref in Userpool is not a string.");
  }
  const pool = typeof poolId === "string" ? expansion.sources[poolId] : undefined;
  if (typeof poolId !== "string" || !isObject(pool)) {
    throw new EventMistake(name, "Cognito events must reference a Cognito UserPool in the same template.");
  }
  const permission = makePermission(event, {
    principal: "cognito-idp.amazonaws.com",
    sourceArn: getAtt(poolId, "Arn"),
    prefix: `${target.id}Cognito`,
  });
  const poolProperties = mapOf(pool.Properties);
  const config = { ...expectMap(poolProperties.LambdaConfig ?? {}, { id: poolId, path: "LambdaConfig" }) };
  for (const trigger of listOf(properties.Trigger)) {
    if (config[String(trigger)] !== undefined) {
      throw new EventMistake(name, `Cognito trigger "${String(properties.Trigger)}" defined multiple times.`);
    }
    config[String(trigger)] = target.arn;
  }
  pool.Properties = { ...poolProperties, LambdaConfig: config };
  const { Type, Properties, DependsOn, ...attributes } = pool;
  return [permission, make(poolId, String(Type), mapOf(Properties), attributes, DependsOn)];
}
