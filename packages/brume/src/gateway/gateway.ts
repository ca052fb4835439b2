/** The HTTP door of a cloud: finds out which operation a request means, performs it, and answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Duplex, pipeline, Readable } from "node:stream";
import type { Cloud, EndpointAddress, Route } from "../kernel/cloud.js";
import { type Caller, Context, type HttpRequest } from "../kernel/context.js";
import { AwsError, UserError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { EndpointMatch } from "../kernel/service.js";
import type { Answer } from "../protocol/answer.js";
import { readJsonBody, writeJsonBody } from "../protocol/json.js";
import { loadModel, type OperationModel, type ServiceModel, serviceDescriptors } from "../protocol/model.js";
import { type FormNode, parseForm, parseFormBody } from "../protocol/query.js";
import { readInput, type WireProtocol } from "../protocol/request.js";
import { jsonType, writeError, writeOutput } from "../protocol/response.js";
import { type Headers, matchRoute, type Query } from "../protocol/routes.js";
import { collectBody, MAX_BUFFERED_BYTES, streamBody, tooLong } from "./body.js";
import { handleControl } from "./control.js";
import { checkSignature, DEFAULT_REGION, type Identity, identify } from "./credentials.js";
import { Authorizations, ChunkSignatures, readSignature, type Signature, sha256 } from "./signature.js";
import { readUrlSignature } from "./url-signature.js";

const MAX_HEADER_BYTES = 32 * 1024;
const KEEP_ALIVE_MS = 75_000;
/** How much of a body that nobody reads is taken after the answer, so that the client gets to read that. */
const MAX_DISCARDED_BYTES = 256 * 1024 * 1024;
const SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const NO_QUERY: Query = new Map();
/** What is answered to bytes that are no request, by the parser's error code. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

export interface GatewayOptions {
  port: number;
  /** Default `127.0.0.1`: this machine only. */
  host?: string;
  /** Called when a client asks the cloud to stop. */
  onStop?: () => void;
}

/** Everything that a JSON request to one operation needs, looked up once. */
interface Lane {
  readonly route: Route;
  readonly model: ServiceModel;
  readonly operation: OperationModel;
  readonly contentType: string;
}

interface Address extends EndpointAddress {
  readonly service: string;
  readonly name: string;
}

/** What a request turned out to mean. */
interface Classified {
  readonly model: ServiceModel;
  readonly operation: OperationModel;
  readonly protocol: WireProtocol;
  readonly labels: Readonly<Record<string, string>>;
  readonly form?: FormNode;
}

export class Gateway {
  readonly #cloud: Cloud;
  readonly #server: Server;
  readonly #options: GatewayOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #authorizations = new Authorizations();
  readonly #addresses: Address[];
  /** The paths of endpoints that do not begin with `/_`, as most do. */
  readonly #openPaths: RegExp[];
  readonly #byTarget = new Map<string, string>();
  readonly #bySigningName = new Map<string, string[]>();
  readonly #byVersion = new Map<string, string[]>();
  readonly #unsigned: string | undefined;
  readonly #virtualHosts: [pattern: RegExp, service: string][] = [];
  readonly #sockets = new Set<Socket>();
  #plainHosts: string[] = [];

