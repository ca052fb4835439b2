/** How a stream is found by its ARN. */
import { parseArn } from "../../../kernel/arn.js";
import type { Context } from "../../../kernel/context.js";
import { validation } from "../attribute-value.js";
import { type StreamRow, streams } from "./stream.js";

/** A stream, and where it is. */
export interface FoundStream {
  readonly stream: StreamRow;
  readonly account: string;
  readonly region: string;
}

/** The stream of an ARN, if there is one. @throws AwsError `ValidationException` for what is no ARN of a stream */
export function findStream(ctx: Context, arn: string): FoundStream | undefined {
  const { service, account = "", region = "", resource = "" } = parseArn(arn) ?? {};
  const [, name, label] = /^table\/([^/]+)\/stream\/(.+)$/.exec(resource) ?? [];
  if (service !== "dynamodb" || name === undefined || label === undefined) throw validation("Invalid StreamArn");
  const stream = ctx.table(streams, { account, region }).get(name, label);
  return stream && { stream, account, region };
}
