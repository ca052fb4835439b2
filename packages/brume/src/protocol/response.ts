/** From an operation's typed output, or an error, to an HTTP answer. */
import { Readable } from "node:stream";
import type { AwsError } from "../kernel/errors.js";
import { type Answer, type HeaderList, httpOf } from "./answer.js";
import { writeCborBody, writeCborError } from "./cbor.js";
import { EVENT_STREAM, eventStreamBody } from "./event-stream.js";
import { base64, writeJson, writeJsonBody, writeMembers } from "./json.js";
import type { OperationModel, ServiceDescriptor, ServiceModel } from "./model.js";
import type { WireProtocol } from "./request.js";
import type { Member, Shape } from "./shape.js";
import { formatTimestamp, HTTP_DATE } from "./timestamps.js";
import { escapeXml, writeElement, writeXmlMembers } from "./xml.js";

type Output = Record<string, unknown>;

const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const EMPTY = "";

function namespaceOf(descriptor: ServiceDescriptor): string {
  return descriptor.xmlNamespace ?? `http://${descriptor.signingName}.amazonaws.com/doc/${descriptor.apiVersion}/`;
}

/** The content type of a service's JSON answers. */
export function jsonType(descriptor: ServiceDescriptor): string {
  return descriptor.protocol === "awsJson1_0" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1";
}

/** Writes an operation's output. */
export function writeOutput(
  service: ServiceModel,
  operation: OperationModel,
  protocol: WireProtocol,
  output: Output,
  requestId: string,
): Answer {
  const { descriptor } = service;
  switch (protocol) {
    case "json": {
      if (operation.events) return writeEventsAfterOutput(service, operation, operation.events, output, requestId);
      const body =
        operation.output.kind === "unit" ? EMPTY : writeJsonBody(operation.output, withoutStreams(output), false);
      return { status: 200, headers: ["content-type", jsonType(descriptor), "x-amzn-requestid", requestId], body };
    }
    case "cbor": {
      const body = writeCborBody(operation.output, withoutStreams(output));
      const headers = [
        "content-type",
        "application/cbor",
        "smithy-protocol",
        "rpc-v2-cbor",
        "x-amzn-requestid",
        requestId,
      ];
      return { status: 200, headers, body };
    }
    case "query": {
      const { name } = operation;
      const result = operation.output.kind === "unit" ? EMPTY : writeElement(`${name}Result`, operation.output, output);
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      const body = `<${name}Response xmlns="${namespaceOf(descriptor)}">${result}${metadata}</${name}Response>`;
      return { status: 200, headers: ["content-type", "text/xml", "x-amzn-requestid", requestId], body };
    }
    case "ec2": {
      const { name } = operation;
      const members = writeXmlMembers(operation.output.members, output);
      const body = `${XML_DECLARATION}<${name}Response xmlns="${namespaceOf(descriptor)}"><requestId>${requestId}</requestId>${members}</${name}Response>`;
      return { status: 200, headers: ["content-type", "text/xml;charset=UTF-8"], body };
    }
    default:
      return writeRest(service, operation, protocol, output, requestId);
  }
}

/** Protocols that call by name have no headers for the rest of the output: it is the first message of the stream. */
function writeEventsAfterOutput(
  { descriptor }: ServiceModel,
  operation: OperationModel,
  events: Member,
  output: Output,
  requestId: string,
): Answer {
  const contentType = jsonType(descriptor);
  const rest = operation.output.members.filter((member) => member !== events);
  const body = eventStreamBody(output[events.name] as AsyncIterable<object>, events.shape, {
    contentType,
    restNames: false,
    initialResponse: JSON.stringify(writeMembers(rest, output, false)),
  });
  return { status: 200, headers: ["content-type", EVENT_STREAM, "x-amzn-requestid", requestId], body };
}

/** Streams have no form in a document: their content has to be text or bytes there. */
function withoutStreams(output: Output): Output {
  for (const value of Object.values(output)) {
    if (value instanceof Readable) throw new Error("A streaming answer was asked for over a protocol without streams.");
  }
  return output;
}

