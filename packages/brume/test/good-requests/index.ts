/** Good requests to every service, as the official clients write them, for tests that spoil them. */
import { cbor } from "@smithy/core/cbor";
import type { RunningCloud } from "../../src/index.js";
import type { RawRequest } from "../raw-http.js";
import { type Call, type Group, requestsOf } from "./capture.js";
import { dataRequests } from "./data.js";
import { deploymentsRequests } from "./deployments.js";
import { missingCommands } from "./every-operation.js";
import { functionsRequests } from "./functions.js";
import { identityRequests } from "./identity.js";
import { messagingRequests } from "./messaging.js";

/** Makes what the commands are about, and returns good commands for the operations of every service. */
export async function goodCommands(cloud: RunningCloud): Promise<Group[]> {
  const call: Call = (service, operation, input) => cloud.call(service, operation, input);
  const groups = [
    ...(await messagingRequests(call)),
    ...(await dataRequests(call)),
    ...(await identityRequests(call)),
    ...(await functionsRequests(call, cloud.clock.now())),
    ...(await deploymentsRequests(call)),
  ];
  await cloud.idle();
  const all: Group[] = [];
  for (const group of groups) {
    const [id, Client, commands] = group;
    const service = await cloud.kernel.service(id);
    const missing = service ? await missingCommands(group, service, call) : [];
    all.push([id, Client, [...commands, ...missing]]);
  }
  return all;
}

/** The same as requests, by service, and some that no client has a command for. */
export async function goodRequests(cloud: RunningCloud): Promise<Record<string, RawRequest[]>> {
  const groups = await goodCommands(cloud);
  const { items } = await cloud.call<{ items: { id: string; name: string; createdDate: Date }[] }>(
    "api-gateway",
    "GetRestApis",
    {},
  );
  const restApiId = items[0]?.id;
  const requests: Record<string, RawRequest[]> = {};
  for (const [id, Client, commands] of groups) requests[id] = await requestsOf(cloud, Client, commands);
  const QueueUrl = `${cloud.endpoint}/000000000000/fuzzed`;
  requests["execute-api"] = [
    {
      method: "GET",
      path: `/_aws/execute-api/${restApiId}/v1/pets/1?q=1`,
      headers: { accept: "application/json", "x-api-key": "k" },
    },
    {
      method: "POST",
      path: `/_aws/execute-api/${restApiId}/v1/pets/1`,
      headers: { "content-type": "application/json" },
      body: '{"a":"b"}',
    },
  ];
  requests.cbor = [
    {
      QueueUrl,
      MessageBody: "x",
      MessageAttributes: { b: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2]) } },
    },
    { QueueUrl, Entries: [{ Id: "a", MessageBody: "x", DelaySeconds: 1 }] },
  ].map((input, index) => ({
    method: "POST",
    path: `/service/AmazonSQS/operation/${["SendMessage", "SendMessageBatch"][index]}`,
    headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" },
    body: cbor.serialize(input),
  }));
  return requests;
}
