/** `EventInvokeConfig`: what becomes of asynchronous invocations, and where their results go. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { expectMap, invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { getAtt, ifArguments, ifElse, isNoValue, not, ref } from "./intrinsics.js";
import { resolveParameters } from "./parameters.js";
import { digest, mapOf, says } from "./plain.js";
import { DELIVERY_POLICIES } from "./policy-documents.js";

const POLICIES: Readonly<Record<string, (arn: Json, id: string) => JsonObject>> = {
  SQS: DELIVERY_POLICIES.SQS,
  SNS: DELIVERY_POLICIES.SNS,
  EventBridge: DELIVERY_POLICIES.EventBridge,
  Lambda: DELIVERY_POLICIES.Lambda,
  S3Bucket: DELIVERY_POLICIES.S3,
};

/** Destinations that SAM makes where none is named. */
const MADE: Readonly<Record<string, { type: string; suffix: string; arn: (id: string) => JsonObject }>> = {
  SQS: { type: "AWS::SQS::Queue", suffix: "Queue", arn: (id) => getAtt(id, "Arn") },
  SNS: { type: "AWS::SNS::Topic", suffix: "Topic", arn: ref },
};

interface Invoke {
  readonly made: Made[];
  /** Inline policies that the function's role needs for the destinations. */
  readonly policies: JsonObject[];
}

/** Makes the configuration and the destinations that it does not name. @throws Mistake */
export function makeEventInvokeConfig(
  source: Source,
  alias: Made | undefined,
  aliasName: string | undefined,
  expansion: Expansion,
): Invoke {
  const { id, properties, attributes } = source;
  const invoke: Invoke = { made: [], policies: [] };
  if (!says(properties.EventInvokeConfig)) return invoke;
  const config = mapOf(resolveParameters(properties.EventInvokeConfig, expansion.known));
  const configId = `${id}EventInvokeConfig`;
  const destinations: JsonObject = {};
  if (says(config.DestinationConfig)) {
    const path = "EventInvokeConfig.DestinationConfig";
    const given = expectMap(config.DestinationConfig, { id, path });
    for (const name of ["OnSuccess", "OnFailure"]) {
      if (given[name] === undefined) continue;
      const one = expectMap(given[name], { id, path: `${path}.${name}` });
      destinations[name] = { Destination: addDestination(source, one, configId + name, configId, invoke, expansion) };
    }
  }
  invoke.made.push(
    make(
      configId,
      "AWS::Lambda::EventInvokeConfig",
      {
        DestinationConfig: destinations,
        FunctionName: ref(id),
        MaximumEventAgeInSeconds: config.MaximumEventAgeInSeconds,
        MaximumRetryAttempts: config.MaximumRetryAttempts,
        Qualifier: aliasName ?? "$LATEST",
      },
      attributes,
      alias ? [alias.id] : undefined,
    ),
  );
  return invoke;
}

/** The destination's ARN; what it needs is added to `invoke`. */
function addDestination(
  source: Source,
  config: JsonObject,
  destinationId: string,
  configId: string,
  invoke: Invoke,
  expansion: Expansion,
): Json {
  const { Type: type, Destination: destination } = config;
  const policy = typeof type === "string" ? POLICIES[type] : undefined;
  if (!policy) {
    const names = Object.keys(POLICIES)
      .map((name) => `'${name}'`)
      .join(", ");
    throw invalidResource(source.id, `'Type: ${type === undefined ? "None" : String(type)}' must be one of [${names}]`);
  }
  const either = conditional(destination, configId, expansion);
  if (destination !== undefined && !either) {
    invoke.policies.push(policy(destination, destinationId));
    return destination;
  }
  const kind = MADE[String(type)];
  if (!kind) throw invalidResource(source.id, "Destination is required if Type is not ['SQS', 'SNS']");
  const condition = combined(source, either?.condition, expansion);
  const made = make(destinationId + kind.suffix, kind.type, {}, source.shared);
  if (condition !== undefined) made.attributes.Condition = condition;
  const arn = kind.arn(made.id);
  const result = either ? ifElse(either.condition, arn, either.otherwise) : arn;
  invoke.made.push(made);
  invoke.policies.push(policy(result, destinationId));
  return result;
}

/** The condition under which a destination has to be made, and the one to use otherwise. */
function conditional(
  destination: Json | undefined,
  configId: string,
  expansion: Expansion,
): { condition: string; otherwise: Json } | undefined {
  const parts = ifArguments(destination);
  if (parts === undefined) return undefined;
  if (!Array.isArray(parts) || parts.length !== 3) {
    throw invalidResource(configId, "Malformed 'Destination' property: Fn::If requires 3 arguments.");
  }
  const [condition = "", then = null, otherwise = null] = parts;
  if (isNoValue(then) === isNoValue(otherwise)) return undefined;
  if (isNoValue(then)) return { condition: String(condition), otherwise };
  const opposite = `NOT${String(condition)}${digest(configId)}`;
  expansion.conditions = { ...expansion.conditions, [opposite]: not(String(condition)) };
  return { condition: opposite, otherwise: then };
}

function combined({ id, shared }: Source, condition: string | undefined, expansion: Expansion): Json | undefined {
  const own = shared.Condition;
  if (own === undefined || condition === undefined) return own ?? condition;
  const name = `${String(own)}AND${condition}${digest(id)}`.slice(0, 255);
  const both = { "Fn::And": [{ Condition: own }, { Condition: condition }] };
  expansion.conditions = { ...expansion.conditions, [name]: both };
  return name;
}
