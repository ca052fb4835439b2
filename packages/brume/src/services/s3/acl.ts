/** Access control lists: canned ones, grants in headers, and documents. They are stored; IAM decides. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { canonicalUser } from "./bucket.js";
import type { AccessControl } from "./object.js";
import { configuration } from "./tables.js";

const ALL_USERS = { Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AllUsers" };
const AUTHENTICATED = { Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" };
const LOG_DELIVERY = { Type: "Group", URI: "http://acs.amazonaws.com/groups/s3/LogDelivery" };

type Grantee = { Type: string; URI?: string; ID?: string; EmailAddress?: string; DisplayName?: string };
interface Grant {
  readonly Grantee: Grantee;
  readonly Permission: string;
}

/** What a canned list grants beside full control to the owner; the bucket owner's grants are added where asked. */
const CANNED: Readonly<Record<string, readonly Grant[]>> = {
  private: [],
  "public-read": [{ Grantee: ALL_USERS, Permission: "READ" }],
  "public-read-write": [
    { Grantee: ALL_USERS, Permission: "READ" },
    { Grantee: ALL_USERS, Permission: "WRITE" },
  ],
  "authenticated-read": [{ Grantee: AUTHENTICATED, Permission: "READ" }],
  "aws-exec-read": [],
  "bucket-owner-read": [],
  "bucket-owner-full-control": [],
  "log-delivery-write": [
    { Grantee: LOG_DELIVERY, Permission: "WRITE" },
    { Grantee: LOG_DELIVERY, Permission: "READ_ACP" },
  ],
};

const GRANT_HEADERS = {
  GrantFullControl: "FULL_CONTROL",
  GrantRead: "READ",
  GrantReadACP: "READ_ACP",
  GrantWrite: "WRITE",
  GrantWriteACP: "WRITE_ACP",
} as const;

export interface AclInput {
  ACL?: string | undefined;
  GrantFullControl?: string | undefined;
  GrantRead?: string | undefined;
  GrantReadACP?: string | undefined;
  GrantWrite?: string | undefined;
  GrantWriteACP?: string | undefined;
}

export function ownersAcl(account: string): AccessControl {
  const owner = canonicalUser(account);
  return { Owner: owner, Grants: [{ Grantee: { Type: "CanonicalUser", ...owner }, Permission: "FULL_CONTROL" }] };
}

/** The list that an input's canned name or grant headers make; `undefined` where it has neither. */
export function aclOf(input: AclInput, account: string): AccessControl | undefined {
  const headers = Object.entries(GRANT_HEADERS).filter(([name]) => input[name as keyof AclInput] !== undefined);
  if (input.ACL !== undefined && headers.length > 0) {
    throw new AwsError("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed", {
      status: 400,
    });
  }
  const { Owner, Grants } = ownersAcl(account);
  if (headers.length > 0) {
    const granted = headers.flatMap(([name, Permission]) =>
      grantees(input[name as keyof AclInput] as string).map((Grantee) => ({ Grantee, Permission })),
    );
    return { Owner, Grants: granted };
  }
  if (input.ACL === undefined) return undefined;
  const canned = Object.hasOwn(CANNED, input.ACL) ? CANNED[input.ACL] : undefined;
  if (!canned) throw new AwsError("InvalidArgument", "Argument x-amz-acl is invalid.", { status: 400 });
  return { Owner, Grants: [...Grants, ...canned] };
}

/** Grantees as headers name them: `id="…", uri="…"`. */
function grantees(header: string): Grantee[] {
  return header.split(",").map((item) => {
    const [, kind, value] = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*)"?\s*$/.exec(item) ?? [];
    if (kind === "id") return { Type: "CanonicalUser", ID: value };
    if (kind === "uri") return { Type: "Group", URI: value };
    if (kind === "emailAddress") return { Type: "AmazonCustomerByEmail", EmailAddress: value };
    throw new AwsError("InvalidArgument", "Argument format not recognized", { status: 400 });
  });
}

/** @throws AwsError `AccessControlListNotSupported` where the bucket's owner owns every object, and lists mean nothing */
export function checkAclsAllowed(ctx: Context, bucket: string, input: AclInput): void {
  const controls = configuration<{ Rules?: { ObjectOwnership?: string }[] }>(ctx, bucket, "ownership controls");
  if (controls?.Rules?.[0]?.ObjectOwnership !== "BucketOwnerEnforced") return;
  const grants = Object.keys(GRANT_HEADERS).some((name) => input[name as keyof AclInput] !== undefined);
  if (!grants && (input.ACL === undefined || input.ACL === "bucket-owner-full-control" || input.ACL === "private"))
    return;
  throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", { status: 400 });
}
