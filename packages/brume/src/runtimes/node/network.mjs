/** Sends requests for AWS's hosts to the cloud: what code asks of AWS by name reaches the cloud that it runs in. */
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { Readable } from "node:stream";

const AWS_HOST = /(^|\.)(amazonaws\.com(\.cn)?|on\.aws)$/;
const original = { httpRequest: http.request, httpsRequest: https.request, fetch: globalThis.fetch };
let endpoint;

/** Whether a request belongs to the cloud, and is not on its way there already. */
function isForCloud(hostname, port, secure) {
  const usual = port === "" || Number(port) === (secure ? 443 : 80);
  if (AWS_HOST.test(hostname)) return usual;
  // The handlers that the CDK brings ask https for whatever host a ResponseURL names, and leave its port out.
  return secure && usual && (hostname === endpoint.hostname || hostname === "localhost");
}

function parse(args, secure) {
  const [first, second] = args;
  const isUrl = typeof first === "string" || first instanceof URL;
  const url = isUrl ? new URL(first) : undefined;
  const options = (isUrl ? (typeof second === "function" ? {} : second) : first) ?? {};
  const named = options.hostname ?? options.host ?? url?.hostname ?? "localhost";
  const [, hostname, inName] = /^(.*?)(?::(\d+))?$/.exec(String(named));
  return { url, options, hostname, port: String(options.port ?? inName ?? url?.port ?? ""), secure };
}

function redirected(args, secure) {
  const { url, options, hostname, port } = parse(args, secure);
  if (!endpoint || !isForCloud(hostname, port, secure)) return undefined;
  const headers = Array.isArray(options.headers) ? options.headers : { ...options.headers };
  const hasHost = Array.isArray(headers) || Object.keys(headers).some((name) => name.toLowerCase() === "host");
  if (!hasHost) headers.host = hostname;
  return {
    method: options.method,
    auth: options.auth,
    timeout: options.timeout,
    signal: options.signal,
    setHost: options.setHost,
    path: options.path ?? (url ? url.pathname + url.search : "/"),
    headers,
    protocol: "http:",
    hostname: endpoint.hostname,
    port: endpoint.port,
  };
}

const callbackOf = (args) => args.find((one) => typeof one === "function");

function patch(module, request, secure) {
  module.request = (...args) => {
    const options = redirected(args, secure);
    return options ? original.httpRequest.call(http, options, callbackOf(args)) : request.apply(module, args);
  };
  module.get = (...args) => {
    const sent = module.request(...args);
    sent.end();
    return sent;
  };
}

async function fetchFromCloud(input, init) {
  const isRequest = typeof input === "object" && !(input instanceof URL) && typeof input.url === "string";
  let url;
  try {
    url = new URL(isRequest ? input.url : String(input));
  } catch {
    return original.fetch(input, init);
  }
  const secure = url.protocol === "https:";
  if (!endpoint || !isForCloud(url.hostname, url.port, secure)) return original.fetch(input, init);
  return ask(new Request(input, init), url);
}

const BODILESS = new Set([204, 205, 304]);

/** `fetch` does not let anybody choose the Host header; `http` does. */
async function ask(request, url) {
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
  const headers = { ...Object.fromEntries(request.headers), host: url.host };
  if (body) headers["content-length"] = body.length;
  const { method, signal } = request;
  const path = url.pathname + url.search;
  const { hostname, port } = endpoint;
  return new Promise((resolve, reject) => {
    const sent = original.httpRequest.call(http, { hostname, port, path, method, headers, signal }, (response) => {
      const received = new Headers();
      for (let i = 0; i < response.rawHeaders.length; i += 2) {
        received.append(response.rawHeaders[i], response.rawHeaders[i + 1]);
      }
      const { statusCode: status, statusMessage: statusText } = response;
      const content = BODILESS.has(status) ? null : Readable.toWeb(response);
      resolve(new Response(content, { status, statusText, headers: received }));
    });
    sent.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
    sent.end(body);
  });
}

/** Puts the redirection in place, before any code of a function is loaded. */
export function patchNetwork() {
  patch(http, original.httpRequest, false);
  patch(https, original.httpsRequest, true);
  globalThis.fetch = fetchFromCloud;
  syncBuiltinESMExports();
}

/** @param {string} url where the cloud listens */
export function setEndpoint(url) {
  endpoint = new URL(url);
}
