/** The operations on log streams. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, invalid, notFound, page } from "./constraints.js";
import { deleteStream } from "./groups.js";
import { checkStreamName, getGroup, groupArn, groupGiven, type LogStream, logStreams } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

export const createLogStream: Handler<Logs, "CreateLogStream"> = (input, ctx) => {
  const group = getGroup(ctx, input.logGroupName);
  const name = checkStreamName(input.logStreamName);
  if (ctx.table(logStreams).has(group.name, name))
    throw new AwsError("ResourceAlreadyExistsException", "The specified log stream already exists");
  ctx.table(logStreams).put([group.name, name], { name, createdAt: ctx.now(), storedBytes: 0, batches: 0 });
  return {};
};

/** @throws AwsError `ResourceNotFoundException` */
export function getStream(ctx: Context, group: string, name: string | undefined): LogStream {
  const stream = ctx.table(logStreams).get(group, checkStreamName(name));
  if (!stream) throw notFound("The specified log stream does not exist.");
  return stream;
}

export const deleteLogStream: Handler<Logs, "DeleteLogStream"> = (input, ctx) => {
  const group = getGroup(ctx, input.logGroupName);
  deleteStream(ctx, group.name, getStream(ctx, group.name, input.logStreamName).name);
  return {};
};

/** What PutLogEvents answers and takes, but no longer looks at. */
export const sequenceToken = (stream: LogStream) => `4964${String(stream.batches).padStart(52, "0")}`;

function streamAnswer(ctx: Context, group: string, stream: LogStream) {
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    firstEventTimestamp: stream.firstEventAt,
    lastEventTimestamp: stream.lastEventAt,
    lastIngestionTime: stream.lastIngestionAt,
    uploadSequenceToken: stream.batches > 0 ? sequenceToken(stream) : undefined,
    arn: `${groupArn(ctx, group)}:log-stream:${stream.name}`,
    // As on AWS, where it has been 0 for streams since 2019.
    storedBytes: 0,
  };
}

export const describeLogStreams: Handler<Logs, "DescribeLogStreams"> = (input, ctx) => {
  const { logStreamNamePrefix: prefix, orderBy = "LogStreamName", descending } = input;
  check("orderBy", orderBy, { oneOf: ["LogStreamName", "LastEventTime"] });
  if (orderBy === "LastEventTime" && prefix !== undefined)
    throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const group = groupGiven(ctx, input.logGroupName, input.logGroupIdentifier);
  const found = ctx
    .table(logStreams)
    .rows({ prefix: [group.name] })
    .filter(({ name }) => prefix === undefined || name.startsWith(prefix));
  if (orderBy === "LastEventTime") found.sort((a, b) => (a.lastEventAt ?? 0) - (b.lastEventAt ?? 0));
  if (descending) found.reverse();
  const { items, nextToken } = page(found, input);
  return { logStreams: items.map((stream) => streamAnswer(ctx, group.name, stream)), nextToken };
};
