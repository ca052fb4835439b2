/** The operations on the policies of users, groups and roles: inline ones, and managed ones that are attached. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { checkName, type Entity, encodeDocument } from "./entity.js";
import { type PageRequest, page } from "./paging.js";
import { checkDocument } from "./policy-document.js";
import { changeEntity, findPolicy, getEntity, type Kind, limitExceeded, noSuchEntity, policyArn } from "./tables.js";

type Iam = typeof import("@aws-sdk/client-iam");

const MAX_ATTACHED = 10;
/** White space aside, as IAM counts. */
const MAX_INLINE_BYTES: Record<Kind, number> = { user: 2048, group: 5120, role: 10_240 };
const TITLE: Record<Kind, string> = { user: "User", group: "Group", role: "Role" };

interface InlinePolicy {
  PolicyName?: string | undefined;
  PolicyDocument?: string | undefined;
}

function putInline(ctx: Context, kind: Kind, name: string | undefined, policy: InlinePolicy): Record<string, never> {
  const entity = changeable(ctx, kind, name);
  const policyName = checkName("policyName", policy.PolicyName, 128);
  const inline = { ...entity.inline, [policyName]: checkDocument(policy.PolicyDocument, "identity") };
  const bytes = Object.values(inline).reduce((sum, document) => sum + document.replace(/\s/g, "").length, 0);
  if (bytes > MAX_INLINE_BYTES[kind]) {
    throw limitExceeded(`Maximum policy size of ${MAX_INLINE_BYTES[kind]} bytes exceeded for ${kind} ${entity.name}`);
  }
  changeEntity(ctx, kind, entity as never, { inline });
  return {};
}

/** An entity whose policies a caller may change: no service-linked role. */
function changeable(ctx: Context, kind: Kind, name: string | undefined): Entity {
  const entity = getEntity(ctx, kind, name);
  if ("linkedService" in entity && entity.linkedService !== undefined) {
    throw new AwsError(
      "UnmodifiableEntityException",
      `Cannot perform the operation on the protected role '${entity.name}' - this role is only modifiable by AWS`,
    );
  }
  return entity;
}

function getInline(ctx: Context, kind: Kind, name: string | undefined, policyName = "") {
  const entity = getEntity(ctx, kind, name);
  const document = Object.hasOwn(entity.inline, policyName) ? entity.inline[policyName] : undefined;
  if (document === undefined) throw noSuchEntity(`The ${kind} policy with name ${policyName} cannot be found.`);
  return { PolicyName: policyName, PolicyDocument: encodeDocument(document) };
}

function deleteInline(ctx: Context, kind: Kind, name: string | undefined, policyName = ""): Record<string, never> {
  const entity = changeable(ctx, kind, name);
  const { [policyName]: gone, ...inline } = entity.inline;
  if (gone === undefined) throw noSuchEntity(`The ${kind} policy with name ${policyName} cannot be found.`);
  changeEntity(ctx, kind, entity as never, { inline });
  return {};
}

function listInline(ctx: Context, kind: Kind, name: string | undefined, request: PageRequest) {
  const { items, ...more } = page(Object.keys(getEntity(ctx, kind, name).inline), (key) => key, request);
  return { PolicyNames: items, ...more };
}

function attach(ctx: Context, kind: Kind, name: string | undefined, arn: string | undefined): Record<string, never> {
  const entity = changeable(ctx, kind, name);
  const policy = findPolicy(ctx, arn);
  if (!policy) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  const known = policyArn(ctx, policy);
  if (entity.attached.includes(known)) return {};
  if (entity.attached.length >= MAX_ATTACHED)
    throw limitExceeded(`Cannot exceed quota for PoliciesPer${TITLE[kind]}: ${MAX_ATTACHED}`);
  changeEntity(ctx, kind, entity as never, { attached: [...entity.attached, known] });
  return {};
}

