/** The operations on buckets themselves. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { withHttp } from "../../protocol/answer.js";
import { escapeXml } from "../../protocol/xml.js";
import { aclOf } from "./acl.js";
import { type Bucket, canonicalUser, checkBucketName } from "./bucket.js";
import { cancelLifecycle } from "./lifecycle.js";
import type { S3 } from "./object.js";
import { checkTags } from "./settings.js";
import { bucketArn, buckets, configurations, configure, getBucket, getBucketAnywhere, objects } from "./tables.js";
import { removeUpload, uploads } from "./uploads.js";

const MAX_BUCKETS = 10_000;

export const createBucket: Handler<S3, "CreateBucket"> = (input, ctx) => {
  const name = input.Bucket ?? "";
  checkBucketName(name);
  if (input.BucketNamespace === "account-regional" && !name.endsWith(`-${ctx.account}-${ctx.region}-an`)) {
    throw new AwsError("InvalidBucketName", "The specified bucket is not valid.", {
      members: { BucketName: name },
      status: 400,
    });
  }
  const region = regionOf(ctx, input.CreateBucketConfiguration?.LocationConstraint);
  const existing = ctx.table(buckets).get(name);
  if (existing && existing.account !== ctx.account) {
    throw new AwsError(
      "BucketAlreadyExists",
      "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
      { members: { BucketName: name }, status: 409 },
    );
  }
  if (existing && (region !== "us-east-1" || existing.region !== "us-east-1")) {
    throw new AwsError(
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      { members: { BucketName: name }, status: 409 },
    );
  }
  const answer = { Location: region === "us-east-1" ? `/${name}` : `http://${name}.s3.amazonaws.com/` };
  if (existing) return answer;
  const objectLock = input.ObjectLockEnabledForBucket === true;
  const lock: Partial<Bucket> = objectLock ? { objectLock, versioning: "Enabled" } : {};
  ctx.table(buckets).put([name], { name, account: ctx.account, region, createdAt: ctx.now(), ...lock });
  const { ObjectOwnership, CreateBucketConfiguration } = input;
  const tags = CreateBucketConfiguration?.Tags ?? [];
  checkTags(tags, 50);
  const initial: Record<string, unknown> = {
    acl: aclOf(input, ctx.account),
    "ownership controls": { Rules: [{ ObjectOwnership: ObjectOwnership ?? "BucketOwnerEnforced" }] },
    "public access block": {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    "object lock": objectLock ? { ObjectLockEnabled: "Enabled" } : undefined,
    tagging: tags.length > 0 ? tags : undefined,
  };
  for (const [kind, document] of Object.entries(initial)) {
    configure(ctx, name, kind, document);
  }
  return answer;
};

function regionOf(ctx: Context, constraint: string | undefined): string {
  if (constraint === undefined || constraint === "") {
    if (ctx.region === "us-east-1") return ctx.region;
    throw illegalLocation("unspecified");
  }
  const region = constraint === "EU" ? "eu-west-1" : constraint;
  if (constraint === "us-east-1") {
    throw new AwsError("InvalidLocationConstraint", "The specified location-constraint is not valid", {
      members: { LocationConstraint: constraint },
      status: 400,
    });
  }
  if (ctx.region !== "us-east-1" && ctx.region !== region) throw illegalLocation(constraint);
  return region;
}

const illegalLocation = (constraint: string) =>
  new AwsError(
    "IllegalLocationConstraintException",
    `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    { status: 400 },
  );

export const headBucket: Handler<S3, "HeadBucket"> = (input, ctx) => {
  const bucket = ctx.table(buckets).get(input.Bucket ?? "");
  if (!bucket) throw new AwsError("NotFound", "Not Found", { status: 404 });
  const { name, region } = getBucket(ctx, input);
  return { BucketRegion: region, BucketArn: bucketArn(ctx, name), AccessPointAlias: false };
};

export const deleteBucket: Handler<S3, "DeleteBucket"> = (input, ctx) => {
  const { name } = getBucket(ctx, input);
  if (ctx.table(objects).rows({ prefix: [name], limit: 1 }).length > 0) {
    throw new AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", {
      members: { BucketName: name },
      status: 409,
    });
  }
  for (const upload of ctx.table(uploads).rows({ prefix: [name] })) removeUpload(ctx, name, upload);
  for (const { kind, id } of ctx.table(configurations).rows({ prefix: [name] }))
    configure(ctx, name, kind, undefined, id);
  ctx.table(buckets).delete(name);
  cancelLifecycle(ctx, name);
  return {};
};

export const listBuckets: Handler<S3, "ListBuckets"> = (input, ctx) => {
  const limit = input.MaxBuckets ?? MAX_BUCKETS;
  if (limit < 1 || limit > MAX_BUCKETS) {
    throw new AwsError("InvalidArgument", "Argument max-buckets must be an integer between 1 and 10000", {
      status: 400,
    });
  }
  const prefix = input.Prefix ?? "";
  const after = input.ContinuationToken === undefined ? "" : Buffer.from(input.ContinuationToken, "base64").toString();
  const found = ctx
    .table(buckets)
    .rows({ from: [prefix] })
    .filter(({ account, name, region }) => {
      const wanted = input.BucketRegion === undefined || region === input.BucketRegion;
      return account === ctx.account && name.startsWith(prefix) && name > after && wanted;
    });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    Buckets: page.map(({ name, createdAt, region }) => ({
      Name: name,
      CreationDate: new Date(createdAt),
      BucketRegion: region,
      BucketArn: bucketArn(ctx, name),
    })),
    Owner: canonicalUser(ctx.account),
    Prefix: input.Prefix,
    ContinuationToken: found.length > page.length && last ? Buffer.from(last.name).toString("base64") : undefined,
  };
};

export const getBucketLocation: Handler<S3, "GetBucketLocation"> = (input, ctx) => {
  const { region } = getBucketAnywhere(ctx, input);
  const constraint = region === "us-east-1" ? "" : region;
  // The root element is the value itself: the schema cannot say so.
  const content = `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${escapeXml(constraint)}</LocationConstraint>`;
  const output = constraint === "" ? {} : { LocationConstraint: constraint as "eu-west-1" };
  return withHttp(output, { body: { content, type: "application/xml" } });
};
