/** The operations on groups and on who is in them. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { checkName, checkPath, type Entity, iamArn, uniqueId } from "./entity.js";
import { claimName, releaseName } from "./names.js";
import { page } from "./paging.js";
import {
  alreadyExists,
  changeEntity,
  deleteConflict,
  getEntity,
  groups,
  limitExceeded,
  noSuchEntity,
  users,
} from "./tables.js";
import { userAnswer } from "./users.js";

type Iam = typeof import("@aws-sdk/client-iam");

const MAX_GROUPS_PER_USER = 10;

/** How answers show a group. */
export function groupAnswer(ctx: Context, group: Entity) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: iamArn(ctx, "group", group.path, group.name),
    CreateDate: new Date(group.createdAt),
  };
}

const membersOf = (ctx: Context, group: string) =>
  ctx
    .table(users)
    .rows()
    .filter((user) => user.groups.includes(group));

export const createGroup: Handler<Iam, "CreateGroup"> = (input, ctx) => {
  const name = checkName("groupName", input.GroupName, 128);
  const path = checkPath(input.Path);
  claimName(ctx, "group", name, () => alreadyExists(`Group with name ${name} already exists.`));
  const group: Entity = {
    id: uniqueId("AGPA"),
    name,
    path,
    createdAt: ctx.now(),
    tags: {},
    inline: {},
    attached: [],
  };
  ctx.table(groups).put([name], group);
  return { Group: groupAnswer(ctx, group) };
};

export const getGroup: Handler<Iam, "GetGroup"> = (input, ctx) => {
  const group = getEntity(ctx, "group", input.GroupName);
  const { items, ...more } = page(membersOf(ctx, group.name), ({ name }) => name, input);
  return { Group: groupAnswer(ctx, group), Users: items.map((user) => userAnswer(ctx, user)), ...more };
};

export const listGroups: Handler<Iam, "ListGroups"> = (input, ctx) => {
  const prefix = input.PathPrefix ?? "/";
  const found = ctx
    .table(groups)
    .rows()
    .filter(({ path }) => path.startsWith(prefix));
  const { items, ...more } = page(found, ({ name }) => name, input);
  return { Groups: items.map((group) => groupAnswer(ctx, group)), ...more };
};

export const listGroupsForUser: Handler<Iam, "ListGroupsForUser"> = (input, ctx) => {
  const { items, ...more } = page(getEntity(ctx, "user", input.UserName).groups, (name) => name, input);
  return { Groups: items.map((name) => groupAnswer(ctx, getEntity(ctx, "group", name))), ...more };
};

export const updateGroup: Handler<Iam, "UpdateGroup"> = (input, ctx) => {
  const group = getEntity(ctx, "group", input.GroupName);
  const name = input.NewGroupName === undefined ? group.name : checkName("newGroupName", input.NewGroupName, 128);
  const path = input.NewPath === undefined ? group.path : checkPath(input.NewPath);
  claimName(ctx, "group", name, () => alreadyExists(`Group with name ${name} already exists.`), group.name);
  for (const user of membersOf(ctx, group.name)) {
    changeEntity(ctx, "user", user, { groups: user.groups.map((one) => (one === group.name ? name : one)) });
  }
  ctx.table(groups).delete(group.name);
  ctx.table(groups).put([name], { ...group, name, path });
  return {};
};

export const deleteGroup: Handler<Iam, "DeleteGroup"> = (input, ctx) => {
  const group = getEntity(ctx, "group", input.GroupName);
  if (membersOf(ctx, group.name).length > 0)
    throw deleteConflict("Cannot delete entity, must remove users from group first.");
  if (group.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (Object.keys(group.inline).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  releaseName(ctx, "group", group.name);
  ctx.table(groups).delete(group.name);
  return {};
};

export const addUserToGroup: Handler<Iam, "AddUserToGroup"> = (input, ctx) => {
  const group = getEntity(ctx, "group", input.GroupName);
  const user = getEntity(ctx, "user", input.UserName);
  if (user.groups.includes(group.name)) return {};
  if (user.groups.length >= MAX_GROUPS_PER_USER)
    throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${MAX_GROUPS_PER_USER}`);
  changeEntity(ctx, "user", user, { groups: [...user.groups, group.name] });
  return {};
};

export const removeUserFromGroup: Handler<Iam, "RemoveUserFromGroup"> = (input, ctx) => {
  const group = getEntity(ctx, "group", input.GroupName);
  const user = getEntity(ctx, "user", input.UserName);
  if (!user.groups.includes(group.name)) throw noSuchEntity(`User ${user.name} is not in group ${group.name}`);
  changeEntity(ctx, "user", user, { groups: user.groups.filter((name) => name !== group.name) });
  return {};
};
