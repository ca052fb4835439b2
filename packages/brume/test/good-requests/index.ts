/** Good requests to every service, as the official clients write them, for tests that spoil them. */
import { cbor } from "@smithy/core/cbor";
import type { RunningCloud } from "../../src/index.js";
import type { RawRequest } from "../raw-http.js";
import { type Call, requestsOf } from "./capture.js";
import { dataRequests } from "./data.js";
import { deploymentsRequests } from "./deployments.js";
import { missingCommands } from "./every-operation.js";
import { functionsRequests } from "./functions.js";
import { identityRequests } from "./identity.js";
import { messagingRequests } from "./messaging.js";

/** Makes what the requests are about, and returns good requests by service. */
export async function goodRequests(cloud: RunningCloud): Promise<Record<string, RawRequest[]>> {
  const call: Call = (service, operation, input) => cloud.call(service, operation, input);
  const groups = [
    ...(await messagingRequests(call)),
    ...(await dataRequests(call)),
    ...(await identityRequests(call)),
    ...(await functionsRequests(call, cloud.clock.now())),
    ...(await deploymentsRequests(call)),
  ];
  await cloud.idle();
  const restApiId = (await call("api-gateway", "GetRestApis", {})).items[0].id;
  const requests: Record<string, RawRequest[]> = {};
  for (const group of groups) {
    const [id, Client, commands] = group;
    const service = await cloud.kernel.service(id);
    const missing = service ? await missingCommands(group, service, call) : [];
    requests[id] = await requestsOf(cloud, Client, [...commands, ...missing]);
  }
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
