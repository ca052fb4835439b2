/** The registry: the HTTP API that docker, crane, skopeo and their like speak. See the OCI Distribution Specification. */
import type { IncomingMessage } from "node:http";
import type { Context } from "../../../kernel/context.js";
import type { Endpoint } from "../../../kernel/service.js";
import { readPassword } from "../authorization.js";
import { getBlob } from "./blobs.js";
import { answerDocument, type Exchange, RegistryError, registryError } from "./exchange.js";
import { deleteManifest, getManifest, listReferrers, listRepositories, listTags, putManifest } from "./manifests.js";
import { beginUpload, cancelUpload, completeUpload, continueUpload, describeUpload } from "./uploads.js";

type Route = (exchange: Exchange) => Promise<void>;

/** Paths below `/v2`, and what each method means there. */
const ROUTES: [path: RegExp, methods: Readonly<Record<string, Route>>][] = [
  [/^\/$/, { GET: async (exchange) => answerDocument(exchange, 200, "{}") }],
  [/^\/_catalog$/, { GET: listRepositories }],
  [/^\/(?<name>.+)\/blobs\/uploads\/?$/, { POST: beginUpload }],
  [
    /^\/(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/,
    { GET: describeUpload, PATCH: continueUpload, PUT: completeUpload, DELETE: cancelUpload },
  ],
  [/^\/(?<name>.+)\/blobs\/(?<reference>[^/]+)$/, { GET: getBlob, HEAD: getBlob }],
  [
    /^\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
    { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  ],
  [/^\/(?<name>.+)\/tags\/list$/, { GET: listTags }],
  [/^\/(?<name>.+)\/referrers\/(?<reference>[^/]+)$/, { GET: listReferrers }],
];

const HOST = /^(?<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\./;

/** Hosts that stand for the cloud as a whole: addresses, and names without a domain. */
const PLAIN_HOST = /^(?:\[[0-9a-f:]+\]|[^.:]+|[\d.]+|host\.docker\.internal)(?::\d+)?$/;

/** Whether a request is signed as those to AWS are: then it is an operation of a service, whatever its path. */
const isSigned = ({ headers }: IncomingMessage, query: string) =>
  headers.authorization?.startsWith("AWS4-") === true || query.includes("X-Amz-");

/** @throws RegistryError for who has no password, or one that is no longer good */
function enter(ctx: Context, request: IncomingMessage): Context {
  const [, encoded = ""] = /^Basic\s+(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const [, user, password = ""] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  const pass = user === "AWS" ? readPassword(ctx, password) : undefined;
  if (!pass) throw new RegistryError("UNAUTHORIZED", "Not Authorized", 401);
  if (pass.expiresAt <= ctx.now()) {
    const message = "Your authorization token has expired. Reauthenticate and try again.";
    throw new RegistryError("DENIED", message, 403);
  }
  const { account = pass.account, region = pass.region } = HOST.exec(request.headers.host ?? "")?.groups ?? {};
  return ctx.as({ account, region, principal: pass.principal });
}

async function perform(
  request: IncomingMessage,
  exchange: Omit<Exchange, "repositoryName" | "reference">,
  path: string,
) {
  for (const [pattern, methods] of ROUTES) {
    const groups = pattern.exec(path)?.groups ?? (pattern.test(path) ? {} : undefined);
    if (!groups) continue;
    const route = methods[request.method as string] ?? (request.method === "HEAD" ? methods.GET : undefined);
    if (!route) throw new RegistryError("UNSUPPORTED", "The operation is unsupported.", 405);
    return route({ ...exchange, repositoryName: groups.name ?? "", reference: groups.reference ?? "" });
  }
  throw new RegistryError("NAME_UNKNOWN", "repository name not known to registry", 404);
}

/** Answers everything below `/v2/` that is not an operation of another service. */
export const distribution: Endpoint = async (request, response, ctx, match) => {
  const { host = "" } = request.headers;
  if (isSigned(request, match.query) || !(PLAIN_HOST.test(host) || HOST.test(host))) return false;
  try {
    const own = enter(ctx, request);
    const query = new URLSearchParams(match.query);
    await perform(request, { request, response, ctx: own, query }, decodeURIComponent(match.path));
    own.publish();
  } catch (failure) {
    request.resume();
    const error =
      failure instanceof URIError ? new RegistryError("NAME_INVALID", "invalid path", 400) : registryError(failure);
    if (response.headersSent) return response.destroy();
    const realm = `Basic realm="${ctx.cloud.endpoint}/",service="ecr.amazonaws.com"`;
    const errors = [{ code: error.code, message: error.message }];
    answerDocument({ response }, error.status, JSON.stringify({ errors }), {
      ...(error.status === 401 ? { "www-authenticate": realm } : {}),
    });
  }
  return true;
};
