/** The event source mappings that events of the polling kind become, and what their functions' roles need for them. */
import type { Json } from "../../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap, expectText } from "../errors.js";
import { type Made, make } from "../expansion.js";
import { isIntrinsic, sub } from "../intrinsics.js";
import { managedPolicyArn } from "../managed-policies.js";
import { pick, says } from "../plain.js";
import { allow, DELIVERY_POLICIES } from "../policy-documents.js";
import type { PropertyTypes } from "../property-types.js";
import { attachInline, attachManaged } from "../role.js";
import type { EventKind, FunctionEvent } from "./event.js";

/** What differs between event sources. */
interface Polled {
  readonly properties: PropertyTypes;
  /** The property that has the source's ARN. */
  readonly source?: string;
  /** The managed policy that lets a function read the source. */
  readonly managed?: string;
  /** Inline policies for the same. */
  readonly policies?: (event: FunctionEvent) => JsonObject[];
  /** Further properties of the mapping. */
  readonly more?: (event: FunctionEvent) => JsonObject;
  readonly type: string;
}

const COMMON: PropertyTypes = {
  number: `BatchSize MaximumBatchingWindowInSeconds MaximumRetryAttempts MaximumRecordAgeInSeconds
    ParallelizationFactor TumblingWindowInSeconds`,
  any: "StartingPosition StartingPositionTimestamp KmsKeyArn",
  flag: "Enabled BisectBatchOnFunctionError",
  map: `DestinationConfig FilterCriteria ScalingConfig ProvisionedPollerConfig SchemaRegistryConfig MetricsConfig
    LoggingConfig`,
  list: "Topics Queues SourceAccessConfigurations FunctionResponseTypes KafkaBootstrapServers",
  text: "SecretsManagerKmsKeyId ConsumerGroupId",
};

/** Properties that go to the mapping as they are. */
const SAME = [
  "StartingPosition",
  "StartingPositionTimestamp",
  "BatchSize",
  "Enabled",
  "MaximumBatchingWindowInSeconds",
  "MaximumRetryAttempts",
  "BisectBatchOnFunctionError",
  "MaximumRecordAgeInSeconds",
  "ParallelizationFactor",
  "Topics",
  "Queues",
  "SourceAccessConfigurations",
  "TumblingWindowInSeconds",
  "FunctionResponseTypes",
  "FilterCriteria",
  "KmsKeyArn",
  "ScalingConfig",
  "ProvisionedPollerConfig",
  "MetricsConfig",
  "LoggingConfig",
];

/** A kind of event that becomes an event source mapping. */
export function polled(kind: Polled): EventKind {
  return { properties: { ...COMMON, ...kind.properties }, expand: (event) => [expand(kind, event)] };
}

function expand(kind: Polled, event: FunctionEvent): Made {
  const { id, properties, target, role, expansion } = event;
  checkFilters(event);
  const destination = readDestination(event);
  const mapping = make(
    id,
    "AWS::Lambda::EventSourceMapping",
    {
      EventSourceArn: kind.source === undefined ? undefined : properties[kind.source],
      FunctionName: target.name,
      ...pick(properties, SAME),
      SelfManagedEventSource: says(properties.KafkaBootstrapServers)
        ? { Endpoints: { KafkaBootstrapServers: properties.KafkaBootstrapServers } }
        : undefined,
      ...kafka(kind, event),
      DestinationConfig: destination.config,
      ...kind.more?.(event),
    },
    target.shared,
  );
  if (kind.managed !== undefined) attachManaged(role, managedPolicyArn(kind.managed, expansion.scope));
  for (const policy of kind.policies?.(event) ?? []) attachInline(role, policy);
  if (destination.policy) attachInline(role, destination.policy);
  return mapping;
}

function checkFilters({ name, properties }: FunctionEvent): void {
  const { FilterCriteria: criteria } = properties;
  if (!says(criteria) || isIntrinsic(criteria)) return;
  const keys = isObject(criteria) ? Object.keys(criteria) : [];
  if (keys.length !== 1 || keys[0] !== "Filters") {
    throw new EventMistake(name, "FilterCriteria field has a wrong format");
  }
}

