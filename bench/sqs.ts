/** SQS SendMessage against the least that an HTTP server can do. */
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { captureAnswer, captureRequest, clientConfiguration } from "./captured.js";
import type { Figure } from "./figure.js";
import { compare } from "./load.js";
import type { Measurement } from "./measurement.js";
import { ServerProcess } from "./server-process.js";

const BODY_BYTES = 100;

export const sqs: Measurement = async ({ rounds, scratch }) => {
  await using server = await ServerProcess.startBrume(scratch);
  const client = new SQSClient(clientConfiguration(server.url));
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "bench" }));
  client.destroy();
  const command = new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(BODY_BYTES) });
  const request = await captureRequest(SQSClient, server.url, command);
  const answer = await captureAnswer(server.url, request);
  await using bare = await ServerProcess.startPeer(scratch, "echo", JSON.stringify(answer));
  const requests = () => [request];
  const { brume, echo } = await compare({ echo: { server: bare, requests }, brume: { server, requests } }, rounds);
  const what = `SQS SendMessage (${BODY_BYTES} B)`;
  return [
    {
      name: `${what}, CPU a request`,
      value: brume.cpuMicroseconds,
      unit: "µs",
      samples: brume.cpuMicrosecondsSamples,
      peer: { name: "bare node:http", value: echo.cpuMicroseconds },
      aim: { of: "ratio", atLeast: 0.75 },
    },
    {
      name: `${what}, throughput`,
      value: brume.requestsPerSecond,
      unit: "requests/s",
      samples: brume.requestsPerSecondSamples,
      peer: { name: "bare node:http", value: echo.requestsPerSecond },
    },
  ] satisfies Figure[];
};