  constructor(cloud: Cloud, options: GatewayOptions) {
    this.#cloud = cloud;
    this.#options = options;
    const entries = Object.entries(cloud.registry);
    this.#addresses = entries.flatMap(([service, { endpoints = {} }]) =>
      Object.entries(endpoints).map(([name, address]) => ({ service, name, ...address })),
    );
    this.#openPaths = this.#addresses.flatMap(({ path }) => (path && !path.source.startsWith("^\\/_") ? [path] : []));
    this.#unsigned = entries.find(([, entry]) => entry.answersUnsigned)?.[0];
    for (const [service, { virtualHost }] of entries) if (virtualHost) this.#virtualHosts.push([virtualHost, service]);
    for (const { id, target, signingName, apiVersion } of Object.values(serviceDescriptors())) {
      this.#byTarget.set(target, id);
      append(this.#bySigningName, signingName, id);
      append(this.#byVersion, apiVersion, id);
    }
    this.#server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, headersTimeout: 60_000 },
      (request, response) => this.#receive(request, response),
    );
    this.#server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      // A client that announces too much is refused before it sends anything.
      if (Number(request.headers["content-length"] ?? 0) <= MAX_BUFFERED_BYTES * 64) response.writeContinue();
      this.#receive(request, response);
    });
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#upgrade(request, socket, head);
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const status = UNREADABLE[error.code ?? ""] ?? "400 Bad Request";
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Starts to listen, and returns the endpoint. @throws UserError when the port is in use */
  async listen(): Promise<string> {
    const { port, host = "127.0.0.1" } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        const inUse = error.code === "EADDRINUSE";
        reject(
          inUse
            ? new UserError("PortInUse", `Port ${port} on ${host} is in use by another process.`, {
                hint: "Choose another with --port, or stop what uses it (brume stop, if it is a cloud).",
                cause: error,
              })
            : error,
        );
      });
      this.#server.listen(port, host, resolve);
    });
    const address = this.#server.address() as AddressInfo;
    this.#plainHosts = [`127.0.0.1:${address.port}`, `localhost:${address.port}`];
    this.#cloud.endpoint = `http://127.0.0.1:${address.port}`;
    return this.#cloud.endpoint;
  }

  /** Stops listening and closes every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (request.url?.startsWith("/") !== true && !toOriginForm(request)) {
      response.writeHead(400, { connection: "close" }).end();
      return;
    }
    const url = request.url as string;
    const target = request.headers["x-amz-target"];
    const isPlain = this.#plainHosts.includes(request.headers.host ?? "");
    if (this.#isOpen(url) || !isPlain || request.method === "OPTIONS" || isMultipart(request)) {
      if (url.startsWith("/_brume/")) {
        handleControl(this.#cloud, request, response, () => this.#options.onStop?.());
        return;
      }
      const addresses = this.#addresses.filter((one) => matches(one, request));
      if (addresses.length > 0) {
        void this.#answerEndpoint(addresses, request, response, () => this.#answerOperation(request, response, target));
        return;
      }
    }
    this.#answerOperation(request, response, target);
  }

  /** Whether a path may be an endpoint's, whatever the host. */
  #isOpen(url: string): boolean {
    return url.startsWith("/_") || (url !== "/" && this.#openPaths.some((path) => path.test(url)));
  }

  #answerOperation(request: IncomingMessage, response: ServerResponse, target: string | string[] | undefined): void {
    const lane = typeof target === "string" ? this.#lanes.get(target) : undefined;
    if (lane) this.#answerJson(lane, request, response);
    else void this.#answer(request, response, typeof target === "string" ? target : undefined);
  }

  // The fast lane: JSON protocols, no promise, no closure more than needed.

  #answerJson(lane: Lane, request: IncomingMessage, response: ServerResponse): void {
    const refuse = () => {
      request.removeAllListeners("data").removeAllListeners("end");
      this.#send(response, writeError(lane.model, "json", tooLong(), this.#cloud.newRequestId()), true);
    };
    const declared = request.headers["content-length"];
    if (declared !== undefined && Number(declared) > MAX_BUFFERED_BYTES) return refuse();
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BUFFERED_BYTES) return refuse();
      if (first === undefined) first = chunk;
      else {
        more ??= [first];
        more.push(chunk);
      }
    });
    request.on("end", () => this.#performJson(lane, request, response, more ? Buffer.concat(more) : first));
  }

  #performJson(lane: Lane, request: IncomingMessage, response: ServerResponse, body: Buffer | undefined): void {
    const cloud = this.#cloud;
    let requestId = "";
    const fail = (error: unknown) => {
      if (requestId === "") requestId = cloud.newRequestId();
      this.#send(response, writeError(lane.model, "json", this.#asAwsError(error, lane.route), requestId), false);
    };
    try {
      const { headers } = request;
      const signature = readSignature(headers, NO_QUERY, this.#authorizations);
      const identity = identify(cloud, signature);
      if (identity.secretAccessKey !== undefined) {
        checkSignature(cloud, identity, signature, {
          method: "POST",
          path: pathOf(request.url as string),
          rawQuery: queryOf(request.url as string),
          headers,
          payloadHash: sha256(body ?? ""),
        });
      }
      const input = readJsonBody(lane.operation.input, body, false);
      cloud.perform(
        lane.route,
        input,
        new HttpCaller(identity, response),
        (error, output) =>
          cloud.store.atTurnsEnd(() => {
            if (error !== undefined) return fail(error);
            try {
              this.#sendJson(lane, response, (output ?? {}) as Record<string, unknown>, requestId);
            } catch (failure) {
              fail(failure);
            }
          }),
        (id) => {
          requestId = id;
        },
      );
    } catch (error) {
      fail(error);
    }
  }

  #sendJson(lane: Lane, response: ServerResponse, output: Record<string, unknown>, requestId: string): void {
    const shape = lane.operation.output;
    const text = shape.kind === "unit" ? "" : writeJsonBody(shape, output, false);
    response.writeHead(200, [
      "content-type",
      lane.contentType,
      "content-length",
      String(Buffer.byteLength(text)),
      "x-amzn-requestid",
      requestId,
    ] as unknown as Record<string, string>);
    response.end(text);
  }

  // The general way.

  async #answer(request: IncomingMessage, response: ServerResponse, target: string | undefined): Promise<void> {
    const cloud = this.#cloud;
    const requestId = cloud.newRequestId();
    let protocol: WireProtocol = target === undefined ? "restXml" : "json";
    let model: ServiceModel | undefined;
    let route: Route | undefined;
    try {
      const url = request.url as string;
      const { headers } = request;
      const method = request.method as string;
      const rawQuery = queryOf(url);
      const query = parseQuery(rawQuery);
      const trailers: Record<string, string> = {};
      let chunks: ChunkSignatures | undefined;
      let streamed: Readable | undefined;
      let collected: Promise<Buffer> | undefined;
      const collect = () => {
        collected ??= collectBody(request, trailers, chunks);
        return collected;
      };
      const signature = readSignature(headers, query, this.#authorizations) ?? readUrlSignature(query, DEFAULT_REGION);
      const found = await this.#classify(request, target, signature, query, collect, (guess, guessed) => {
        protocol = guess;
        model = guessed;
      });
      ({ protocol, model } = found);
      const identity = identify(cloud, signature);
      route = await cloud.route(model.descriptor.id, found.operation.name);
      if (signature && identity.secretAccessKey !== undefined) {
        const payloadHash = announcedPayload(headers, signature) ?? sha256(await collect());
        checkSignature(cloud, identity, signature, { method, path: pathOf(url), rawQuery, headers, payloadHash });
        if (payloadHash.startsWith(SIGNED_CHUNKS)) chunks = new ChunkSignatures(signature, identity.secretAccessKey);
      }
      const http: HttpRequest = { method, path: pathOf(url), query: rawQuery, headers, trailers };
      const input = await readInput(found.operation, protocol, {
        headers,
        query,
        labels: found.labels,
        form: found.form,
        collect,
        stream: () => {
          streamed = streamBody(request, trailers, chunks);
          return streamed;
        },
      });
      if (protocol === "json" && !found.operation.events) this.#openLane(target as string, route, found);
      const { operation } = found;
      const service = model;
      const reply = (error: unknown, output: unknown) => {
        // What the handler did not read is thrown away.
        streamed?.destroy();
        try {
          const answer =
            error === undefined
              ? writeOutput(service, operation, protocol, (output ?? {}) as Record<string, unknown>, requestId)
              : writeError(service, protocol, this.#asAwsError(error, route), requestId);
          this.#send(response, answer, !request.complete);
        } catch (failure) {
          this.#send(response, writeError(service, protocol, this.#asAwsError(failure, route), requestId), true);
        }
      };
      cloud.perform(route, input, new HttpCaller(identity, response, http), (error, output) =>
        cloud.store.atTurnsEnd(() => reply(error, output)),
      );
    } catch (error) {
      this.#send(response, writeError(model, protocol, this.#asAwsError(error, route), requestId), !request.complete);
    }
  }

  #openLane(target: string, route: Route, { model, operation }: Classified): void {
    this.#lanes.set(target, { route, model, operation, contentType: jsonType(model.descriptor) });
  }

  async #classify(
    request: IncomingMessage,
    target: string | undefined,
    signature: Signature | undefined,
    query: Query,
    collect: () => Promise<Buffer>,
    guess: (protocol: WireProtocol, model?: ServiceModel) => void,
  ): Promise<Classified> {
    const { headers } = request;
    const method = request.method as string;
    const path = pathOf(request.url as string);
    const rpc =
      headers["smithy-protocol"] === "rpc-v2-cbor" ? /\/service\/([^/]+)\/operation\/([^/]+)$/.exec(path) : null;
    if (rpc) {
      guess("cbor");
      const model = await this.#model(this.#byTarget.get(rpc[1] as string), `service ${rpc[1]}`);
      return { model, operation: operationOf(model, rpc[2] as string), protocol: "cbor", labels: {} };
    }
    if (target !== undefined) {
      const dot = target.lastIndexOf(".");
      const model = await this.#model(this.#byTarget.get(target.slice(0, dot)), `target ${target}`);
      guess("json", model);
      return { model, operation: operationOf(model, target.slice(dot + 1)), protocol: "json", labels: {} };
    }
    const isForm =
      method === "POST" && headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
    if ((isForm && signature?.service !== "s3") || (query.has("Action") && query.has("Version"))) {
      guess("query");
      const form = isForm ? parseFormBody(await collect()) : parseForm(queryOf(request.url as string));
      const version = form.children.get("Version")?.value ?? "";
      const action = form.children.get("Action")?.value ?? "";
      const candidates =
        (signature && this.#bySigningName.get(signature.service)) ?? this.#byVersion.get(version) ?? [];
      const descriptors = serviceDescriptors();
      const id = candidates.find((one) => descriptors[one]?.apiVersion === version) ?? candidates[0];
      const model = await this.#model(
        id,
        signature ? `service ${signature.service}` : `version ${version || "(none)"}`,
      );
      const protocol = model.descriptor.protocol === "ec2Query" ? "ec2" : "query";
      guess(protocol, model);
      return { model, operation: operationOf(model, action), protocol, labels: {}, form };
    }
    return this.#classifyRest(request, signature, query, guess);
  }

  async #classifyRest(
    request: IncomingMessage,
    signature: Signature | undefined,
    query: Query,
    guess: (protocol: WireProtocol, model?: ServiceModel) => void,
  ): Promise<Classified> {
    const method = request.method as string;
    let path = pathOf(request.url as string);
    const host = request.headers.host ?? "";
    let candidates = signature ? (this.#bySigningName.get(signature.service) ?? []) : [];
    for (const [pattern, service] of this.#virtualHosts) {
      const match = pattern.exec(host);
      if (!match || (signature && !candidates.includes(service))) continue;
      path = `/${match[1]}${path === "" ? "/" : path}`;
      if (!signature) candidates = [service];
    }
    if (!signature && candidates.length === 0 && this.#unsigned) candidates = [this.#unsigned];
    let last: ServiceModel | undefined;
    for (const id of candidates) {
      const model = await loadModel(id);
      if (!model) continue;
      last = model;
      const rest = model.descriptor.protocol === "restJson1" ? "restJson" : "restXml";
      guess(rest, model);
      try {
        const match = matchRoute(id, model.routes, method, path, query, request.headers);
        if (match) return { model, operation: match.operation, protocol: rest, labels: match.labels };
      } catch (error) {
        if (!(error instanceof URIError)) throw error;
        throw new AwsError("InvalidURI", "Couldn't parse the specified URI.", { status: 400 });
      }
    }
    if (signature && candidates.length === 0) throw unknown(`service ${signature.service}`);
    throw new AwsError(
      "NotImplemented",
      `brume knows no operation of ${last?.descriptor.serviceId ?? "any service"} for ${method} ${path.slice(0, 200)}.`,
      { status: 501 },
    );
  }

  async #model(id: string | undefined, named: string): Promise<ServiceModel> {
    const model = id === undefined ? undefined : await loadModel(id);
    if (!model) throw unknown(named);
    return model;
  }

  /** Asks the endpoints at a request's address, one after the other, until one answers; what else it may be comes last. */
  async #answerEndpoint(
    addresses: readonly Address[],
    request: IncomingMessage,
    response: ServerResponse,
    otherwise: () => void,
  ): Promise<void> {
    this.#cloud.activity.enter();
    try {
      for (const address of addresses) {
        const endpoint = (await this.#cloud.service(address.service))?.endpoints[address.name];
        if (!endpoint) continue;
        const { ctx, match } = this.#endpointContext(address, request, response);
        const answered = await endpoint(request, response, ctx, match);
        ctx.publish();
        if (answered !== false) return;
      }
      if (addresses.every(({ optional }) => optional)) return otherwise();
      throw new AwsError("ForbiddenException", "Forbidden", { status: 403 });
    } catch (error) {
      const failure = this.#asAwsError(error, undefined);
      if (response.headersSent) response.destroy();
      else {
        response.writeHead(failure.status ?? 400, { "content-type": "application/json" });
        response.end(JSON.stringify({ message: failure.message, code: failure.code }));
      }
    } finally {
      this.#cloud.activity.leave();
    }
  }

  /** Hands the socket of a request for another protocol to the endpoint at its address. */
  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    if (request.headers.upgrade?.toLowerCase() !== "websocket")
      return this.#receiveWithoutUpgrade(request, socket, head);
    try {
      for (const address of this.#addresses.filter((one) => matches(one, request))) {
        const upgrade = (await this.#cloud.service(address.service))?.upgrades[address.name];
        if (!upgrade) continue;
        const { ctx, match } = this.#endpointContext(address, request, socket);
        const taken = await upgrade(request, socket, head, ctx, match);
        ctx.publish();
        if (taken !== false) return;
      }
    } catch (error) {
      this.#asAwsError(error, undefined);
    }
    socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  }

  /** Reads a request again as one that asks for nothing: clients that offer HTTP/2 go on with HTTP/1.1 then. */
  #receiveWithoutUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { method, url, rawHeaders } = request;
    let text = `${method} ${url} HTTP/1.1\r\n`;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (!/^(connection|upgrade|http2-settings)$/i.test(rawHeaders[i] as string))
        text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
    }
    socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, "latin1"), head]));
    this.#server.emit("connection", socket);
  }

  #endpointContext(
    address: Address,
    request: IncomingMessage,
    connection: Closing,
  ): { ctx: Context; match: EndpointMatch } {
    const url = request.url as string;
    const [path, query] = [pathOf(url), queryOf(url)];
    const signature = readSignature(request.headers, parseQuery(query), this.#authorizations);
    const http = { method: request.method as string, path, query, headers: request.headers, trailers: {} };
    const caller = new HttpCaller(identify(this.#cloud, signature), connection, http);
    const hostMatch = address.host?.exec(request.headers.host ?? "");
    const pathMatch = address.path?.exec(path);
    const rest = pathMatch ? path.slice(pathMatch[0].length) : path;
    const match = {
      groups: { ...hostMatch?.groups, ...pathMatch?.groups },
      path: rest.startsWith("/") ? rest : `/${rest}`,
      query: url.includes("?") ? `?${query}` : "",
    };
    return { ctx: new Context(this.#cloud, caller, address.service, address.name), match };
  }

  /** A defect of ours is reported once, and answered without its details. */
  #asAwsError(error: unknown, route: Route | undefined): AwsError {
    if (error instanceof AwsError) return error;
    // Input nested so deeply that reading it ran out of stack is the sender's mistake.
    if (error instanceof RangeError && /call stack/i.test(error.message)) {
      return new AwsError("SerializationException", "The request is nested too deeply.");
    }
    this.#cloud.reportFailure(error, route ? `${route.service.id}:${route.name}` : "a request");
    return new AwsError(
      "InternalFailure",
      "The request processing has failed because of an unknown error, exception or failure.",
      { status: 500 },
    );
  }

  #send(response: ServerResponse, answer: Answer, unread: boolean): void {
    if (response.headersSent || response.destroyed) return;
    const { headers, body } = answer;
    const isHead = response.req.method === "HEAD";
    if (unread) discardRest(response.req);
    if (body instanceof Readable) {
      response.writeHead(answer.status, headers as unknown as Record<string, string>);
      if (isHead) {
        body.destroy();
        response.end();
      } else pipeline(body, response, () => {});
      return;
    }
    const length = Buffer.byteLength(body);
    if (!headers.includes("content-length") && answer.status !== 204 && answer.status !== 304)
      headers.push("content-length", String(length));
    response.writeHead(answer.status, headers as unknown as Record<string, string>);
    if (isHead || answer.status === 204 || answer.status === 304) response.end();
    else response.end(body);
  }
}

/** What a client says of its body, to be signed in place of the hash that the body is checked against as it is read. */
function announcedPayload(headers: Headers, signature: Signature): string | undefined {
  const announced = headers["x-amz-content-sha256"];
  if (typeof announced === "string") {
    if (/^([0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/.test(announced)) return announced;
    if (signature.service !== "s3") return undefined;
    throw new AwsError(
      "InvalidArgument",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
    );
  }
  const isUrl = signature.expiresSeconds !== undefined || signature.expiresAt !== undefined;
  return isUrl && signature.service === "s3" ? "UNSIGNED-PAYLOAD" : undefined;
}

/** Throws away what a client goes on to send after its answer. Closing at once could cost it the answer. */
function discardRest(request: IncomingMessage): void {
  let left = MAX_DISCARDED_BYTES;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

/** Turns a request for a whole URL, as a proxy gets it, into one for its path; returns whether it was one. */
function toOriginForm(request: IncomingMessage): boolean {
  const match = /^https?:\/\/([^/?]+)(.*)$/.exec(request.url ?? "");
  if (!match) return false;
  const [, host, rest = ""] = match;
  request.headers.host = host;
  request.url = rest.startsWith("/") ? rest : `/${rest}`;
  return true;
}

/** Forms of browsers: no operation takes them. */
function isMultipart(request: IncomingMessage): boolean {
  return request.method === "POST" && request.headers["content-type"]?.startsWith("multipart/") === true;
}

function matches(address: Address, request: IncomingMessage): boolean {
  const { method, contentType } = address;
  if (method !== undefined && request.method !== method) return false;
  if (contentType !== undefined && !request.headers["content-type"]?.startsWith(contentType)) return false;
  if (address.host) return address.host.test(request.headers.host ?? "");
  if (address.path) return address.path.test(pathOf(request.url as string));
  return method !== undefined;
}

function operationOf(model: ServiceModel, name: string): OperationModel {
  const operation = model.operation(name);
  if (operation) return operation;
  throw new AwsError(
    "UnknownOperationException",
    `${model.descriptor.serviceId} has no operation ${name.slice(0, 100) || "(none named)"}.`,
    { status: 501 },
  );
}

const unknown = (named: string) =>
  new AwsError(
    "UnknownOperationException",
    `brume does not have the service of this request (${named.slice(0, 100)}).`,
    { status: 501 },
  );

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function pathOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? url : url.slice(0, mark);
}

function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

function parseQuery(rawQuery: string): Query {
  if (rawQuery === "") return NO_QUERY;
  const query = new Map<string, string[]>();
  for (const pair of rawQuery.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    append(
      query,
      decodeQuery(equals < 0 ? pair : pair.slice(0, equals)),
      equals < 0 ? "" : decodeQuery(pair.slice(equals + 1)),
    );
  }
  return query;
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new AwsError("InvalidURI", "Couldn't parse the specified URI.", { status: 400 });
  }
}

/** What tells when the client has gone: an answer, or a socket. */
interface Closing {
  once(event: "close", listener: () => void): unknown;
}

/** Who calls over HTTP. The signal that ends when the client goes away is made only for those who ask for it. */
class HttpCaller implements Caller {
  readonly principal: Principal;
  readonly account: string;
  readonly region: string;
  readonly http: HttpRequest | undefined;
  readonly #connection: Closing;
  #signal: AbortSignal | undefined;

  constructor(identity: Identity, connection: Closing, http?: HttpRequest) {
    this.principal = identity.principal;
    this.account = identity.account;
    this.region = identity.region;
    this.http = http;
    this.#connection = connection;
  }

  get signal(): AbortSignal {
    if (!this.#signal) {
      const controller = new AbortController();
      this.#connection.once("close", () => controller.abort());
      this.#signal = controller.signal;
    }
    return this.#signal;
  }
}
