/** The operations on destinations: names under which other accounts send log events to a stream of this one. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, invalid, notFound, page } from "./constraints.js";
import { setTags } from "./set-tags.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

interface Destination {
  readonly destinationName: string;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly accessPolicy?: string | undefined;
  readonly arn: string;
  readonly creationTime: number;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** [name] */
const destinations = defineTable<Destination>("logs/destinations");
/** Services of the ARNs that a destination can stand for. */
const TARGETS = ["kinesis", "firehose"];

/** Services of the ARNs that a subscription filter can send to, a destination of Logs itself aside. */
export const DESTINATION_SERVICES = ["lambda", ...TARGETS] as const;

export const destinationArn = ({ destinationName = "" }: { destinationName?: string | undefined }, ctx: Context) =>
  ctx.arn(`destination:${destinationName}`, "logs");

/** The destination that an ARN names, in whichever account it is; `undefined` for an ARN of anything else. */
function findDestination(ctx: Context, arn: string): Destination | undefined {
  const parsed = parseArn(arn);
  const [kind, name] = (parsed?.resource ?? "").split(":");
  if (parsed?.service !== "logs" || kind !== "destination") return undefined;
  return ctx.table(destinations, parsed).get(name ?? "");
}

/** The ARN of what a filter's destination stands for; itself where it stands for nothing else. */
export const targetOf = (ctx: Context, arn: string): string => findDestination(ctx, arn)?.targetArn ?? arn;

/** @throws AwsError `InvalidParameterException` for what the events of a group cannot be sent to */
export function checkDestination(ctx: Context, arn: string, group?: string): void {
  const parsed = parseArn(arn);
  if (parsed?.service === "logs" && /^destination:/.test(parsed.resource)) {
    if (!findDestination(ctx, arn)) throw invalid("The specified destination does not exist.");
    return;
  }
  if (!DESTINATION_SERVICES.some((service) => service === parsed?.service)) {
    throw invalid(
      `PutSubscriptionFilter operation cannot work with destinationArn for vendor ${parsed?.service ?? arn}`,
    );
  }
  if (group !== undefined && isOwnGroup(arn, group))
    throw invalid("The log group provided is reserved for the function logs of the destination function.");
}

/** Whether a group holds the logs of the function that its events would be sent to, so that each delivery made more. */
export function isOwnGroup(arn: string, group: string): boolean {
  const [, name] = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(arn) ?? [];
  return name !== undefined && group === `/aws/lambda/${name}`;
}

export const putDestination: Handler<Logs, "PutDestination"> = (input, ctx) => {
  check("roleArn", input.roleArn, { min: 1 });
  const targetArn = input.targetArn as string;
  if (!TARGETS.includes(parseArn(targetArn)?.service ?? ""))
    throw invalid("PutDestination operation can only work with a Kinesis stream or a Firehose delivery stream.");
  if (parseArn(input.roleArn as string)?.service !== "iam") throw invalid("Invalid roleArn.");
  const destinationName = input.destinationName as string;
  const existing = ctx.table(destinations).get(destinationName);
  const destination: Destination = {
    destinationName,
    targetArn,
    roleArn: input.roleArn as string,
    accessPolicy: existing?.accessPolicy,
    arn: destinationArn({ destinationName }, ctx),
    creationTime: existing?.creationTime ?? ctx.now(),
    tags: existing?.tags ?? setTags({}, input.tags ?? {}),
  };
  ctx.table(destinations).put([destinationName], destination);
  return { destination: shown(destination) };
};

const shown = ({ tags: _, ...destination }: Destination) => destination;

function getDestination(ctx: Context, name: string | undefined): Destination {
  const destination = ctx.table(destinations).get(name ?? "");
  if (!destination) throw notFound("The specified destination does not exist.");
  return destination;
}

// Differs from AWS: the policy of a destination is stored, but does not keep other accounts out.
export const putDestinationPolicy: Handler<Logs, "PutDestinationPolicy"> = (input, ctx) => {
  const destination = getDestination(ctx, input.destinationName);
  ctx.table(destinations).put([destination.destinationName], { ...destination, accessPolicy: input.accessPolicy });
  return {};
};

export const describeDestinations: Handler<Logs, "DescribeDestinations"> = (input, ctx) => {
  const found = ctx
    .table(destinations)
    .rows()
    .filter(({ destinationName }) => destinationName.startsWith(input.DestinationNamePrefix ?? ""));
  const { items, nextToken } = page(found, input);
  return { destinations: items.map(shown), nextToken };
};

/** The tags of a destination, and what sets them; `undefined` for an ARN of anything else. */
export function taggedDestination(ctx: Context, arn: string) {
  const destination = findDestination(ctx, arn);
  if (!destination) return undefined;
  return {
    tags: destination.tags ?? {},
    put: (tags: Readonly<Record<string, string>>) =>
      ctx.table(destinations).put([destination.destinationName], { ...destination, tags }),
  };
}

export const deleteDestination: Handler<Logs, "DeleteDestination"> = (input, ctx) => {
  ctx.table(destinations).delete(getDestination(ctx, input.destinationName).destinationName);
  return {};
};
