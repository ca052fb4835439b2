/** Integrations with other services: an action whose parameters are taken from the request. */
import { AwsError } from "../../../kernel/errors.js";
import type { Integration } from "../tables.js";
import type { ApiResponse, Exchange } from "./exchange.js";
import { evaluate, sourcesOf } from "./expressions.js";
import { ApiFailure } from "./failure.js";
import { withinTimeout } from "./invoke.js";

type Parameters = Readonly<Record<string, string>>;
interface Subtype {
  readonly service: string;
  readonly operation: string;
  readonly required: readonly string[];
  /** The action's input, where it is not the parameters as they are. */
  readonly input?: (parameters: Parameters) => object;
}

const fromJson = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    throw new ApiFailure(400, { reason: "A parameter is no JSON." });
  }
};
const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));

/** See "AWS service integrations for HTTP APIs", Subtype reference. */
export const SUBTYPES: Readonly<Record<string, Subtype>> = {
  "AppConfig-GetConfiguration": {
    service: "appconfig",
    operation: "GetConfiguration",
    required: ["Application", "Environment", "Configuration", "ClientId"],
  },
  "EventBridge-PutEvents": {
    service: "eventbridge",
    operation: "PutEvents",
    required: ["Detail", "DetailType", "Source"],
    input: ({ Time, Resources, ...entry }) => ({
      Entries: [
        {
          ...entry,
          ...(Time ? { Time: new Date(Time) } : {}),
          ...(Resources ? { Resources: fromJson(Resources) } : {}),
        },
      ],
    }),
  },
  "Kinesis-PutRecord": {
    service: "kinesis",
    operation: "PutRecord",
    required: ["StreamName", "Data", "PartitionKey"],
    input: ({ Data = "", ...rest }) => ({ ...rest, Data: Buffer.from(Data, "base64") }),
  },
  "SQS-DeleteMessage": { service: "sqs", operation: "DeleteMessage", required: ["QueueUrl", "ReceiptHandle"] },
  "SQS-PurgeQueue": { service: "sqs", operation: "PurgeQueue", required: ["QueueUrl"] },
  "SQS-ReceiveMessage": {
    service: "sqs",
    operation: "ReceiveMessage",
    required: ["QueueUrl"],
    input: ({
      AttributeNames,
      MessageAttributeNames,
      MaxNumberOfMessages,
      VisibilityTimeout,
      WaitTimeSeconds,
      ...rest
    }) => ({
      ...rest,
      ...without({
        AttributeNames: fromJson(AttributeNames),
        MessageAttributeNames: fromJson(MessageAttributeNames),
        MaxNumberOfMessages: number(MaxNumberOfMessages),
        VisibilityTimeout: number(VisibilityTimeout),
        WaitTimeSeconds: number(WaitTimeSeconds),
      }),
    }),
  },
  "SQS-SendMessage": {
    service: "sqs",
    operation: "SendMessage",
    required: ["QueueUrl", "MessageBody"],
    input: ({ DelaySeconds, MessageAttributes, MessageSystemAttributes, ...rest }) => ({
      ...rest,
      ...without({
        DelaySeconds: number(DelaySeconds),
        MessageAttributes: fromJson(MessageAttributes),
        MessageSystemAttributes: fromJson(MessageSystemAttributes),
      }),
    }),
  },
  "StepFunctions-StartExecution": {
    service: "sfn",
    operation: "StartExecution",
    required: ["StateMachineArn"],
    input: lowerCased,
  },
  "StepFunctions-StartSyncExecution": {
    service: "sfn",
    operation: "StartSyncExecution",
    required: ["StateMachineArn"],
    input: lowerCased,
  },
  "StepFunctions-StopExecution": {
    service: "sfn",
    operation: "StopExecution",
    required: ["ExecutionArn"],
    input: lowerCased,
  },
};

const without = (members: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** Step Functions spells the members of its inputs with a small first letter. */
function lowerCased(parameters: Parameters): object {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, value]),
  );
}

/** Performs the action that an integration's subtype names. */
export async function callService(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const { ctx } = exchange;
  const subtype = SUBTYPES[integration.IntegrationSubtype ?? ""];
  if (!subtype) throw new ApiFailure(500, { reason: `There is no ${integration.IntegrationSubtype}.` });
  const sources = sourcesOf(exchange);
  const values = Object.entries(integration.RequestParameters ?? {}).flatMap(([name, expression]) => {
    const value = evaluate(expression, sources);
    return value === undefined ? [] : [[name, value] as const];
  });
  const { Region, ...parameters } = Object.fromEntries(values);
  const missing = subtype.required.filter((name) => parameters[name] === undefined);
  if (missing.length > 0) throw new ApiFailure(400, { reason: `Parameters are missing: ${missing.join(", ")}` });
  const input = subtype.input?.(parameters) ?? parameters;
  const started = ctx.now();
  const tooLate = () => new ApiFailure(503, { reason: "INTEGRATION_TIMEOUT" });
  try {
    const work = ctx.call<object>(subtype.service, subtype.operation, input, Region ? { region: Region } : {});
    const output = await withinTimeout(ctx, integration.TimeoutInMillis ?? 30_000, work, tooLate);
    exchange.integration = { status: 200, latency: ctx.now() - started };
    return json(200, output);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const status = error.status ?? 400;
    exchange.integration = { status, latency: ctx.now() - started, error: error.message };
    return json(status, { __type: error.code, message: error.message });
  }
}

/** Differs from AWS: queues answer in JSON too, where AWS has them answer in XML. */
function json(status: number, value: object): ApiResponse {
  const body = Buffer.from(JSON.stringify(value, asJson));
  return { status, headers: [["Content-Type", "application/x-amz-json-1.1"]], body };
}

/** Dates as seconds and bytes as base64, as in the JSON protocols. */
function asJson(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const raw = this[name];
  if (raw instanceof Date) return raw.getTime() / 1000;
  return raw instanceof Uint8Array ? Buffer.from(raw).toString("base64") : value;
}
