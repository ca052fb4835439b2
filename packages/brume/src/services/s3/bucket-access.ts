/** Versioning, policies and access control lists of buckets, and their object lock. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler, Output } from "../../kernel/service.js";
import { matchesWildcard } from "../../kernel/wildcard.js";
import { aclOf, checkAclsAllowed, ownersAcl } from "./acl.js";
import type { Bucket } from "./bucket.js";
import { malformedXml } from "./documents.js";
import type { AccessControl, S3 } from "./object.js";
import { bucketArn, buckets, configuration, configure, getBucket } from "./tables.js";

const malformed = (message: string) => new AwsError("MalformedPolicy", message, { status: 400 });
const MAX_POLICY_BYTES = 20 * 1024;

export const putBucketVersioning: Handler<S3, "PutBucketVersioning"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const { Status, MFADelete } = input.VersioningConfiguration ?? {};
  if (Status !== undefined && Status !== "Enabled" && Status !== "Suspended") {
    throw malformedXml();
  }
  if (Status === "Suspended" && bucket.objectLock) {
    throw new AwsError(
      "InvalidBucketState",
      "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
      { status: 409 },
    );
  }
  const changed: Bucket = {
    ...bucket,
    versioning: Status ?? bucket.versioning,
    mfaDelete: MFADelete ?? bucket.mfaDelete,
  };
  ctx.table(buckets).put([bucket.name], changed);
  return {};
};

export const getBucketVersioning: Handler<S3, "GetBucketVersioning"> = (input, ctx) => {
  const { versioning, mfaDelete } = getBucket(ctx, input);
  return { Status: versioning, MFADelete: mfaDelete };
};

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: string | string[];
  readonly NotResource?: string | string[];
  readonly Condition?: object;
}

export const putBucketPolicy: Handler<S3, "PutBucketPolicy"> = (input, ctx) => {
  const { name } = getBucket(ctx, input);
  const text = input.Policy ?? "";
  const statements = parsePolicy(text);
  const arn = bucketArn(ctx, name);
  for (const { Resource, NotResource } of statements) {
    const resources = [Resource ?? NotResource ?? []].flat();
    const isOfBucket = (one: unknown) => typeof one === "string" && (one === "*" || one === arn || covers(one, arn));
    if (resources.length === 0 || !resources.every(isOfBucket)) {
      throw malformed("Policy has invalid resource");
    }
  }
  const block = configuration<{ BlockPublicPolicy?: boolean }>(ctx, name, "public access block");
  if (block?.BlockPublicPolicy && statements.some(isPublic)) {
    throw new AwsError(
      "AccessDenied",
      `User: ${ctx.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${arn}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      { status: 403 },
    );
  }
  configure(ctx, name, "policy", text);
  return {};
};

/** Whether a resource of a policy is of the bucket: its objects, or a pattern that the bucket's ARN meets. */
function covers(resource: string, arn: string): boolean {
  if (resource.startsWith(`${arn}/`)) return true;
  return matchesWildcard(resource, arn) || matchesWildcard(resource.split("/")[0] as string, arn);
}

/** @throws AwsError `MalformedPolicy` */
function parsePolicy(text: string): Statement[] {
  let document: { Statement?: Statement | Statement[] };
  try {
    document = JSON.parse(text) as typeof document;
  } catch {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) throw malformed("Policy exceeds the maximum allowed document size.");
  const statements = [document.Statement ?? []].flat();
  if (statements.length === 0) throw malformed("Missing required field Statement");
  if (!statements.every((one) => typeof one === "object" && one !== null)) throw malformed("Invalid policy syntax.");
  for (const { Effect, Principal, Action, NotAction, ...rest } of statements) {
    if (Effect !== "Allow" && Effect !== "Deny") throw malformed(`Invalid effect : ${String(Effect)}`);
    if (Principal === undefined && !("NotPrincipal" in rest)) throw malformed("Missing required field Principal");
    if (Action === undefined && NotAction === undefined) throw malformed("Missing required field Action");
  }
  return statements;
}

/** Whether a statement lets everybody in. Any condition is taken to narrow that. */
function isPublic({ Effect, Principal, Condition }: Statement): boolean {
  const everybody =
    Principal === "*" ||
    [(Principal as { AWS?: string | string[] } | null | undefined)?.AWS ?? []].flat().includes("*");
  return Effect === "Allow" && everybody && Condition === undefined;
}

function policyOf(ctx: Context, bucket: string): string {
  const policy = configuration<string>(ctx, bucket, "policy");
  if (policy !== undefined) return policy;
  throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", {
    members: { BucketName: bucket },
    status: 404,
  });
}

export const getBucketPolicy: Handler<S3, "GetBucketPolicy"> = (input, ctx) => ({
  Policy: policyOf(ctx, getBucket(ctx, input).name),
});

export const getBucketPolicyStatus: Handler<S3, "GetBucketPolicyStatus"> = (input, ctx) => ({
  PolicyStatus: { IsPublic: parsePolicy(policyOf(ctx, getBucket(ctx, input).name)).some(isPublic) },
});

export const deleteBucketPolicy: Handler<S3, "DeleteBucketPolicy"> = (input, ctx) => {
  configure(ctx, getBucket(ctx, input).name, "policy", undefined);
  return {};
};

export const putBucketAcl: Handler<S3, "PutBucketAcl"> = (input, ctx) => {
  const { name, account } = getBucket(ctx, input);
  checkAclsAllowed(ctx, name, input);
  const given = input.AccessControlPolicy as AccessControl | undefined;
  const owner = ownersAcl(account);
  const acl = aclOf(input, account) ?? (given?.Grants ? { Owner: owner.Owner, Grants: given.Grants } : undefined);
  if (!acl) {
    throw new AwsError("MissingSecurityHeader", "Your request was missing a required header", { status: 400 });
  }
  configure(ctx, name, "acl", acl);
  return {};
};

export const getBucketAcl: Handler<S3, "GetBucketAcl"> = (input, ctx) => {
  const { name, account } = getBucket(ctx, input);
  return (configuration<AccessControl>(ctx, name, "acl") ?? ownersAcl(account)) as Output<S3, "GetBucketAcl">;
};

export const putObjectLockConfiguration: Handler<S3, "PutObjectLockConfiguration"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  if (bucket.versioning !== "Enabled") {
    throw new AwsError(
      "InvalidBucketState",
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
      {
        status: 409,
      },
    );
  }
  const { DefaultRetention } = input.ObjectLockConfiguration?.Rule ?? {};
  if (DefaultRetention && (DefaultRetention.Days === undefined) === (DefaultRetention.Years === undefined)) {
    throw malformedXml();
  }
  ctx.table(buckets).put([bucket.name], { ...bucket, objectLock: true });
  configure(ctx, bucket.name, "object lock", { ObjectLockEnabled: "Enabled", ...input.ObjectLockConfiguration });
  return {};
};

export const getObjectLockConfiguration: Handler<S3, "GetObjectLockConfiguration"> = (input, ctx) => {
  const document = configuration<Output<S3, "GetObjectLockConfiguration">["ObjectLockConfiguration"]>(
    ctx,
    getBucket(ctx, input).name,
    "object lock",
  );
  if (document) return { ObjectLockConfiguration: document };
  throw new AwsError(
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
    {
      status: 404,
    },
  );
};
