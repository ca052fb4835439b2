/** SQS SendMessage, and the whole way of a message, against the least that an HTTP server can do. */
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { captureAnswer, captureRequest, clientConfiguration } from "./captured.js";
import { compare } from "./load.js";
import { loadFigures } from "./load-figures.js";
import type { Measurement } from "./measurement.js";
import { queueCycle } from "./queue-cycle.js";
import { ServerProcess } from "./server-process.js";

const BODY_BYTES = 100;

/** Creates a queue. @returns its URL */
export async function createQueue(endpoint: string, QueueName: string): Promise<string> {
  const client = new SQSClient(clientConfiguration(endpoint));
  const { QueueUrl = "" } = await client.send(new CreateQueueCommand({ QueueName }));
  client.destroy();
  return QueueUrl;
}

/** The request that sends a message. */
export function sendRequest(endpoint: string, QueueUrl: string) {
  const command = new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(BODY_BYTES) });
  return captureRequest(SQSClient, endpoint, command);
}

export const sqs: Measurement = async (bench) => {
  const { scratch } = bench;
  await using server = await ServerProcess.startBrume(scratch);
  const send = await sendRequest(server.url, await createQueue(server.url, "sends"));
  const answer = await captureAnswer(server.url, send);
  await using bareSend = await ServerProcess.startPeer(scratch, "echo", JSON.stringify(answer));
  const requests = () => [send];
  const sends = await compare({ echo: { server: bareSend, requests }, brume: { server, requests } }, bench);

  const queue = await createQueue(server.url, "cycles");
  const cycle = await queueCycle(server.url, queue, await sendRequest(server.url, queue));
  const answers = JSON.stringify({ byTarget: cycle.byTarget });
  await using bareCycle = await ServerProcess.startPeer(scratch, "echo", answers);
  const cycles = await compare(
    { echo: { server: bareCycle, requests: cycle.requests }, brume: { server, requests: cycle.requests } },
    bench,
  );

  const name = "bare node:http";
  return [
    ...loadFigures(`SQS SendMessage (${BODY_BYTES} B)`, sends.brume, [{ name, load: sends.echo, cpuAtLeast: 0.75 }]),
    ...loadFigures("SQS send, receive, delete", cycles.brume, [{ name, load: cycles.echo, cpuAtLeast: 0.5 }]),
  ];
};
