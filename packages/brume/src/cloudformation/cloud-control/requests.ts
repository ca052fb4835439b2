/** Requests for changes: each is kept for seven days, and told from beginning to end. */
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Json, Properties } from "../../kernel/resource.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { type HandlerErrorCode, handlerErrorCode } from "../failure.js";
import { recreationOf } from "../plan.js";
import { requestContext } from "../providers/engine-context.js";
import { sameValue } from "../same-value.js";
import { problemLines, propertyProblems } from "../schema/check-properties.js";
import { primaryIdentifierOf } from "../schema/identifiers.js";
import type { ResourceSchema } from "../schema/spec.js";
import { isObject } from "../template/template.js";
import { applyPatch, parsePatch } from "./patch.js";
import { type Manageable, manageable, readResource } from "./resources.js";

type CloudControl = typeof import("@aws-sdk/client-cloudcontrol");
type Status = "IN_PROGRESS" | "SUCCESS" | "FAILED" | "CANCEL_COMPLETE";

interface Request {
  readonly token: string;
  readonly clientToken: string | undefined;
  readonly type: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly identifier: string | undefined;
  readonly status: Status;
  /** What was asked for, to tell requests with the same client token apart. */
  readonly asked: string;
  readonly properties: Properties;
  readonly previous: Properties;
  readonly at: number;
  readonly errorCode?: HandlerErrorCode;
  readonly message?: string;
}

const DAY = 24 * 60 * 60 * 1000;
const KEPT_MS = 7 * DAY;
const CLIENT_TOKEN_MS = 1.5 * DAY;
const PAGE = 20;

/** [request token] */
const requests = defineTable<Request>("cloudformation/resource-requests");
/** [client token]: request token */
const clientTokens = defineTable<string>("cloudformation/resource-request-client-tokens");

/** [type, primary identifier]: the token of the request that is changing the resource */
const beingChanged = defineTable<string>("cloudformation/resources-being-changed");

/** What is being performed in this process, so that it can be broken off. */
const underWay = defineMemory("cloudformation/resource-requests", () => new Map<string, AbortController>());

export const createResource: Handler<CloudControl, "CreateResource"> = async (input, ctx) => {
  const found = await manageable(ctx, input.TypeName, "CREATE");
  const properties = parseProperties(input.DesiredState);
  validate(found.schema, properties);
  return begin(ctx, input.ClientToken, {
    type: found.schema.type,
    operation: "CREATE",
    identifier: primaryIdentifierOf(found.schema, properties),
    asked: JSON.stringify(["CREATE", found.schema.type, properties]),
    properties,
    previous: {},
  });
};

export const updateResource: Handler<CloudControl, "UpdateResource"> = async (input, ctx) => {
  const found = await manageable(ctx, input.TypeName, "UPDATE");
  const { schema } = found;
  const identifier = input.Identifier ?? "";
  const steps = parsePatch(input.PatchDocument ?? "");
  const actual = await readResource(found, identifier, requestContext(ctx, schema.type, ctx.requestId));
  const previous = writable(schema, actual);
  const properties = applyPatch(previous, steps);
  if (!isObject(properties)) throw new AwsError("InvalidRequestException", "Invalid patch update: not an object");
  refuseCreateOnly(schema, previous, properties as Properties);
  validate(schema, properties as Properties);
  return begin(ctx, input.ClientToken, {
    type: schema.type,
    operation: "UPDATE",
    identifier: primaryIdentifierOf(schema, actual) ?? identifier,
    asked: JSON.stringify(["UPDATE", schema.type, identifier, input.PatchDocument]),
    properties: properties as Properties,
    previous,
  });
};

export const deleteResource: Handler<CloudControl, "DeleteResource"> = async (input, ctx) => {
  const found = await manageable(ctx, input.TypeName, "DELETE");
  const identifier = input.Identifier ?? "";
  await readResource(found, identifier, requestContext(ctx, found.schema.type, ctx.requestId));
  return begin(ctx, input.ClientToken, {
    type: found.schema.type,
    operation: "DELETE",
    identifier,
    asked: JSON.stringify(["DELETE", found.schema.type, identifier]),
    properties: {},
    previous: {},
  });
};

