/** The operations on managed policies and their versions. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { AWS_POLICY_NAMES, awsManagedPolicy } from "./aws-managed-policies.js";
import {
  check,
  checkName,
  checkPath,
  encodeDocument,
  type ManagedPolicy,
  type PolicyVersion,
  removeTags,
  setTags,
  tagList,
  tagsIfAny,
  uniqueId,
} from "./entity.js";
import { claimName, releaseName } from "./names.js";
import { page, tagPage } from "./paging.js";
import { checkDocument } from "./policy-document.js";
import {
  alreadyExists,
  deleteConflict,
  entityTable,
  findPolicy,
  getOwnPolicy,
  KINDS,
  limitExceeded,
  managedPolicies,
  noSuchEntity,
  policyArn,
} from "./tables.js";

type Iam = typeof import("@aws-sdk/client-iam");

const MAX_VERSIONS = 5;
const MAX_CHARACTERS = 6144;

/** How often each managed policy is attached, and is a permissions boundary. */
export interface Usage {
  attached: Map<string, number>;
  boundary: Map<string, number>;
}

/** Counts the uses of all managed policies in one pass over users, groups and roles. */
export function countUses(ctx: Context): Usage {
  const usage: Usage = { attached: new Map(), boundary: new Map() };
  const add = (counts: Map<string, number>, arn: string) => counts.set(arn, (counts.get(arn) ?? 0) + 1);
  for (const kind of KINDS) {
    for (const entity of entityTable(ctx, kind).rows()) {
      for (const arn of entity.attached) add(usage.attached, arn);
      if (entity.boundary !== undefined) add(usage.boundary, entity.boundary);
    }
  }
  return usage;
}

/** How answers show a managed policy. */
export function policyAnswer(ctx: Context, policy: ManagedPolicy, usage: Usage) {
  const Arn = policyArn(ctx, policy);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: usage.attached.get(Arn) ?? 0,
    PermissionsBoundaryUsageCount: usage.boundary.get(Arn) ?? 0,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  };
}

function versionAnswer(policy: ManagedPolicy, version: PolicyVersion) {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: new Date(version.createdAt),
  };
}

function checkManaged(document: string | undefined): string {
  const checked = checkDocument(document, "identity");
  if (checked.replace(/\s/g, "").length > MAX_CHARACTERS)
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${MAX_CHARACTERS}`);
  return checked;
}

export const createPolicy: Handler<Iam, "CreatePolicy"> = (input, ctx) => {
  const name = checkName("policyName", input.PolicyName, 128);
  const path = checkPath(input.Path);
  const document = checkManaged(input.PolicyDocument);
  const tags = setTags({}, input.Tags);
  claimName(ctx, "policy", name, () =>
    alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`),
  );
  const createdAt = ctx.now();
  const policy: ManagedPolicy = {
    id: uniqueId("ANPA"),
    name,
    path,
    description: input.Description,
    createdAt,
    updatedAt: createdAt,
    versions: [{ id: "v1", document, createdAt }],
    defaultVersion: "v1",
    lastVersion: 1,
    tags,
  };
  ctx.table(managedPolicies).put([name], policy);
  const Tags = tagsIfAny(tags);
  return { Policy: { ...policyAnswer(ctx, policy, { attached: new Map(), boundary: new Map() }), Tags } };
};

