/** What an ARN in a request means, a table or a stream: both have tags and a policy. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import { getTable, saveTable } from "./storage.js";
import { findStream } from "./streams/find-stream.js";
import { streams } from "./streams/stream.js";

export interface ResourcePolicy {
  readonly document: string;
  readonly revision: string;
}

/** What hangs on a table or stream. */
export interface Attached {
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: ResourcePolicy | undefined;
}

export interface ArnResource extends Attached {
  /** Changes what hangs on it. */
  save(changes: Partial<Attached>): void;
}

/** The ARN in an input's `ResourceArn`, for authorization. */
export const resourceOf = (input: { ResourceArn?: string | undefined }): string => input.ResourceArn ?? "";

/** @throws AwsError `ResourceNotFoundException` that names it */
export function getArnResource(ctx: Context, arn: string): ArnResource {
  if (arn.includes("/stream/")) {
    const found = findStream(ctx, arn);
    if (!found) throw notFound(arn);
    const { stream } = found;
    return {
      tags: stream.tags ?? {},
      policy: stream.policy,
      save: (changes) => ctx.table(streams, found).put([stream.table, stream.label], { ...stream, ...changes }),
    };
  }
  try {
    const table = getTable(ctx, arn);
    const { tags, policy } = table.row;
    return { tags, policy, save: (changes) => saveTable(ctx, { ...table.row, ...changes }, table) };
  } catch (error) {
    throw isAwsError(error, "ResourceNotFoundException") ? notFound(arn) : error;
  }
}

const notFound = (arn: string) =>
  new AwsError("ResourceNotFoundException", `Requested resource not found: ResourcArn: ${arn} not found`);
