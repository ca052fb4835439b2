/**
 * Custom resources: a Lambda function or SNS topic makes, changes and deletes them, and answers to a URL. See "Custom
 * resource request objects" and "… response objects" in the CloudFormation User Guide.
 */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import type { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Json, Properties, ResourceContext, ResourceProvider } from "../../kernel/resource.js";
import { ResourceFailure } from "../failure.js";
import { awaitResponses, closeResponseUrl, openResponseUrl, responsesTo } from "./responses.js";

const DEFAULT_TIMEOUT_SECONDS = 3600;
const MAX_RESPONSE_BYTES = 4096;

type RequestType = "Create" | "Update" | "Delete";

interface Response {
  Status?: string;
  Reason?: string;
  PhysicalResourceId?: string;
  Data?: Record<string, Json>;
  NoEcho?: boolean;
}

/** Makes the provider of custom resources, in the context of one deployment. */
export function customResourceProvider(engine: Context): ResourceProvider {
  return {
    async create(desired, ctx) {
      const response = await request(engine, ctx, "Create", desired, undefined, undefined);
      const id = response.PhysicalResourceId;
      if (!id) throw failure("Invalid PhysicalResourceId");
      return toModel(desired, id, response);
    },
    async read(actual) {
      return actual;
    },
    async update(desired, actual, ctx, previous) {
      const before = actual.PhysicalResourceId as string;
      const response = await request(engine, ctx, "Update", desired, before, previous);
      // Another physical id means that the function made a new resource: the engine deletes the old one in the cleanup.
      return toModel(desired, response.PhysicalResourceId ?? before, response);
    },
    async delete(actual, ctx) {
      const { PhysicalResourceId, ...rest } = actual;
      await request(engine, ctx, "Delete", propertiesOf(rest), PhysicalResourceId as string, undefined);
    },
    async list() {
      return [];
    },
  };
}

/** Under which key of the model the properties are kept apart from the returned data. */
const PROPERTIES = "ResourceProperties";

function toModel(desired: Properties, id: string, { Data = {} }: Response): Properties {
  return { ...Data, PhysicalResourceId: id, [PROPERTIES]: desired };
}

function propertiesOf(model: Properties): Properties {
  return (model[PROPERTIES] as Properties | undefined) ?? {};
}

async function request(
  engine: Context,
  ctx: ResourceContext,
  type: RequestType,
  properties: Properties,
  physicalId: string | undefined,
  old: Properties | undefined,
): Promise<Response> {
  const { ServiceToken, ServiceTimeout } = properties;
  if (typeof ServiceToken !== "string")
    throw failure("ServiceToken is required, and must be the ARN of a Lambda function or an SNS topic.");
  const token = uuid();
  const url = openResponseUrl(engine, token);
  const timeout = ServiceTimeout === undefined ? DEFAULT_TIMEOUT_SECONDS : Number(ServiceTimeout);
  const deadline = ctx.now() + timeout * 1000;
  const event = {
    RequestType: type,
    ServiceToken,
    ResponseURL: url,
    StackId: ctx.stackId,
    RequestId: uuid(),
    LogicalResourceId: ctx.logicalId,
    ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
    ResourceType: ctx.type,
    ResourceProperties: asText(properties),
    ...(old === undefined ? {} : { OldResourceProperties: asText(old) }),
  };
  try {
    const given = new AbortController();
    const signal = AbortSignal.any([ctx.signal, given.signal]);
    const answered = awaitResponses(engine, token, 1, deadline, signal);
    let crash: AwsError | undefined;
    invoke(ctx, ServiceToken, event, () => responsesTo(engine, token).length > 0).catch((error: AwsError) => {
      crash = error;
      given.abort();
    });
    const [body] = await answered;
    if (body === undefined) {
      throw (
        crash ??
        failure(
          `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${event.RequestId}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.`,
        )
      );
    }
    return parseResponse(body);
  } finally {
    closeResponseUrl(engine, token);
  }
}

/** Sends the request to the function or topic. Rejects when the function failed without having answered. */
async function invoke(
  ctx: ResourceContext,
  serviceToken: string,
  event: object,
  answered: () => boolean,
): Promise<void> {
  if (parseArn(serviceToken)?.service === "sns") {
    const Message = JSON.stringify(event);
    await ctx.call("sns", "Publish", {
      TopicArn: serviceToken,
      Subject: "AWS CloudFormation custom resource request",
      Message,
    });
    return;
  }
  // Differs from AWS: a function that fails before it answers fails the resource at once, instead of after the timeout.
  const { FunctionError, Payload } = await ctx.call<{ FunctionError?: string; Payload?: Uint8Array }>(
    "lambda",
    "Invoke",
    {
      FunctionName: serviceToken,
      InvocationType: "RequestResponse",
      Payload: Buffer.from(JSON.stringify(event)),
    },
  );
  if (FunctionError && !answered())
    throw failure(`The function ${serviceToken} failed before it answered: ${describe(Payload)}`);
}

function describe(payload: Uint8Array | undefined): string {
  const text = Buffer.from(payload ?? []).toString();
  try {
    const { errorType, errorMessage } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
    return `${errorType ? `${errorType}: ` : ""}${errorMessage ?? text}`;
  } catch {
    return text.slice(0, 1000);
  }
}

/** Custom resources receive every scalar as text. */
function asText(value: Json): Json {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item as Json)]));
  return value === null ? value : String(value);
}

function parseResponse(body: string): Response {
  if (Buffer.byteLength(body) > MAX_RESPONSE_BYTES) throw failure("Response object is too long.");
  let response: Response;
  try {
    response = JSON.parse(body) as Response;
  } catch {
    throw failure("Invalid response object: it is not valid JSON.");
  }
  if (response.Status === "SUCCESS") return response;
  if (response.Status !== "FAILED") throw failure("Invalid response object: Status must be SUCCESS or FAILED.");
  throw failure(
    `Received response status [FAILED] from custom resource. Message returned: ${response.Reason ?? "(no reason given)"}`,
  );
}

function failure(message: string): ResourceFailure {
  return new ResourceFailure("CustomResourceFailure", message);
}