/** The settings of Kafka consumers, which have a place of their own for each way of running Kafka. */
function kafka({ type }: Polled, { id, properties }: FunctionEvent): JsonObject {
  const { ConsumerGroupId: group, SchemaRegistryConfig: registry } = properties;
  const place: Readonly<Record<string, string>> = {
    MSK: "AmazonManagedKafkaEventSourceConfig",
    SelfManagedKafka: "SelfManagedKafkaEventSourceConfig",
  };
  const name = place[type];
  if (name === undefined) {
    if (!says(group)) return {};
    throw new EventMistake(id, `Property ConsumerGroupId not defined for resource of type ${type}.`);
  }
  const config: JsonObject = {};
  if (says(group)) config.ConsumerGroupId = group;
  if (says(registry)) config.SchemaRegistryConfig = registry;
  return says(config) ? { [name]: config } : {};
}

const FAILURE_DESTINATIONS: Readonly<Record<string, ((arn: Json, id: string) => JsonObject) | undefined>> = {
  SQS: DELIVERY_POLICIES.SQS,
  SNS: DELIVERY_POLICIES.SNS,
  S3: DELIVERY_POLICIES.S3,
  Kafka: undefined,
};

/** Where failed records go. SAM's `Type` is no property of the mapping: it says which policy the role needs. */
function readDestination({ id, properties }: FunctionEvent): { config?: JsonObject; policy?: JsonObject } {
  const { DestinationConfig: config } = properties;
  if (!isObject(config) || !says(config)) return {};
  const onFailure = expectMap(config.OnFailure, { id, path: "DestinationConfig.OnFailure", of: "event" });
  const { Type: type, ...rest } = onFailure;
  if (!says(type)) return { config };
  if (typeof type !== "string" || !Object.hasOwn(FAILURE_DESTINATIONS, type)) {
    throw new EventMistake(id, "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'");
  }
  const policy = FAILURE_DESTINATIONS[type]?.(rest.Destination ?? null, id);
  return { config: { ...config, OnFailure: rest }, ...(policy ? { policy } : {}) };
}

/** The statement that lets a function decrypt the secret of its source; none where no key is named. */
export function decryptSecret({ name, properties }: FunctionEvent, action: Json = ["kms:Decrypt"]): JsonObject[] {
  const { SecretsManagerKmsKeyId: key } = properties;
  if (!says(key)) return [];
  const id = expectText(key, { id: name, path: "SecretsManagerKmsKeyId", of: "event" });
  return [allow(action, sub(`arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/${id}`))];
}

/**
 * The URI of the one access configuration of a type that a source needs.
 * @throws Mistake where there is none, more than one, or one of a type that the source does not have
 */
export function accessUri(
  { name, properties }: FunctionEvent,
  type: string,
  allowed: readonly string[],
  source: string,
): Json {
  const refuse = (why: string) => new EventMistake(name, why);
  const { SourceAccessConfigurations: configurations } = properties;
  if (!says(configurations)) throw refuse(`No SourceAccessConfigurations for Amazon ${source} event provided.`);
  if (!Array.isArray(configurations)) {
    throw refuse("Provided SourceAccessConfigurations cannot be parsed into a list.");
  }
  let found: Json | undefined;
  for (const [index, one] of configurations.entries()) {
    const path = `SourceAccessConfigurations[${index}]`;
    const configuration = expectMap(one, { id: name, path, of: "event" });
    const given = expectText(configuration.Type, { id: name, path: `${path}.Type`, of: "event" });
    if (!allowed.includes(given)) {
      const list = allowed.map((item) => `'${item}'`).join(", ");
      throw refuse(
        `Invalid property Type specified in SourceAccessConfigurations. The supported values are: [${list}].`,
      );
    }
    if (given !== type) continue;
    if (found !== undefined) throw refuse(`Multiple ${type} properties specified in SourceAccessConfigurations.`);
    found = configuration.URI;
    if (!says(found)) throw refuse(`No ${type} URI property specified in SourceAccessConfigurations.`);
  }
  if (found === undefined) throw refuse(`No ${type} property specified in SourceAccessConfigurations.`);
  return found;
}