function writeRest(
  service: ServiceModel,
  operation: OperationModel,
  protocol: "restJson" | "restXml",
  output: Output,
  requestId: string,
): Answer {
  const http = httpOf(output);
  const xml = protocol === "restXml";
  const headers: HeaderList = [xml ? "x-amz-request-id" : "x-amzn-requestid", requestId];
  let status = http?.status ?? operation.http?.[2] ?? 200;
  for (const member of operation.outputs.bound) {
    const value = output[member.name];
    if (value === undefined || value === null) continue;
    if (member.location === "status") status = value as number;
    else pushHeader(headers, member, value);
  }
  for (const [name, value] of Object.entries(http?.headers ?? {})) headers.push(name, headerSafe(value));
  if (http?.body) {
    if (http.body.type) headers.push("content-type", headerSafe(http.body.type));
    return { status, headers, body: http.body.content };
  }
  const { payload, body } = operation.outputs;
  if (payload) {
    const value = output[payload.name];
    if (value === undefined || value === null) return { status, headers, body: EMPTY };
    if (payload === operation.events) {
      headers.push("content-type", EVENT_STREAM);
      const format = { contentType: "application/json", restNames: true };
      return { status, headers, body: eventStreamBody(value as AsyncIterable<object>, payload.shape, format) };
    }
    if (payload.shape.kind === "blob" || payload.shape.kind === "string") {
      return { status, headers, body: value as string | Uint8Array | Readable };
    }
    if (!xml) {
      headers.push("content-type", "application/json");
      return { status, headers, body: JSON.stringify(writeJson(payload.shape, value, true)) };
    }
    headers.push("content-type", "application/xml");
    const tag = payload.traits.xmlName ?? payload.shape.traits.xmlName ?? payload.shape.name;
    return { status, headers, body: XML_DECLARATION + writeElement(tag, payload.shape, value, xmlns(service)) };
  }
  if (!xml) {
    headers.push("content-type", "application/json");
    const text = operation.output.kind === "unit" ? EMPTY : JSON.stringify(writeMembers(body, output, true));
    return { status, headers, body: status === 204 ? EMPTY : text };
  }
  if (body.length === 0) return { status, headers, body: EMPTY };
  headers.push("content-type", "application/xml");
  const tag = operation.output.traits.xmlName ?? `${operation.name}Result`;
  return {
    status,
    headers,
    body: `${XML_DECLARATION}<${tag}${xmlns(service)}>${writeXmlMembers(body, output)}</${tag}>`,
  };
}

function xmlns(service: ServiceModel): string {
  return ` xmlns="${namespaceOf(service.descriptor)}"`;
}

function pushHeader(headers: HeaderList, member: Member, value: unknown): void {
  if (member.location === "prefix") {
    for (const [name, text] of Object.entries(value as Record<string, string>))
      headers.push(member.wireName + name, headerSafe(text));
    return;
  }
  headers.push(member.wireName, headerSafe(headerText(member.shape, value)));
}

function headerText(shape: Shape, value: unknown): string {
  if (shape.kind === "timestamp") {
    return formatTimestamp(value as Date, shape.timestampFormat === 4 ? HTTP_DATE : shape.timestampFormat);
  }
  if (shape.kind === "list") return (value as unknown[]).map((item) => headerText(shape.element.shape, item)).join(",");
  if (shape.kind === "blob") return base64(value as Uint8Array);
  return String(value);
}

/** Header values are bytes: what is beyond them goes as UTF-8, and control characters never leave. */
function headerSafe(text: string): string {
  const bytes = /[^\x20-\x7e]/.test(text) ? Buffer.from(text).toString("latin1") : text;
  return bytes.replace(/[\0-\x08\x0a-\x1f\x7f]/g, " ");
}

