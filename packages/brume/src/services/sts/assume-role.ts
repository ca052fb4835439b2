/** AssumeRole: credentials of a role session. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Session } from "../../kernel/principal.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { beginSession, checkRoleInput, findRole } from "./role-session.js";
import { tagMap } from "./sessions.js";

type Sts = typeof import("@aws-sdk/client-sts");

// Differs from AWS: a role that exists can be assumed by anyone who may call AssumeRole on it; the trust policy is not
// asked yet.
export const assumeRole: Handler<Sts, "AssumeRole"> = async (input, ctx) => {
  checkRoleInput(input);
  const details = chained(ctx, input);
  const role = await findRole(ctx, input.RoleArn as string);
  // That is AWS's answer for a role that is not there, too.
  if (!role) throw denied(ctx, input.RoleArn as string);
  return beginSession(ctx, role, input, details);
};

const denied = (ctx: Context, roleArn: string) =>
  new AwsError(
    "AccessDenied",
    `User: ${ctx.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    { status: 403 },
  );

const invalid = (message: string) => new AwsError("InvalidParameterValue", message);

interface SessionInput {
  RoleArn?: string | undefined;
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  TransitiveTagKeys?: string[] | undefined;
  SourceIdentity?: string | undefined;
}

/** The tags and the source identity of a session, which has some of those of the session that begins it. */
function chained(ctx: Context, { RoleArn, Tags, TransitiveTagKeys = [], SourceIdentity }: SessionInput): Session {
  const own = tagMap(Tags);
  const { tags = {}, transitiveTagKeys = [], sourceIdentity } = ctx.principal.session ?? {};
  const isSame = (a: string) => (b: string) => a.toLowerCase() === b.toLowerCase();
  check("transitiveTagKeys", TransitiveTagKeys.length, { max: 50 });
  if (!TransitiveTagKeys.every((key) => Object.keys(own).some(isSame(key))))
    throw invalid("The specified transitive tag key must be included in the requested tags.");
  if (TransitiveTagKeys.some((key) => transitiveTagKeys.some(isSame(key)))) {
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  if (Object.keys(own).some((key) => transitiveTagKeys.some(isSame(key))))
    throw invalid(
      "One of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  if (sourceIdentity !== undefined && SourceIdentity !== undefined && SourceIdentity !== sourceIdentity)
    throw denied(ctx, RoleArn as string);
  const inherited = Object.fromEntries(transitiveTagKeys.map((key) => [key, tags[key] ?? ""]));
  return {
    tags: { ...inherited, ...own },
    transitiveTagKeys: [...transitiveTagKeys, ...TransitiveTagKeys],
    sourceIdentity: SourceIdentity ?? sourceIdentity,
  };
}