function parseProperties(document: string | undefined): Properties {
  let parsed: Json;
  try {
    parsed = JSON.parse(document ?? "") as Json;
  } catch {
    throw new AwsError("InvalidRequestException", "Invalid desired state: it is not valid JSON");
  }
  if (!isObject(parsed)) throw new AwsError("InvalidRequestException", "Invalid desired state: it is not an object");
  return parsed as Properties;
}

/** The properties of a model that its type lets be written. */
function writable(schema: ResourceSchema, model: Properties): Properties {
  return Object.fromEntries(Object.entries(model).filter(([name]) => Object.hasOwn(schema.properties, name)));
}

function validate(schema: ResourceSchema, properties: Properties): void {
  const problems = propertyProblems(schema, properties);
  if (problems.length > 0)
    throw new AwsError("ValidationException", `Model validation failed (${problemLines(problems)})`);
}

function refuseCreateOnly(schema: ResourceSchema, before: Properties, after: Properties): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const fixed = [...names].filter(
    (name) => !sameValue(before[name], after[name]) && recreationOf(schema, schema.type, name) === "Always",
  );
  if (fixed.length === 0) return;
  const list = fixed.map((name) => `/properties/${name}`).join(", ");
  throw new AwsError("NotUpdatableException", `Invalid patch update: createOnlyProperties [${list}] cannot be updated`);
}

type Asked = Pick<Request, "type" | "operation" | "identifier" | "asked" | "properties" | "previous">;

function begin(ctx: Context, clientToken: string | undefined, asked: Asked) {
  const earlier = clientToken === undefined ? undefined : ctx.table(clientTokens).get(clientToken);
  const same = earlier === undefined ? undefined : ctx.table(requests).get(earlier);
  if (same && same.at > ctx.now() - CLIENT_TOKEN_MS) {
    if (same.asked === asked.asked) return { ProgressEvent: present(same) };
    throw new AwsError(
      "ClientTokenConflictException",
      `The client token ${clientToken} has already been used in another resource request.`,
    );
  }
  const { type, identifier } = asked;
  const busy = identifier === undefined ? undefined : ctx.table(beingChanged).get(type, identifier);
  if (busy !== undefined) {
    throw new AwsError(
      "ConcurrentOperationException",
      `Another operation (request token ${busy}) is being performed on ${identifier}.`,
    );
  }
  const request: Request = { ...asked, token: uuid(), clientToken, status: "IN_PROGRESS", at: ctx.now() };
  ctx.table(requests).put([request.token], request);
  if (identifier !== undefined) ctx.table(beingChanged).put([type, identifier], request.token);
  if (clientToken !== undefined) ctx.table(clientTokens).put([clientToken], request.token);
  ctx.schedule({
    at: ctx.now(),
    kind: "request",
    payload: { token: request.token },
    id: `cloudcontrol/${request.token}`,
  });
  return { ProgressEvent: present(request) };
}

/** The timer handler: performs a request, in this process or in one that was killed. */
export async function performRequest({ token }: { token: string }, ctx: Context): Promise<void> {
  const request = ctx.table(requests).get(token);
  if (request?.status !== "IN_PROGRESS") return;
  const controller = new AbortController();
  ctx.memory(underWay).set(token, controller);
  let outcome: Partial<Request>;
  try {
    const found = await manageable(ctx, request.type, request.operation);
    const { signal } = controller;
    const cancelled = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    outcome = { status: "SUCCESS", ...(await Promise.race([perform(found, request, ctx, signal), cancelled])) };
  } catch (error) {
    outcome = controller.signal.aborted ? { status: "CANCEL_COMPLETE" } : failure(ctx, error, request);
  } finally {
    ctx.memory(underWay).delete(token);
  }
  settle(ctx, request, outcome);
}

/** Notes how a request ended. */
function settle(ctx: Context, request: Request, outcome: Partial<Request>): void {
  const { token, type, identifier, at } = request;
  ctx.table(requests).put([token], { ...request, ...outcome });
  if (identifier !== undefined) ctx.table(beingChanged).delete(type, identifier);
  ctx.schedule({ at: at + KEPT_MS, kind: "expiry", payload: { token }, id: `cloudcontrol/${token}` });
}