/** Writes an error as the SDKs of a protocol expect it. `service` is absent when none was found. */
export function writeError(
  service: ServiceModel | undefined,
  protocol: WireProtocol,
  error: AwsError,
  requestId: string,
): Answer {
  const model = service?.error(error.code);
  const queryError = model?.traits.awsQueryError;
  const queryCode = queryError?.[0] ?? error.code;
  const isQuery = protocol === "query" || protocol === "ec2";
  const status = error.status ?? (isQuery ? queryError?.[1] : undefined) ?? model?.traits.httpError ?? 400;
  const fault = status >= 500 ? "Receiver" : "Sender";
  const headers: HeaderList = ["x-amzn-requestid", requestId];
  for (const [name, value] of Object.entries(httpOf(error)?.headers ?? {})) headers.push(name, headerSafe(value));
  const type = `${model?.shape.namespace ?? service?.descriptor.namespace ?? "aws"}#${model?.shape.name ?? error.code}`;
  switch (protocol) {
    case "json":
    case "restJson": {
      const rest = protocol === "restJson";
      headers.push("content-type", rest || !service ? "application/json" : jsonType(service.descriptor));
      headers.push("x-amzn-errortype", model?.shape.name ?? error.code);
      if (service?.descriptor.queryCompatible && queryError)
        headers.push("x-amzn-query-error", `${queryCode};${fault}`);
      const messageName = model?.shape.byName.has("Message") ? "Message" : "message";
      const members = model ? (writeJson(model.shape, error.members, rest) as object) : error.members;
      return {
        status,
        headers,
        body: JSON.stringify({ ...(rest ? {} : { __type: type }), [messageName]: error.message, ...members }),
      };
    }
    case "cbor": {
      headers.push("content-type", "application/cbor", "smithy-protocol", "rpc-v2-cbor");
      if (service?.descriptor.queryCompatible && queryError)
        headers.push("x-amzn-query-error", `${queryCode};${fault}`);
      return { status, headers, body: writeCborError(type, error.message, error.members) };
    }
    case "query": {
      headers.push("content-type", "text/xml");
      const inner = `<Type>${fault}</Type>${errorElements(queryCode, error, model?.shape)}`;
      const namespace = service ? ` xmlns="${namespaceOf(service.descriptor)}"` : "";
      return {
        status,
        headers,
        body: `<ErrorResponse${namespace}><Error>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    }
    case "ec2": {
      headers.push("content-type", "text/xml;charset=UTF-8");
      const inner = `<Errors><Error>${errorElements(error.code, error, undefined)}</Error></Errors>`;
      return {
        status,
        headers,
        body: `${XML_DECLARATION}<Response>${inner}<RequestID>${requestId}</RequestID></Response>`,
      };
    }
    default: {
      headers.push("content-type", "application/xml", "x-amz-request-id", requestId);
      const inner = errorElements(error.code, error, model?.shape);
      // S3, the default of the protocol, answers with a bare <Error>; the other services wrap it.
      const bare = !service || service.descriptor.signingName === "s3";
      const body = bare
        ? `<Error>${inner}<RequestId>${requestId}</RequestId><HostId>${requestId}</HostId></Error>`
        : `<ErrorResponse${xmlns(service)}><Error><Type>${fault}</Type>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
      return { status, headers, body: XML_DECLARATION + body };
    }
  }
}

function errorElements(code: string, error: AwsError, shape: Shape | undefined): string {
  let text = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  const declared = new Set<string>();
  for (const member of shape?.members ?? []) {
    declared.add(member.name);
    const value = error.members[member.name];
    if (value !== undefined && !/^(message|code)$/i.test(member.name)) {
      text += writeXmlMembers([member], { [member.name]: value });
    }
  }
  // Members that the schema does not know, such as the BucketName of an S3 error.
  for (const [name, value] of Object.entries(error.members)) {
    if (!declared.has(name)) text += `<${name}>${escapeXml(String(value))}</${name}>`;
  }
  return text;
}
