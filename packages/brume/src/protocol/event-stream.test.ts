import { Readable } from "node:stream";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { expect, it } from "vitest";
import { AwsError } from "../kernel/errors.js";
import { EVENT_STREAM, encodeMessage } from "./event-stream.js";
import { loadModel, type ServiceModel } from "./model.js";
import { writeOutput } from "./response.js";

const codec = new EventStreamCodec(
  (input) => Buffer.from(typeof input === "string" ? input : input).toString(),
  (input) => Buffer.from(input),
);

/** The messages of a body: what each says it is, and its text. */
async function messagesOf(body: Readable): Promise<{ headers: Record<string, unknown>; text: string }[]> {
  const messages: { headers: Record<string, unknown>; text: string }[] = [];
  let bytes: Buffer = Buffer.concat(await body.toArray());
  while (bytes.length > 0) {
    const length = bytes.readUInt32BE(0);
    const { headers, body: content } = codec.decode(bytes.subarray(0, length));
    const plain = Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]));
    messages.push({ headers: plain, text: Buffer.from(content).toString() });
    bytes = bytes.subarray(length);
  }
  return messages;
}

async function bodyOf(service: string, operation: string, protocol: "json" | "restJson", output: object) {
  const model = (await loadModel(service)) as ServiceModel;
  const found = model.operation(operation);
  if (!found) throw new Error(`${service} has no ${operation}`);
  const answer = writeOutput(model, found, protocol, output as Record<string, unknown>, "request-1");
  expect(answer.headers).toContain(EVENT_STREAM);
  if (!(answer.body instanceof Readable)) throw new Error("The body is no stream.");
  return messagesOf(answer.body);
}

async function* events(...list: (object | Error)[]) {
  for (const event of list) {
    if (event instanceof Error) throw event;
    yield event;
  }
}

it("writes messages that the SDK's codec reads", () => {
  const { headers, body } = codec.decode(encodeMessage({ ":message-type": "event", name: "snow ☃" }, Buffer.from("x")));
  expect(headers).toEqual({
    ":message-type": { type: "string", value: "event" },
    name: { type: "string", value: "snow ☃" },
  });
  expect(Buffer.from(body).toString()).toBe("x");
});

it("sends payloads as bytes, structures as JSON, and members in headers beside them", async () => {
  const EventStream = events({ PayloadChunk: { Payload: Buffer.from("one") } }, { InvokeComplete: { ErrorCode: "E" } });
  const messages = await bodyOf("lambda", "InvokeWithResponseStream", "restJson", { EventStream });
  expect(messages).toEqual([
    {
      headers: { ":message-type": "event", ":event-type": "PayloadChunk", ":content-type": "application/octet-stream" },
      text: "one",
    },
    {
      headers: { ":message-type": "event", ":event-type": "InvokeComplete", ":content-type": "application/json" },
      text: '{"ErrorCode":"E"}',
    },
  ]);
});

it("sends the rest of the output first where the protocol has no headers for it, and errors as exceptions", async () => {
  const responseStream = events(
    { sessionStart: { sessionId: "s-1" } },
    new AwsError("SessionTimeoutException", "The session timed out."),
  );
  const messages = await bodyOf("cloudwatch-logs", "StartLiveTail", "json", { responseStream });
  expect(messages.map(({ headers }) => headers[":event-type"] ?? headers[":exception-type"])).toEqual([
    "initial-response",
    "sessionStart",
    "SessionTimeoutException",
  ]);
  expect(messages[1]?.text).toBe('{"sessionId":"s-1"}');
  expect(messages[2]?.text).toBe('{"message":"The session timed out."}');
});
