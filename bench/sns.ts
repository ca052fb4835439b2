/** SNS Publish to a topic that a queue is subscribed to, deliveries included, against the least that a server can do. */
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type CapturedRequest, captureAnswer, captureRequest, clientConfiguration } from "./captured.js";
import { compare } from "./load.js";
import { loadFigures } from "./load-figures.js";
import type { Measurement } from "./measurement.js";
import { ServerProcess } from "./server-process.js";
import { createQueue } from "./sqs.js";

const BODY_BYTES = 100;
const QUEUE_ARN = "arn:aws:sqs:us-east-1:111122223333:subscribed";

/** A topic with a queue behind it: the queue's URL, and the request that publishes a message. */
export async function createTopic(endpoint: string): Promise<{ queueUrl: string; publish: CapturedRequest }> {
  const queueUrl = await createQueue(endpoint, "subscribed");
  const [client, queues] = [new SNSClient(clientConfiguration(endpoint)), new SQSClient(clientConfiguration(endpoint))];
  const statement = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: QUEUE_ARN };
  const Attributes = { Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }) };
  await queues.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes }));
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name: "bench" }));
  const subscription = { Protocol: "sqs", Endpoint: QUEUE_ARN, Attributes: { RawMessageDelivery: "true" } };
  await client.send(new SubscribeCommand({ TopicArn, ...subscription }));
  client.destroy();
  queues.destroy();
  const command = new PublishCommand({ TopicArn, Message: "x".repeat(BODY_BYTES) });
  return { queueUrl, publish: await captureRequest(SNSClient, endpoint, command) };
}

export const sns: Measurement = async (bench) => {
  await using server = await ServerProcess.startBrume(bench.scratch);
  const { publish } = await createTopic(server.url);
  const answer = await captureAnswer(server.url, publish);
  await using bare = await ServerProcess.startPeer(bench.scratch, "echo", JSON.stringify(answer));
  const requests = () => [publish];
  // A step of the clock by nothing ends when everything has been delivered.
  const settle = () => fetch(`${server.url}/_brume/clock/advance`, { method: "POST", body: "{}" });
  const { brume, echo } = await compare(
    { echo: { server: bare, requests }, brume: { server, requests, settle } },
    bench,
  );
  const what = `SNS Publish (${BODY_BYTES} B) to a queue, delivered`;
  return loadFigures(what, brume, [{ name: "bare node:http", load: echo, cpuAtLeast: 0.25 }]);
};
