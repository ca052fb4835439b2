/** The operations on roles. See the IAM API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import {
  check,
  checkName,
  checkPath,
  encodeDocument,
  iamArn,
  type Role,
  removeTags,
  setTags,
  tagsIfAny,
  uniqueId,
} from "./entity.js";
import { claimName, releaseName } from "./names.js";
import { page, tagPage } from "./paging.js";
import { boundaryAnswer, checkBoundary, deleteBoundary, putBoundary } from "./permissions-boundaries.js";
import { checkTrust } from "./policy-document.js";
import {
  alreadyExists,
  changeEntity,
  deleteConflict,
  getEntity,
  instanceProfiles,
  limitExceeded,
  noSuchEntity,
  roles,
  users,
} from "./tables.js";

type Iam = typeof import("@aws-sdk/client-iam");

const DEFAULT_SESSION_SECONDS = 3600;
const MAX_TRUST_CHARACTERS = 2048;

/** How answers show a role. */
export function roleAnswer(ctx: Context, role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: iamArn(ctx, "role", role.path, role.name),
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

/** What is shown of a role beside `roleAnswer` where one role is asked for, not a list. */
function detailed(ctx: Context, role: Role) {
  return {
    ...roleAnswer(ctx, role),
    PermissionsBoundary: boundaryAnswer(role.boundary),
    Tags: tagsIfAny(role.tags),
  };
}

function checkSession(seconds: number | undefined): number {
  if (seconds !== undefined) check("maxSessionDuration", seconds, { min: 3600, max: 43_200 });
  return seconds ?? DEFAULT_SESSION_SECONDS;
}

/** @throws AwsError `MalformedPolicyDocument`, `LimitExceeded` */
function checkedTrust(ctx: Context, document: string | undefined): string {
  const trust = checkTrust(document, (arn) => isThere(ctx, arn));
  // White space aside, as IAM counts.
  if (trust.replace(/\s/g, "").length > MAX_TRUST_CHARACTERS)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${MAX_TRUST_CHARACTERS}`);
  return trust;
}

/** Whether there is a user or a role with an ARN. Of other accounts nobody knows who is there. */
function isThere(ctx: Context, arn: string): boolean {
  const [, account, kind, path = ""] = /^arn:[\w-]+:iam::(\d{12}):(user|role)\/(.+)$/.exec(arn) ?? [];
  if (account !== ctx.account) return true;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const table = kind === "user" ? ctx.table(users) : ctx.table(roles);
  const row = table.get(name);
  return row !== undefined && iamArn(ctx, kind as string, row.path, row.name) === arn;
}

export const createRole: Handler<Iam, "CreateRole"> = (input, ctx) => {
  const name = checkName("roleName", input.RoleName, 64);
  const path = checkPath(input.Path);
  const maxSessionSeconds = checkSession(input.MaxSessionDuration);
  const trust = checkedTrust(ctx, input.AssumeRolePolicyDocument);
  const tags = setTags({}, input.Tags);
  const boundary = checkBoundary(ctx, input.PermissionsBoundary);
  if (path.startsWith("/aws-service-role/")) {
    throw new AwsError("InvalidInputException", "Service Linked Role names may only be created by AWS services.");
  }
  claimName(ctx, "role", name, () => alreadyExists(`Role with name ${name} already exists.`));
  const role: Role = {
    id: uniqueId("AROA"),
    name,
    path,
    createdAt: ctx.now(),
    tags,
    inline: {},
    attached: [],
    boundary,
    trust,
    description: input.Description,
    maxSessionSeconds,
  };
  ctx.table(roles).put([name], role);
  return { Role: detailed(ctx, role) };
};

export const getRole: Handler<Iam, "GetRole"> = (input, ctx) => ({
  // Differs from AWS: when a role was last used is not recorded.
  Role: { ...detailed(ctx, getEntity(ctx, "role", input.RoleName)), RoleLastUsed: {} },
});

export const listRoles: Handler<Iam, "ListRoles"> = (input, ctx) => {
  const prefix = input.PathPrefix ?? "/";
  const found = ctx
    .table(roles)
    .rows()
    .filter(({ path }) => path.startsWith(prefix));
  const { items, ...more } = page(found, ({ name }) => name, input);
  return { Roles: items.map((role) => roleAnswer(ctx, role)), ...more };
};

/** A role that is no service-linked role. */
function ownRole(ctx: Context, name: string | undefined): Role {
  const role = getEntity(ctx, "role", name);
  if (role.linkedService !== undefined) {
    throw new AwsError(
      "UnmodifiableEntityException",
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    );
  }
  return role;
}

export const updateRole: Handler<Iam, "UpdateRole"> = (input, ctx) => {
  const role = ownRole(ctx, input.RoleName);
  changeEntity(ctx, "role", role, {
    description: input.Description ?? role.description,
    maxSessionSeconds: checkSession(input.MaxSessionDuration ?? role.maxSessionSeconds),
  });
  return {};
};

export const updateRoleDescription: Handler<Iam, "UpdateRoleDescription"> = (input, ctx) => {
  check("description", input.Description, { max: 1000 });
  const role = changeEntity(ctx, "role", ownRole(ctx, input.RoleName), { description: input.Description });
  return { Role: detailed(ctx, role) };
};

export const updateAssumeRolePolicy: Handler<Iam, "UpdateAssumeRolePolicy"> = (input, ctx) => {
  const role = ownRole(ctx, input.RoleName);
  changeEntity(ctx, "role", role, { trust: checkedTrust(ctx, input.PolicyDocument) });
  return {};
};

export const deleteRole: Handler<Iam, "DeleteRole"> = (input, ctx) => {
  const role = ownRole(ctx, input.RoleName);
  const inProfile = ctx
    .table(instanceProfiles)
    .rows()
    .some((profile) => profile.roles.includes(role.name));
  if (inProfile) throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  if (role.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (Object.keys(role.inline).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  releaseName(ctx, "role", role.name);
  ctx.table(roles).delete(role.name);
  return {};
};

export const putRolePermissionsBoundary: Handler<Iam, "PutRolePermissionsBoundary"> = (input, ctx) =>
  putBoundary(ctx, "role", ownRole(ctx, input.RoleName), input.PermissionsBoundary);

export const deleteRolePermissionsBoundary: Handler<Iam, "DeleteRolePermissionsBoundary"> = (input, ctx) =>
  deleteBoundary(ctx, "role", ownRole(ctx, input.RoleName));

export const tagRole: Handler<Iam, "TagRole"> = (input, ctx) => {
  const role = getEntity(ctx, "role", input.RoleName);
  changeEntity(ctx, "role", role, { tags: setTags(role.tags, input.Tags) });
  return {};
};

export const untagRole: Handler<Iam, "UntagRole"> = (input, ctx) => {
  const role = getEntity(ctx, "role", input.RoleName);
  changeEntity(ctx, "role", role, { tags: removeTags(role.tags, input.TagKeys) });
  return {};
};

export const listRoleTags: Handler<Iam, "ListRoleTags"> = (input, ctx) => {
  return tagPage(getEntity(ctx, "role", input.RoleName).tags, input);
};

const SERVICE = /^([\w.-]+)\.amazonaws\.com(\.cn)?$/;
/** What follows `AWSServiceRoleFor` in the names of the roles of services, by what precedes `.amazonaws.com`. */
const LINKED_NAMES: Readonly<Record<string, string>> = {
  "apidestinations.events": "AmazonEventBridgeApiDestinations",
  appmesh: "AppMesh",
  autoscaling: "AutoScaling",
  backup: "Backup",
  batch: "Batch",
  cloudtrail: "CloudTrail",
  "cognito-idp": "AmazonCognitoIdp",
  config: "AWSConfig",
  dax: "DAX",
  "dynamodb.application-autoscaling": "ApplicationAutoScaling_DynamoDBTable",
  ecs: "ECS",
  "ecs.application-autoscaling": "ApplicationAutoScaling_ECSService",
  eks: "AmazonEKS",
  "eks-fargate": "AmazonEKSForFargate",
  "eks-nodegroup": "AmazonEKSNodegroup",
  elasticache: "ElastiCache",
  elasticfilesystem: "AmazonElasticFileSystem",
  elasticloadbalancing: "ElasticLoadBalancing",
  "email.cognito-idp": "AmazonCognitoIdpEmailService",
  es: "AmazonElasticsearchService",
  events: "CloudWatchEvents",
  fsx: "AmazonFSx",
  globalaccelerator: "GlobalAccelerator",
  guardduty: "AmazonGuardDuty",
  inspector2: "AmazonInspector2",
  kafka: "Kafka",
  "kinesis.application-autoscaling": "ApplicationAutoScaling_KinesisStream",
  "lambda.application-autoscaling": "ApplicationAutoScaling_LambdaConcurrency",
  "logger.cloudfront": "CloudFrontLogger",
  memorydb: "MemoryDB",
  opensearchservice: "AmazonOpenSearchService",
  "ops.apigateway": "APIGateway",
  organizations: "Organizations",
  rds: "RDS",
  "rds.application-autoscaling": "ApplicationAutoScaling_RDSCluster",
  redshift: "Redshift",
  "replication.ecr": "ECRReplication",
  "replicator.lambda": "LambdaReplicator",
  securityhub: "SecurityHub",
  spot: "EC2Spot",
  spotfleet: "EC2SpotFleet",
  ssm: "AmazonSSM",
  sso: "SSO",
  support: "Support",
  transitgateway: "VPCTransitGateway",
  trustedadvisor: "TrustedAdvisor",
  wafv2: "WAFV2Logging",
};

export const createServiceLinkedRole: Handler<Iam, "CreateServiceLinkedRole"> = (input, ctx) => {
  const service = input.AWSServiceName;
  check("AWSServiceName", service, { min: 1, max: 128, pattern: /^[\w+=,.@-]+$/ });
  const [, short] = SERVICE.exec(service as string) ?? [];
  if (!short) throw new AwsError("InvalidInputException", `Service role name ${service} is invalid`);
  // Differs from AWS: the name of a role of a service that is not in the table is made from the principal's.
  const made = short.replace(/(^|[.-])(\w)/g, (_, __, letter: string) => letter.toUpperCase());
  const base = `AWSServiceRoleFor${Object.hasOwn(LINKED_NAMES, short) ? LINKED_NAMES[short] : made}`;
  const name = input.CustomSuffix ? `${base}_${input.CustomSuffix}` : base;
  claimName(
    ctx,
    "role",
    name,
    () =>
      new AwsError(
        "InvalidInputException",
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      ),
  );
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  };
  const role: Role = {
    id: uniqueId("AROA"),
    name,
    path: `/aws-service-role/${service}/`,
    createdAt: ctx.now(),
    tags: {},
    inline: {},
    attached: [],
    trust: JSON.stringify(trust),
    description: input.Description,
    maxSessionSeconds: DEFAULT_SESSION_SECONDS,
    linkedService: service,
  };
  ctx.table(roles).put([name], role);
  return { Role: detailed(ctx, role) };
};

export const deleteServiceLinkedRole: Handler<Iam, "DeleteServiceLinkedRole"> = (input, ctx) => {
  const role = getEntity(ctx, "role", input.RoleName);
  if (role.linkedService === undefined) throw noSuchEntity(`The role with name ${role.name} cannot be found.`);
  releaseName(ctx, "role", role.name);
  ctx.table(roles).delete(role.name);
  return { DeletionTaskId: `task${role.path}${role.name}/${ctx.requestId}` };
};

export const getServiceLinkedRoleDeletionStatus: Handler<Iam, "GetServiceLinkedRoleDeletionStatus"> = () => {
  // A deletion is done when it has been asked for: no service here uses such a role.
  return { Status: "SUCCEEDED" };
};