function getPolicyByArn(ctx: Context, arn: string | undefined): ManagedPolicy {
  check("policyArn", arn, { min: 20, max: 2048 });
  const policy = findPolicy(ctx, arn);
  if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

export const getPolicy: Handler<Iam, "GetPolicy"> = (input, ctx) => {
  const policy = getPolicyByArn(ctx, input.PolicyArn);
  return {
    Policy: {
      ...policyAnswer(ctx, policy, countUses(ctx)),
      Description: policy.description,
      Tags: tagList(policy.tags),
    },
  };
};

export const listPolicies: Handler<Iam, "ListPolicies"> = (input, ctx) => {
  const { Scope: scope = "All", OnlyAttached: onlyAttached, PathPrefix: prefix = "/", PolicyUsageFilter: use } = input;
  check("scope", scope, { oneOf: ["All", "AWS", "Local"] });
  const usage = countUses(ctx);
  const own = scope === "AWS" ? [] : ctx.table(managedPolicies).rows();
  const aws = scope === "Local" ? [] : AWS_POLICY_NAMES.map((name) => awsManagedPolicy(ctx.partition, name));
  const counts = use === "PermissionsBoundary" ? usage.boundary : usage.attached;
  const found = [...own, ...aws].filter((policy): policy is ManagedPolicy => {
    if (!policy?.path.startsWith(prefix)) return false;
    return !onlyAttached || counts.has(policyArn(ctx, policy));
  });
  const { items, ...more } = page(found, (policy) => policyArn(ctx, policy), input);
  return { Policies: items.map((policy) => policyAnswer(ctx, policy, usage)), ...more };
};

export const deletePolicy: Handler<Iam, "DeletePolicy"> = (input, ctx) => {
  const policy = getOwnPolicy(ctx, input.PolicyArn);
  const usage = countUses(ctx);
  const arn = policyArn(ctx, policy);
  if (usage.attached.has(arn)) throw deleteConflict("Cannot delete a policy attached to entities.");
  if (usage.boundary.has(arn)) throw deleteConflict("Cannot delete a policy used as a permissions boundary.");
  if (policy.versions.length > 1) {
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  }
  releaseName(ctx, "policy", policy.name);
  ctx.table(managedPolicies).delete(policy.name);
  return {};
};

export const createPolicyVersion: Handler<Iam, "CreatePolicyVersion"> = (input, ctx) => {
  const policy = getOwnPolicy(ctx, input.PolicyArn);
  const document = checkManaged(input.PolicyDocument);
  if (policy.versions.length >= MAX_VERSIONS) {
    throw limitExceeded(
      `A managed policy can have up to ${MAX_VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
    );
  }
  const createdAt = ctx.now();
  const lastVersion = policy.lastVersion + 1;
  const version: PolicyVersion = { id: `v${lastVersion}`, document, createdAt };
  const changed: ManagedPolicy = {
    ...policy,
    versions: [...policy.versions, version],
    lastVersion,
    defaultVersion: input.SetAsDefault ? version.id : policy.defaultVersion,
    updatedAt: createdAt,
  };
  ctx.table(managedPolicies).put([policy.name], changed);
  return { PolicyVersion: versionAnswer(changed, version) };
};

function getVersion(policy: ManagedPolicy, arn: string | undefined, id: string | undefined): PolicyVersion {
  check("versionId", id, { pattern: /^v[1-9][0-9]*(\.[A-Za-z0-9-]*)?$/ });
  if (policy.versions.length === 0) {
    const message = `brume does not know the document of ${arn}: its policy can be attached, not read.`;
    throw new AwsError("NotImplemented", message, { status: 501 });
  }
  const version = policy.versions.find((one) => one.id === id);
  if (!version) throw noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);
  return version;
}

export const getPolicyVersion: Handler<Iam, "GetPolicyVersion"> = (input, ctx) => {
  const policy = getPolicyByArn(ctx, input.PolicyArn);
  const version = getVersion(policy, input.PolicyArn, input.VersionId);
  return { PolicyVersion: { ...versionAnswer(policy, version), Document: encodeDocument(version.document) } };
};

export const listPolicyVersions: Handler<Iam, "ListPolicyVersions"> = (input, ctx) => {
  const policy = getPolicyByArn(ctx, input.PolicyArn);
  // The newest first; keys are padded so that they sort by number.
  const newest = 999_999;
  const { items, ...more } = page(
    policy.versions,
    ({ id }) => String(newest - Number(id.slice(1))).padStart(6, "0"),
    input,
  );
  return { Versions: items.map((version) => versionAnswer(policy, version)), ...more };
};

export const deletePolicyVersion: Handler<Iam, "DeletePolicyVersion"> = (input, ctx) => {
  const policy = getOwnPolicy(ctx, input.PolicyArn);
  const { id } = getVersion(policy, input.PolicyArn, input.VersionId);
  if (id === policy.defaultVersion) throw deleteConflict("Cannot delete the default version of a policy.");
  ctx
    .table(managedPolicies)
    .put([policy.name], { ...policy, versions: policy.versions.filter((one) => one.id !== id), updatedAt: ctx.now() });
  return {};
};

export const setDefaultPolicyVersion: Handler<Iam, "SetDefaultPolicyVersion"> = (input, ctx) => {
  const policy = getOwnPolicy(ctx, input.PolicyArn);
  const { id } = getVersion(policy, input.PolicyArn, input.VersionId);
  ctx.table(managedPolicies).put([policy.name], { ...policy, defaultVersion: id, updatedAt: ctx.now() });
  return {};
};

export const listEntitiesForPolicy: Handler<Iam, "ListEntitiesForPolicy"> = (input, ctx) => {
  const arn = policyArn(ctx, getPolicyByArn(ctx, input.PolicyArn));
  const { EntityFilter: filter, PathPrefix: prefix = "/", PolicyUsageFilter: use } = input;
  const found = KINDS.filter((kind) => !filter || filter.toLowerCase() === kind).flatMap((kind) =>
    entityTable(ctx, kind)
      .rows()
      .filter(({ path }) => path.startsWith(prefix))
      .filter((entity) => (use === "PermissionsBoundary" ? entity.boundary === arn : entity.attached.includes(arn)))
      .map(({ name, id }) => ({ kind, name, id })),
  );
  const { items, ...more } = page(found, ({ kind, name }) => `${kind}/${name}`, input);
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  return {
    PolicyGroups: of("group").map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of("user").map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of("role").map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...more,
  };
};

export const tagPolicy: Handler<Iam, "TagPolicy"> = (input, ctx) => {
  const policy = getOwnPolicy(ctx, input.PolicyArn);
  ctx.table(managedPolicies).put([policy.name], { ...policy, tags: setTags(policy.tags, input.Tags) });
  return {};
};

export const untagPolicy: Handler<Iam, "UntagPolicy"> = (input, ctx) => {
  const policy = getOwnPolicy(ctx, input.PolicyArn);
  ctx.table(managedPolicies).put([policy.name], { ...policy, tags: removeTags(policy.tags, input.TagKeys) });
  return {};
};

export const listPolicyTags: Handler<Iam, "ListPolicyTags"> = (input, ctx) => {
  return tagPage(getPolicyByArn(ctx, input.PolicyArn).tags, input);
};
