/**
 * Answers that go on: messages of the `application/vnd.amazon.eventstream` encoding, one an event.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { AwsError } from "../kernel/errors.js";
import { writeJson, writeMembers } from "./json.js";
import type { Member, Shape } from "./shape.js";

export const EVENT_STREAM = "application/vnd.amazon.eventstream";

const STRING_HEADER = 7;
const PRELUDE_BYTES = 12;

/** One message: headers, all of them texts, and a payload, each part with its checksum. */
export function encodeMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const fields = Object.entries(headers).map(([name, value]) => {
    const [key, text] = [Buffer.from(name), Buffer.from(value)];
    const field = Buffer.alloc(1 + key.length + 3 + text.length);
    field.writeUInt8(key.length, 0);
    key.copy(field, 1);
    field.writeUInt8(STRING_HEADER, 1 + key.length);
    field.writeUInt16BE(text.length, 2 + key.length);
    text.copy(field, 4 + key.length);
    return field;
  });
  const headerBytes = fields.reduce((sum, field) => sum + field.length, 0);
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(PRELUDE_BYTES + headerBytes + payload.length + 4, 0);
  prelude.writeUInt32BE(headerBytes, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, ...fields, payload]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

/** How one protocol writes the structures of events. */
export interface EventFormat {
  readonly contentType: string;
  readonly restNames: boolean;
  /** Protocols whose first message is the rest of the output. */
  readonly initialResponse?: string;
}

/**
 * The body of an answer whose output has a stream of events: an async iterable of unions, each with one member set. An
 * error thrown on the way is sent as the exception that it is, and ends the stream.
 */
export function eventStreamBody(events: AsyncIterable<object>, union: Shape, format: EventFormat): Readable {
  return Readable.from(messages(events, union, format), { objectMode: false });
}

async function* messages(events: AsyncIterable<object>, union: Shape, format: EventFormat): AsyncGenerator<Buffer> {
  if (format.initialResponse !== undefined) {
    yield encodeMessage(
      { ":message-type": "event", ":event-type": "initial-response", ":content-type": format.contentType },
      Buffer.from(format.initialResponse),
    );
  }
  try {
    for await (const event of events) {
      for (const [name, value] of Object.entries(event)) {
        const member = union.byName.get(name);
        if (member && value !== undefined && value !== null) yield eventMessage(member, value, format);
      }
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    yield encodeMessage(
      { ":message-type": "exception", ":exception-type": error.code, ":content-type": format.contentType },
      Buffer.from(JSON.stringify({ message: error.message, ...error.members })),
    );
  }
}

function eventMessage(member: Member, value: Record<string, unknown>, format: EventFormat): Buffer {
  const headers: Record<string, string> = { ":message-type": "event", ":event-type": member.name };
  const { members } = member.shape;
  for (const one of members) {
    if (one.traits.eventHeader && value[one.name] !== undefined) headers[one.name] = String(value[one.name]);
  }
  const payload = members.find((one) => one.traits.eventPayload);
  if (payload) {
    const content = value[payload.name];
    if (payload.shape.kind === "blob" || payload.shape.kind === "string") {
      headers[":content-type"] = payload.shape.kind === "blob" ? "application/octet-stream" : "text/plain";
      return encodeMessage(headers, Buffer.from((content ?? "") as string));
    }
    headers[":content-type"] = format.contentType;
    return encodeMessage(headers, Buffer.from(JSON.stringify(writeJson(payload.shape, content, format.restNames))));
  }
  const body = members.filter((one) => !one.traits.eventHeader);
  if (body.length === 0) return encodeMessage(headers, Buffer.alloc(0));
  headers[":content-type"] = format.contentType;
  return encodeMessage(headers, Buffer.from(JSON.stringify(writeMembers(body, value, format.restNames))));
}