function detach(ctx: Context, kind: Kind, name: string | undefined, arn: string | undefined): Record<string, never> {
  const entity = changeable(ctx, kind, name);
  if (!arn || !entity.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
  changeEntity(ctx, kind, entity as never, { attached: entity.attached.filter((one) => one !== arn) });
  return {};
}

/** How answers show the managed policies of an entity. */
export function attachedPolicies(ctx: Context, entity: Entity): { PolicyName: string; PolicyArn: string }[] {
  return entity.attached.map((arn) => ({
    PolicyName: findPolicy(ctx, arn)?.name ?? arn.slice(arn.lastIndexOf("/") + 1),
    PolicyArn: arn,
  }));
}

function listAttached(
  ctx: Context,
  kind: Kind,
  name: string | undefined,
  request: PageRequest & { PathPrefix?: string | undefined },
) {
  const prefix = request.PathPrefix ?? "/";
  const found = attachedPolicies(ctx, getEntity(ctx, kind, name)).filter(({ PolicyArn }) =>
    `/${PolicyArn.split(":policy/")[1]}`.startsWith(prefix),
  );
  const { items, ...more } = page(found, ({ PolicyArn }) => PolicyArn, request);
  return { AttachedPolicies: items, ...more };
}

export const putRolePolicy: Handler<Iam, "PutRolePolicy"> = (input, ctx) =>
  putInline(ctx, "role", input.RoleName, input);
export const putUserPolicy: Handler<Iam, "PutUserPolicy"> = (input, ctx) =>
  putInline(ctx, "user", input.UserName, input);
export const putGroupPolicy: Handler<Iam, "PutGroupPolicy"> = (input, ctx) =>
  putInline(ctx, "group", input.GroupName, input);

export const getRolePolicy: Handler<Iam, "GetRolePolicy"> = (input, ctx) => ({
  RoleName: input.RoleName,
  ...getInline(ctx, "role", input.RoleName, input.PolicyName),
});
export const getUserPolicy: Handler<Iam, "GetUserPolicy"> = (input, ctx) => ({
  UserName: input.UserName,
  ...getInline(ctx, "user", input.UserName, input.PolicyName),
});
export const getGroupPolicy: Handler<Iam, "GetGroupPolicy"> = (input, ctx) => ({
  GroupName: input.GroupName,
  ...getInline(ctx, "group", input.GroupName, input.PolicyName),
});

export const deleteRolePolicy: Handler<Iam, "DeleteRolePolicy"> = (input, ctx) =>
  deleteInline(ctx, "role", input.RoleName, input.PolicyName);
export const deleteUserPolicy: Handler<Iam, "DeleteUserPolicy"> = (input, ctx) =>
  deleteInline(ctx, "user", input.UserName, input.PolicyName);
export const deleteGroupPolicy: Handler<Iam, "DeleteGroupPolicy"> = (input, ctx) =>
  deleteInline(ctx, "group", input.GroupName, input.PolicyName);

export const listRolePolicies: Handler<Iam, "ListRolePolicies"> = (input, ctx) =>
  listInline(ctx, "role", input.RoleName, input);
export const listUserPolicies: Handler<Iam, "ListUserPolicies"> = (input, ctx) =>
  listInline(ctx, "user", input.UserName, input);
export const listGroupPolicies: Handler<Iam, "ListGroupPolicies"> = (input, ctx) =>
  listInline(ctx, "group", input.GroupName, input);

export const attachRolePolicy: Handler<Iam, "AttachRolePolicy"> = (input, ctx) =>
  attach(ctx, "role", input.RoleName, input.PolicyArn);
export const attachUserPolicy: Handler<Iam, "AttachUserPolicy"> = (input, ctx) =>
  attach(ctx, "user", input.UserName, input.PolicyArn);
export const attachGroupPolicy: Handler<Iam, "AttachGroupPolicy"> = (input, ctx) =>
  attach(ctx, "group", input.GroupName, input.PolicyArn);

export const detachRolePolicy: Handler<Iam, "DetachRolePolicy"> = (input, ctx) =>
  detach(ctx, "role", input.RoleName, input.PolicyArn);
export const detachUserPolicy: Handler<Iam, "DetachUserPolicy"> = (input, ctx) =>
  detach(ctx, "user", input.UserName, input.PolicyArn);
export const detachGroupPolicy: Handler<Iam, "DetachGroupPolicy"> = (input, ctx) =>
  detach(ctx, "group", input.GroupName, input.PolicyArn);

export const listAttachedRolePolicies: Handler<Iam, "ListAttachedRolePolicies"> = (input, ctx) =>
  listAttached(ctx, "role", input.RoleName, input);
export const listAttachedUserPolicies: Handler<Iam, "ListAttachedUserPolicies"> = (input, ctx) =>
  listAttached(ctx, "user", input.UserName, input);
export const listAttachedGroupPolicies: Handler<Iam, "ListAttachedGroupPolicies"> = (input, ctx) =>
  listAttached(ctx, "group", input.GroupName, input);