/** The timer handler: forgets a request that ended long ago. */
export function forgetRequest({ token }: { token: string }, ctx: Context): void {
  const clientToken = ctx.table(requests).get(token)?.clientToken;
  ctx.table(requests).delete(token);
  if (clientToken !== undefined) ctx.table(clientTokens).delete(clientToken);
}

async function perform(
  found: Manageable,
  request: Request,
  ctx: Context,
  signal: AbortSignal,
): Promise<Partial<Request>> {
  const { schema, provider } = found;
  const resource = requestContext(ctx, request.type, request.token, signal);
  if (request.operation === "CREATE") {
    const model = await provider.create(request.properties, resource);
    return { identifier: primaryIdentifierOf(schema, model) ?? request.identifier };
  }
  const actual = await readResource(found, request.identifier ?? "", resource);
  if (request.operation === "DELETE") await provider.delete(actual, resource);
  else await provider.update(request.properties, actual, resource, request.previous);
  return {};
}

function failure(ctx: Context, error: unknown, request: Request): Partial<Request> {
  if (!isAwsError(error)) {
    ctx.cloud.reportFailure(error, `the provider of ${request.type}`);
    return { status: "FAILED", errorCode: "InternalFailure", message: "Internal Failure" };
  }
  return { status: "FAILED", errorCode: handlerErrorCode(error.code), message: error.message };
}

function present(request: Request) {
  return {
    TypeName: request.type,
    Identifier: request.identifier,
    RequestToken: request.token,
    Operation: request.operation,
    OperationStatus: request.status,
    EventTime: new Date(request.at),
    ErrorCode: request.errorCode,
    StatusMessage: request.message,
    ...(request.operation !== "DELETE" && { ResourceModel: JSON.stringify(request.properties as Json) }),
  } as const;
}

function getRequest(ctx: Context, token: string | undefined): Request {
  const request = ctx.table(requests).get(token ?? "");
  if (request) return request;
  throw new AwsError("RequestTokenNotFoundException", `Request with token ${token} was not found.`);
}

export const getResourceRequestStatus: Handler<CloudControl, "GetResourceRequestStatus"> = (input, ctx) => ({
  ProgressEvent: present(getRequest(ctx, input.RequestToken)),
});

/** Breaks off what has not ended. What was made by then stays, as on AWS. */
export const cancelResourceRequest: Handler<CloudControl, "CancelResourceRequest"> = (input, ctx) => {
  const request = getRequest(ctx, input.RequestToken);
  if (request.status !== "IN_PROGRESS") {
    throw new AwsError(
      "ValidationException",
      `The request ${request.token} cannot be canceled: its status is ${request.status}.`,
    );
  }
  const performing = ctx.memory(underWay).get(request.token);
  if (performing) performing.abort();
  else settle(ctx, request, { status: "CANCEL_COMPLETE" });
  return { ProgressEvent: { ...present(request), OperationStatus: "CANCEL_IN_PROGRESS" } };
};

export const listResourceRequests: Handler<CloudControl, "ListResourceRequests"> = (input, ctx) => {
  const { Operations, OperationStatuses } = input.ResourceRequestStatusFilter ?? {};
  const wanted = ctx
    .table(requests)
    .rows()
    .filter(
      ({ operation, status }) =>
        (!Operations?.length || Operations.includes(operation)) &&
        (!OperationStatuses?.length || OperationStatuses.includes(status)),
    )
    .sort((a, b) => b.at - a.at || (a.token < b.token ? -1 : 1));
  const from = input.NextToken === undefined ? 0 : wanted.findIndex(({ token }) => token === input.NextToken);
  if (from < 0) throw new AwsError("ValidationException", "The next token is not valid.");
  const to = from + (input.MaxResults ?? PAGE);
  return {
    ResourceRequestStatusSummaries: wanted.slice(from, to).map(present),
    NextToken: wanted[to]?.token,
  };
};
