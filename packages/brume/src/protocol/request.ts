/** From an HTTP request to an operation's typed input. */
import type { Readable } from "node:stream";
import { AwsError } from "../kernel/errors.js";
import { readCborBody } from "./cbor.js";
import { parseJson, readJson, readJsonBody } from "./json.js";
import type { OperationModel } from "./model.js";
import { type FormNode, readForm } from "./query.js";
import type { Headers, Query } from "./routes.js";
import type { Member } from "./shape.js";
import { readElement, readText } from "./xml.js";
import { parseXml } from "./xml-parser.js";

export type WireProtocol = "json" | "cbor" | "query" | "ec2" | "restJson" | "restXml";

/** An HTTP request as the readers need it. */
export interface WireRequest {
  readonly headers: Headers;
  readonly query: Query;
  readonly labels: Readonly<Record<string, string>>;
  /** The form of a Query request, which had to be read to know the operation. */
  readonly form: FormNode | undefined;
  /** The whole body. @throws AwsError when it is too long or breaks off */
  collect(): Promise<Buffer>;
  /** The body as it comes in, decoded. */
  stream(): Readable;
}

/** Reads the input of an operation. @throws AwsError for input that is not of the operation's shape */
export async function readInput(
  operation: OperationModel,
  protocol: WireProtocol,
  request: WireRequest,
): Promise<Record<string, unknown>> {
  switch (protocol) {
    case "json":
      return readJsonBody(operation.input, await request.collect(), false);
    case "cbor":
      return readCborBody(operation.input, await request.collect());
    case "query":
    case "ec2":
      return readForm(operation.input, request.form ?? { children: new Map() }, protocol === "ec2");
    default:
      return readRest(operation, protocol, request);
  }
}

async function readRest(
  operation: OperationModel,
  protocol: "restJson" | "restXml",
  request: WireRequest,
): Promise<Record<string, unknown>> {
  const { payload, body, headers, elsewhere } = operation.inputs;
  let input: Record<string, unknown> = {};
  if (payload?.streaming && payload.shape.kind === "blob") input[payload.name] = request.stream();
  else {
    const content = await request.collect();
    if (payload) {
      const value = content.length > 0 ? readPayload(payload, protocol, content) : undefined;
      if (value !== undefined) input[payload.name] = value;
    } else if (body.length > 0 && content.length > 0) {
      input =
        protocol === "restJson"
          ? readJsonBody(operation.input, content, true)
          : (readElement(operation.input, parseXml(content)) as Record<string, unknown>);
    }
  }
  // A request has a few headers, and an operation of S3 dozens that it could have.
  for (const name in request.headers) {
    const member = headers.get(name);
    const value = member && readHeader(member, request.headers[name]);
    if (value !== undefined) input[(member as Member).name] = value;
  }
  for (const member of elsewhere) {
    const value = readElsewhere(member, request);
    if (value !== undefined) input[member.name] = value;
  }
  return input;
}

function readPayload(payload: Member, protocol: "restJson" | "restXml", content: Buffer): unknown {
  if (payload.shape.kind === "blob") return content;
  if (payload.shape.kind === "string") return content.toString();
  if (protocol === "restXml") return readElement(payload.shape, parseXml(content));
  return readJson(payload.shape, parseJson(content), true);
}

function readHeader(member: Member, value: string | string[] | undefined): unknown {
  const text = headerText(value);
  if (text === undefined || member.shape.kind !== "list") return scalar(member, text);
  return text.split(",").map((item) => scalar(member.shape.element, item.trim()));
}

function readPrefixed({ wireName: prefix }: Member, headers: Headers): Record<string, string> | undefined {
  let found: [name: string, value: string][] | undefined;
  for (const name in headers) {
    if (!name.startsWith(prefix)) continue;
    found ??= [];
    found.push([name.slice(prefix.length), headerText(headers[name]) ?? ""]);
  }
  return found && Object.fromEntries(found);
}

function readElsewhere(member: Member, request: WireRequest): unknown {
  switch (member.location) {
    case "label":
      return scalar(member, request.labels[member.wireName]);
    case "prefix":
      return readPrefixed(member, request.headers);
    case "query": {
      const values = request.query.get(member.wireName);
      if (!values) return undefined;
      if (member.shape.kind === "list") return values.map((value) => scalar(member.shape.element, value));
      return scalar(member, values[0]);
    }
    case "queryParams": {
      const lists = member.shape.value.shape.kind === "list";
      return Object.fromEntries([...request.query].map(([name, values]) => [name, lists ? [...values] : values[0]]));
    }
    default:
      return undefined;
  }
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function scalar(member: Member, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const value = readText(member.shape, text);
  if (value === undefined) {
    throw new AwsError(
      "InvalidArgument",
      `The value ${JSON.stringify(text.slice(0, 100))} of ${member.wireName} is not a valid ${member.shape.kind}.`,
    );
  }
  return value;
}
