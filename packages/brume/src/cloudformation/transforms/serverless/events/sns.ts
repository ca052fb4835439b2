/** `SNS`: a subscription of a function to a topic, directly or by way of a queue. */
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap } from "../errors.js";
import { type Made, make } from "../expansion.js";
import { getAtt, ref, referredId } from "../intrinsics.js";
import { resolveParameters } from "../parameters.js";
import { mapOf, pick, says } from "../plain.js";
import { queuePolicy } from "../policy-documents.js";
import type { EventKind, FunctionEvent } from "./event.js";
import { makePermission } from "./event.js";
import { sqs } from "./sqs.js";

export const sns: EventKind = {
  properties: {
    "text!": "Topic",
    text: "Region",
    any: "FilterPolicy FilterPolicyScope",
    "flag|map": "SqsSubscription",
    map: "RedrivePolicy",
  },
  expand,
};

function expand(event: FunctionEvent): Made[] {
  const { SqsSubscription: through, Topic: topic } = event.properties;
  if (!says(through)) {
    const permission = makePermission(event, { principal: "sns.amazonaws.com", sourceArn: topic });
    return [permission, subscription(event, "lambda", event.target.arn)];
  }
  return through === true ? throughNewQueue(event) : throughQueue(event, through);
}

function subscription({ id, properties, target }: FunctionEvent, protocol: string, endpoint: Json): Made {
  return make(
    id,
    "AWS::SNS::Subscription",
    {
      Endpoint: endpoint,
      Protocol: protocol,
      TopicArn: properties.Topic,
      ...pick(properties, ["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"]),
    },
    target.shared,
  );
}

function throughNewQueue(event: FunctionEvent): Made[] {
  const { id, properties, target, expansion } = event;
  const topic = mapOf(expansion.sources[referredId(properties.Topic) ?? ""]);
  const fifo = resolveParameters(mapOf(topic.Properties).FifoTopic, expansion.known);
  const queue = make(`${id}Queue`, "AWS::SQS::Queue", { FifoQueue: says(fifo) ? fifo : undefined }, target.shared);
  const arn = getAtt(queue.id, "Arn");
  return [
    ...mapping(event, arn, undefined),
    queue,
    policy(event, arn, ref(queue.id), `${id}QueuePolicy`),
    subscription(event, "sqs", arn),
  ];
}

function throughQueue(event: FunctionEvent, through: Json): Made[] {
  const { id, name } = event;
  const {
    QueueArn: arn,
    QueueUrl: url,
    QueuePolicyLogicalId: policyId,
    BatchSize: batchSize,
  } = expectMap(through, { id: name, path: "SqsSubscription", of: "event" });
  if (!says(arn) || !says(url)) throw new EventMistake(name, "No QueueARN or QueueURL provided.");
  return [
    ...mapping(event, arn, batchSize),
    policy(event, arn, url, says(policyId) ? String(policyId) : `${id}QueuePolicy`),
    subscription(event, "sqs", arn),
  ];
}

function mapping(event: FunctionEvent, queueArn: Json, batchSize: Json | undefined): Made[] {
  const properties: JsonObject = { Queue: queueArn, BatchSize: says(batchSize) ? batchSize : 10, Enabled: true };
  return sqs.expand({ ...event, id: `${event.id}EventSourceMapping`, properties });
}

function policy({ properties, target }: FunctionEvent, queueArn: Json, url: Json, id: string): Made {
  const document = queuePolicy("*", properties.Topic ?? null, queueArn);
  return make(id, "AWS::SQS::QueuePolicy", { PolicyDocument: document, Queues: [url] }, target.shared);
}
