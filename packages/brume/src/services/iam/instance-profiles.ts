/** The operations on instance profiles. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import {
  checkName,
  checkPath,
  type InstanceProfile,
  iamArn,
  removeTags,
  setTags,
  tagsIfAny,
  uniqueId,
} from "./entity.js";
import { claimName, releaseName } from "./names.js";
import { page, tagPage } from "./paging.js";
import { roleAnswer } from "./roles.js";
import {
  alreadyExists,
  deleteConflict,
  getEntity,
  getInstanceProfile,
  instanceProfiles,
  limitExceeded,
  noSuchEntity,
  roles,
} from "./tables.js";

type Iam = typeof import("@aws-sdk/client-iam");

/** How answers show an instance profile. */
export function profileAnswer(ctx: Context, profile: InstanceProfile) {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: iamArn(ctx, "instance-profile", profile.path, profile.name),
    CreateDate: new Date(profile.createdAt),
    Roles: profile.roles.flatMap((name) => {
      const role = ctx.table(roles).get(name);
      return role ? [roleAnswer(ctx, role)] : [];
    }),
    Tags: tagsIfAny(profile.tags),
  };
}

function change(ctx: Context, profile: InstanceProfile, changed: Partial<InstanceProfile>): Record<string, never> {
  ctx.table(instanceProfiles).put([profile.name], { ...profile, ...changed });
  return {};
}

export const createInstanceProfile: Handler<Iam, "CreateInstanceProfile"> = (input, ctx) => {
  const name = checkName("instanceProfileName", input.InstanceProfileName, 128);
  const path = checkPath(input.Path);
  const tags = setTags({}, input.Tags);
  claimName(ctx, "instance-profile", name, () => alreadyExists(`Instance Profile ${name} already exists.`));
  const profile: InstanceProfile = { id: uniqueId("AIPA"), name, path, createdAt: ctx.now(), roles: [], tags };
  ctx.table(instanceProfiles).put([name], profile);
  return { InstanceProfile: profileAnswer(ctx, profile) };
};

export const getInstanceProfileByName: Handler<Iam, "GetInstanceProfile"> = (input, ctx) => ({
  InstanceProfile: profileAnswer(ctx, getInstanceProfile(ctx, input.InstanceProfileName)),
});

export const listInstanceProfiles: Handler<Iam, "ListInstanceProfiles"> = (input, ctx) => {
  const prefix = input.PathPrefix ?? "/";
  const found = ctx
    .table(instanceProfiles)
    .rows()
    .filter(({ path }) => path.startsWith(prefix));
  const { items, ...more } = page(found, ({ name }) => name, input);
  return { InstanceProfiles: items.map((profile) => profileAnswer(ctx, profile)), ...more };
};

export const listInstanceProfilesForRole: Handler<Iam, "ListInstanceProfilesForRole"> = (input, ctx) => {
  const role = getEntity(ctx, "role", input.RoleName);
  const found = ctx
    .table(instanceProfiles)
    .rows()
    .filter((profile) => profile.roles.includes(role.name));
  const { items, ...more } = page(found, ({ name }) => name, input);
  return { InstanceProfiles: items.map((profile) => profileAnswer(ctx, profile)), ...more };
};

export const deleteInstanceProfile: Handler<Iam, "DeleteInstanceProfile"> = (input, ctx) => {
  const profile = getInstanceProfile(ctx, input.InstanceProfileName);
  if (profile.roles.length > 0)
    throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  releaseName(ctx, "instance-profile", profile.name);
  ctx.table(instanceProfiles).delete(profile.name);
  return {};
};

export const addRoleToInstanceProfile: Handler<Iam, "AddRoleToInstanceProfile"> = (input, ctx) => {
  const profile = getInstanceProfile(ctx, input.InstanceProfileName);
  const role = getEntity(ctx, "role", input.RoleName);
  if (profile.roles.length > 0) throw limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  return change(ctx, profile, { roles: [role.name] });
};

export const removeRoleFromInstanceProfile: Handler<Iam, "RemoveRoleFromInstanceProfile"> = (input, ctx) => {
  const profile = getInstanceProfile(ctx, input.InstanceProfileName);
  const name = input.RoleName ?? "";
  if (!profile.roles.includes(name)) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return change(ctx, profile, { roles: profile.roles.filter((one) => one !== name) });
};

export const tagInstanceProfile: Handler<Iam, "TagInstanceProfile"> = (input, ctx) => {
  const profile = getInstanceProfile(ctx, input.InstanceProfileName);
  return change(ctx, profile, { tags: setTags(profile.tags, input.Tags) });
};

export const untagInstanceProfile: Handler<Iam, "UntagInstanceProfile"> = (input, ctx) => {
  const profile = getInstanceProfile(ctx, input.InstanceProfileName);
  return change(ctx, profile, { tags: removeTags(profile.tags, input.TagKeys) });
};

export const listInstanceProfileTags: Handler<Iam, "ListInstanceProfileTags"> = (input, ctx) => {
  return tagPage(getInstanceProfile(ctx, input.InstanceProfileName).tags, input);
};
